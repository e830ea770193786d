//! One file per call or law.

mod add_stake;
mod bind_hotkey;
mod children;
mod constant_cost;
mod deposits;
mod first_depositor;
mod genesis;
mod laws;
mod move_stake;
mod points;
mod quotes;
mod remove_all_stake;
mod remove_stake;
mod reward_pools;
mod reward_position;
mod root;
mod root_weight;
mod sandwich;
mod stream;
mod swap_coldkey;
mod swap_hotkey;
mod swap_stake;
mod take;
mod transfer_stake;
mod views;
mod wind_up;
