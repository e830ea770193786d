//! Child hotkeys: a hotkey lends its stake weight on a subnet to others, which act with it.
//!
//! - A lender names up to [`MAX_CHILDREN`] children with proportions. Whatever it changes holds from the
//!   first epoch that is due when a delay is over, computed on read; a later change takes the place of
//!   one that waits. From an epoch on, because an epoch's dividends are paid some blocks after it read
//!   the weights: a change between the two would let one side earn with what was the other's.
//! - Only its own weight is lent, `alpha + τ·root`, never what it was lent itself. What is lent is
//!   deducted from it, so that all weights of a subnet sum to all own ones.
//! - A child has at most [`MAX_LENDERS`] lenders, so that its weight, and the split of its dividends,
//!   cost the same whatever others do. Its owner says who may be one: otherwise anybody could fill the
//!   list with dust. Hotkeys of one coldkey need no word.
//! - Who strikes a lender out gives it the same delay: until then it lends, its part of the dividends is
//!   its own, and it can't change what it lends, or it could put the end off for ever.
//! - Nobody lends to itself, not by way of others either. What waits to hold counts as if it held.
//! - An epoch weighs every neuron of a subnet. So that this costs no more for who neither lends nor is
//!   lent to, a subnet has one list of all who lend there, of [`MAX_LENDINGS`] at most. Anybody could fill
//!   it with hotkeys without stake; so in a full list who has more weight than the least of them takes its
//!   place, and that one lends until the next epoch.

use crate::{
    AlphaOf, ChildDelay, Config, Error, Event, Hotkeys, Lenders, Lendings, LentOn, Pallet,
    RootWeight,
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use alun_primitives::{
    part_of,
    traits::{Clock, EpochClock, PoolReward},
    views::ChildrenView,
    Alpha, Balance, BlockNumber, NetUid, Ppm,
};
use alun_yuma::split_exact;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::iter::once;
use frame::prelude::{ensure, BoundedVec, ConstU32, DispatchResult, TypeInfo};

/// The most children that a hotkey lends to on a subnet.
pub const MAX_CHILDREN: u32 = 5;

/// The most lenders that a hotkey has on a subnet.
pub const MAX_LENDERS: u32 = 5;

/// The most hotkeys that are looked at for a circle.
pub const MAX_LOOKED_AT: usize = 64;

/// The most hotkeys that lend on a subnet.
pub const MAX_LENDINGS: u32 = 128;

/// The most of them that may be ending besides.
pub const MAX_ENDING: u32 = 32;

/// All of a weight, parts per million.
const WHOLE: u64 = 1_000_000;

/// To whom a hotkey lends, each with its part of the lender's own weight in parts per million.
pub type Children<AccountId> = BoundedVec<(AccountId, Ppm), ConstU32<MAX_CHILDREN>>;

/// From whom a hotkey takes weight.
pub type LenderList<AccountId> = BoundedVec<Lender<AccountId>, ConstU32<MAX_LENDERS>>;

/// Who lends on a subnet.
pub type LenderIndex<AccountId> = BoundedVec<AccountId, ConstU32<{ MAX_LENDINGS + MAX_ENDING }>>;

/// What a hotkey lends on a subnet.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Lending<AccountId> {
    /// What holds.
    pub current: Children<AccountId>,
    /// What holds from a block on.
    pub next: Option<(BlockNumber, Children<AccountId>)>,
}

impl<AccountId> Default for Lending<AccountId> {
    fn default() -> Self {
        Self { current: Children::default(), next: None }
    }
}

impl<AccountId: PartialEq> Lending<AccountId> {
    /// As of `block`: what waited and whose block has come holds.
    pub fn at(self, block: BlockNumber) -> Self {
        match self.next {
            Some((at, children)) if block >= at => Self { current: children, next: None },
            next => Self { next, ..self },
        }
    }

    /// The part of the lender's weight that a child has, parts per million.
    fn part_to(&self, child: &AccountId) -> Ppm {
        self.current.iter().find(|(named, _)| named == child).map_or(0, |(_, part)| *part)
    }

