//! One file per call or law.

mod commit;
mod expiry;
mod pool;
mod replaced;
mod reveal;
mod set;
mod swap_hotkey;
mod view;
mod wind_up;

use crate::{mock::*, types::Proposal, Call, Error, Event, Pallet};
use alun_primitives::{Digest, MechanismId};
use frame::{deps::sp_runtime::AccountId32, testing_prelude::*};

/// A row with everything that a commit binds.
#[derive(Clone)]
pub struct Sealed {
    pub validator: AccountId32,
    pub mechanism: MechanismId,
    pub uids: Vec<u16>,
    pub values: Vec<u16>,
    pub version: u64,
    pub salt: Digest,
}

impl Sealed {
    /// A good row of `uid` on the first mechanism.
    pub fn of(uid: u16) -> Self {
        Self {
            validator: hotkey(uid),
            mechanism: FIRST,
            uids: vec![3, 2],
            values: vec![100, 50],
            version: 0,
            salt: [7; 32],
        }
    }

    pub fn hash(&self) -> Digest {
        let proposal = Proposal { uids: &self.uids, values: &self.values, version: self.version };
        let matrix = (NETUID, self.mechanism);
        Pallet::<Test>::commit_hash(&self.validator, matrix, proposal, [5; 32], self.salt)
    }

    pub fn commit_call(&self) -> Call<Test> {
        Call::commit_weights { netuid: NETUID, mechanism: self.mechanism, hash: self.hash() }
    }

    pub fn commit(&self) -> DispatchResultWithPostInfo {
        dispatch(&self.validator, self.commit_call())
    }

    pub fn reveal_call(&self) -> Call<Test> {
        Call::reveal_weights {
            netuid: NETUID,
            mechanism: self.mechanism,
            hotkey: self.validator.clone(),
            uids: list(&self.uids),
            values: list(&self.values),
            evidence_root: [5; 32],
            version: self.version,
            salt: self.salt,
        }
    }

    pub fn reveal(&self) -> DispatchResultWithPostInfo {
        dispatch(&self.validator, self.reveal_call())
    }

    pub fn set_call(&self) -> Call<Test> {
        Call::set_weights {
            netuid: NETUID,
            mechanism: self.mechanism,
            uids: list(&self.uids),
            values: list(&self.values),
            version: self.version,
        }
    }

    pub fn set(&self) -> DispatchResultWithPostInfo {
        dispatch(&self.validator, self.set_call())
    }
}

pub fn dispatch(who: &AccountId32, call: Call<Test>) -> DispatchResultWithPostInfo {
    RuntimeCall::from(call).dispatch(RuntimeOrigin::signed(who.clone()))
}

/// The error of a refused call.
#[track_caller]
pub fn refused(result: DispatchResultWithPostInfo) -> DispatchError {
    result.unwrap_err().error
}

/// The events of this pallet, oldest first.
pub fn events() -> Vec<Event<Test>> {
    let ours = |record: frame_system::EventRecord<RuntimeEvent, _>| match record.event {
        RuntimeEvent::Weights(event) => Some(event),
        _ => None,
    };
    System::events().into_iter().filter_map(ours).collect()
}

/// The epochs of the commits whose expiry was announced.
pub fn expired() -> Vec<(AccountId32, u64)> {
    let expiry = |event| match event {
        Event::CommitExpired { hotkey, epoch, .. } => Some((hotkey, epoch)),
        _ => None,
    };
    events().into_iter().filter_map(expiry).collect()
}

pub type Refused = Error<Test>;
