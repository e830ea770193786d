//! Finalized blocks into the database, one after the other.

use crate::{
    book::{Block, Change, Place},
    names::Names,
    pool::Snapshot,
    store::{
        at, owner, pool, Batch, Bounds, Line, Mark, NativeBlock, PoolMark, Store, View, BALANCES,
        MARKS, NATIVE, OWNERS, POOLS,
    },
    IndexError,
};
use alun_client::{AccountId, At, Chain, NetUid};
use std::{collections::BTreeMap, time::Duration};

/// Indexes every finalized block from where the database ends, and then each new one. Returns only
/// with an error that waiting does not heal.
pub async fn follow(chain: &Chain, store: &Store) -> Result<(), IndexError> {
    let mut behind = false;
    loop {
        match advance(chain, store, None).await {
            Err(IndexError::Client { block, source }) => {
                tracing::warn!(block, %source, "trying again");
            }
            Err(error) => return Err(error),
            Ok(Reached { last, newest }) => {
                // It has yet to sync, or is another one: no reason to forget anything.
                if newest < last && !behind {
                    tracing::warn!(newest, last, "the node is behind the database: waiting for it");
                }
                behind = newest < last;
            }
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Indexes up to a block, or to the newest finalized one if that is lower; returns the last one.
pub async fn index_to(chain: &Chain, store: &Store, to: Option<u32>) -> Result<u32, IndexError> {
    Ok(advance(chain, store, to).await?.last)
}

struct Reached {
    /// The last block that is indexed.
    last: u32,
    /// The newest finalized one of the node.
    newest: u32,
}

async fn advance(chain: &Chain, store: &Store, to: Option<u32>) -> Result<Reached, IndexError> {
    let last = store.last()?;
    let mut done = last.map_or(0, |(number, _)| number);
    if let Some((number, hash)) = last {
        let there = chain.hash_of(number).await.map_err(|error| IndexError::at(number, error))?;
        if there.is_some_and(|there| there.0 != hash) {
            return Err(IndexError::OtherChain(number));
        }
    }
    let newest = chain.finalized().await.map_err(|error| IndexError::at(done, error))?.number();
    let end = to.map_or(newest, |to| to.min(newest));
    if done >= end {
        return Ok(Reached { last: done, newest });
    }
    let mut parent = block(chain, done).await?;
    if last.is_none() {
        genesis(&parent, store).await?;
    }
    while done < end {
        let next = done.saturating_add(1);
        let here = block(chain, next).await?;
        let before = here.parent_hash().await.map_err(|error| IndexError::at(next, error))?;
        if before != parent.hash() {
            return Err(IndexError::OtherChain(done));
        }
        let view = store.view(Bounds::NONE)?;
        Round { store, view, here: &here, parent: &parent, number: next }.index().await?;
        (done, parent) = (next, here);
    }
    Ok(Reached { last: done, newest })
}

async fn block(chain: &Chain, number: u32) -> Result<At, IndexError> {
    chain.at_number(number).await.map_err(|error| IndexError::at(number, error))
}

/// What accounts have before the first block, which no event tells.
async fn genesis(at: &At, store: &Store) -> Result<(), IndexError> {
    let failed = |error| IndexError::at(0, error);
    let batch = store.batch()?;
    for account in at.accounts().await.map_err(failed)? {
        let found = at.balance(&account).await.map_err(failed)?;
        batch.put(BALANCES, &account.0, &found.free.saturating_add(found.reserved))?;
        for one in at.stake_of(&account).await.map_err(failed)? {
            let row = at.pool_row(&one.hotkey, one.netuid).await.map_err(failed)?;
            let Some((id, state)) = row else { continue };
            let points = at.points(&account, id).await.map_err(failed)?;
            let prefix = pool(&one.hotkey.0, one.netuid.0);
            let first = PoolMark { pool: Some(Snapshot::from(state)), events: 0 };
            batch.put(POOLS, &self::at(&prefix, 0), &first)?;
            let key = self::at(&[account.0.as_slice(), &prefix].concat(), 0);
            batch.put(MARKS, &key, &Mark { before: points, points, lines: Vec::new() })?;
            let bound = at.coldkey_of(&one.hotkey).await.map_err(failed)?;
            if let Some(coldkey) = bound {
                batch.put(OWNERS, &owner(&one.hotkey.0, &coldkey.0), &())?;
            }
        }
    }
    batch.commit(0, at.hash().0)
}

/// One block.
struct Round<'a> {
    store: &'a Store,
    view: View,
    here: &'a At,
    parent: &'a At,
    number: u32,
}

/// The pools that a block changed: their ids before and since.
type Ids = BTreeMap<([u8; 32], u16), (Option<u64>, Option<u64>)>;

impl Round<'_> {
    fn failed(&self, error: alun_client::ClientError) -> IndexError {
        IndexError::at(self.number, error)
    }

    async fn index(&self) -> Result<(), IndexError> {
        let events = self.here.plain_events().await.map_err(|error| self.failed(error))?;
        let mut block = Block::read(&events);
        let names = Names::of(self.store, self.number, &block.swaps)?;
        block.rename(|hotkey| names.first(hotkey))?;
        let batch = self.store.batch()?;
        names.write(&batch)?;
        for (who, changes) in std::mem::take(&mut block.native) {
            self.native(&batch, who, changes).await?;
        }
        let ids = self.pools(&batch, &block, &names).await?;
        self.rewards(&batch, &mut block, &names).await?;
        for (place, changes) in &block.stake {
            self.position(&batch, place, changes, &ids).await?;
        }
        batch.commit(self.number, self.here.hash().0)
    }

    async fn native(
        &self,
        batch: &Batch,
        who: [u8; 32],
        changes: Vec<Change>,
    ) -> Result<(), IndexError> {
        let account = AccountId::from(who);
        let before = match self.view.get(BALANCES, &who)? {
            Some(known) => known,
            None => self.balance(self.parent, &account).await?,
        };
        let after = self.balance(self.here, &account).await?;
        let mut lines: Vec<Line> = changes.iter().filter(|c| c.amount != 0).map(line).collect();
        let told = lines
            .iter()
            .fold(i128::from(before), |sum, line| sum.saturating_add(i128::from(line.amount)));
        let missing = i128::from(after).saturating_sub(told);
        if missing != 0 {
            tracing::warn!(block = self.number, %account, missing, "no event tells why");
            lines.push(line(&Change { kind: "unexplained".into(), amount: missing, with: None }));
        }
        batch.put(BALANCES, &who, &after)?;
        if lines.is_empty() {
            return Ok(());
        }
        batch.put(NATIVE, &at(&who, self.number), &NativeBlock { before, lines })
    }

    async fn balance(&self, at: &At, account: &AccountId) -> Result<u64, IndexError> {
        let found = at.balance(account).await.map_err(|error| self.failed(error))?;
        Ok(found.free.saturating_add(found.reserved))
    }

    async fn pools(&self, batch: &Batch, block: &Block, names: &Names) -> Result<Ids, IndexError> {
        let mut ids = Ids::new();
        for ((hot, net), events) in &block.pools {
            let (hotkey, netuid) = (AccountId::from(names.now(hot)?), NetUid(*net));
            let row = self.here.pool_row(&hotkey, netuid);
            let row = row.await.map_err(|error| self.failed(error))?;
            let hotkey = AccountId::from(names.before(hot)?);
            let before = self.parent.pool_row(&hotkey, netuid);
            let before = before.await.map_err(|error| self.failed(error))?;
            let prefix = pool(hot, *net);
            if self.view.newest::<PoolMark>(POOLS, &prefix, self.number)?.is_none() {
                let first = before.map(|(_, state)| Snapshot::from(state));
                let first = PoolMark { pool: first, events: 0 };
                batch.put(POOLS, &at(&prefix, self.number.saturating_sub(1)), &first)?;
            }
            let now = row.map(|(_, state)| Snapshot::from(state));
            let now = PoolMark { pool: now, events: *events };
            batch.put(POOLS, &at(&prefix, self.number), &now)?;
            ids.insert((*hot, *net), (before.map(|(id, _)| id), row.map(|(id, _)| id)));
        }
        Ok(ids)
    }

    /// Takes are events without a coldkey: they go to the hotkey's own.
    async fn rewards(
        &self,
        batch: &Batch,
        block: &mut Block,
        names: &Names,
    ) -> Result<(), IndexError> {
        for (hotkey, coldkey) in &block.bound {
            batch.put(OWNERS, &owner(hotkey, coldkey), &())?;
        }
        let mut owners = BTreeMap::new();
        for own in std::mem::take(&mut block.own) {
            let hot = own.hotkey;
            let coldkey = match own.coldkey.or_else(|| owners.get(&hot).copied()) {
                Some(known) => known,
                None => {
                    let name = AccountId::from(names.before(&hot)?);
                    let found = self.parent.coldkey_of(&name).await;
                    let Some(found) = found.map_err(|error| self.failed(error))? else { continue };
                    owners.insert(hot, found.0);
                    found.0
                }
            };
            // Also for those that were bound at genesis, of which no event tells.
            batch.put(OWNERS, &owner(&hot, &coldkey), &())?;
            let change = Change { kind: own.kind.into(), amount: own.amount.into(), with: None };
            block.stake.entry((coldkey, hot, own.netuid)).or_default().push(change);
        }
        Ok(())
    }

    async fn position(
        &self,
        batch: &Batch,
        place: &Place,
        changes: &[Change],
        ids: &Ids,
    ) -> Result<(), IndexError> {
        let (cold, hot, net) = place;
        let (old, new) = ids.get(&(*hot, *net)).copied().unwrap_or_default();
        let coldkey = AccountId::from(*cold);
        let before = match old {
            Some(id) => self.parent.points(&coldkey, id).await,
            None => Ok(0),
        };
        let points = match new {
            Some(id) => self.here.points(&coldkey, id).await,
            None => Ok(0),
        };
        let before = before.map_err(|error| self.failed(error))?;
        let points = points.map_err(|error| self.failed(error))?;
        let lines = changes.iter().filter(|c| c.amount != 0).map(line).collect();
        let key = at(&[cold.as_slice(), &pool(hot, *net)].concat(), self.number);
        batch.put(MARKS, &key, &Mark { before, points, lines })
    }
}

fn line(change: &Change) -> Line {
    // Amounts are within the issuance, which is below 2⁶³.
    let amount = i64::try_from(change.amount).unwrap_or(i64::MAX);
    Line { kind: change.kind.clone(), amount, with: change.with.map(|with| with.to_string()) }
}
