//! A subnet with neurons, stakers, children, commits and epochs is put under notice, redeemed in part,
//! wound up, and its slot used again. The invariants hold after each block ([`run_block`]).

use crate::chain::{run_block, state_of};
use alun_primitives::{
    traits::NeuronRegistry, views::SubnetPhase, Hyperparameter, MechanismId, NetUid,
    TaskDescriptor, TaskKind, UNIT,
};
use alun_runtime::{
    market_api::runtime_decl_for_market_api::MarketApiV1, AccountId, Balances, Emission, Market,
    Runtime, RuntimeEvent, RuntimeOrigin, Stake, Subnets, System, Weights,
};
use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect};
use pallet_subnets::{GenesisKnobs, SubnetLimit};
use sp_keyring::Sr25519Keyring::{
    self, Alice, AliceStash, Bob, BobStash, Charlie, CharlieStash, Dave, DaveStash, Eve, EveStash,
    Ferdie, FerdieStash, One,
};
use std::collections::{BTreeMap, BTreeSet};

/// The subnet that is wound up.
const A: NetUid = NetUid(1);
/// Another one, whose price is higher.
const B: NetUid = NetUid(2);
const FIRST: MechanismId = MechanismId::FIRST;
/// Notice, in blocks.
const NOTICE: u32 = 20;

fn by(who: Sr25519Keyring) -> RuntimeOrigin {
    RuntimeOrigin::signed(who.to_account_id())
}

fn bind(coldkey: Sr25519Keyring, hotkey: Sr25519Keyring) {
    let payload = Runtime::bind_payload(coldkey.to_account_id());
    let proof = hotkey.sign(&payload).into();
    assert_ok!(Stake::bind_hotkey(by(coldkey), hotkey.to_account_id(), proof));
}

fn register_subnet(
    coldkey: Sr25519Keyring,
    hotkey: Sr25519Keyring,
    name: &str,
) -> Result<(), sp_runtime::DispatchError> {
    let parameters = Default::default();
    let task = TaskDescriptor { kind: TaskKind::Embedding, model: None, parameters };
    let name = name.as_bytes().to_vec().try_into().unwrap();
    let registered =
        Subnets::register_subnet(by(coldkey), hotkey.to_account_id(), name, task, u64::MAX);
    registered.map(|_| ()).map_err(|error| error.error)
}

fn stake(staker: Sr25519Keyring, hotkey: Sr25519Keyring, netuid: NetUid, tokens: u64) {
    assert_ok!(Stake::add_stake(by(staker), hotkey.to_account_id(), netuid, tokens * UNIT, 0));
}

fn fast(netuid: NetUid) {
    let changes = vec![
        Hyperparameter::Tempo(5_000),
        Hyperparameter::WeightsRateLimit(0),
        Hyperparameter::StakeThreshold(10 * UNIT),
    ];
    let changes = changes.try_into().unwrap();
    assert_ok!(Subnets::set_hyperparameters(RuntimeOrigin::root(), netuid, changes));
}

/// Two subnets, on the first: neurons, stakers, root stake, children, an owner's second mechanism.
fn populate() {
    SubnetLimit::<Runtime>::put(2);
    GenesisKnobs::<Runtime>::mutate(|knobs| {
        knobs.subnet_immunity_ms = 40_000;
        knobs.notice_ms = u64::from(NOTICE) * 1_000;
    });
    bind(Alice, AliceStash);
    assert_ok!(register_subnet(Alice, AliceStash, "first"));
    bind(Eve, EveStash);
    pallet_subnets::LastLock::<Runtime>::kill();
    assert_ok!(register_subnet(Eve, EveStash, "second"));
    for (coldkey, hotkey) in [(Bob, BobStash), (Charlie, CharlieStash), (Dave, DaveStash)] {
        bind(coldkey, hotkey);
        for netuid in [A, B] {
            let hotkey = hotkey.to_account_id();
            assert_ok!(Subnets::register(by(coldkey), netuid, hotkey, 100 * UNIT));
        }
    }
    for (staker, hotkey, tokens) in [
        (Bob, BobStash, 400),
        (Dave, DaveStash, 300),
        (Ferdie, BobStash, 200),
        (Charlie, BobStash, 50),
    ] {
        stake(staker, hotkey, A, tokens);
        stake(staker, hotkey, B, 2 * tokens);
    }
    stake(Ferdie, BobStash, NetUid::ROOT, 1_000);
    assert_ok!(Subnets::set_mechanism_count(RuntimeOrigin::root(), A, 2));
    let lenders = vec![DaveStash.to_account_id()].try_into().unwrap();
    assert_ok!(Stake::set_lenders(by(Bob), BobStash.to_account_id(), A, lenders));
    let children = vec![(BobStash.to_account_id(), 400_000)].try_into().unwrap();
    assert_ok!(Stake::set_children(by(Dave), DaveStash.to_account_id(), A, children));
    let to = Charlie.to_account_id();
    let (hotkey, amount) = (DaveStash.to_account_id(), 20 * UNIT);
    assert_ok!(Stake::transfer_stake(by(Dave), to, hotkey, A, amount, 0));
    for (owner, netuid) in [(Alice, A), (Eve, B)] {
        fast(netuid);
        assert_ok!(Subnets::start(by(owner), netuid));
        let offered = Subnets::offer_ownership(by(owner), netuid, One.to_account_id());
        assert_ok!(offered);
    }
}

