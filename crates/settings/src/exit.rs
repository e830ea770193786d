//! Exit codes, shared by every binary. A script can tell from the code alone what to do next.

/// Everything went well; also `--help` and `--version`.
pub const OK: u8 = 0;
/// Something failed that has no code of its own; the message says what.
pub const FAILURE: u8 = 1;
/// A flag, argument or subcommand is unknown, missing or malformed.
pub const USAGE: u8 = 2;
/// The settings file or an environment variable is wrong, or a file it names can't be read.
pub const CONFIG: u8 = 3;
/// No node answered at the given address.
pub const NODE_UNREACHABLE: u8 = 4;
/// The node belongs to another chain than the one expected (its genesis hash differs).
pub const OTHER_CHAIN: u8 = 5;
/// The hotkey holds no uid on the subnet.
pub const NOT_REGISTERED: u8 = 6;
/// A model file is missing, altered or not of the expected kind.
pub const MODEL: u8 = 7;
/// The address to serve on is taken or not allowed.
pub const PORT_IN_USE: u8 = 8;
/// The account can't pay for what was asked.
pub const BALANCE: u8 = 9;
/// Nothing can be written: disk full, read-only or no permission.
pub const DISK: u8 = 10;
/// A weight row (or another transaction that matters) did not land on chain.
pub const NOT_LANDED: u8 = 11;
/// An audit caught a validator: something in its evidence or its row is not true.
pub const CAUGHT: u8 = 12;
/// An audit could not be made, or not all of it; what could be checked was right.
pub const NOT_AUDITED: u8 = 13;
