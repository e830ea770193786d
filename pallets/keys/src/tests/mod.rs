//! One file per call or law.

mod coldkeys;
mod invariants;
mod swap_hotkey;
