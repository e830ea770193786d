//! `alun explain`: why the last epoch paid what it paid.

use super::weights;
use crate::{
    shape::{
        NeuronExplanationShape, NominatorShape, NominatorsShape, PreviewShape, Side,
        SubnetExplanationShape,
    },
    CliError, Context,
};
use alun_client::{
    views::ExplainError, AccountId, Alpha, At, BlockNumber, Explained, MechanismId, NetUid,
    NeuronExplanation, Position, SubnetExplanation, Uid,
};
use clap::{Args, Subcommand};

/// Explanations.
#[derive(Debug, Subcommand)]
pub enum Explain {
    /// What a neuron was paid: who scored it, what was clipped, which bonds paid it, or why it got
    /// nothing
    #[command(after_help = "Examples:\n  alun explain neuron --netuid 1 4\n  \
                            alun explain neuron --netuid 1 alice/miner --json")]
    Neuron(Who),
    /// What a validator earned: its row, its bonds, and how its dividends were divided
    #[command(after_help = "Example:\n  alun explain validator --netuid 1 0")]
    Validator(Who),
    /// What of the validators' pay is a nominator's
    #[command(after_help = "Examples:\n  alun explain nominator --netuid 1 --wallet alice\n  \
                            alun explain nominator --netuid 1 0 --coldkey alice")]
    Nominator {
        /// Which epoch.
        #[command(flatten)]
        which: Which,
        /// Uid or hotkey of the validator; all that the nominator staked on without it
        #[arg(value_name = "UID|HOTKEY")]
        who: Option<String>,
        /// The nominator; the wallet's coldkey without it
        #[arg(long, value_name = "ACCOUNT")]
        coldkey: Option<String>,
    },
    /// Where an epoch's amount went
    #[command(after_help = "Examples:\n  alun explain subnet --netuid 1\n  \
                            alun explain subnet --netuid 1 --at 4500 --url ws://archive:9944")]
    Subnet(Which),
}

/// Which epoch.
#[derive(Debug, Args)]
pub struct Which {
    /// The subnet
    #[arg(long)]
    netuid: u16,
    /// The mechanism
    #[arg(long, default_value_t = 0)]
    mechanism: u8,
    /// Explain the last epoch before this block; old blocks need an archive node
    #[arg(long, value_name = "BLOCK")]
    at: Option<BlockNumber>,
}

/// Which neuron of which epoch.
#[derive(Debug, Args)]
pub struct Who {
    /// Which epoch.
    #[command(flatten)]
    which: Which,
    /// Uid or hotkey at the epoch; the wallet's hotkey without it
    #[arg(value_name = "UID|HOTKEY")]
    who: Option<String>,
}

/// Runs `alun explain`.
pub async fn run(context: &Context, command: Explain) -> Result<(), CliError> {
    match command {
        Explain::Neuron(who) => neuron(context, &who, Side::Both).await,
        Explain::Validator(who) => neuron(context, &who, Side::Validator).await,
        Explain::Nominator { which, who, coldkey } => {
            nominator(context, &which, who.as_deref(), coldkey.as_deref()).await
        }
        Explain::Subnet(which) => {
            let place = Place::of(context, &which).await?;
            context.output.show(&SubnetExplanationShape::from(&place.subnet().await?))
        }
    }
}

/// Explains what the last epoch would have given with another row of the wallet's hotkey.
pub(crate) async fn preview(
    context: &Context,
    (netuid, mechanism): (NetUid, MechanismId),
    uids: Vec<u16>,
    values: Vec<u16>,
) -> Result<(), CliError> {
    let at = context.chain().await?.best().await?;
    let place = Place { at, netuid, mechanism };
    let uid = place.uid(context, None).await?;
    let answer = place.at.preview_row(netuid, mechanism, uid, uids, values).await?;
    context.output.show(&PreviewShape::from(&place.told(answer)?))
}

async fn neuron(context: &Context, who: &Who, side: Side) -> Result<(), CliError> {
    let place = Place::of(context, &who.which).await?;
    let uid = place.uid(context, who.who.as_deref()).await?;
    context.output.show(&NeuronExplanationShape::new(&place.neuron(uid).await?, side))
}

async fn nominator(
    context: &Context,
    which: &Which,
    who: Option<&str>,
    coldkey: Option<&str>,
) -> Result<(), CliError> {
    let coldkey = context.account_or_coldkey(coldkey)?;
    let place = Place::of(context, which).await?;
    let subnet = place.subnet().await?;
    let uids = match who {
        Some(_) => vec![place.uid(context, who).await?],
        None => staked_on(&subnet, &place.at.stake_of(&coldkey).await?),
    };
    let mut validators = Vec::with_capacity(uids.len());
    for uid in uids {
        let Place { at, netuid, mechanism } = &place;
        let answer = at.explain_nominator(*netuid, *mechanism, uid, &coldkey).await?;
        let told = place.told(answer)?;
        let paid = subnet.neurons.get(uid.index());
        // It was explained, so that it is one of the neurons.
        let paid = paid.ok_or_else(|| place.no_uid(subnet.neurons.len()))?;
        let stake = match told.no_dividends {
            Some(_) => Some(place.neuron(uid).await?.standing.stake),
            None => None,
        };
        validators.push(NominatorShape::new(&told, paid, stake));
    }
    let theirs = validators.iter().map(|validator| validator.theirs);
    let shape = NominatorsShape {
        coldkey: coldkey.to_string(),
        netuid: place.netuid,
        // Saturation: parts of one payout, which fits.
        theirs: theirs.fold(Alpha::ZERO, Alpha::saturating_add),
        validators,
    };
    context.output.show(&shape)
}

