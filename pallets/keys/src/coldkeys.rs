//! Swapping a coldkey: announced, disputed, executed, moved in steps.

use crate::{ColdkeyDelay, Config, Error, Event, FreezeReason, Locks, Pallet};
use alun_primitives::{
    traits::{Clock, ColdkeySwap, OnColdkeySwapped, Proxies, Rows},
    Balance, BlockNumber, Digest, UNIT,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::{
    deps::frame_system,
    hashing::blake2_256,
    prelude::{ensure, Contains, DispatchError, DispatchResult, SaturatedConversion, TypeInfo},
    token::{
        fungible::{Inspect, Mutate, MutateFreeze},
        Fortitude, Preservation,
    },
};

/// What is left to a coldkey that is locked, for the fee of a dispute: 0.1 token.
pub const FEES: Balance = UNIT / 10;

/// So many rows at most are moved in a step: as many as the dispatch weight was measured with.
pub const MOST_IN_A_STEP: u32 = 512;

/// How far the swap of a coldkey has got.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Lock<AccountId> {
    /// It was announced.
    Announced {
        /// BLAKE2b-256 of the new coldkey, SCALE.
        hash: Digest,
        /// First block in which it can be executed.
        from: BlockNumber,
    },
    /// It is disputed: root resolves that.
    Disputed,
    /// Root decided for a coldkey: the swap for it can be executed, and nobody can dispute it again.
    Resolved {
        /// BLAKE2b-256 of the new coldkey, SCALE.
        hash: Digest,
    },
    /// What is the coldkey's moves.
    Moving {
        /// To whom.
        new: AccountId,
        /// The block of the last step: there is one in a block, because what was removed in a block is
        /// walked over again by whoever starts from the beginning.
        stepped: BlockNumber,
    },
}

impl<T: Config> Pallet<T> {
    /// Whether nothing may be done in an account's name but to dispute its swap.
    pub fn is_locked(account: &T::AccountId) -> bool {
        Locks::<T>::contains_key(account)
    }

    /// Whether any account is locked.
    pub fn any_locked() -> bool {
        Locks::<T>::count() > 0
    }

    fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    /// Whether a coldkey is locked and may still dispute its swap.
    pub fn may_dispute(coldkey: &T::AccountId) -> bool {
        matches!(Locks::<T>::get(coldkey), Some(Lock::Announced { .. }))
    }

    pub(crate) fn do_announce(coldkey: T::AccountId, hash: Digest) -> DispatchResult {
        ensure!(!Self::is_locked(&coldkey), Error::<T>::ColdkeyLocked);
        ensure!(!T::Rules::contains(&coldkey), Error::<T>::HoldsRoot);
        let delay = T::Clock::to_blocks(ColdkeyDelay::<T>::get());
        let from = Self::now().checked_add(delay).ok_or(Error::<T>::Overflow)?;
        // A freeze overlaps what is held: of the free part it leaves as much as that is, if not of all.
        let frozen = T::Currency::total_balance(&coldkey).saturating_sub(FEES);
        T::Currency::set_freeze(&FreezeReason::ColdkeySwap.into(), &coldkey, frozen)?;
        Locks::<T>::insert(&coldkey, Lock::Announced { hash, from });
        Self::deposit_event(Event::ColdkeySwapAnnounced { coldkey, hash, from });
        Ok(())
    }

    pub(crate) fn do_dispute(coldkey: T::AccountId) -> DispatchResult {
        ensure!(Self::may_dispute(&coldkey), Error::<T>::NotAnnounced);
        Locks::<T>::insert(&coldkey, Lock::Disputed);
        Self::deposit_event(Event::ColdkeySwapDisputed { coldkey });
        Ok(())
    }

