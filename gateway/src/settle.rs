//! Paying the subnets for what was used, exactly once whatever happens (docs/adr/0018).
//!
//! owed → quote → sign → **on disk** → send → in a finalized block → **on disk**. Started again
//! anywhere in between, the very same bytes are looked for and sent again; the entries are owed until
//! they are known to have landed, and owed again only when no block can hold them any more.

use crate::{
    crash,
    metrics::Metrics,
    store::{Fate, Payment, Store},
    GatewayError,
};
use alun_client::{calls::Pay, Alpha, Chain, Event, Landed, NetUid, SubmitError};
use alun_keys::Keypair;
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// Blocks in which a payment may land.
const MORTALITY: u32 = 64;

/// Who pays, and how.
pub struct Settler {
    /// The chain.
    pub chain: Chain,
    /// What is owed.
    pub store: Arc<Store>,
    /// Signs payments, and nothing else.
    pub payer: Arc<Keypair>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Subnets whose debts are shown; all are paid.
    pub netuids: Vec<u16>,
    /// Least amount worth a transaction, smallest unit.
    pub least: u64,
    /// Percent by which the price may move between quote and payment.
    pub slippage: u8,
}

impl Settler {
    /// Settles what is open at once, then what is owed, every so often.
    pub async fn run(self, every: Duration) {
        loop {
            match self.settle().await {
                Ok(()) => {}
                Err(error) => {
                    self.metrics.payment("waiting");
                    tracing::error!(%error, "THE SUBNETS ARE NOT PAID YET: it is tried again");
                }
            }
            self.show();
            sleep(every).await;
        }
    }

    /// One round. An error leaves everything to the next.
    pub async fn settle(&self) -> Result<(), GatewayError> {
        // One at a time: a payment has the account's next nonce.
        for payment in self.store.open_payments()? {
            tracing::info!(netuid = payment.netuid, amount = payment.amount, "an open payment");
            self.finish(&payment).await?;
        }
        for netuid in self.store.netuids()? {
            let Some(owed) = self.store.owed(netuid)? else { continue };
            if owed.amount < self.least.max(1) {
                continue;
            }
            let best = self.chain.best().await?;
            let trade = match best.quote_buy(NetUid(netuid), owed.amount).await? {
                Ok(trade) => trade,
                Err(error) => {
                    let why = error.sentence();
                    tracing::error!(netuid, why, "THIS SUBNET CAN'T BE PAID");
                    continue;
                }
            };
            let keep = u64::from(100u8.saturating_sub(self.slippage));
            let least = u128::from(trade.alpha.0).saturating_mul(keep.into()) / 100;
            let call = Pay {
                netuid: NetUid(netuid),
                amount: owed.amount,
                min_burned: Alpha(u64::try_from(least).unwrap_or(u64::MAX)),
                memo: format!("alun-gateway {}-{}", owed.first, owed.last).into_bytes(),
            };
            let prepared = self.chain.prepare(&self.payer, &call, MORTALITY).await?;
            let payment = Payment::new(netuid, owed, &prepared);
            self.store.begin(&payment)?;
            crash::point("payment-written");
            self.finish(&payment).await?;
        }
        Ok(())
    }

    /// Follows a payment that is on disk to its end.
    async fn finish(&self, payment: &Payment) -> Result<(), GatewayError> {
        let fate = match self.chain.deliver(&payment.prepared()?).await {
            Ok(landed) => landed_as(&landed, payment)?,
            Err(error @ (SubmitError::Expired { .. } | SubmitError::Failed { .. })) => {
                Fate::Void { why: error.to_string() }
            }
            Err(error) => return Err(error.into()),
        };
        crash::point("payment-landed");
        match &fate {
            Fate::Landed { block, burned } => {
                self.metrics.payment("landed");
                tracing::info!(
                    netuid = payment.netuid,
                    amount = payment.amount,
                    block,
                    burned,
                    "paid"
                );
            }
            Fate::Void { why } => {
                self.metrics.payment("void");
                tracing::error!(netuid = payment.netuid, why, "A PAYMENT IS VOID: owed again");
            }
            Fate::Open => {}
        }
        self.store.close(payment, fate)
    }

    fn show(&self) {
        let shown = || -> Result<(), GatewayError> {
            self.metrics.settled.set(i64::try_from(self.store.settled()?).unwrap_or(i64::MAX));
            for netuid in &self.netuids {
                let owed = self.store.owed(*netuid)?;
                self.metrics.owed(*netuid, owed.map_or(0, |owed| owed.amount));
            }
            Ok(())
        };
        if let Err(error) = shown() {
            tracing::warn!(%error, "what is owed can't be read");
        }
    }
}

/// Whether the block says what was meant.
fn landed_as(landed: &Landed, payment: &Payment) -> Result<Fate, GatewayError> {
    let paid = landed.events.iter().find_map(|event| match event {
        Event::Paid(paid) if paid.netuid.0 == payment.netuid => Some(paid),
        _ => None,
    });
    match paid {
        Some(paid) if paid.native == payment.amount => {
            Ok(Fate::Landed { block: landed.block, burned: paid.burned.0 })
        }
        _ => Err(GatewayError::Store(format!(
            "the payment in block {} has no event of {} to subnet {}",
            landed.block, payment.amount, payment.netuid
        ))),
    }
}
