//! The events that programs rely on, as typed values. Others are left out.
//!
//! Fields are named as the pallets name them and matched to the node's metadata by name. Amounts
//! are in the smallest unit.

use crate::{
    convert::Asked, AccountId, Balance, BlockNumber, ClientError, Config, Digest, Endpoint,
    Hyperparameter, MechanismId, NetUid, Ppm, Uid,
};
use scale_decode::DecodeAsType;

/// Why a neuron lost its uid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DecodeAsType)]
pub enum EvictionReason {
    /// The subnet was full and it had the lowest score outside immunity.
    LowestScore,
}

/// Where an epoch failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DecodeAsType)]
pub enum EpochStep {
    /// Reading neurons, rows and bonds from the chain.
    Gather,
    /// The input makes no sense.
    Input,
    /// Thresholds and normalised stake.
    Stake,
    /// The stake of the active validators.
    ActiveStake,
    /// Masking and normalising the rows.
    Weights,
    /// The stake-weighted medians.
    Consensus,
    /// Trust, rank and incentive.
    Rank,
    /// The rows that bonds follow.
    BondWeights,
    /// The moving average of bonds.
    Bonds,
    /// The dividends of the bonds.
    Dividends,
    /// The result does not fit into storage.
    Store,
    /// The subnet has too many neurons and validators for the slot duration.
    TooLarge,
}