    pub(crate) fn do_resolve(coldkey: T::AccountId, new: Option<T::AccountId>) -> DispatchResult {
        ensure!(Locks::<T>::get(&coldkey) == Some(Lock::Disputed), Error::<T>::NotDisputed);
        match &new {
            None => {
                T::Currency::thaw(&FreezeReason::ColdkeySwap.into(), &coldkey)?;
                Locks::<T>::remove(&coldkey);
            }
            Some(new) => {
                let hash = new.using_encoded(blake2_256);
                Locks::<T>::insert(&coldkey, Lock::Resolved { hash });
            }
        }
        Self::deposit_event(Event::ColdkeyDisputeResolved { coldkey, new });
        Ok(())
    }

    /// Begins the swap; says how many rows were moved. What it writes stays only if it succeeds.
    pub(crate) fn do_execute(
        old: T::AccountId,
        new: T::AccountId,
        most_rows: u32,
    ) -> Result<u32, DispatchError> {
        let (hash, from) = match Locks::<T>::get(&old) {
            Some(Lock::Announced { hash, from }) => (hash, from),
            Some(Lock::Resolved { hash }) => (hash, 0),
            _ => return Err(Error::<T>::NotAnnounced.into()),
        };
        ensure!(Self::now() >= from, Error::<T>::DelayNotOver);
        ensure!(new.using_encoded(blake2_256) == hash, Error::<T>::OtherColdkey);
        ensure!(new != old && !Self::is_locked(&new), Error::<T>::BadNewColdkey);
        let swap = ColdkeySwap { old, new };
        let mut rows = Rows::new(most_rows);
        ensure!(T::OnColdkeySwapped::begin(&swap, &mut rows), Error::<T>::TooManyRows);
        T::Proxies::drop_all(&swap.old);
        Self::step(&swap);
        let ColdkeySwap { old, new } = swap.clone();
        Self::deposit_event(Event::ColdkeySwapBegan { old, new });
        Self::go_on(swap, &mut rows)?;
        // Saturation: rows are only taken.
        Ok(most_rows.saturating_sub(rows.left()))
    }

    /// Goes on with a swap; says how many rows were moved.
    pub(crate) fn do_continue(old: T::AccountId, most_rows: u32) -> Result<u32, DispatchError> {
        let Some(Lock::Moving { new, stepped }) = Locks::<T>::get(&old) else {
            return Err(Error::<T>::NotMoving.into());
        };
        ensure!(Self::now() > stepped, Error::<T>::OneStepInABlock);
        let mut rows = Rows::new(most_rows);
        let swap = ColdkeySwap { old, new };
        Self::step(&swap);
        Self::go_on(swap, &mut rows)?;
        // Saturation: rows are only taken.
        Ok(most_rows.saturating_sub(rows.left()))
    }

    /// Notes that the swap goes on in this block.
    fn step(swap: &ColdkeySwap<T::AccountId>) {
        let (new, stepped) = (swap.new.clone(), Self::now());
        Locks::<T>::insert(&swap.old, Lock::Moving { new, stepped });
    }

    /// Moves as much as the rows allow; when nothing is left, the free balance, and the lock goes.
    fn go_on(swap: ColdkeySwap<T::AccountId>, rows: &mut Rows) -> DispatchResult {
        let most = rows.left().min(MOST_IN_A_STEP);
        let mut step = Rows::new(most);
        let done = T::OnColdkeySwapped::go_on(&swap, &mut step);
        // Saturation: rows are only taken. There are as many.
        let _ = rows.take_many(most.saturating_sub(step.left()));
        if !done {
            return Ok(());
        }
        let ColdkeySwap { old, new } = swap;
        T::Currency::thaw(&FreezeReason::ColdkeySwap.into(), &old)?;
        let all = Preservation::Expendable;
        let mut free = T::Currency::reducible_balance(&old, all, Fortitude::Polite);
        let least = T::Currency::minimum_balance();
        // Too little to make an account with.
        if free < least && T::Currency::total_balance(&new) < least {
            free = 0;
        }
        if free > 0 {
            T::Currency::transfer(&old, &new, free, all)?;
        }
        Locks::<T>::remove(&old);
        Self::deposit_event(Event::ColdkeySwapped { old, new, free });
        Ok(())
    }
}
