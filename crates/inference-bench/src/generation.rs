//! Generation beside llama.cpp, greedy, from the same file.

use crate::{
    floors::Floors,
    measure::{median, pause, seconds, Rounds},
    peers::Peer,
};
use alun_inference::{GenerateRequest, GenerationModel, Sampling};
use anyhow::{ensure, Context, Result};
use serde_json::{json, Value};

const PROMPT: usize = 64;
const NEW: usize = 64;
/// Log-probabilities of llama.cpp differ by up to 0.23 on this file: it rounds activations to 8 bits.
/// Where two tokens are closer than about twice that, either may be picked.
const NEAR_TIE: f32 = 0.5;

/// A prompt of its own for each stream, all of one length.
fn prompt(model: &GenerationModel, stream: usize) -> Result<Vec<u32>> {
    let text = format!("Letter {stream}. {}", STORY.repeat(2));
    let tokens = model.encode(&text)?;
    Ok(tokens.get(..PROMPT).context("the story is too short")?.to_vec())
}

const STORY: &str = "The history of markets begins long before money: people met at a ford or a \
    crossroads, laid out what they had too much of, and looked for what they lacked. Whoever came \
    back the next season remembered who had weighed fairly and who had not. ";

fn requests(prompts: &[Vec<u32>], new: usize) -> Vec<GenerateRequest> {
    let request = |prompt: &Vec<u32>| GenerateRequest {
        prompt: prompt.clone(),
        max_new_tokens: new,
        sampling: Sampling::Greedy,
        ignore_eos: true,
    };
    prompts.iter().map(request).collect()
}

pub fn run(
    model: &GenerationModel,
    peer: &mut Peer,
    rounds: usize,
    floors: &Floors,
) -> Result<Vec<Value>> {
    println!(
        "generation  prefill tok/s: ours    peer   ratio  first token ms: ours  peer  decode tok/s: \
         ours    peer   ratio"
    );
    let mut all = Vec::new();
    for streams in [1usize, 4, 16] {
        let prompts: Vec<Vec<u32>> =
            (0..streams).map(|stream| prompt(model, stream)).collect::<Result<_>>()?;
        let (first, whole) = (requests(&prompts, 1), requests(&prompts, NEW));
        let (mut prefill, mut decode) = (Rounds::default(), Rounds::default());
        let (mut ours_first, mut peer_first) = (Vec::new(), Vec::new());
        // The first round warms up both.
        for round in 0..=rounds {
            let begin = seconds(|| Ok(model.generate(&first)?))?;
            let rest = seconds(|| Ok(model.generate(&whole)?))? - begin;
            pause();
            let peers = peer.generate(&prompts, NEW)?;
            if round == 0 {
                continue;
            }
            let (read, made) = ((streams * PROMPT) as f64, (streams * (NEW - 1)) as f64);
            prefill.push(read / begin, read / peers.first);
            decode.push(made / rest, made / peers.rest);
            ours_first.push(1e3 * begin);
            peer_first.push(1e3 * peers.first);
        }
        let (prefill, decode) = (prefill.medians(), decode.medians());
        let (ours_first, peer_first) = (median(ours_first), median(peer_first));
        println!(
            "{streams:2} streams {:22.0} {:7.0} {:7.2} {ours_first:21.0} {peer_first:5.0} {:19.1} \
             {:7.1} {:7.2}",
            prefill.0, prefill.1, prefill.2, decode.0, decode.1, decode.2
        );
        all.push(json!({
            "streams": streams,
            "ours_tps": decode.0,
            "peer_tps": decode.1,
            "ratio": decode.2,
            "ours_prefill_tps": prefill.0,
            "peer_prefill_tps": prefill.1,
            "prefill_ratio": prefill.2,
            "ours_first_token_ms": ours_first,
            "peer_first_token_ms": peer_first,
        }));
    }
    if let Some(bytes) = model.weight_bytes() {
        let most = floors.bandwidth / bytes as f64;
        println!(
            "one stream reads {} MB of weights a token: at most {most:.0} tok/s",
            bytes / 1_000_000
        );
    }
    Ok(all)
}

/// What it costs to check answers, beside generating them: prompt and answer of 64 tokens, eight of
/// them.
pub fn verification(model: &GenerationModel, rounds: usize) -> Result<Value> {
    let prompts: Vec<Vec<u32>> =
        (0..8).map(|stream| prompt(model, stream)).collect::<Result<_>>()?;
    let requests = requests(&prompts, NEW);
    let answers = model.generate(&requests)?;
    let (mut made, mut checked, mut alone) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        made.push(seconds(|| Ok(model.generate(&requests)?))?);
        alone.push(seconds(|| {
            for request in &requests {
                model.generate(std::slice::from_ref(request))?;
            }
            Ok(())
        })?);
        checked.push(seconds(|| {
            for (prompt, answer) in prompts.iter().zip(&answers) {
                model.verify(prompt, &answer.tokens, &Sampling::Greedy)?;
            }
            Ok(())
        })?);
    }
    let share = |base: &[f64]| {
        median(base.iter().zip(&checked).map(|(base, checked)| checked / base).collect())
    };
    let (batch, one) = (share(&made), share(&alone));
    println!(
        "verifying 8 answers of 64 tokens (prompts of 64) takes {:.0} ms: {:.0} % of generating them \
         as one batch, {:.0} % of generating them one by one",
        1e3 * median(checked.clone()),
        100.0 * batch,
        100.0 * one
    );
    Ok(json!({
        "seconds": median(checked),
        "of_generating_as_a_batch": batch,
        "of_generating_one_by_one": one,
    }))
}

/// Fails if greedy tokens differ from the peer's other than after a near-tie.
pub fn check(model: &GenerationModel, peer: &mut Peer) -> Result<()> {
    let prompts: Vec<Vec<u32>> = [
        "The capital of France is",
        "Once upon a time, in a village by the sea,",
        "def fibonacci(n):\n",
        "1, 2, 3, 4,",
        "Water boils at",
        "The three primary colours are",
    ]
    .iter()
    .map(|text| Ok(model.encode(text)?))
    .collect::<Result<_>>()?;
    let ours = model.generate(&requests(&prompts, NEW))?;
    let peers = peer.generate(&prompts, NEW)?;
    let mut same = 0;
    for ((prompt, ours), peers) in prompts.iter().zip(&ours).zip(&peers.tokens) {
        let equal = ours.tokens.iter().zip(peers).take_while(|(ours, peer)| ours == peer).count();
        same += equal;
        if equal == NEW {
            continue;
        }
        let claimed = peers.get(..=equal).context("the peer's answer is too short")?;
        let checks = model.verify(prompt, claimed, &Sampling::Greedy)?;
        let margin = checks.last().map_or(f32::INFINITY, |check| check.margin);
        println!("after {equal} equal tokens another one, {margin:.3} below ours");
        ensure!(margin < NEAR_TIE, "the tokens differ where there is no near-tie");
    }
    println!(
        "generation: {same} of {} greedy tokens are the peer's before a near-tie",
        NEW * prompts.len()
    );
    Ok(())
}
