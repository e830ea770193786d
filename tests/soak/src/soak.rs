//! The run.

use crate::{
    books,
    calls::{self, Generator, Shot},
    chain::{pool, signed, Chain},
    save::Saved,
    tally::Tally,
    Dice, World,
};
use alun_runtime::{
    invariants, Balances, Executive, RuntimeCall, RuntimeError, RuntimeEvent, System,
};
use codec::{Decode, Encode};
use frame_support::traits::GetCallMetadata;
use sp_runtime::{transaction_validity::TransactionValidityError, DispatchError};
use std::collections::VecDeque;

/// How many of the last calls are kept, to be shown when something is wrong.
const KEPT: usize = 60;

/// How often what was removed from the state is forgotten for good, blocks.
const TIDY: u32 = 32;

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Settings {
    /// Most subnets.
    pub subnets: u16,
    /// Calls in a block.
    pub calls: u32,
    /// Accounts that own.
    pub coldkeys: u32,
    /// Accounts that work.
    pub hotkeys: u32,
    /// The seed.
    pub seed: u64,
}

impl Settings {
    /// Of so many subnets, with accounts enough to fill them.
    pub fn new(subnets: u16, seed: u64) -> Self {
        Self { subnets, calls: 70, coldkeys: 40, hotkeys: 160, seed }
    }
}

/// A run between two blocks.
pub struct Soak {
    /// What was asked for.
    pub settings: Settings,
    /// The chain.
    pub chain: Chain,
    /// What came of all calls.
    pub tally: Tally,
    /// Issuance by the account of events.
    pub ledger: i128,
    /// Units missing or too many, summed over all blocks.
    pub units_off: u128,
    /// Invariants that did not hold, summed over all blocks.
    pub violations: u64,
    /// What was wrong, in words.
    pub wrong: Vec<String>,
    /// The last calls, oldest first.
    pub last: VecDeque<String>,
    world: World,
    dice: Dice,
    table: Vec<Generator>,
}

impl Soak {
    /// From block 0, by the seed.
    pub fn new(settings: Settings) -> Self {
        let dice = Dice::Seeded(settings.seed);
        Self::with_dice(settings, dice)
    }

    /// From block 0, by these dice.
    pub fn with_dice(settings: Settings, dice: Dice) -> Self {
        let world =
            World::new(settings.coldkeys as usize, settings.hotkeys as usize, settings.subnets);
        let mut chain = Chain::new(world.genesis());
        let ledger = chain.on(|| i128::from(Balances::total_issuance()));
        Self {
            settings,
            chain,
            tally: Tally::default(),
            ledger,
            units_off: 0,
            violations: 0,
            wrong: Vec::new(),
            last: VecDeque::new(),
            world,
            dice,
            table: calls::table(),
        }
    }

    /// From a file.
    pub(crate) fn resumed(saved: Saved, world: World) -> Self {
        let state = sp_storage::Storage {
            top: saved.state.into_iter().collect(),
            children_default: Default::default(),
        };
        Self {
            settings: saved.settings,
            chain: Chain::at(state, saved.head.0, saved.head.1.into()),
            tally: saved.tally,
            ledger: saved.ledger,
            units_off: saved.off.0,
            violations: saved.off.1,
            wrong: Vec::new(),
            last: VecDeque::new(),
            world,
            dice: Dice::Seeded(saved.dice),
            table: calls::table(),
        }
    }

    /// The state of seeded dice.
    pub(crate) fn seed_state(&self) -> u64 {
        match self.dice {
            Dice::Seeded(state) => state,
            Dice::Bytes(..) => 0,
        }
    }

    /// Whether every check has held so far.
    pub fn is_sound(&self) -> bool {
        self.units_off == 0 && self.violations == 0
    }

    /// Whether nothing is left to choose from.
    pub fn is_over(&self) -> bool {
        self.dice.is_empty()
    }

    /// Makes a block and checks everything.
    pub fn block(&mut self) {
        let calls = self.settings.calls;
        let Self { chain, world, dice, tally, last, table, .. } = self;
        let number = chain.number + 1;
        chain.block(|| {
            for _ in 0..calls {
                if dice.is_empty() {
                    break;
                }
                if let Some((line, shot)) = choose(table, dice, world, number) {
                    keep(last, line);
                    fire(shot, world, dice, tally);
                }
            }
        });
        self.check();
        if self.chain.number.is_multiple_of(TIDY) {
            self.chain.storage();
        }
    }

    fn check(&mut self) {
        let Self { chain, ledger, tally, .. } = self;
        let (moved, off, broken) = chain.on(|| {
            let moved = books::moved();
            see(tally);
            (moved, books::units_off(*ledger + moved), invariants::broken())
        });
        *ledger += moved;
        self.units_off = self.units_off.saturating_add(off);
        self.violations += broken.len() as u64;
        let number = self.chain.number;
        if off > 0 {
            self.wrong.push(format!("block {number}: {off} units off"));
        }
        self.wrong.extend(broken.into_iter().map(|what| format!("block {number}: {what}")));
    }

    /// The line in which a run ends.
    pub fn line(&self) -> String {
        let (calls, ok, refused) = self.tally.sums();
        format!(
            "blocks={} calls={calls} ok={ok} refused={refused} units_off={} violations={}",
            self.chain.number, self.units_off, self.violations
        )
    }
}

