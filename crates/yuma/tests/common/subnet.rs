//! A subnet that lives from epoch to epoch: the little that the chain keeps between two of them.

use std::sync::OnceLock;

use alun_yuma::{
    epoch, explain, BondRule, EpochError, Explanation, Input, Neuron, Output, Params, Row,
};

/// Sees an epoch: its input and its result.
pub type Watch = fn(&Input, &Result<Output, EpochError>);

/// Who else sees each epoch.
pub static WATCH: OnceLock<Watch> = OnceLock::new();

pub struct Subnet {
    pub params: Params,
    /// Blocks between two epochs: the vectors take `block − tempo` as the last epoch's block.
    pub tempo: u64,
    pub block: u64,
    pub neurons: Vec<Neuron>,
    pub rows: Vec<Row>,
    pub bonds: Vec<Row>,
}

/// Parameters with nothing special about them.
pub fn params(bond_rule: BondRule) -> Params {
    Params {
        kappa: 32_767,
        bonds_penalty: 65_535,
        bonds_moving_average: 900_000,
        bond_rule,
        liquid_alpha: None,
        activity_cutoff: 1_000_000,
        max_validators: 64,
        stake_threshold: 0,
        owner: None,
        last_epoch: 0,
        now: 0,
    }
}

impl Subnet {
    /// Neurons with these stakes, registered and updated at `block`, without permits.
    pub fn new(params: Params, stakes: &[u64], block: u64) -> Self {
        let neuron = |stake: &u64| Neuron {
            stake: *stake,
            last_update: block,
            last_submission: block,
            registered: block,
            permit: false,
        };
        Self {
            params,
            tempo: 1,
            block,
            neurons: stakes.iter().map(neuron).collect(),
            rows: vec![Row::new(); stakes.len()],
            bonds: vec![Row::new(); stakes.len()],
        }
    }

    /// Stores the row max-upscaled, zeros included.
    pub fn set_weights(&mut self, uid: usize, uids: &[u16], values: &[u64]) {
        let mut row: Row = uids.iter().copied().zip(max_upscale(values)).collect();
        row.sort_unstable();
        self.rows[uid] = row;
        self.neurons[uid].last_update = self.block;
        self.neurons[uid].last_submission = self.block;
    }

    /// A new neuron takes the uid.
    pub fn replace(&mut self, uid: usize, stake: u64) {
        self.neurons[uid] = Neuron {
            stake,
            last_update: self.block,
            last_submission: self.block,
            registered: self.block,
            permit: false,
        };
        self.rows[uid].clear();
        self.bonds[uid].clear();
    }

    pub fn reset_bonds_column(&mut self, column: u16) {
        for row in &mut self.bonds {
            row.retain(|(uid, _)| *uid != column);
        }
    }

    fn with_input<T>(&self, read: impl FnOnce(&Input) -> T) -> T {
        let last_epoch = self.block.saturating_sub(self.tempo);
        let params = Params { now: self.block, last_epoch, ..self.params };
        let (neurons, rows, bonds) = (&self.neurons, &self.rows, &self.bonds);
        read(&Input { params: &params, neurons, rows, bonds })
    }

    /// What the next epoch would give; stores nothing.
    pub fn preview(&self) -> Result<Output, EpochError> {
        self.with_input(|input| {
            let result = epoch(input);
            if let Some(watch) = WATCH.get() {
                watch(input, &result);
            }
            result
        })
    }

    pub fn explain(&self, uid: u16) -> Explanation {
        self.with_input(|input| explain(input, uid)).unwrap()
    }

    pub fn oracle(&self) -> super::oracle::Dense {
        self.with_input(super::oracle::epoch)
    }

    /// Runs an epoch at this block and stores permits and bonds.
    pub fn epoch(&mut self) -> Output {
        let output = self.preview().unwrap();
        for (neuron, result) in self.neurons.iter_mut().zip(&output.neurons) {
            neuron.permit = result.permit;
        }
        self.bonds.clone_from(&output.bonds);
        output
    }

    pub fn bond(&self, validator: usize, uid: u16) -> u16 {
        entry(&self.bonds[validator], uid)
    }
}

/// The value of `uid` in a row, 0 if it is not there.
pub fn entry(row: &Row, uid: u16) -> u16 {
    row.iter().find(|(column, _)| *column == uid).map_or(0, |(_, value)| *value)
}

/// Scales `values` so that the largest becomes 65535, rounding to nearest: how a weight row is
/// stored. All-zero values stay zero.
pub fn max_upscale(values: &[u64]) -> Vec<u16> {
    let max = u128::from(values.iter().copied().max().unwrap_or(0));
    let scaled = |value: &u64| (u128::from(*value) * 65_535 + max / 2).checked_div(max);
    values.iter().map(|value| scaled(value).unwrap_or(0) as u16).collect()
}
