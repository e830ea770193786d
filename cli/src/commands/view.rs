//! `alun view`: what the chain knows.

use super::{stake, subnet};
use crate::{
    output::{Output, Show},
    shape::{alpha, alun, rounded, MarketShape, Markets, MetagraphShape},
    CliError, Context,
};
use alun_client::{
    views::EpochWork, AccountId, Alpha, Balance, BlockNumber, Chain, Event, MechanismId, Millis,
    NetUid, Ppm, Uid,
};
use clap::Subcommand;
use serde::Serialize;
use std::collections::BTreeMap;

/// Views.
#[derive(Debug, Subcommand)]
pub enum View {
    /// A subnet's neurons with stake, scores and pay
    #[command(after_help = "Example:\n  alun view metagraph 1")]
    Metagraph {
        /// The subnet
        netuid: u16,
        /// The mechanism whose scores to show
        #[arg(long, default_value_t = 0)]
        mechanism: u8,
    },
    /// All subnets, with the prices of their alpha
    #[command(after_help = "Example:\n  alun view subnets --json")]
    Subnets,
    /// A coldkey's tokens and stake
    #[command(after_help = "Example:\n  alun view stake --wallet alice")]
    Stake {
        /// The coldkey; the wallet's without it
        coldkey: Option<String>,
    },
    /// The hotkeys that can be staked on
    #[command(after_help = "Example:\n  alun view delegates")]
    Delegates,
    /// Markets: price, averaged price, reserves, and what waits to be traded
    #[command(after_help = "Examples:\n  alun view market\n  alun view market --netuid 1 --json")]
    Market {
        /// The subnet; all of them without it
        #[arg(long)]
        netuid: Option<u16>,
    },
    /// What each neuron of a subnet was paid lately, from the chain's events
    #[command(after_help = "Example:\n  alun view emission 1 --blocks 200")]
    Emission {
        /// The subnet
        netuid: u16,
        /// How many blocks back; nodes keep the state of the last 256 unless they are archives
        #[arg(
            long,
            default_value_t = 100,
            value_parser = clap::value_parser!(u32).range(1..)
        )]
        blocks: u32,
    },
    /// The chain as a whole, and the epoch that it is working on
    #[command(after_help = "Example:\n  alun view network")]
    Network,
}

/// Runs `alun view`.
pub async fn run(context: &Context, command: View) -> Result<(), CliError> {
    match command {
        View::Metagraph { netuid, mechanism } => {
            metagraph(context, NetUid(netuid), MechanismId(mechanism)).await
        }
        View::Subnets => subnet::list(context).await,
        View::Stake { coldkey } => stake::list(context, coldkey.as_deref()).await,
        View::Delegates => stake::delegates(context).await,
        View::Market { netuid } => market(context, netuid.map(NetUid)).await,
        View::Emission { netuid, blocks } => emission(context, NetUid(netuid), blocks).await,
        View::Network => network(context).await,
    }
}

async fn metagraph(
    context: &Context,
    netuid: NetUid,
    mechanism: MechanismId,
) -> Result<(), CliError> {
    let best = context.chain().await?.best().await?;
    if let Some(metagraph) = best.metagraph(netuid, mechanism).await? {
        let market = best.market(netuid).await?;
        return context.output.show(&MetagraphShape::new(&metagraph, market.as_ref()));
    }
    let subnet = best.subnet(netuid).await?.ok_or(CliError::NoSubnet(netuid))?;
    let last = subnet.mechanisms.saturating_sub(1);
    Err(CliError::NoMechanism { netuid, mechanism, last })
}

async fn market(context: &Context, netuid: Option<NetUid>) -> Result<(), CliError> {
    let best = context.chain().await?.best().await?;
    match netuid {
        Some(netuid) => {
            let market = best.market(netuid).await?.ok_or(CliError::NoSubnet(netuid))?;
            context.output.show(&MarketShape::from(&market))
        }
        None => {
            let markets = best.all_markets().await?;
            context.output.show(&Markets(markets.iter().map(MarketShape::from).collect()))
        }
    }
}

