//! `alun-validator doctor`: did the newest row of each subnet land?

use crate::{
    error::ValidatorError,
    settings::Settings,
    state::{EpochRecord, Fate, Store},
};
use alun_client::{MechanismId, NetUid};
use std::path::PathBuf;

/// Finished epochs that are looked at.
const LOOKED_AT: usize = 8;

/// Prints a line for each of the newest epochs; an error if a row of theirs did not land, or if
/// there is nothing to look at. Reads the state folder alone, so it works beside a running
/// validator and without a node.
pub fn doctor(settings: &Settings) -> Result<(), ValidatorError> {
    let mut lost = 0;
    for netuid in &settings.netuid {
        let mechanisms: Vec<u8> = (0..=u8::MAX)
            .filter(|mechanism| folder(settings, *netuid, *mechanism).is_dir())
            .collect();
        if mechanisms.is_empty() {
            println!("subnet {netuid}: nothing was done in {}", settings.state_dir.display());
            lost += 1;
        }
        for mechanism in mechanisms {
            let store = Store::open(&settings.state_dir, NetUid(*netuid), MechanismId(mechanism))?;
            let records = store.load()?;
            let finished = records.values().rev().filter(|record| record.finished());
            for record in finished.take(LOOKED_AT) {
                println!("subnet {netuid}: {}", line(record));
                lost += usize::from(record.lost());
            }
        }
    }
    if lost > 0 {
        Err(ValidatorError::NotLanded(lost))
    } else {
        Ok(())
    }
}

fn folder(settings: &Settings, netuid: u16, mechanism: u8) -> PathBuf {
    settings.state_dir.join(format!("{netuid}-{mechanism}"))
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
