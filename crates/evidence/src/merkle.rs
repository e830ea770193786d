//! The Merkle root of an epoch's evidence, and proofs that a leaf is under it.
//!
//! A leaf's hash is BLAKE2b-256 of `0x00` and the line without its newline; a node's of `0x01` and
//! its two children; an odd last node goes up as it is. The root is the hash of `0x02`, the number
//! of leaves (u32, little-endian) and the topmost node: with the number bound, a proof's index can't
//! be another leaf's. No leaves: 32 zero bytes.

use blake2::{digest::consts::U32, Blake2b, Digest as _};

/// A hash.
pub type Hash = [u8; 32];

fn hash(parts: &[&[u8]]) -> Hash {
    let mut state = Blake2b::<U32>::new();
    parts.iter().for_each(|part| state.update(part));
    state.finalize().into()
}

fn leaf(line: &[u8]) -> Hash {
    hash(&[&[0], line])
}

fn node(left: &Hash, right: &Hash) -> Hash {
    hash(&[&[1], left, right])
}

fn seal(count: usize, top: &Hash) -> Hash {
    // Saturation: bundles have far fewer leaves ([`crate::MAX_LEAVES`]).
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    hash(&[&[2], &count.to_le_bytes(), top])
}

fn above(level: &[Hash]) -> Vec<Hash> {
    let up = |pair: &[Hash]| match pair {
        [left, right] => Some(node(left, right)),
        [alone] => Some(*alone),
        _ => None,
    };
    level.chunks(2).filter_map(up).collect()
}

/// The root of leaves given as bytes.
pub fn root<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Hash {
    let mut level: Vec<Hash> = lines.map(leaf).collect();
    let count = level.len();
    while level.len() > 1 {
        level = above(&level);
    }
    level.first().map_or([0; 32], |top| seal(count, top))
}

/// The hashes that lead from leaf `index` to the root, from below; `None` if there is no such leaf.
pub fn proof<'a>(lines: impl Iterator<Item = &'a [u8]>, index: usize) -> Option<Vec<Hash>> {
    let mut level: Vec<Hash> = lines.map(leaf).collect();
    let mut at = index;
    level.get(at)?;
    let mut path = Vec::new();
    while level.len() > 1 {
        path.extend(level.get(at ^ 1));
        level = above(&level);
        at /= 2;
    }
    Some(path)
}

/// Whether `line` is leaf `index` of the `count` under `root`.
pub fn verify(root: &Hash, count: usize, index: usize, line: &[u8], path: &[Hash]) -> bool {
    if index >= count {
        return false;
    }
    let (mut at, mut wide, mut top, mut path) = (index, count, leaf(line), path.iter());
    while wide > 1 {
        // An odd last node has nobody beside it.
        if at ^ 1 < wide {
            let Some(beside) = path.next() else { return false };
            top = if at % 2 == 0 { node(&top, beside) } else { node(beside, &top) };
        }
        at /= 2;
        wide = wide.div_ceil(2);
    }
    path.next().is_none() && seal(count, &top) == *root
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn root_of(lines: &[&str]) -> Hash {
        root(lines.iter().map(|line| line.as_bytes()))
    }

    #[test]
    fn root_should_change_with_every_leaf_and_their_order() {
        let three = root_of(&["a", "b", "c"]);
        let others =
            [&["a", "b"][..], &["b", "a", "c"], &["a", "b", "d"], &["a", "b", "c", "c"], &[]];
        assert!(others.iter().all(|other| root_of(other) != three));
        assert_eq!(root_of(&[]), [0; 32]);
        assert_eq!(root_of(&["a"]), hash(&[&[2], &[1, 0, 0, 0], &hash(&[&[0], b"a"])]));
    }

    #[test]
    fn root_should_not_take_a_node_for_a_leaf() {
        let inner = [leaf(b"a"), leaf(b"b")].concat();
        assert_ne!(root_of(&["a", "b"]), root([inner.as_slice()].into_iter()));
    }

    proptest! {
        #[test]
        fn proof_should_hold_for_its_leaf_index_and_count_alone(
            count in 1usize..40, index in 0usize..40, other in 0usize..40, wrong in 1usize..40,
        ) {
            let lines: Vec<Vec<u8>> = (0..count).map(|at| at.to_string().into_bytes()).collect();
            let all = || lines.iter().map(Vec::as_slice);
            let root = root(all());
            let Some(path) = proof(all(), index) else {
                prop_assert!(index >= count);
                return Ok(());
            };
            prop_assert!(verify(&root, count, index, &lines[index], &path));
            if other != index {
                prop_assert!(!verify(&root, count, other, &lines[index], &path));
            }
            if wrong != count {
                prop_assert!(!verify(&root, wrong, index, &lines[index], &path));
                prop_assert!(!verify(&root, wrong, other, &lines[index], &path));
            }
            prop_assert!(!verify(&root, count, index, b"another", &path));
            let longer = [path.clone(), vec![[0; 32]]].concat();
            prop_assert!(!verify(&root, count, index, &lines[index], &longer));
            for at in 0..path.len() {
                let mut bent = path.clone();
                bent[at][0] ^= 1;
                prop_assert!(!verify(&root, count, index, &lines[index], &bent));
            }
        }
    }
}
