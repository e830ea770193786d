//! Which subnets earn, and how much: this file, and nothing else, changes with the rule.
//!
//! The emission pallet asks for a subnet's share each time the subnet is touched, after it has
//! settled by the former share. Shares are relative to each other.

use crate::{Config, Shares};
use alun_market_math::share::MAX_SHARE;
use alun_primitives::NetUid;
use core::marker::PhantomData;

/// Says what a subnet's share is from now on.
pub trait SharePolicy {
    /// Share of a started subnet, at most [`MAX_SHARE`]; more is taken as that.
    fn share(netuid: NetUid) -> u64;
}

/// Before markets exist: shares are set by root, and are 0 until they are.
pub struct SetByRoot<T>(PhantomData<T>);

impl<T: Config> SharePolicy for SetByRoot<T> {
    fn share(netuid: NetUid) -> u64 {
        Shares::<T>::get(netuid).min(MAX_SHARE)
    }
}
