//! Hotkeys that took each other's place, which have one history: it is stored under the first of them.

use crate::{
    store::{at, Batch, Bounds, Store, View, LINES, NAMES},
    IndexError,
};
use std::collections::BTreeMap;

type Hotkey = [u8; 32];

/// What hotkeys were called before a block and since.
pub(crate) struct Names {
    view: View,
    number: u32,
    /// Key of a line → the first of it, for those that came in this block.
    firsts: BTreeMap<Hotkey, Hotkey>,
    /// First of a line → the one bound since, for those that were swapped in this block.
    bound: BTreeMap<Hotkey, Hotkey>,
}

impl Names {
    /// The names around a block that made these swaps, of an old hotkey for a new one, in order.
    pub fn of(store: &Store, number: u32, swaps: &[(Hotkey, Hotkey)]) -> Result<Self, IndexError> {
        let view = store.view(Bounds::NONE)?;
        let mut names = Self { view, number, firsts: BTreeMap::new(), bound: BTreeMap::new() };
        for (old, new) in swaps {
            let first = names.first(old)?;
            names.firsts.insert(*new, first);
            names.bound.insert(first, *new);
        }
        Ok(names)
    }

    /// The key that a hotkey's history is stored under.
    pub fn first(&self, hotkey: &Hotkey) -> Result<Hotkey, IndexError> {
        match self.firsts.get(hotkey) {
            Some(first) => Ok(*first),
            None => first(&self.view, hotkey),
        }
    }

    /// What the first of a line is called after the block.
    pub fn now(&self, first: &Hotkey) -> Result<Hotkey, IndexError> {
        match self.bound.get(first) {
            Some(bound) => Ok(*bound),
            None => name(&self.view, first, self.number),
        }
    }

    /// What it was called before the block.
    pub fn before(&self, first: &Hotkey) -> Result<Hotkey, IndexError> {
        name(&self.view, first, self.number.saturating_sub(1))
    }

    /// Remembers the block's swaps.
    pub fn write(&self, batch: &Batch) -> Result<(), IndexError> {
        for (hotkey, first) in &self.firsts {
            batch.put(LINES, hotkey, first)?;
        }
        for (first, bound) in &self.bound {
            batch.put(NAMES, &at(first, self.number), bound)?;
        }
        Ok(())
    }
}

/// The key that a hotkey's history is stored under.
pub(crate) fn first(view: &View, hotkey: &Hotkey) -> Result<Hotkey, IndexError> {
    Ok(view.get(LINES, hotkey)?.unwrap_or(*hotkey))
}

/// What the first hotkey of a line is called after a block.
pub(crate) fn name(view: &View, first: &Hotkey, block: u32) -> Result<Hotkey, IndexError> {
    Ok(view.newest(NAMES, first, block)?.unwrap_or(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_should_lead_to_the_first_key_when_a_line_is_swapped_twice() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("db")).unwrap();
        let (a, b, c) = ([1; 32], [2; 32], [3; 32]);
        for (number, swap) in [(5, (a, b)), (9, (b, c))] {
            let names = Names::of(&store, number, &[swap]).unwrap();
            assert_eq!(names.first(&swap.1).unwrap(), a);
            assert_eq!((names.before(&a).unwrap(), names.now(&a).unwrap()), swap);
            let batch = store.batch().unwrap();
            names.write(&batch).unwrap();
            batch.commit(number, [0; 32]).unwrap();
        }
        let view = store.view(Bounds::NONE).unwrap();
        assert_eq!([a, b, c].map(|key| first(&view, &key).unwrap()), [a, a, a]);
        assert_eq!([4, 5, 8, 9].map(|block| name(&view, &a, block).unwrap()), [a, b, b, c]);
    }
}
