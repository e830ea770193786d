//! The accounts of a run, and the chain that they start with.

use alun_primitives::{Hyperparameters, UNIT};
use alun_runtime::{
    AccountId, AuthoritiesConfig, BalancesConfig, ClockConfig, KeysConfig, RuntimeGenesisConfig,
    SessionConfig, SessionKeys, StakeConfig, SubnetsConfig, SudoConfig,
};
use sp_core::{ed25519, Pair};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::BuildStorage;
use std::collections::BTreeMap;

/// The slot: four seconds of work in a block.
pub const SLOT_MS: u64 = 12_000;

/// An account with its secret. Ed25519, whose signatures are the same every time.
pub struct Key {
    /// Signs.
    pub pair: ed25519::Pair,
    /// The account.
    pub account: AccountId,
}

impl Key {
    fn new(number: usize) -> Self {
        let pair = ed25519::Pair::from_seed(&sp_io::hashing::blake2_256(&number.to_le_bytes()));
        let account = AccountId::from(pair.public().0);
        Self { pair, account }
    }
}

/// Everybody: coldkeys first, hotkeys after them. The first coldkey holds the sudo key.
pub struct World {
    /// All keys.
    pub keys: Vec<Key>,
    /// How many of them are coldkeys.
    pub coldkeys: usize,
    /// How many hotkeys, at the end, wait to take others' places.
    pub spares: usize,
    /// Most subnets.
    pub subnets: u16,
    /// account → index in `keys`.
    by_account: BTreeMap<AccountId, usize>,
}

impl World {
    /// So many accounts, and spare hotkeys: six for each that works, since who was swapped never returns.
    pub fn new(coldkeys: usize, hotkeys: usize, subnets: u16) -> Self {
        let spares = 6 * hotkeys;
        let keys: Vec<Key> = (0..coldkeys + hotkeys + spares).map(Key::new).collect();
        let by_account =
            keys.iter().enumerate().map(|(index, key)| (key.account.clone(), index)).collect();
        Self { keys, coldkeys, spares, subnets, by_account }
    }

    /// The index of an account's key.
    pub fn index_of(&self, account: &AccountId) -> Option<usize> {
        self.by_account.get(account).copied()
    }

    /// The state at block 0.
    pub fn genesis(&self) -> sp_storage::Storage {
        let authority = |index: usize, account: Sr25519Keyring, grandpa: Ed25519Keyring| {
            let who = self.keys[index].account.clone();
            let keys =
                SessionKeys { aura: account.public().into(), grandpa: grandpa.public().into() };
            (who.clone(), who, keys)
        };
        let sessions = vec![
            authority(0, Sr25519Keyring::Alice, Ed25519Keyring::Alice),
            authority(1, Sr25519Keyring::Bob, Ed25519Keyring::Bob),
            authority(2, Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
            authority(3, Sr25519Keyring::Dave, Ed25519Keyring::Dave),
        ];
        let balance = |index: usize| if index < self.coldkeys { 100_000 } else { 100 } * UNIT;
        let config = RuntimeGenesisConfig {
            clock: ClockConfig { slot_ms: SLOT_MS, ..Default::default() },
            balances: BalancesConfig {
                balances: self
                    .keys
                    .iter()
                    .enumerate()
                    .map(|(index, key)| (key.account.clone(), balance(index)))
                    .collect(),
                ..Default::default()
            },
            authorities: AuthoritiesConfig {
                authorities: sessions.iter().take(2).map(|(who, _, _)| who.clone()).collect(),
                session_ms: 10 * SLOT_MS,
            },
            session: SessionConfig { keys: sessions, ..Default::default() },
            sudo: SudoConfig { key: Some(self.keys[0].account.clone()) },
            stake: StakeConfig {
                take_notice_ms: 5 * SLOT_MS,
                child_delay_ms: 5 * SLOT_MS,
                root_stream_ms: 10 * SLOT_MS,
                ..Default::default()
            },
            keys: KeysConfig { coldkey_delay_ms: 10 * SLOT_MS, ..Default::default() },
            subnets: self.markets(),
            ..Default::default()
        };
        config.build_storage().expect("the genesis of the soak is well-formed")
    }

    /// Short epochs and full subnets soon, so that much happens.
    fn markets(&self) -> SubnetsConfig {
        SubnetsConfig {
            default_hyperparameters: Hyperparameters {
                tempo_ms: 8 * SLOT_MS,
                activity_cutoff_ms: 100 * SLOT_MS,
                immunity_ms: 18 * SLOT_MS,
                weights_rate_limit_ms: SLOT_MS,
                endpoint_rate_limit_ms: SLOT_MS,
                max_neurons: 64,
                max_validators: 16,
                stake_threshold: UNIT,
                price_max: UNIT,
                ..Hyperparameters::default()
            },
            min_tempo_ms: 5 * SLOT_MS,
            subnet_limit: self.subnets,
            min_lock: 10 * UNIT,
            owner_rate_limit_ms: SLOT_MS,
            subnet_immunity_ms: 120 * SLOT_MS,
            notice_ms: 8 * SLOT_MS,
            local: true,
            ..SubnetsConfig::default()
        }
    }
}
