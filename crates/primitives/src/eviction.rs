//! How far a neuron is from losing its uid.

use crate::{views::Metagraph, Alpha, BlockNumber, Uid};
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// Whether a neuron can be evicted, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
pub enum Eviction {
    /// It is the owner's hotkey, which never is.
    Never,
    /// Not before this block.
    Immune {
        /// First block at which it may be.
        until: BlockNumber,
    },
    /// It can be.
    Possible(Distance),
}

/// How far a neuron is from its eviction, if scores stay as they are and nobody else becomes evictable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
pub struct Distance {
    /// How many leave before it.
    pub rank: u16,
    /// How many can be evicted now.
    pub evictable: u16,
    /// Uids that nobody holds: as many registrations evict nobody.
    pub free: u16,
    /// With which registration it leaves: 1 for the next one.
    pub registrations: u32,
    /// Its emission averaged over 10 epochs, in the subnet's alpha.
    pub score: Alpha,
    /// The score of who leaves just after it; `None` for the last.
    pub next: Option<Alpha>,
}

impl Eviction {
    /// Of a neuron of the subnet; `None` for a uid that nobody holds.
    pub fn of<A: PartialEq>(metagraph: &Metagraph<A>, uid: Uid) -> Option<Self> {
        let neuron = metagraph.neurons.iter().find(|neuron| neuron.uid == uid)?;
        let Some(rank) = neuron.eviction_rank else {
            let owners = neuron.hotkey == metagraph.subnet.owner_hotkey;
            let immune = Self::Immune { until: neuron.immune_until };
            return Some(if owners { Self::Never } else { immune });
        };
        let ranked = metagraph.neurons.iter().filter_map(|one| Some((one.eviction_rank?, one)));
        let next = ranked.clone().find(|(other, _)| rank.checked_add(1) == Some(*other));
        let most = metagraph.subnet.hyperparameters.max_neurons;
        // Saturating: root may have lowered the limit.
        let free = most.saturating_sub(metagraph.subnet.neurons);
        Some(Self::Possible(Distance {
            rank,
            // A subnet has at most 4,096 neurons.
            evictable: u16::try_from(ranked.count()).unwrap_or(u16::MAX),
            free,
            registrations: u32::from(free).saturating_add(u32::from(rank)).saturating_add(1),
            score: neuron.prune_score,
            next: next.map(|(_, one)| one.prune_score),
        }))
    }

    /// With which registration it leaves, if it can.
    pub fn registrations(self) -> Option<u32> {
        match self {
            Self::Possible(distance) => Some(distance.registrations),
            Self::Never | Self::Immune { .. } => None,
        }
    }
}
