//! Statements: opening, everything that happened, closing.

use crate::{
    book::{token, Place},
    names::{first, name},
    store::{
        at, owner, pool, Line, Mark, NativeBlock, PoolMark, Store, BALANCES, MARKS, NATIVE, OWNERS,
        POOLS,
    },
    IndexError,
};
use alun_client::AccountId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most entries of an answer, unless one block has more.
pub const MOST: usize = 5_000;

/// What an account is asked about as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Its tokens and all positions that it has.
    Coldkey,
    /// Its tokens and the positions that its own coldkey has on it: pay, takes, cuts.
    Hotkey,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Of whom.
    pub account: AccountId,
    /// As what.
    pub role: Role,
    /// Positions of one netuid only, and no native tokens.
    pub netuid: Option<u16>,
    /// The opening is after this block.
    pub from: u32,
    /// The closing is after this block; the newest one if `None`.
    pub to: Option<u32>,
    /// Most entries, at most [`MOST`].
    pub limit: usize,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Block.
    pub block: u32,
    /// Why: `fee`, `transfer_in`, `stake_added`, `incentive_paid`, `take`, `reward`, …
    pub kind: String,
    /// Smallest unit; negative when it left.
    pub amount: i64,
    /// The other account, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
}

/// One balance: native tokens, or a position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Whose.
    pub account: String,
    /// On whom it is staked, as called at `to`; `null` for native tokens.
    pub hotkey: Option<String>,
    /// Where; `null` for native tokens, free and reserved.
    pub netuid: Option<u16>,
    /// `ALUN`, or `α` and the netuid.
    pub token: String,
    /// After block `from`, smallest unit.
    pub opening: u64,
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// After block `to`: opening and all entries.
    pub closing: u64,
}

impl Statement {
    /// Whether opening and entries are the closing, to the unit.
    pub fn adds_up(&self) -> bool {
        let sum = self.entries.iter().fold(i128::from(self.opening), |sum, entry| {
            sum.saturating_add(i128::from(entry.amount))
        });
        sum == i128::from(self.closing)
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The opening is after this block.
    pub from: u32,
    /// The closing is after this block.
    pub to: u32,
    /// Ask again from here for the rest; `null` when this is all.
    pub next: Option<u32>,
    /// One for each balance.
    pub statements: Vec<Statement>,
}

/// Answers a question.
pub fn ask(store: &Store, question: &Question) -> Result<History, IndexError> {
    let bad = |text: String| Err(IndexError::BadQuestion(text));
    let Some((last, _)) = store.last()? else {
        return bad("nothing is indexed yet: wait for the indexer".into());
    };
    let (from, end) = (question.from, question.to.unwrap_or(last));
    if end > last {
        return bad(format!("block {end} is not indexed yet: the last one is {last}"));
    }
    if from > end {
        return bad(format!("from {from} is after to {end}"));
    }
    if question.limit == 0 || question.limit > MOST {
        return bad(format!("limit must be 1 to {MOST}"));
    }
    let mut statements = statements(store, question, from, end)?;
    let mut blocks: Vec<u32> =
        statements.iter().flat_map(|one| &one.entries).map(|entry| entry.block).collect();
    blocks.sort_unstable();
    let mut to = end;
    if let Some(over) = blocks.get(question.limit) {
        // Whole blocks, so that each page adds up by itself; a block that is too large comes alone.
        let first = blocks.first().copied().unwrap_or(from);
        to = over.saturating_sub(1).max(first);
        statements = self::statements(store, question, from, to)?;
    }
    Ok(History { from, to, next: (to < end).then_some(to), statements })
}

fn statements(
    store: &Store,
    question: &Question,
    from: u32,
    to: u32,
) -> Result<Vec<Statement>, IndexError> {
    let mut all = Vec::new();
    let account = question.account.0;
    if question.netuid.is_none() {
        all.extend(native(store, &account, from, to)?);
    }
    let (cold, on) = match question.role {
        Role::Coldkey => (vec![account], None),
        Role::Hotkey => {
            let on = first(store, &account)?;
            (owners(store, &on)?, Some(on))
        }
    };
    let mut places: BTreeMap<Place, Vec<(u32, Mark)>> = BTreeMap::new();
    for cold in cold {
        let (first, last) = (owner(&cold, &[0; 32]), owner(&cold, &[255; 32]));
        for (key, mark) in store.range::<Mark>(MARKS, &first, &at(&last, u32::MAX))? {
            let Some((hot, net, block)) = place(&key) else { continue };
            let wanted = on.is_none_or(|on| on == hot) && question.netuid.is_none_or(|n| n == net);
            if wanted {
                places.entry((cold, hot, net)).or_default().push((block, mark));
            }
        }
    }
    for (place, marks) in places {
        let statement = position(store, &place, &marks, (from, to))?;
        if !statement.entries.is_empty() || statement.opening > 0 {
            all.push(statement);
        }
    }
    Ok(all)
}

/// The coldkeys that a hotkey is or was bound to.
fn owners(store: &Store, hotkey: &[u8; 32]) -> Result<Vec<[u8; 32]>, IndexError> {
    let (from, to) = (owner(hotkey, &[0; 32]), owner(hotkey, &[255; 32]));
    let found = store.range::<()>(OWNERS, &from, &to)?;
    Ok(found.iter().filter_map(|(key, ())| key.last_chunk().copied()).collect())
}

fn place(key: &[u8]) -> Option<([u8; 32], u16, u32)> {
    let hot = key.get(32..64)?.try_into().ok()?;
    let net = u16::from_be_bytes(key.get(64..66)?.try_into().ok()?);
    Some((hot, net, u32::from_be_bytes(key.get(66..70)?.try_into().ok()?)))
}

fn entries(block: u32, lines: &[Line]) -> impl Iterator<Item = Entry> + '_ {
    lines.iter().map(move |line| {
        let Line { kind, amount, with } = line.clone();
        Entry { block, kind, amount, with }
    })
}

