//! The sparse table that the steps pass on: rows of `(uid, entry)`, ascending by uid, in two flat
//! lists. Entries of 0 are not kept: in every step they mean what an omitted entry means.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::error::{EpochError, Step};

/// A sparse table of entries (units of 2⁻³²), one row per neuron.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// Where each row ends in the two lists below.
    ends: Vec<usize>,
    uids: Vec<u16>,
    values: Vec<u64>,
}

impl Matrix {
    /// An empty table with room for this many rows and entries.
    pub fn with_capacity(rows: usize, entries: usize) -> Self {
        Self {
            ends: Vec::with_capacity(rows),
            uids: Vec::with_capacity(entries),
            values: Vec::with_capacity(entries),
        }
    }

    /// Appends an entry to the row being written. Uids must ascend within it.
    #[inline]
    pub fn push(&mut self, uid: u16, value: u64) {
        if value != 0 {
            self.uids.push(uid);
            self.values.push(value);
        }
    }

    /// Ends the row being written.
    pub fn end_row(&mut self) {
        self.ends.push(self.uids.len());
    }

    /// The values of the row being written.
    pub fn open_row_mut(&mut self) -> &mut [u64] {
        let start = self.ends.last().copied().unwrap_or(0);
        self.values.get_mut(start..).unwrap_or_default()
    }

    /// The number of entries.
    pub fn entries(&self) -> usize {
        self.uids.len()
    }

    /// The rows in order of uid.
    pub fn rows(&self) -> impl Iterator<Item = Entries<'_>> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let row = Entries {
                uids: self.uids.get(start..end).unwrap_or_default(),
                values: self.values.get(start..end).unwrap_or_default(),
            };
            start = end;
            row
        })
    }

    /// Every entry replaced by what `value(uid, entry)` makes of it.
    pub fn try_map<E>(mut self, value: impl Fn(u16, u64) -> Result<u64, E>) -> Result<Self, E> {
        for (uid, entry) in self.uids.iter().zip(self.values.iter_mut()) {
            *entry = value(*uid, *entry)?;
        }
        Ok(self)
    }
}

/// One row of a [`Matrix`].
#[derive(Clone, Copy, Debug)]
pub struct Entries<'a> {
    uids: &'a [u16],
    values: &'a [u64],
}

impl<'a> Entries<'a> {
    /// The entries, ascending by uid.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = (u16, u64)> + 'a {
        self.uids.iter().copied().zip(self.values.iter().copied())
    }
}

/// The value of neuron `uid` in a list with one per neuron.
#[inline]
pub(crate) fn at<T: Copy>(values: &[T], uid: u16, step: Step) -> Result<T, EpochError> {
    match values.get(usize::from(uid)) {
        Some(value) => Ok(*value),
        None => Err(EpochError::UnknownUid { step, uid, neurons: values.len() }),
    }
}

/// The same, to write to.
#[inline]
pub(crate) fn at_mut<T>(values: &mut [T], uid: u16, step: Step) -> Result<&mut T, EpochError> {
    let neurons = values.len();
    values.get_mut(usize::from(uid)).ok_or(EpochError::UnknownUid { step, uid, neurons })
}

/// Walks two ascending rows at once and calls `visit(uid, left, right)` for each uid that is in
/// one of them, with 0 for the side that lacks it.
#[inline]
pub(crate) fn for_union<E>(
    left: impl Iterator<Item = (u16, u64)>,
    right: impl Iterator<Item = (u16, u64)>,
    mut visit: impl FnMut(u16, u64, u64) -> Result<(), E>,
) -> Result<(), E> {
    let (mut left, mut right) = (left, right);
    let (mut l, mut r) = (left.next(), right.next());
    loop {
        match (l, r) {
            (None, None) => return Ok(()),
            (Some((uid, x)), None) => {
                visit(uid, x, 0)?;
                l = left.next();
            }
            (None, Some((uid, y))) => {
                visit(uid, 0, y)?;
                r = right.next();
            }
            (Some((i, x)), Some((j, y))) => match i.cmp(&j) {
                Ordering::Less => {
                    visit(i, x, 0)?;
                    l = left.next();
                }
                Ordering::Greater => {
                    visit(j, 0, y)?;
                    r = right.next();
                }
                Ordering::Equal => {
                    visit(i, x, y)?;
                    (l, r) = (left.next(), right.next());
                }
            },
        }
    }
}
