//! `alun history`: what came and went, and why.

use crate::{output::Output, output::Show, CliError, Context};
use alun_client::{AccountId, Chain, Tokens};
use alun_indexer::{ask, query::MOST, Question, Role, Store};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// What came and went, and why.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  alun history --coldkey alice --indexer http://127.0.0.1:9955\n  \
                  alun history --hotkey alice/miner --from 1000 --to 2026-01-31 --csv --db history.redb"
)]
pub struct History {
    /// Its tokens and all its positions
    #[arg(long, required_unless_present = "hotkey", conflicts_with = "hotkey")]
    coldkey: Option<String>,
    /// Its tokens and its own coldkey's positions on it: pay, takes, cuts
    #[arg(long)]
    hotkey: Option<String>,
    /// Positions of this netuid only
    #[arg(long)]
    netuid: Option<u16>,
    /// The opening is after this block, or after the last one before this day (UTC)
    #[arg(long, value_name = "BLOCK|YYYY-MM-DD")]
    from: Option<String>,
    /// The closing is after this block, or after the last one of this day (UTC)
    #[arg(long, value_name = "BLOCK|YYYY-MM-DD")]
    to: Option<String>,
    /// Comma-separated lines with a heading
    #[arg(long)]
    csv: bool,
    /// The indexer to ask
    #[arg(long, default_value = "http://127.0.0.1:9955", value_name = "URL")]
    indexer: String,
    /// Read a database instead, while no indexer uses it
    #[arg(long, value_name = "PATH")]
    db: Option<PathBuf>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown {
    pages: Vec<alun_indexer::History>,
    #[serde(skip)]
    csv: bool,
}

/// Runs it.
pub async fn run(context: &Context, history: History) -> Result<(), CliError> {
    let (role, who) = match (&history.coldkey, &history.hotkey) {
        (Some(who), _) => (Role::Coldkey, who),
        (_, Some(who)) => (Role::Hotkey, who),
        _ => return Err(CliError::Usage("name --coldkey or --hotkey".into())),
    };
    let account = context.account(who)?;
    let from = block(context, history.from.as_deref(), 0).await?.unwrap_or(0);
    let store = history.db.as_deref().map(Store::open_existing).transpose()?;
    let mut to = block(context, history.to.as_deref(), 1).await?;
    if history.to.as_ref().is_some_and(|text| text.parse::<u32>().is_err()) {
        // A day that is not over, or not all indexed yet, ends with what there is.
        let last = match &store {
            Some(store) => store.last()?.map(|(number, _)| number),
            None => status(&history.indexer).await?,
        };
        if let Some(last) = last.filter(|last| to.is_some_and(|to| to > *last)) {
            eprintln!("indexed up to block {last}: the closing is after it");
            to = Some(last);
        }
    }
    let mut question = Question { account, role, netuid: history.netuid, from, to, limit: MOST };
    let mut pages = Vec::new();
    loop {
        let page = match &store {
            Some(store) => ask(store, &question, None)?,
            None => fetch(&history.indexer, &question).await?,
        };
        let next = page.next;
        // The closing of all pages is one block's, whatever is indexed meanwhile.
        question.to = question.to.or(next.is_none().then_some(page.to));
        pages.push(page);
        match next {
            Some(next) => question.from = next,
            None => break,
        }
    }
    let shown = Shown { pages, csv: history.csv };
    if shown.csv {
        println!("{}", shown.lines());
        return Ok(());
    }
    context.output.show(&shown)
}

async fn fetch(url: &str, question: &Question) -> Result<alun_indexer::History, CliError> {
    let Question { account, role, netuid, from, to, limit } = question;
    let role = if *role == Role::Coldkey { "coldkey" } else { "hotkey" };
    let mut asked = format!("{url}/v1/history/{role}/{account}?from={from}&limit={limit}");
    for (name, value) in [("netuid", netuid.map(u32::from)), ("to", *to)] {
        if let Some(value) = value {
            asked.push_str(&format!("&{name}={value}"));
        }
    }
    get(url, &asked).await
}

/// The last block that an indexer has.
async fn status(url: &str) -> Result<Option<u32>, CliError> {
    #[derive(serde::Deserialize)]
    struct Status {
        block: Option<u32>,
    }
    let status: Status = get(url, &format!("{url}/v1/status")).await?;
    Ok(status.block)
}

async fn get<T: serde::de::DeserializeOwned>(url: &str, asked: &str) -> Result<T, CliError> {
    let lost = |error: reqwest::Error| CliError::NoIndexer {
        url: url.to_owned(),
        reason: error.to_string(),
    };
    let answer = reqwest::get(asked).await.map_err(lost)?;
    let status = answer.status();
    let text = answer.text().await.map_err(lost)?;
    if status == reqwest::StatusCode::BAD_REQUEST {
        return Err(CliError::Usage(format!("the indexer says: {text}")));
    }
    serde_json::from_str(&text).map_err(|_| CliError::IndexerFailed(text))
}

/// A block, or the last one before a day, `later` days on.
async fn block(context: &Context, text: Option<&str>, later: u64) -> Result<Option<u32>, CliError> {
    let Some(text) = text else { return Ok(None) };
    if let Ok(number) = text.parse() {
        return Ok(Some(number));
    }
    let wrong = || CliError::Usage(format!("`{text}` is neither a block nor a day, 2026-01-31"));
    let day = days(text).ok_or_else(wrong)?;
    let limit = day.saturating_add(later).saturating_mul(86_400_000);
    before(&context.chain().await?, limit).await.map(Some)
}

/// The last finalized block that was made before a moment, by halving.
async fn before(chain: &Chain, limit: u64) -> Result<u32, CliError> {
    let (mut low, mut high) = (0, chain.finalized().await?.number());
    while low < high {
        // Rounded up, so that it ends.
        let middle = high.saturating_sub(high.saturating_sub(low) / 2);
        if chain.at_number(middle).await?.timestamp_ms().await? < limit {
            low = middle;
        } else {
            high = middle.saturating_sub(1);
        }
    }
    Ok(low)
}

/// Days from 1970 on of a date.
fn days(text: &str) -> Option<u64> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    if !(1970..=9_999).contains(&year) {
        return None;
    }
    let months = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let index = usize::try_from(month.checked_sub(1)?).ok()?;
    if !(1..=*months.get(index)?).contains(&day) {
        return None;
    }
    let years: u64 = (1970..year).map(|year| 365 + u64::from(leap(year))).sum();
    Some(years + months.iter().take(index).sum::<u64>() + day - 1)
}

