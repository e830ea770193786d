//! The worked numbers of `docs/staker.md`, `docs/subnet-owner.md` and `docs/miner.md`, computed again. A
//! sentence that says another number than the code gives fails here, and so does one that was changed
//! without this test.

use alun_market_math::{
    curve::Curve,
    injection::{Settlement, DEFAULT_ROOT_WEIGHT},
    pool::{Reserves, DEFAULT_FEE},
    power,
    price::{Averages, DEFAULT_HALF_LIFE_MS, PRICE_ONE},
    seed::{median, seed},
    share::{share, DEFAULT_FULL_RESERVE},
};
use alun_primitives::{cut, part_of, Hyperparameters, UNIT};
use std::{fs, path::Path};

/// The pool of the examples: a lock of 1,000 ALUN at a price of 0.5.
const POOL: Reserves = Reserves { native: 1_000 * UNIT, alpha: 2_000 * UNIT };

/// A page with single blanks for line breaks and indents, so that a sentence is found wherever it
/// breaks.
fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let text = fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// That a page says each of these.
fn says(name: &str, sentences: &[String]) {
    let page = page(name);
    for sentence in sentences {
        let words = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains(&words), "docs/{name} does not say: {words}");
    }
}

/// An amount in whole tokens, rounded to the nearest with so many decimals, with commas between
/// thousands.
fn tokens(amount: u64, decimals: u32) -> String {
    let step = 10u64.pow(9 - decimals);
    let amount = (amount + step / 2) / step * step;
    let (whole, rest) = (amount / UNIT, amount % UNIT / step);
    let mut digits = whole.to_string();
    let mut place = digits.len();
    while place > 3 {
        place -= 3;
        digits.insert(place, ',');
    }
    match decimals {
        0 => digits,
        some => format!("{digits}.{rest:0width$}", width = some as usize),
    }
}

