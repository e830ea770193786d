//! The configuration of every pallet, by theme.

pub mod consensus;
pub mod governance;
pub mod money;
pub mod system;