    /// All that is or will be lent to.
    pub(crate) fn named(&self) -> impl Iterator<Item = &(AccountId, Ppm)> {
        self.current.iter().chain(self.next.iter().flat_map(|(_, children)| children.iter()))
    }

    /// Whether nothing is lent, now or later.
    pub(crate) fn is_over(&self) -> bool {
        self.named().next().is_none()
    }

    /// Whether nothing is lent from a block on.
    fn ends(&self) -> bool {
        self.next.as_ref().is_some_and(|(_, children)| children.is_empty())
    }

    /// Whether a hotkey is or will be lent to.
    pub(crate) fn names(&self, child: &AccountId) -> bool {
        self.named().any(|(named, _)| named == child)
    }
}

/// A hotkey that may lend, or still does.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Lender<AccountId> {
    /// The lender.
    pub hotkey: AccountId,
    /// Whether the child's owner accepts it. If not, it was struck out, and lends until its delay is
    /// over.
    pub accepted: bool,
}

/// A hotkey's weight by where it comes from.
pub(crate) struct Weights<AccountId> {
    /// Its own, without what it lends.
    pub(crate) kept: Balance,
    /// What it is lent, by lender; none of nothing.
    pub(crate) received: Vec<(AccountId, Balance)>,
}

impl<T: Config> Pallet<T> {
    /// The block as of which is lent: that of the newest epoch due, so that nothing changes between
    /// when an epoch reads weights and when it pays. Now, where there was no epoch yet.
    pub(crate) fn lent_as_of(netuid: NetUid) -> BlockNumber {
        let now = Self::now();
        T::Epochs::schedule(netuid)
            .and_then(|schedule| schedule.block_of(schedule.due(now)?, now))
            .unwrap_or(now)
    }

    /// What a hotkey lends on a subnet as of a block.
    pub(crate) fn lending(
        hotkey: &T::AccountId,
        netuid: NetUid,
        as_of: BlockNumber,
    ) -> Lending<T::AccountId> {
        Lendings::<T>::get(hotkey, netuid).unwrap_or_default().at(as_of)
    }

    /// What a hotkey's weight on a subnet is made of.
    pub(crate) fn weights(
        hotkey: &T::AccountId,
        netuid: NetUid,
        root_weight: Ppm,
        as_of: BlockNumber,
    ) -> Weights<T::AccountId> {
        let now = Self::now();
        let own = Self::own_weight(hotkey, netuid, root_weight, now);
        let lending = Self::lending(hotkey, netuid, as_of);
        // Saturation: the parts sum to at most the whole.
        let lent = lending.current.iter();
        let kept = lent.fold(own, |kept, (_, part)| kept.saturating_sub(part_of(own, *part)));
        let lenders = Lenders::<T>::get(hotkey, netuid);
        let received = lenders.into_iter().filter_map(|Lender { hotkey: lender, .. }| {
            let part = Self::lending(&lender, netuid, as_of).part_to(hotkey);
            if part == 0 {
                return None;
            }
            let lent = part_of(Self::own_weight(&lender, netuid, root_weight, now), part);
            (lent > 0).then_some((lender, lent))
        });
        Weights { kept, received: received.collect() }
    }

