//! Dispatch weights of `pallet_subnets`, estimated by hand and rounded up until
//! `benchmark pallet` has measured them on a populated chain.

use frame::weights_prelude::*;

/// Dispatch weights of the calls and of the pool's check.
pub trait WeightInfo {
    /// A new subnet with the longest name and task.
    fn register_subnet() -> Weight;
    /// The start of a subnet.
    fn start() -> Weight;
    /// `c` changes, the tempo among them.
    fn set_hyperparameters(c: u32) -> Weight;
    /// The longest task.
    fn set_task() -> Weight;
    /// The longest name and metadata.
    fn set_metadata() -> Weight;
    /// A registration with an eviction in a full subnet of `n` neurons.
    fn register(n: u32) -> Weight;
    /// An announcement over an older one.
    fn serve() -> Weight;
    /// A withdrawal.
    fn unserve() -> Weight;
    /// More mechanisms.
    fn set_mechanism_count() -> Weight;
    /// Another subnet limit.
    fn set_subnet_limit() -> Weight;
    /// The pool's check of a registration's price.
    fn check_registration() -> Weight;
}

/// Dispatch weights by the runtime's database weight.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn register_subnet() -> Weight {
        Weight::from_parts(120_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(12, 16))
    }

    fn start() -> Weight {
        Weight::from_parts(30_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(6, 5))
    }

    fn set_hyperparameters(c: u32) -> Weight {
        Weight::from_parts(35_000_000, 0)
            .saturating_add(Weight::from_parts(6_000_000, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads_writes(8, 4))
    }

    fn set_task() -> Weight {
        Weight::from_parts(25_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    fn set_metadata() -> Weight {
        Weight::from_parts(30_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(1, 2))
    }

    fn register(n: u32) -> Weight {
        Weight::from_parts(150_000_000, 0)
            // Reading and comparing one neuron.
            .saturating_add(Weight::from_parts(4_000_000, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(n.into()))
            .saturating_add(T::DbWeight::get().reads_writes(24, 24))
            // What the evicted leaves on each of eight mechanisms.
            .saturating_add(T::DbWeight::get().reads_writes(8 * 4, 8 * 6))
    }

    fn serve() -> Weight {
        Weight::from_parts(35_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(5, 2))
    }

    fn unserve() -> Weight {
        Weight::from_parts(25_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(3, 1))
    }

    fn set_mechanism_count() -> Weight {
        Weight::from_parts(20_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    fn set_subnet_limit() -> Weight {
        Weight::from_parts(12_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    fn check_registration() -> Weight {
        Weight::from_parts(15_000_000, 0).saturating_add(T::DbWeight::get().reads(3))
    }
}

/// For mocks: the time of the real ones without the database.
impl WeightInfo for () {
    fn register_subnet() -> Weight {
        Weight::from_parts(120_000_000, 0)
    }

    fn start() -> Weight {
        Weight::from_parts(30_000_000, 0)
    }

    fn set_hyperparameters(c: u32) -> Weight {
        Weight::from_parts(6_000_000, 0).saturating_mul(c.into())
    }

    fn set_task() -> Weight {
        Weight::from_parts(25_000_000, 0)
    }

    fn set_metadata() -> Weight {
        Weight::from_parts(30_000_000, 0)
    }

    fn register(n: u32) -> Weight {
        Weight::from_parts(4_000_000, 0).saturating_mul(n.into())
    }

    fn serve() -> Weight {
        Weight::from_parts(35_000_000, 0)
    }

    fn unserve() -> Weight {
        Weight::from_parts(25_000_000, 0)
    }

    fn set_mechanism_count() -> Weight {
        Weight::from_parts(20_000_000, 0)
    }

    fn set_subnet_limit() -> Weight {
        Weight::from_parts(12_000_000, 0)
    }

    fn check_registration() -> Weight {
        Weight::from_parts(15_000_000, 0)
    }
}
