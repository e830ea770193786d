//! Embeddings beside onnxruntime: from texts to unit vectors, tokenizers included.

use crate::{
    floors::Floors,
    measure::{pause, seconds, Rounds},
    peers::Peer,
};
use alun_inference::EmbeddingModel;
use anyhow::{ensure, Result};
use serde_json::{json, Value};

/// Words of one token each.
const WORDS: [&str; 12] = [
    "market", "river", "stone", "light", "paper", "winter", "garden", "number", "music", "window",
    "bread", "north",
];
/// Operations of a token in the products of all layers, two for each weight.
const OPERATIONS: f64 = 2.0 * 6.0 * (4.0 * 384.0 * 384.0 + 2.0 * 384.0 * 1_536.0);
/// About how long one side of a round takes.
const SECONDS: f64 = 0.4;

/// A text of exactly `tokens` tokens, its two special ones included.
fn text(tokens: usize, seed: usize) -> String {
    let word = |at: usize| WORDS[(seed * 7 + at * at + 3 * at) % WORDS.len()];
    (0..tokens.saturating_sub(2)).map(word).collect::<Vec<_>>().join(" ")
}

/// Lengths of the texts of a case, and its name.
fn cases() -> Vec<(&'static str, Vec<usize>)> {
    let mixed = (0..32).map(|at| 6 + at * 37 % 123).collect();
    vec![
        ("1 × 16", vec![16]),
        ("1 × 128", vec![128]),
        ("8 × 32", vec![32; 8]),
        ("32 × 32", vec![32; 32]),
        ("32 × 128", vec![128; 32]),
        ("32 mixed", mixed),
    ]
}

pub fn run(
    model: &EmbeddingModel,
    peer: &mut Peer,
    rounds: usize,
    floors: &Floors,
) -> Result<Vec<Value>> {
    println!("embeddings   ours tok/s  peer tok/s   ratio   of the peak");
    let mut all = Vec::new();
    for (name, lengths) in cases() {
        let texts: Vec<String> =
            lengths.iter().enumerate().map(|(seed, length)| text(*length, seed)).collect();
        for (text, length) in texts.iter().zip(&lengths) {
            ensure!(model.count_tokens(text)? == *length, "{text:?} is not {length} tokens");
        }
        let tokens: usize = lengths.iter().sum();
        // Both are warm after this.
        let once = seconds(|| Ok(model.embed(&texts)?))?.max(peer.embed_seconds(&texts, 1)?);
        let times = ((SECONDS / once) as usize).clamp(1, 200);
        let mut found = Rounds::default();
        for _ in 0..rounds {
            let ours = seconds(|| {
                (0..times).try_for_each(|_| model.embed(&texts).map(drop))?;
                Ok(())
            })?;
            pause();
            let peers = peer.embed_seconds(&texts, times)?;
            let done = (tokens * times) as f64;
            found.push(done / ours, done / peers);
        }
        let (ours, peers, ratio) = found.medians();
        let share = ours * OPERATIONS / floors.peak;
        println!("{name:11} {ours:11.0} {peers:11.0} {ratio:7.2} {:11.0} %", 100.0 * share);
        all.push(json!({
            "case": name,
            "batch": lengths.len(),
            "tokens_per_text": tokens as f64 / lengths.len() as f64,
            "ours_tps": ours,
            "peer_tps": peers,
            "ratio": ratio,
            "share_of_peak": share,
        }));
    }
    Ok(all)
}

/// Texts as people write them, of unlike lengths.
const TEXTS: [&str; 8] = [
    "Markets clear when nobody is looking.",
    "How do I renew a passport?",
    "def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)",
    "été, 日本語, Ελληνικά, 🙂",
    "A",
    "The river rose overnight and by morning the lower fields were under water; nobody in the \
     village could remember a spring like it, though the oldest of them tried.",
    "1 2 3 4 5 6 7 8 9 10",
    "Rain fell on the market square and the traders packed up.",
];

/// Fails if a vector differs from the peer's.
pub fn check(model: &EmbeddingModel, peer: &mut Peer) -> Result<()> {
    let mut texts: Vec<String> = TEXTS.map(str::to_owned).to_vec();
    texts.extend([3, 17, 64, 100, 255].map(|length| text(length, length)));
    let mut least = 1f64;
    for (ours, peers) in model.embed(&texts)?.iter().zip(peer.embed(&texts)?) {
        let cosine: f64 =
            ours.iter().zip(peers).map(|(left, right)| f64::from(*left) * f64::from(right)).sum();
        least = least.min(cosine);
    }
    println!(
        "embeddings: the least cosine to the peer's vectors of {} texts is {least:.7}",
        texts.len()
    );
    ensure!(least >= 0.9999, "the vectors differ");
    Ok(())
}