fn total(lines: &[Line]) -> i128 {
    lines.iter().fold(0, |sum, line| sum.saturating_add(line.amount.into()))
}

fn native(
    store: &Store,
    who: &[u8; 32],
    from: u32,
    to: u32,
) -> Result<Option<Statement>, IndexError> {
    let Some(mut closing) = store.get::<u64>(BALANCES, who)? else { return Ok(None) };
    let rows =
        store.range::<NativeBlock>(NATIVE, &at(who, from.saturating_add(1)), &at(who, u32::MAX))?;
    let (mut opening, mut listed) = (None, Vec::new());
    for (key, row) in rows {
        let block = key.get(32..36).and_then(|bytes| bytes.try_into().ok());
        let block = block.map_or(0, u32::from_be_bytes);
        opening = opening.or(Some(row.before));
        if block > to {
            closing = row.before;
            break;
        }
        listed.extend(entries(block, &row.lines));
    }
    let opening = opening.unwrap_or(closing);
    Ok(Some(Statement {
        account: AccountId::from(*who).to_string(),
        hotkey: None,
        netuid: None,
        token: token(0),
        opening,
        entries: listed,
        closing,
    }))
}

fn position(
    store: &Store,
    (cold, hot, net): &Place,
    marks: &[(u32, Mark)],
    (from, to): (u32, u32),
) -> Result<Statement, IndexError> {
    let prefix = pool(hot, *net);
    let worth = |points: u128, block: u32| -> Result<u64, IndexError> {
        let row = store.newest::<PoolMark>(POOLS, &prefix, block)?.and_then(|row| row.pool);
        Ok(row.map_or(0, |row| row.value_of(points, block)))
    };
    let held = |block: u32| {
        let newest = marks.iter().rev().find(|(mark, _)| *mark <= block);
        let first = marks.first().map_or(0, |(_, mark)| mark.before);
        newest.map_or(first, |(_, mark)| mark.points)
    };
    let opening = worth(held(from), from)?;
    let inside = at(&prefix, from.saturating_add(1));
    let mut blocks: BTreeMap<u32, u32> = [(to, 0)].into();
    for (key, row) in store.range::<PoolMark>(POOLS, &inside, &at(&prefix, to))? {
        let block = key.get(34..38).and_then(|bytes| bytes.try_into().ok());
        blocks.extend(block.map(|block| (u32::from_be_bytes(block), row.events)));
    }
    let own: BTreeMap<u32, &Mark> = marks.iter().map(|(block, mark)| (*block, mark)).collect();
    let (mut value, mut listed) = (opening, Vec::new());
    for (block, events) in blocks.into_iter().filter(|(block, _)| *block > from) {
        let before = block.saturating_sub(1);
        // What entered the pool by itself, as it was stored before this block.
        let row = store.newest::<PoolMark>(POOLS, &prefix, before)?.and_then(|row| row.pool);
        let grown = row.map_or(0, |row| row.value_of(held(before), block));
        let now = worth(held(block), block)?;
        let lines = own.get(&block).map_or(&[][..], |mark| &mark.lines);
        let left = i128::from(now).saturating_sub(grown.into()).saturating_sub(total(lines));
        // Each change of a pool rounds down, a unit at a time; more than that is somebody's error.
        let most = u128::from(events).saturating_add(1).saturating_mul(2);
        let odd = if left.unsigned_abs() <= most { "rounding" } else { "unexplained" };
        let gained = i128::from(grown).saturating_sub(value.into());
        for (kind, amount) in [("reward", gained), (odd, left)] {
            if let Some(amount) = i64::try_from(amount).ok().filter(|amount| *amount != 0) {
                listed.push(Entry { block, kind: kind.into(), amount, with: None });
            }
        }
        listed.extend(entries(block, lines));
        value = now;
    }
    Ok(Statement {
        account: AccountId::from(*cold).to_string(),
        hotkey: Some(AccountId::from(name(store, hot, to)?).to_string()),
        netuid: Some(*net),
        token: token(*net),
        opening,
        entries: listed,
        closing: value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::Snapshot;
    use proptest::prelude::*;

    const WHO: [u8; 32] = [1; 32];

    fn question(from: u32, to: Option<u32>, limit: usize) -> Question {
        let account = AccountId::from(WHO);
        Question { account, role: Role::Coldkey, netuid: None, from, to, limit }
    }

    /// Blocks from 1 on, each with a native change and a pool that grows.
    fn filled(amounts: &[u32]) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("db")).unwrap();
        let (mut before, mut pot) = (1_000_u64, 0_u64);
        for (index, amount) in amounts.iter().enumerate() {
            let number = u32::try_from(index).unwrap() + 1;
            let batch = store.batch().unwrap();
            let line =
                |kind: &str| vec![Line { kind: kind.into(), amount: (*amount).into(), with: None }];
            let row = NativeBlock { before, lines: line("deposit") };
            batch.put(NATIVE, &at(&WHO, number), &row).unwrap();
            before += u64::from(*amount);
            batch.put(BALANCES, &WHO, &before).unwrap();
            let points = 1_000_000 * 1_000_u128;
            pot += u64::from(*amount);
            let row = Snapshot { value: pot, points, remaining: 0, last: number, end: number };
            batch
                .put(
                    POOLS,
                    &at(&pool(&[2; 32], 3), number),
                    &PoolMark { pool: Some(row), events: 1 },
                )
                .unwrap();
            if index == 0 {
                let mark = Mark { before: 0, points: points / 2, lines: line("stake_added") };
                let key = at(&[WHO.as_slice(), &pool(&[2; 32], 3)].concat(), number);
                batch.put(MARKS, &key, &mark).unwrap();
            }
            batch.commit(number, [0; 32]).unwrap();
        }
        (folder, store)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn pages_should_add_up_and_be_the_whole_when_joined(
            amounts in proptest::collection::vec(1_u32..1_000_000, 1..20), limit in 1_usize..9,
        ) {
            let (_folder, store) = filled(&amounts);
            let whole = ask(&store, &question(0, None, MOST)).unwrap();
            prop_assert_eq!(whole.statements.len(), 2);
            prop_assert!(whole.statements.iter().all(Statement::adds_up));
            let (mut from, mut joined, mut closing) = (0, 0, None);
            loop {
                let page = ask(&store, &question(from, None, limit)).unwrap();
                for one in &page.statements {
                    prop_assert!(one.adds_up());
                    joined += one.entries.len();
                }
                let native = &page.statements[0];
                prop_assert!(closing.is_none_or(|closing| closing == native.opening));
                closing = Some(native.closing);
                match page.next { Some(next) => from = next, None => break }
            }
            prop_assert_eq!(closing, Some(whole.statements[0].closing));
            prop_assert_eq!(joined, whole.statements.iter().map(|s| s.entries.len()).sum::<usize>());
        }
    }

    /// A pool of 1,000 units, all one account's, that somebody adds to and takes from.
    fn pools(rows: &[(u32, u64, u64)]) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("db")).unwrap();
        for (number, value, remaining) in rows {
            let batch = store.batch().unwrap();
            let points = u128::from(*value) * 1_000_000;
            let end = number + 10;
            let row = Snapshot { value: *value, points, remaining: *remaining, last: *number, end };
            let row = PoolMark { pool: Some(row), events: 1 };
            batch.put(POOLS, &at(&pool(&[2; 32], 3), *number), &row).unwrap();
            if *number == 1 {
                let lines = vec![Line { kind: "stake_added".into(), amount: 1_000, with: None }];
                let mark = Mark { before: 0, points: 1_000_000_000, lines };
                let key = at(&[WHO.as_slice(), &pool(&[2; 32], 3)].concat(), 1);
                batch.put(MARKS, &key, &mark).unwrap();
            }
            batch.commit(*number, [0; 32]).unwrap();
        }
        (folder, store)
    }

    fn told(store: &Store) -> Vec<(u32, String, i64)> {
        let answer = ask(store, &question(0, None, MOST)).unwrap();
        assert!(answer.statements.iter().all(Statement::adds_up));
        let one = answer.statements.into_iter().find(|one| one.netuid == Some(3)).unwrap();
        one.entries.into_iter().map(|entry| (entry.block, entry.kind, entry.amount)).collect()
    }

    #[test]
    fn ask_should_tell_no_reward_when_others_only_come_and_go() {
        let (_folder, store) =
            pools(&[(1, 1_000, 0), (5, 9_000, 0), (6, 1_000, 0), (20, 1_000, 0)]);
        assert_eq!(told(&store), [(1, "stake_added".into(), 1_000)]);
    }

    #[test]
    fn ask_should_tell_a_reward_when_it_enters_and_an_error_when_value_comes_from_nowhere() {
        let (_folder, store) = pools(&[(1, 1_000, 1_000)]);
        let last = store.batch().unwrap();
        last.commit(6, [0; 32]).unwrap();
        let entries = told(&store);
        assert_eq!(entries.len(), 2, "{entries:?}");
        assert_eq!((entries[1].1.as_str(), entries[1].0), ("reward", 6));
        assert!((499..=500).contains(&entries[1].2), "{entries:?}");
        let batch = store.batch().unwrap();
        let row =
            Snapshot { value: 1_700, points: 1_000_000_000, remaining: 500, last: 7, end: 11 };
        let row = PoolMark { pool: Some(row), events: 1 };
        batch.put(POOLS, &at(&pool(&[2; 32], 3), 7), &row).unwrap();
        batch.commit(7, [0; 32]).unwrap();
        let entries = told(&store);
        let odd = entries.last().unwrap();
        assert!(odd.1 == "unexplained" && (0..=100).contains(&odd.2), "{entries:?}");
    }

    #[test]
    fn ask_should_say_what_is_wrong_when_a_question_makes_no_sense() {
        let (_folder, store) = filled(&[1, 2, 3]);
        for (bad, says) in [
            (question(0, Some(9), 10), "not indexed yet"),
            (question(3, Some(2), 10), "is after"),
            (question(0, None, 0), "limit"),
            (question(0, None, MOST + 1), "limit"),
        ] {
            let error = ask(&store, &bad).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn block_should_leave_nothing_when_it_is_not_committed() {
        let (folder, store) = filled(&[5]);
        let batch = store.batch().unwrap();
        batch.put(BALANCES, &WHO, &77_u64).unwrap();
        drop(batch);
        drop(store);
        let store = Store::open(&folder.path().join("db")).unwrap();
        assert_eq!(store.last().unwrap().unwrap().0, 1);
        assert_eq!(store.get::<u64>(BALANCES, &WHO).unwrap(), Some(1_005));
    }
}
