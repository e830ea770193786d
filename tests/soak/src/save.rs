//! A run as a file, written whole or not at all.

use crate::{tally::Tally, world::World, Settings, Soak};
use anyhow::{bail, Context, Result};
use codec::{Decode, Encode};
use std::{fs, io::Write, path::Path};

/// The first bytes of the file, with the version of what follows.
const MAGIC: [u8; 8] = *b"alunsk01";

/// Everything that the rest of the run depends on.
#[derive(Debug, Encode, Decode)]
pub struct Saved {
    magic: [u8; 8],
    /// What was asked for.
    pub settings: Settings,
    /// The dice.
    pub dice: u64,
    /// Height and hash.
    pub head: (u32, [u8; 32]),
    /// The account of native units.
    pub ledger: i128,
    /// Largest deviation, and violations.
    pub off: (u128, u64),
    /// What came of all calls.
    pub tally: Tally,
    /// The state.
    pub state: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Saved {
    /// Of a run.
    pub fn of(soak: &mut Soak) -> Self {
        let state = soak.chain.storage().top.into_iter().collect();
        Self {
            magic: MAGIC,
            settings: soak.settings.clone(),
            dice: soak.seed_state(),
            head: (soak.chain.number, soak.chain.hash.into()),
            ledger: soak.ledger,
            off: (soak.units_off, soak.violations),
            tally: soak.tally.clone(),
            state,
        }
    }

    /// Writes it to a file beside `path`, then puts that in its place.
    pub fn write(&self, path: &Path) -> Result<()> {
        let beside = path.with_extension("new");
        let mut file = fs::File::create(&beside)
            .with_context(|| format!("can't write {}", beside.display()))?;
        file.write_all(&self.encode())?;
        file.sync_all()?;
        fs::rename(&beside, path).with_context(|| format!("can't replace {}", path.display()))
    }

    /// Reads it.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
        let saved = Self::decode(&mut bytes.as_slice())
            .with_context(|| format!("{} is no saved soak", path.display()))?;
        if saved.magic != MAGIC {
            bail!("{} was saved by another version", path.display());
        }
        Ok(saved)
    }

    /// The run, at the block where it was saved.
    pub fn resume(self) -> Soak {
        let world = World::new(
            self.settings.coldkeys as usize,
            self.settings.hotkeys as usize,
            self.settings.subnets,
        );
        Soak::resumed(self, world)
    }
}
