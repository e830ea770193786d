//! Statements: opening, everything that happened, closing.

use crate::{
    book::{token, Place},
    names::{first, name},
    store::{
        at, owner, pool, Bounds, Line, Mark, NativeBlock, PoolMark, Store, View, BALANCES, MARKS,
        NATIVE, OWNERS, POOLS,
    },
    IndexError,
};
use alun_client::AccountId;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BinaryHeap},
    time::Instant,
};

/// Most entries of an answer, unless one block has more; and at its end up to two more for each
/// position, of what reached it since the last one.
pub const MOST: usize = 5_000;
/// Most rows that one answer reads. A page of [`MOST`] entries of a position takes some 20,000.
pub const ROWS: u32 = 500_000;

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

/// Answers a question, from one state of the index, reading at most [`ROWS`] rows of it.
///
/// # Errors
/// A question that makes no sense or needs more than that; an answer that is not there `until` then.
pub fn ask(
    store: &Store,
    question: &Question,
    until: Option<Instant>,
) -> Result<History, IndexError> {
    answer(&store.view(Bounds { rows: ROWS, until })?, question)
}

fn answer(view: &View, question: &Question) -> Result<History, IndexError> {
    let bad = |text: String| Err(IndexError::BadQuestion(text));
    let Some((last, _)) = view.last()? else {
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
    let places = places(view, question)?;
    let account = question.account.0;
    let mut page = Page { limit: question.limit, blocks: BinaryHeap::new(), first: end };
    if question.netuid.is_none() {
        page.native(view, &account, (from, end))?;
    }
    for place in &places {
        page.position(view, place, (from, end))?;
    }
    let to = page.end(end);
    let mut statements = Vec::new();
    if question.netuid.is_none() {
        statements.extend(native(view, &account, from, to)?);
    }
    for place in &places {
        statements.extend(position(view, place, (from, to))?);
    }
    Ok(History { from, to, next: (to < end).then_some(to), statements })
}

/// Finds the block that a page ends with: whole blocks, so that each page adds up by itself. Of all
/// entries it remembers no more than the page has room for, and it reads no further than they reach.
struct Page {
    limit: usize,
    /// Blocks of the first entries found so far, one more than the limit.
    blocks: BinaryHeap<u32>,
    first: u32,
}

impl Page {
    /// Counts entries of a block; `false` when neither they nor later ones are on this page.
    fn add(&mut self, block: u32, entries: usize) -> bool {
        let room = self.limit.saturating_add(1);
        for _ in 0..entries.min(room) {
            if self.blocks.len() == room && self.blocks.peek().is_some_and(|last| *last <= block) {
                return false;
            }
            self.first = self.first.min(block);
            self.blocks.push(block);
            if self.blocks.len() > room {
                self.blocks.pop();
            }
        }
        true
    }

    fn native(
        &mut self,
        view: &View,
        who: &[u8; 32],
        (from, end): (u32, u32),
    ) -> Result<(), IndexError> {
        let (start, end) = (at(who, from.saturating_add(1)), at(who, end));
        for row in view.range::<NativeBlock>(NATIVE, &start, &end)? {
            let (key, row) = row?;
            if !self.add(block_of(&key), row.lines.len()) {
                break;
            }
        }
        Ok(())
    }

    fn position(
        &mut self,
        view: &View,
        place: &Place,
        (from, end): (u32, u32),
    ) -> Result<(), IndexError> {
        let mut held = held_at(view, place, from)?;
        let mut begin = from;
        for row in own(view, place, (from, end))? {
            let (block, mark) = row?;
            if held > 0 && !self.grown(view, place, (begin, block))? {
                return Ok(());
            }
            if !self.add(block, mark.lines.len()) {
                return Ok(());
            }
            (begin, held) = (block, mark.points);
        }
        if held > 0 {
            self.grown(view, place, (begin, end))?;
        }
        Ok(())
    }

    /// Each change of a pool may be a reward and a rounding.
    fn grown(
        &mut self,
        view: &View,
        place: &Place,
        (from, to): (u32, u32),
    ) -> Result<bool, IndexError> {
        for row in changes(view, place, (from, to))? {
            let (block, _) = row?;
            if !self.add(block, 2) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The last block of the page; a block that is too large comes alone.
    fn end(&self, end: u32) -> u32 {
        match self.blocks.peek() {
            Some(over) if self.blocks.len() > self.limit => over.saturating_sub(1).max(self.first),
            _ => end,
        }
    }
}

/// The positions that a question is about, also those that ended.
fn places(view: &View, question: &Question) -> Result<Vec<Place>, IndexError> {
    let account = question.account.0;
    let mut all = Vec::new();
    let mut find = |cold: &[u8; 32], first: &[u8; 32], last: &[u8; 32]| {
        let end = at(&[cold.as_slice(), &pool(last, u16::MAX)].concat(), u32::MAX);
        let mut from = [cold.as_slice(), &pool(first, 0)].concat();
        // From one place to the next, past all marks between.
        while let Some(row) = view.range::<Mark>(MARKS, &from, &end)?.next() {
            let (key, _) = row?;
            let Some((hot, net)) = place(&key) else { break };
            if question.netuid.is_none_or(|wanted| wanted == net) {
                all.push((*cold, hot, net));
            }
            from = at(&[cold.as_slice(), &pool(&hot, net)].concat(), u32::MAX);
            from.push(0);
        }
        Ok::<_, IndexError>(())
    };
    match question.role {
        Role::Coldkey => find(&account, &[0; 32], &[255; 32])?,
        Role::Hotkey => {
            let on = first(view, &account)?;
            for cold in owners(view, &on)? {
                find(&cold, &on, &on)?;
            }
        }
    }
    Ok(all)
}

/// The coldkeys that a hotkey is or was bound to.
fn owners(view: &View, hotkey: &[u8; 32]) -> Result<Vec<[u8; 32]>, IndexError> {
    let (from, to) = (owner(hotkey, &[0; 32]), owner(hotkey, &[255; 32]));
    let mut found = Vec::new();
    for row in view.range::<()>(OWNERS, &from, &to)? {
        found.extend(row?.0.last_chunk().copied());
    }
    Ok(found)
}

fn place(key: &[u8]) -> Option<([u8; 32], u16)> {
    let hot = key.get(32..64)?.try_into().ok()?;
    Some((hot, u16::from_be_bytes(key.get(64..66)?.try_into().ok()?)))
}

/// The block that a key ends with.
fn block_of(key: &[u8]) -> u32 {
    key.last_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

fn marks_of((cold, hot, net): &Place) -> Vec<u8> {
    [cold.as_slice(), &pool(hot, *net)].concat()
}

/// Points of a position after a block.
fn held_at(view: &View, place: &Place, block: u32) -> Result<u128, IndexError> {
    let prefix = marks_of(place);
    if let Some(mark) = view.newest::<Mark>(MARKS, &prefix, block)? {
        return Ok(mark.points);
    }
    let mut later = view.range::<Mark>(MARKS, &at(&prefix, block), &at(&prefix, u32::MAX))?;
    let first = later.next().transpose()?;
    Ok(first.map_or(0, |(_, mark)| mark.before))
}

/// What an account did with a position, after `from` and up to `to`.
fn own<'a>(
    view: &'a View,
    place: &Place,
    (from, to): (u32, u32),
) -> Result<impl Iterator<Item = Result<(u32, Mark), IndexError>> + 'a, IndexError> {
    let prefix = marks_of(place);
    let rows = view.range::<Mark>(MARKS, &at(&prefix, from.saturating_add(1)), &at(&prefix, to))?;
    Ok(rows.map(|row| row.map(|(key, mark)| (block_of(&key), mark))))
}

/// Changes of its pool, after `from` and up to `to`.
fn changes<'a>(
    view: &'a View,
    (_, hot, net): &Place,
    (from, to): (u32, u32),
) -> Result<impl Iterator<Item = Result<(u32, PoolMark), IndexError>> + 'a, IndexError> {
    let prefix = pool(hot, *net);
    let (start, end) = (at(&prefix, from.saturating_add(1)), at(&prefix, to));
    let rows = view.range::<PoolMark>(POOLS, &start, &end)?;
    Ok(rows.map(|row| row.map(|(key, mark)| (block_of(&key), mark))))
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
    view: &View,
    who: &[u8; 32],
    from: u32,
    to: u32,
) -> Result<Option<Statement>, IndexError> {
    let Some(mut closing) = view.get::<u64>(BALANCES, who)? else { return Ok(None) };
    let (mut opening, mut listed) = (None, Vec::new());
    let start = at(who, from.saturating_add(1));
    for row in view.range::<NativeBlock>(NATIVE, &start, &at(who, u32::MAX))? {
        let (key, row) = row?;
        opening = opening.or(Some(row.before));
        if block_of(&key) > to {
            closing = row.before;
            break;
        }
        listed.extend(entries(block_of(&key), &row.lines));
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

/// `None` for one that was empty all the time.
fn position(
    view: &View,
    place: &Place,
    (from, to): (u32, u32),
) -> Result<Option<Statement>, IndexError> {
    let (cold, hot, net) = place;
    let prefix = pool(hot, *net);
    let worth = |points: u128, block: u32| -> Result<u64, IndexError> {
        if points == 0 {
            return Ok(0);
        }
        let row = view.newest::<PoolMark>(POOLS, &prefix, block)?.and_then(|row| row.pool);
        Ok(row.map_or(0, |row| row.value_of(points, block)))
    };
    let mut held = held_at(view, place, from)?;
    let opening = worth(held, from)?;
    // Blocks that may have changed its value, each with the pool's events and what the account did.
    let mut blocks: BTreeMap<u32, (u32, Option<Mark>)> = BTreeMap::new();
    let (mut begin, mut points) = (from, held);
    for row in own(view, place, (from, to))? {
        let (block, mark) = row?;
        if points > 0 {
            grown(view, place, (begin, block), &mut blocks)?;
        }
        let row = view.get::<PoolMark>(POOLS, &at(&prefix, block))?;
        (begin, points) = (block, mark.points);
        blocks.insert(block, (row.map_or(0, |row| row.events), Some(mark)));
    }
    if points > 0 {
        grown(view, place, (begin, to), &mut blocks)?;
        if to > from {
            blocks.entry(to).or_default();
        }
    }
    let (mut value, mut listed) = (opening, Vec::new());
    for (block, (events, mark)) in blocks {
        let before = block.saturating_sub(1);
        // What entered the pool by itself, as it was stored before this block.
        let row = view.newest::<PoolMark>(POOLS, &prefix, before)?.and_then(|row| row.pool);
        let grown = row.map_or(0, |row| row.value_of(held, block));
        held = mark.as_ref().map_or(held, |mark| mark.points);
        let now = worth(held, block)?;
        let lines = mark.as_ref().map_or(&[][..], |mark| &mark.lines);
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
    if listed.is_empty() && opening == 0 {
        return Ok(None);
    }
    Ok(Some(Statement {
        account: AccountId::from(*cold).to_string(),
        hotkey: Some(AccountId::from(name(view, hot, to)?).to_string()),
        netuid: Some(*net),
        token: token(*net),
        opening,
        entries: listed,
        closing: value,
    }))
}

fn grown(
    view: &View,
    place: &Place,
    between: (u32, u32),
    blocks: &mut BTreeMap<u32, (u32, Option<Mark>)>,
) -> Result<(), IndexError> {
    for row in changes(view, place, between)? {
        let (block, row) = row?;
        blocks.insert(block, (row.events, None));
    }
    Ok(())
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
            let whole = ask(&store, &question(0, None, MOST), None).unwrap();
            prop_assert_eq!(whole.statements.len(), 2);
            prop_assert!(whole.statements.iter().all(Statement::adds_up));
            let (mut from, mut joined, mut closing) = (0, 0, None);
            loop {
                let page = ask(&store, &question(from, None, limit), None).unwrap();
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
        let answer = ask(store, &question(0, None, MOST), None).unwrap();
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
            let error = ask(&store, &bad, None).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn page_should_read_no_further_than_it_reaches() {
        let (_folder, store) = filled(&[5; 400]);
        let view = store.view(Bounds::NONE).unwrap();
        let page = answer(&view, &question(0, None, 4)).unwrap();
        assert!(page.next.is_some_and(|next| next < 6), "{page:?}");
        assert!(view.read_rows() < 60, "{} rows read", view.read_rows());
    }

    #[test]
    fn page_should_pass_by_what_its_pool_did_without_it() {
        let (_folder, store) = filled(&[5; 400]);
        let batch = store.batch().unwrap();
        let key = at(&[WHO.as_slice(), &pool(&[2; 32], 3)].concat(), 401);
        let lines = vec![Line { kind: "stake_removed".into(), amount: -2_000, with: None }];
        batch.put(MARKS, &key, &Mark { before: 500_000_000, points: 0, lines }).unwrap();
        batch.commit(401, [0; 32]).unwrap();
        for number in 402..700 {
            let batch = store.batch().unwrap();
            let key = at(&pool(&[2; 32], 3), number);
            batch.put(POOLS, &key, &PoolMark { pool: None, events: 1 }).unwrap();
            batch.commit(number, [0; 32]).unwrap();
        }
        let view = store.view(Bounds::NONE).unwrap();
        let page = answer(&view, &question(401, None, 4)).unwrap();
        assert_eq!((page.to, page.next, page.statements.len()), (699, None, 1));
        assert!(view.read_rows() < 20, "{} rows read", view.read_rows());
    }

    #[test]
    fn answer_should_be_refused_when_it_costs_too_much() {
        let (_folder, store) = filled(&[5; 200]);
        let view = store.view(Bounds { rows: 100, until: None }).unwrap();
        let told = answer(&view, &question(0, None, MOST)).unwrap_err().to_string();
        assert!(told.contains("more than 100 rows"), "{told}");
        let late = ask(&store, &question(0, None, MOST), Some(Instant::now()));
        assert!(matches!(late, Err(IndexError::TooLong)), "{late:?}");
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
        let view = store.view(Bounds::NONE).unwrap();
        assert_eq!(view.get::<u64>(BALANCES, &WHO).unwrap(), Some(1_005));
    }
}
