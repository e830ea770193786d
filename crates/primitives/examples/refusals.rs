//! Prints the table of pool refusals that `docs/errors.md` holds:
//! `cargo run --release -p alun-primitives --example refusals`.

use alun_primitives::Refusal;

fn main() {
    print!("{}", table());
}

/// The table: number, name, sentence.
pub fn table() -> String {
    let rows: String = Refusal::ALL
        .iter()
        .map(|refusal| format!("| {} | `{refusal:?}` | {} |\n", refusal.code(), refusal.sentence()))
        .collect();
    format!("| code | name | what it means and what to do |\n|---|---|---|\n{rows}")
}
