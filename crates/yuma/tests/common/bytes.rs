//! An epoch's input from any bytes, and what must hold for every input. For the fuzzer, and for the
//! tests that replay what it found.

use alun_yuma::{
    epoch, explain_all,
    fixed::{ONE, SHARE_ONE},
    BondRule, LiquidAlpha, Neuron, OwnedInput, Params, Row,
};

/// Bytes to take numbers from; 0 when there are no more.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn short(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// Of any size: the first byte says how many more.
    fn number(&mut self) -> u64 {
        let size = self.byte() % 9;
        (0..size).fold(0, |number, _| (number << 8) | u64::from(self.byte()))
    }

    fn params(&mut self) -> Params {
        let flags = self.byte();
        let liquid = LiquidAlpha { low: self.short(), high: self.short(), steepness: self.short() };
        Params {
            kappa: self.short(),
            bonds_penalty: self.short(),
            bonds_moving_average: self.number() as u32,
            bond_rule: if flags & 1 == 0 { BondRule::StakeFree } else { BondRule::Classic },
            liquid_alpha: (flags & 2 != 0).then_some(liquid),
            activity_cutoff: self.number(),
            max_validators: self.short(),
            stake_threshold: self.number(),
            owner: (flags & 4 != 0).then(|| u16::from(self.byte())),
            last_epoch: self.number(),
            now: self.number(),
        }
    }

    fn neuron(&mut self) -> Neuron {
        Neuron {
            stake: self.number(),
            last_update: self.number(),
            last_submission: self.number(),
            registered: self.number(),
            permit: self.byte() & 1 == 0,
        }
    }

    /// Mostly ascending: each uid is so much more than the one before, 255 starts anew.
    fn row(&mut self) -> Row {
        let mut uid = 0u16;
        let entries = self.byte() % 32;
        let mut entry = || {
            let step = self.byte();
            uid = if step == 255 { 0 } else { uid.wrapping_add(u16::from(step)) };
            let entry = (uid, self.short());
            uid = uid.wrapping_add(1);
            entry
        };
        (0..entries).map(|_| entry()).collect()
    }
}

/// An input from any bytes, sound or not.
pub fn decode(bytes: &[u8]) -> OwnedInput {
    let mut bytes = Bytes(bytes);
    let params = bytes.params();
    let neurons: Vec<Neuron> = (0..bytes.byte() % 65).map(|_| bytes.neuron()).collect();
    let missing = usize::from(bytes.byte() == 255);
    let rows = (missing..neurons.len()).map(|_| bytes.row()).collect();
    let bonds = neurons.iter().map(|_| bytes.row()).collect();
    OwnedInput { params, neurons, rows, bonds }
}

/// What must hold: a result that is bounded and adds up, or an error with a text.
pub fn check(subnet: &OwnedInput) {
    const AMOUNT: u64 = 1_000_000_007;
    let input = subnet.input();
    let output = match epoch(&input) {
        Ok(output) => output,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert_eq!(explain_all(&input).unwrap_err(), error);
            return;
        }
    };
    for neuron in &output.neurons {
        assert!(neuron.stake <= SHARE_ONE && neuron.active_stake <= SHARE_ONE);
        assert!(neuron.rank <= neuron.rank_before_clip && neuron.rank_before_clip <= ONE);
    }
    let shares: [u64; 2] = [
        output.neurons.iter().map(|neuron| neuron.incentive_share).sum(),
        output.neurons.iter().map(|neuron| neuron.dividend_share).sum(),
    ];
    for sum in shares {
        assert!(sum == 0 || (sum <= ONE && sum + output.neurons.len() as u64 >= ONE), "{sum}");
    }
    let staked = output.neurons.iter().any(|neuron| neuron.stake != 0);
    let paid: u64 = output.combined(AMOUNT).iter().sum();
    assert_eq!(paid, if staked { AMOUNT } else { 0 });
    let sides = output.by_side(AMOUNT, AMOUNT);
    let (again, explained) = explain_all(&input).unwrap();
    assert_eq!(output, again);
    let paid = sides.miners.iter().zip(&sides.validators);
    for (explained, (miner, validator)) in explained.iter().zip(paid) {
        assert_eq!(explained.split_incentive(*miner).iter().sum::<u64>(), *miner);
        assert_eq!(explained.split_dividends(*validator).iter().sum::<u64>(), *validator);
    }
}