macro_rules! events {
    ($( $pallet:ident { $(
        $(#[$doc:meta])* $name:ident { $( $field:ident : $ty:ty ),* $(,)? }
    )* } )*) => {
        $( $(
            $(#[$doc])*
            #[allow(missing_docs)]
            #[derive(Clone, Debug, PartialEq, DecodeAsType)]
            pub struct $name { $( pub $field: $ty, )* }

            impl From<$name> for Event {
                fn from(event: $name) -> Self {
                    Self::$name(event)
                }
            }
        )* )*

        /// An event of our pallets.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event { $( $( $(#[$doc])* $name($name), )* )* }

        impl Event {
            /// `Pallet.Event`.
            pub fn name(&self) -> &'static str {
                match self {
                    $( $( Self::$name(_) =>
                        concat!(stringify!($pallet), ".", stringify!($name)), )* )*
                }
            }
        }

        /// The event as ours; `None` if it is not one that programs rely on.
        pub(crate) fn decode(
            event: &subxt::events::Event<'_, Config>,
            asked: Asked<'_>,
        ) -> Result<Option<Event>, ClientError> {
            let decoded = match (event.pallet_name(), event.event_name()) {
                $( $( (stringify!($pallet), stringify!($name)) =>
                    event.decode_fields_unchecked_as::<$name>().map(Event::from), )* )*
                _ => return Ok(None),
            };
            decoded.map(Some).map_err(|error| asked.events(error))
        }
    };
}

events! {
    Subnets {
        /// A subnet was registered.
        SubnetRegistered { netuid: NetUid, owner: AccountId, hotkey: AccountId, lock: Balance }
        /// A subnet was started.
        SubnetStarted { netuid: NetUid, by: AccountId }
        /// A hyperparameter changed; `by` is `None` for root.
        HyperparameterSet {
            netuid: NetUid,
            old: Hyperparameter,
            new: Hyperparameter,
            by: Option<AccountId>,
        }
        /// A subnet's task was replaced.
        TaskSet { netuid: NetUid }
        /// A neuron was registered: `price` was burned.
        NeuronRegistered {
            netuid: NetUid,
            uid: Uid,
            hotkey: AccountId,
            coldkey: AccountId,
            price: Balance,
            immune_until: BlockNumber,
        }
        /// A neuron lost its uid to the hotkey `by`.
        NeuronDeregistered {
            netuid: NetUid,
            uid: Uid,
            hotkey: AccountId,
            by: AccountId,
            score: Balance,
            reason: EvictionReason,
        }
        /// A neuron announced its endpoint.
        EndpointServed { netuid: NetUid, uid: Uid, hotkey: AccountId, endpoint: Endpoint }
        /// A neuron withdrew its endpoint.
        EndpointWithdrawn { netuid: NetUid, uid: Uid, hotkey: AccountId }
    }
    Stake {
        /// A hotkey was bound to a coldkey.
        HotkeyBound { hotkey: AccountId, coldkey: AccountId }
        /// Stake was added.
        StakeAdded {
            coldkey: AccountId,
            hotkey: AccountId,
            netuid: NetUid,
            amount: Balance,
            points: u128,
        }
        /// Stake was taken back: `amount` was received.
        StakeRemoved {
            coldkey: AccountId,
            hotkey: AccountId,
            netuid: NetUid,
            amount: Balance,
            points: u128,
        }
        /// Stake went to another hotkey.
        StakeMoved {
            coldkey: AccountId,
            netuid: NetUid,
            from: AccountId,
            to: AccountId,
            amount: Balance,
        }
        /// A delegate's take changed.
        TakeSet { hotkey: AccountId, old: Ppm, new: Ppm }
        /// A delegate's take will rise at block `at`.
        TakeRaiseAnnounced { hotkey: AccountId, from: Ppm, to: Ppm, at: BlockNumber }
        /// A reward enters a pool, linearly until block `until`.
        RewardAdded { hotkey: AccountId, netuid: NetUid, amount: Balance, until: BlockNumber }
    }
    Weights {
        /// A weight row was set without commit-reveal.
        WeightsSet { netuid: NetUid, mechanism: MechanismId, uid: Uid, hotkey: AccountId }
        /// A weight row was committed.
        WeightsCommitted {
            netuid: NetUid,
            mechanism: MechanismId,
            uid: Uid,
            hotkey: AccountId,
            epoch: u64,
            hash: Digest,
        }
        /// A committed weight row was revealed.
        WeightsRevealed {
            netuid: NetUid,
            mechanism: MechanismId,
            uid: Uid,
            hotkey: AccountId,
            epoch: u64,
            evidence_root: Digest,
            by: AccountId,
        }
        /// A commit was not revealed in its window; the row is dropped.
        CommitExpired { netuid: NetUid, mechanism: MechanismId, hotkey: AccountId, epoch: u64 }
    }
    Consensus {
        /// An epoch ran.
        EpochRan {
            netuid: NetUid,
            mechanism: MechanismId,
            epoch: u64,
            due_at: BlockNumber,
            lag: BlockNumber,
            neurons: u16,
            validators: u16,
            paid: Balance,
        }
        /// An epoch failed; nothing was paid.
        EpochFailed { netuid: NetUid, mechanism: MechanismId, epoch: u64, step: EpochStep }
    }
    Emission {
        /// A miner was paid.
        IncentivePaid {
            netuid: NetUid,
            mechanism: MechanismId,
            epoch: u64,
            uid: Uid,
            hotkey: AccountId,
            coldkey: AccountId,
            amount: Balance,
        }
        /// A validator's pools were paid: `amount` in all, of which `take` to its coldkey, `root`
        /// to its root pool, `subnet` to its pool on the subnet, `burned` to nobody.
        DividendsPaid {
            netuid: NetUid,
            mechanism: MechanismId,
            epoch: u64,
            uid: Uid,
            hotkey: AccountId,
            amount: Balance,
            take: Balance,
            root: Balance,
            subnet: Balance,
            burned: Balance,
        }
        /// A subnet's owner was paid.
        OwnerCutPaid {
            netuid: NetUid,
            mechanism: MechanismId,
            epoch: u64,
            hotkey: AccountId,
            coldkey: AccountId,
            amount: Balance,
        }
        /// A part that nobody earned was burned.
        EmissionBurned { netuid: NetUid, mechanism: MechanismId, epoch: u64, amount: Balance }
        /// A subnet's share changed.
        ShareSet { netuid: NetUid, old: u64, new: u64 }
    }
}
