//! What another row of one validator would have given.

use alloc::vec::Vec;
use alun_primitives::{
    views::{ExplainError, PreviewLine, RowEffect, RowPreview},
    Uid,
};
use alun_yuma::{Input, Row};

use crate::{rows, settled::Settled};

impl<AccountId: Clone + PartialEq> Settled<'_, AccountId> {
    /// What the epoch would have given with `row` instead of the row of `uid`, as if committed at
    /// the epoch's block, everything else as it was. `row` is (uid, value), in any order.
    ///
    /// # Errors
    ///
    /// [`ExplainError::UnknownUid`] for `uid` or one in the row, [`ExplainError::BadRow`] for one
    /// named twice.
    pub fn preview(&self, uid: Uid, mut row: Row) -> Result<RowPreview<AccountId>, ExplainError> {
        row.sort_unstable();
        let twice = row.iter().zip(row.iter().skip(1)).any(|((one, _), (next, _))| one == next);
        if twice {
            return Err(ExplainError::BadRow);
        }
        if row.last().is_some_and(|(last, _)| usize::from(*last) >= self.hotkeys.len()) {
            return Err(self.unknown());
        }
        let mut neurons = self.input.neurons.to_vec();
        let mut rows: Vec<Row> = self.input.rows.to_vec();
        let now = self.input.params.now;
        let neuron = neurons.get_mut(uid.index()).ok_or_else(|| self.unknown())?;
        (neuron.last_update, neuron.last_submission) = (now, now);
        *rows.get_mut(uid.index()).ok_or_else(|| self.unknown())? = row;
        let input = Input { neurons: &neurons, rows: &rows, ..self.input };
        let tried = Settled::new(self.epoch.clone(), input, self.hotkeys, self.paid)?;
        Ok(RowPreview {
            epoch: self.epoch.clone(),
            uid,
            hotkey: self.hotkey_of(uid)?,
            standing: tried.standing(uid)?,
            before: self.effect(uid)?,
            after: tried.effect(uid)?,
            lines: self.lines(&tried, uid)?,
            no_dividends: tried.no_dividends(uid),
        })
    }

    fn effect(&self, uid: Uid) -> Result<RowEffect, ExplainError> {
        let output = self.output_of(uid)?;
        Ok(RowEffect {
            validator_trust: output.validator_trust,
            dividend: output.dividend_share,
            dividends: self.pay(uid).dividends,
        })
    }

    fn lines(
        &self,
        tried: &Settled<AccountId>,
        uid: Uid,
    ) -> Result<Vec<PreviewLine<AccountId>>, ExplainError> {
        let consensus = rows::consensus_of(&tried.input)?;
        let line = |entry: rows::Entry| {
            let on = Uid(entry.on);
            let consensus = consensus.get(on.index()).copied().unwrap_or(0);
            Ok(PreviewLine {
                on,
                hotkey: self.hotkey_of(on)?,
                weight: entry.weight,
                consensus,
                kept: entry.weight.min(consensus),
                dropped: entry.dropped,
                before: self.pay(on).incentive,
                after: tried.pay(on).incentive,
            })
        };
        rows::entries(&tried.input, uid.0).into_iter().map(line).collect()
    }
}