    /// The weights of many hotkeys. Two reads for each, one for a subnet on which nobody lends; one or
    /// three more for each that lends.
    pub(crate) fn weights_of(hotkeys: &[T::AccountId], netuid: NetUid) -> Vec<Balance> {
        let (root_weight, now) = (RootWeight::<T>::get(), Self::now());
        let own_weight = |hotkey: &T::AccountId| Self::own_weight(hotkey, netuid, root_weight, now);
        let own: Vec<_> = hotkeys.iter().map(own_weight).collect();
        let lenders = LentOn::<T>::get(netuid);
        if lenders.is_empty() {
            return own;
        }
        let as_of = Self::lent_as_of(netuid);
        let known: BTreeMap<_, _> = hotkeys.iter().zip(own.iter().copied()).collect();
        let (mut lent, mut received) = (BTreeMap::new(), BTreeMap::new());
        for lender in &lenders {
            let lending = Self::lending(lender, netuid, as_of);
            if lending.current.is_empty() {
                continue;
            }
            let weight = known.get(lender).copied().unwrap_or_else(|| own_weight(lender));
            for (child, part) in lending.current {
                let part = part_of(weight, part);
                for (sums, whose) in [(&mut lent, lender.clone()), (&mut received, child)] {
                    let sum: &mut Balance = sums.entry(whose).or_default();
                    // Saturation: parts of what is staked on the subnet, and on root times τ.
                    *sum = sum.saturating_add(part);
                }
            }
        }
        let sum = |sums: &BTreeMap<_, _>, hotkey| sums.get(hotkey).copied().unwrap_or(0);
        // Saturation: as above, and nobody lends more than all.
        let weight = |(hotkey, own): (_, Balance)| {
            own.saturating_sub(sum(&lent, hotkey)).saturating_add(sum(&received, hotkey))
        };
        hotkeys.iter().zip(own).map(weight).collect()
    }

    /// Divides a reward by whose weight earned it: the hotkey's own part, then the lenders'.
    pub(crate) fn reward_by_lender(
        hotkey: &T::AccountId,
        coldkey: &T::AccountId,
        mut reward: AlphaOf<T>,
        blocks: BlockNumber,
    ) -> PoolReward {
        let netuid = reward.netuid();
        let as_of = Self::lent_as_of(netuid);
        let Weights { kept, received } =
            Self::weights(hotkey, netuid, RootWeight::<T>::get(), as_of);
        if received.is_empty() {
            return Self::reward_own_pools(hotkey, coldkey, reward, blocks);
        }
        let weights: Vec<_> = once(kept).chain(received.iter().map(|(_, lent)| *lent)).collect();
        let mut parts = split_exact(reward.peek().0, &weights).into_iter().map(Alpha);
        let own = reward.extract(parts.next().unwrap_or_default());
        let reached = Self::reward_own_pools(hotkey, coldkey, own, blocks);
        received.iter().zip(parts).fold(reached, |reached, ((lender, _), part)| {
            let part = reward.extract(part);
            plus(reached, Self::reward_lender(hotkey, coldkey, lender, part, blocks))
        })
    }

    /// What a lender's weight earned: the child's take, the rest into the lender's own pools.
    fn reward_lender(
        child: &T::AccountId,
        child_coldkey: &T::AccountId,
        lender: &T::AccountId,
        mut reward: AlphaOf<T>,
        blocks: BlockNumber,
    ) -> PoolReward {
        let (netuid, amount) = (reward.netuid(), reward.peek());
        let Some(coldkey) = Hotkeys::<T>::get(lender) else {
            // Not reached: who lends is bound. Dropped, hence burned.
            return PoolReward { burned: amount, ..PoolReward::default() };
        };
        let take = if coldkey == *child_coldkey { 0 } else { Self::take_of(child).current };
        let child_take = Alpha(part_of(amount.0, take));
        Self::reward_points(child_coldkey, child, reward.extract(child_take));
        let reached = Self::reward_own_pools(lender, &coldkey, reward, blocks);
        let PoolReward { take, root, subnet, burned } = reached;
        Self::deposit_event(Event::LenderRewarded {
            hotkey: child.clone(),
            lender: lender.clone(),
            netuid,
            child_take,
            take,
            root,
            subnet,
            burned,
        });
        PoolReward { take: take.saturating_add(child_take), ..reached }
    }