/// What one hotkey was paid on a subnet, in its alpha.
#[derive(Clone, Debug, Serialize)]
struct Paid {
    /// Uid at the last payment; `null` if it was paid as owner only.
    uid: Option<Uid>,
    /// Hotkey.
    hotkey: String,
    /// For mining.
    incentive: Alpha,
    /// For validating, what went to its stakers and its take included.
    dividends: Alpha,
    /// As the subnet's owner.
    owner_cut: Alpha,
    /// Sum of the three.
    earned: Alpha,
    /// Number of payments.
    payments: u32,
}

/// What a subnet's neurons were paid.
#[derive(Debug, Serialize)]
struct Emission {
    /// The subnet.
    netuid: NetUid,
    /// First block read.
    from: BlockNumber,
    /// Last block read.
    to: BlockNumber,
    /// Epochs that ran in them, over all mechanisms.
    epochs: u32,
    /// Burned because nobody earned it.
    burned: Alpha,
    /// Who was paid, most first.
    paid: Vec<Paid>,
}

impl Show for Emission {
    fn text(&self, output: &Output) -> String {
        let head = format!(
            "Subnet {}, blocks {} to {}: {} epochs, {} burned",
            self.netuid,
            self.from,
            self.to,
            self.epochs,
            alpha(self.netuid, self.burned)
        );
        if self.paid.is_empty() {
            return format!("{head}\nNobody was paid.");
        }
        let mut table = output.table(&[
            ">uid",
            "hotkey",
            ">incentive",
            ">dividends",
            ">owner cut",
            &format!(">earned (α{})", self.netuid),
            ">payments",
        ]);
        for paid in &self.paid {
            table.add_row([
                paid.uid.map_or_else(|| "-".to_owned(), |uid| uid.to_string()),
                paid.hotkey.clone(),
                rounded(paid.incentive.0),
                rounded(paid.dividends.0),
                rounded(paid.owner_cut.0),
                rounded(paid.earned.0),
                paid.payments.to_string(),
            ]);
        }
        format!("{head}\n{table}")
    }
}

/// Sums up payments, event by event.
struct Ledger {
    netuid: NetUid,
    epochs: u32,
    burned: Alpha,
    paid: BTreeMap<AccountId, Paid>,
}

impl Ledger {
    fn new(netuid: NetUid) -> Self {
        Self { netuid, epochs: 0, burned: Alpha::ZERO, paid: BTreeMap::new() }
    }

    /// Sums are below the cap of tokens, so that saturation is never reached.
    fn add(&mut self, event: &Event) {
        match event {
            Event::IncentivePaid(e) if e.netuid == self.netuid => {
                let paid = self.entry(&e.hotkey, Some(e.uid), e.amount);
                paid.incentive = paid.incentive.saturating_add(e.amount);
            }
            Event::DividendsPaid(e) if e.netuid == self.netuid => {
                let paid = self.entry(&e.hotkey, Some(e.uid), e.amount);
                paid.dividends = paid.dividends.saturating_add(e.amount);
            }
            Event::OwnerCutPaid(e) if e.netuid == self.netuid => {
                let paid = self.entry(&e.hotkey, None, e.amount);
                paid.owner_cut = paid.owner_cut.saturating_add(e.amount);
            }
            Event::EmissionBurned(e) if e.netuid == self.netuid => {
                self.burned = self.burned.saturating_add(e.amount);
            }
            Event::EpochRan(e) if e.netuid == self.netuid => {
                self.epochs = self.epochs.saturating_add(1);
            }
            _ => {}
        }
    }

    fn entry(&mut self, hotkey: &AccountId, uid: Option<Uid>, amount: Alpha) -> &mut Paid {
        let paid = self.paid.entry(*hotkey).or_insert_with(|| Paid {
            uid,
            hotkey: hotkey.to_string(),
            incentive: Alpha::ZERO,
            dividends: Alpha::ZERO,
            owner_cut: Alpha::ZERO,
            earned: Alpha::ZERO,
            payments: 0,
        });
        paid.uid = uid.or(paid.uid);
        paid.earned = paid.earned.saturating_add(amount);
        paid.payments = paid.payments.saturating_add(1);
        paid
    }

