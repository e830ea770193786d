//! Keys: sr25519 keypairs, where they are kept, and what they sign.
//!
//! - [`Keypair`]: made from a mnemonic phrase, a URI such as `//Alice` or a file; signs bytes,
//!   transactions (it is subxt's `Signer`) and VRF inputs.
//! - [`Wallet`]: the folder layout that bittensor's tools use too.
//! - [`polkadot_js`]: the JSON that polkadot.js exports and imports.
//! - [`load()`]: a key as a setting names it, by URI or file.
//! - [`ss58`]: addresses, prefix 42.
//!
//! Secrets never appear in `Debug` or in an error. Files are written with mode 0600, whole or not
//! at all, and replace another only when forced to.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod error;
mod file;
mod key_file;
mod keypair;
mod load;
mod phrase;
pub mod polkadot_js;
mod wallet;

pub use alun_protocol::{
    challenge::vrf_verify,
    sr25519::verify,
    ss58::{self, Ss58Error},
};
pub use error::KeyError;
pub use key_file::{read_key_file, read_public};
pub use keypair::{Keypair, Vrf};
pub use load::{is_uri, load};
pub use wallet::{list_wallets, Wallet};
