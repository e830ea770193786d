//! Sending a call: signed with the right nonce, sent until the pool has it, followed into a block.
//!
//! One transaction of an account is signed at a time (its *lane*), so calls of one process never
//! take each other's nonce. A transaction is mortal: when nothing is heard of it, there is a block
//! from which on it is void, and until then the very same bytes are sent again. So a call lands at
//! most once.

use crate::{
    calls::{AsPayload, Call},
    convert::Asked,
    lanes::Nonce,
    outcome::Landed,
    pool::{self, Rejection},
    AccountId, At, BlockNumber, Chain, ClientError, Config, SubmitError, H256,
};
use alun_keys::Keypair;
use std::time::Duration;
use subxt::{
    client::OnlineClientAtBlockImpl,
    config::DefaultExtrinsicParamsBuilder,
    transactions::{SubmittableTransaction, TransactionProgress},
};
use tokio::time::{sleep, Instant};

/// How often a transaction is signed anew because its nonce was taken.
const SIGNINGS: u32 = 10;

/// How far to follow a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Until {
    /// Until a block of the best chain holds it. The block may still be replaced; the call is
    /// then back in the pool.
    #[default]
    InBlock,
    /// Until a finalized block holds it.
    Finalized,
}

/// How to send a call.
#[derive(Clone, Copy, Debug)]
pub struct Submission {
    /// How far to follow it.
    pub until: Until,
    /// Blocks in which it may land; rounded up to a power of two, at least 4.
    pub mortality: u32,
    /// How long to wait; `None` waits until it has landed or can't any more.
    pub timeout: Option<Duration>,
}

impl Default for Submission {
    /// In a block, within 64 blocks.
    fn default() -> Self {
        Self { until: Until::InBlock, mortality: 64, timeout: None }
    }
}

impl Submission {
    /// Followed until final.
    pub fn finalized() -> Self {
        Self { until: Until::Finalized, ..Self::default() }
    }
}

pub(crate) type Transaction = SubmittableTransaction<Config, OnlineClientAtBlockImpl<Config>>;
pub(crate) type Progress = TransactionProgress<Config, OnlineClientAtBlockImpl<Config>>;

/// A signed transaction on its way.
pub(crate) struct Sent {
    /// Holds the nonce until the transaction has landed or is given up.
    pub nonce: Nonce,
    pub transaction: Transaction,
    pub call: String,
    pub account: AccountId,
    /// Newest block before it was signed.
    pub born: BlockNumber,
    /// First block that can't hold it.
    pub dies: BlockNumber,
    pub until: Until,
    pub deadline: Option<Instant>,
    pub patience: Option<Duration>,
}

impl Sent {
    pub fn bytes(&self) -> &[u8] {
        self.transaction.encoded()
    }

    pub fn hash(&self) -> H256 {
        self.transaction.hash()
    }

    pub fn timed_out(&self) -> Option<SubmitError> {
        let deadline = self.deadline?;
        (Instant::now() >= deadline).then(|| SubmitError::TimedOut {
            call: self.call.clone(),
            seconds: self.patience.unwrap_or_default().as_secs(),
            until: self.dies,
        })
    }
}

/// How the pool took it.
enum Taken {
    /// The pool tells what becomes of it.
    Watched(Progress),
    /// The pool may have it, but does not tell.
    Unwatched,
    /// Its nonce was taken: sign again.
    SignAgain,
}

impl Chain {
    /// Signs a call, sends it, and follows it as far as asked. Its nonce is right whatever else
    /// this process sends with the same key. On [`SubmitError::Failed`] the fee is gone; on every
    /// other error but [`SubmitError::TimedOut`] the call had no effect.
    pub async fn submit<C: Call>(
        &self,
        signer: &Keypair,
        call: &C,
        how: &Submission,
    ) -> Result<Landed, SubmitError> {
        let deadline = how.timeout.map(|timeout| Instant::now() + timeout);
        for signing in 1..=SIGNINGS {
            let account = AccountId::from(signer.public());
            let lane = self.inner.lanes.of(&account);
            let turn = lane.turn.lock().await;
            let nonce = lane.take(self.next_nonce(&account).await?);
            let sent = self.sign(signer, call, how, nonce, deadline).await?;
            let taken = self.send(&sent).await?;
            drop(turn);
            match taken {
                Taken::Watched(progress) => {
                    return self.follow(sent, Some(progress)).await;
                }
                Taken::Unwatched => return self.follow(sent, None).await,
                Taken::SignAgain => {
                    tracing::debug!(call = sent.call, signing, "nonce taken: signing again");
                    // Programs that sign with one key must not go on in step.
                    let step = 100 + u64::from(std::process::id() % 100);
                    sleep(Duration::from_millis(step) * signing).await;
                }
            }
        }
        let account = AccountId::from(signer.public());
        Err(SubmitError::Displaced { call: C::name(), account })
    }

