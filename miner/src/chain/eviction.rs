//! Says so when a served hotkey comes near to losing its uid.

use crate::App;
use std::{collections::HashMap, sync::Arc};

/// So few registrations before its own eviction are near. The price of a registration grows by 26 %
/// with each: eight within a block cost the last of them five times the first.
pub(crate) const NEAR: u32 = 8;

/// Warns when the hotkey's distance has become near, and each time that it shrinks further; says when
/// it is over. Never returns.
pub(crate) async fn watch(app: Arc<App>) {
    let mut snapshots = app.view.snapshots();
    let mut warned = HashMap::new();
    while snapshots.changed().await.is_ok() {
        let snapshot = app.view.snapshot();
        for hotkey in app.served.iter().map(|one| &one.hotkey) {
            let left = snapshot.of(&hotkey.public()).and_then(|standing| standing.leaves_with);
            let before = warned.get(&hotkey.public()).copied();
            match news(before, left) {
                News::Nearer(left) => {
                    warned.insert(hotkey.public(), left);
                    tracing::warn!(
                        hotkey = hotkey.ss58(),
                        registrations = left,
                        "this hotkey is near to its eviction: so many registrations, and its uid is another's"
                    );
                }
                News::Over => {
                    warned.remove(&hotkey.public());
                    tracing::info!(hotkey = hotkey.ss58(), "no longer near to its eviction");
                }
                News::None => {}
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum News {
    None,
    Nearer(u32),
    Over,
}

/// What there is to say: `before` is what was warned of last.
fn news(before: Option<u32>, left: Option<u32>) -> News {
    let near = left.filter(|left| *left <= NEAR);
    match (before, near) {
        (None, Some(left)) => News::Nearer(left),
        (Some(before), Some(left)) if left < before => News::Nearer(left),
        (Some(_), None) => News::Over,
        _ => News::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warning_should_come_once_for_each_step_nearer_and_end() {
        assert_eq!(news(None, None), News::None);
        assert_eq!(news(None, Some(NEAR + 1)), News::None);
        assert_eq!(news(None, Some(NEAR)), News::Nearer(NEAR));
        assert_eq!(news(Some(5), Some(5)), News::None);
        assert_eq!(news(Some(5), Some(6)), News::None);
        assert_eq!(news(Some(5), Some(4)), News::Nearer(4));
        assert_eq!(news(Some(5), Some(NEAR + 1)), News::Over);
        assert_eq!(news(Some(5), None), News::Over);
    }
}