    pub(crate) fn do_set_children(
        coldkey: &T::AccountId,
        hotkey: T::AccountId,
        netuid: NetUid,
        children: Children<T::AccountId>,
    ) -> DispatchResult {
        Self::ensure_lendable(coldkey, &hotkey, netuid)?;
        check_children::<T>(&hotkey, &children)?;
        let as_of = Self::lent_as_of(netuid);
        let lending = Self::lending(&hotkey, netuid, as_of);
        for (child, _) in &lending.current {
            let lenders = Lenders::<T>::get(child, netuid);
            let struck = lenders.iter().any(|entry| entry.hotkey == hotkey && !entry.accepted);
            ensure!(!struck, Error::<T>::StruckOut);
        }
        let unchanged = lending.current == children;
        ensure!(lending.next.is_some() || !unchanged, Error::<T>::ChildrenUnchanged);
        for (child, _) in &children {
            Self::admit(coldkey, &hotkey, child, netuid, as_of)?;
        }
        Self::ensure_no_circle(&hotkey, &children, netuid, as_of)?;
        // What holds already needs no delay: setting it anew withdraws what waited.
        let at = if unchanged { Self::now() } else { Self::after_delay()? };
        let next = (!unchanged).then(|| (at, children.clone()));
        Self::list_lender(&hotkey, netuid, as_of)?;
        Self::store_lending(&hotkey, netuid, Lending { next, ..lending });
        let children = children.into_inner();
        Self::deposit_event(Event::ChildrenSet { hotkey, netuid, children, at });
        Ok(())
    }

    pub(crate) fn do_set_lenders(
        coldkey: &T::AccountId,
        hotkey: T::AccountId,
        netuid: NetUid,
        named: BoundedVec<T::AccountId, ConstU32<MAX_LENDERS>>,
    ) -> DispatchResult {
        Self::ensure_lendable(coldkey, &hotkey, netuid)?;
        ensure!(!named.contains(&hotkey), Error::<T>::LendsToItself);
        let distinct: BTreeSet<_> = named.iter().collect();
        ensure!(distinct.len() == named.len(), Error::<T>::NamedTwice);
        let accepted = named.iter().cloned();
        let mut lenders: Vec<_> =
            accepted.map(|hotkey| Lender { hotkey, accepted: true }).collect();
        let end = Self::after_delay()?;
        for Lender { hotkey: lender, .. } in Lenders::<T>::get(&hotkey, netuid) {
            if !named.contains(&lender) && Self::strike_out(&lender, netuid, &hotkey, end) {
                lenders.push(Lender { hotkey: lender, accepted: false });
            }
        }
        let lenders = LenderList::try_from(lenders).map_err(|_| Error::<T>::TooManyLenders)?;
        Self::store_lenders(&hotkey, netuid, lenders);
        let lenders = named.into_inner();
        Self::deposit_event(Event::LendersSet { hotkey, netuid, lenders });
        Ok(())
    }

    /// The caller owns the hotkey, and there is weight to lend on that netuid.
    fn ensure_lendable(
        coldkey: &T::AccountId,
        hotkey: &T::AccountId,
        netuid: NetUid,
    ) -> Result<(), Error<T>> {
        let owner = Hotkeys::<T>::get(hotkey).ok_or(Error::UnknownHotkey)?;
        ensure!(owner == *coldkey, Error::NotOwner);
        ensure!(!netuid.is_root(), Error::NoChildrenOnRoot);
        Self::ensure_open(netuid)
    }

    /// The block from which a change made now holds.
    fn after_delay() -> Result<BlockNumber, Error<T>> {
        let delay = T::Clock::to_blocks(ChildDelay::<T>::get());
        Self::now().checked_add(delay).ok_or(Error::Overflow)
    }

    /// Makes sure that the lender stands in the child's list, accepted.
    fn admit(
        coldkey: &T::AccountId,
        lender: &T::AccountId,
        child: &T::AccountId,
        netuid: NetUid,
        as_of: BlockNumber,
    ) -> Result<(), Error<T>> {
        let owner = Hotkeys::<T>::get(child).ok_or(Error::UnknownHotkey)?;
        let mut lenders = Lenders::<T>::get(child, netuid);
        if lenders.iter().any(|entry| entry.hotkey == *lender && entry.accepted) {
            return Ok(());
        }
        ensure!(owner == *coldkey, Error::LenderNotAccepted);
        // Room: who was struck out and lends no more, and the lender itself if it was.
        lenders.retain(|entry| {
            let lends = || Self::lending(&entry.hotkey, netuid, as_of).names(child);
            entry.hotkey != *lender && (entry.accepted || lends())
        });
        let entry = Lender { hotkey: lender.clone(), accepted: true };
        lenders.try_push(entry).map_err(|_| Error::TooManyLenders)?;
        Self::store_lenders(child, netuid, lenders);
        Ok(())
    }

