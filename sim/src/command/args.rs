//! Every flag.

use crate::{
    game::{Member, Setup},
    guarantee::{Grid, Network},
    subnet::{liquid_alpha, parameter, params},
    whatif::{Change, Question, WhatIfError},
};
use alun_client::{MechanismId, NetUid};
use alun_yuma::{BondRule, Params};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Subnets without a chain, on the chain's own consensus maths: replays test vectors, plays
/// populations of validators, and checks what an honest majority is promised. Answers are JSON on
/// standard output.
#[derive(Parser)]
#[command(name = "alun-sim", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Compute the step scripts of a file in the format of the vectors.
    #[command(
        after_help = "Example:\n  alun-sim replay crates/yuma/tests/data/epoch.json --check"
    )]
    Replay(ReplayArgs),
    /// Play a population of validators over many epochs: who earns what.
    #[command(after_help = "Example:\n  alun-sim game --population honest=9:90,copier=1:10 \
                      --reveal-period 1 --csv game.csv --plot game.svg")]
    Game(Box<GameArgs>),
    /// Play the two-team game: the utility that an honest majority needs against a cabal, next to
    /// what is published of it.
    #[command(
        after_help = "Example:\n  alun-sim guarantee --plots docs/plots --csv guarantee.csv"
    )]
    Guarantee(GuaranteeArgs),
    /// Study weight copying: what a copier earns against an honest validator.
    #[command(after_help = "Example:\n  alun-sim copying --plots docs/plots --csv copying.csv")]
    Copying(CopyingArgs),
    /// Compute the last epoch of a live chain's subnet again with something changed: what it would
    /// have paid, next to what it paid.
    #[command(
        name = "whatif",
        after_help = "Example:\n  alun-sim whatif --netuid 1 --set kappa=60% --stake 3=1500 \
                      --row 0=4:100,5:50"
    )]
    WhatIf(WhatIfArgs),
}

/// Of `replay`.
#[derive(Args)]
pub struct ReplayArgs {
    /// The file.
    pub file: PathBuf,
    /// Fail where a number differs from what the file expects.
    #[arg(long)]
    pub check: bool,
}

/// How bonds move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rule {
    /// A bond is a share of its column ("Yuma2").
    Classic,
    /// A bond is a proportion of its own ("Yuma3").
    StakeFree,
}

/// Of `game`.
#[derive(Args)]
pub struct GameArgs {
    /// Groups of validators: STRATEGY=VALIDATORS:STAKE, with STAKE that of the whole group relative
    /// to the others' and STRATEGY one of honest, noisy, late, lazy, copier, cabal.
    #[arg(
        long,
        value_name = "GROUP",
        value_delimiter = ',',
        default_value = "honest=6:60,noisy=1:5,late=1:5,lazy=1:5,copier=1:5,cabal=2:20"
    )]
    population: Vec<Member>,
    /// Miners that work for anybody.
    #[arg(long, default_value_t = 40)]
    miners: u16,
    /// Miners that a cabal brings.
    #[arg(long, default_value_t = 8)]
    cabal_miners: u16,
    /// Quality of a cabal's miner, 0 to 1; that of the others is 1 on average.
    #[arg(long, default_value_t = 0.2)]
    cabal_quality: f64,
    /// Part of the miners' quality that is new in each epoch, 0 to 1.
    #[arg(long, default_value_t = 0.05)]
    change: f64,
    /// Noise of an honest measurement, of the quality.
    #[arg(long, default_value_t = 0.1)]
    noise: f64,
    /// Epochs between commit and reveal; 0 sets rows on chain in the open.
    #[arg(long, default_value_t = 1)]
    reveal_period: u16,
    /// κ, 0 to 1.
    #[arg(long, default_value_t = 0.5, value_parser = part, allow_negative_numbers = true)]
    kappa: f64,
    /// β, 0 to 1.
    #[arg(long, default_value_t = 1.0, value_parser = part, allow_negative_numbers = true)]
    bonds_penalty: f64,
    /// Part of the old bonds that stays in each epoch, 0 to 1.
    #[arg(long, default_value_t = 0.9, value_parser = part, allow_negative_numbers = true)]
    bonds_moving_average: f64,
    /// How bonds move.
    #[arg(long, value_enum, default_value = "stake-free")]
    bond_rule: Rule,
    /// Turn liquid alpha on.
    #[arg(long)]
    liquid_alpha: bool,
    /// Epochs that count.
    #[arg(long, default_value_t = 500)]
    epochs: u32,
    /// Epochs before these, in which bonds grow.
    #[arg(long, default_value_t = 50)]
    warm_up: u32,
    /// Seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write what each strategy earned in each epoch to this file.
    #[arg(long, value_name = "FILE")]
    pub(super) csv: Option<PathBuf>,
    /// Draw it to this file, as SVG.
    #[arg(long, value_name = "FILE")]
    pub(super) plot: Option<PathBuf>,
}

