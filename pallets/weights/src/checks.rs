//! What must hold before a row, a commit or a reveal is accepted. Dispatch, the pool and the
//! runtime API all ask here.

use crate::{
    types::{MatrixId, Proposal, Reveal, Sender, Terms},
    Commit, Commits, Config, LastSubmission, Pallet, Rejection, Rows,
};
use alloc::vec::Vec;
use alun_primitives::{
    commit_preimage,
    traits::{Clock, EpochClock, KeySuccession, NeuronRegistry, PermitView},
    views::RowValidity,
    BlockNumber, Digest, MechanismId, NetUid, RowLimits, WeightCommit, WeightRow,
};
use frame::prelude::*;

impl<T: Config> Pallet<T> {
    /// The block that is being made.
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    /// Finds the neuron behind a call.
    fn sender(
        netuid: NetUid,
        mechanism: MechanismId,
        hotkey: &T::AccountId,
    ) -> Result<Sender, Rejection> {
        let hyperparameters =
            T::Neurons::hyperparameters(netuid).ok_or(Rejection::UnknownSubnet)?;
        if !T::Neurons::open(netuid) {
            return Err(Rejection::WindingUp);
        }
        if mechanism.0 >= T::Neurons::mechanism_count(netuid) {
            return Err(Rejection::UnknownMechanism);
        }
        let uid = T::Neurons::uid_of(netuid, hotkey).ok_or(Rejection::NotANeuron)?;
        let epoch = T::Epochs::schedule(netuid)
            .and_then(|schedule| schedule.due(Self::now()))
            .ok_or(Rejection::NotStarted)?;
        Ok(Sender { matrix: (netuid, mechanism), uid, hyperparameters, epoch })
    }

    /// The owner's permit is forced on: it scores from epoch 0.
    fn check_permit(sender: &Sender, hotkey: &T::AccountId) -> Result<(), Rejection> {
        let (netuid, mechanism) = sender.matrix;
        let permitted = T::Permits::has_permit(netuid, mechanism, sender.uid)
            || T::Neurons::owner_hotkey(netuid).as_ref() == Some(hotkey);
        permitted.then_some(()).ok_or(Rejection::NoPermit)
    }

    fn check_rate(sender: &Sender) -> Result<(), Rejection> {
        let Some(last) = LastSubmission::<T>::get(sender.matrix, sender.uid) else {
            return Ok(());
        };
        let limit = T::Clock::to_blocks(sender.hyperparameters.weights_rate_limit_ms);
        // Saturation: a block past 2³² is never reached.
        let from = last.block.saturating_add(limit);
        if Self::now() < from {
            return Err(Rejection::TooSoon(from));
        }
        Ok(())
    }

    fn check_version(terms: Terms, version: u64) -> Result<(), Rejection> {
        let wanted = terms.version;
        (version == wanted).then_some(()).ok_or(Rejection::WrongVersion(wanted))
    }

    fn check_proposal(
        netuid: NetUid,
        terms: Terms,
        proposal: Proposal,
    ) -> Result<WeightRow, Rejection> {
        let limits = RowLimits {
            neurons: T::Neurons::neuron_count(netuid),
            min_weights: terms.min_weights,
            max_share: terms.max_share,
        };
        WeightRow::accept(proposal.uids, proposal.values, &limits).map_err(Rejection::Row)
    }

    fn check_sendable(
        sender: &Sender,
        hotkey: &T::AccountId,
        proposal: Proposal,
    ) -> Result<WeightRow, Rejection> {
        let terms = Terms::from(&sender.hyperparameters);
        Self::check_permit(sender, hotkey)?;
        Self::check_version(terms, proposal.version)?;
        Self::check_rate(sender)?;
        Self::check_proposal(sender.matrix.0, terms, proposal)
    }

    /// Whether `set_weights` would be accepted.
    pub(crate) fn check_set(
        hotkey: &T::AccountId,
        netuid: NetUid,
        mechanism: MechanismId,
        proposal: Proposal,
    ) -> Result<(Sender, WeightRow), Rejection> {
        let sender = Self::sender(netuid, mechanism, hotkey)?;
        if sender.hyperparameters.commit_reveal {
            return Err(Rejection::CommitRevealOn);
        }
        let row = Self::check_sendable(&sender, hotkey, proposal)?;
        Ok((sender, row))
    }

