//! One file per call or law.

mod add_stake;
mod bind_hotkey;
mod genesis;
mod move_stake;
mod points;
mod remove_stake;
mod reward_pools;
mod reward_position;
mod root_weight;
mod stream;
mod take;
mod views;