/// The same without zeros at the end.
fn short(amount: u64) -> String {
    tokens(amount, 9).trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A price with so many decimals, rounded to the nearest.
fn price(price: u128, decimals: usize) -> String {
    format!("{:.decimals$}", price as f64 / PRICE_ONE as f64)
}

/// Parts of a hundred, two decimals, rounded to the nearest.
fn percent(part: u64, whole: u64) -> String {
    format!("{:.2} %", part as f64 / whole as f64 * 100.0)
}

#[test]
fn staker_page_should_say_what_the_pool_trades() {
    let mut sentences = vec!["A pool of 1,000 ALUN and 2,000 α1, a price of 0.5.".to_owned()];
    assert_eq!(POOL.price(), PRICE_ONE / 2);
    for native in [1, 10, 100] {
        let bought = POOL.buy(native * UNIT, DEFAULT_FEE).unwrap();
        let before = 2 * native * UNIT;
        sentences.push(format!(
            "| {native} ALUN | {} α1 | {} α1 | {} | {} |",
            tokens(before, 0),
            tokens(bought.alpha_out, 3),
            percent(before - bought.alpha_out, before),
            price(bought.price_after, 3)
        ));
    }
    let bought = POOL.buy(10 * UNIT, DEFAULT_FEE).unwrap();
    let sold = bought.after.sell(bought.alpha_out, DEFAULT_FEE).unwrap();
    assert_eq!(tokens(bought.fee, 3), "0.005");
    assert_eq!(tokens(sold.fee, 3), "0.005");
    assert_eq!(price(sold.price_after, 6), "0.500000");
    sentences.push(format!(
        "Who takes the {} α1 out again while nobody else has traded gets {} ALUN: the price falls back to 0.5, \
         and two fees of {} ALUN are gone.",
        tokens(bought.alpha_out, 3),
        tokens(sold.native_out, 3),
        tokens(bought.fee, 3)
    ));
    says("staker.md", &sentences);
}

#[test]
fn staker_page_should_say_what_a_quote_and_its_bound_are() {
    let bought = POOL.buy(10 * UNIT, DEFAULT_FEE).unwrap();
    // What the command line takes off: a hundredth, rounded up for the bound to be rounded down.
    let least = bought.alpha_out - bought.alpha_out.div_ceil(100);
    let first = POOL.buy(6 * UNIT, DEFAULT_FEE).unwrap();
    let second = first.after.buy(10 * UNIT, DEFAULT_FEE).unwrap();
    assert!(second.alpha_out < least, "refused");
    let quoted = tokens(bought.alpha_out, 3);
    says(
        "staker.md",
        &[
            format!(
                "quoted are {quoted} α1; with one per cent of room the bound is {} α1; if somebody buys for 6 ALUN \
                 before you, {} α1 would come out, and you are refused instead.",
                tokens(least, 3),
                tokens(second.alpha_out, 3)
            ),
            format!("comes out {} α1", short(bought.alpha_out)),
            format!("at least {} α1", short(least)),
            format!("price of α1 0.5 → {}", price(bought.price_after, 8)),
            format!("fee {} ALUN, burned", short(bought.fee)),
            format!(
                "slippage {}, the fee included",
                percent(20 * UNIT - bought.alpha_out, 20 * UNIT).replace(' ', "")
            ),
            format!("`10 ALUN bought {} α1 on", short(bought.alpha_out)),
        ],
    );
}

/// What a bot has more after buying for `front`, letting a user buy for `amount`, and selling again,
/// and what the user got.
fn sandwich(front: u64, amount: u64) -> (i128, u64) {
    let bot = POOL.buy(front, DEFAULT_FEE).unwrap();
    let user = bot.after.buy(amount, DEFAULT_FEE).unwrap();
    let back = user.after.sell(bot.alpha_out, DEFAULT_FEE).unwrap();
    (i128::from(back.native_out) - i128::from(front), user.alpha_out)
}

/// The most that a bot earns while the user gets at least `bound`, over purchases of all sizes up to a
/// hundred times the pool, each a thousandth larger than the one before.
fn most(amount: u64, bound: u64) -> i128 {
    let sizes = std::iter::successors(Some(UNIT / 100), |size| Some(size + size / 1_000));
    sizes
        .take_while(|size| *size < 100_000 * UNIT)
        .map(|size| sandwich(size, amount))
        .filter(|(_, received)| *received >= bound)
        .map(|(earned, _)| earned)
        .max()
        .unwrap_or(0)
}

#[test]
fn staker_page_should_say_what_a_bot_takes() {
    let quoted = |amount| POOL.buy(amount, DEFAULT_FEE).unwrap().alpha_out;
    let least = |amount| quoted(amount) - quoted(amount).div_ceil(100);
    let said = |earned: i128, decimals| tokens(u64::try_from(earned).unwrap(), decimals);
    let (large, small) = (100 * UNIT, 10 * UNIT);
    let sentence = format!(
        "Of 100 ALUN that buy from this pool without a bound it takes up to {} ALUN; with a bound of one per cent \
         under the quote at most {} ALUN (of 10 ALUN, {}); with the quote itself as the bound nothing",
        said(most(large, 0), 1),
        said(most(large, least(large)), 2),
        said(most(small, least(small)), 3),
    );
    assert_eq!(most(large, quoted(large)), 0);
    says("staker.md", &[sentence]);
}

#[test]
fn staker_page_should_say_how_dividends_are_divided() {
    let take = part_of(100 * UNIT, 180_000);
    let left = 100 * UNIT - take;
    let root = part_of(5_000 * UNIT, DEFAULT_ROOT_WEIGHT);
    let of_subnet = u128::from(left) * 1_000 / u128::from(1_000 + root / UNIT);
    let of_subnet = u64::try_from(of_subnet).unwrap();
    says(
        "staker.md",
        &[
            format!("Of 100 α1 of dividends a take of 18 % leaves {} α1", tokens(left, 0)),
            format!(
                "root counts as 0.18 × 5,000 = {}: the subnet's stakers get 82 × 1,000 / {} = {} α1, and {} α1 are \
                 sold for those on root.",
                tokens(root, 0),
                tokens(1_000 * UNIT + root, 0),
                tokens(of_subnet, 2),
                tokens(left - of_subnet, 2)
            ),
        ],
    );
}

#[test]
fn owner_page_should_say_what_opens_a_market_and_what_flows() {
    let curve = Curve::default();
    let pool = seed(1_000 * UNIT, median(&mut [PRICE_ONE / 2]), curve.cap).unwrap();
    assert_eq!(pool, POOL);
    let alone = seed(1_000 * UNIT, None, curve.cap).unwrap();
    assert_eq!(alone.price(), PRICE_ONE);
    let parts = cut(100 * UNIT, Hyperparameters::default().owner_cut);
    let averaged = |price, reserve| Averages { price: PRICE_ONE / 10 * price, reserve };
    let full = |price| share(averaged(price, DEFAULT_FULL_RESERVE), DEFAULT_FULL_RESERVE);
    let (high, low) = (full(6), full(2));
    assert!(high.abs_diff(3 * low) <= 3, "{high} and {low}");
    // Half of the way in one half-life.
    let half = PRICE_ONE - power::two_to_minus(DEFAULT_HALF_LIFE_MS, 14 * 24 * 60 * 60 * 1_000);
    assert!(half.abs_diff(PRICE_ONE / 2) <= power::POWER_ERROR);
    says(
        "subnet-owner.md",
        &[
            format!(
                "A lock of 1,000 ALUN at a price of {} makes a pool of {} ALUN and {} α1.",
                price(pool.price(), 1),
                tokens(pool.native, 0),
                tokens(pool.alpha, 0)
            ),
            "from 0.01 to 1 (1 for the first subnet)".into(),
            format!(
                "{} α per 6 s at first",
                short(curve.block_emission(0, 6_000))
            ),
            format!(
                "Of 100 α1 with the highest cut {} α1 are yours, {} α1 the miners', {} α1 the validators'.",
                tokens(parts.owner, 0),
                tokens(parts.miners, 0),
                tokens(parts.validators, 0)
            ),
            "Averages start at zero and move half of the way in 14 days".into(),
            format!("a reserve to {} ALUN", tokens(DEFAULT_FULL_RESERVE, 0)),
            "Two subnets with averaged prices of 0.6 and 0.2 and full reserves get three quarters and one quarter."
                .into(),
        ],
    );
}

#[test]
fn owner_page_should_say_how_a_settlement_enters_the_pool() {
    let settled = Settlement {
        native: 5 * UNIT,
        emitted: 10 * UNIT,
        room: u64::MAX,
        issuance: 4_000 * UNIT,
        root_stake: 50_000 * UNIT,
        root_weight: DEFAULT_ROOT_WEIGHT,
    };
    let root = part_of(settled.root_stake, settled.root_weight);
    let injection = settled.inject(POOL);
    says(
        "subnet-owner.md",
        &[format!(
            "With {} ALUN on root and {} α1 in all, root counts as {}: of 10 α1 emitted at most 10 × {} / {} = {} α1 \
             more may enter the pool, with {} ALUN at a price of 0.5. If the subnet has earned 5 ALUN, the other {} ALUN buy \
             alpha back.",
            tokens(settled.root_stake, 0),
            tokens(settled.issuance, 0),
            tokens(root, 0),
            tokens(root, 0),
            tokens(root + settled.issuance, 0),
            tokens(settled.most_alpha(), 3),
            tokens(injection.native_in, 3),
            tokens(injection.excess, 3)
        )],
    );
}

#[test]
fn miner_page_should_say_what_registrations_cost() {
    let values = Hyperparameters::default();
    // Four at once, each 1.26 times the one before; then an hour of quiet.
    let mut prices = vec![Hyperparameters::PRICE_START];
    for _ in 0..3 {
        let last = u128::from(*prices.last().unwrap());
        prices.push(u64::try_from((last * 126).div_ceil(100)).unwrap());
    }
    let next = u64::try_from((u128::from(prices[3]) * 126).div_ceil(100)).unwrap();
    let after = power::decayed(next, 72 * 60 * 1_000, 36 * 60 * 1_000);
    assert!(after >= values.price_min && next <= values.price_max);
    let said: Vec<String> = prices.iter().map(|price| tokens(*price, 3)).collect();
    says(
        "miner.md",
        &[format!(
            "From {} ALUN four registrations in a row cost {}, {}, {} and {} ALUN; the next would cost {}, and after 72 \
             minutes without one {}.",
            tokens(prices[0], 1),
            said[0].trim_end_matches('0'),
            said[1].trim_end_matches('0'),
            said[2],
            said[3],
            tokens(next, 3),
            tokens(after, 3)
        )],
    );
}
