//! One file per call or law.

mod accrual;
mod burn;
mod genesis;
mod mechanisms;
mod mint;
mod payout;
mod pending;
mod settlement;
mod share;
mod wind_up;
