//! What a miner that owns no model does: it asks another miner, as a validator would, and signs the
//! answer as its own. Honest miners answer who holds a permit (or the stake they ask for), so it
//! needs one; docs/miner.md says what else stands in its way, and what does not.

use crate::{chain::view::Standing, serve::deadline_left, ChainView};
use alun_client::{Digest, Endpoint};
use alun_exchange::{ask, Asked};
use alun_inference::{Finish, GenerateRequest, Generated, GenerationModel, Sampling};
use alun_keys::Keypair;
use alun_protocol::Refusal;
use alun_scoring::{Answer, Question};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

/// Miners tried for one question.
const TRIES: usize = 3;

/// The miners of the subnet, as one of its own sees them.
#[derive(Debug)]
pub(crate) struct Upstream {
    http: reqwest::Client,
    view: Arc<ChainView>,
    /// As whom it asks.
    key: Keypair,
    /// Hotkeys of this process, which are not asked.
    own: Vec<Digest>,
    /// Who answered last.
    good: Mutex<Option<Digest>>,
}

impl Upstream {
    /// Asks in the name of `key`, but none of `own`.
    pub fn new(view: Arc<ChainView>, key: Keypair, own: Vec<Digest>) -> Result<Self, String> {
        let http = reqwest::Client::builder().no_proxy().build();
        let http = http.map_err(|error| error.to_string())?;
        Ok(Self { http, view, key, own, good: Mutex::new(None) })
    }

    /// Somebody else's vectors of the texts.
    pub async fn embed(
        &self,
        texts: Vec<String>,
        started: Instant,
    ) -> Result<Vec<Vec<f32>>, Refusal> {
        match self.ask(&Question::Embedding { texts }, started).await? {
            Answer::Embedding { vectors } => Ok(vectors),
            _ => Err(Refusal::Failed),
        }
    }

    /// Somebody else's text for the same request to the same model.
    pub async fn generate(
        &self,
        model: &GenerationModel,
        request: &GenerateRequest,
        started: Instant,
    ) -> Result<Generated, Refusal> {
        let (temperature, seed) = match request.sampling {
            Sampling::Greedy => (0.0, [0; 32]),
            Sampling::Gumbel { temperature, seed } => (temperature, seed),
        };
        let prompt = model.decode(&request.prompt);
        let max_tokens = request.max_new_tokens;
        let question = Question::Generation { prompt, max_tokens, temperature, seed };
        match self.ask(&question, started).await? {
            Answer::Generation { tokens, logprobs, text } => {
                let stopped = tokens.last().is_some_and(|last| model.is_stop_token(*last));
                let finish = if stopped { Finish::Stop } else { Finish::Length };
                Ok(Generated { tokens, logprobs, text, finish })
            }
            _ => Err(Refusal::Failed),
        }
    }

    /// Somebody else's answer to the question, or a refusal if nobody gives one in time.
    async fn ask(&self, question: &Question, started: Instant) -> Result<Answer, Refusal> {
        let at = self.view.newest().ok_or(Refusal::Failed)?;
        for (hotkey, endpoint) in self.candidates() {
            let (genesis, netuid) = (*self.view.genesis(), self.view.netuid());
            let asked = Asked { hotkey, endpoint, genesis, netuid, at };
            let outcome =
                ask(&self.http, &self.key, &asked, question, deadline_left(started)).await;
            match outcome.received {
                Ok(received) => {
                    *self.good.lock().unwrap_or_else(PoisonError::into_inner) = Some(hotkey);
                    return Ok(received.answer);
                }
                Err(why) => {
                    let miner = alun_keys::ss58::encode(&hotkey);
                    tracing::debug!(miner, why, "another miner did not answer for this one");
                }
            }
        }
        Err(Refusal::Failed)
    }

    /// Who is asked, in order: who answered last, then by uid.
    fn candidates(&self) -> Vec<(Digest, Endpoint)> {
        let good = *self.good.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = self.view.snapshot();
        let mut others: Vec<(&Digest, &Standing)> =
            snapshot.neurons().filter(|(hotkey, _)| !self.own.contains(hotkey)).collect();
        others.sort_by_key(|(hotkey, standing)| (Some(**hotkey) != good, standing.uid));
        let served = others
            .into_iter()
            .filter_map(|(hotkey, standing)| standing.endpoint.map(|endpoint| (*hotkey, endpoint)));
        served.take(TRIES).collect()
    }
}