    /// Whether `commit_weights` would be accepted.
    pub(crate) fn check_commit(
        hotkey: &T::AccountId,
        netuid: NetUid,
        mechanism: MechanismId,
    ) -> Result<Sender, Rejection> {
        let sender = Self::sender(netuid, mechanism, hotkey)?;
        if !sender.hyperparameters.commit_reveal {
            return Err(Rejection::CommitRevealOff);
        }
        Self::check_permit(&sender, hotkey)?;
        let last = LastSubmission::<T>::get(sender.matrix, sender.uid);
        if last.and_then(|last| last.commit) == Some(sender.epoch) {
            return Err(Rejection::AlreadyCommitted);
        }
        Self::check_rate(&sender)?;
        Ok(sender)
    }

    /// Whether a reveal would be accepted. A commit is enough: the permit was checked with it, and
    /// commit-reveal may have been switched off since. What is asked of the row was fixed with it
    /// too, or the owner could void everybody's promises when the window opens.
    pub(crate) fn check_reveal(
        hotkey: &T::AccountId,
        netuid: NetUid,
        mechanism: MechanismId,
        proposal: Proposal,
        evidence_root: Digest,
        salt: Digest,
    ) -> Result<Reveal<T::AccountId>, Rejection> {
        let holder = Self::holder(netuid, hotkey);
        let sender = Self::sender(netuid, mechanism, &holder)?;
        let commits = Commits::<T>::get(sender.matrix, &holder);
        if commits.is_empty() {
            return Err(Rejection::NoCommit);
        }
        let made_by = |hotkey: &T::AccountId| {
            let hash = Self::commit_hash(hotkey, sender.matrix, proposal, evidence_root, salt);
            commits.iter().find(|commit| commit.hash == hash).copied()
        };
        let commit = made_by(hotkey)
            .or_else(|| made_by(&T::Succession::predecessor(hotkey)?))
            .ok_or(Rejection::WrongReveal)?;
        if sender.epoch < commit.window {
            return Err(Rejection::RevealTooEarly);
        }
        if sender.epoch > commit.window || Self::superseded(&sender, &commit) {
            return Err(Rejection::RevealTooLate);
        }
        Self::check_version(commit.terms, proposal.version)?;
        let row = Self::check_proposal(netuid, commit.terms, proposal)?;
        Ok(Reveal { sender, holder, commit, row })
    }

    /// Whether the row in force is newer than the commit; it is never replaced by an older one.
    fn superseded(sender: &Sender, commit: &Commit) -> bool {
        Rows::<T>::get(sender.matrix, sender.uid).is_some_and(|row| row.last_update > commit.block)
    }

    /// What `commit_weights` must have carried for this row.
    pub(crate) fn commit_hash(
        hotkey: &T::AccountId,
        (netuid, mechanism): MatrixId,
        proposal: Proposal,
        evidence_root: Digest,
        salt: Digest,
    ) -> Digest {
        blake2_256(&commit_preimage(&WeightCommit {
            genesis: Self::genesis_hash(),
            netuid,
            mechanism,
            hotkey: hotkey.clone().into(),
            uids: proposal.uids.to_vec(),
            values: proposal.values.to_vec(),
            evidence_root,
            version: proposal.version,
            salt,
        }))
    }

    /// Hash of block 0, which `frame_system` keeps for good.
    fn genesis_hash() -> Digest {
        let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::default());
        Digest::try_from(hash.as_ref()).unwrap_or_default()
    }

    /// Whether a row would be accepted now: set directly, or committed and revealed as things are.
    /// For the runtime API.
    pub fn check_row(
        netuid: NetUid,
        mechanism: MechanismId,
        hotkey: &T::AccountId,
        uids: Vec<u16>,
        values: Vec<u16>,
        version: u64,
    ) -> RowValidity {
        let proposal = Proposal { uids: &uids, values: &values, version };
        Self::sender(netuid, mechanism, hotkey)
            .and_then(|sender| Self::check_sendable(&sender, hotkey, proposal))
            .map_or_else(Rejection::validity, |_| RowValidity::Valid)
    }
}
