//! Benchmarks of every call on a populated chain: a full subnet, the longest texts, older values
//! in place of which new ones are written.

// Held to the rules of tests: a panic here stops a benchmark, not a chain.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use alloc::vec;
use alun_primitives::{
    traits::{AlphaMarket, KeyRegistry, Rows},
    Balance, Endpoint, Hyperparameter, Hyperparameters, IpAddress, NetUid, Protocol, TaskKind, Uid,
    UNIT,
};
use frame::{
    benchmarking::prelude::*,
    deps::frame_support::weights::WeightMeter,
    traits::fungible::{Balanced, Mutate},
};

/// Neurons of a subnet whose size does not matter to the call.
const NEURONS: u16 = 256;

/// A funded coldkey and a hotkey bound to it.
fn keys<T: Config>(name: &'static str, index: u32) -> (T::AccountId, T::AccountId) {
    let coldkey: T::AccountId = account(name, index, 0);
    let hotkey: T::AccountId = account(name, index, 1);
    T::Currency::set_balance(&coldkey, 1_000_000 * UNIT);
    T::Keys::bind_unchecked(&hotkey, &coldkey);
    (coldkey, hotkey)
}

fn name() -> Name {
    vec![b'n'; 64].try_into().unwrap_or_default()
}

fn task() -> StoredTask {
    let parameters = vec![b' '; 1_024].try_into().unwrap_or_default();
    StoredTask { kind: TaskKind::Generation, model: Some([7; 32]), parameters }
}

fn endpoint() -> Endpoint {
    Endpoint {
        ip: IpAddress::V6([0x20; 16]),
        port: 8_091,
        protocol: Protocol::Https,
        version: 1,
        tls_fingerprint: Some([1; 32]),
        model: Some([2; 32]),
        announced_at: 0,
    }
}

/// A subnet with its owner's coldkey and hotkey, on default hyperparameters without rate limits.
fn subnet<T: Config>() -> Result<(NetUid, T::AccountId, T::AccountId), BenchmarkError> {
    let (owner, hotkey) = keys::<T>("owner", 0);
    SubnetLimit::<T>::put(u16::MAX);
    let netuid = NetUid(NextNetuid::<T>::get());
    let lock = Pallet::<T>::subnet_lock();
    T::Currency::set_balance(&owner, lock.saturating_add(1_000_000 * UNIT));
    Pallet::<T>::register_subnet(
        RawOrigin::Signed(owner.clone()).into(),
        hotkey.clone(),
        name(),
        task(),
        Balance::MAX,
    )?;
    let values = Hyperparameters { endpoint_rate_limit_ms: 0, ..Hyperparameters::default() };
    HyperparametersOf::<T>::insert(netuid, values);
    Ok((netuid, owner, hotkey))
}

