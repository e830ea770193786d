//! Benchmarks of the pages of an epoch, on a full subnet.
//!
//! The cost of a page adds up `freeze(v, n)` or `compute(v, n)`, whose rows name every neuron once,
//! and what a denser matrix costs beyond it: `…_entries(e)` less `…_entries(0)`. Computing is measured
//! by each of the rules: `compute…` stake-free, `compute_classic…`, `compute_liquid_alpha…`.

use super::*;
use crate::{frozen::Rule, pages::Page, pallet::BenchmarkHelper as _, queue::Budget};
use alloc::vec::Vec;
use alun_primitives::{
    traits::WeightMatrix, Alpha, BlockNumber, BondRule, MechanismId, NetUid, Uid,
};
use frame::{benchmarking::prelude::*, deps::frame_support::weights::WeightMeter};

const FIRST: MechanismId = MechanismId::FIRST;

fn small(number: u32) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

fn set_block<T: Config>(block: BlockNumber) {
    frame_system::Pallet::<T>::set_block_number(block.into());
}

/// A subnet whose first `validators` neurons have permits, bonds, a row each that names what
/// `entries` says, and expired commits; its third epoch is due. The rows are newer than the
/// commits and stay: an epoch that drops them has less to compute.
fn populate<T: Config>(
    validators: u16,
    neurons: u16,
    entries: impl Fn(u16) -> Vec<(u16, u16)>,
) -> QueuedEpoch {
    // Something can be older.
    set_block::<T>(Pallet::<T>::now().max(1));
    let netuid: NetUid = T::BenchmarkHelper::subnet(validators, neurons);
    let matrix = (netuid, FIRST);
    let registered = Pallet::<T>::now();
    let tempo = Plans::<T>::get(netuid).map_or(1, |plan| plan.schedule.tempo);
    let due_at = registered.saturating_add(tempo.saturating_mul(3)).saturating_add(1);
    let mut bond_entries = 0u32;
    for uid in (0..validators).map(Uid) {
        let row = entries(uid.0);
        if let Some(bonds) = PackedRow::pack(&row).filter(|bonds| bonds.entries() > 0) {
            bond_entries = bond_entries.saturating_add(bonds.entries());
            Bonds::<T>::insert((netuid, FIRST, 0), uid, bonds);
            T::BenchmarkHelper::row(netuid, FIRST, uid, row, registered.saturating_add(1));
        }
        T::BenchmarkHelper::unrevealed_commits(netuid, FIRST, uid);
    }
    Permits::<T>::insert(matrix, PermitList::truncate_from((0..validators).map(Uid).collect()));
    let outcomes = (0..neurons).map(|_| Outcome::default()).collect();
    Outputs::<T>::insert(matrix, BoundedVec::truncate_from(outcomes));
    let block = registered.saturating_add(1);
    LastEpoch::<T>::insert(matrix, Executed { epoch: 0, block, generation: 0, bond_entries });
    set_block::<T>(due_at);
    let item = QueuedEpoch { netuid, mechanism: FIRST, epoch: 3, due_at };
    Queue::<T>::insert(0, item);
    Done::<T>::put(Progress { polled: due_at, head: 0, tail: 1, since: due_at });
    item
}

/// Rows in which each of `neurons` is named by one of `validators`.
fn once(validators: u16, neurons: u16) -> impl Fn(u16) -> Vec<(u16, u16)> {
    move |validator| {
        let scored = (0..neurons).filter(|uid| {
            u16::checked_rem(*uid, validators) == u16::checked_rem(validator, validators)
        });
        scored.map(|uid| (uid, 1_000)).collect()
    }
}

/// `entries` in all, spread over the rows of 64 validators. No two rows are alike, so that medians
/// have something to do.
fn spread(entries: u32) -> impl Fn(u16) -> Vec<(u16, u16)> {
    let each = small(entries.div_ceil(64));
    move |validator| {
        let value = |uid: u16| 1_000u16.saturating_add(uid.wrapping_mul(validator) % 4_096);
        (0..each).map(|uid| (uid, value(uid))).collect()
    }
}