/// The neurons of the epoch in whose pools these positions are, whether they earned anything or not.
fn staked_on(subnet: &SubnetExplanation, positions: &[Position]) -> Vec<Uid> {
    let here = |netuid: NetUid| netuid == subnet.epoch.netuid || netuid.is_root();
    let on =
        |hotkey: &AccountId| positions.iter().any(|one| here(one.netuid) && one.hotkey == *hotkey);
    let staked = subnet.neurons.iter().filter(|line| on(&line.hotkey));
    staked.map(|line| line.uid).collect()
}

/// A mechanism of a subnet at a block: its last epoch is what is explained.
struct Place {
    at: At,
    netuid: NetUid,
    mechanism: MechanismId,
}

impl Place {
    async fn of(context: &Context, which: &Which) -> Result<Self, CliError> {
        let chain = context.chain().await?;
        let at = match which.at {
            Some(number) => chain.at_number(number).await?,
            None => chain.best().await?,
        };
        Ok(Self { at, netuid: NetUid(which.netuid), mechanism: MechanismId(which.mechanism) })
    }

    async fn subnet(&self) -> Result<SubnetExplanation, CliError> {
        self.told(self.at.explain_subnet(self.netuid, self.mechanism).await?)
    }

    async fn neuron(&self, uid: Uid) -> Result<NeuronExplanation, CliError> {
        self.told(self.at.explain_neuron(self.netuid, self.mechanism, uid).await?)
    }

    fn no_uid(&self, neurons: usize) -> CliError {
        let neurons = u16::try_from(neurons).unwrap_or(u16::MAX);
        CliError::NoExplanation(self.sentence(ExplainError::UnknownUid(neurons)))
    }

    /// The uid at the epoch of what was typed, or of the wallet's hotkey.
    async fn uid(&self, context: &Context, who: Option<&str>) -> Result<Uid, CliError> {
        let hotkey = match who.map(|who| (who, who.parse::<u16>())) {
            Some((_, Ok(uid))) => return Ok(Uid(uid)),
            Some((who, Err(_))) => context.account(who)?,
            None => context.hotkey_account()?,
        };
        let neurons = self.subnet().await?.neurons;
        let found = neurons.iter().find(|line| line.hotkey == hotkey).map(|line| line.uid);
        let who = who.map_or_else(|| format!("hotkey {}", context.global.hotkey), str::to_owned);
        found.ok_or(CliError::NoNeuron { who, netuid: self.netuid })
    }

    /// The explanation, or why there is none.
    fn told<T>(&self, answer: Explained<T>) -> Result<T, CliError> {
        let (netuid, mechanism) = (self.netuid, self.mechanism);
        answer.map_err(|error| match error {
            ExplainError::UnknownSubnet => CliError::NoSubnet(netuid),
            ExplainError::UnknownMechanism(mechanisms) => {
                CliError::NoMechanism { netuid, mechanism, last: mechanisms.saturating_sub(1) }
            }
            other => CliError::NoExplanation(self.sentence(other)),
        })
    }

    fn sentence(&self, error: ExplainError) -> String {
        let (netuid, block) = (self.netuid, self.at.number());
        match error {
            ExplainError::UnknownUid(neurons) => format!(
                "subnet {netuid} had {neurons} neurons at the epoch, with uids from 0; no other \
                 can be named"
            ),
            ExplainError::NoEpoch => format!(
                "at block {block} there is no epoch of subnet {netuid} to explain: none has run, or \
                 one is being paid right now; try again in a few blocks"
            ),
            ExplainError::TooLong(limit) => format!("a row has at most {limit} entries"),
            ExplainError::BadRow => "the row names a uid twice, or lacks a value".into(),
            ExplainError::Row(error) => format!(
                "subnet {netuid} would not have accepted the row at the epoch: {}",
                weights::fault(error)
            ),
            ExplainError::Failed => format!(
                "the last epoch of subnet {netuid} could not be computed again: please report it"
            ),
            ExplainError::UnknownSubnet | ExplainError::UnknownMechanism(_) => {
                format!("there is no such subnet or mechanism on subnet {netuid}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alun_client::views::{EpochView, NeuronPay, NoDividends, PaidLine, PayoutView};

    fn subnet() -> SubnetExplanation {
        let none = Alpha::ZERO;
        let line = |uid: u8, dividends: Alpha| PaidLine {
            uid: Uid(uid.into()),
            hotkey: AccountId::from([uid; 32]),
            pay: NeuronPay { dividends, subnet: dividends, ..NeuronPay::default() },
            recorded: dividends,
            no_incentive: None,
            no_dividends: dividends.is_zero().then_some(NoDividends::NoBonds),
        };
        SubnetExplanation {
            epoch: EpochView {
                netuid: NetUid(1),
                mechanism: MechanismId::FIRST,
                epoch: 7,
                frozen_at: 90,
                paid_at: 92,
                kappa: 32_767,
            },
            payout: PayoutView {
                total: Alpha(5),
                owner_cut: none,
                miners: none,
                validators: Alpha(5),
                burned: none,
                returned: none,
            },
            miners_burned: false,
            by_stake: false,
            owner: None,
            neurons: vec![line(0, Alpha(5)), line(1, none), line(2, none), line(3, none)],
        }
    }

    #[test]
    fn nominator_should_hear_of_every_validator_it_staked_on_when_some_earned_nothing() {
        let position = |hotkey: u8, netuid| Position {
            hotkey: AccountId::from([hotkey; 32]),
            netuid: NetUid(netuid),
            value: 0,
            native: 0,
            points: 0,
        };
        let positions = [position(0, 1), position(1, 1), position(2, 0), position(3, 2)];
        // The last is on another subnet.
        assert_eq!(staked_on(&subnet(), &positions), [Uid(0), Uid(1), Uid(2)]);
        assert_eq!(staked_on(&subnet(), &[position(9, 1)]), []);
    }
}
