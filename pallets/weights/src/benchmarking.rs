//! Benchmarks on a full subnet of 256 whose sender has all its commits waiting.

use super::*;
use crate::{pallet::BenchmarkHelper as _, types::Proposal};
use alloc::vec::Vec;
use alun_primitives::{
    traits::{EpochClock, NeuronRegistry},
    MechanismId, NetUid, Uid,
};
use frame::benchmarking::prelude::*;

const NEURONS: u16 = 256;
const FIRST: MechanismId = MechanismId::FIRST;

/// A row on the first `n` uids, as calls carry it.
fn values<T: Config>(n: u32) -> Result<(Values, Values), BenchmarkError> {
    let n = u16::try_from(n).map_err(|_| BenchmarkError::Stop("too many entries"))?;
    // Descending uids are what sorting likes least.
    let uids = Values::try_from((0..n).rev().collect::<Vec<_>>());
    let scores = Values::try_from((0..n).map(|uid| uid.saturating_add(1)).collect::<Vec<_>>());
    let bad = |_| BenchmarkError::Stop("too many entries");
    Ok((uids.map_err(bad)?, scores.map_err(bad)?))
}

/// Fills the sender's commits but for one, and the list of the window that comes next.
fn fill<T: Config>(netuid: NetUid, hotkey: &T::AccountId, hash: alun_primitives::Digest) {
    let epoch = T::Epochs::schedule(netuid).and_then(|s| s.due(Pallet::<T>::now())).unwrap_or(0);
    SweptTo::<T>::insert((netuid, FIRST), epoch);
    let terms = T::Neurons::hyperparameters(netuid).map(|h| Terms::from(&h)).unwrap_or_default();
    let mut commits = BoundedVec::<Commit, MaxCommits>::default();
    for ahead in 0..u64::from(MAX_REVEAL_PERIOD) {
        // Nothing waits for the window of a commit made now.
        let skip = u64::from(ahead >= 1);
        let window = epoch.saturating_add(ahead).saturating_add(skip);
        let hash = if ahead == 0 { hash } else { [1; 32] };
        let commit = Commit { hash, epoch, window, block: Pallet::<T>::now(), terms };
        let _ = commits.try_push(commit);
        let _ = Windows::<T>::try_append((netuid, FIRST), window, hotkey);
    }
    Commits::<T>::insert((netuid, FIRST), hotkey, commits);
    for seed in 0..u32::from(NEURONS) {
        let other: T::AccountId = account("validator", seed, 0);
        let _ = Windows::<T>::try_append((netuid, FIRST), epoch.saturating_add(1), other);
    }
}

/// Goes to the next epoch, so that a window can be over.
fn next_epoch<T: Config>(netuid: NetUid) {
    let next = T::Epochs::schedule(netuid).map(|schedule| schedule.next_due(Pallet::<T>::now()));
    if let Some((block, _)) = next {
        frame_system::Pallet::<T>::set_block_number(block.into());
    }
}

/// Adds a commit to the sender's whose window is over and not announced.
fn expire<T: Config>(netuid: NetUid, hotkey: &T::AccountId) {
    let swept = SweptTo::<T>::get((netuid, FIRST)).unwrap_or(0).saturating_sub(1);
    let (block, terms) = (Pallet::<T>::now(), Terms::default());
    let commit = Commit { hash: [2; 32], epoch: swept, window: swept, block, terms };
    let _ = Commits::<T>::mutate((netuid, FIRST), hotkey, |commits| commits.try_push(commit));
    SweptTo::<T>::insert((netuid, FIRST), swept);
}

