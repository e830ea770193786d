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

    /// Mostly ascending: each uid is so much more than the one before, 255 starts anew. A uid that no
    /// neuron has ends the row, or few inputs would get further; large steps do reach such uids.
    fn row(&mut self, neurons: usize) -> Row {
        let mut uid = 0u16;
        let entries = self.byte() % 32;
        let mut entry = || {
            let step = self.byte();
            uid = if step == 255 { 0 } else { uid.wrapping_add(u16::from(step)) };
            let entry = (uid, self.short());
            uid = uid.wrapping_add(1);
            (usize::from(entry.0) < neurons || step >= 200).then_some(entry)
        };
        (0..entries).map_while(|_| entry()).collect()
    }
}

/// An input from any bytes, sound or not.
pub fn decode(bytes: &[u8]) -> OwnedInput {
    let mut bytes = Bytes(bytes);
    let params = bytes.params();
    let neurons: Vec<Neuron> = (0..bytes.byte() % 65).map(|_| bytes.neuron()).collect();
    let missing = usize::from(bytes.byte() == 255);
    let rows = (missing..neurons.len()).map(|_| bytes.row(neurons.len())).collect();
    let bonds = neurons.iter().map(|_| bytes.row(neurons.len())).collect();
    OwnedInput { params, neurons, rows, bonds }
}

/// The bytes that [`decode`] makes this input of, which has at most 64 neurons, 31 entries in a row
/// and uids below 255.
pub fn encode(subnet: &OwnedInput) -> Vec<u8> {
    let p = &subnet.params;
    let liquid = p.liquid_alpha.unwrap_or_default();
    let flags = [p.bond_rule == BondRule::Classic, p.liquid_alpha.is_some(), p.owner.is_some()];
    let mut bytes = vec![flags.iter().rev().fold(0, |flags, on| flags << 1 | u8::from(*on))];
    for short in [liquid.low, liquid.high, liquid.steepness, p.kappa, p.bonds_penalty] {
        bytes.extend(short.to_le_bytes());
    }
    put_number(&mut bytes, p.bonds_moving_average.into());
    put_number(&mut bytes, p.activity_cutoff);
    bytes.extend(p.max_validators.to_le_bytes());
    put_number(&mut bytes, p.stake_threshold);
    bytes.extend(p.owner.map(|owner| owner as u8));
    put_number(&mut bytes, p.last_epoch);
    put_number(&mut bytes, p.now);
    bytes.push(subnet.neurons.len() as u8);
    for n in &subnet.neurons {
        for number in [n.stake, n.last_update, n.last_submission, n.registered] {
            put_number(&mut bytes, number);
        }
        bytes.push(u8::from(!n.permit));
    }
    bytes.push(0);
    for row in subnet.rows.iter().chain(&subnet.bonds) {
        put_row(&mut bytes, row);
    }
    bytes
}

fn put_number(bytes: &mut Vec<u8>, number: u64) {
    let size = 8 - number.leading_zeros() as usize / 8;
    bytes.push(size as u8);
    bytes.extend(&number.to_be_bytes()[8 - size..]);
}

fn put_row(bytes: &mut Vec<u8>, row: &Row) {
    bytes.push(row.len() as u8);
    let mut next = 0;
    for (uid, value) in row {
        bytes.push((uid - next) as u8);
        bytes.extend(value.to_le_bytes());
        next = uid + 1;
    }
}

/// What must hold: a result that is bounded and adds up, or an error with a text. Says whether there
/// was a result in which somebody has a rank: an input that went through all of the maths.
pub fn check(subnet: &OwnedInput) -> bool {
    const AMOUNT: u64 = 1_000_000_007;
    let input = subnet.input();
    let output = match epoch(&input) {
        Ok(output) => output,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert_eq!(explain_all(&input).unwrap_err(), error);
            return false;
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
    output.neurons.iter().any(|neuron| neuron.rank != 0)
}
