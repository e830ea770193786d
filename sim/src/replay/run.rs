//! The interpreter of a scenario.

use super::{
    check::{Checked, Place},
    error::{Reason, ReplayError},
    report::{EpochReport, ScenarioReport},
    script::{check_stake, Scenario, Step},
};
use crate::subnet::Subnet;

/// Runs a scenario's steps in order.
pub fn run(scenario: &Scenario, checked: &mut Checked) -> Result<ScenarioReport, ReplayError> {
    let mut subnet = scenario.subnet.clone();
    let mut epochs = Vec::new();
    for (index, step) in scenario.steps.iter().enumerate() {
        let place = Place { scenario, step: index, label: None };
        apply(&mut subnet, step, place, &mut epochs, checked)
            .map_err(|error| error.in_step(index, step.op()).in_scenario(&scenario.name))?;
    }
    Ok(ScenarioReport { name: scenario.name.clone(), epochs })
}

fn apply(
    subnet: &mut Subnet,
    step: &Step,
    place: Place,
    epochs: &mut Vec<EpochReport>,
    checked: &mut Checked,
) -> Result<(), ReplayError> {
    match step {
        Step::SetWeights { uid, row, stored } => {
            if let Some(stored) = stored {
                checked.stored(place, stored);
            }
            subnet.set_row(*uid, row.clone(), subnet.block);
        }
        Step::Advance(blocks) => {
            let block = subnet.block.checked_add(*blocks);
            subnet.block = block.ok_or_else(|| ReplayError::at("blocks", Reason::BlockSum))?;
        }
        Step::Goto(block) => {
            if *block < subnet.block {
                let reason = Reason::Backwards { to: *block, from: subnet.block };
                return Err(ReplayError::at("block", reason));
            }
            subnet.block = *block;
        }
        Step::Replace { uid, stake } => {
            subnet.replace(*uid, *stake);
            check_stake(subnet).map_err(|error| error.inside("stake"))?;
        }
        Step::ResetBonds(column) => subnet.reset_bonds_column(*column),
        Step::Epoch { label, expect } => {
            let Scenario { tempo, emission, .. } = *place.scenario;
            // Before the first tempo has passed, the last epoch is the genesis.
            let output = subnet
                .epoch(subnet.block.saturating_sub(tempo))
                .map_err(|error| ReplayError::new(Reason::Epoch(error)))?;
            let report = EpochReport::new(&output, emission);
            if let Some(expect) = expect {
                let place = Place { label: *label, ..place };
                checked.epoch(place, expect, &output, &report)?;
            }
            epochs.push(report);
        }
    }
    Ok(())
}
