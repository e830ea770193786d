//! `alun-validator doctor`: did the newest row of each subnet land?

use crate::{
    error::ValidatorError,
    settings::Settings,
    state::{EpochRecord, Fate, Store},
};
use alun_client::{MechanismId, NetUid};

/// Prints a line for each subnet; an error if a row did not land. Reads the state folder alone, so
/// it works beside a running validator and without a node.
pub fn doctor(settings: &Settings) -> Result<(), ValidatorError> {
    let mut lost = 0;
    for netuid in &settings.netuid {
        let folder = settings.state_dir.join(format!("{netuid}-0"));
        if !folder.is_dir() {
            println!("subnet {netuid}: nothing was done yet in {}", settings.state_dir.display());
            continue;
        }
        let records =
            Store::open(&settings.state_dir, NetUid(*netuid), MechanismId::FIRST)?.load()?;
        let Some(newest) = records.values().rev().find(|record| record.finished()) else {
            println!("subnet {netuid}: no row is finished yet");
            continue;
        };
        println!("subnet {netuid}: {}", line(newest));
        lost += usize::from(newest.lost());
    }
    if lost > 0 {
        Err(ValidatorError::NotLanded(lost))
    } else {
        Ok(())
    }
}

fn line(record: &EpochRecord) -> String {
    let epoch = record.epoch;
    match (&record.row, &record.commit, &record.reveal) {
        (Err(why), ..) => format!("epoch {epoch}: no row, since {why}"),
        (_, Fate::Lost { why }, _) => format!("epoch {epoch}: NOT LANDED: the commit: {why}"),
        (_, _, Fate::Lost { why }) => format!("epoch {epoch}: NOT LANDED: the reveal: {why}"),
        (_, _, Fate::Landed { block }) => {
            format!("epoch {epoch}: the row landed, revealed in block {block}")
        }
        (_, Fate::Landed { block }, _) => format!("epoch {epoch}: the row landed in block {block}"),
        _ => format!("epoch {epoch}: on its way"),
    }
}