    pub(crate) async fn sign<C: Call>(
        &self,
        signer: &Keypair,
        call: &C,
        how: &Submission,
        nonce: Nonce,
        deadline: Option<Instant>,
    ) -> Result<Sent, SubmitError> {
        let name = C::name();
        let asked = self.asked(&name);
        let mortality = how.mortality.clamp(4, 4_096).next_power_of_two();
        let best = self.best().await?;
        let (born, checkpoint) = self.checkpoint(&best, mortality).await?;
        let parameters = DefaultExtrinsicParamsBuilder::<Config>::new()
            .mortal_from_unchecked(u64::from(mortality), u64::from(born), checkpoint)
            .nonce(nonce.number)
            .build();
        let payload = AsPayload(call);
        let transactions = best.client.tx();
        let mut signable = transactions
            .create_signable_offline(&payload, parameters)
            .map_err(|error| asked.extrinsic(error))?;
        let transaction = signable.sign(signer.signer()).map_err(|error| asked.extrinsic(error))?;
        Ok(Sent {
            nonce,
            transaction,
            account: AccountId::from(signer.public()),
            born,
            dies: born.saturating_add(mortality),
            until: how.until,
            deadline,
            patience: how.timeout,
            call: name,
        })
    }

    /// The block that a mortal transaction is bound to: final if possible, but not so old that
    /// the transaction would be void at once when finality lags.
    async fn checkpoint(
        &self,
        best: &At,
        mortality: u32,
    ) -> Result<(BlockNumber, H256), ClientError> {
        let finalized = self.finalized().await?;
        let oldest = best.number().saturating_sub(mortality / 4);
        if finalized.number() >= oldest {
            return Ok((finalized.number(), finalized.hash()));
        }
        let hash = self.hash_of(oldest).await?;
        Ok(hash.map_or((best.number(), best.hash()), |hash| (oldest, hash)))
    }

    /// Hands the transaction to the pool, again and again while the node is busy or away.
    async fn send(&self, sent: &Sent) -> Result<Taken, SubmitError> {
        let asked = self.asked(&sent.call);
        let mut delay = Duration::from_millis(250);
        let mut sent_before = false;
        loop {
            let attempt = self.in_time(asked, sent.transaction.submit_and_watch()).await;
            let rejection = match attempt {
                Ok(Ok(progress)) => return Ok(Taken::Watched(progress)),
                Ok(Err(error)) => pool::rejection(error, asked),
                Err(error) => Rejection::Busy(error),
            };
            match rejection {
                Rejection::AlreadyThere => return Ok(Taken::Unwatched),
                // The nonce may be used by this very transaction, sent a moment ago.
                Rejection::BadNonce if sent_before => return Ok(Taken::Unwatched),
                Rejection::BadNonce => return Ok(Taken::SignAgain),
                Rejection::Refused(refused) => {
                    return Err(refused.into_error(&sent.call, sent.account));
                }
                Rejection::Busy(error @ ClientError::Incompatible { .. }) => {
                    return Err(error.into());
                }
                Rejection::Busy(error) => {
                    tracing::debug!(call = sent.call, %error, "not sent yet");
                    if let Some(error) = sent.timed_out() {
                        return Err(error);
                    }
                    self.give_up_when_void(sent, error).await?;
                }
            }
            sent_before = true;
            sleep(delay).await;
            delay = (delay * 2).min(Duration::from_secs(5));
        }
    }

    /// An error once the transaction can't land any more, or the node is gone for good.
    async fn give_up_when_void(&self, sent: &Sent, error: ClientError) -> Result<(), SubmitError> {
        let finalized = match self.finalized().await {
            Ok(at) => at.number(),
            // Waiting for the node took as long as patience allows: that is long enough.
            Err(_) => return Err(error.into()),
        };
        if finalized >= sent.dies {
            return Err(SubmitError::Expired { call: sent.call.clone(), until: sent.dies });
        }
        Ok(())
    }

    /// Why the runtime would refuse the transaction now; `None` if it would not.
    pub(crate) async fn verdict(&self, sent: &Sent) -> Option<Rejection> {
        let asked: Asked<'_> = self.asked(&sent.call);
        let best = self.best().await.ok()?;
        let transaction = best.client.tx().from_bytes(sent.bytes().to_vec());
        let result = self.in_time(asked, transaction.validate()).await.ok()?;
        pool::verdict(result.ok()?)
    }
}
