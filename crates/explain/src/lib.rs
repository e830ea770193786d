//! Why a payout is what it is, from the input of its epoch and the amounts that were paid.
//!
//! [`Settled`] is an epoch whose amounts are known. It computes the epoch once more with
//! [`alun_yuma`] and answers, to the unit:
//!
//! - [`Settled::neuron`]: who scored a neuron, what was clipped, which bonds paid it, or why it got
//!   nothing;
//! - [`Settled::subnet`]: where the whole amount went;
//! - [`Settled::preview`]: what another row of one validator would have given.
//!
//! # How a paid amount is attributed
//!
//! A miner's rank is `Σ stake · kept score` over its validators, so its pay is divided among them
//! in proportion to `stake · kept`. A validator's dividends are `stake · Σ bond part · incentive`
//! over the neurons it holds bonds on, so they are divided among its bonds in proportion to
//! `bond part · incentive`. Both by largest remainder: the parts sum to the amount exactly.
//!
//! No FRAME, no I/O, `no_std`: the runtime, the simulator and tests call the same code.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used
    )
)]

extern crate alloc;

mod attribute;
mod neuron;
mod preview;
mod reasons;
mod rows;
mod settled;
mod subnet;

pub use settled::{Paid, Settled};