/// Commits on both mechanisms of the first subnet, never revealed; on the second a row.
fn commit() {
    for mechanism in [FIRST, MechanismId(1)] {
        // Refused where there was a commit in this epoch already.
        let _ = Weights::commit_weights(by(BobStash), A, mechanism, [7; 32]);
        let _ = Weights::commit_weights(by(AliceStash), A, mechanism, [8; 32]);
    }
}

/// Runs blocks up to and with `last`.
fn run_to(last: u32) {
    while System::block_number() < last {
        let number = System::block_number() + 1;
        run_block(number, || {
            if number == 1 {
                populate();
            } else if number > 8 && number.is_multiple_of(3) {
                commit();
            }
        });
    }
}

/// Every row that is stored under a netuid, by pallet and map, as far as the netuid can be told from the
/// key: as the first key, the second, or as a part of the first.
fn rows_of(netuid: NetUid) -> BTreeMap<String, usize> {
    let mut rows = BTreeMap::new();
    let mut count = |name: &str, found: usize| {
        if found > 0 {
            rows.insert(name.to_owned(), found);
        }
    };
    macro_rules! first {
        ($($pallet:ident :: $map:ident),+ $(,)?) => {
            $(count(concat!(stringify!($pallet), "::", stringify!($map)),
                $pallet::$map::<Runtime>::iter_keys().filter(|of| *of == netuid).count());)+
        };
    }
    macro_rules! of_matrix {
        ($($pallet:ident :: $map:ident),+ $(,)?) => {
            $(count(concat!(stringify!($pallet), "::", stringify!($map)),
                $pallet::$map::<Runtime>::iter_keys().filter(|of| of.0 == netuid).count());)+
        };
    }
    macro_rules! of_double {
        ($($pallet:ident :: $map:ident),+ $(,)?) => {
            $(count(concat!(stringify!($pallet), "::", stringify!($map)),
                $pallet::$map::<Runtime>::iter_keys().filter(|(of, _)| of.0 == netuid).count());)+
        };
    }
    first!(
        pallet_subnets::Subnets,
        pallet_subnets::Tasks,
        pallet_subnets::Metadata,
        pallet_subnets::HyperparametersOf,
        pallet_subnets::NeuronCount,
        pallet_subnets::RegistrationPrice,
        pallet_subnets::Offers,
        pallet_subnets::Notices,
        pallet_subnets::Reservations,
        pallet_stake::LentOn,
        pallet_stake::PayingOut,
        pallet_consensus::Plans,
        pallet_emission::Accruals,
        pallet_market::Markets,
        pallet_market::NextClaims,
        pallet_market::CurrentClaims,
        pallet_market::Dues,
    );
    of_matrix!(
        pallet_subnets::Neurons,
        pallet_subnets::Uids,
        pallet_subnets::Endpoints,
        pallet_weights::SweptTo,
        pallet_consensus::Permits,
        pallet_consensus::Outputs,
        pallet_consensus::LastEpoch,
        pallet_consensus::FrozenHeads,
        pallet_consensus::FrozenNeurons,
        pallet_consensus::LastPayout,
        pallet_emission::Payouts,
    );
    of_double!(
        pallet_weights::Rows,
        pallet_weights::LastSubmission,
        pallet_weights::Commits,
        pallet_weights::Windows,
        pallet_consensus::Bonds,
        pallet_consensus::FrozenRows,
        pallet_consensus::Awards,
    );
    let second = [
        ("Pools", pallet_stake::Pools::<Runtime>::iter_keys().filter(|of| of.1 == netuid).count()),
        (
            "Lendings",
            pallet_stake::Lendings::<Runtime>::iter_keys().filter(|of| of.1 == netuid).count(),
        ),
        (
            "Lenders",
            pallet_stake::Lenders::<Runtime>::iter_keys().filter(|of| of.1 == netuid).count(),
        ),
        (
            "PoolNames",
            pallet_stake::PoolNames::<Runtime>::iter_values().filter(|of| of.1 == netuid).count(),
        ),
        (
            "DueAt",
            pallet_consensus::DueAt::<Runtime>::iter_values()
                .filter(|listed| listed.contains(&netuid))
                .count(),
        ),
        (
            "Queue",
            pallet_consensus::Queue::<Runtime>::iter_values()
                .filter(|item| item.netuid == netuid)
                .count(),
        ),
    ];
    second.into_iter().for_each(|(name, found)| count(name, found));
    rows
}

