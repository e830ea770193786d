//! The rows of the input, turned into columns a block at a time.
//!
//! Every step from the median to the dividends looks at one neuron and all who scored it: a column.
//! The input comes in rows. A block of columns is as wide as makes it a few thousand entries, so
//! that it is turned, used and forgotten while it lies in the cache next to the processor; the
//! whole table is never turned. Entries stay what they were in the input, four bytes each.

use alloc::{vec, vec::Vec};

use crate::weights::Validators;

/// How many entries a block should have: two blocks (weights and bonds) of four bytes an entry fill
/// half of a small second-level cache.
const BLOCK: usize = 4_096;
/// How many entries a row should have in a block, so that looking at the row pays.
const PER_ROW: usize = 16;
/// A block in which no more than one entry in so many is missing is turned as a full one.
const GAPS: usize = 4;

/// One entry of a column, in four bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell(u32);

impl Cell {
    /// Of the validator with this slot (its place among those that count).
    #[inline]
    pub fn new(slot: u16, value: u16) -> Self {
        Self((u32::from(slot) << 16) | u32::from(value))
    }

    /// The validator's slot.
    #[inline]
    pub fn slot(self) -> usize {
        usize::try_from(self.0 >> 16).unwrap_or(0) // 16 bits fit.
    }

    /// Forgets the value: 0 means what an omitted entry means.
    #[inline]
    pub fn clear(&mut self) {
        self.0 &= 0xffff_0000;
    }

    /// The score or the bond.
    #[inline]
    pub fn value(self) -> u16 {
        u16::try_from(self.0 & 0xffff).unwrap_or(0) // 16 bits fit.
    }
}

/// The weight rows and the bond rows that count, handed out column by column.
pub struct Columns<'a> {
    weights: Blocks<'a>,
    bonds: Blocks<'a>,
    /// How many columns there are, and how many a block has.
    columns: usize,
    width: usize,
    /// The first column of this block.
    first: usize,
}

impl<'a> Columns<'a> {
    /// Before the first column.
    pub fn new(who: &Validators<'a>, columns: usize) -> Self {
        let rows = who.rows.iter().chain(&who.bonds);
        let entries = rows.fold(0usize, |sum, row| sum.saturating_add(row.len())) / 2;
        let width = width(columns, who.rows.len(), entries);
        Self {
            weights: Blocks::new(who.rows.clone(), width),
            bonds: Blocks::new(who.bonds.clone(), width),
            columns,
            width,
            first: 0,
        }
    }

    /// The scores of this neuron and the bonds on it, each ascending by slot. To be asked for one
    /// after the other, from 0 on.
    #[cfg_attr(feature = "std", inline(always))]
    pub fn column(&mut self, uid: u16) -> (&mut [Cell], &[Cell]) {
        let uid = usize::from(uid);
        let mut index = uid.wrapping_sub(self.first);
        if uid == 0 || index >= self.width {
            let end = uid.saturating_add(self.width).min(self.columns);
            self.weights.turn(uid, end);
            self.bonds.turn(uid, end);
            (self.first, index) = (uid, 0);
        }
        (self.weights.column(index), self.bonds.column(index))
    }
}

/// How many columns a block of a table should have.
fn width(columns: usize, rows: usize, entries: usize) -> usize {
    let wanted = BLOCK.max(rows.saturating_mul(PER_ROW)); // Saturating: a wish, not a result.
    let per_column = entries.checked_div(columns).unwrap_or(0).max(1);
    wanted.div_ceil(per_column).clamp(1, columns.max(1))
}

/// A table that is handed out in blocks of columns, from left to right.
struct Blocks<'a> {
    /// What is left of each row.
    rows: Vec<&'a [(u16, u16)]>,
    /// How much of each row is in this block.
    taken: Vec<usize>,
    /// Where each column of the block starts in `cells`, and at last where they end.
    starts: Vec<usize>,
    /// Where the next cell of each column goes.
    next: Vec<usize>,
    cells: Vec<Cell>,
}

impl<'a> Blocks<'a> {
    /// Of these rows, each ascending by uid, in blocks of at most `width` columns.
    fn new(rows: Vec<&'a [(u16, u16)]>, width: usize) -> Self {
        Self {
            taken: vec![0; rows.len()],
            rows,
            starts: Vec::with_capacity(width.saturating_add(1)),
            next: Vec::with_capacity(width),
            cells: Vec::new(),
        }
    }

