//! Following a transaction into a block: by what the pool tells, and when it falls silent (a lost
//! connection, a restarted node) by looking through the blocks.

use crate::{
    outcome::{Found, Landed},
    pool::Rejection,
    submit::{Progress, Sent, Until},
    BlockNumber, Chain, ClientError, SubmitError, H256,
};
use std::time::Duration;
use subxt::transactions::TransactionStatus;
use tokio::time::{sleep, timeout_at};

/// What the pool's stream ended with.
enum Told {
    /// In this block.
    Block(H256),
    /// Nothing certain: look.
    Nothing,
}

impl Chain {
    /// Waits until the transaction has landed as far as asked, or can't.
    pub(crate) async fn follow(
        &self,
        sent: Sent,
        progress: Option<Progress>,
    ) -> Result<Landed, SubmitError> {
        let told = match progress {
            Some(progress) => listen(progress, &sent).await?,
            None => Told::Nothing,
        };
        let found = match told {
            Told::Block(hash) => self.find_in(hash, sent.bytes()).await?,
            Told::Nothing => None,
        };
        let found = match found {
            Some(found) => found,
            None => self.look(&sent).await?,
        };
        let finalized = sent.until == Until::Finalized;
        self.outcome(&sent.call, sent.hash(), found, finalized).await
    }

    /// Looks through the blocks, and sends the same bytes again, until the transaction is found,
    /// refused or void.
    async fn look(&self, sent: &Sent) -> Result<Found, SubmitError> {
        let slot = self.slot().await.unwrap_or(Duration::from_secs(6));
        let mut seen = sent.born;
        let mut stale = 0_u8;
        loop {
            match self.look_once(sent, &mut seen).await {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => {}
                Err(error) if error.is_transient() => tracing::debug!(%error, "looking again"),
                Err(error) => return Err(error.into()),
            }
            if seen >= sent.dies {
                return Err(SubmitError::Expired { call: sent.call.clone(), until: sent.dies });
            }
            if let Some(error) = sent.timed_out() {
                return Err(error);
            }
            match self.verdict(sent).await {
                Some(Rejection::Refused(refused)) => {
                    return Err(refused.into_error(&sent.call, sent.account));
                }
                // Used nonce, but not found: a block that came between is looked at next time.
                Some(Rejection::BadNonce) => stale = stale.saturating_add(1),
                Some(Rejection::AlreadyThere | Rejection::Busy(_)) => {}
                None => self.send_again(sent).await,
            }
            // While waiting for finality a transaction in a best block is stale, rightly.
            if stale > 4 && sent.until == Until::InBlock {
                return Err(SubmitError::Displaced {
                    call: sent.call.clone(),
                    account: sent.account,
                });
            }
            sleep(slot / 2).await;
        }
    }

    /// Looks at the blocks that were not final the last time. `seen` is the newest final block
    /// that was looked at.
    async fn look_once(
        &self,
        sent: &Sent,
        seen: &mut BlockNumber,
    ) -> Result<Option<Found>, ClientError> {
        let finalized = self.finalized().await?.number();
        let newest = match sent.until {
            Until::Finalized => finalized,
            Until::InBlock => self.best_number().await?,
        };
        for number in seen.saturating_add(1)..=newest {
            let Some(hash) = self.hash_of(number).await? else { break };
            if let Some(found) = self.find_in(hash, sent.bytes()).await? {
                return Ok(Some(found));
            }
        }
        *seen = finalized.max(*seen);
        Ok(None)
    }

    /// The pool forgets when a node restarts; that it has the transaction already is no harm.
    async fn send_again(&self, sent: &Sent) {
        let asked = self.asked(&sent.call);
        let again = self.inner.rpc.author_submit_extrinsic(sent.bytes());
        if let Ok(Err(error)) = self.in_time(asked, again).await {
            tracing::trace!(call = sent.call, nonce = sent.nonce.number, %error, "sent again");
        }
    }
}

/// Listens to the pool until it names a block or falls silent.
async fn listen(mut progress: Progress, sent: &Sent) -> Result<Told, SubmitError> {
    loop {
        let next = match sent.deadline {
            Some(deadline) => match timeout_at(deadline, progress.next()).await {
                Ok(next) => next,
                Err(_) => return Ok(Told::Nothing),
            },
            None => progress.next().await,
        };
        match next {
            Some(Ok(TransactionStatus::InBestBlock(block))) if sent.until == Until::InBlock => {
                return Ok(Told::Block(block.block_hash()));
            }
            Some(Ok(TransactionStatus::InFinalizedBlock(block))) => {
                return Ok(Told::Block(block.block_hash()));
            }
            Some(Ok(
                TransactionStatus::Invalid { message }
                | TransactionStatus::Dropped { message }
                | TransactionStatus::Error { message },
            )) => {
                tracing::debug!(call = sent.call, message, "out of the pool");
                return Ok(Told::Nothing);
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                tracing::debug!(call = sent.call, %error, "the pool can't be heard");
                return Ok(Told::Nothing);
            }
            None => return Ok(Told::Nothing),
        }
    }
}
