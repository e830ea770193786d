//! What the chain says of a payout is what it paid, to the unit.

use crate::chain::{run_block, state_of};
use alun_primitives::{
    views::{ExplainError, NeuronExplanation, NeuronPay, NoDividends, NoIncentive, NominatorPool},
    Alpha, Hyperparameter, MechanismId, NetUid, RowError, TaskDescriptor, TaskKind, Uid, UNIT,
};
use alun_runtime::{
    market_api::runtime_decl_for_market_api::MarketApiV1, AccountId, Runtime, RuntimeEvent,
    RuntimeOrigin, Stake, Subnets, System, Weights,
};
use frame_support::assert_ok;
use pallet_consensus::FrozenHeads;
use pallet_emission::Event;
use pallet_subnets::HyperparametersOf;
use sp_keyring::Sr25519Keyring::{
    self, Alice, AliceStash, Bob, BobStash, Charlie, CharlieStash, Dave, DaveStash, EveStash,
    FerdieStash, One, Two,
};
use std::collections::BTreeMap;

const NETUID: NetUid = NetUid(1);
const FIRST: MechanismId = MechanismId::FIRST;

fn by(who: Sr25519Keyring) -> RuntimeOrigin {
    RuntimeOrigin::signed(who.to_account_id())
}

fn bind(coldkey: Sr25519Keyring, hotkey: Sr25519Keyring) {
    let payload = Runtime::bind_payload(coldkey.to_account_id());
    let proof = hotkey.sign(&payload).into();
    assert_ok!(Stake::bind_hotkey(by(coldkey), hotkey.to_account_id(), proof));
}

fn stake(coldkey: Sr25519Keyring, hotkey: Sr25519Keyring, netuid: NetUid, tokens: u64) {
    assert_ok!(Stake::add_stake(by(coldkey), hotkey.to_account_id(), netuid, tokens * UNIT, 0));
}

/// A subnet of Alice's with uid 0; validators 1 to 3, miners 4 to 7. Epochs of ten blocks, rows in
/// the open.
fn open_the_market() {
    bind(Alice, AliceStash);
    let task =
        TaskDescriptor { kind: TaskKind::Embedding, model: None, parameters: Default::default() };
    let name = b"explained".to_vec().try_into().unwrap();
    let hotkey = AliceStash.to_account_id();
    assert_ok!(Subnets::register_subnet(by(Alice), hotkey, name, task, 1_000 * UNIT));
    for hotkey in [BobStash, CharlieStash, DaveStash, EveStash, FerdieStash, One, Two] {
        bind(Bob, hotkey);
        assert_ok!(Subnets::register(by(Bob), NETUID, hotkey.to_account_id(), 100 * UNIT));
    }
    stake(Bob, BobStash, NETUID, 5_000);
    stake(Charlie, BobStash, NETUID, 1_234);
    stake(Dave, BobStash, NetUid::ROOT, 4_321);
    stake(Charlie, CharlieStash, NETUID, 3_000);
    stake(Dave, DaveStash, NETUID, 2_000);
    let changes = vec![
        Hyperparameter::Tempo(10_000),
        Hyperparameter::WeightsRateLimit(0),
        Hyperparameter::CommitReveal(false),
        // What the last of these buyers gets of a young pool is little.
        Hyperparameter::StakeThreshold(10 * UNIT),
    ];
    let changes = changes.try_into().unwrap();
    assert_ok!(Subnets::set_hyperparameters(RuntimeOrigin::root(), NETUID, changes));
    assert_ok!(Subnets::start(by(Alice), NETUID));
}

fn score(hotkey: Sr25519Keyring, scores: &[(u16, u16)]) {
    let (uids, values): (Vec<u16>, Vec<u16>) = scores.iter().copied().unzip();
    let (uids, values) = (uids.try_into().unwrap(), values.try_into().unwrap());
    assert_ok!(Weights::set_weights(by(hotkey), NETUID, FIRST, uids, values, 0));
}

/// Nobody scores uid 7; validator 2 stands alone with what it gives uid 6.
fn score_all() {
    score(BobStash, &[(4, 600), (5, 300), (6, 7)]);
    score(CharlieStash, &[(4, 100), (5, 200), (6, 900)]);
    score(DaveStash, &[(4, 333), (5, 333)]);
}

