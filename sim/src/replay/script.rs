//! The format: what a file, a scenario and a step may hold.

use super::{
    error::{Reason, ReplayError},
    fields::{float, int, list, short, Fields},
};
use crate::subnet::{max_upscale, Subnet};
use alun_yuma::{BondRule, LiquidAlpha, Params, Row};
use serde_json::Value;

type Result<T> = std::result::Result<T, ReplayError>;

/// The parts that a file may have besides its scenarios. `meta` and `conventions` say what the file
/// is; the others are cases for single functions of the epoch and for the emission curve, which are
/// no scenarios.
const OTHER_PARTS: [&str; 5] = ["meta", "conventions", "math", "generative", "block_emission"];

/// A file, read.
pub struct File<'a> {
    pub scenarios: Vec<Scenario<'a>>,
}

/// A subnet and what happens to it.
pub struct Scenario<'a> {
    pub name: String,
    pub subnet: Subnet,
    /// Blocks between two epochs: the last epoch was at `block − tempo`.
    pub tempo: u64,
    /// What an epoch pays, smallest unit.
    pub emission: u64,
    /// How far a proportion may be from what is expected.
    pub tolerance: Option<f64>,
    pub steps: Vec<Step<'a>>,
}

/// One step.
pub enum Step<'a> {
    /// A row is stored as of now.
    SetWeights { uid: usize, row: Row, stored: Option<Stored> },
    /// Blocks pass.
    Advance(u64),
    /// Blocks pass until this one.
    Goto(u64),
    /// A new neuron takes a uid.
    Replace { uid: usize, stake: u64 },
    /// The bonds on a uid are taken away.
    ResetBonds(u16),
    /// An epoch.
    Epoch { label: Option<&'a str>, expect: Option<&'a Value> },
}

/// The values that a row must be stored with.
pub struct Stored {
    /// As the file has them, in the order of its uids.
    pub want: Vec<u16>,
    /// As they are stored, in that order.
    pub have: Vec<u16>,
}

impl Step<'_> {
    /// The step's name in a file.
    pub fn op(&self) -> &'static str {
        match self {
            Self::SetWeights { .. } => "set_weights",
            Self::Advance(_) => "advance_blocks",
            Self::Goto(_) => "goto_block",
            Self::Replace { .. } => "replace_uid",
            Self::ResetBonds(_) => "reset_bonds_column",
            Self::Epoch { .. } => "epoch",
        }
    }
}

const STEPS: &str =
    "set_weights, advance_blocks, goto_block, replace_uid, reset_bonds_column, epoch";

impl<'a> File<'a> {
    /// Reads a file.
    pub fn read(value: &'a Value) -> Result<Self> {
        // Before the fields: a later version may have others.
        check_version(Fields::any(value)?)?;
        let mut known = vec!["scenarios", "version"];
        known.extend(OTHER_PARTS);
        let file = Fields::of(value, &known)?;
        if let Some(meta) = file.optional("meta") {
            let meta = Fields::any(meta).map_err(|error| error.inside("meta"))?;
            check_version(meta).map_err(|error| error.inside("meta"))?;
        }
        let scenarios = file.value("scenarios")?;
        let Some(scenarios) = scenarios.as_array() else {
            return file.list("scenarios", |_| Ok(())).map(|_| Self { scenarios: Vec::new() });
        };
        let read = scenarios.iter().enumerate().map(|(index, scenario)| {
            let name = scenario.get("name").and_then(Value::as_str);
            let name = name.map_or_else(|| index.to_string(), str::to_owned);
            Scenario::read(scenario).map_err(|error| error.in_scenario(&name))
        });
        Ok(Self { scenarios: read.collect::<Result<_>>()? })
    }
}

/// The format has no version so far: that is version 1.
fn check_version(fields: Fields) -> Result<()> {
    match fields.optional("version") {
        Some(version) if version.as_u64() != Some(1) && version.as_str() != Some("1") => {
            Err(ReplayError::at("version", Reason::Version(version.to_string())))
        }
        _ => Ok(()),
    }
}

