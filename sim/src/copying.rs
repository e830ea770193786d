//! `alun-sim copying`: what a copier of weight rows earns against an honest validator.
//!
//! One copier among nine honest validators, all with the same stake. Each question of the study is
//! a chart over the reveal period (0: rows are on chain at once).

use crate::{
    game::{play, GameError, Member, Setup, Strategy},
    plot::{Axis, Chart, Legend, Line, PlotError},
    rounded,
    subnet::{liquid_alpha, parameter},
};
use serde::Serialize;

/// Epochs between commit and reveal that are compared.
pub const REVEAL_PERIODS: [u16; 4] = [0, 1, 2, 4];
/// Other validators, with equal stake.
const HONEST: u16 = 9;

/// How much is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Games for each point, with seeds one after the other.
    pub games: u32,
    /// Epochs of each.
    pub epochs: u32,
    /// The first seed.
    pub seed: u64,
}

/// One market to copy in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Market {
    /// Epochs between commit and reveal.
    pub reveal_period: u16,
    /// Whether liquid alpha is on.
    pub liquid_alpha: bool,
    /// Part of the miners' quality that is new in each epoch.
    pub change: f64,
    /// Noise of an honest measurement, of the quality.
    pub noise: f64,
    /// β, 0 to 1.
    pub bonds_penalty: f64,
    /// The copier's part of the stake.
    pub stake: f64,
}

/// Miners that change at a middling pace, and the chain's defaults.
pub const USUAL: Market = Market {
    reveal_period: 1,
    liquid_alpha: false,
    change: 0.05,
    noise: 0.1,
    bonds_penalty: 1.0,
    stake: 0.1,
};

/// What a copier earns in one market.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// The market.
    #[serde(flatten)]
    pub market: Market,
    /// Its dividends per stake in those of the honest: mean of all games.
    pub of_honest: f64,
    /// The part of the incentive that went to other miners than deserved it, on average.
    pub misplaced_incentive: f64,
    /// The game in which the copier did worst.
    pub lowest: f64,
    /// The game in which it did best.
    pub highest: f64,
}

/// One question: a chart with a line for each answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Question {
    /// Name of the chart's file, without its extension.
    pub name: &'static str,
    /// What is asked.
    pub title: &'static str,
    /// The lines.
    pub lines: Vec<Answer>,
}

/// One line of a chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// What is varied.
    pub name: String,
    /// By reveal period.
    pub cells: Vec<Cell>,
}

/// The study's results.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Study {
    /// By question.
    pub questions: Vec<Question>,
}

/// A question before it is played: the lines with their markets at any reveal period.
type Plan = (&'static str, &'static str, Vec<(String, Market)>);

fn plans() -> Vec<Plan> {
    let changes = [("slowly (1 %", 0.01), ("(5 %", 0.05), ("fast (20 %", 0.2)];
    let by_change = |liquid_alpha| {
        let line = |(name, change)| {
            let name = format!("miners change {name} an epoch)");
            (name, Market { change, liquid_alpha, ..USUAL })
        };
        changes.into_iter().map(line).collect()
    };
    let by = |values: [f64; 3], name: &dyn Fn(f64) -> String, of: &dyn Fn(f64) -> Market| {
        values.into_iter().map(|value| (name(value), of(value))).collect()
    };
    let percent = |value: f64| format!("{:.0} %", value * 100.0);
    vec![
        ("copying-liquid-off", "Liquid alpha off", by_change(false)),
        ("copying-liquid-on", "Liquid alpha on", by_change(true)),
        (
            "copying-noise",
            "Noise of an honest measurement",
            by([0.02, 0.1, 0.3], &|v| format!("noise {}", percent(v)), &|noise| Market {
                noise,
                ..USUAL
            }),
        ),
        (
            "copying-stake",
            "Stake of the copier",
            by([0.1, 0.3, 0.45], &|v| format!("{} of the stake", percent(v)), &|stake| Market {
                stake,
                ..USUAL
            }),
        ),
        (
            "copying-penalty",
            "Bonds penalty",
            by([0.0, 0.5, 1.0], &|v| format!("β = {}", percent(v)), &|bonds_penalty| Market {
                bonds_penalty,
                ..USUAL
            }),
        ),
    ]
}

impl Study {
    /// Plays every market.
    ///
    /// # Errors
    ///
    /// Those of [`play`].
    pub fn run(effort: Effort) -> Result<Self, GameError> {
        let mut known: Vec<Cell> = Vec::new();
        let mut questions = Vec::new();
        for (name, title, lines) in plans() {
            let mut answers = Vec::new();
            for (name, market) in lines {
                let mut cells = Vec::new();
                for reveal_period in REVEAL_PERIODS {
                    let market = Market { reveal_period, ..market };
                    // Every question has the usual market in it.
                    let found = known.iter().find(|cell| cell.market == market).copied();
                    let cell = found.map_or_else(|| Cell::play(market, effort), Ok)?;
                    known.push(cell);
                    cells.push(cell);
                }
                answers.push(Answer { name, cells });
            }
            questions.push(Question { name, title, lines: answers });
        }
        Ok(Self { questions })
    }