    fn finish(self, from: BlockNumber, to: BlockNumber) -> Emission {
        let mut paid: Vec<Paid> = self.paid.into_values().collect();
        paid.sort_by(|a, b| b.earned.cmp(&a.earned).then_with(|| a.hotkey.cmp(&b.hotkey)));
        Emission { netuid: self.netuid, from, to, epochs: self.epochs, burned: self.burned, paid }
    }
}

async fn emission(context: &Context, netuid: NetUid, blocks: u32) -> Result<(), CliError> {
    let chain = context.chain().await?;
    let best = chain.best().await?;
    if best.subnet(netuid).await?.is_none() {
        return Err(CliError::NoSubnet(netuid));
    }
    let to = best.number();
    // Block 0 has no events.
    let from = to.saturating_sub(blocks.saturating_sub(1)).max(1);
    let mut ledger = Ledger::new(netuid);
    for number in from..=to {
        if number % 50 == 0 {
            context.output.progress(format!("Reading block {number} of {to} …"));
        }
        read(&chain, number, &mut ledger).await?;
    }
    context.output.show(&ledger.finish(from, to))
}

async fn read(chain: &Chain, number: BlockNumber, ledger: &mut Ledger) -> Result<(), CliError> {
    let events = chain.at_number(number).await?.events().await?;
    events.iter().for_each(|event| ledger.add(event));
    Ok(())
}

/// The oldest epoch that is due and not finished.
#[derive(Debug, Serialize)]
struct Work {
    /// Subnet.
    netuid: NetUid,
    /// Mechanism.
    mechanism: MechanismId,
    /// Index.
    epoch: u64,
    /// Block at which it was due.
    due_at: BlockNumber,
    /// Blocks since then.
    lag: BlockNumber,
    /// Block at which its input was frozen; `null` until it is.
    frozen_at: Option<BlockNumber>,
    /// Neurons in it; `null` until it is frozen.
    neurons: Option<u16>,
    /// Neurons whose turn to be paid has passed; `null` until it is computed.
    paid: Option<u16>,
    /// Epochs in the queue, this one among them.
    queued: u64,
}

impl From<EpochWork> for Work {
    fn from(work: EpochWork) -> Self {
        let EpochWork { netuid, mechanism, epoch, due_at, lag, frozen_at, neurons, paid, queued } =
            work;
        Self { netuid, mechanism, epoch, due_at, lag, frozen_at, neurons, paid, queued }
    }
}

impl Work {
    /// One line.
    fn line(&self) -> String {
        let done = match (self.neurons, self.paid) {
            (None, _) => "waits".to_owned(),
            (Some(neurons), None) => format!("input of {neurons} neurons frozen"),
            (Some(neurons), Some(paid)) => format!("computed, {paid} of {neurons} neurons paid"),
        };
        format!(
            "{} of subnet {}, mechanism {}: {done}; due at block {}, {} blocks late; {} in the queue",
            self.epoch, self.netuid, self.mechanism, self.due_at, self.lag, self.queued
        )
    }
}

/// The chain as a whole.
#[derive(Debug, Serialize)]
struct Network {
    /// Genesis hash.
    genesis: String,
    /// Height of the best chain.
    best: BlockNumber,
    /// Height of the newest final block.
    finalized: BlockNumber,
    /// Milliseconds per block.
    slot_ms: Millis,
    /// Tokens in existence.
    issuance: Balance,
    /// Most that ever exist.
    cap: Balance,
    /// Minted by the last block.
    block_emission: Balance,
    /// Sum of the shares of all started subnets.
    total_shares: u64,
    /// Root weight, parts per million.
    root_weight: Ppm,
    /// Smallest amount of any token that may be staked or remain.
    dust_limit: Balance,
    /// What registering the next subnet costs: its market opens with it.
    subnet_lock: Balance,
    /// The account that may make root calls.
    sudo: Option<String>,
    /// Version of the runtime.
    spec_version: u32,
    /// The epoch that the chain is working on; `null` when none is due.
    epoch_work: Option<Work>,
}