impl<'a> Scenario<'a> {
    fn read(value: &'a Value) -> Result<Self> {
        let fields = Fields::of(
            value,
            &[
                "name",
                "n",
                "stake",
                "params",
                "start_block",
                "registration_block",
                "initial_last_update",
                "steps",
                "tolerance",
            ],
        )?;
        let n = fields.int("n")?;
        if n == 0 || n > u64::from(u16::MAX) + 1 {
            return Err(ReplayError::at("n", Reason::Neurons(n)));
        }
        let params = fields.value("params")?;
        let (params, tempo, emission) =
            params_of(params, n).map_err(|error| error.inside("params"))?;
        let stakes = per_neuron(fields, "stake", n)?;
        let mut subnet = Subnet::new(params, &stakes, fields.int("start_block")?);
        check_stake(&subnet).map_err(|error| error.inside("stake"))?;
        let registered = per_neuron(fields, "registration_block", n)?;
        let updated = per_neuron(fields, "initial_last_update", n)?;
        for ((neuron, registered), updated) in
            subnet.neurons.iter_mut().zip(registered).zip(updated)
        {
            neuron.registered = registered;
            neuron.last_update = updated;
            neuron.last_submission = updated;
        }
        let tolerance = fields.optional("tolerance").map(float).transpose();
        let tolerance = tolerance.map_err(|error| error.inside("tolerance"))?;
        let name = fields.text("name")?.to_owned();
        let steps = steps(fields, subnet.neurons.len())?;
        Ok(Self { name, subnet, tempo, emission, tolerance, steps })
    }
}

/// Refuses stakes that don't fit into one sum.
pub fn check_stake(subnet: &Subnet) -> Result<()> {
    let sum = subnet.neurons.iter().try_fold(0u64, |sum, neuron| sum.checked_add(neuron.stake));
    sum.map(|_| ()).ok_or_else(|| ReplayError::new(Reason::StakeSum))
}

/// A list with a number for each neuron.
fn per_neuron(fields: Fields, key: &str, n: u64) -> Result<Vec<u64>> {
    let numbers = fields.list(key, int)?;
    // A number of neurons that fits: at most 65,536.
    let wanted = usize::try_from(n).unwrap_or(usize::MAX);
    if numbers.len() != wanted {
        let why = "one for each of the `n` neurons";
        return Err(ReplayError::at(key, Reason::Length { found: numbers.len(), wanted, why }));
    }
    Ok(numbers)
}

/// Parameters, tempo and emission.
fn params_of(value: &Value, n: u64) -> Result<(Params, u64, u64)> {
    let fields = Fields::of(
        value,
        &[
            "kappa",
            "bonds_penalty",
            "bonds_moving_average",
            "yuma3",
            "liquid_alpha",
            "alpha_values",
            "alpha_sigmoid_steepness",
            "tempo",
            "activity_cutoff_blocks",
            "max_allowed_validators",
            "stake_threshold",
            "epoch_emission",
            "owner_uid",
            // Accepted; they change nothing here.
            "tao_weight",
            "commit_reveal",
        ],
    )?;
    let owner = fields.optional("owner_uid").map(|_| fields.up_to("owner_uid", n - 1));
    let moving_average = fields.up_to("bonds_moving_average", 1_000_000)?;
    let liquid = liquid_alpha(fields)?;
    let switched_on =
        fields.optional("liquid_alpha").map(|_| fields.switch("liquid_alpha")).transpose()?;
    let threshold = fields.optional("stake_threshold").map(|_| fields.int("stake_threshold"));
    let rule = if fields.switch("yuma3")? { BondRule::StakeFree } else { BondRule::Classic };
    let params = Params {
        kappa: fields.short("kappa")?,
        bonds_penalty: fields.short("bonds_penalty")?,
        // Both fit: they were checked to be smaller.
        bonds_moving_average: u32::try_from(moving_average).unwrap_or(u32::MAX),
        owner: owner.transpose()?.map(|uid| u16::try_from(uid).unwrap_or(u16::MAX)),
        bond_rule: rule,
        liquid_alpha: switched_on.unwrap_or(false).then_some(liquid),
        activity_cutoff: fields.int("activity_cutoff_blocks")?,
        max_validators: fields.short("max_allowed_validators")?,
        stake_threshold: threshold.transpose()?.unwrap_or(0),
        last_epoch: 0,
        now: 0,
    };
    Ok((params, fields.int("tempo")?, fields.int("epoch_emission")?))
}

