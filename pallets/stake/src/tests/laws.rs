//! Whatever anybody does in whatever order: the invariants hold, every quote is what its call does, and
//! when all have left, nothing is left.

use super::quotes::Ask;
use crate::{mock::*, Deposits, PoolNames, Pools, Positions, RootTotal};
use alun_primitives::{
    traits::{RewardSink, RootStake},
    NetUid, UNIT,
};
use frame::{testing_prelude::*, token::fungible::Inspect};
use proptest::prelude::*;

const NETUIDS: [NetUid; 3] = [NetUid::ROOT, SUBNET, OTHER];

fn coldkeys() -> [AccountId; 3] {
    [alice(), dave(), eve()]
}

fn hotkeys() -> [AccountId; 2] {
    [bob(), charlie()]
}

/// What may happen.
#[derive(Clone, Debug)]
enum Step {
    /// A call as it is, or with a part, in thousandths, of what the position has.
    Asked(Ask, Option<u64>),
    Reward {
        hotkey: AccountId,
        netuid: NetUid,
        amount: u64,
        blocks: u32,
    },
    Pay {
        hotkey: AccountId,
        netuid: NetUid,
        amount: u64,
    },
    Proceeds {
        hotkey: AccountId,
        amount: u64,
    },
    Take {
        hotkey: AccountId,
        take: u32,
    },
    Lend {
        from: AccountId,
        to: AccountId,
        part: u32,
    },
    Accrue {
        native: u64,
        alpha: u64,
    },
    Blocks(u32),
}

fn who() -> impl Strategy<Value = AccountId> {
    prop::sample::select(coldkeys().to_vec())
}

fn on() -> impl Strategy<Value = AccountId> {
    prop::sample::select(hotkeys().to_vec())
}

fn netuid() -> impl Strategy<Value = NetUid> {
    prop::sample::select(NETUIDS.to_vec())
}

/// Small, large and everything between.
fn amount() -> impl Strategy<Value = u64> {
    prop_oneof![1u64..2_000_000, 1u64..10 * UNIT, 1u64..20_000 * UNIT, 1u64..RICH]
}

fn step() -> impl Strategy<Value = Step> {
    let asked = prop_oneof![
        4 => (who(), on(), netuid(), amount())
            .prop_map(|(who, hotkey, netuid, amount)| Ask::Add { who, hotkey, netuid, amount }),
        2 => (who(), on(), netuid(), amount())
            .prop_map(|(who, hotkey, netuid, amount)| Ask::Remove { who, hotkey, netuid, amount }),
        1 => (who(), prop::collection::vec((on(), netuid()), 1..4))
            .prop_map(|(who, positions)| Ask::RemoveAll { who, positions }),
        2 => (who(), netuid(), on(), on(), amount())
            .prop_map(|(who, netuid, from, to, amount)| Ask::Move { who, netuid, from, to, amount }),
        2 => (who(), who(), on(), netuid(), amount()).prop_map(
            |(who, to, hotkey, netuid, amount)| Ask::Transfer { who, to, hotkey, netuid, amount }
        ),
        2 => (who(), on(), netuid(), netuid(), amount())
            .prop_map(|(who, hotkey, from, to, amount)| Ask::Swap { who, hotkey, from, to, amount }),
    ];
    let subnet = || prop::sample::select(vec![SUBNET, OTHER]);
    prop_oneof![
        8 => (asked, prop::option::weighted(0.7, 0u64..=1_001))
            .prop_map(|(ask, part)| Step::Asked(ask, part)),
        2 => (on(), subnet(), 0u64..5_000 * UNIT, 0u32..2_000).prop_map(
            |(hotkey, netuid, amount, blocks)| Step::Reward { hotkey, netuid, amount, blocks }
        ),
        1 => (on(), subnet(), 0u64..500 * UNIT)
            .prop_map(|(hotkey, netuid, amount)| Step::Pay { hotkey, netuid, amount }),
        1 => (on(), 0u64..500 * UNIT)
            .prop_map(|(hotkey, amount)| Step::Proceeds { hotkey, amount }),
        1 => (on(), 0u32..=180_000).prop_map(|(hotkey, take)| Step::Take { hotkey, take }),
        1 => (on(), on(), 1u32..=1_000_000)
            .prop_map(|(from, to, part)| Step::Lend { from, to, part }),
        1 => (0u64..2 * UNIT, 0u64..2 * UNIT)
            .prop_map(|(native, alpha)| Step::Accrue { native, alpha }),
        3 => (1u32..8_000).prop_map(Step::Blocks),
    ]
}

impl Step {
    fn take(self) {
        match self {
            Self::Asked(ask, part) => {
                part.map_or(ask.clone(), |part| ask.of_what_is_there(part)).compare();
            }
            Self::Reward { hotkey, netuid, amount, blocks } => {
                let credit = alpha(netuid, amount);
                let got = <Stake as RewardSink<_>>::reward_pools(&hotkey, credit, blocks);
                let parts = [got.take, got.root, got.subnet, got.burned];
                assert_eq!(parts.map(|part| part.0).iter().sum::<u64>(), amount);
            }
            Self::Pay { hotkey, netuid, amount } => {
                assert!(Stake::reward_position(&hotkey, alpha(netuid, amount)).is_ok());
            }
            Self::Proceeds { hotkey, amount } => Stake::reward_root(&hotkey, credit(amount)),
            Self::Take { hotkey, take } => {
                // Refused where it is so already.
                let _ = Stake::set_take(signed(alice()), hotkey, take);
            }
            Self::Lend { from, to, part } => {
                // Refused to itself, and in a circle.
                let children = vec![(to, part)].try_into().unwrap();
                let _ = Stake::set_children(signed(alice()), from, SUBNET, children);
            }
            Self::Accrue { native, alpha } => accrue(native, alpha),
            Self::Blocks(blocks) => {
                poll();
                poll();
                at(System::block_number() + blocks);
            }
        }
    }
}

/// Everybody takes everything out.
fn leave() {
    for coldkey in coldkeys() {
        for position in Stake::stake_of(&coldkey) {
            assert_ok!(remove_all(&coldkey, &position.hotkey, position.netuid, 0));
        }
    }
    assert_eq!(Positions::<Test>::iter().count() + Pools::<Test>::iter().count(), 0);
    assert_eq!(PoolNames::<Test>::iter().count(), 0);
    assert_eq!(Deposits::<Test>::iter().count(), 0);
    assert_eq!(RootTotal::<Test>::get(), 0);
    for coldkey in coldkeys() {
        assert_eq!(
            free(&coldkey),
            <Balances as Inspect<AccountId>>::total_balance(&coldkey),
            "nothing is held"
        );
    }
    for netuid in [SUBNET, OTHER] {
        assert_eq!(Stake::alpha_here(netuid).map(|alpha| alpha.0), Some(0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn invariants_should_hold_whatever_is_done(steps in prop::collection::vec(step(), 1..60)) {
        build_and_execute(|| {
            for (n, coldkey) in (1..).zip(coldkeys()) {
                for (hotkey, netuid) in hotkeys().iter().flat_map(|h| NETUIDS.map(|n| (h, n))) {
                    stake(&coldkey, hotkey, netuid, n * n * n * 37 * UNIT + n);
                }
            }
            for step in steps {
                step.take();
                check();
            }
            leave();
        });
    }
}