impl Show for Network {
    fn text(&self, output: &Output) -> String {
        output.facts(&[
            ("genesis", self.genesis.clone()),
            ("best block", self.best.to_string()),
            ("final block", self.finalized.to_string()),
            ("time per block", format!("{} ms", self.slot_ms)),
            ("issuance", alun(self.issuance)),
            ("cap", alun(self.cap)),
            ("emission per block", alun(self.block_emission)),
            ("sum of shares", self.total_shares.to_string()),
            ("root weight", crate::shape::percent(self.root_weight)),
            ("dust limit", format!("{}, or as much alpha", alun(self.dust_limit))),
            ("lock of the next subnet", alun(self.subnet_lock)),
            ("sudo key", self.sudo.clone().unwrap_or_else(|| "none".into())),
            ("runtime", self.spec_version.to_string()),
            ("epoch in work", self.epoch_work.as_ref().map_or_else(|| "none".into(), Work::line)),
        ])
    }
}

async fn network(context: &Context) -> Result<(), CliError> {
    let chain = context.chain().await?;
    let best = chain.best().await?;
    let view = best.network().await?;
    context.output.show(&Network {
        genesis: crate::shape::hex_of(&chain.genesis()),
        best: best.number(),
        finalized: chain.finalized().await?.number(),
        slot_ms: view.slot_ms,
        issuance: view.issuance,
        cap: view.cap,
        block_emission: view.block_emission,
        total_shares: view.total_shares,
        root_weight: view.root_weight,
        dust_limit: view.dust_limit,
        subnet_lock: view.subnet_lock,
        sudo: best.sudo_key().await?.map(|key| key.to_string()),
        spec_version: best.spec_version(),
        epoch_work: best.epoch_work().await?.map(Work::from),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alun_client::events::{EpochRan, IncentivePaid, OwnerCutPaid};

    fn incentive(netuid: u16, hotkey: u8, amount: u64) -> Event {
        let (hotkey, coldkey) = (AccountId::from([hotkey; 32]), AccountId::from([9; 32]));
        Event::IncentivePaid(IncentivePaid {
            netuid: NetUid(netuid),
            mechanism: MechanismId(0),
            epoch: 1,
            uid: Uid(hotkey.0[0].into()),
            hotkey,
            coldkey,
            amount: Alpha(amount),
        })
    }

    #[test]
    fn work_should_say_how_far_the_epoch_has_got_and_how_late_it_is() {
        let work = |frozen_at: Option<u32>, paid| {
            Work::from(EpochWork {
                netuid: NetUid(3),
                mechanism: MechanismId(1),
                epoch: 12,
                due_at: 100,
                lag: 8,
                frozen_at,
                neurons: frozen_at.map(|_| 256),
                paid,
                queued: 2,
            })
            .line()
        };
        let late = "due at block 100, 8 blocks late; 2 in the queue";
        let head = "12 of subnet 3, mechanism 1";
        assert_eq!(work(None, None), format!("{head}: waits; {late}"));
        let frozen = work(Some(104), None);
        assert_eq!(frozen, format!("{head}: input of 256 neurons frozen; {late}"));
        let paid = work(Some(104), Some(64));
        assert_eq!(paid, format!("{head}: computed, 64 of 256 neurons paid; {late}"));
    }

    #[test]
    fn ledger_should_sum_per_hotkey_and_leave_out_other_subnets() {
        let mut ledger = Ledger::new(NetUid(1));
        for event in [incentive(1, 1, 5), incentive(1, 2, 50), incentive(1, 1, 7)] {
            ledger.add(&event);
        }
        ledger.add(&incentive(2, 1, 1_000));
        ledger.add(&Event::OwnerCutPaid(OwnerCutPaid {
            netuid: NetUid(1),
            mechanism: MechanismId(0),
            epoch: 1,
            hotkey: AccountId::from([1; 32]),
            coldkey: AccountId::from([9; 32]),
            amount: Alpha(100),
        }));
        ledger.add(&Event::EpochRan(EpochRan {
            netuid: NetUid(1),
            mechanism: MechanismId(0),
            epoch: 1,
            due_at: 1,
            lag: 0,
            neurons: 2,
            validators: 1,
            paid: Alpha(162),
        }));
        let emission = ledger.finish(1, 10);
        assert_eq!(emission.epochs, 1);
        let earned: Vec<_> =
            emission.paid.iter().map(|paid| (paid.uid, paid.earned.0, paid.payments)).collect();
        assert_eq!(earned, [(Some(Uid(1)), 112, 3), (Some(Uid(2)), 50, 1)]);
    }
}