/// What the events of the present block say that each neuron was paid, and the owner.
fn add_events(paid: &mut BTreeMap<u16, NeuronPay>, owner_cut: &mut Alpha) {
    for record in System::events() {
        match record.event {
            RuntimeEvent::Emission(Event::IncentivePaid { uid, amount, .. }) => {
                let pay = paid.entry(uid.0).or_default();
                pay.incentive = pay.incentive.saturating_add(amount);
            }
            RuntimeEvent::Emission(Event::DividendsPaid {
                uid,
                amount: dividends,
                take,
                root,
                subnet,
                burned,
                ..
            }) => {
                let pay = paid.entry(uid.0).or_default();
                *pay = NeuronPay { dividends, take, root, subnet, burned, ..pay.clone() };
            }
            RuntimeEvent::Emission(Event::OwnerCutPaid { amount, .. }) => {
                *owner_cut = owner_cut.saturating_add(amount);
            }
            _ => {}
        }
    }
}

/// Runs the market until epoch 1 is paid; returns what events said of it.
fn paid_epoch() -> (BTreeMap<u16, NeuronPay>, Alpha) {
    let (mut paid, mut owner_cut) = (BTreeMap::new(), Alpha::ZERO);
    for number in 1..=20 {
        run_block(number, || match number {
            1 => open_the_market(),
            6 => score_all(),
            _ => {}
        });
        add_events(&mut paid, &mut owner_cut);
    }
    (paid, owner_cut)
}

fn explain(uid: u16) -> NeuronExplanation<AccountId> {
    Runtime::explain_neuron(NETUID, FIRST, Uid(uid)).unwrap()
}

#[test]
fn explanation_should_be_what_events_said_of_every_neuron() {
    state_of("local_testnet").execute_with(|| {
        let (paid, owner_cut) = paid_epoch();
        let subnet = Runtime::explain_subnet(NETUID, FIRST).unwrap();
        assert_eq!((subnet.epoch.epoch, subnet.neurons.len()), (1, 8));
        let outputs = Runtime::metagraph(NETUID, FIRST).unwrap().neurons;
        for line in &subnet.neurons {
            let uid = line.uid.0;
            let events = paid.get(&uid).cloned().unwrap_or_default();
            let cut = if uid == 0 { owner_cut } else { Alpha::ZERO };
            let events = NeuronPay { owner_cut: cut, ..events };
            assert_eq!(line.pay, events, "uid {uid}");
            let told = explain(uid);
            assert_eq!(told.pay, events, "uid {uid}");
            assert_eq!(told.scores.iter().map(|one| one.paid.0).sum::<u64>(), events.incentive.0);
            assert_eq!(told.bonds.iter().map(|one| one.paid.0).sum::<u64>(), events.dividends.0);
            assert_eq!(told.recorded, outputs[uid as usize].emission);
            let reached = events.incentive.0 + events.dividends.0 - events.burned.0;
            assert_eq!(told.recorded, Alpha(reached));
        }
        let parts = &subnet.payout;
        let whole = [parts.owner_cut, parts.miners, parts.validators, parts.burned, parts.returned];
        assert_eq!(whole.iter().map(|part| part.0).sum::<u64>(), parts.total.0);
        assert!(parts.owner_cut == owner_cut && owner_cut > Alpha::ZERO);
        let of_events: u64 = paid.values().map(|pay| pay.incentive.0).sum();
        assert_eq!(parts.miners, Alpha(of_events));
    });
}

#[test]
fn explanation_should_name_what_was_clipped_and_why_nothing_was_paid() {
    state_of("local_testnet").execute_with(|| {
        paid_epoch();
        let lonely = explain(6);
        let clipped = lonely.scores.iter().find(|one| one.by == Uid(2)).unwrap();
        assert!(clipped.kept < clipped.weight && clipped.kept == lonely.consensus);
        assert_eq!(explain(7).no_incentive, Some(NoIncentive::NobodyScored));
        assert_eq!(explain(7).no_dividends, Some(NoDividends::NoPermit));
        let validator = explain(2);
        assert!(validator.standing.permit && validator.standing.active_stake > 0);
        assert_eq!(validator.row.len(), 3);
        assert!(validator.row[2].kept < validator.row[2].weight);
        let unknown = Runtime::explain_neuron(NETUID, FIRST, Uid(8));
        assert_eq!(unknown.unwrap_err(), ExplainError::UnknownUid(8));
        let unknown = Runtime::explain_subnet(NetUid(9), FIRST);
        assert_eq!(unknown.unwrap_err(), ExplainError::UnknownSubnet);
        let unknown = Runtime::explain_subnet(NETUID, MechanismId(1));
        assert_eq!(unknown.unwrap_err(), ExplainError::UnknownMechanism(1));
    });
}

