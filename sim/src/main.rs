//! `alun-sim`: see `alun-sim --help`.

use alun_sim::two_teams::Game;
use clap::Parser;

/// Plays the two-team game and prints one JSON object a line: the honest team's part of emission
/// against the cabal's best choice, for each honest stake from 0.3 to 0.9.
#[derive(Parser)]
#[command(
    name = "alun-sim",
    version,
    after_help = "Example:\n  alun-sim --honest-utility 0.7 --noise 0.2"
)]
struct Args {
    /// What honest miners deserve of an honest row, 0 to 1.
    #[arg(long, env = "ALUN_SIM_HONEST_UTILITY", default_value_t = 0.7)]
    honest_utility: f64,
    /// Noise on honest weights, relative to the mean weight.
    #[arg(long, env = "ALUN_SIM_NOISE", default_value_t = 0.0)]
    noise: f64,
    /// κ, 0 to 1.
    #[arg(long, env = "ALUN_SIM_KAPPA", default_value_t = 0.5)]
    kappa: f64,
    /// Bonds penalty β, 0 to 1.
    #[arg(long, env = "ALUN_SIM_BONDS_PENALTY", default_value_t = 1.0)]
    bonds_penalty: f64,
    /// Epochs in a game.
    #[arg(long, env = "ALUN_SIM_EPOCHS", default_value_t = 50)]
    epochs: u32,
    /// Seed of the noise.
    #[arg(long, env = "ALUN_SIM_SEED", default_value_t = 1)]
    seed: u64,
    /// TOML file with any of these settings.
    #[arg(long, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let args: Args = alun_settings::parse()?;
    for step in 6..=18u32 {
        let game = Game {
            honest_stake: f64::from(step) * 0.05,
            honest_utility: args.honest_utility,
            cabal_self: 1.0,
            noise: args.noise,
            kappa: args.kappa,
            bonds_penalty: args.bonds_penalty,
            epochs: args.epochs,
            seed: args.seed,
        };
        let (honest, cabal_self) = game.worst_case()?;
        let line = serde_json::json!({"game": game, "honest_part": honest, "cabal_self": cabal_self, "kept": honest >= game.honest_stake});
        println!("{line}");
    }
    Ok(())
}
