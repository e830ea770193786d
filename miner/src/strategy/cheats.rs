//! What the cheating hotkeys of a process share: a worse model, and answers kept to be given again.

use super::{proxy::Upstream, Strategy};
use crate::Model;
use alun_inference::Generated;
use std::sync::{Mutex, PoisonError};

/// Empty in a miner whose hotkeys are all honest.
#[derive(Debug, Default)]
pub(crate) struct Cheats {
    /// What [`Strategy::Substitute`] runs instead of the subnet's model.
    pub substitute: Option<Model>,
    /// Whom [`Strategy::Proxy`] asks.
    pub upstream: Option<Upstream>,
    /// Vectors given before.
    pub vectors: Shelf<Vec<Vec<f32>>>,
    /// Texts given before.
    pub texts: Shelf<Generated>,
}

/// Answers to other questions: one that never changes, and one that colluders pass on.
#[derive(Debug)]
pub(crate) struct Shelf<T>(Mutex<Kept<T>>);

#[derive(Debug)]
struct Kept<T> {
    stale: Option<T>,
    shared: Option<T>,
    /// How many questions the colluders were asked.
    asked: u64,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Mutex::new(Kept { stale: None, shared: None, asked: 0 }))
    }
}

impl<T: Clone> Shelf<T> {
    /// What the strategy says instead of working, if it has anything: a stale miner its first answer,
    /// a colluder, every other time, what another one was just paid for.
    pub fn recall(&self, strategy: Strategy) -> Option<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match strategy {
            Strategy::Stale => kept.stale.clone(),
            Strategy::Colluder => {
                kept.asked = kept.asked.wrapping_add(1);
                kept.shared.clone().filter(|_| kept.asked.is_multiple_of(2))
            }
            _ => None,
        }
    }

    /// Keeps an answer that was worked out.
    pub fn keep(&self, strategy: Strategy, answer: &T) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match strategy {
            Strategy::Stale => {
                kept.stale.get_or_insert_with(|| answer.clone());
            }
            Strategy::Colluder => kept.shared = Some(answer.clone()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_should_repeat_its_first_answer_and_colluders_each_others() {
        let shelf = Shelf::<u8>::default();
        for (strategy, expected) in [
            (Strategy::Stale, [None, Some(0), Some(0), Some(0)]),
            (Strategy::Colluder, [None, Some(0), None, Some(2)]),
            (Strategy::Honest, [None; 4]),
        ] {
            for (question, expected) in (0..).zip(expected) {
                let recalled = shelf.recall(strategy);
                assert_eq!(recalled, expected, "{strategy:?}");
                if recalled.is_none() {
                    shelf.keep(strategy, &question);
                }
            }
        }
    }
}
