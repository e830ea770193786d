//! What an indexer needs of a block: every event by name with its plain fields, and the rows that
//! amounts are computed from.

use crate::{AccountId, At, ClientError, NetUid};
use scale_decode::DecodeAsType;
use subxt::{
    events::Phase,
    ext::scale_value::{Composite, Primitive, Value, ValueDef},
};

/// `System.Account`: two hashes of 16 bytes; what follows ends with the account.
const ACCOUNTS: &str = "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9";

/// How many keys to ask for at a time.
const KEYS: u32 = 500;

/// A field of an event, as far as bookkeeping reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// An amount, a height, an id.
    Number(u128),
    /// An account.
    Account(AccountId),
}

/// Any event of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainEvent {
    /// Index of the extrinsic; `None` for what the chain did by itself.
    pub extrinsic: Option<u32>,
    /// Pallet.
    pub pallet: String,
    /// Name.
    pub name: String,
    /// Fields that are numbers or accounts, by name.
    pub fields: Vec<(String, Plain)>,
}

impl PlainEvent {
    /// A field that is a number.
    pub fn number(&self, name: &str) -> Option<u128> {
        self.fields.iter().find_map(|(field, value)| match value {
            Plain::Number(number) if field == name => Some(*number),
            _ => None,
        })
    }

    /// A field that is an account.
    pub fn account(&self, name: &str) -> Option<AccountId> {
        self.fields.iter().find_map(|(field, value)| match value {
            Plain::Account(account) if field == name => Some(*account),
            _ => None,
        })
    }
}

/// Rewards that enter a pool linearly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DecodeAsType)]
pub struct StreamRow {
    /// What has not entered at `last`, smallest unit.
    pub remaining: u64,
    /// Block up to which all that was due has entered.
    pub last: u32,
    /// Block at which the last of it has entered.
    pub end: u32,
}

/// The pool of one hotkey on one netuid, as stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DecodeAsType)]
pub struct PoolState {
    /// Value that the points share at `stream.last`, smallest unit.
    pub value: u64,
    /// Points of all positions.
    pub points: u128,
    /// Rewards on their way.
    pub stream: StreamRow,
}

#[derive(DecodeAsType)]
struct PoolRow {
    id: u64,
    pool: PoolState,
}

fn plain(value: &Value<()>) -> Option<Plain> {
    match &value.value {
        ValueDef::Primitive(Primitive::U128(number)) => Some(Plain::Number(*number)),
        ValueDef::Composite(composite) => {
            let values: Vec<&Value<()>> = composite.values().collect();
            match values.as_slice() {
                [one] => plain(one),
                bytes if bytes.len() == 32 => account(bytes).map(Plain::Account),
                _ => None,
            }
        }
        _ => None,
    }
}

fn account(bytes: &[&Value<()>]) -> Option<AccountId> {
    let mut raw = [0; 32];
    for (to, from) in raw.iter_mut().zip(bytes) {
        match &from.value {
            ValueDef::Primitive(Primitive::U128(byte)) => *to = u8::try_from(*byte).ok()?,
            _ => return None,
        }
    }
    Some(AccountId::from(raw))
}

fn fields(composite: Composite<()>) -> Vec<(String, Plain)> {
    let named: Vec<(String, Value<()>)> = match composite {
        Composite::Named(named) => named,
        Composite::Unnamed(values) => {
            values.into_iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
        }
    };
    named.into_iter().filter_map(|(name, value)| Some((name, plain(&value)?))).collect()
}

impl At {
    /// Every event of the block, in order, whatever its pallet.
    pub async fn plain_events(&self) -> Result<Vec<PlainEvent>, ClientError> {
        let asked = self.chain.asked("the events of a block");
        let reader = self.client.events();
        let fetched = self.chain.in_time(asked, reader.fetch()).await?;
        let fetched = fetched.map_err(|error| asked.events(error))?;
        let mut found = Vec::new();
        for event in fetched.iter() {
            let event = event.map_err(|error| asked.events(error))?;
            let all = event.decode_fields_unchecked_as::<Composite<()>>();
            let extrinsic = match event.phase() {
                Phase::ApplyExtrinsic(index) => Some(index),
                _ => None,
            };
            found.push(PlainEvent {
                extrinsic,
                pallet: event.pallet_name().into(),
                name: event.event_name().into(),
                fields: fields(all.map_err(|error| asked.events(error))?),
            });
        }
        Ok(found)
    }

    /// The id and the row of a pool; `None` where nobody has stake.
    pub async fn pool_row(
        &self,
        hotkey: &AccountId,
        netuid: NetUid,
    ) -> Result<Option<(u64, PoolState)>, ClientError> {
        let row: Option<PoolRow> = self.storage("Stake", "Pools", (hotkey.0, netuid.0)).await?;
        Ok(row.map(|row| (row.id, row.pool)))
    }

    /// The points of a coldkey in the pool of that id.
    pub async fn points(&self, coldkey: &AccountId, pool: u64) -> Result<u128, ClientError> {
        Ok(self.storage("Stake", "Positions", (coldkey.0, pool)).await?.unwrap_or(0))
    }

    /// Every account that the chain has. Slow on a big chain.
    pub async fn accounts(&self) -> Result<Vec<AccountId>, ClientError> {
        let asked = self.chain.asked("the list of accounts");
        let prefix = hex::decode(ACCOUNTS).map_err(|error| asked.incompatible(error))?;
        let mut all: Vec<AccountId> = Vec::new();
        let mut last: Option<Vec<u8>> = None;
        loop {
            let rpc = &self.chain.inner.rpc;
            let at = Some(self.hash());
            let page = rpc.state_get_keys_paged(&prefix, KEYS, last.as_deref(), at);
            let page = self.chain.in_time(asked, page).await?.map_err(|error| asked.rpc(error))?;
            for key in &page {
                let tail = key.last_chunk::<32>().ok_or_else(|| asked.incompatible("short key"))?;
                all.push(AccountId::from(*tail));
            }
            match page.last() {
                Some(key) => last = Some(key.clone()),
                None => return Ok(all),
            }
        }
    }
}
