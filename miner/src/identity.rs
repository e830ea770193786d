//! As whom the miner serves: hotkeys, the coldkeys that may pay for them, and their strategies.

use crate::{MinerError, Settings, Strategy};
use alun_keys::Keypair;
use alun_settings::Secret;

/// A hotkey that is served.
#[derive(Clone, Debug)]
pub struct Served {
    /// The hotkey: signs receipts and announces the endpoint.
    pub hotkey: Keypair,
    /// The coldkey that may register it.
    pub coldkey: Option<Keypair>,
    /// How it answers.
    pub strategy: Strategy,
}

impl Served {
    /// Every hotkey that the settings name, in their order.
    pub(crate) fn load(settings: &Settings) -> Result<Vec<Self>, MinerError> {
        let password = settings.password.as_ref().map(Secret::expose);
        let hotkeys = keys("--hotkey", &settings.hotkey, password)?;
        let coldkeys = keys("--coldkey", &settings.coldkey, password)?;
        if settings.register && coldkeys.is_empty() {
            return Err(MinerError::NoColdkey);
        }
        let count = hotkeys.len();
        let mut served: Vec<Self> = Vec::with_capacity(count);
        for (index, hotkey) in hotkeys.into_iter().enumerate() {
            if served.iter().any(|other| other.hotkey.public() == hotkey.public()) {
                return Err(MinerError::SameHotkey { hotkey: hotkey.ss58() });
            }
            let coldkey = pick("--coldkey", &coldkeys, index, count)?.cloned();
            let strategy = pick("--strategy", &settings.strategy, index, count)?;
            let strategy = strategy.copied().unwrap_or_default();
            served.push(Self { hotkey, coldkey, strategy });
        }
        Ok(served)
    }
}

fn keys(
    flag: &'static str,
    specs: &[Secret],
    password: Option<&str>,
) -> Result<Vec<Keypair>, MinerError> {
    let load = |spec: &Secret| {
        let key = alun_keys::load(spec.expose(), password);
        key.map_err(|source| MinerError::Key { flag, source })
    };
    specs.iter().map(load).collect()
}

/// The value for the hotkey at `index`: its own, or the one for all.
fn pick<'a, T>(
    flag: &'static str,
    values: &'a [T],
    index: usize,
    hotkeys: usize,
) -> Result<Option<&'a T>, MinerError> {
    match values {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        several if several.len() == hotkeys => Ok(several.get(index)),
        several => Err(MinerError::Count { flag, found: several.len(), hotkeys }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(line: &str) -> Result<Vec<Served>, MinerError> {
        let line = format!("alun-miner --netuid 1 {line}");
        Served::load(&alun_settings::parse_from(line.split_whitespace()).unwrap())
    }

    #[test]
    fn coldkey_and_strategy_should_serve_all_when_given_once() {
        let served =
            load("--hotkey //a --hotkey //b --coldkey //c --strategy slow --register").unwrap();
        assert!(served.iter().all(|one| one.strategy == Strategy::Slow));
        assert_eq!(
            served[0].coldkey.as_ref().unwrap().public(),
            served[1].coldkey.as_ref().unwrap().public()
        );
    }

    #[test]
    fn keys_should_be_refused_when_their_numbers_do_not_fit() {
        let code = |line: &str| load(line).unwrap_err().exit_code();
        assert_eq!(code("--hotkey //a --register"), 2);
        assert_eq!(code("--hotkey //a --hotkey //a"), 2);
        assert_eq!(code("--hotkey //a --coldkey //b --coldkey //c"), 2);
        assert_eq!(code("--hotkey /no/such/file"), 3);
    }
}