/// Does the pages before `wanted` is true of the next one, and returns that one.
fn advance<T: Config>(item: QueuedEpoch, wanted: impl Fn(&Page) -> bool) -> Page {
    loop {
        let page = Page::next::<T>(&item);
        if wanted(&page) {
            return page;
        }
        assert!(!page.run::<T>(item, item.due_at), "the epoch ended before the page");
    }
}

/// A subnet of 256 with one more commit than `c` in each closed window, all of different hotkeys,
/// whose rows are older and go with them; the page drops `c`, and stores the list that is left.
fn unrevealed<T: Config>(c: u32, entries: impl Fn(u16) -> Vec<(u16, u16)>) -> (QueuedEpoch, Page) {
    let listed = small(c).saturating_add(1);
    let item = populate::<T>(listed, 256, &entries);
    for uid in (0..listed).map(Uid) {
        let row = entries(uid.0);
        if !row.is_empty() {
            T::BenchmarkHelper::row(item.netuid, FIRST, uid, row, 0);
        }
    }
    (item, Page::Expire { commits: c, neurons: 256 })
}

/// How many commits of those are left.
fn left<T: Config>(item: QueuedEpoch) -> u32 {
    T::Weights::expiring(item.netuid, FIRST, item.due_at)
}

/// Does the pages before computing, and returns that one, by `rule` whatever the subnet's is.
fn frozen<T: Config>(item: QueuedEpoch, rule: Rule) -> Page {
    advance::<T>(item, |page| matches!(page, Page::Compute { .. }));
    FrozenHeads::<T>::mutate_extant(item.matrix(), |head| {
        let (bond_rule, liquid_alpha) = match rule {
            Rule::Classic => (BondRule::Classic, false),
            Rule::StakeFree => (BondRule::StakeFree, false),
            Rule::LiquidAlpha => (BondRule::StakeFree, true),
        };
        head.hyperparameters.bond_rule = bond_rule;
        head.hyperparameters.liquid_alpha = liquid_alpha;
    });
    let page = Page::next::<T>(&item);
    assert!(matches!(page, Page::Compute { rule: by, .. } if by == rule), "another page");
    page
}

/// What a `compute` benchmark measures: `v` validators, `n` neurons, each of which one scores.
fn thin<T: Config>(v: u32, n: u32, rule: Rule) -> (QueuedEpoch, Page) {
    let item = populate::<T>(small(v), small(n), once(small(v), small(n)));
    (item, frozen::<T>(item, rule))
}

/// What a `compute_entries` benchmark measures: 64 validators and 256 neurons, `e` entries in the
/// rows and as many in the bonds. At least one each: without any nobody has incentive, and the burn
/// of the miners' half writes what no other number of entries writes.
fn dense<T: Config>(e: u32, rule: Rule) -> (QueuedEpoch, Page) {
    let item = populate::<T>(64, 256, spread(e));
    (item, frozen::<T>(item, rule))
}

fn stage<T: Config>() -> Option<Stage> {
    Work::<T>::get().map(|work| work.stage)
}

