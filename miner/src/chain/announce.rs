//! Announcing the endpoint: only when what is on chain differs, and not before the rate limit
//! allows it.

use super::view::{ChainView, Standing};
use crate::App;
use alun_client::{calls::Serve, BlockNumber, Chain, Endpoint, Millis, Submission};
use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::time::sleep;

/// Time before a refused announcement is tried again, doubled each time.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// The longest of these times.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Where each hotkey's announcement stands, for `/health` and `/metrics`.
#[derive(Debug)]
pub(crate) struct Announcements(RwLock<Vec<Announcement>>);

/// Where one announcement stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Announcement {
    /// Not on chain yet.
    Pending,
    /// Announced too short a time ago; again from this block on.
    Waiting(BlockNumber),
    /// On chain.
    Done,
    /// Refused, and why.
    Failed(String),
}

impl Announcements {
    pub fn new(count: usize) -> Self {
        Self(RwLock::new(vec![Announcement::Pending; count]))
    }

    fn set(&self, index: usize, state: Announcement) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = all.get_mut(index) {
            *place = state;
        }
    }

    /// State of the hotkey at `index`.
    pub fn get(&self, index: usize) -> Announcement {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(index).cloned().unwrap_or(Announcement::Pending)
    }

    /// How many are on chain.
    pub fn done(&self) -> usize {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|state| **state == Announcement::Done).count()
    }
}

/// The endpoint to announce: the address given, else the one listened on. `None` if that is none
/// that others could reach.
pub(crate) fn endpoint(
    ip: Option<IpAddr>,
    port: Option<u16>,
    listen: SocketAddr,
    model: alun_client::Digest,
) -> Option<Endpoint> {
    let ip = ip.unwrap_or(listen.ip());
    (!ip.is_unspecified()).then(|| Endpoint {
        ip: ip.into(),
        port: port.unwrap_or(listen.port()),
        protocol: alun_client::Protocol::Http,
        version: version(),
        tls_fingerprint: None,
        model: Some(model),
        announced_at: 0,
    })
}

/// This program's version as a number: 1.2.3 is 1,002,003.
fn version() -> u32 {
    let part = |text: &str| text.parse::<u32>().unwrap_or(0).min(999);
    let [major, minor, patch] = [
        part(env!("CARGO_PKG_VERSION_MAJOR")),
        part(env!("CARGO_PKG_VERSION_MINOR")),
        part(env!("CARGO_PKG_VERSION_PATCH")),
    ];
    major * 1_000_000 + minor * 1_000 + patch
}

/// When a hotkey's endpoint has to be announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// It is on chain.
    Never,
    /// From this block on.
    From(BlockNumber),
}

fn due(standing: &Standing, wanted: &Endpoint, limit: Millis, slot: Millis) -> Due {
    match standing.endpoint {
        Some(found) if (Endpoint { announced_at: 0, ..found }) == *wanted => Due::Never,
        Some(found) => {
            let blocks = limit.div_ceil(slot.max(1));
            let blocks = BlockNumber::try_from(blocks).unwrap_or(BlockNumber::MAX);
            Due::From(found.announced_at.saturating_add(blocks))
        }
        None => Due::From(0),
    }
}

/// What announcing needs to know of the chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Time between two announcements at least.
    pub limit: Millis,
    /// Time between blocks.
    pub slot: Millis,
}

/// Keeps the endpoint of the hotkey at `index` on chain. Never returns.
pub(crate) async fn keep_announced(
    chain: Chain,
    app: Arc<App>,
    index: usize,
    wanted: Endpoint,
    pace: Pace,
) {
    let Some(served) = app.served.get(index) else { return };
    let view: &ChainView = &app.view;
    let hotkey = served.hotkey.public();
    let mut snapshots = view.snapshots();
    let mut pause = FIRST_PAUSE;
    let (mut landed_at, mut told) = (0, 0);
    loop {
        let snapshot = view.snapshot();
        let standing = snapshot.of(&hotkey).filter(|_| snapshot.block() >= landed_at);
        match standing.map(|standing| due(standing, &wanted, pace.limit, pace.slot)) {
            Some(Due::Never) => app.announcements.set(index, Announcement::Done),
            Some(Due::From(block)) if block <= snapshot.block() => {
                let call = Serve { netuid: view.netuid(), endpoint: wanted };
                match chain.submit(&served.hotkey, &call, &Submission::default()).await {
                    Ok(landed) => {
                        tracing::info!(hotkey = %served.hotkey.ss58(), block = landed.block, "endpoint announced");
                        app.announcements.set(index, Announcement::Done);
                        (landed_at, pause) = (landed.block, FIRST_PAUSE);
                    }
                    Err(error) => {
                        tracing::error!(hotkey = %served.hotkey.ss58(), %error, seconds = pause.as_secs(), "the endpoint is not announced; trying again");
                        app.announcements.set(index, Announcement::Failed(error.to_string()));
                        sleep(pause).await;
                        pause = (pause * 2).min(LONGEST_PAUSE);
                        view.refresh(FIRST_PAUSE).await;
                        continue;
                    }
                }
            }
            Some(Due::From(block)) => {
                app.announcements.set(index, Announcement::Waiting(block));
                if told < block {
                    tracing::info!(hotkey = %served.hotkey.ss58(), block, "the subnet's rate limit lets the endpoint be announced from that block on");
                    told = block;
                }
            }
            None => {}
        }
        if snapshots.changed().await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alun_client::Uid;

    fn wanted() -> Endpoint {
        let listen = SocketAddr::from(([127, 0, 0, 1], 8091));
        endpoint(None, None, listen, [1; 32]).unwrap()
    }

    fn standing(endpoint: Option<Endpoint>) -> Standing {
        Standing { uid: Uid(1), permit: false, stake_weight: 0, endpoint, leaves_with: None }
    }

    #[test]
    fn endpoint_should_be_announced_only_when_it_differs_and_the_rate_limit_allows() {
        let of = |found| due(&standing(found), &wanted(), 300_000, 6_000);
        assert_eq!(of(None), Due::From(0));
        assert_eq!(of(Some(Endpoint { announced_at: 77, ..wanted() })), Due::Never);
        let other = Endpoint { announced_at: 77, port: 1, ..wanted() };
        assert_eq!(of(Some(other)), Due::From(127));
        let other = Endpoint { announced_at: 77, model: Some([2; 32]), ..wanted() };
        assert_eq!(of(Some(other)), Due::From(127));
    }

    #[test]
    fn endpoint_should_need_an_address_when_every_one_is_listened_on() {
        let everywhere = SocketAddr::from(([0, 0, 0, 0], 8091));
        assert_eq!(endpoint(None, None, everywhere, [1; 32]), None);
        let named = endpoint("203.0.113.7".parse().ok(), Some(80), everywhere, [1; 32]).unwrap();
        assert_eq!(IpAddr::from(named.ip).to_string(), "203.0.113.7");
        assert_eq!(named.port, 80);
    }
}