fn account_of(netuid: NetUid) -> AccountId {
    Market::account(netuid)
}

/// Native tokens that exist, and those that were ever minted less those burned.
fn issuance() -> (u64, u64) {
    let minted = pallet_emission::Minted::<Runtime>::get();
    let burned = pallet_emission::Burned::<Runtime>::get();
    let genesis = pallet_emission::GenesisIssuance::<Runtime>::get();
    (<Balances as Inspect<AccountId>>::total_issuance(), genesis + minted - burned)
}

#[test]
fn subnet_should_leave_nothing_when_it_is_wound_up_and_its_slot_is_used_again() {
    state_of("local_testnet").execute_with(|| {
        run_to(45);
        let held = rows_of(A);
        for map in ["pallet_consensus::Awards", "pallet_weights::Commits", "Pools", "Lendings"] {
            assert!(held.contains_key(map), "{map} is not tried: {held:?}");
        }
        assert_eq!(Runtime::metagraph(A, FIRST).unwrap().neurons.len(), 4);

        // A third subnet while there are two: the first has the lower price.
        run_block(46, || {
            bind(Ferdie, FerdieStash);
            // At the limit, nobody is immune any more, and the first has the lowest averaged price.
            pallet_market::Markets::<Runtime>::mutate(B, |market| {
                market.as_mut().unwrap().price_average = 1 << 64;
            });
            assert_ok!(register_subnet(Ferdie, FerdieStash, "third"));
        });
        let until = 46 + NOTICE;
        let phase = Runtime::subnet(A).unwrap().phase;
        assert_eq!(phase, SubnetPhase::Notice { until, reserved: true });
        assert_eq!(Emission::share(A), 0);
        assert_eq!(Runtime::next_epoch(A), None);
        let lock = Balances::free_balance(Subnets::escrow());
        assert!(lock >= 1_000 * UNIT);

        // Redemption: the quote, to the unit, and alike for whoever comes.
        run_to(50);
        let price = Runtime::market(A).unwrap().price;
        run_block(51, || {
            let hotkey = BobStash.to_account_id();
            let refused = pallet_stake::Error::<Runtime>::WindingUp;
            assert_noop!(Stake::add_stake(by(Ferdie), hotkey.clone(), A, UNIT, 0), refused);
            let memo = Default::default();
            let refused = pallet_market::Error::<Runtime>::WindingUp;
            let paid = Market::pay(by(Ferdie), A, UNIT, Default::default(), memo);
            assert_eq!(paid, Err(refused.into()));
            let refused = pallet_weights::Error::<Runtime>::WindingUp;
            let sent = Weights::commit_weights(by(BobStash), A, FIRST, [1; 32]);
            assert_eq!(sent.map(|_| ()).map_err(|error| error.error), Err(refused.into()));
            for who in [Ferdie, Charlie] {
                let part = Some(10 * UNIT);
                let quote =
                    Runtime::quote_remove(who.to_account_id(), hotkey.clone(), A, part).unwrap();
                let before = Balances::free_balance(who.to_account_id());
                let min = quote.received;
                assert_ok!(Stake::remove_stake(by(who), hotkey.clone(), A, 10 * UNIT, min));
                assert_eq!(Balances::free_balance(who.to_account_id()) - before, min);
                let exact = (u128::from(10 * UNIT) * price) >> 64;
                assert!(exact.abs_diff(min.into()) <= 1, "{exact} {min}");
            }
        });

        // The end: everybody gets its part, what is left is burned.
        run_to(until - 1);
        let (native, supply) = Runtime::market(A).unwrap().redemption.unwrap();
        let stakes: BTreeMap<_, _> = [Alice, Bob, Charlie, Dave, Ferdie]
            .map(|who| {
                let positions = Runtime::stake_of(who.to_account_id()).into_iter();
                let here = positions.filter(|position| position.netuid == A);
                (who, here.map(|position| position.value).sum::<u64>())
            })
            .into_iter()
            .collect();
        let before: BTreeMap<_, _> =
            stakes.keys().map(|who| (*who, Balances::free_balance(who.to_account_id()))).collect();
        let mut told = Vec::new();
        while Subnets::subnet(A).is_none_or(|subnet| subnet.owner == Alice.to_account_id()) {
            let number = System::block_number() + 1;
            assert!(number < until + 20, "it takes too long");
            run_block(number, || told.extend(System::events()));
            told.extend(System::events());
        }
        let stakers: BTreeSet<_> = told
            .iter()
            .filter_map(|record| match &record.event {
                RuntimeEvent::Stake(pallet_stake::Event::StakeRemoved {
                    coldkey,
                    netuid: A,
                    ..
                }) => Some(coldkey.clone()),
                _ => None,
            })
            .collect();
        assert!(
            stakers.contains(&Bob.to_account_id()) && stakers.contains(&Ferdie.to_account_id())
        );
        for (who, staked) in stakes {
            let exact = u128::from(native) * u128::from(staked) / u128::from(supply.0);
            let got = Balances::free_balance(who.to_account_id()) - before[&who];
            // The account's existential deposit is divided too, and what rewards were on their way.
            assert!(u128::from(got) + 10 >= exact, "{who:?}: {got} of {exact}");
            assert!(u128::from(got) <= exact + exact / 100 + 600, "{who:?}: {got} of {exact}");
        }
        assert_eq!(
            pallet_stake::Deposits::<Runtime>::iter().count(),
            0,
            "what Dave deposited is back"
        );
        let (exists, counted) = issuance();
        assert_eq!(exists, counted, "every native unit is accounted for");

        // The newcomer has the slot, with its lock, and nothing of who had it before.
        let subnet = Runtime::subnet(A).unwrap();
        assert_eq!((subnet.owner, subnet.name), (Ferdie.to_account_id(), b"third".to_vec()));
        assert_eq!((subnet.lock, subnet.neurons, subnet.started), (lock, 1, false));
        assert_eq!(Balances::free_balance(Subnets::escrow()), 0);
        assert_eq!(Balances::free_balance(account_of(A)), lock);
        let maps: BTreeMap<_, _> = [
            "pallet_market::Markets",
            "pallet_subnets::HyperparametersOf",
            "pallet_subnets::NeuronCount",
            "pallet_subnets::Neurons",
            "pallet_subnets::RegistrationPrice",
            "pallet_subnets::Subnets",
            "pallet_subnets::Tasks",
            "pallet_subnets::Uids",
        ]
        .map(|map| (map.to_owned(), 1))
        .into();
        assert_eq!(rows_of(A), maps);
        assert_eq!(Runtime::subnets(NetUid(0), 9).len(), 2);

        // And its epochs and its market begin anew.
        run_block(System::block_number() + 1, || {
            fast(A);
            assert_ok!(Subnets::start(by(Ferdie), A));
            stake(Ferdie, FerdieStash, A, 100);
        });
        run_to(System::block_number() + 30);
        assert!(Runtime::subnet(A).unwrap().last_epoch.is_some());
        assert!(Runtime::subnet(B).unwrap().last_epoch.is_some());
    });
}

#[test]
fn owner_should_wind_its_subnet_up_and_leave_a_gap_when_nobody_waits() {
    state_of("local_testnet").execute_with(|| {
        run_to(45);
        let issued = issuance();
        assert_eq!(issued.0, issued.1);
        run_block(46, || {
            assert_ok!(Subnets::announce_wind_up(by(Alice), A));
        });
        run_to(46 + NOTICE + 10);
        assert_eq!(rows_of(A), BTreeMap::new());
        assert!(Runtime::subnet(A).is_none() && Runtime::market(A).is_none());
        assert_eq!(Balances::free_balance(account_of(A)), 0);
        let listed: Vec<_> =
            Runtime::subnets(NetUid(0), 9).iter().map(|subnet| subnet.netuid).collect();
        assert_eq!(listed, [B]);
        assert_eq!(Subnets::netuids(), [B]);
        let (exists, counted) = issuance();
        assert_eq!(exists, counted);
        run_block(System::block_number() + 1, || {
            bind(Ferdie, FerdieStash);
            assert_ok!(register_subnet(Ferdie, FerdieStash, "third"));
        });
        assert_eq!(Subnets::netuids(), [A, B]);
    });
}
