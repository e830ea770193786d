//! One file per call or law; the mock runs the pallet with the real balances.

pub(crate) mod mock;

mod eviction;
mod extension;
mod genesis;
mod invariants;
mod laws;
mod neurons;
mod ownership;
mod register;
mod register_subnet;
mod registry;
mod serve;
mod set_hyperparameters;
mod set_mechanism_count;
mod set_metadata;
mod set_owner_hotkey;
mod set_subnet_limit;
mod set_task;
mod slots;
mod start;
mod swap_coldkey;
mod swap_hotkey;
mod unserve;
mod wind_up;
