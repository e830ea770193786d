//! Markets, quotes and prices.

use super::{alpha, alun, percent, rounded, token, tokens};
use crate::output::{Output, Show};
use alun_client::{
    views::{MarketView, StakeQuote},
    AccountId, Alpha, Balance, NetUid, Ppm, Price, Trade,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// What all holders of an alpha redeem, alike for each.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Redemption {
    /// Native tokens.
    pub native: Balance,
    /// Alpha.
    pub supply: Alpha,
}

/// A subnet's market. Prices are native tokens for one alpha, as numbers.
#[derive(Clone, Debug, Serialize)]
pub struct MarketShape {
    /// Netuid.
    pub netuid: NetUid,
    /// The price at which the next small trade would be made.
    pub price: f64,
    /// The averaged price, at most 1: by it, and by the averaged reserve, the subnet earns.
    pub price_average: f64,
    /// Native tokens in the pool.
    pub native_reserve: Balance,
    /// The averaged native reserve.
    pub reserve_average: Balance,
    /// Alpha in the pool.
    pub alpha_reserve: Alpha,
    /// All of this alpha that there is.
    pub issuance: Alpha,
    /// Fee of a trade, parts per million of its native side; burned.
    pub fee: Ppm,
    /// Native tokens that wait to buy alpha, which is burned.
    pub buyback: Balance,
    /// Alpha that waits to be sold for stakers on root.
    pub root_parts: Alpha,
    /// Native tokens got for such alpha and not yet paid.
    pub root_proceeds: Balance,
    /// Under notice: for how many native tokens all of its alpha is redeemed. Then `price` is the
    /// quotient, and nothing is traded.
    pub redemption: Option<Redemption>,
    #[serde(skip)]
    prices: [Price; 2],
}

impl From<&MarketView> for MarketShape {
    fn from(market: &MarketView) -> Self {
        let prices = [Price(market.price), Price(market.price_average)];
        let [price, price_average] = prices.map(Price::as_f64);
        Self {
            netuid: market.netuid,
            price,
            price_average,
            native_reserve: market.native_reserve,
            reserve_average: market.reserve_average,
            alpha_reserve: market.alpha_reserve,
            issuance: market.issuance,
            fee: market.fee,
            buyback: market.buyback,
            root_parts: market.root_parts,
            root_proceeds: market.root_proceeds,
            redemption: market.redemption.map(|(native, supply)| Redemption { native, supply }),
            prices,
        }
    }
}

impl MarketShape {
    /// Price, averaged price and native reserve, for a table.
    pub(crate) fn columns(&self) -> [String; 3] {
        let [price, average] = self.prices.map(|price| price.to_string());
        [price, average, rounded(self.native_reserve)]
    }

    /// The lines of a subnet's facts.
    pub(crate) fn facts(&self) -> Vec<(&'static str, String)> {
        let [price, average] = self.prices;
        let per = |price: Price| format!("{price} ALUN for one α{}", self.netuid);
        if let Some(Redemption { native, supply }) = self.redemption {
            return vec![
                ("redeemed at", per(price)),
                ("redeems", format!("{} for {}", self.own(supply), alun(native))),
                ("waits to be redeemed for root", self.own(self.root_parts)),
                ("waits to be paid on root", alun(self.root_proceeds)),
            ];
        }
        vec![
            ("price", per(price)),
            ("averaged price", per(average)),
            ("pool", format!("{} and {}", alun(self.native_reserve), self.own(self.alpha_reserve))),
            ("averaged reserve", alun(self.reserve_average)),
            ("alpha issued", self.own(self.issuance)),
            ("fee of a trade", format!("{}, burned", percent(self.fee))),
            ("waits to buy alpha back", alun(self.buyback)),
            ("waits to be sold for root", self.own(self.root_parts)),
            ("waits to be paid on root", alun(self.root_proceeds)),
        ]
    }

    fn own(&self, amount: Alpha) -> String {
        alpha(self.netuid, amount)
    }
}

