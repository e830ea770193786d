//! What commands print, as JSON (these structs, field by field) and as text. Amounts are integers
//! in the smallest unit of native tokens, or of the alpha of the netuid beside them, accounts ss58, digests hex with `0x`, proportions as their names say.

mod explain;
mod landed;
mod market;
mod neuron;
mod stake;
mod subnet;

pub use explain::{
    NeuronExplanationShape, NominatorShape, NominatorsShape, PreviewShape, Side,
    SubnetExplanationShape,
};
pub use landed::LandedShape;
pub(crate) use market::Ends;
pub use market::{MarketShape, Markets, Prices, QuoteShape, QuotesShape, TradeShape};
pub use neuron::{EndpointShape, MetagraphShape, NeuronShape};
pub use stake::{DelegateShape, Delegates, PoolShape, PositionShape, Positions};
pub use subnet::{SubnetShape, Subnets, TaskShape};

use alun_client::{AccountId, Alpha, Balance, Digest, NetUid, Tokens};

pub(crate) fn hex_of(digest: &Digest) -> String {
    format!("0x{}", hex::encode(digest))
}

/// An amount of any token, without its name.
pub(crate) fn tokens(amount: u64) -> String {
    Tokens(amount).to_string()
}

/// An amount of native tokens.
pub(crate) fn alun(amount: Balance) -> String {
    format!("{} ALUN", tokens(amount))
}

/// An amount of a subnet's alpha: `12.5 α3`.
pub(crate) fn alpha(netuid: NetUid, amount: Alpha) -> String {
    format!("{} α{netuid}", tokens(amount.0))
}

/// An amount of the token of a netuid: native on root, else its alpha.
pub(crate) fn token(netuid: NetUid, amount: u64) -> String {
    if netuid.is_root() {
        alun(amount)
    } else {
        alpha(netuid, Alpha(amount))
    }
}

/// Rounded down to four decimals, for tables; what is less but not zero shows as `<0.0001`.
pub(crate) fn rounded(amount: u64) -> String {
    let coarse = amount / 100_000 * 100_000;
    match (amount, coarse) {
        (0, _) => "0".into(),
        (_, 0) => "<0.0001".into(),
        _ => Tokens(coarse).to_string(),
    }
}

/// A part of 65,535 as a number from 0 to 1.
pub(crate) fn share(part: u16) -> String {
    format!("{:.4}", f64::from(part) / f64::from(u16::MAX))
}

/// Parts per million as a percentage.
pub(crate) fn percent(ppm: u32) -> String {
    let text = format!("{:.4}", f64::from(ppm) / 10_000.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

pub(crate) fn ss58(account: &AccountId) -> String {
    account.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_should_never_show_more_than_there_is() {
        for (amount, text) in
            [(0, "0"), (1, "<0.0001"), (199_999, "0.0001"), (1_999_999_999, "1.9999")]
        {
            assert_eq!(rounded(amount), text);
        }
    }

    #[test]
    fn amounts_should_name_their_token() {
        let three = [0, 3].map(|netuid| token(NetUid(netuid), 12_500_000_000));
        assert_eq!(three, ["12.5 ALUN", "12.5 α3"]);
    }

    #[test]
    fn percent_should_drop_needless_zeros() {
        assert_eq!((percent(180_000), percent(1)), ("18%".into(), "0.0001%".into()));
    }
}
