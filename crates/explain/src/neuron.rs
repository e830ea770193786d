//! One neuron's payout.

use alloc::vec::Vec;
use alun_primitives::{
    views::{BondLine, DroppedLine, ExplainError, NeuronExplanation, RowLine, ScoreLine},
    Alpha, Uid,
};
use alun_yuma::{fixed, BondPay, Explanation, Scored};

use crate::{
    rows,
    settled::{failed, Settled},
};

impl<AccountId: Clone + PartialEq> Settled<'_, AccountId> {
    /// Why neuron `uid` was paid what it was paid. The lines in `scores` sum to its incentive, those
    /// in `bonds` to its dividends (unless these went by stake).
    ///
    /// # Errors
    ///
    /// [`ExplainError::UnknownUid`] with the number of neurons.
    pub fn neuron(&self, uid: Uid) -> Result<NeuronExplanation<AccountId>, ExplainError> {
        let output = self.output_of(uid)?;
        let terms = alun_yuma::explain(&self.input, uid.0).map_err(failed)?;
        let pay = self.pay(uid);
        Ok(NeuronExplanation {
            epoch: self.epoch.clone(),
            uid,
            hotkey: self.hotkey_of(uid)?,
            standing: self.standing(uid)?,
            recorded: self.recorded(uid),
            payout: self.payout(),
            consensus: terms.consensus,
            rank_before_clip: terms.rank_before_clip,
            rank: terms.rank,
            incentive: output.incentive_share,
            dividend: output.dividend_share,
            validator_trust: output.validator_trust,
            scores: self.scores(&terms, pay.incentive)?,
            dropped: self.dropped(uid)?,
            row: self.row(uid)?,
            bonds: self.bonds(&terms, pay.dividends)?,
            by_stake: self.by_stake(),
            no_incentive: self.no_incentive(uid),
            no_dividends: self.no_dividends(uid),
            pay,
        })
    }

    fn scores(
        &self,
        terms: &Explanation,
        amount: Alpha,
    ) -> Result<Vec<ScoreLine<AccountId>>, ExplainError> {
        let line = |(one, paid): (&Scored, u64)| {
            let by = Uid(one.by);
            let hotkey = self.hotkey_of(by)?;
            let Scored { stake, weight, kept, .. } = *one;
            Ok(ScoreLine { by, hotkey, stake, weight, kept, paid: Alpha(paid) })
        };
        terms.scored.iter().zip(terms.split_incentive(amount.0)).map(line).collect()
    }

    /// The scores of `uid` that did not count.
    fn dropped(&self, uid: Uid) -> Result<Vec<DroppedLine<AccountId>>, ExplainError> {
        let mut lines = Vec::new();
        let rows = (0..=u16::MAX).zip(self.input.neurons).zip(self.input.rows);
        for ((by, neuron), row) in rows {
            let Ok(place) = row.binary_search_by_key(&uid.0, |(on, _)| *on) else { continue };
            let value = row.get(place).map_or(0, |(_, value)| *value);
            let why = rows::dropped(&self.input, (by, neuron), uid.0);
            if let Some(why) = why.filter(|_| value > 0) {
                let by = Uid(by);
                lines.push(DroppedLine { by, hotkey: self.hotkey_of(by)?, value, why });
            }
        }
        Ok(lines)
    }

    /// The row of `uid` itself.
    fn row(&self, uid: Uid) -> Result<Vec<RowLine<AccountId>>, ExplainError> {
        let line = |entry: rows::Entry| {
            let on = Uid(entry.on);
            let consensus = self.output_of(on)?.consensus;
            Ok(RowLine {
                on,
                hotkey: self.hotkey_of(on)?,
                value: entry.value,
                weight: entry.weight,
                consensus: fixed::from_u16(consensus),
                kept: rows::kept(entry.weight, consensus),
                dropped: entry.dropped,
            })
        };
        rows::entries(&self.input, uid.0).into_iter().map(line).collect()
    }

    fn bonds(
        &self,
        terms: &Explanation,
        dividends: Alpha,
    ) -> Result<Vec<BondLine<AccountId>>, ExplainError> {
        // By stake: no bond paid anything.
        let amount = if self.by_stake() { 0 } else { dividends.0 };
        let line = |(bond, paid): (&BondPay, u64)| {
            let on = Uid(bond.on);
            let hotkey = self.hotkey_of(on)?;
            let BondPay { part, incentive, dividend, .. } = *bond;
            Ok(BondLine { on, hotkey, part, incentive, dividend, paid: Alpha(paid) })
        };
        terms.bonds.iter().zip(terms.split_dividends(amount)).map(line).collect()
    }
}
