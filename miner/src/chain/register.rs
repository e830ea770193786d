//! Uids: whether the hotkeys hold them, and registering those that don't.

use super::{sync, view::ChainView};
use crate::{MinerError, Served};
use alun_client::{
    register_neuron, AccountId, At, Balance, Chain, NetUid, Submission, SubmitError, UNIT,
};
use futures::future;
use std::{collections::BTreeMap, time::Duration};

/// Tokens beside the price that a registration may need: its fee, generously.
const FEES: Balance = UNIT / 100;
/// How often a registration that did not land is repeated.
const ATTEMPTS: u32 = 4;

/// Refuses to go on with a hotkey that holds no uid.
pub(crate) fn check_registered(view: &ChainView, served: &[Served]) -> Result<(), MinerError> {
    match missing(view, served).as_slice() {
        [] => Ok(()),
        missing => {
            let (netuid, hotkeys) = (view.netuid(), are(missing));
            Err(MinerError::NotRegistered { netuid, hotkeys })
        }
    }
}

/// Registers the hotkeys that hold no uid, several at once, as their coldkeys usually differ.
pub(crate) async fn register_missing(
    chain: &Chain,
    view: &ChainView,
    served: &[Served],
    max_price: Balance,
) -> Result<(), MinerError> {
    let (netuid, missing) = (view.netuid(), missing(view, served));
    if missing.is_empty() {
        return Ok(());
    }
    check(&chain.best().await?, netuid, &missing, max_price).await?;
    let registrations = missing.iter().map(|one| register(chain, netuid, one, max_price));
    for result in future::join_all(registrations).await {
        result?;
    }
    sync::metagraph(&chain.best().await?, view).await?;
    Ok(())
}

fn missing<'a>(view: &ChainView, served: &'a [Served]) -> Vec<&'a Served> {
    let snapshot = view.snapshot();
    served.iter().filter(|one| snapshot.of(&one.hotkey.public()).is_none()).collect()
}

/// `5F… is` or `5F… and 5G… are`.
fn are(missing: &[&Served]) -> String {
    let names: Vec<String> = missing.iter().map(|one| one.hotkey.ss58()).collect();
    match names.as_slice() {
        [one] => format!("the hotkey {one} is"),
        several => format!("the hotkeys {} are", several.join(" and ")),
    }
}

/// Refuses what could only fail: price, balances and bindings as they are now.
async fn check(
    at: &At,
    netuid: NetUid,
    missing: &[&Served],
    max: Balance,
) -> Result<(), MinerError> {
    let price = at.registration_price(netuid).await?;
    let price = price.ok_or(MinerError::UnknownSubnet { netuid })?;
    if price > max {
        return Err(MinerError::PriceAboveMax { netuid, price, max });
    }
    let mut payers: BTreeMap<[u8; 32], u32> = BTreeMap::new();
    for one in missing {
        let coldkey = one.coldkey.as_ref().ok_or(MinerError::NoColdkey)?.public();
        check_binding(at, one, AccountId::from(coldkey)).await?;
        let count = payers.entry(coldkey).or_default();
        *count = count.saturating_add(1);
    }
    let existential = at.existential_deposit()?;
    for (coldkey, count) in payers {
        let coldkey = AccountId::from(coldkey);
        let each = price.saturating_add(FEES);
        let needs = each.saturating_mul(count.into()).saturating_add(existential);
        let has = at.balance(&coldkey).await?.spendable();
        if has < needs {
            let hotkeys = if count == 1 { "a hotkey".into() } else { format!("{count} hotkeys") };
            return Err(MinerError::BalanceTooLow { netuid, coldkey, has, needs, hotkeys });
        }
    }
    Ok(())
}

async fn check_binding(at: &At, one: &Served, coldkey: AccountId) -> Result<(), MinerError> {
    let hotkey = AccountId::from(one.hotkey.public());
    match at.coldkey_of(&hotkey).await? {
        Some(owner) if owner != coldkey => Err(MinerError::OtherColdkey { hotkey, owner, coldkey }),
        _ => Ok(()),
    }
}

async fn register(
    chain: &Chain,
    netuid: NetUid,
    one: &Served,
    max_price: Balance,
) -> Result<(), MinerError> {
    let coldkey = one.coldkey.as_ref().ok_or(MinerError::NoColdkey)?;
    let hotkey = AccountId::from(one.hotkey.public());
    tracing::info!(%netuid, %hotkey, "registering");
    let how = Submission::default();
    let mut attempt = 1;
    loop {
        match register_neuron(chain, coldkey, &one.hotkey, netuid, max_price, &how).await {
            Ok(landed) => {
                tracing::info!(%netuid, %hotkey, block = landed.block, "registered");
                return Ok(());
            }
            // It landed after all, in an earlier attempt.
            Err(error) if is_registered(&error) => return Ok(()),
            Err(error) if attempt < ATTEMPTS && error.is_transient() => {
                tracing::warn!(%hotkey, %error, "registering again");
                tokio::time::sleep(Duration::from_secs(2)).await;
                attempt = attempt.saturating_add(1);
            }
            Err(source) => return Err(MinerError::Registration { netuid, hotkey, source }),
        }
    }
}

fn is_registered(error: &SubmitError) -> bool {
    error.failure().is_some_and(|name| name.ends_with("AlreadyRegistered"))
}
