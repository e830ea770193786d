//! What `alun-sim replay` prints.

use alun_yuma::{Output, Row};
use serde::{ser::SerializeMap, Serialize, Serializer};

/// The whole answer.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// In the order of the file.
    pub scenarios: Vec<ScenarioReport>,
}

/// One scenario.
#[derive(Clone, Debug, Serialize)]
pub struct ScenarioReport {
    /// Its name.
    pub name: String,
    /// One for each `epoch` step.
    pub epochs: Vec<EpochReport>,
}

/// One epoch; each list is by uid. `u16`s are parts of 65,535.
#[derive(Clone, Debug, Serialize)]
pub struct EpochReport {
    /// Consensus C.
    pub consensus_u16: Vec<u16>,
    /// Validator trust.
    pub validator_trust_u16: Vec<u16>,
    /// Incentive I.
    pub incentive_u16: Vec<u16>,
    /// Dividends D.
    pub dividends_u16: Vec<u16>,
    /// What each is paid, in the smallest unit: the epoch's emission in all, or nothing.
    pub emission: Vec<u64>,
    /// The bonds that each holds and the next epoch starts from, by uid.
    pub bonds_u16: Vec<BondRow>,
}

/// A bond row, as an object whose keys are uids.
#[derive(Clone, Debug)]
pub struct BondRow(pub Row);

impl Serialize for BondRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (uid, bond) in &self.0 {
            map.serialize_entry(&uid.to_string(), bond)?;
        }
        map.end()
    }
}

impl EpochReport {
    /// The report of an epoch that pays `emission`.
    pub fn new(output: &Output, emission: u64) -> Self {
        let neurons = || output.neurons.iter();
        Self {
            consensus_u16: neurons().map(|neuron| neuron.consensus).collect(),
            validator_trust_u16: neurons().map(|neuron| neuron.validator_trust).collect(),
            incentive_u16: neurons().map(|neuron| neuron.incentive).collect(),
            dividends_u16: neurons().map(|neuron| neuron.dividends).collect(),
            emission: output.combined(emission),
            bonds_u16: output.bonds.iter().cloned().map(BondRow).collect(),
        }
    }
}