impl Shown {
    fn lines(&self) -> String {
        let mut lines = vec!["block,account,hotkey,netuid,token,kind,amount,with".to_owned()];
        for page in &self.pages {
            for one in &page.statements {
                let hotkey = one.hotkey.clone().unwrap_or_default();
                let netuid = one.netuid.map(|netuid| netuid.to_string()).unwrap_or_default();
                let name = format!("{},{hotkey},{netuid},{}", one.account, one.token);
                lines.push(format!("{},{name},opening,{},", page.from, one.opening));
                lines.extend(one.entries.iter().map(|entry| {
                    let with = entry.with.clone().unwrap_or_default();
                    format!("{},{name},{},{},{with}", entry.block, entry.kind, entry.amount)
                }));
                lines.push(format!("{},{name},closing,{},", page.to, one.closing));
            }
        }
        lines.join("\n")
    }
}

impl Show for Shown {
    fn text(&self, output: &Output) -> String {
        let mut text = String::new();
        for page in &self.pages {
            for one in &page.statements {
                let place = match (&one.hotkey, one.netuid) {
                    (Some(hotkey), Some(netuid)) => format!("on {hotkey}, netuid {netuid}"),
                    _ => "free and reserved".to_owned(),
                };
                text.push_str(&format!("{}, {place}, {}\n", one.account, one.token));
                let mut table = output.table(&[">block", "what", ">amount", "with"]);
                let amount = |amount: i64| {
                    let sign = if amount < 0 { "-" } else { "" };
                    format!("{sign}{}", Tokens(amount.unsigned_abs()))
                };
                let row = |block: u32, what: &str, amount: String| {
                    vec![block.to_string(), what.to_owned(), amount, String::new()]
                };
                table.add_row(row(page.from, "opening", Tokens(one.opening).to_string()));
                for entry in &one.entries {
                    let mut cells = row(entry.block, &entry.kind, amount(entry.amount));
                    if let (Some(cell), Some(with)) = (cells.last_mut(), &entry.with) {
                        let with = with.parse::<AccountId>();
                        *cell = with.map(|with| output.account(&with)).unwrap_or_default();
                    }
                    table.add_row(cells);
                }
                table.add_row(row(page.to, "closing", Tokens(one.closing).to_string()));
                text.push_str(&format!("{table}\n\n"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_should_count_from_1970_and_refuse_what_is_no_date() {
        assert_eq!(days("1970-01-01"), Some(0));
        assert_eq!(days("2000-03-01"), Some(11_017));
        assert_eq!(days("2026-11-23"), Some(20_780));
        for bad in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1", "x", "1-1-1-1"] {
            assert_eq!(days(bad), None, "{bad}");
        }
    }
}
