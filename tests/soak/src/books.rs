//! Every unit counted again, in another way than the pallets count.

use alun_primitives::traits::EmissionMarket;
use alun_runtime::{AccountId, Balances, Emission, Market, Runtime, RuntimeEvent, Stake, System};

/// What the events of a block say of the sum of all balances: what came to accounts, less what left
/// them. Independent of any counter that the chain keeps.
pub fn moved() -> i128 {
    use pallet_balances::Event::{
        Burned, Deposit, DustLost, Minted, Restored, Slashed, Suspended, Withdraw,
    };
    System::read_events_no_consensus()
        .filter_map(|record| match record.event {
            RuntimeEvent::Balances(event) => Some(event),
            _ => None,
        })
        .map(|event| match event {
            Minted { amount, .. } | Deposit { amount, .. } | Restored { amount, .. } => {
                i128::from(amount)
            }
            Burned { amount, .. }
            | Withdraw { amount, .. }
            | DustLost { amount, .. }
            | Slashed { amount, .. }
            | Suspended { amount, .. } => -i128::from(amount),
            _ => 0,
        })
        .sum()
}

/// The sum of free and reserved balances.
pub fn balances() -> u128 {
    frame_system::Account::<Runtime>::iter_values()
        .map(|account| u128::from(account.data.free) + u128::from(account.data.reserved))
        .sum()
}

/// Units that are missing or too many: native by balances, by the running account of events, and by
/// what emission says it minted and burned; and every alpha by all that hold it.
pub fn units_off(ledger: i128) -> u128 {
    let issuance = u128::from(Balances::total_issuance());
    let genesis = u128::from(pallet_emission::GenesisIssuance::<Runtime>::get());
    let minted = u128::from(pallet_emission::Minted::<Runtime>::get());
    let burned = u128::from(pallet_emission::Burned::<Runtime>::get());
    let alpha: u128 = pallet_market::Markets::<Runtime>::iter_keys()
        .map(|netuid| {
            let held = [
                Market::alpha_here(netuid),
                Stake::alpha_here(netuid),
                Emission::alpha_here(netuid),
            ];
            let held: Option<u128> = held.into_iter().map(|one| Some(u128::from(one?.0))).sum();
            let issuance = <Market as EmissionMarket<AccountId>>::issuance(netuid);
            held.map_or(u128::MAX >> 32, |held| held.abs_diff(issuance.0.into()))
        })
        .sum();
    let by_events = ledger.abs_diff(i128::try_from(issuance).unwrap_or(i128::MAX));
    balances().abs_diff(issuance)
        + by_events
        + (genesis + minted).abs_diff(issuance + burned)
        + alpha
}