/// Chooses a call by the weights of the table.
fn choose(
    table: &[Generator],
    dice: &mut Dice,
    world: &World,
    number: u32,
) -> Option<(String, Shot)> {
    let whole: u64 = table.iter().map(|generator| u64::from(generator.weight)).sum();
    let mut at = dice.below(whole);
    let generator = table.iter().find(|generator| {
        let weight = u64::from(generator.weight);
        let found = at < weight;
        at = at.saturating_sub(weight);
        found
    })?;
    let shot = (generator.make)(dice, world)?.named(generator.kind);
    let line = format!("block {number}: {} by {}: {:?}", shot.kind, shot.signer, shot.call);
    Some((line, shot))
}

fn keep(last: &mut VecDeque<String>, line: String) {
    if last.len() == KEPT {
        last.pop_front();
    }
    last.push_back(line);
}

/// Signs a call, asks the pool at times, applies it, counts what came of it.
fn fire(shot: Shot, world: &World, dice: &mut Dice, tally: &mut Tally) {
    let Some(key) = world.keys.get(shot.signer) else { return };
    let nonce = System::account_nonce(&key.account);
    let nonce = if dice.chance(1) { nonce.wrapping_add(1) } else { nonce };
    let tip = if dice.chance(5) { dice.below(10_000) } else { 0 };
    let wrapped = matches!(
        shot.call,
        RuntimeCall::Sudo(_) | RuntimeCall::Proxy(_) | RuntimeCall::Multisig(_)
    );
    let transaction = signed(key, nonce, tip, shot.call);
    if dice.chance(10) {
        tally.pool.0 += 1;
        tally.pool.1 += u64::from(pool(transaction.clone()).is_err());
    }
    let before = if wrapped { System::event_count() } else { 0 };
    let outcome = match Executive::apply_extrinsic(transaction) {
        Err(TransactionValidityError::Invalid(why)) => Err(format!("Invalid::{why:?}")),
        Err(TransactionValidityError::Unknown(why)) => Err(format!("Unknown::{why:?}")),
        Ok(Err(error)) => Err(name(error)),
        Ok(Ok(())) if wrapped => inner(before),
        Ok(Ok(())) => Ok(()),
    };
    tally.count(shot.kind, outcome);
}

/// What came of a call inside of another.
fn inner(before: u32) -> Result<(), String> {
    let results =
        System::read_events_no_consensus().skip(before as usize).filter_map(|record| match record
            .event
        {
            RuntimeEvent::Sudo(pallet_sudo::Event::Sudid { sudo_result }) => Some(sudo_result),
            RuntimeEvent::Proxy(pallet_proxy::Event::ProxyExecuted { result }) => Some(result),
            RuntimeEvent::Multisig(pallet_multisig::Event::MultisigExecuted { result, .. }) => {
                Some(result)
            }
            _ => None,
        });
    results.last().unwrap_or(Ok(())).map_err(name)
}

/// A refusal's name.
fn name(error: DispatchError) -> String {
    match error {
        DispatchError::Module(module) => match module.message {
            Some(message) => message.into(),
            None => RuntimeError::from_dispatch_error(error)
                .map_or_else(|| format!("{module:?}"), |error| format!("{error:?}")),
        },
        other => format!("{other:?}").chars().filter(|c| !c.is_whitespace()).collect(),
    }
}

/// Counts what the chain did by itself and what shows that a deep state was reached.
fn see(tally: &mut Tally) {
    for record in System::read_events_no_consensus() {
        let what = match record.event {
            RuntimeEvent::Consensus(pallet_consensus::Event::EpochRan { .. }) => "epochs",
            RuntimeEvent::Subnets(pallet_subnets::Event::NeuronDeregistered { .. }) => "evictions",
            RuntimeEvent::Emission(pallet_emission::Event::DividendsPaid { .. }) => "dividends",
            RuntimeEvent::Emission(pallet_emission::Event::IncentivePaid { .. }) => "incentives",
            RuntimeEvent::Market(pallet_market::Event::Redeemed { .. }) => "redemptions",
            RuntimeEvent::Subnets(pallet_subnets::Event::SlotReserved { .. }) => "reserved slots",
            RuntimeEvent::Subnets(pallet_subnets::Event::SubnetWoundUp { .. }) => "wind-ups",
            _ => continue,
        };
        *tally.seen.entry(what.into()).or_default() += 1;
    }
}

/// Every call of the runtime, as `Pallet.call`, but for those of these pallets.
pub fn known_calls(except: &[&str]) -> Vec<String> {
    <RuntimeCall as GetCallMetadata>::get_module_names()
        .iter()
        .filter(|pallet| !except.contains(pallet))
        .flat_map(|pallet| {
            let calls = <RuntimeCall as GetCallMetadata>::get_call_names(pallet);
            calls.iter().map(move |call| format!("{pallet}.{call}"))
        })
        .collect()
}

/// Any bytes are calls: a small chain that lives until they are used up.
pub fn from_bytes(bytes: Vec<u8>) -> Soak {
    let settings = Settings { subnets: 3, calls: 50, coldkeys: 6, hotkeys: 12, seed: 0 };
    let mut soak = Soak::with_dice(settings, Dice::Bytes(bytes, 0));
    while !soak.is_over() && soak.is_sound() {
        soak.block();
    }
    soak
}
