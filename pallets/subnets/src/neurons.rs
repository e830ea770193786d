//! The holders of uids, in pages: whoever reads all of a subnet (the freezing of an epoch, the
//! search for who leaves, the metagraph) reads 64 at a time.

use crate::{types::NeuronPage, Config, Neuron, NeuronCount, Neurons, Pallet, NEURON_PAGE};
use alloc::vec::Vec;
use alun_primitives::{NetUid, Uid};

/// The page that a uid is on, and its place there. `None` for a uid past the pages there can be.
fn place(uid: Uid) -> Option<(u8, usize)> {
    let uid = u32::from(uid.0);
    let page = u8::try_from(uid.checked_div(NEURON_PAGE)?).ok()?;
    Some((page, usize::try_from(uid.checked_rem(NEURON_PAGE)?).ok()?))
}

impl<T: Config> Pallet<T> {
    /// The holder of a uid.
    pub fn neuron(netuid: NetUid, uid: Uid) -> Option<Neuron<T::AccountId>> {
        let (page, at) = place(uid)?;
        Neurons::<T>::get(netuid, page).into_iter().nth(at)
    }

    /// The holders of a subnet's uids, by uid; up to the first page that is not there, which N1
    /// excludes. One read for each [`NEURON_PAGE`] of them.
    pub fn neurons(netuid: NetUid) -> Vec<Neuron<T::AccountId>> {
        let pages = u32::from(NeuronCount::<T>::get(netuid)).div_ceil(NEURON_PAGE);
        let pages = (0..=u8::MAX).zip(0..pages).map(|(page, _)| Neurons::<T>::get(netuid, page));
        pages.take_while(|page| !page.is_empty()).flatten().collect()
    }

    /// Makes `neuron` the holder of a uid that has one, or of the next one on its page. `false`, and
    /// nothing is written, where a uid before it on the page has none, and past the pages there can be.
    /// Pages follow one another because uids are given in order, which is the caller's to do.
    ///
    /// Writes the page and nothing else: [`NeuronCount`] and [`crate::Uids`] are the caller's too.
    #[must_use]
    pub fn put_neuron(netuid: NetUid, uid: Uid, neuron: Neuron<T::AccountId>) -> bool {
        let Some((page, at)) = place(uid) else { return false };
        let put = |neurons: &mut NeuronPage<T::AccountId>| {
            if neurons.len() == at {
                return neurons.try_push(neuron).map_err(|_| ());
            }
            neurons.get_mut(at).map(|entry| *entry = neuron).ok_or(())
        };
        Neurons::<T>::try_mutate(netuid, page, put).is_ok()
    }
}
