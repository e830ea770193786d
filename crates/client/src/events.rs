//! The events that programs rely on, as typed values. Others are left out.
//!
//! Fields are named as the pallets name them and matched to the node's metadata by name. Amounts
//! are in the smallest unit; those of stake are in the token of its netuid: native on root, else the
//! subnet's alpha.

use crate::{
    convert::Asked, AccountId, Alpha, Balance, BlockNumber, ClientError, Config, Digest, Endpoint,
    Hyperparameter, MechanismId, NetUid, Ppm, Uid,
};
use scale_decode::DecodeAsType;

/// Why a neuron lost its uid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DecodeAsType)]
pub enum EvictionReason {
    /// The subnet was full and it had the lowest score outside immunity.
    LowestScore,
}

/// For whom a trade was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DecodeAsType)]
pub enum Trader {
    /// A staker: the staking event of the same extrinsic says who.
    Staker,
    /// Who pays for use: the event `Paid` says who.
    Payer,
    /// The chain, which burns what it bought.
    Buyback,
    /// The chain, for stakers on root.
    RootSale,
}

/// Which way a trade went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DecodeAsType)]
pub enum Side {
    /// Native tokens for alpha.
    Buy,
    /// Alpha for native tokens.
    Sell,
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
    /// The subnet is under notice: it has no more epochs.
    Notice,
}

