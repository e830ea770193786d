//! A subnet's own token, apart from the native one by its type, and alpha on its way between
//! ledgers.

use crate::{Balance, NetUid};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, marker::PhantomData, mem};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// An amount of one subnet's alpha in its smallest unit (9 decimals). Which subnet's, the place
/// where it stands says. Never added to native tokens.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
#[serde(transparent)]
pub struct Alpha(pub u64);

impl Alpha {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whether this is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, unless it leaves the type.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it is below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum. Saturation is not reached by parts of one alpha's issuance, which fits.
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, at least zero.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Alpha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Keeps the books of issuance. Implemented by `market`.
pub trait AlphaIssuance {
    /// Alpha that was on its way was dropped: it exists no more.
    fn burned(netuid: NetUid, amount: Alpha);
}

/// Alpha on its way between ledgers: it is in the issuance and in no ledger. It can be split,
/// merged and placed, but not copied; what is dropped is burned, so that nothing is lost from the
/// books whatever a caller forgets.
#[must_use = "alpha that is dropped is burned"]
#[derive(Debug)]
pub struct AlphaCredit<I: AlphaIssuance> {
    netuid: NetUid,
    amount: Alpha,
    issuance: PhantomData<I>,
}

impl<I: AlphaIssuance> AlphaCredit<I> {
    /// Alpha that the caller has just added to the issuance, or taken out of an entry of its own
    /// ledger. One of the two doors between credits and ledgers; the other is
    /// [`place`](Self::place).
    pub const fn taken(netuid: NetUid, amount: Alpha) -> Self {
        Self { netuid, amount, issuance: PhantomData }
    }

    /// Nothing of a subnet's alpha.
    pub const fn zero(netuid: NetUid) -> Self {
        Self::taken(netuid, Alpha::ZERO)
    }

    /// Ends the way: the caller has added the returned amount to an entry of its own ledger, or does
    /// so now.
    #[must_use = "the amount must be written to a ledger"]
    pub fn place(mut self) -> Alpha {
        mem::take(&mut self.amount)
    }

    /// Whose alpha this is.
    pub const fn netuid(&self) -> NetUid {
        self.netuid
    }

    /// How much it is.
    pub const fn peek(&self) -> Alpha {
        self.amount
    }

    /// Takes out `amount`, or all of it where that is less.
    pub fn extract(&mut self, amount: Alpha) -> Self {
        let taken = amount.min(self.amount);
        self.amount = self.amount.saturating_sub(taken);
        Self::taken(self.netuid, taken)
    }

    /// Two parts, the first of `amount`, or of all where that is less.
    pub fn split(mut self, amount: Alpha) -> (Self, Self) {
        let first = self.extract(amount);
        (first, self)
    }

    /// Adds what is on the way of the same subnet's alpha; another subnet's comes back.
    pub fn subsume(&mut self, other: Self) -> Result<(), Self> {
        if other.netuid != self.netuid {
            return Err(other);
        }
        self.amount = self.amount.saturating_add(other.place());
        Ok(())
    }
}

impl<I: AlphaIssuance> Drop for AlphaCredit<I> {
    fn drop(&mut self) {
        if !self.amount.is_zero() {
            I::burned(self.netuid, self.amount);
        }
    }
}

/// What a trade gives and takes. Amounts in smallest units, prices in native units per alpha unit
/// with 64 bits after the point, rounded down.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
pub struct Trade {
    /// Native tokens that the trader gives (buying) or gets (selling), the fee included or off.
    pub native: Balance,
    /// Alpha that the trader gets (buying) or gives (selling).
    pub alpha: Alpha,
    /// The fee, native tokens; burned.
    pub fee: Balance,
    /// The price before.
    pub price_before: u128,
    /// The price after.
    pub price_after: u128,
}

/// Why a subnet's alpha is not traded.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
pub enum TradeError {
    /// There is no market of this netuid.
    NoMarket,
    /// The subnet is being wound up: alpha is redeemed, not traded.
    WindingUp,
    /// The amount is so small that nothing would come out.
    TooSmall,
    /// The amount is larger than the pool can take.
    TooLarge,
    /// Less would come out than the caller's bound.
    BelowBound,
}

impl TradeError {
    /// What it means and what to do.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoMarket => {
                "There is no market of this netuid: name a subnet that exists; root has none."
            }
            Self::WindingUp => {
                "This subnet is being wound up: its alpha is not traded any more, but redeemed."
            }
            Self::TooSmall => "The amount is so small that nothing would come out: use more.",
            Self::TooLarge => "The amount is larger than the pool can take: use less.",
            Self::BelowBound => "Less would come out than the bound: ask for a new quote.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    std::thread_local! {
        static BURNED: RefCell<Vec<(NetUid, Alpha)>> = const { RefCell::new(Vec::new()) };
    }

    #[derive(Debug)]
    struct Books;

    impl AlphaIssuance for Books {
        fn burned(netuid: NetUid, amount: Alpha) {
            BURNED.with_borrow_mut(|burned| burned.push((netuid, amount)));
        }
    }

    fn credit(amount: u64) -> AlphaCredit<Books> {
        AlphaCredit::taken(NetUid(7), Alpha(amount))
    }

    fn burned() -> Vec<(NetUid, Alpha)> {
        BURNED.take()
    }

    #[test]
    fn credit_should_burn_exactly_what_is_dropped_when_parts_are_placed() {
        let mut whole = credit(100);
        assert_eq!(whole.extract(Alpha(30)).place(), Alpha(30));
        let (part, rest) = whole.split(Alpha(50));
        assert_eq!((part.peek(), rest.peek()), (Alpha(50), Alpha(20)));
        assert_eq!(part.place(), Alpha(50));
        assert_eq!(burned(), []);
        drop(rest);
        assert_eq!(burned(), [(NetUid(7), Alpha(20))]);
    }

    #[test]
    fn credit_should_give_no_more_than_there_is_when_more_is_asked_for() {
        let mut some = credit(5);
        let all = some.extract(Alpha(9));
        assert_eq!((all.place(), some.peek()), (Alpha(5), Alpha::ZERO));
        drop(some);
        assert_eq!(burned(), []);
    }

    #[test]
    fn credit_should_come_back_whole_when_merged_with_another_subnets() {
        let mut seven = credit(1);
        let other = AlphaCredit::<Books>::taken(NetUid(8), Alpha(2));
        let back = seven.subsume(other).expect_err("another subnet's alpha");
        assert_eq!((back.netuid(), back.place()), (NetUid(8), Alpha(2)));
        seven.subsume(credit(4)).expect("the same subnet's alpha");
        assert_eq!(seven.place(), Alpha(5));
        assert_eq!(burned(), []);
    }
}
