//! Where an epoch's amount went.

use alun_primitives::{
    views::{ExplainError, PaidLine, SubnetExplanation},
    Uid,
};

use crate::settled::Settled;

impl<AccountId: Clone + PartialEq> Settled<'_, AccountId> {
    /// Where the epoch's amount went: its parts, and a line per neuron.
    ///
    /// # Errors
    ///
    /// None for an epoch that ran.
    pub fn subnet(&self) -> Result<SubnetExplanation<AccountId>, ExplainError> {
        let line = |(uid, hotkey): (Uid, &AccountId)| PaidLine {
            uid,
            hotkey: hotkey.clone(),
            pay: self.pay(uid),
            recorded: self.recorded(uid),
            no_incentive: self.no_incentive(uid),
            no_dividends: self.no_dividends(uid),
        };
        Ok(SubnetExplanation {
            epoch: self.epoch.clone(),
            payout: self.payout(),
            miners_burned: self.miners_burned(),
            by_stake: self.by_stake(),
            owner: self.paid.owner.clone(),
            neurons: (0..=u16::MAX).map(Uid).zip(self.hotkeys).map(line).collect(),
        })
    }
}
