//! Ids as newtypes, so that a uid is never passed for a netuid.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode,
            DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
        )]
        #[cfg_attr(
            feature = "client",
            derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType)
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl From<$inner> for $name {
            fn from(inner: $inner) -> Self {
                Self(inner)
            }
        }

        impl From<$name> for $inner {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A subnet.
    NetUid(u16)
);
id!(
    /// A neuron's place in its subnet: 0 to n − 1 without gaps (invariant N1).
    Uid(u16)
);
id!(
    /// One of a subnet's mechanisms; rows, bonds and commits are keyed by (netuid, mechanism).
    MechanismId(u8)
);

impl NetUid {
    /// Root: holds native stake that counts, times the root weight τ, on every subnet.
    pub const ROOT: NetUid = NetUid(0);

    /// Whether this is root, which has no neurons, rows or epochs.
    pub fn is_root(self) -> bool {
        self == Self::ROOT
    }
}

impl MechanismId {
    /// The mechanism that every subnet has.
    pub const FIRST: MechanismId = MechanismId(0);
}

impl Uid {
    /// As an index into a list by uid.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}