/// Why a subnet is under notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DecodeAsType)]
pub enum NoticeCause {
    /// Its owner winds it up.
    Owner,
    /// All slots were taken, and it had the lowest averaged price.
    LowestPrice,
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
            score: Alpha,
            reason: EvictionReason,
        }
        /// A neuron announced its endpoint.
        EndpointServed { netuid: NetUid, uid: Uid, hotkey: AccountId, endpoint: Endpoint }
        /// A neuron withdrew its endpoint.
        EndpointWithdrawn { netuid: NetUid, uid: Uid, hotkey: AccountId }
        /// A subnet was offered to another coldkey.
        OwnershipOffered { netuid: NetUid, by: AccountId, to: AccountId }
        /// The offer of a subnet was withdrawn.
        OfferWithdrawn { netuid: NetUid, by: AccountId, to: AccountId }
        /// A subnet has a new owner. The owner's hotkey is still the same.
        OwnershipAccepted { netuid: NetUid, from: AccountId, to: AccountId }
        /// A subnet has another owner's hotkey.
        OwnerHotkeySet { netuid: NetUid, by: AccountId, old: AccountId, new: AccountId }
        /// A subnet is under notice: from block `until` on it is wound up.
        NoticeBegan { netuid: NetUid, by: AccountId, cause: NoticeCause, until: BlockNumber }
        /// Who registered a subnet gets the slot of one under notice; its lock is in escrow.
        SlotReserved {
            netuid: NetUid,
            owner: AccountId,
            hotkey: AccountId,
            lock: Balance,
            until: BlockNumber,
        }
        /// A subnet's notice is over: what is left is paid out.
        WindUpBegan { netuid: NetUid }
        /// Nothing of a subnet is left.
        SubnetWoundUp { netuid: NetUid }
        /// Who waited for a slot got its lock back.
        ReservationRefunded { netuid: NetUid, owner: AccountId, lock: Balance }
    }
    Stake {
        /// A hotkey was bound to a coldkey.
        HotkeyBound { hotkey: AccountId, coldkey: AccountId }
        /// Stake was added: `paid` native tokens became `amount`.
        StakeAdded {
            coldkey: AccountId,
            hotkey: AccountId,
            netuid: NetUid,
            paid: Balance,
            amount: u64,
            points: u128,
        }
        /// Stake was taken out: `received` native tokens were paid for `amount`.
        StakeRemoved {
            coldkey: AccountId,
            hotkey: AccountId,
            netuid: NetUid,
            amount: u64,
            received: Balance,
            points: u128,
        }
        /// Stake went to another hotkey.
        StakeMoved {
            coldkey: AccountId,
            netuid: NetUid,
            from: AccountId,
            to: AccountId,
            amount: u64,
            burned: u128,
            minted: u128,
        }
        /// Stake went to another coldkey; `deposit` is held from the giver.
        StakeTransferred {
            from: AccountId,
            to: AccountId,
            hotkey: AccountId,
            netuid: NetUid,
            amount: u64,
            points: u128,
            deposit: Balance,
        }
        /// A deposit for a position in another's account went back to who had paid it.
        DepositReleased {
            payer: AccountId,
            coldkey: AccountId,
            hotkey: AccountId,
            netuid: NetUid,
            amount: Balance,
        }
        /// Stake went to another subnet: `amount` in the token of `from` was worth `native` tokens on
        /// the way and became `received` in the token of `to`.
        StakeSwapped {
            coldkey: AccountId,
            hotkey: AccountId,
            from: NetUid,
            to: NetUid,
            amount: u64,
            native: Balance,
            received: u64,
            burned: u128,
            minted: u128,
        }
        /// A delegate's take changed.
        TakeSet { hotkey: AccountId, old: Ppm, new: Ppm }
        /// A delegate's take will rise at block `at`.
        TakeRaiseAnnounced { hotkey: AccountId, from: Ppm, to: Ppm, at: BlockNumber }
        /// A reward enters a pool, linearly until block `until`.
        RewardAdded { hotkey: AccountId, netuid: NetUid, amount: u64, until: BlockNumber }
        /// A hotkey lends to these from the first epoch due at block `at` or after it.
        ChildrenSet {
            hotkey: AccountId,
            netuid: NetUid,
            children: Vec<(AccountId, Ppm)>,
            at: BlockNumber,
        }
        /// A hotkey may be lent to by these.
        LendersSet { hotkey: AccountId, netuid: NetUid, lenders: Vec<AccountId> }
        /// A lender's part of what a child earned: `child_take` to the child's owner, the rest to the
        /// lender's own position and pools.
        LenderRewarded {
            hotkey: AccountId,
            lender: AccountId,
            netuid: NetUid,
            child_take: Alpha,
            take: Alpha,
            root: Alpha,
            subnet: Alpha,
            burned: Alpha,
        }
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
            paid: Alpha,
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
            amount: Alpha,
        }
        /// A validator's pools were paid: `amount` in all, of which `take` to its coldkey, `root`
        /// to its stakers on root, for whom it is sold, `subnet` to its pool on the subnet, `burned`
        /// to nobody.
        DividendsPaid {
            netuid: NetUid,
            mechanism: MechanismId,
            epoch: u64,
            uid: Uid,
            hotkey: AccountId,
            amount: Alpha,
            take: Alpha,
            root: Alpha,
            subnet: Alpha,
            burned: Alpha,
        }
        /// A subnet's owner was paid.
        OwnerCutPaid {
            netuid: NetUid,
            mechanism: MechanismId,
            epoch: u64,
            hotkey: AccountId,
            coldkey: AccountId,
            amount: Alpha,
        }
        /// A part that nobody earned was burned.
        EmissionBurned { netuid: NetUid, mechanism: MechanismId, epoch: u64, amount: Alpha }
        /// A subnet's share changed.
        ShareMoved { netuid: NetUid, old: u64, new: u64 }
    }
    Market {
        /// A new subnet's lock seeded its pool. Prices are in units of 2⁻⁶⁴.
        MarketOpened { netuid: NetUid, native: Balance, alpha: Alpha, price: u128 }
        /// Alpha was traded; `price` is that after it.
        Traded {
            netuid: NetUid,
            trader: Trader,
            side: Side,
            native: Balance,
            alpha: Alpha,
            fee: Balance,
            price: u128,
        }
        /// A subnet's emission entered its market: `native` and `alpha` the pool, `excess` what buys
        /// alpha back; `emitted` is for its participants.
        Injected {
            netuid: NetUid,
            native: Balance,
            alpha: Alpha,
            excess: Balance,
            emitted: Alpha,
        }
        /// Alpha was burned.
        AlphaBurned { netuid: NetUid, amount: Alpha }
        /// A validator's root part waits to be sold.
        RootPartWaits { netuid: NetUid, hotkey: AccountId, alpha: Alpha }
        /// Root parts were sold, and a validator's stakers on root got what came of it.
        RootPartPaid { netuid: NetUid, hotkey: AccountId, native: Balance }
        /// Somebody paid for use: alpha was bought and burned.
        Paid { netuid: NetUid, payer: AccountId, native: Balance, burned: Alpha, memo: Vec<u8> }
    }
    Keys {
        /// A hotkey took another's place, with all that was the old one's.
        HotkeySwapped { coldkey: AccountId, old: AccountId, new: AccountId }
        /// A coldkey is locked until it is swapped, from block `from` on.
        ColdkeySwapAnnounced { coldkey: AccountId, hash: Digest, from: BlockNumber }
        /// A coldkey disputes its swap.
        ColdkeySwapDisputed { coldkey: AccountId }
        /// What is a coldkey's begins to move.
        ColdkeySwapBegan { old: AccountId, new: AccountId }
        /// All of it has moved, last the `free` tokens.
        ColdkeySwapped { old: AccountId, new: AccountId, free: Balance }
    }
}
