//! Attention of one head over one sequence, out of two products.

use super::{rows::softmax, Isa, Line, Start, View, LANES, MOST_ROWS};

/// Queries that are worked on at once: their scores stay in the cache.
const AT_ONCE: usize = 48;

/// What the queries look at.
pub(crate) struct Heads<'a> {
    /// Panels of 16 positions, a line per dimension of the head in each.
    pub keys: &'a [Line],
    /// A slab per 16 dimensions, a line per position in each.
    pub values: &'a [Line],
    /// Lines from a slab of values to the next.
    pub values_slab: usize,
    /// Dimensions of the head, whole slabs.
    pub size: usize,
    /// Positions that the first query sees.
    pub seen: usize,
    /// How many more each further query sees: 0 or 1.
    pub more: usize,
}

/// What each of `rows` queries gathers: for row r and slab s into line r × `out_row` + s × `out_slab`.
/// The queries are scaled already. `scratch` is room for scores.
pub(crate) fn attend(
    isa: Isa,
    heads: &Heads<'_>,
    queries: View<'_>,
    rows: usize,
    out: &mut [Line],
    (out_row, out_slab): (usize, usize),
    scratch: &mut Vec<Line>,
) {
    let Heads { keys, values, values_slab, size, seen, more } = *heads;
    for first in (0..rows).step_by(AT_ONCE) {
        let count = AT_ONCE.min(rows - first);
        let seen = seen + first * more;
        let length = seen + (count - 1) * more;
        let panels = length.div_ceil(LANES);
        scratch.resize(panels * count, Line::ZERO);
        for (panel, scores) in keys.chunks_exact(size).zip(scratch.chunks_exact_mut(count)) {
            for (at, rows) in tiles(count) {
                let lines = &queries.lines[(first + at) * queries.row..];
                let x = View { lines, ..queries };
                isa.product(rows, x, panel, Start::At(&Line::ZERO), &mut scores[at..], 1);
            }
        }
        softmax(isa, scratch, count, seen, more);
        for slab in 0..size / LANES {
            let values = &values[slab * values_slab..][..length];
            for (at, rows) in tiles(count) {
                let x = View { lines: &scratch[at..], row: 1, slab: count };
                let out = &mut out[slab * out_slab + (first + at) * out_row..];
                isa.product(rows, x, values, Start::At(&Line::ZERO), out, out_row);
            }
        }
    }
}

/// Cuts some rows into tiles of at most [`MOST_ROWS`], as even as can be: where each starts, and how
/// many rows it has.
pub(super) fn tiles(rows: usize) -> impl Iterator<Item = (usize, usize)> {
    pieces(rows, MOST_ROWS)
}

/// Cuts `all` into pieces of at most `most`, as even as can be.
pub(super) fn pieces(all: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = all.div_ceil(most).max(1);
    (0..count).map(move |piece| {
        let start = piece * all / count;
        (start, (piece + 1) * all / count - start)
    })
}
