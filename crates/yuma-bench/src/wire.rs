//! An epoch's input and its result as bytes, for the way into a WASM module and out of it. The
//! module and its host both compile this file.

use alloc::{string::ToString, vec::Vec};

use alun_yuma::{BondRule, EpochError, LiquidAlpha, Neuron, Output, OwnedInput, Params, Row};

/// The input as bytes: numbers of 64 bits, little-endian, except in rows.
#[cfg(not(target_arch = "wasm32"))]
pub fn encode(subnet: &OwnedInput) -> Vec<u8> {
    let mut bytes = Vec::new();
    let p = &subnet.params;
    let liquid = p.liquid_alpha.unwrap_or_default();
    let numbers = [
        u64::from(p.kappa),
        u64::from(p.bonds_penalty),
        u64::from(p.bonds_moving_average),
        u64::from(p.bond_rule == BondRule::StakeFree),
        u64::from(p.liquid_alpha.is_some()),
        u64::from(liquid.low),
        u64::from(liquid.high),
        u64::from(liquid.steepness),
        p.activity_cutoff,
        u64::from(p.max_validators),
        p.stake_threshold,
        p.owner.map_or(u64::MAX, u64::from),
        p.last_epoch,
        p.now,
        subnet.neurons.len() as u64,
        subnet.rows.len() as u64,
        subnet.bonds.len() as u64,
    ];
    numbers.iter().for_each(|number| put(&mut bytes, *number));
    for n in &subnet.neurons {
        let permit = u64::from(n.permit);
        let numbers = [n.stake, n.last_update, n.last_submission, n.registered, permit];
        numbers.iter().for_each(|number| put(&mut bytes, *number));
    }
    subnet.rows.iter().chain(&subnet.bonds).for_each(|row| put_row(&mut bytes, row));
    bytes
}

/// Looks at every number of the input once: the least that an epoch could do.
pub fn read_once(subnet: &OwnedInput) -> u64 {
    let mut seen = 0u32;
    for row in subnet.rows.iter().chain(&subnet.bonds) {
        for (uid, value) in row {
            seen = seen.wrapping_add(u32::from(*uid) ^ u32::from(*value));
        }
    }
    subnet.neurons.iter().fold(u64::from(seen), |seen, n| {
        seen ^ n.stake ^ n.last_update ^ n.last_submission ^ n.registered ^ u64::from(n.permit)
    })
}

/// The input from bytes; `None` if they are not one.
pub fn decode(bytes: &[u8]) -> Option<OwnedInput> {
    let mut bytes = bytes;
    let input = &mut bytes;
    let mut params = Params {
        kappa: short(input)?,
        bonds_penalty: short(input)?,
        bonds_moving_average: u32::try_from(take(input)?).ok()?,
        bond_rule: if take(input)? == 1 { BondRule::StakeFree } else { BondRule::Classic },
        liquid_alpha: None,
        activity_cutoff: 0,
        max_validators: 0,
        stake_threshold: 0,
        owner: None,
        last_epoch: 0,
        now: 0,
    };
    let on = take(input)? == 1;
    let liquid = LiquidAlpha { low: short(input)?, high: short(input)?, steepness: short(input)? };
    params.liquid_alpha = on.then_some(liquid);
    params.activity_cutoff = take(input)?;
    params.max_validators = short(input)?;
    params.stake_threshold = take(input)?;
    params.owner = u16::try_from(take(input)?).ok();
    params.last_epoch = take(input)?;
    params.now = take(input)?;
    let (neurons, rows, bonds) = (take(input)?, take(input)?, take(input)?);
    Some(OwnedInput {
        params,
        neurons: (0..neurons).map(|_| neuron(input)).collect::<Option<_>>()?,
        rows: (0..rows).map(|_| take_row(input)).collect::<Option<_>>()?,
        bonds: (0..bonds).map(|_| take_row(input)).collect::<Option<_>>()?,
    })
}

/// All of a result as bytes, or the text of its error.
pub fn encode_result(result: &Result<Output, EpochError>) -> Vec<u8> {
    let output = match result {
        Ok(output) => output,
        Err(error) => return error.to_string().into_bytes(),
    };
    let mut bytes = Vec::new();
    for n in &output.neurons {
        let numbers = [
            u64::from(n.active),
            u64::from(n.permit),
            n.stake,
            n.active_stake,
            u64::from(n.consensus),
            u64::from(n.validator_trust),
            u64::from(n.trust),
            n.rank_before_clip,
            n.rank,
            u64::from(n.incentive),
            u64::from(n.dividends),
            n.incentive_share,
            n.dividend_share,
        ];
        numbers.iter().for_each(|number| put(&mut bytes, *number));
    }
    output.bonds.iter().for_each(|row| put_row(&mut bytes, row));
    output.combined(1_000_000_007).iter().for_each(|part| put(&mut bytes, *part));
    bytes
}

fn put(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

fn put_row(bytes: &mut Vec<u8>, row: &Row) {
    put(bytes, row.len() as u64);
    for (uid, value) in row {
        bytes.extend_from_slice(&uid.to_le_bytes());
        bytes.extend_from_slice(&value.to_le_bytes());
    }
}

fn take(input: &mut &[u8]) -> Option<u64> {
    let (number, rest) = input.split_first_chunk()?;
    *input = rest;
    Some(u64::from_le_bytes(*number))
}

fn short(input: &mut &[u8]) -> Option<u16> {
    u16::try_from(take(input)?).ok()
}

fn neuron(input: &mut &[u8]) -> Option<Neuron> {
    Some(Neuron {
        stake: take(input)?,
        last_update: take(input)?,
        last_submission: take(input)?,
        registered: take(input)?,
        permit: take(input)? == 1,
    })
}

fn take_row(input: &mut &[u8]) -> Option<Row> {
    let len = usize::try_from(take(input)?).ok()?;
    let (row, rest) = input.split_at_checked(len.checked_mul(4)?)?;
    *input = rest;
    let entry = |entry: &[u8]| match *entry {
        [a, b, c, d] => (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])),
        _ => (0, 0), // Chunks of four are four.
    };
    Some(row.chunks_exact(4).map(entry).collect())
}
