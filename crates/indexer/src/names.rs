//! Hotkeys that took each other's place, which have one history: it is stored under the first of them.

use crate::{
    store::{at, Batch, Store, LINES, NAMES},
    IndexError,
};
use std::collections::BTreeMap;

type Hotkey = [u8; 32];

/// What hotkeys were called before a block and since.
pub(crate) struct Names<'a> {
    store: &'a Store,
    number: u32,
    /// Key of a line → the first of it, for those that came in this block.
    firsts: BTreeMap<Hotkey, Hotkey>,
    /// First of a line → the one bound since, for those that were swapped in this block.
    bound: BTreeMap<Hotkey, Hotkey>,
}

impl<'a> Names<'a> {
    /// The names around a block that made these swaps, of an old hotkey for a new one, in order.
    pub fn of(
        store: &'a Store,
        number: u32,
        swaps: &[(Hotkey, Hotkey)],
    ) -> Result<Self, IndexError> {
        let mut names = Self { store, number, firsts: BTreeMap::new(), bound: BTreeMap::new() };
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
            None => first(self.store, hotkey),
        }
    }

    /// What the first of a line is called after the block.
    pub fn now(&self, first: &Hotkey) -> Result<Hotkey, IndexError> {
        match self.bound.get(first) {
            Some(bound) => Ok(*bound),
            None => name(self.store, first, self.number),
        }
    }

    /// What it was called before the block.
    pub fn before(&self, first: &Hotkey) -> Result<Hotkey, IndexError> {
        name(self.store, first, self.number.saturating_sub(1))
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
pub(crate) fn first(store: &Store, hotkey: &Hotkey) -> Result<Hotkey, IndexError> {
    Ok(store.get(LINES, hotkey)?.unwrap_or(*hotkey))
}

/// What the first hotkey of a line is called after a block.
pub(crate) fn name(store: &Store, first: &Hotkey, block: u32) -> Result<Hotkey, IndexError> {
    Ok(store.newest(NAMES, first, block)?.unwrap_or(*first))
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
        assert_eq!([a, b, c].map(|key| first(&store, &key).unwrap()), [a, a, a]);
        assert_eq!([4, 5, 8, 9].map(|block| name(&store, &a, block).unwrap()), [a, b, b, c]);
    }
}
