//! What the runtime API says of a payout: why each amount is what it is.
//!
//! A *part* is a fraction in units of 2⁻³²; a *share* is one in units of 2⁻⁶³. Amounts are of the
//! subnet's alpha, in the smallest unit, and wherever parts of an amount are listed they sum to it
//! exactly. Stake weights are none: they add alpha and native tokens up.

use crate::{views::view, Alpha, Balance, BlockNumber, MechanismId, NetUid, RowError, Uid};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

macro_rules! reason {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $(($ty:ty))?,)* }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo,
        )]
        #[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
        pub enum $name { $($(#[$vdoc])* $variant $(($ty))?,)* }
    };
}

reason! {
    /// Why there is nothing to explain.
    ExplainError {
        /// There is no such subnet.
        UnknownSubnet,
        /// There is no such mechanism; here is the number that there are.
        UnknownMechanism(u8),
        /// No neuron held that uid at the epoch; here is the number of neurons then.
        UnknownUid(u16),
        /// No epoch has run, or the last one is not paid out yet.
        NoEpoch,
        /// The epoch could not be computed again: a fault of the chain.
        Failed,
        /// The row has more entries than this.
        TooLong(u32),
        /// The row has not as many values as uids, or names a uid twice.
        BadRow,
        /// The subnet would not have accepted the row at the epoch, and why not.
        Row(RowError),
    }
}

reason! {
    /// Why a score did not count.
    Dropped {
        /// The scorer held no permit.
        NoPermit,
        /// It is the scorer's own.
        OwnScore,
        /// The row was committed before its target registered, at this block: the score was for
        /// the uid's former holder.
        FormerHolder(BlockNumber),
    }
}

reason! {
    /// Why a neuron got nothing as a miner.
    NoIncentive {
        /// There was nothing to pay.
        NothingPaid,
        /// No validator's row names it.
        NobodyScored,
        /// Every score of it was dropped.
        AllDropped,
        /// Only validators without a vote scored it: inactive, or without stake that counts.
        NoVote,
        /// Less than κ of the stake scored it, so that the consensus on it is zero.
        AllClipped,
        /// Its part is less than one unit.
        TooSmall,
    }
}

reason! {
    /// Why a neuron got nothing as a validator.
    NoDividends {
        /// There was nothing to pay.
        NothingPaid,
        /// It held no permit in this epoch.
        NoPermit,
        /// It has no stake.
        NoStake,
        /// Its stake is below the threshold, which is this.
        BelowThreshold(Balance),
        /// Its last commit or row was longer ago than the activity cutoff: inactive since this
        /// block.
        Inactive(BlockNumber),
        /// It has no weight row.
        NoRow,
        /// Every score of its row was dropped.
        RowDropped,
        /// It holds no bond on a neuron that had incentive.
        NoBonds,
        /// Its part is less than one unit.
        TooSmall,
    }
}

view! {
    /// The epoch that is explained.
    EpochView {
        /// Subnet.
        netuid: NetUid,
        /// Mechanism.
        mechanism: MechanismId,
        /// Index.
        epoch: u64,
        /// Block at which its input was read.
        frozen_at: BlockNumber,
        /// Block at which the last of it was paid.
        paid_at: BlockNumber,
        /// κ, of 65,535: the part of the stake that must stand behind a consensus.
        kappa: u16,
    }
}

view! {
    /// Where the amount of an epoch went: `total` is the sum of the others.
    PayoutView {
        /// Drawn from what was pending.
        total: Alpha,
        /// To the owner.
        owner_cut: Alpha,
        /// To miners.
        miners: Alpha,
        /// To validators and their stakers.
        validators: Alpha,
        /// Burned, because nobody earned it.
        burned: Alpha,
        /// Back to pending, because it could not be paid.
        returned: Alpha,
    }
}

view! {
    /// What one neuron was paid. By default nothing.
    #[derive(Default)]
    NeuronPay {
        /// As a miner.
        incentive: Alpha,
        /// As a validator: the sum of the next four.
        dividends: Alpha,
        /// Of that, the delegate's take.
        take: Alpha,
        /// Of that, to the stakers on root, for whom it is sold.
        root: Alpha,
        /// Of that, to the pool on the subnet.
        subnet: Alpha,
        /// Of that, burned because no pool had stake.
        burned: Alpha,
        /// As the subnet's owner.
        owner_cut: Alpha,
    }
}

view! {
    /// What the epoch knew of one neuron.
    Standing {
        /// Stake weight, smallest unit.
        stake: Balance,
        /// Its share of the stake of all who vote; 0 without a vote.
        active_stake: u64,
        /// Whether it is the owner's: no threshold, always a permit.
        owner: bool,
        /// Whether it held a permit in this epoch.
        permit: bool,
        /// Whether the epoch gave it one for the next.
        next_permit: bool,
        /// Whether its last commit or row is within the activity cutoff.
        active: bool,
        /// Block of its registration.
        registered_at: BlockNumber,
        /// Block at which the row that counted was committed.
        last_update: BlockNumber,
        /// Block of its newest commit or row.
        last_submission: BlockNumber,
    }
}

view! {
    /// One validator's score of the neuron, and what it brought.
    ScoreLine<AccountId> {
        /// The validator.
        by: Uid,
        /// Its hotkey.
        hotkey: AccountId,
        /// Its share of the stake of all who vote; 0 for one without a vote.
        stake: u64,
        /// The part of its row that it gave.
        weight: u64,
        /// The part that the consensus left; the rest was clipped.
        kept: u64,
        /// What of the neuron's incentive this score stands for.
        paid: Alpha,
    }
}

view! {
    /// A score that did not count.
    DroppedLine<AccountId> {
        /// The scorer.
        by: Uid,
        /// Its hotkey.
        hotkey: AccountId,
        /// The score as stored, relative to its row.
        value: u16,
        /// Why not.
        why: Dropped,
    }
}

view! {
    /// One score of the neuron's own row.
    RowLine<AccountId> {
        /// Who is scored.
        on: Uid,
        /// Its hotkey.
        hotkey: AccountId,
        /// The score as stored, relative to its row.
        value: u16,
        /// The part of the row that it is.
        weight: u64,
        /// The consensus on the one scored, as stored: to 1/65535.
        consensus: u64,
        /// The part that the consensus left; the rest was clipped.
        kept: u64,
        /// Why it did not count, if so.
        dropped: Option<Dropped>,
    }
}

view! {
    /// One bond that the neuron holds, and what it brought.
    BondLine<AccountId> {
        /// On whom.
        on: Uid,
        /// Its hotkey.
        hotkey: AccountId,
        /// The bond's part of all bonds on that neuron.
        part: u64,
        /// That neuron's part of the incentive.
        incentive: u64,
        /// What the bond brought, as a part of the dividends of all validators.
        dividend: u64,
        /// What of the neuron's dividends this bond stands for.
        paid: Alpha,
    }
}

view! {
    /// Why a neuron was paid what it was paid.
    NeuronExplanation<AccountId> {
        /// The epoch.
        epoch: EpochView,
        /// Uid at the epoch.
        uid: Uid,
        /// Its holder then.
        hotkey: AccountId,
        /// What the epoch knew of it.
        standing: Standing,
        /// What it was paid.
        pay: NeuronPay,
        /// What the chain recorded that it was paid, without the owner's cut and what was burned.
        recorded: Alpha,
        /// Where the whole amount went.
        payout: PayoutView,
        /// The consensus on it, a part.
        consensus: u64,
        /// Its rank before clipping, a part.
        rank_before_clip: u64,
        /// Its rank, a part.
        rank: u64,
        /// Its part of the incentive.
        incentive: u64,
        /// Its part of the dividends.
        dividend: u64,
        /// How much of its own row lies within consensus, of 65,535.
        validator_trust: u16,
        /// Who scored it, by uid; what they brought sums to `pay.incentive`.
        scores: Vec<ScoreLine<AccountId>>,
        /// Scores of it that did not count, by uid.
        dropped: Vec<DroppedLine<AccountId>>,
        /// Its own row.
        row: Vec<RowLine<AccountId>>,
        /// The bonds that it holds, by uid; what they brought sums to `pay.dividends`, unless
        /// `by_stake`.
        bonds: Vec<BondLine<AccountId>>,
        /// Nobody had dividends, so the validators' half went by stake.
        by_stake: bool,
        /// Why it got nothing as a miner.
        no_incentive: Option<NoIncentive>,
        /// Why it got nothing as a validator.
        no_dividends: Option<NoDividends>,
    }
}

view! {
    /// One neuron's line in where an epoch's amount went.
    PaidLine<AccountId> {
        /// Uid at the epoch.
        uid: Uid,
        /// Its holder then.
        hotkey: AccountId,
        /// What it was paid.
        pay: NeuronPay,
        /// What the chain recorded that it was paid, without the owner's cut and what was burned.
        recorded: Alpha,
        /// Why it got nothing as a miner.
        no_incentive: Option<NoIncentive>,
        /// Why it got nothing as a validator.
        no_dividends: Option<NoDividends>,
    }
}

view! {
    /// Where an epoch's amount went.
    SubnetExplanation<AccountId> {
        /// The epoch.
        epoch: EpochView,
        /// The amount and its parts.
        payout: PayoutView,
        /// The miners' half was burned, because nobody had incentive.
        miners_burned: bool,
        /// Nobody had dividends, so the validators' half went by stake.
        by_stake: bool,
        /// Hotkey that the owner's cut went to.
        owner: Option<AccountId>,
        /// The neurons by uid.
        neurons: Vec<PaidLine<AccountId>>,
    }
}

view! {
    /// What of one pool's part of a payout is a nominator's.
    NominatorPool {
        /// The pool's netuid: 0 is root.
        netuid: NetUid,
        /// What of the payout is the pool's: the sum of the next three. Root's waits to be sold, and
        /// what it brings enters the pool.
        reward: Alpha,
        /// The nominator's, once all of it has entered and while nobody joins or leaves.
        theirs: Alpha,
        /// The other positions', taken together.
        others: Alpha,
        /// What rounding down leaves in the pool.
        rounding: Alpha,
        /// The nominator's points.
        points: u128,
        /// The points of all positions.
        pool_points: u128,
        /// What the nominator's position is worth now, in the token of the netuid: native on root.
        value: u64,
        /// What is still on its way into the pool, in the same token, earlier payouts included.
        on_the_way: u64,
        /// Block at which all of that has entered.
        until: BlockNumber,
    }
}

view! {
    /// What a validator's payout means for one of its nominators.
    NominatorExplanation<AccountId> {
        /// The epoch.
        epoch: EpochView,
        /// The validator's uid at the epoch.
        uid: Uid,
        /// Its hotkey then.
        hotkey: AccountId,
        /// The nominator.
        coldkey: AccountId,
        /// What the validator was paid.
        pay: NeuronPay,
        /// Whether the nominator owns the hotkey: then the take is its own.
        owns: bool,
        /// The pools that the payout went into.
        pools: Vec<NominatorPool>,
        /// Why the validator got nothing.
        no_dividends: Option<NoDividends>,
    }
}

view! {
    /// What a validator has of a row.
    RowEffect {
        /// How much of the row lies within consensus, of 65,535.
        validator_trust: u16,
        /// Its part of the dividends.
        dividend: u64,
        /// What that paid.
        dividends: Alpha,
    }
}

view! {
    /// One score of a row that is tried out.
    PreviewLine<AccountId> {
        /// Who is scored.
        on: Uid,
        /// Its hotkey at the epoch.
        hotkey: AccountId,
        /// The part of the row that it is.
        weight: u64,
        /// The consensus on the one scored, with this row: to 1/65535.
        consensus: u64,
        /// The part that the consensus leaves.
        kept: u64,
        /// Why it does not count, if so.
        dropped: Option<Dropped>,
        /// What the one scored was paid as a miner.
        before: Alpha,
        /// What it would have been paid with this row.
        after: Alpha,
    }
}

view! {
    /// What an epoch would have given with another row of one validator.
    RowPreview<AccountId> {
        /// The epoch.
        epoch: EpochView,
        /// The validator's uid at the epoch.
        uid: Uid,
        /// Its hotkey then.
        hotkey: AccountId,
        /// What the epoch knew of it.
        standing: Standing,
        /// With the row that counted.
        before: RowEffect,
        /// With the row that is tried out, committed at the epoch's block.
        after: RowEffect,
        /// The scores of that row, by uid.
        lines: Vec<PreviewLine<AccountId>>,
        /// Why it would have got nothing.
        no_dividends: Option<NoDividends>,
    }
}
