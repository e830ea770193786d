//! Who leaves a full subnet.

use crate::{Candidate, Config, Error, NeuronCount, Pallet, Subnets};
use alloc::{vec, vec::Vec};
use alun_primitives::{traits::PruneScore, BlockNumber, NetUid, Uid};

impl<T: Config> Pallet<T> {
    /// The neurons of a subnet that may be evicted at `now`: outside their immunity, and not the
    /// owner's.
    fn candidates(
        netuid: NetUid,
        neurons: u16,
        owner_hotkey: &T::AccountId,
        now: BlockNumber,
    ) -> Vec<Candidate> {
        let scores = T::PruneScore::prune_scores(netuid, neurons);
        (0..neurons)
            .map(Uid)
            .zip(scores)
            .zip(Self::neurons(netuid))
            .filter_map(|((uid, score), neuron)| {
                let evictable = now >= neuron.immune_until && neuron.hotkey != *owner_hotkey;
                evictable.then_some(Candidate { score, registered_at: neuron.registered_at, uid })
            })
            .collect()
    }

    /// The neuron that leaves a full subnet for a new one. Refused while fewer than a quarter of
    /// the uids could be evicted: who fills a subnet faster than immunity ends cannot turn the
    /// few evictable neurons out one after the other **[A]**.
    pub(crate) fn leaver(
        netuid: NetUid,
        neurons: u16,
        owner_hotkey: &T::AccountId,
        now: BlockNumber,
    ) -> Result<Candidate, Error<T>> {
        let candidates = Self::candidates(netuid, neurons, owner_hotkey, now);
        // No overflow: at most 4,096 candidates.
        if candidates.len().saturating_mul(4) < usize::from(neurons) {
            return Err(Error::TooFewEvictable);
        }
        candidates.into_iter().min().ok_or(Error::TooFewEvictable)
    }

    /// Each neuron's place in the order of eviction, by uid: 0 leaves first; `None` while it is
    /// immune or where it is the owner's. Empty for an unknown subnet.
    pub fn eviction_ranks(netuid: NetUid) -> Vec<Option<u16>> {
        let Some(subnet) = Subnets::<T>::get(netuid) else {
            return Vec::new();
        };
        let neurons = NeuronCount::<T>::get(netuid);
        let mut order = Self::candidates(netuid, neurons, &subnet.owner_hotkey, Self::now());
        order.sort_unstable();
        let mut ranks = vec![None; usize::from(neurons)];
        for (rank, candidate) in (0u16..).zip(order) {
            if let Some(entry) = ranks.get_mut(candidate.uid.index()) {
                *entry = Some(rank);
            }
        }
        ranks
    }

    /// One neuron's place in the order of eviction; see [`Pallet::eviction_ranks`].
    pub fn eviction_rank(netuid: NetUid, uid: Uid) -> Option<u16> {
        Self::eviction_ranks(netuid).get(uid.index()).copied().flatten()
    }
}
