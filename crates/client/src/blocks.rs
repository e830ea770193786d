//! Finalized blocks as they come, none left out.

use crate::{At, BlockNumber, Chain, ClientError, Config};
use std::time::Duration;
use subxt::client::Blocks;

/// Every finalized block from a height on, in order, without gaps, over reconnections too.
pub struct FinalizedBlocks {
    chain: Chain,
    stream: Option<Blocks<Config>>,
    next: BlockNumber,
    newest: Option<BlockNumber>,
}

impl Chain {
    /// Every finalized block from height `from` on; `None` begins after the newest.
    pub async fn finalized_blocks(
        &self,
        from: Option<BlockNumber>,
    ) -> Result<FinalizedBlocks, ClientError> {
        let newest = self.finalized().await?.number();
        let next = from.unwrap_or_else(|| newest.saturating_add(1));
        Ok(FinalizedBlocks { chain: self.clone(), stream: None, next, newest: Some(newest) })
    }
}

impl FinalizedBlocks {
    /// The next block; waits for it. After an error it may be called again and goes on where it
    /// was.
    pub async fn next(&mut self) -> Result<At, ClientError> {
        while self.newest.is_none_or(|newest| newest < self.next) {
            let newest = self.wait().await?;
            self.newest = Some(newest.max(self.newest.unwrap_or(0)));
        }
        let at = self.chain.at_number(self.next).await?;
        self.next = self.next.saturating_add(1);
        Ok(at)
    }

    /// Height of the next finalized block that the node tells of.
    async fn wait(&mut self) -> Result<BlockNumber, ClientError> {
        let asked = self.chain.asked("finalized blocks");
        loop {
            if self.stream.is_none() {
                let blocks = self.chain.inner.client.stream_blocks();
                let blocks = self.chain.in_time(asked, blocks).await?;
                self.stream = Some(blocks.map_err(|error| asked.blocks(error))?);
                // What was finalized while nobody listened is not told again.
                return Ok(self.chain.finalized().await?.number());
            }
            let Some(stream) = self.stream.as_mut() else { continue };
            match stream.next().await {
                Some(Ok(block)) => {
                    return BlockNumber::try_from(block.number())
                        .map_err(|_| asked.incompatible("a height above 2³² − 1"));
                }
                Some(Err(error)) => tracing::debug!(%error, "finalized blocks: subscribing again"),
                None => tracing::debug!("finalized blocks: subscribing again"),
            }
            self.stream = None;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}