impl Show for MarketShape {
    fn text(&self, output: &Output) -> String {
        let mut facts = vec![("subnet", self.netuid.to_string())];
        facts.extend(self.facts());
        output.facts(&facts)
    }
}

/// Several markets: a JSON list.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Markets(pub Vec<MarketShape>);

impl Show for Markets {
    fn text(&self, output: &Output) -> String {
        if self.0.is_empty() {
            return "There are no markets yet: each subnet has one.".into();
        }
        let mut table = output.table(&[
            ">netuid",
            ">price",
            ">averaged",
            ">reserve (ALUN)",
            ">reserve (α)",
            ">issued (α)",
            ">fee",
            ">buyback (ALUN)",
        ]);
        for market in &self.0 {
            let [price, average, reserve] = market.columns();
            table.add_row([
                market.netuid.to_string(),
                price,
                average,
                reserve,
                rounded(market.alpha_reserve.0),
                rounded(market.issuance.0),
                percent(market.fee),
                rounded(market.buyback),
            ]);
        }
        table.to_string()
    }
}

/// Spot prices by netuid; root's tokens are native ones.
#[derive(Clone, Debug, Default)]
pub struct Prices(BTreeMap<NetUid, Price>);

impl Prices {
    /// Of these markets.
    pub fn new(markets: &[MarketView]) -> Self {
        Self(markets.iter().map(|market| (market.netuid, Price::from(market))).collect())
    }

    /// What so much of a netuid's token is worth in native ones; nothing without a market.
    pub(crate) fn value(&self, netuid: NetUid, amount: u64) -> Balance {
        if netuid.is_root() {
            return amount;
        }
        self.0.get(&netuid).map_or(0, |price| price.value_of(Alpha(amount)))
    }
}

/// A trade that a call makes on its way. Prices are native tokens for one alpha, as numbers.
#[derive(Clone, Debug, Serialize)]
pub struct TradeShape {
    /// On which market.
    pub netuid: NetUid,
    /// `buy` (native tokens for alpha), `sell`, or under notice `redeem`.
    pub side: &'static str,
    /// Native tokens given or got.
    pub native: Balance,
    /// Alpha got or given.
    pub alpha: Alpha,
    /// The fee, native tokens; burned.
    pub fee: Balance,
    /// The price before.
    pub price_before: f64,
    /// The price after.
    pub price_after: f64,
    #[serde(skip)]
    prices: [Price; 2],
}

impl TradeShape {
    fn new(netuid: NetUid, side: &'static str, trade: &Trade) -> Self {
        let prices = [Price(trade.price_before), Price(trade.price_after)];
        let [price_before, price_after] = prices.map(Price::as_f64);
        let Trade { native, alpha, fee, .. } = *trade;
        Self { netuid, side, native, alpha, fee, price_before, price_after, prices }
    }

    /// What comes out, as a part of what would at the price before and without a fee.
    fn kept(&self) -> f64 {
        let (native, worth) = (self.native as f64, self.alpha.0 as f64 * self.price_before);
        let kept = if self.side == "buy" { worth / native } else { native / worth };
        // Of a trade of nothing there is nothing to lose.
        if kept.is_finite() {
            kept.clamp(0.0, 1.0)
        } else {
            1.0
        }
    }
}

/// What a call would do.
#[derive(Clone, Debug, Serialize)]
pub struct QuoteShape {
    /// The call, such as `add_stake`.
    pub call: &'static str,
    /// What goes in, in the token of `amount_netuid`.
    pub amount: u64,
    /// Whose token that is: 0 is the native one.
    pub amount_netuid: NetUid,
    /// What comes out, in the token of `received_netuid`.
    pub received: u64,
    /// Whose token that is: 0 is the native one.
    pub received_netuid: NetUid,
    /// Least that may come out: with less, the call is refused.
    pub min_received: u64,
    /// Points minted, burned or given, as text; `null` where there are none.
    pub points: Option<String>,
    /// Fees of the trades, native tokens; burned.
    pub fee: Balance,
    /// How much less comes out than at the prices before and without fees, a part from 0 to 1.
    pub slippage: f64,
    /// Held until the position is gone that a transfer makes in another's account.
    pub deposit: Balance,
    /// The trades on the way.
    pub trades: Vec<TradeShape>,
}

