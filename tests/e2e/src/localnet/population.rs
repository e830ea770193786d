//! Who takes part.

use super::NetUids;
use crate::harness::free_port;
use alun_client::{AccountId, Balance, NetUid, UNIT};
use alun_keys::Keypair;
use anyhow::Result;

/// How a miner behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    Honest,
    Perturbed,
    Copier,
    Slow,
    Down,
    Substitute,
    Truncate,
    Stale,
    Proxy,
    Colluder,
}

impl Strategy {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::Perturbed => "perturbed",
            Self::Copier => "copier",
            Self::Slow => "slow",
            Self::Down => "down",
            Self::Substitute => "substitute",
            Self::Truncate => "truncate",
            Self::Stale => "stale",
            Self::Proxy => "proxy",
            Self::Colluder => "colluder",
        }
    }
}

/// A pair of keys from a development phrase.
pub(crate) struct Keys {
    pub uri: String,
    pub pair: Keypair,
}

impl Keys {
    fn new(path: &str) -> Result<Self> {
        let uri = format!("//localnet//{path}");
        let pair = Keypair::from_uri(&uri)?;
        Ok(Self { uri, pair })
    }

    pub(crate) fn account(&self) -> AccountId {
        AccountId::from(self.pair.public())
    }
}

pub(crate) struct Miner {
    pub netuid: NetUid,
    pub strategy: Strategy,
    pub coldkey: Keys,
    pub hotkey: Keys,
}

pub(crate) struct Validator {
    pub name: String,
    pub coldkey: Keys,
    pub hotkey: Keys,
    /// Stake on root.
    pub stake: Balance,
    /// Of its `/status`.
    pub port: u16,
}

impl Validator {
    /// Native tokens with which it buys stake on each subnet.
    pub(crate) fn on_subnet(&self) -> Balance {
        self.stake / 100
    }
}

pub(crate) struct Population {
    pub root: Keypair,
    pub owner: Keys,
    pub owner_hotkey: Keys,
    pub validators: Vec<Validator>,
    pub miners: Vec<Miner>,
}

impl Population {
    pub(crate) fn new() -> Result<Self> {
        use Strategy::*;
        let mut miners = Vec::new();
        for netuid in NetUids::ALL {
            let cheats = [Perturbed, Copier, Slow, Down, Substitute, Truncate, Stale, Proxy];
            let strategies = [Honest, Honest].into_iter().chain(cheats).chain([Colluder, Colluder]);
            for (index, strategy) in strategies.enumerate() {
                let path = format!("miner-{netuid}-{index}");
                miners.push(Miner {
                    netuid,
                    strategy,
                    coldkey: Keys::new(&format!("{path}//cold"))?,
                    hotkey: Keys::new(&format!("{path}//hot"))?,
                });
            }
        }
        let mut validators = Vec::new();
        for (index, stake) in [5_000, 3_000, 2_000].into_iter().enumerate() {
            let name = format!("validator-{index}");
            validators.push(Validator {
                coldkey: Keys::new(&format!("{name}//cold"))?,
                hotkey: Keys::new(&format!("{name}//hot"))?,
                stake: stake * UNIT,
                port: free_port()?,
                name,
            });
        }
        Ok(Self {
            root: Keypair::from_uri("//Alice")?,
            owner: Keys::new("owner//cold")?,
            owner_hotkey: Keys::new("owner//hot")?,
            validators,
            miners,
        })
    }

    pub(crate) fn miners_of(&self, netuid: NetUid) -> impl Iterator<Item = &Miner> {
        self.miners.iter().filter(move |miner| miner.netuid == netuid)
    }
}