/// A reveal whose window is open, with everything else full.
fn reveal<T: Config>(n: u32) -> Result<(NetUid, T::AccountId, Call<T>), BenchmarkError> {
    let (netuid, hotkey) = T::BenchmarkHelper::subnet(NEURONS, true);
    let (uids, values) = values::<T>(n)?;
    let proposal = Proposal { uids: &uids, values: &values, version: 0 };
    let matrix = (netuid, FIRST);
    let hash = Pallet::<T>::commit_hash(&hotkey, matrix, proposal, [5; 32], [7; 32]);
    fill::<T>(netuid, &hotkey, hash);
    let call = Call::reveal_weights {
        netuid,
        mechanism: FIRST,
        hotkey: hotkey.clone(),
        uids,
        values,
        evidence_root: [5; 32],
        version: 0,
        salt: [7; 32],
    };
    Ok((netuid, hotkey, call))
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn set_weights(n: Linear<1, 256>) -> Result<(), BenchmarkError> {
        let (netuid, hotkey) = T::BenchmarkHelper::subnet(NEURONS, false);
        let (uids, values) = values::<T>(n)?;

        #[extrinsic_call]
        _(RawOrigin::Signed(hotkey), netuid, FIRST, uids, values, 0);

        assert_eq!(Rows::<T>::iter_prefix((netuid, FIRST)).count(), 1);
        Ok(())
    }

    #[benchmark]
    fn commit_weights() -> Result<(), BenchmarkError> {
        let (netuid, hotkey) = T::BenchmarkHelper::subnet(NEURONS, true);
        // The owner's, which goes with its expired commit.
        let row = (0..NEURONS).map(|uid| (uid, 1_000)).collect();
        Pallet::<T>::insert_row(netuid, FIRST, Uid(0), row, Pallet::<T>::now());
        next_epoch::<T>(netuid);
        fill::<T>(netuid, &hotkey, [0; 32]);
        expire::<T>(netuid, &hotkey);

        #[extrinsic_call]
        _(RawOrigin::Signed(hotkey.clone()), netuid, FIRST, [9; 32]);

        let commits = Commits::<T>::get((netuid, FIRST), hotkey);
        assert!(commits.iter().any(|commit| commit.hash == [9; 32]));
        assert_eq!(Rows::<T>::iter_prefix((netuid, FIRST)).count(), 0);
        Ok(())
    }

    #[benchmark]
    fn reveal_weights(n: Linear<1, 256>) -> Result<(), BenchmarkError> {
        let (netuid, hotkey, call) = reveal::<T>(n)?;

        #[block]
        {
            call.dispatch_bypass_filter(RawOrigin::Signed(hotkey).into())?;
        }

        assert_eq!(Rows::<T>::iter_prefix((netuid, FIRST)).count(), 1);
        Ok(())
    }

    /// What [`CheckWeightCalls`] does with the most expensive of the calls.
    #[benchmark]
    fn check_call(n: Linear<1, 256>) -> Result<(), BenchmarkError> {
        let (_, hotkey, call) = reveal::<T>(n)?;

        #[block]
        {
            Pallet::<T>::check_call(&hotkey, &call)
                .map_err(|_| BenchmarkError::Stop("the reveal is refused"))?;
        }

        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}

/// For the benchmarks of others: a row in force, and a commit whose window is over.
impl<T: Config> Pallet<T> {
    /// Stores a row of ascending entries as if committed at `last_update`.
    pub fn insert_row(
        netuid: NetUid,
        mechanism: MechanismId,
        uid: alun_primitives::Uid,
        entries: Vec<(u16, u16)>,
        last_update: alun_primitives::BlockNumber,
    ) {
        let entries = Entries::truncate_from(entries);
        Rows::<T>::insert((netuid, mechanism), uid, Row { entries, last_update });
        let submission = Submission { block: last_update, commit: None };
        LastSubmission::<T>::insert((netuid, mechanism), uid, submission);
    }

    /// Stores as many unrevealed commits of `hotkey` as one epoch announces, for the windows of the
    /// first epochs. Their expiry is announced by an epoch executed when later ones are due.
    pub fn insert_commits(netuid: NetUid, mechanism: MechanismId, hotkey: &T::AccountId) {
        let (block, terms) = (Self::now(), Terms::default());
        let matrix = (netuid, mechanism);
        for window in 0..commits::SWEEP_WINDOWS {
            let commit = Commit { hash: [0; 32], epoch: 0, window, block, terms };
            let _ = Commits::<T>::mutate(matrix, hotkey, |commits| commits.try_push(commit));
            let _ = Windows::<T>::try_append(matrix, window, hotkey);
        }
        SweptTo::<T>::insert(matrix, 0);
    }

    /// Stores as many commits of `hotkey` as it can have.
    pub fn insert_all_commits(netuid: NetUid, mechanism: MechanismId, hotkey: &T::AccountId) {
        let (block, terms) = (Self::now(), Terms::default());
        let commit = |window| Commit { hash: [0; 32], epoch: 0, window, block, terms };
        let windows = 0..=u64::from(MAX_REVEAL_PERIOD);
        let commits = BoundedVec::truncate_from(windows.map(commit).collect());
        Commits::<T>::insert((netuid, mechanism), hotkey, commits);
    }

    /// Whether nothing that `uid` or `hotkey` ever sent is left.
    pub fn has_nothing(
        netuid: NetUid,
        mechanism: MechanismId,
        uid: Uid,
        hotkey: &T::AccountId,
    ) -> bool {
        let matrix = (netuid, mechanism);
        !Rows::<T>::contains_key(matrix, uid)
            && !LastSubmission::<T>::contains_key(matrix, uid)
            && !Commits::<T>::contains_key(matrix, hotkey)
    }
}
