//! The rows and commits of a subnet that is wound up go.

use crate::{
    Commits, Config, LastSubmission, MatrixId, Pallet, Rows as WeightRows, SweptTo, Windows,
};
use alun_primitives::{
    traits::{NeuronRegistry, OnSubnetWoundUp, Rows},
    MechanismId, NetUid,
};

impl<T: Config> OnSubnetWoundUp for Pallet<T> {
    fn clear(netuid: NetUid, rows: &mut Rows) -> bool {
        let mechanisms = T::Neurons::mechanism_count(netuid);
        (0..mechanisms).all(|mechanism| clear_matrix::<T>((netuid, MechanismId(mechanism)), rows))
    }
}

/// Rows before the submissions that they need, and commits before the windows that list them.
fn clear_matrix<T: Config>(matrix: MatrixId, rows: &mut Rows) -> bool {
    let cleared = rows.drain(WeightRows::<T>::drain_prefix(matrix))
        && rows.drain(LastSubmission::<T>::drain_prefix(matrix))
        && rows.drain(Commits::<T>::drain_prefix(matrix))
        && rows.drain(Windows::<T>::drain_prefix(matrix));
    if cleared {
        SweptTo::<T>::remove(matrix);
    }
    cleared
}