fn liquid_alpha(fields: Fields) -> Result<LiquidAlpha> {
    let mut liquid = LiquidAlpha::default();
    if fields.optional("alpha_sigmoid_steepness").is_some() {
        liquid.steepness = fields.short("alpha_sigmoid_steepness")?;
    }
    if fields.optional("alpha_values").is_some() {
        let at = |reason| ReplayError::at("alpha_values", reason);
        let values = fields.list("alpha_values", short)?;
        let [low, high] = values[..] else {
            let why = "the lower and the upper value";
            return Err(at(Reason::Length { found: values.len(), wanted: 2, why }));
        };
        if low > high {
            return Err(at(Reason::LowAboveHigh { low, high }));
        }
        liquid = LiquidAlpha { low, high, ..liquid };
    }
    Ok(liquid)
}

fn steps<'a>(fields: Fields<'a>, neurons: usize) -> Result<Vec<Step<'a>>> {
    let value = fields.value("steps")?;
    let Some(steps) = value.as_array() else {
        return fields.list("steps", |_| Ok(())).map(|_| Vec::new());
    };
    let read = steps.iter().enumerate().map(|(index, step)| {
        let op = step.get("op").and_then(Value::as_str).unwrap_or("?");
        read_step(step, neurons).map_err(|error| error.in_step(index, op))
    });
    read.collect()
}

fn read_step(value: &Value, neurons: usize) -> Result<Step<'_>> {
    let op = Fields::any(value)?.text("op")?;
    match op {
        "set_weights" => set_weights(value, neurons),
        "advance_blocks" => Ok(Step::Advance(Fields::of(value, &["op", "blocks"])?.int("blocks")?)),
        "goto_block" => Ok(Step::Goto(Fields::of(value, &["op", "block"])?.int("block")?)),
        "replace_uid" => {
            let fields = Fields::of(value, &["op", "uid", "stake"])?;
            let uid = uid(fields.int("uid")?, neurons).map_err(|error| error.inside("uid"))?;
            Ok(Step::Replace { uid: usize::from(uid), stake: fields.int("stake")? })
        }
        "reset_bonds_column" => {
            let fields = Fields::of(value, &["op", "uid"])?;
            let column = uid(fields.int("uid")?, neurons);
            Ok(Step::ResetBonds(column.map_err(|error| error.inside("uid"))?))
        }
        "epoch" => {
            let fields = Fields::of(value, &["op", "label", "expect"])?;
            let label = fields.optional("label").map(|_| fields.text("label")).transpose()?;
            let expect = fields.optional("expect");
            Ok(Step::Epoch { label, expect })
        }
        unknown => {
            let found = unknown.to_owned();
            Err(ReplayError::at("op", Reason::UnknownStep { found, known: STEPS.to_owned() }))
        }
    }
}

fn set_weights(value: &Value, neurons: usize) -> Result<Step<'_>> {
    let fields = Fields::of(value, &["op", "uid", "uids", "values", "stored_values"])?;
    let scorer = uid(fields.int("uid")?, neurons).map_err(|error| error.inside("uid"))?;
    let uids = fields.list("uids", |entry| uid(int(entry)?, neurons))?;
    let values = fields.list("values", short)?;
    let same = |key: &str, found: usize| match found == uids.len() {
        true => Ok(()),
        false => Err(ReplayError::at(
            key,
            Reason::Length { found, wanted: uids.len(), why: "one for each of `uids`" },
        )),
    };
    same("values", values.len())?;
    let have = max_upscale(&values);
    let mut row: Row = uids.iter().copied().zip(have.iter().copied()).collect();
    row.sort_unstable();
    if let Some(twice) = row.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(ReplayError::at("uids", Reason::Twice(twice[0].0)));
    }
    let stored = match fields.optional("stored_values") {
        Some(want) => {
            let want = list(want, short).map_err(|error| error.inside_list("stored_values"))?;
            same("stored_values", want.len())?;
            Some(Stored { want, have })
        }
        None => None,
    };
    Ok(Step::SetWeights { uid: usize::from(scorer), row, stored })
}

/// A number as a uid that some neuron has.
pub fn uid(uid: u64, neurons: usize) -> Result<u16> {
    let known = u16::try_from(uid).ok().filter(|uid| usize::from(*uid) < neurons);
    known.ok_or_else(|| ReplayError::new(Reason::UnknownUid { uid, neurons }))
}