impl GameArgs {
    /// The game that the flags describe.
    pub fn setup(&self) -> Setup {
        let bond_rule = match self.bond_rule {
            Rule::Classic => BondRule::Classic,
            Rule::StakeFree => BondRule::StakeFree,
        };
        let moving_average = (self.bonds_moving_average * 1e6).round();
        Setup {
            population: self.population.clone(),
            miners: self.miners,
            cabal_miners: self.cabal_miners,
            cabal_quality: self.cabal_quality,
            change: self.change,
            noise: self.noise,
            reveal_period: self.reveal_period,
            params: Params {
                kappa: parameter(self.kappa),
                bonds_penalty: parameter(self.bonds_penalty),
                bonds_moving_average: moving_average as u32,
                bond_rule,
                liquid_alpha: liquid_alpha(self.liquid_alpha),
                ..params(0)
            },
            epochs: self.epochs,
            warm_up: self.warm_up,
            seed: self.seed,
        }
    }
}

/// Of `guarantee`.
#[derive(Args)]
pub struct GuaranteeArgs {
    /// Honest parts of the stake, 0.5 to 1; 0.6 is compared with what is published.
    #[arg(
        long,
        value_name = "PART",
        value_delimiter = ',',
        value_parser = stake_part,
        default_value = "0.51,0.55,0.6,0.65,0.7,0.75,0.8,0.85,0.9,0.95,0.99"
    )]
    stakes: Vec<f64>,
    /// Neurons, validators included.
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u16).range(8..=4096))]
    neurons: u16,
    /// Validators; at most half of the neurons are used.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(2..=256))]
    validators: u16,
    /// Steps of the cabal's choice from 0 to 1.
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=1000))]
    cabal_steps: u32,
    /// Draws of stake and weights for each point.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    samples: u32,
    /// How bonds move; the published figures are of the classic rule.
    #[arg(long, value_enum, default_value = "classic")]
    bond_rule: Rule,
    /// Seed of the first draw.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the curves to this file.
    #[arg(long, value_name = "FILE")]
    pub(super) csv: Option<PathBuf>,
    /// Draw them to this folder, as SVG.
    #[arg(long, value_name = "FOLDER")]
    pub(super) plots: Option<PathBuf>,
}

fn part(text: &str) -> Result<f64, String> {
    let part = text.trim().parse().ok().filter(|part: &f64| (0.0..=1.0).contains(part));
    part.ok_or_else(|| "it must be a number from 0 to 1".into())
}

fn stake_part(text: &str) -> Result<f64, String> {
    let part = text.trim().parse().ok().filter(|part: &f64| (0.5..1.0).contains(part));
    part.ok_or_else(|| "it must be a number from 0.5 to below 1".into())
}

impl GuaranteeArgs {
    /// The network to draw.
    pub fn network(&self) -> Network {
        let neurons = usize::from(self.neurons);
        let validators = usize::from(self.validators).min(neurons / 2);
        Network { neurons, validators, ..Network::default() }
    }

    /// The points to compute.
    pub fn grid(&self) -> Grid {
        Grid {
            stakes: self.stakes.clone(),
            cabal_steps: self.cabal_steps,
            samples: self.samples,
            seed: self.seed,
        }
    }

    /// Whether bonds follow the stake-free rule.
    pub fn stake_free(&self) -> bool {
        self.bond_rule == Rule::StakeFree
    }
}

/// Of `copying`.
#[derive(Args)]
pub struct CopyingArgs {
    /// Games for each point.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) games: u32,
    /// Epochs of each game.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) epochs: u32,
    /// Seed of the first game.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Write the points to this file.
    #[arg(long, value_name = "FILE")]
    pub(super) csv: Option<PathBuf>,
    /// Draw them to this folder, as SVG.
    #[arg(long, value_name = "FOLDER")]
    pub(super) plots: Option<PathBuf>,
}

/// Of `whatif`.
#[derive(Args)]
pub struct WhatIfArgs {
    /// Address of a node.
    #[arg(long, default_value = "ws://127.0.0.1:9944")]
    url: String,
    /// The subnet.
    #[arg(long)]
    netuid: u16,
    /// The mechanism.
    #[arg(long, default_value_t = 0)]
    mechanism: u8,
    /// Ask about the last epoch before this block instead of the last one; old blocks need an
    /// archive node.
    #[arg(long, value_name = "BLOCK")]
    at: Option<u32>,
    /// Another value of a hyperparameter, as `alun subnet set` takes it. May be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Another stake weight of a neuron, in tokens. May be repeated.
    #[arg(long, value_name = "UID=TOKENS")]
    stake: Vec<String>,
    /// Another weight row of a neuron, sent just before the epoch and judged as the chain judges
    /// rows; UID= for no row. May be repeated.
    #[arg(long, value_name = "UID=TARGET:VALUE,…")]
    row: Vec<String>,
}

impl WhatIfArgs {
    /// Which epoch is asked about.
    pub fn question(&self) -> Question {
        Question {
            url: self.url.clone(),
            netuid: NetUid(self.netuid),
            mechanism: MechanismId(self.mechanism),
            at: self.at,
        }
    }

    /// What is changed: hyperparameters, then stake, then rows.
    pub fn changes(&self) -> Result<Vec<Change>, WhatIfError> {
        let set = self.set.iter().map(|text| Change::hyperparameter(text));
        let stake = self.stake.iter().map(|text| Change::stake(text));
        let row = self.row.iter().map(|text| Change::row(text));
        set.chain(stake).chain(row).collect()
    }
}