#[test]
fn explanation_should_be_refused_when_no_epoch_has_run() {
    state_of("local_testnet").execute_with(|| {
        run_block(1, open_the_market);
        let refused = Runtime::explain_subnet(NETUID, FIRST);
        assert_eq!(refused.unwrap_err(), ExplainError::NoEpoch);
    });
}

#[test]
fn nominator_should_be_told_its_part_to_the_unit() {
    state_of("local_testnet").execute_with(|| {
        paid_epoch();
        let ask = |coldkey: Sr25519Keyring| {
            Runtime::explain_nominator(NETUID, FIRST, Uid(1), coldkey.to_account_id()).unwrap()
        };
        for (coldkey, owns) in [(Bob, true), (Charlie, false), (Dave, false)] {
            let told = ask(coldkey);
            assert_eq!(told.owns, owns);
            let rewards: Vec<_> = told.pools.iter().map(|pool| pool.reward).collect();
            assert_eq!(rewards, [told.pay.root, told.pay.subnet]);
            assert!(rewards.iter().all(|reward| *reward > Alpha::ZERO));
            for pool in &told.pools {
                let parts = pool.theirs.0 + pool.others.0 + pool.rounding.0;
                assert_eq!(Alpha(parts), pool.reward);
                assert!(pool.rounding <= Alpha(2), "{pool:?}");
                assert_eq!(pool.theirs > Alpha::ZERO, pool.points > 0);
            }
        }
        let (bob, charlie) = (&ask(Bob).pools[1], &ask(Charlie).pools[1]);
        let per_point = |pool: &NominatorPool| pool.theirs.0 as f64 / pool.points as f64;
        let ratio = per_point(bob) / per_point(charlie);
        assert!((ratio - 1.0).abs() < 1e-6, "{ratio}: alike by points, whatever they cost");
        assert_eq!(ask(Dave).pools[0].others, Alpha::ZERO, "alone on root");
    });
}

#[test]
fn preview_should_show_what_another_row_would_have_paid() {
    state_of("local_testnet").execute_with(|| {
        paid_epoch();
        let preview = |uids: &[u16], values: &[u16]| {
            Runtime::preview_row(NETUID, FIRST, Uid(2), uids.to_vec(), values.to_vec())
        };
        // As it was sent; what the chain stored of it is the same row.
        let same = preview(&[4, 5, 6], &[100, 200, 900]).unwrap();
        assert_eq!(same, preview(&[4, 5, 6], &[7_282, 14_563, 65_535]).unwrap());
        assert_eq!(same.before, same.after);
        assert_eq!(same.before.dividends, explain(2).pay.dividends);
        let agreeing = preview(&[5, 4], &[300, 600]).unwrap();
        assert!(agreeing.after.validator_trust > agreeing.before.validator_trust);
        assert!(agreeing.after.dividends > agreeing.before.dividends);
        let refused = |uids: &[u16], values: &[u16], error| {
            assert_eq!(preview(uids, values).unwrap_err(), ExplainError::Row(error));
        };
        refused(&[4], &[1, 2], RowError::LengthMismatch);
        refused(&[4, 4], &[1, 2], RowError::DuplicateUid(4));
        refused(&[8], &[1], RowError::UnknownUid(8));
        refused(&[4, 5], &[0, 0], RowError::AllZero);
        refused(&[1; 9], &[1; 9], RowError::TooMany);
        // As they were at the epoch, not as they are.
        HyperparametersOf::<Runtime>::mutate(NETUID, |values| {
            values.as_mut().unwrap().min_weights = 2;
        });
        assert!(preview(&[4], &[1]).is_ok());
        FrozenHeads::<Runtime>::mutate((NETUID, FIRST), |head| {
            let values = &mut head.as_mut().unwrap().hyperparameters;
            (values.min_weights, values.max_weight_share) = (2, 40_000);
        });
        refused(&[4], &[1], RowError::TooFew);
        refused(&[4, 5], &[1, 9], RowError::ShareTooLarge(5));
        let long = vec![1; 4_097];
        assert_eq!(preview(&long, &long).unwrap_err(), ExplainError::TooLong(4_096));
    });
}
