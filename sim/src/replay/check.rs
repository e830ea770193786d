//! What a file expects of its epochs, and whether it holds.

use super::{
    error::ReplayError,
    fields::{float, int, list, short, Fields},
    report::EpochReport,
    script::{uid, Scenario, Stored},
};
use alun_yuma::{fixed, Output};
use serde_json::Value;
use std::fmt;

type Result<T> = std::result::Result<T, ReplayError>;

/// Parts of 65,535 may be off by one, and amounts by the unit that an exact sum needs.
const UNITS: u64 = 1;

/// Everything that an epoch may be expected to give.
const EXPECTATIONS: [&str; 9] = [
    "consensus_u16",
    "validator_trust_u16",
    "trust_u16",
    "rank_u16",
    "incentive_u16",
    "dividends_u16",
    "bonds_u16",
    "emission",
    "dividends_proportion",
];
const BOND_PROPORTIONS: &str = "bonds_proportion_server_columns";

/// A number that is not what the file expects.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// The scenario.
    pub scenario: String,
    /// The step's index.
    pub step: usize,
    /// The step's label.
    pub label: Option<String>,
    /// Which number.
    pub what: String,
    /// What it is.
    pub have: f64,
    /// What the file expects.
    pub want: f64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scenario `{}`, step {}", self.scenario, self.step)?;
        if let Some(label) = &self.label {
            write!(f, " (epoch {label})")?;
        }
        write!(f, ", {}: {}, expected is {}", self.what, self.have, self.want)
    }
}

/// Where an expectation stands.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub scenario: &'a Scenario<'a>,
    pub step: usize,
    pub label: Option<&'a str>,
}

/// The expectations seen so far.
#[derive(Default)]
pub struct Checked {
    pub mismatches: Vec<Mismatch>,
    pub expected: usize,
}

impl Checked {
    /// Compares the values that a row is stored with.
    pub fn stored(&mut self, place: Place, stored: &Stored) {
        for (index, (have, want)) in stored.have.iter().zip(&stored.want).enumerate() {
            let within = have == want;
            let what = format!("stored_values[{index}]");
            self.note(place, what, within, f64::from(*have), f64::from(*want));
        }
    }

    /// Compares an epoch with what is expected of it.
    pub fn epoch(
        &mut self,
        place: Place,
        expect: &Value,
        output: &Output,
        report: &EpochReport,
    ) -> Result<()> {
        self.expectations(place, expect, output, report).map_err(|error| error.inside("expect"))
    }

    fn expectations(
        &mut self,
        place: Place,
        expect: &Value,
        output: &Output,
        report: &EpochReport,
    ) -> Result<()> {
        let known: Vec<&str> = EXPECTATIONS.into_iter().chain([BOND_PROPORTIONS]).collect();
        for (key, want) in Fields::of(expect, &known)?.iter() {
            let neurons = &output.neurons;
            let checked = match key {
                "consensus_u16" => self.by_uid(place, key, want, &report.consensus_u16),
                "validator_trust_u16" => self.by_uid(place, key, want, &report.validator_trust_u16),
                "incentive_u16" => self.by_uid(place, key, want, &report.incentive_u16),
                "dividends_u16" => self.by_uid(place, key, want, &report.dividends_u16),
                "emission" => self.by_uid(place, key, want, &report.emission),
                "trust_u16" => {
                    let trust: Vec<u16> = neurons.iter().map(|neuron| neuron.trust).collect();
                    self.by_uid(place, key, want, &trust)
                }
                "rank_u16" => {
                    let rank: Vec<u16> =
                        neurons.iter().map(|neuron| fixed::to_u16(neuron.rank)).collect();
                    self.by_uid(place, key, want, &rank)
                }
                "bonds_u16" => self.bonds(place, want, output),
                "dividends_proportion" => self.dividends(place, want, report),
                BOND_PROPORTIONS => self.bond_proportions(place, want, output),
                // An annotation, or `Fields::of` had refused it.
                _ => Ok(()),
            };
            checked.map_err(|error| error.inside(key))?;
        }
        Ok(())
    }

