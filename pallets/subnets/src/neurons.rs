//! The holders of uids, in pages: whoever reads all of a subnet (the freezing of an epoch, the
//! search for who leaves, the metagraph) reads 64 at a time.

use crate::{types::NeuronPage, Config, Neuron, NeuronCount, Neurons, Pallet, NEURON_PAGE};
use alloc::vec::Vec;
use alun_primitives::{NetUid, Uid};

/// The page that a uid is on, and its place there.
fn place(uid: Uid) -> (u8, usize) {
    let page = u32::from(uid.0).checked_div(NEURON_PAGE).and_then(|page| u8::try_from(page).ok());
    let within = u32::from(uid.0).checked_rem(NEURON_PAGE).and_then(|at| usize::try_from(at).ok());
    // Saturation: uids past the last page have no holder.
    (page.unwrap_or(u8::MAX), within.unwrap_or(usize::MAX))
}

impl<T: Config> Pallet<T> {
    /// The holder of a uid.
    pub fn neuron(netuid: NetUid, uid: Uid) -> Option<Neuron<T::AccountId>> {
        let (page, at) = place(uid);
        let mut neurons = Neurons::<T>::get(netuid, page).into_inner();
        (at < neurons.len()).then(|| neurons.swap_remove(at))
    }

    /// The holders of a subnet's uids, by uid. One read for each [`NEURON_PAGE`] of them.
    pub fn neurons(netuid: NetUid) -> Vec<Neuron<T::AccountId>> {
        let count = usize::from(NeuronCount::<T>::get(netuid));
        let mut neurons = Vec::with_capacity(count);
        let mut page = 0u8;
        while neurons.len() < count {
            let more = Neurons::<T>::get(netuid, page);
            if more.is_empty() {
                break;
            }
            neurons.extend(more);
            page = page.saturating_add(1);
        }
        neurons
    }

    /// Makes `neuron` the holder of a uid that has one, or of the first that has none. `false`, and
    /// nothing is written, where this would leave a gap or exceeds the pages there can be.
    ///
    /// Writes the page and nothing else: [`NeuronCount`] and [`crate::Uids`] are the caller's.
    #[must_use]
    pub fn put_neuron(netuid: NetUid, uid: Uid, neuron: Neuron<T::AccountId>) -> bool {
        let (page, at) = place(uid);
        let put = |neurons: &mut NeuronPage<T::AccountId>| {
            if neurons.len() == at {
                return neurons.try_push(neuron).map_err(|_| ());
            }
            neurons.get_mut(at).map(|entry| *entry = neuron).ok_or(())
        };
        Neurons::<T>::try_mutate(netuid, page, put).is_ok()
    }
}