fn is_computed<T: Config>() -> bool {
    matches!(stage::<T>(), Some(Stage::Computed { next: 0, .. }))
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// A block in which nothing is due and nothing waits.
    #[benchmark]
    fn idle_poll() {
        T::BenchmarkHelper::subnet(64, 256);
        let now = Pallet::<T>::now().saturating_add(10_000);
        let polled = now.saturating_sub(1);
        Done::<T>::put(Progress { polled, head: 7, tail: 7, since: polled });
        set_block::<T>(now);
        let mut meter = WeightMeter::new();

        #[block]
        {
            Pallet::<T>::on_poll(now.into(), &mut meter);
        }

        assert_eq!(Done::<T>::get().polled, now);
    }

    /// One subnet of a due list, per mechanism.
    #[benchmark]
    fn queue_subnet() {
        let netuid: NetUid = T::BenchmarkHelper::subnet(1, 256);
        let now = Pallet::<T>::now();
        let mut progress = Progress { polled: now, head: 7, tail: 7, since: now };
        let mut budget = Budget::after_transactions(Weight::MAX);

        #[block]
        {
            queue::queue_subnet::<T>(&mut progress, netuid, now, &mut budget);
        }

        assert!(progress.tail > 7);
    }

    /// Finding out what the next page of the oldest queued epoch is, and what it costs.
    #[benchmark]
    fn peek() {
        let item = populate::<T>(64, 256, |_| Vec::new());
        let mut cost = Weight::zero();

        #[block]
        {
            if let Some(item) = Queue::<T>::get(0) {
                cost = Page::next::<T>(&item).cost::<T>();
            }
        }

        assert!(cost.any_gt(Weight::zero()));
        assert_eq!(Queue::<T>::get(0), Some(item));
    }

    /// Removing a frozen input of `v` scorers, with the bonds that it started from.
    #[benchmark]
    fn clear(v: Linear<0, 64>) {
        let validators = small(v).max(1);
        let item = populate::<T>(validators, 256, once(validators, 256));
        let last = advance::<T>(item, |page| matches!(page, Page::Finish { .. }));
        assert!(last.run::<T>(item, item.due_at));
        FrozenHeads::<T>::mutate_extant(item.matrix(), |head| {
            head.scorers.truncate(usize::from(small(v)));
        });

        #[block]
        {
            Pallet::<T>::clear_frozen(item.matrix());
        }

        assert!(FrozenHeads::<T>::get(item.matrix()).is_none());
    }

    /// Dropping `c` commits and their rows.
    #[benchmark]
    fn expire(c: Linear<1, 63>) {
        let (item, page) = unrevealed::<T>(c, once(small(c).saturating_add(1), 256));
        let before = left::<T>(item);

        #[block]
        {
            page.run::<T>(item, item.due_at);
        }

        assert_eq!(left::<T>(item), before.saturating_sub(c));
    }

    /// The same of 63 commits, with `e` entries in the rows and one more of these.
    #[benchmark]
    fn expire_entries(e: Linear<64, 16_384>) {
        let (item, page) = unrevealed::<T>(63, spread(e));
        let before = left::<T>(item);

        #[block]
        {
            page.run::<T>(item, item.due_at);
        }

        assert_eq!(left::<T>(item), before.saturating_sub(63));
    }

    /// Freezing the input of `v` validators and `n` neurons, each of which one validator scores.
    #[benchmark]
    fn freeze(v: Linear<1, 64>, n: Linear<64, 256>) {
        let item = populate::<T>(small(v), small(n), once(small(v), small(n)));
        let page = advance::<T>(item, |page| matches!(page, Page::Freeze { .. }));

        #[block]
        {
            page.run::<T>(item, item.due_at);
        }

        assert_eq!(stage::<T>(), Some(Stage::Frozen));
    }

    /// The same of 64 validators and 256 neurons, with `e` entries in the rows.
    #[benchmark]
    fn freeze_entries(e: Linear<64, 16_384>) {
        let item = populate::<T>(64, 256, spread(e));
        let page = advance::<T>(item, |page| matches!(page, Page::Freeze { .. }));

        #[block]
        {
            page.run::<T>(item, item.due_at);
        }

        assert_eq!(stage::<T>(), Some(Stage::Frozen));
    }

    /// What `l` lenders cost beyond [`freeze`]: whoever lends, its lending and its weight are read.
    #[benchmark]
    fn freeze_lenders(l: Linear<0, 160>) {
        let item = populate::<T>(64, 64, once(64, 64));
        T::BenchmarkHelper::lend(item.netuid, 64, l);
        let page = advance::<T>(item, |page| matches!(page, Page::Freeze { .. }));

        #[block]
        {
            page.run::<T>(item, item.due_at);
        }

        assert!(Work::<T>::get().is_some());
    }

    /// Computing the epoch of `v` validators and `n` neurons, each of which one validator scores,
    /// and opening its payout.
    #[benchmark]
    fn compute(v: Linear<1, 64>, n: Linear<64, 256>) {
        let (item, page) = thin::<T>(v, n, Rule::StakeFree);

        #[block]
        {
            page.run::<T>(item, item.due_at);
        }

        assert!(is_computed::<T>());
    }

    /// The same of 64 validators and 256 neurons, with `e` entries in the rows, and as many in the
    /// bonds. At the upper end both are dense.
    #[benchmark]
    fn compute_entries(e: Linear<64, 16_384>) {
        let (item, page) = dense::<T>(e, Rule::StakeFree);

        #[block]
        {
            page.run::<T>(item, item.due_at);
        }

        assert!(is_computed::<T>());
    }

    /// `compute` by the classic rule.
    #[benchmark]
    fn compute_classic(v: Linear<1, 64>, n: Linear<64, 256>) {
        let (item, page) = thin::<T>(v, n, Rule::Classic);

        #[block]
        {
            page.run::<T>(item, item.due_at);
        }

        assert!(is_computed::<T>());
    }

    /// `compute_entries` by the classic rule.
    #[benchmark]
    fn compute_classic_entries(e: Linear<64, 16_384>) {
        let (item, page) = dense::<T>(e, Rule::Classic);

        #[block]
        {
            page.run::<T>(item, item.due_at);
        }

        assert!(is_computed::<T>());
    }

    /// `compute` with liquid alpha.
    #[benchmark]
    fn compute_liquid_alpha(v: Linear<1, 64>, n: Linear<64, 256>) {
        let (item, page) = thin::<T>(v, n, Rule::LiquidAlpha);

        #[block]
        {
            page.run::<T>(item, item.due_at);
        }

        assert!(is_computed::<T>());
    }

    /// `compute_entries` with liquid alpha.
    #[benchmark]
    fn compute_liquid_alpha_entries(e: Linear<64, 16_384>) {
        let (item, page) = dense::<T>(e, Rule::LiquidAlpha);

        #[block]
        {
            page.run::<T>(item, item.due_at);
        }

        assert!(is_computed::<T>());
    }

    /// Paying `p` neurons, all of them as miners and as validators.
    #[benchmark]
    fn pay(p: Linear<1, 32>) -> Result<(), BenchmarkError> {
        let neurons = small(p).max(2);
        // Everybody scores the others, so that everybody has incentive and dividends.
        let item = populate::<T>(neurons, neurons, |validator| {
            let others = (0..neurons).filter(|uid| *uid != validator);
            others.map(|uid| (uid, 1_000)).collect()
        });
        let page = advance::<T>(item, |page| matches!(page, Page::Pay { .. }));
        let mut awards = Awards::<T>::get(item.matrix(), 0);
        assert!(awards.iter().all(|award| award.as_miner.min(award.as_validator) > Alpha::ZERO));
        for award in awards.iter_mut().skip(usize::from(small(p))) {
            (award.as_miner, award.as_validator) = (Alpha::ZERO, Alpha::ZERO);
        }
        Awards::<T>::insert(item.matrix(), 0, awards);

        #[block]
        {
            page.run::<T>(item, item.due_at);
        }

        let (_, award) = Pallet::<T>::awards(item.matrix()).next().ok_or("nothing awarded")?;
        assert!(award.paid > Alpha::ZERO);
        Ok(())
    }

    /// What `l` lenders cost beyond [`pay`]: each is rewarded as a validator is.
    #[benchmark]
    fn pay_lenders(l: Linear<0, 160>) -> Result<(), BenchmarkError> {
        let neurons = 32;
        let item = populate::<T>(neurons, neurons, |validator| {
            let others = (0..neurons).filter(|uid| *uid != validator);
            others.map(|uid| (uid, 1_000)).collect()
        });
        T::BenchmarkHelper::lend(item.netuid, neurons, l);
        let page = advance::<T>(item, |page| matches!(page, Page::Pay { .. }));

        #[block]
        {
            page.run::<T>(item, item.due_at);
        }

        let (_, award) = Pallet::<T>::awards(item.matrix()).next().ok_or("nothing awarded")?;
        assert!(award.paid > Alpha::ZERO);
        Ok(())
    }

    /// Publishing the results for `n` neurons.
    #[benchmark]
    fn finish(n: Linear<64, 256>) {
        let item = populate::<T>(64, small(n), once(64, small(n)));
        let page = advance::<T>(item, |page| matches!(page, Page::Finish { .. }));

        #[block]
        {
            page.run::<T>(item, item.due_at);
        }

        let last = LastEpoch::<T>::get(item.matrix());
        assert_eq!(last.map(|last| last.epoch), Some(item.epoch));
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