    /// Ends what a lender lends to a child: at `end`, or where the lender has a change waiting, with
    /// that. Says whether it lends until then.
    fn strike_out(
        lender: &T::AccountId,
        netuid: NetUid,
        child: &T::AccountId,
        end: BlockNumber,
    ) -> bool {
        let mut lending = Self::lending(lender, netuid, Self::lent_as_of(netuid));
        let lends = lending.part_to(child) > 0;
        let (at, mut children) =
            lending.next.take().unwrap_or_else(|| (end, lending.current.clone()));
        let before = children.len();
        children.retain(|(named, _)| named != child);
        if children.len() < before {
            Self::deposit_event(Event::ChildrenSet {
                hotkey: lender.clone(),
                netuid,
                children: children.to_vec(),
                at,
            });
        }
        let next = (children != lending.current).then_some((at, children));
        Self::store_lending(lender, netuid, Lending { next, ..lending });
        lends
    }

    /// Refuses what would let weight come back to who lent it, at some time.
    fn ensure_no_circle(
        hotkey: &T::AccountId,
        children: &Children<T::AccountId>,
        netuid: NetUid,
        as_of: BlockNumber,
    ) -> Result<(), Error<T>> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<_> = children.iter().map(|(child, _)| child.clone()).collect();
        while let Some(next) = open.pop() {
            ensure!(next != *hotkey, Error::LendingInCircle);
            let lending = Self::lending(&next, netuid, as_of);
            if seen.insert(next) {
                ensure!(seen.len() <= MAX_LOOKED_AT, Error::LendingTooDeep);
                open.extend(lending.named().map(|(child, _)| child.clone()));
            }
        }
        Ok(())
    }

    /// Makes sure that a hotkey stands in the list of those that lend on a subnet.
    fn list_lender(
        hotkey: &T::AccountId,
        netuid: NetUid,
        as_of: BlockNumber,
    ) -> Result<(), Error<T>> {
        let mut listed = LentOn::<T>::get(netuid);
        if listed.contains(hotkey) {
            return Ok(());
        }
        if listed.len() >= whole(MAX_LENDINGS) {
            Self::make_room(hotkey, netuid, as_of)?;
            listed = LentOn::<T>::get(netuid);
        }
        listed.try_push(hotkey.clone()).map_err(|_| Error::TooManyLendings)?;
        LentOn::<T>::insert(netuid, listed);
        Ok(())
    }

    /// Room in a full list: strikes out those that lend no more, and if all places are taken by others
    /// that go on lending, ends what the one with the least own weight lends. Refused where the hotkey has
    /// no more than that.
    fn make_room(
        hotkey: &T::AccountId,
        netuid: NetUid,
        as_of: BlockNumber,
    ) -> Result<(), Error<T>> {
        let (root_weight, now) = (RootWeight::<T>::get(), Self::now());
        let own_weight = |hotkey: &T::AccountId| Self::own_weight(hotkey, netuid, root_weight, now);
        let mut staying = Vec::new();
        for lender in LentOn::<T>::get(netuid) {
            let lending = Self::lending(&lender, netuid, as_of);
            if lending.is_over() {
                Self::store_lending(&lender, netuid, lending);
            } else if !lending.ends() {
                staying.push((own_weight(&lender), lender));
            }
        }
        if staying.len() < whole(MAX_LENDINGS) {
            return Ok(());
        }
        let least = staying.into_iter().min().filter(|(least, _)| *least < own_weight(hotkey));
        let (_, lender) = least.ok_or(Error::TooManyLendings)?;
        let lending = Self::lending(&lender, netuid, as_of);
        let at = now.checked_add(1).ok_or(Error::Overflow)?;
        // What only waits to begin never does.
        let next = (!lending.current.is_empty()).then(|| (at, Children::default()));
        Self::store_lending(&lender, netuid, Lending { next, ..lending });
        let children = Vec::new();
        Self::deposit_event(Event::ChildrenSet { hotkey: lender, netuid, children, at });
        Ok(())
    }

    /// No row of nothing, and nobody in the subnet's list without a row.
    pub(crate) fn store_lending(
        hotkey: &T::AccountId,
        netuid: NetUid,
        lending: Lending<T::AccountId>,
    ) {
        if lending.is_over() {
            Lendings::<T>::remove(hotkey, netuid);
            LentOn::<T>::mutate_exists(netuid, |listed| {
                let mut left = listed.take().unwrap_or_default();
                left.retain(|lender| lender != hotkey);
                *listed = (!left.is_empty()).then_some(left);
            });
        } else {
            Lendings::<T>::insert(hotkey, netuid, lending);
        }
    }

    fn store_lenders(hotkey: &T::AccountId, netuid: NetUid, lenders: LenderList<T::AccountId>) {
        if lenders.is_empty() {
            Lenders::<T>::remove(hotkey, netuid);
        } else {
            Lenders::<T>::insert(hotkey, netuid, lenders);
        }
    }

    /// What a hotkey lends and is lent on a subnet.
    pub fn children(hotkey: &T::AccountId, netuid: NetUid) -> ChildrenView<T::AccountId> {
        let (as_of, root_weight) = (Self::lent_as_of(netuid), RootWeight::<T>::get());
        let lending = Self::lending(hotkey, netuid, as_of);
        let Weights { kept, received } = Self::weights(hotkey, netuid, root_weight, as_of);
        let lenders = Lenders::<T>::get(hotkey, netuid).into_iter();
        ChildrenView {
            own: Self::own_weight(hotkey, netuid, root_weight, Self::now()),
            kept,
            children: lending.current.into_inner(),
            next: lending.next.map(|(at, children)| (at, children.into_inner())),
            received,
            accepts: lenders.filter(|entry| entry.accepted).map(|entry| entry.hotkey).collect(),
        }
    }
}