/// What goes in and what comes out: amounts with the netuid of their token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) amount: u64,
    pub(crate) from: NetUid,
    pub(crate) to: NetUid,
}

impl QuoteShape {
    /// Of a call of stake. `markets` are those on which it sells and buys.
    pub(crate) fn of_stake(
        call: &'static str,
        ends: Ends,
        quote: &StakeQuote,
        markets: [NetUid; 2],
    ) -> Self {
        let [sells, buys] = markets;
        let sold = quote.sold.as_ref().map(|trade| TradeShape::new(sells, "sell", trade));
        let bought = quote.bought.as_ref().map(|trade| TradeShape::new(buys, "buy", trade));
        let trades: Vec<TradeShape> = sold.into_iter().chain(bought).collect();
        Self {
            points: Some(quote.points.to_string()),
            deposit: quote.deposit,
            ..Self::new(call, ends, quote.received, trades)
        }
    }

    /// The same, where its sale is a redemption because the subnet is under notice.
    pub(crate) fn redeemed(mut self) -> Self {
        let sales = self.trades.iter_mut().filter(|trade| trade.side == "sell");
        sales.for_each(|trade| trade.side = "redeem");
        self
    }

    /// Of a purchase that is burned.
    pub(crate) fn of_payment(netuid: NetUid, trade: &Trade) -> Self {
        let ends = Ends { amount: trade.native, from: NetUid::ROOT, to: netuid };
        Self::new("pay", ends, trade.alpha.0, vec![TradeShape::new(netuid, "buy", trade)])
    }

    fn new(call: &'static str, ends: Ends, received: u64, trades: Vec<TradeShape>) -> Self {
        let kept: f64 = trades.iter().map(TradeShape::kept).product();
        Self {
            call,
            amount: ends.amount,
            amount_netuid: ends.from,
            received,
            received_netuid: ends.to,
            min_received: 0,
            points: None,
            // Saturation: parts of the issuance, which fits.
            fee: trades.iter().fold(0, |sum, trade| sum.saturating_add(trade.fee)),
            slippage: 1.0 - kept,
            deposit: 0,
            trades,
        }
    }

    /// The same with the least that may come out.
    pub(crate) fn at_least(mut self, min_received: u64) -> Self {
        self.min_received = min_received;
        self
    }
}

/// A part from 0 to 1 as a percentage with two decimals; what is less but not zero says so.
fn slippage(part: f64) -> String {
    match part * 100.0 {
        none if none <= 0.0 => "0%".into(),
        little if little < 0.01 => "<0.01%".into(),
        much => format!("{much:.2}%"),
    }
}

impl Show for QuoteShape {
    fn text(&self, output: &Output) -> String {
        let comes = if self.call == "pay" { "is burned" } else { "comes out" };
        let mut facts = vec![
            ("goes in".to_owned(), token(self.amount_netuid, self.amount)),
            (comes.to_owned(), token(self.received_netuid, self.received)),
            ("at least".to_owned(), token(self.received_netuid, self.min_received)),
        ];
        for trade in &self.trades {
            let [before, after] = trade.prices;
            if trade.side == "redeem" {
                facts.push(("redeemed at".into(), format!("{before} ALUN, alike for all")));
                continue;
            }
            facts.push((format!("price of α{}", trade.netuid), format!("{before} → {after} ALUN")));
        }
        if self.trades.iter().any(|trade| trade.side != "redeem") {
            facts.push(("fee".into(), format!("{}, burned", alun(self.fee))));
            let less = slippage(self.slippage);
            facts.push(("slippage".into(), format!("{less}, the fee included")));
        }
        if self.deposit > 0 {
            facts.push(("deposit".into(), format!("{}, held", alun(self.deposit))));
        }
        let facts: Vec<_> =
            facts.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        output.facts(&facts)
    }
}

