//! The simulator's library and its binary.

mod bad_input;
mod binary;
mod copying;
mod game;
mod guarantee;
mod replay;
mod whatif;
