//! One generator per kind of call.
//!
//! A generator looks at the state and makes a call that is mostly sensible and at times wrong in one
//! of the ways in which people and attackers are wrong. Where it finds nothing to work with it makes
//! none. To add a call: a function in the file of its pallet, and a line in that file's `TABLE`.

mod keys;
mod look;
mod others;
mod stake;
mod subnets;
mod weights;

use crate::{Dice, World};
use alun_runtime::RuntimeCall;

/// A call and who signs it.
pub struct Shot {
    /// `Pallet.call`.
    pub kind: &'static str,
    /// Index of the signer's key.
    pub signer: usize,
    /// The call.
    pub call: RuntimeCall,
}

impl Shot {
    /// Of a call.
    pub fn new(signer: usize, call: impl Into<RuntimeCall>) -> Option<Self> {
        Some(Self { kind: "", signer, call: call.into() })
    }

    /// Through the sudo key, mostly; the same call by somebody else is refused.
    pub fn root(dice: &mut Dice, world: &World, call: impl Into<RuntimeCall>) -> Option<Self> {
        let call = call.into();
        match dice.below(10) {
            0 => Self::new(dice.index(world.coldkeys), call),
            1 => {
                let signer = dice.index(world.coldkeys);
                Self::new(signer, pallet_sudo::Call::sudo { call: Box::new(call) })
            }
            _ => Self::new(0, pallet_sudo::Call::sudo { call: Box::new(call) }),
        }
    }

    /// The same with the name of its kind.
    pub fn named(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }
}

/// Makes calls of one kind.
#[derive(Clone, Copy)]
pub struct Generator {
    /// `Pallet.call`.
    pub kind: &'static str,
    /// How often, against the others.
    pub weight: u32,
    /// Makes one.
    pub make: fn(&mut Dice, &World) -> Option<Shot>,
}

/// A row of a table.
const fn kind(
    kind: &'static str,
    weight: u32,
    make: fn(&mut Dice, &World) -> Option<Shot>,
) -> Generator {
    Generator { kind, weight, make }
}

/// All generators.
pub fn table() -> Vec<Generator> {
    [subnets::TABLE, stake::TABLE, keys::TABLE, weights::TABLE, others::TABLE].concat()
}