/// What taking whole positions out would give.
#[derive(Clone, Debug, Serialize)]
pub struct QuotesShape {
    /// The call.
    pub call: &'static str,
    /// The hotkeys, in the order of `quotes`.
    pub hotkeys: Vec<String>,
    /// Position by position, each at the prices that the one before leaves.
    pub quotes: Vec<QuoteShape>,
    /// Native tokens for all of them.
    pub received: Balance,
    /// Least that may come out together: with less, the call is refused.
    pub min_received: Balance,
}

impl QuotesShape {
    /// Of these positions.
    pub(crate) fn new(hotkeys: &[AccountId], quotes: Vec<QuoteShape>) -> Self {
        Self {
            call: "remove_all_stake",
            hotkeys: hotkeys.iter().map(ToString::to_string).collect(),
            // Saturation: parts of the issuance, which fits.
            received: quotes.iter().fold(0, |sum, quote| sum.saturating_add(quote.received)),
            quotes,
            min_received: 0,
        }
    }

    /// The same with the least that may come out.
    pub(crate) fn at_least(mut self, min_received: Balance) -> Self {
        self.min_received = min_received;
        self
    }
}

impl Show for QuotesShape {
    fn text(&self, output: &Output) -> String {
        let mut table = output.table(&[
            "hotkey",
            ">goes in",
            ">comes out",
            ">price before",
            ">price after",
            ">slippage",
        ]);
        for (hotkey, quote) in self.hotkeys.iter().zip(&self.quotes) {
            let trade = quote.trades.first();
            let price = |index: usize| {
                let price = trade.and_then(|trade| trade.prices.get(index));
                price.map_or_else(|| "-".to_owned(), ToString::to_string)
            };
            table.add_row([
                hotkey.clone(),
                token(quote.amount_netuid, quote.amount),
                alun(quote.received),
                price(0),
                price(1),
                slippage(quote.slippage),
            ]);
        }
        format!(
            "{table}\n{} ALUN come out, at least {}",
            tokens(self.received),
            alun(self.min_received)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alun_client::UNIT;

    const ONE: u128 = 1 << 64;

    fn trade(native: Balance, alpha: u64, before: u128, after: u128) -> Trade {
        let fee = native / 2_000;
        Trade { native, alpha: Alpha(alpha), fee, price_before: before, price_after: after }
    }

    fn market() -> MarketView {
        MarketView {
            netuid: NetUid(3),
            price: ONE / 2,
            price_average: ONE / 4,
            native_reserve: 1_000 * UNIT,
            reserve_average: 900 * UNIT,
            alpha_reserve: Alpha(2_000 * UNIT),
            issuance: Alpha(3_000 * UNIT),
            fee: 500,
            buyback: 5 * UNIT,
            root_parts: Alpha(7 * UNIT),
            root_proceeds: UNIT,
            redemption: None,
        }
    }

    #[test]
    fn market_should_name_its_own_alpha() {
        let shape = MarketShape::from(&market());
        let text = shape.text(&Output::new(false));
        for part in ["0.5 ALUN for one α3", "0.25 ALUN", "2000 α3", "0.05%, burned", "7 α3"] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
        let json = serde_json::to_value(&shape).unwrap();
        assert_eq!((&json["price"], &json["alpha_reserve"]), (&0.5.into(), &(2_000 * UNIT).into()));
        assert!(json["prices"].is_null());
        let prices = Prices::new(&[market()]);
        let values = [0, 3, 4].map(|netuid| prices.value(NetUid(netuid), 10));
        assert_eq!(values, [10, 5, 0], "root, a market, none");
    }

    #[test]
    fn market_and_quote_should_show_redemption_when_the_subnet_is_under_notice() {
        let native = 1_000 * UNIT;
        let redemption = Some((native, Alpha(4_000 * UNIT)));
        let shape = MarketShape::from(&MarketView { redemption, price: ONE / 4, ..market() });
        let text = shape.text(&Output::new(false));
        for part in ["0.25 ALUN for one α3", "4000 α3 for 1000 ALUN"] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
        assert!(!text.contains("burned"), "{text}");
        let sold = Some(Trade { fee: 0, ..trade(25 * UNIT, 100 * UNIT, ONE / 4, ONE / 4) });
        let quote = StakeQuote { points: 1, received: 25 * UNIT, sold, bought: None, deposit: 0 };
        let ends = Ends { amount: 100 * UNIT, from: NetUid(3), to: NetUid::ROOT };
        let shape = QuoteShape::of_stake("remove_stake", ends, &quote, [NetUid(3); 2]).redeemed();
        let text = shape.text(&Output::new(false));
        assert!(text.contains("0.25 ALUN, alike for all"), "{text}");
        assert!(!text.contains("slippage") && !text.contains("fee"), "{text}");
        assert_eq!(shape.trades[0].side, "redeem");
    }

    #[test]
    fn quote_should_tell_price_fee_and_slippage_of_a_purchase() {
        // 10 ALUN at 0.5 would be 20 alpha; 19 come out.
        let bought = trade(10 * UNIT, 19 * UNIT, ONE / 2, ONE * 51 / 100);
        let quote = StakeQuote {
            points: 7,
            received: 19 * UNIT - 1,
            sold: None,
            bought: Some(bought),
            deposit: 0,
        };
        let ends = Ends { amount: 10 * UNIT, from: NetUid::ROOT, to: NetUid(3) };
        let shape = QuoteShape::of_stake("add_stake", ends, &quote, [NetUid(3); 2]).at_least(18);
        assert!((shape.slippage - 0.05).abs() < 1e-9, "{}", shape.slippage);
        let text = shape.text(&Output::new(false));
        for part in [
            "10 ALUN",
            "18.999999999 α3",
            "price of α3",
            "0.5 → 0.509999999 ALUN",
            "0.005 ALUN, burned",
            "5.00%, the fee included",
        ] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
        assert!(!text.contains("deposit"), "{text}");
        let json = serde_json::to_value(&shape).unwrap();
        assert_eq!((&json["amount"], &json["min_received"]), (&(10 * UNIT).into(), &18.into()));
        assert_eq!(json["trades"][0]["side"], "buy");
    }

    #[test]
    fn quote_should_put_both_trades_of_a_swap_together() {
        let quote = StakeQuote {
            points: 7,
            received: 9 * UNIT,
            sold: Some(trade(9 * UNIT, 20 * UNIT, ONE / 2, ONE / 3)),
            bought: Some(trade(9 * UNIT, 81 * UNIT / 10, ONE, ONE * 2)),
            deposit: 5,
        };
        let ends = Ends { amount: 20 * UNIT, from: NetUid(1), to: NetUid(2) };
        let shape = QuoteShape::of_stake("swap_stake", ends, &quote, [NetUid(1), NetUid(2)]);
        assert!((shape.slippage - 0.19).abs() < 1e-9, "{}", shape.slippage);
        assert_eq!(shape.fee, 2 * (9 * UNIT / 2_000));
        let text = shape.text(&Output::new(false));
        for part in ["20 α1", "9 α2", "price of α1", "price of α2", "0.000000005 ALUN, held"] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
    }

    #[test]
    fn quote_of_root_should_have_no_price_and_no_slippage() {
        let quote = StakeQuote { points: 7, received: UNIT, sold: None, bought: None, deposit: 0 };
        let ends = Ends { amount: UNIT, from: NetUid::ROOT, to: NetUid::ROOT };
        let shape = QuoteShape::of_stake("add_stake", ends, &quote, [NetUid::ROOT; 2]);
        assert!(shape.slippage == 0.0 && shape.trades.is_empty());
        assert!(!shape.text(&Output::new(false)).contains("price"));
        let all = QuotesShape::new(&[AccountId::from([1; 32])], vec![shape]).at_least(9);
        assert_eq!((all.received, all.min_received), (UNIT, 9));
        assert!(all
            .text(&Output::new(false))
            .contains("1 ALUN come out, at least 0.000000009 ALUN"));
    }

    #[test]
    fn slippage_should_be_short_and_never_hide_what_is_there() {
        assert_eq!([0.0, -0.1, 0.000_01, 0.012_34].map(slippage), ["0%", "0%", "<0.01%", "1.23%"]);
    }
}