/// Fills a subnet up to `neurons`, all of them with endpoints and outside their immunity.
fn fill<T: Config>(netuid: NetUid, neurons: u16) {
    for uid in 1..neurons {
        let (_, hotkey) = keys::<T>("neuron", uid.into());
        Uids::<T>::insert(netuid, &hotkey, Uid(uid));
        let neuron = Neuron { hotkey, registered_at: 0, immune_until: 0, announced_at: Some(0) };
        assert!(Pallet::<T>::put_neuron(netuid, Uid(uid), neuron));
        Endpoints::<T>::insert(netuid, Uid(uid), endpoint());
    }
    NeuronCount::<T>::insert(netuid, neurons);
    HyperparametersOf::<T>::mutate(netuid, |values| {
        if let Some(values) = values {
            values.max_neurons = neurons;
        }
    });
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// With `s` markets of other subnets, which the new one's price is taken from.
    #[benchmark]
    fn register_subnet(s: Linear<1, 512>) -> Result<(), BenchmarkError> {
        let (first, ..) = subnet::<T>()?;
        for index in 1..s {
            let lock = T::Currency::issue(1_000 * UNIT);
            let opened = T::Market::open(NetUid(u16::MAX - index as u16), lock);
            assert!(opened.is_ok(), "no market");
        }
        let (owner, hotkey) = keys::<T>("second", 0);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner.clone()), hotkey, name(), task(), Balance::MAX);

        let second = NetUid(first.0 + 1);
        assert_eq!(Subnets::<T>::get(second).map(|subnet| subnet.owner), Some(owner));
        Ok(())
    }

    #[benchmark]
    fn start() -> Result<(), BenchmarkError> {
        let (netuid, owner, _) = subnet::<T>()?;
        fill::<T>(netuid, NEURONS);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), netuid);

        assert!(Subnets::<T>::get(netuid).is_some_and(|subnet| subnet.started_at.is_some()));
        Ok(())
    }

    #[benchmark]
    fn set_hyperparameters(c: Linear<1, MAX_CHANGES>) -> Result<(), BenchmarkError> {
        let (netuid, owner, _) = subnet::<T>()?;
        fill::<T>(netuid, NEURONS);
        Pallet::<T>::start(RawOrigin::Signed(owner).into(), netuid)?;
        let tempo = Hyperparameters::default().tempo_ms - 60_000;
        let mut changes = BoundedVec::default();
        for index in 0..c {
            let change = match index {
                0 => Hyperparameter::Tempo(tempo),
                _ => Hyperparameter::MinWeights(1 + index as u16),
            };
            changes.try_push(change).map_err(|_| BenchmarkError::Stop("too many changes"))?;
        }

        #[extrinsic_call]
        _(RawOrigin::Root, netuid, changes);

        let values = HyperparametersOf::<T>::get(netuid);
        assert_eq!(values.map(|values| values.tempo_ms), Some(tempo));
        Ok(())
    }

    #[benchmark]
    fn set_task() -> Result<(), BenchmarkError> {
        let (netuid, owner, _) = subnet::<T>()?;
        let new = StoredTask { kind: TaskKind::Embedding, ..task() };

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), netuid, new.clone());

        assert_eq!(Tasks::<T>::get(netuid), Some(new));
        Ok(())
    }

    #[benchmark]
    fn set_metadata() -> Result<(), BenchmarkError> {
        let (netuid, owner, _) = subnet::<T>()?;
        let metadata: MetadataText = vec![b'm'; 1_024].try_into().unwrap_or_default();

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), netuid, name(), metadata.clone());

        assert_eq!(Metadata::<T>::get(netuid), metadata);
        Ok(())
    }

    #[benchmark]
    fn register(n: Linear<2, MAX_NEURONS>) -> Result<(), BenchmarkError> {
        let (netuid, ..) = subnet::<T>()?;
        fill::<T>(netuid, n as u16);
        Pallet::<T>::set_mechanism_count(RawOrigin::Root.into(), netuid, MAX_MECHANISMS)?;
        // All scores are alike, so the lowest uid but the owner's leaves.
        let (leaver, (_, former)) = (Uid(1), keys::<T>("neuron", 1));
        T::BenchmarkHelper::validator(netuid, n as u16, leaver, &former);
        let (coldkey, hotkey) = keys::<T>("newcomer", 0);

        #[extrinsic_call]
        _(RawOrigin::Signed(coldkey), netuid, hotkey.clone(), Balance::MAX);

        assert!(Uids::<T>::contains_key(netuid, &hotkey));
        assert_eq!(u32::from(NeuronCount::<T>::get(netuid)), n);
        assert!(!Uids::<T>::contains_key(netuid, &former));
        assert!(T::BenchmarkHelper::gone(netuid, leaver, &former));
        Ok(())
    }

    #[benchmark]
    fn serve() -> Result<(), BenchmarkError> {
        let (netuid, ..) = subnet::<T>()?;
        fill::<T>(netuid, NEURONS);
        let (_, hotkey) = keys::<T>("neuron", 1);
        let new = Endpoint { version: 2, ..endpoint() };

        #[extrinsic_call]
        _(RawOrigin::Signed(hotkey), netuid, new);

        let stored = Endpoints::<T>::get(netuid, Uid(1));
        assert_eq!(stored.map(|endpoint| endpoint.version), Some(2));
        Ok(())
    }

    #[benchmark]
    fn unserve() -> Result<(), BenchmarkError> {
        let (netuid, ..) = subnet::<T>()?;
        fill::<T>(netuid, NEURONS);
        let (_, hotkey) = keys::<T>("neuron", 1);

        #[extrinsic_call]
        _(RawOrigin::Signed(hotkey), netuid);

        assert!(!Endpoints::<T>::contains_key(netuid, Uid(1)));
        Ok(())
    }

    #[benchmark]
    fn set_mechanism_count() -> Result<(), BenchmarkError> {
        let (netuid, ..) = subnet::<T>()?;

        #[extrinsic_call]
        _(RawOrigin::Root, netuid, MAX_MECHANISMS);

        let count = Subnets::<T>::get(netuid).map(|subnet| subnet.mechanisms);
        assert_eq!(count, Some(MAX_MECHANISMS));
        Ok(())
    }

    #[benchmark]
    fn set_subnet_limit() {
        #[extrinsic_call]
        _(RawOrigin::Root, 7);

        assert_eq!(SubnetLimit::<T>::get(), 7);
    }

    #[benchmark]
    fn offer_ownership() -> Result<(), BenchmarkError> {
        let (netuid, owner, _) = subnet::<T>()?;
        let (to, _) = keys::<T>("second", 0);
        Offers::<T>::insert(netuid, &owner);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), netuid, to.clone());

        assert_eq!(Offers::<T>::get(netuid), Some(to));
        Ok(())
    }

    #[benchmark]
    fn accept_ownership() -> Result<(), BenchmarkError> {
        let (netuid, owner, _) = subnet::<T>()?;
        let (to, _) = keys::<T>("second", 0);
        Pallet::<T>::offer_ownership(RawOrigin::Signed(owner).into(), netuid, to.clone())?;

        #[extrinsic_call]
        _(RawOrigin::Signed(to.clone()), netuid);

        assert_eq!(Subnets::<T>::get(netuid).map(|subnet| subnet.owner), Some(to));
        Ok(())
    }

    #[benchmark]
    fn withdraw_offer() -> Result<(), BenchmarkError> {
        let (netuid, owner, _) = subnet::<T>()?;
        let (to, _) = keys::<T>("second", 0);
        Pallet::<T>::offer_ownership(RawOrigin::Signed(owner.clone()).into(), netuid, to)?;

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), netuid);

        assert_eq!(Offers::<T>::get(netuid), None);
        Ok(())
    }

    #[benchmark]
    fn set_owner_hotkey() -> Result<(), BenchmarkError> {
        let (netuid, owner, _) = subnet::<T>()?;
        fill::<T>(netuid, NEURONS);
        let (_, hotkey) = keys::<T>("neuron", 1);
        T::Keys::bind_unchecked(&hotkey, &owner);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), netuid, hotkey.clone());

        assert_eq!(Subnets::<T>::get(netuid).map(|subnet| subnet.owner_hotkey), Some(hotkey));
        Ok(())
    }

    #[benchmark]
    fn check_registration() -> Result<(), BenchmarkError> {
        let (netuid, ..) = subnet::<T>()?;
        let (_, hotkey) = keys::<T>("newcomer", 0);
        let call = Call::<T>::register { netuid, hotkey, max_price: 0 };
        let verdict;

        #[block]
        {
            verdict = CheckRegistration::<T>::check(&call);
        }

        assert!(verdict.is_err());
        Ok(())
    }

    #[benchmark]
    fn announce_wind_up() -> Result<(), BenchmarkError> {
        let (netuid, owner, _) = subnet::<T>()?;
        Pallet::<T>::start(RawOrigin::Signed(owner.clone()).into(), netuid)?;
        GenesisKnobs::<T>::mutate(|knobs| knobs.subnet_immunity_ms = 0);

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), netuid);

        assert!(Notices::<T>::contains_key(netuid));
        Ok(())
    }

    /// A block in which no subnet is under notice.
    #[benchmark]
    fn idle_poll() {
        NoticesEnd::<T>::put(NoticeEnds { head: 7, tail: 7 });
        let mut meter = WeightMeter::new();

        #[block]
        {
            Pallet::<T>::wind_up(1, &mut meter);
        }

        assert_eq!(meter.consumed(), T::WeightInfo::idle_poll());
    }

    /// The notice that ends first, in the block in which it does; with no room for a row.
    #[benchmark]
    fn peek_notice() -> Result<(), BenchmarkError> {
        let (netuid, owner, _) = subnet::<T>()?;
        GenesisKnobs::<T>::mutate(|knobs| knobs.subnet_immunity_ms = 0);
        Pallet::<T>::announce_wind_up(RawOrigin::Signed(owner).into(), netuid)?;
        let fixed = T::WeightInfo::idle_poll().saturating_add(T::WeightInfo::peek_notice());
        let mut meter = WeightMeter::with_limit(fixed);

        #[block]
        {
            Pallet::<T>::wind_up(u32::MAX, &mut meter);
        }

        assert!(Notices::<T>::get(netuid).is_some_and(|notice| notice.over));
        Ok(())
    }

    /// One row of a subnet that is wound up.
    #[benchmark]
    fn wind_up_row() -> Result<(), BenchmarkError> {
        let (netuid, ..) = subnet::<T>()?;
        fill::<T>(netuid, NEURONS);
        let mut rows = Rows::new(1);
        let done;

        #[block]
        {
            done = Pallet::<T>::clear_own(netuid, &mut rows);
        }

        assert!(!done && rows.left() == 0);
        Ok(())
    }

    impl_benchmark_test_suite!(
        Pallet,
        crate::tests::mock::Chain::default().build(),
        crate::tests::mock::Test
    );
}
