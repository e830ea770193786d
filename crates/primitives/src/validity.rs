//! Why the transaction pool refuses a call, as a number from 100 that wallets show bare.

/// Custom codes of `InvalidTransaction`; `alun` and `docs/` translate them.
macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $sentence:literal;)*) => {
        /// A refusal in the pool. Codes are stable: a number is never used for another reason.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Refusal { $( #[doc = $sentence] $name = $code, )* }

        impl Refusal {
            /// Every refusal.
            pub const ALL: &'static [Refusal] = &[$(Refusal::$name,)*];

            /// The number in `InvalidTransaction::Custom`.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The refusal of that number.
            pub fn from_code(code: u8) -> Option<Self> {
                Self::ALL.iter().copied().find(|refusal| refusal.code() == code)
            }

            /// What it means and what to do.
            pub const fn sentence(self) -> &'static str {
                match self { $(Refusal::$name => $sentence,)* }
            }
        }
    };
}

refusals! {
    UnknownSubnet = 100, "There is no subnet of this netuid.";
    UnknownMechanism = 101, "The subnet has no mechanism of this number.";
    NotANeuron = 102, "The signing hotkey has no uid on this subnet: register it first.";
    NoPermit = 103, "The hotkey holds no validator permit on this subnet: it needs more stake at the next epoch.";
    CommitRevealOn = 104, "The subnet uses commit-reveal: commit the row, then reveal it.";
    CommitRevealOff = 105, "The subnet does not use commit-reveal: set the row directly.";
    TooSoon = 106, "The weights rate limit of the subnet has not passed since the last row.";
    AlreadyCommitted = 107, "There is a commit of this hotkey for this epoch already: one per epoch.";
    NoCommit = 108, "There is no live commit of this hotkey to reveal.";
    RevealTooEarly = 109, "The reveal window has not opened: reveal exactly reveal_period epochs after the commit.";
    RevealTooLate = 110, "The reveal window has closed and the row was dropped.";
    WrongReveal = 111, "The revealed row and salt do not hash to the commit.";
    LengthMismatch = 112, "The row has as many values as uids, or it is refused.";
    TooManyWeights = 113, "The row has more entries than the subnet has neurons.";
    TooFewWeights = 114, "The row has fewer non-zero values than the subnet's min_weights.";
    UnknownUid = 115, "The row names a uid that no neuron holds.";
    DuplicateUid = 116, "The row names a uid twice.";
    AllZero = 117, "Every value of the row is zero.";
    ShareTooLarge = 118, "One uid has more than max_weight_share of the row.";
    WrongVersion = 119, "The row was made for another weights_version than the subnet's.";
    PriceAboveMax = 120, "The registration price is above max_price.";
    NotStarted = 121, "The subnet has not been started by its owner, or its epoch 0 is not due yet.";
    WindingUp = 122, "The subnet is under notice to be wound up: it takes no more weights.";
    ColdkeyLocked = 123, "This coldkey is being swapped for another: until that is over it and its proxies may only dispute it.";
}
