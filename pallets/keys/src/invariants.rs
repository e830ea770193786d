//! The invariant, always compiled: `try_state`, a runtime API and every test call it.

use crate::{Config, Heads, Lines, NextLine, Pallet};
use alun_primitives::traits::KeyRegistry;
use frame::prelude::ensure;

impl<T: Config> Pallet<T> {
    /// Checks K1.
    pub fn check_invariants() -> Result<(), &'static str> {
        for (hotkey, line) in Lines::<T>::iter() {
            let head = Heads::<T>::get(line).ok_or("K1: a line without a head")?;
            let bound = T::Registry::coldkey_of(&hotkey).is_some();
            ensure!(bound == (head.hotkey == hotkey), "K1: another than the head is bound");
        }
        for (line, head) in Heads::<T>::iter() {
            ensure!(line.0 < NextLine::<T>::get().0, "K1: a line's id was never given out");
            ensure!(Lines::<T>::get(head.hotkey) == Some(line), "K1: a head of another line");
        }
        Ok(())
    }
}