    /// Turns the next block: the columns from `first` to `end`, which is past the last.
    #[cfg_attr(feature = "std", inline(always))]
    fn turn(&mut self, first: usize, end: usize) {
        let entries = self.count(first, end);
        let full = self.rows.len().saturating_mul(self.next.len()); // Saturating: no block has it.
        if entries != 0 && entries >= full.saturating_sub(full / GAPS) {
            return self.turn_full(first, entries == full);
        }
        self.make_room(entries);
        for ((row, taken), slot) in self.rows.iter_mut().zip(&self.taken).zip(0..=u16::MAX) {
            let (block, rest) = row.split_at_checked(*taken).unwrap_or_default();
            *row = rest;
            if block.len() == self.next.len() {
                for ((_, value), next) in block.iter().zip(&mut self.next) {
                    put(&mut self.cells, next, Cell::new(slot, *value));
                }
            } else {
                for (uid, value) in block {
                    if let Some(next) = self.next.get_mut(usize::from(*uid).wrapping_sub(first)) {
                        put(&mut self.cells, next, Cell::new(slot, *value));
                    }
                }
            }
        }
    }

    /// Turns a block in which every row has every column, or nearly: then the gaps are filled with
    /// zeros, which mean the same. The steps have shorter ways for columns that name every slot.
    #[cfg_attr(feature = "std", inline(always))]
    fn turn_full(&mut self, first: usize, no_gaps: bool) {
        let slots = self.rows.len();
        self.starts.clear();
        self.starts.extend((0..=self.next.len()).map(|column| column.wrapping_mul(slots)));
        self.make_room(slots.wrapping_mul(self.next.len()));
        if !no_gaps {
            for column in self.cells.chunks_exact_mut(slots.max(1)) {
                for (cell, slot) in column.iter_mut().zip(0..=u16::MAX) {
                    *cell = Cell::new(slot, 0);
                }
            }
        }
        for ((row, taken), slot) in self.rows.iter_mut().zip(&self.taken).zip(0..=u16::MAX) {
            let (block, rest) = row.split_at_checked(*taken).unwrap_or_default();
            *row = rest;
            if block.len() == self.next.len() {
                for ((_, value), start) in block.iter().zip(&self.starts) {
                    if let Some(cell) = self.cells.get_mut(start.wrapping_add(usize::from(slot))) {
                        *cell = Cell::new(slot, *value);
                    }
                }
            } else {
                for (uid, value) in block {
                    let column = usize::from(*uid).wrapping_sub(first);
                    let place = column.wrapping_mul(slots).wrapping_add(usize::from(slot));
                    if let Some(cell) = self.cells.get_mut(place) {
                        *cell = Cell::new(slot, *value);
                    }
                }
            }
        }
    }

    #[cfg_attr(feature = "std", inline(always))]
    fn make_room(&mut self, cells: usize) {
        if self.cells.len() < cells {
            self.cells.resize(cells, Cell::default());
        }
    }

    /// The cells of a column of the block, counted from its first; ascending by slot.
    #[cfg_attr(feature = "std", inline(always))]
    fn column(&mut self, index: usize) -> &mut [Cell] {
        let start = self.starts.get(index).copied().unwrap_or(0);
        let end = self.starts.get(index.wrapping_add(1)).copied().unwrap_or(start);
        self.cells.get_mut(start..end).unwrap_or_default()
    }

    /// Finds how much of each row, and where each column, is in the block.
    #[cfg_attr(feature = "std", inline(always))]
    fn count(&mut self, first: usize, end: usize) -> usize {
        let width = end.saturating_sub(first); // Saturating: an empty block is empty.
        self.next.clear();
        self.next.resize(width, 0);
        let mut full = 0usize;
        for (row, taken) in self.rows.iter().zip(&mut self.taken) {
            // Ascending and none before `first`: if the last column has its place, all do.
            let last = row.get(width.wrapping_sub(1)).map(|(uid, _)| usize::from(*uid));
            if last == end.checked_sub(1) {
                *taken = width;
                full = full.wrapping_add(1);
                continue;
            }
            *taken = 0;
            for (uid, _) in row.iter().take_while(|(uid, _)| usize::from(*uid) < end) {
                if let Some(count) = self.next.get_mut(usize::from(*uid).wrapping_sub(first)) {
                    *count = count.wrapping_add(1);
                }
                *taken = taken.wrapping_add(1);
            }
        }
        self.starts.clear();
        let mut start = 0usize;
        for next in &mut self.next {
            let count = next.wrapping_add(full);
            self.starts.push(start);
            *next = start;
            start = start.wrapping_add(count);
        }
        self.starts.push(start);
        start
    }
}

#[inline]
fn put(cells: &mut [Cell], next: &mut usize, cell: Cell) {
    if let Some(place) = cells.get_mut(*next) {
        *place = cell;
    }
    *next = next.wrapping_add(1);
}