    fn note(&mut self, place: Place, what: String, within: bool, have: f64, want: f64) {
        self.expected += 1;
        if !within {
            self.mismatches.push(Mismatch {
                scenario: place.scenario.name.clone(),
                step: place.step,
                label: place.label.map(str::to_owned),
                what,
                have,
                want,
            });
        }
    }

    fn units(&mut self, place: Place, what: String, have: u64, want: u64) {
        self.note(place, what, have.abs_diff(want) <= UNITS, have as f64, want as f64);
    }

    /// An object with a number for some uids.
    fn by_uid<T: Copy + Into<u64>>(
        &mut self,
        place: Place,
        key: &str,
        want: &Value,
        have: &[T],
    ) -> Result<()> {
        for (name, want) in Fields::any(want)?.iter() {
            let index = usize::from(uid_of(name, have.len())?);
            let want = int(want).map_err(|error| error.inside(name))?;
            // `uid_of` has compared it with the length.
            let have = have.get(index).map_or(0, |have| (*have).into());
            self.units(place, format!("{key} of {name}"), have, want);
        }
        Ok(())
    }

    /// An object with an object for some holders.
    fn bonds(&mut self, place: Place, want: &Value, output: &Output) -> Result<()> {
        let neurons = output.neurons.len();
        for (holder, row) in Fields::any(want)?.iter() {
            let index = usize::from(uid_of(holder, neurons)?);
            let row = Fields::any(row).map_err(|error| error.inside(holder))?;
            for (name, want) in row.iter() {
                let column = uid_of(name, neurons).map_err(|error| error.inside(holder))?;
                let want = short(want).map_err(|error| error.inside(name).inside(holder))?;
                let have = bond(output, index, column);
                let what = format!("bond of {holder} on {name}");
                self.units(place, what, have.into(), want.into());
            }
        }
        Ok(())
    }

    /// A list: each uid's part of all dividends.
    fn dividends(&mut self, place: Place, want: &Value, report: &EpochReport) -> Result<()> {
        let sum: f64 = report.dividends_u16.iter().copied().map(f64::from).sum();
        for (index, want) in list(want, float)?.into_iter().enumerate() {
            let known = uid(index as u64, report.dividends_u16.len())?;
            let have = f64::from(report.dividends_u16[usize::from(known)]);
            let have = if sum > 0.0 { have / sum } else { 0.0 };
            self.close(place, format!("dividends_proportion of {index}"), have, want);
        }
        Ok(())
    }

    /// `[validator][server]`; the validators are the first uids and the servers follow.
    fn bond_proportions(&mut self, place: Place, want: &Value, output: &Output) -> Result<()> {
        let rows = list(want, |row| list(row, float))?;
        for (validator, row) in rows.iter().enumerate() {
            for (server, want) in row.iter().enumerate() {
                let column = uid((rows.len() + server) as u64, output.neurons.len())?;
                let have = f64::from(bond(output, validator, column)) / f64::from(u16::MAX);
                self.close(place, format!("bond of {validator} on {column}"), have, *want);
            }
        }
        Ok(())
    }

    /// A proportion; exact to the `u16` where the scenario names no tolerance.
    fn close(&mut self, place: Place, what: String, have: f64, want: f64) {
        let tolerance = place.scenario.tolerance.unwrap_or(1.0 / f64::from(u16::MAX));
        self.note(place, what, (have - want).abs() <= tolerance, have, want);
    }
}

/// A key that must be a uid.
fn uid_of(name: &str, neurons: usize) -> Result<u16> {
    let number = name.parse::<u64>().ok();
    match number {
        Some(number) => uid(number, neurons).map_err(|error| error.inside(name)),
        None => Err(ReplayError::at(
            name,
            super::Reason::Type { found: format!("`{name}`"), wanted: "a uid" },
        )),
    }
}

/// The stored bond of a holder on a uid.
fn bond(output: &Output, holder: usize, on: u16) -> u16 {
    let row = output.bonds.get(holder);
    row.and_then(|row| row.iter().find(|(uid, _)| *uid == on)).map_or(0, |(_, bond)| *bond)
}
