//! The economy under load: the runtime, compiled natively, is driven through its own block executive
//! with random calls of every kind, signed by many accounts. After every block all invariants are
//! checked and every unit is counted again.
//!
//! - [`dice`]: where choices come from, a seed or the bytes of a fuzzer.
//! - [`world`]: the accounts and the genesis.
//! - [`calls`]: one generator per kind of call. A new call of a pallet is one entry in its table; a
//!   test fails while one is missing.
//! - [`chain`]: blocks. [`books`]: the account of all units. [`soak`]: the run. [`tally`]: what came
//!   of it. [`save`]: a run as a file, to be resumed.
//!
//! Everything follows from the seed: a run that was stopped and resumed ends in the same line.

pub mod books;
pub mod calls;
pub mod chain;
pub mod dice;
pub mod save;
pub mod soak;
pub mod tally;
pub mod world;

pub use dice::Dice;
pub use soak::{Settings, Soak};
pub use world::World;