/// Children are others, each once, with something each and no more than all together.
fn check_children<T: Config>(
    hotkey: &T::AccountId,
    children: &Children<T::AccountId>,
) -> Result<(), Error<T>> {
    let distinct: BTreeSet<_> = children.iter().map(|(child, _)| child).collect();
    ensure!(!distinct.contains(hotkey), Error::LendsToItself);
    ensure!(distinct.len() == children.len(), Error::NamedTwice);
    ensure!(children.iter().all(|(_, part)| *part > 0), Error::NothingLent);
    ensure!(sum_of_parts(children) <= WHOLE, Error::LendsTooMuch);
    Ok(())
}

/// What is lent of a weight altogether, parts per million.
pub(crate) fn sum_of_parts<AccountId>(children: &Children<AccountId>) -> u64 {
    // Saturation: a handful of 32 bits fits.
    children.iter().fold(0u64, |sum, (_, part)| sum.saturating_add((*part).into()))
}

/// Whether parts are no more than all.
pub(crate) fn within_whole<AccountId>(children: &Children<AccountId>) -> bool {
    sum_of_parts(children) <= WHOLE && children.iter().all(|(_, part)| *part > 0)
}

/// A bound, as a length.
fn whole(bound: u32) -> usize {
    usize::try_from(bound).unwrap_or(usize::MAX)
}

/// What became of two rewards. Saturation: parts of the issuance, which fits.
fn plus(a: PoolReward, b: PoolReward) -> PoolReward {
    PoolReward {
        take: a.take.saturating_add(b.take),
        root: a.root.saturating_add(b.root),
        subnet: a.subnet.saturating_add(b.subnet),
        burned: a.burned.saturating_add(b.burned),
    }
}
