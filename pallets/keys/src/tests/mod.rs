//! One file per call or law.

mod invariants;
mod swap_hotkey;
