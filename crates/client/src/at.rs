//! The chain at one block.

use crate::{events, AccountId, BlockNumber, Chain, ClientError, Config, Event, H256};
use scale_decode::DecodeAsType;
use subxt::{ext::frame_decode::runtime_apis::IntoEncodableValues, OnlineClientAtBlock};

/// The chain at one block: its answers belong together. Old blocks need an archive node.
#[derive(Clone)]
pub struct At {
    pub(crate) chain: Chain,
    pub(crate) client: OnlineClientAtBlock<Config>,
}

impl std::fmt::Debug for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("At").field("number", &self.client.block_number()).finish_non_exhaustive()
    }
}

impl At {
    /// Height of the block.
    pub fn number(&self) -> BlockNumber {
        // Saturation: heights are u32 on our chain.
        BlockNumber::try_from(self.client.block_number()).unwrap_or(BlockNumber::MAX)
    }

    /// Hash of the block.
    pub fn hash(&self) -> H256 {
        self.client.block_hash()
    }

    /// Hash of the block before it.
    pub async fn parent_hash(&self) -> Result<H256, ClientError> {
        let asked = self.chain.asked("the header of a block");
        let header = self.chain.inner.rpc.chain_get_header(Some(self.hash()));
        let header = self.chain.in_time(asked, header).await?.map_err(|error| asked.rpc(error))?;
        header.map(|header| header.parent_hash).ok_or_else(|| asked.no_such_block("it is gone"))
    }

    /// The connection that it was read through.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Version of the runtime at this block.
    pub fn spec_version(&self) -> u32 {
        self.client.spec_version()
    }

    /// The block's events that programs rely on, in order.
    pub async fn events(&self) -> Result<Vec<Event>, ClientError> {
        let asked = self.chain.asked("the events of a block");
        let reader = self.client.events();
        let fetched = self.chain.in_time(asked, reader.fetch()).await?;
        let fetched = fetched.map_err(|error| asked.events(error))?;
        let mut found = Vec::new();
        for event in fetched.iter() {
            let event = event.map_err(|error| asked.events(error))?;
            found.extend(events::decode(&event, asked)?);
        }
        Ok(found)
    }

    /// Milliseconds since 1970 that the block's author put into it.
    pub async fn timestamp_ms(&self) -> Result<u64, ClientError> {
        Ok(self.storage::<(), u64>("Timestamp", "Now", ()).await?.unwrap_or(0))
    }

    /// The account that may make root calls through `sudo`, if there is one.
    pub async fn sudo_key(&self) -> Result<Option<AccountId>, ClientError> {
        self.storage::<(), AccountId>("Sudo", "Key", ()).await
    }

    /// Calls a method of the runtime API `MarketApi`.
    pub(crate) async fn api<Arguments, Answer>(
        &self,
        method: &str,
        arguments: Arguments,
    ) -> Result<Answer, ClientError>
    where
        Arguments: IntoEncodableValues,
        Answer: DecodeAsType,
    {
        let what = format!("the answer of MarketApi.{method}");
        let asked = self.chain.asked(&what);
        let payload =
            subxt::dynamic::runtime_api_call::<Arguments, Answer>("MarketApi", method, arguments);
        let apis = self.client.runtime_apis();
        let answer = self.chain.in_time(asked, apis.call(payload)).await?;
        answer.map_err(|error| asked.runtime_api(error))
    }

    /// Reads a storage item; `None` where there is neither value nor default.
    pub(crate) async fn storage<Keys, Value>(
        &self,
        pallet: &str,
        item: &str,
        keys: Keys,
    ) -> Result<Option<Value>, ClientError>
    where
        Keys: IntoEncodableValues + subxt::ext::frame_decode::storage::IntoDecodableValues,
        Value: DecodeAsType,
    {
        let what = format!("{pallet}.{item}");
        let asked = self.chain.asked(&what);
        let storage = self.client.storage();
        let entry = storage
            .entry(subxt::dynamic::storage::<Keys, Value>(pallet, item))
            .map_err(|error| asked.storage(error))?;
        let found = self.chain.in_time(asked, entry.try_fetch(keys)).await?;
        match found.map_err(|error| asked.storage(error))? {
            Some(value) => value.decode().map(Some).map_err(|error| asked.incompatible(error)),
            None => Ok(None),
        }
    }
}