    /// One line for each point of each chart.
    pub fn csv(&self) -> String {
        let mut text = String::from(
            "question,line,reveal_period,liquid_alpha,change,noise,bonds_penalty,stake,of_honest,lowest,highest,misplaced_incentive\n",
        );
        for question in &self.questions {
            for answer in &question.lines {
                for Cell { market, of_honest, lowest, highest, misplaced_incentive } in
                    &answer.cells
                {
                    let Market { reveal_period, liquid_alpha, change, noise, .. } = market;
                    text.push_str(&format!(
                        "{},{},{reveal_period},{liquid_alpha},{change},{noise},{},{},{of_honest:.4},{lowest:.4},{highest:.4},{misplaced_incentive:.4}\n",
                        question.name, answer.name, market.bonds_penalty, market.stake,
                    ));
                }
            }
        }
        text
    }

    /// The charts with the names of their files.
    ///
    /// # Errors
    ///
    /// Those of [`Chart::svg`].
    pub fn charts(&self) -> Result<Vec<(String, String)>, PlotError> {
        let of = |question: &Question| (question.name, question.chart());
        // What waiting costs does not depend on who copies: one question shows it.
        let cost = self.questions.first().map(|question| ("copying-cost", question.cost_chart()));
        let charts = self.questions.iter().map(of).chain(cost);
        charts.map(|(name, chart)| Ok((format!("{name}.svg"), chart.svg()?))).collect()
    }
}

impl Cell {
    /// Plays one market.
    ///
    /// # Errors
    ///
    /// Those of [`play`].
    pub fn play(market: Market, effort: Effort) -> Result<Self, GameError> {
        let mut returns = Vec::new();
        let mut misplaced = 0.0;
        for game in 0..effort.games {
            let seed = effort.seed.wrapping_add(game.into());
            let outcome = play(&market.setup(effort.epochs, seed))?;
            let copier = outcome.of(Strategy::Copier).and_then(|pay| pay.of_honest);
            returns.extend(copier);
            misplaced += outcome.misplaced_incentive;
        }
        let mean = returns.iter().sum::<f64>() / returns.len().max(1) as f64;
        let misplaced = misplaced / f64::from(effort.games.max(1));
        let fold = |start, pick: fn(f64, f64) -> f64| returns.iter().copied().fold(start, pick);
        Ok(Self {
            market,
            of_honest: rounded(mean),
            misplaced_incentive: rounded(misplaced),
            lowest: fold(f64::INFINITY, f64::min),
            highest: fold(f64::NEG_INFINITY, f64::max),
        })
    }
}

impl Market {
    /// The game in this market.
    pub fn setup(&self, epochs: u32, seed: u64) -> Setup {
        let mut setup = Setup {
            population: vec![
                Member { strategy: Strategy::Honest, validators: HONEST, stake: 1.0 - self.stake },
                Member { strategy: Strategy::Copier, validators: 1, stake: self.stake },
            ],
            change: self.change,
            noise: self.noise,
            reveal_period: self.reveal_period,
            epochs,
            seed,
            ..Setup::default()
        };
        setup.params.liquid_alpha = liquid_alpha(self.liquid_alpha);
        setup.params.bonds_penalty = parameter(self.bonds_penalty);
        setup
    }
}

impl Question {
    /// What the copier earns.
    pub fn chart(&self) -> Chart {
        Chart {
            title: format!("{}: what a copier earns", self.title),
            x: reveal_axis(),
            y: Axis { digits: 0, ..Axis::new("% of an honest validator, per stake", 80.0, 115.0) },
            lines: self.chart_lines(|cell| cell.of_honest * 100.0),
            legend: Legend::Upper,
        }
    }

    /// What everybody pays for old rows.
    fn cost_chart(&self) -> Chart {
        Chart {
            title: "What waiting costs: incentive that goes to the wrong miners".to_owned(),
            x: reveal_axis(),
            y: Axis { digits: 0, ..Axis::new("% of the incentive", 0.0, 20.0) },
            lines: self.chart_lines(|cell| cell.misplaced_incentive * 100.0),
            legend: Legend::Upper,
        }
    }

    fn chart_lines(&self, height: impl Fn(&Cell) -> f64) -> Vec<Line> {
        let point = |cell: &Cell| (f64::from(cell.market.reveal_period), height(cell));
        let line = |answer: &Answer| Line {
            name: answer.name.clone(),
            points: answer.cells.iter().map(point).collect(),
        };
        self.lines.iter().map(line).collect()
    }
}

fn reveal_axis() -> Axis {
    Axis { ticks: 5, digits: 0, ..Axis::new("reveal period, epochs", 0.0, 4.0) }
}
