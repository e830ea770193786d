//! Subnets.

use super::{alpha, alun, hex_of, percent, rounded, ss58, MarketShape};
use crate::output::{Output, Show};
use alun_client::{
    show_hyperparameter,
    views::{MarketView, SubnetPhase},
    Alpha, Balance, BlockNumber, Hyperparameters, NetUid, Subnet, TaskDescriptor, TaskKind,
};
use serde::Serialize;

/// A subnet's task.
#[derive(Clone, Debug, Serialize)]
pub struct TaskShape {
    /// `embedding`, `generation` or `external`.
    pub kind: &'static str,
    /// Model commitment that answers must come from; `null` if open.
    pub model: Option<String>,
    /// The task's parameters, a JSON text; empty for defaults.
    pub parameters: String,
}

impl From<&TaskDescriptor> for TaskShape {
    fn from(task: &TaskDescriptor) -> Self {
        Self {
            kind: match task.kind {
                TaskKind::Embedding => "embedding",
                TaskKind::Generation => "generation",
                TaskKind::External => "external",
            },
            model: task.model.as_ref().map(hex_of),
            parameters: String::from_utf8_lossy(&task.parameters).into_owned(),
        }
    }
}

/// A subnet.
#[derive(Clone, Debug, Serialize)]
pub struct SubnetShape {
    /// Netuid.
    pub netuid: NetUid,
    /// Name.
    pub name: String,
    /// Owner's coldkey.
    pub owner: String,
    /// Owner's hotkey.
    pub owner_hotkey: String,
    /// What miners are asked.
    pub task: TaskShape,
    /// Whether its owner has started it.
    pub started: bool,
    /// Block of its registration.
    pub registered_at: BlockNumber,
    /// Tokens paid to register it, with which its market was opened.
    pub lock: Balance,
    /// Neurons in it.
    pub neurons: u16,
    /// Mechanisms in it.
    pub mechanisms: u8,
    /// Price of a registration now.
    pub registration_price: Balance,
    /// Share of the chain's emission, relative to the other subnets' shares.
    pub share: u64,
    /// Emission earned and not yet paid, in its alpha.
    pub pending: Alpha,
    /// Blocks between epochs; `null` until started.
    pub tempo: Option<BlockNumber>,
    /// Index of the last epoch that ran.
    pub last_epoch: Option<u64>,
    /// Hyperparameters by name.
    pub hyperparameters: Hyperparameters,
    /// `open`, `notice` or `winding_up`.
    pub phase: &'static str,
    /// Under notice, the first block in which it is wound up.
    pub notice_until: Option<BlockNumber>,
    /// Whether somebody waits for its slot.
    pub reserved: bool,
    /// Its market.
    pub market: Option<MarketShape>,
}

impl SubnetShape {
    /// Of a subnet and its market.
    pub fn new(subnet: &Subnet, market: Option<&MarketView>) -> Self {
        let (phase, notice_until, reserved) = match subnet.phase {
            SubnetPhase::Open => ("open", None, false),
            SubnetPhase::Notice { until, reserved } => ("notice", Some(until), reserved),
            SubnetPhase::WindingUp { reserved } => ("winding_up", None, reserved),
        };
        Self {
            phase,
            notice_until,
            reserved,
            netuid: subnet.netuid,
            name: String::from_utf8_lossy(&subnet.name).into_owned(),
            owner: ss58(&subnet.owner),
            owner_hotkey: ss58(&subnet.owner_hotkey),
            task: TaskShape::from(&subnet.task),
            started: subnet.started,
            registered_at: subnet.registered_at,
            lock: subnet.lock,
            neurons: subnet.neurons,
            mechanisms: subnet.mechanisms,
            registration_price: subnet.registration_price,
            share: subnet.share,
            pending: subnet.pending,
            tempo: subnet.schedule.map(|schedule| schedule.tempo),
            last_epoch: subnet.last_epoch,
            hyperparameters: subnet.hyperparameters,
            market: market.map(MarketShape::from),
        }
    }
}

impl SubnetShape {
    /// Where it is in its life, for a table.
    fn state(&self) -> String {
        match (self.phase, self.notice_until) {
            ("open", _) if self.started => "started".into(),
            ("open", _) => "not started".into(),
            (_, Some(until)) => format!("notice to {until}"),
            _ => "winding up".into(),
        }
    }

    /// Its notice, for who reads about it.
    fn notice(&self) -> Option<(&'static str, String)> {
        let waits = if self.reserved { "; somebody waits for its slot" } else { "" };
        match (self.phase, self.notice_until) {
            ("open", _) => None,
            (_, Some(until)) => Some((
                "notice",
                format!(
                    "until block {until}: redeem your alpha, then what is left is paid out{waits}"
                ),
            )),
            _ => Some(("notice", format!("over: what is left is being paid out{waits}"))),
        }
    }
}

impl Show for SubnetShape {
    fn text(&self, output: &Output) -> String {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        let mut facts = vec![
            ("subnet", format!("{} {}", self.netuid, self.name)),
            ("owner", self.owner.clone()),
            ("owner's hotkey", self.owner_hotkey.clone()),
            ("task", self.task.kind.into()),
            ("model", self.task.model.clone().unwrap_or_else(|| "open".into())),
            ("started", if self.started { "yes" } else { "no" }.into()),
            ("registered at block", self.registered_at.to_string()),
            ("paid to register it", alun(self.lock)),
            ("neurons", format!("{} of {}", self.neurons, self.hyperparameters.max_neurons)),
            ("mechanisms", self.mechanisms.to_string()),
            ("registration price", alun(self.registration_price)),
            ("share of emission", self.share.to_string()),
            ("emission pending", alpha(self.netuid, self.pending)),
            ("tempo", or_dash(self.tempo.map(|tempo| format!("{tempo} blocks")))),
            ("last epoch", or_dash(self.last_epoch.map(|epoch| epoch.to_string()))),
        ];
        facts.extend(self.notice());
        if !self.task.parameters.is_empty() {
            facts.push(("task's parameters", self.task.parameters.clone()));
        }
        facts.extend(self.market.iter().flat_map(MarketShape::facts));
        let mut table = output.table(&["hyperparameter", ">value"]);
        for parameter in self.hyperparameters.list() {
            table.add_row([parameter.name().to_owned(), show_hyperparameter(&parameter)]);
        }
        format!("{}\n\n{table}", output.facts(&facts))
    }
}

/// A share as a percentage of all shares.
fn part_of_all(share: u64, all: u64) -> String {
    let ppm = u128::from(share) * 1_000_000 / u128::from(all.max(1));
    // A part is at most the whole.
    percent(u32::try_from(ppm).unwrap_or(1_000_000))
}

/// Several subnets: a JSON list.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Subnets(pub Vec<SubnetShape>);

impl Show for Subnets {
    fn text(&self, output: &Output) -> String {
        if self.0.is_empty() {
            return "There are no subnets yet.".into();
        }
        let mut table = output.table(&[
            ">netuid",
            "name",
            "task",
            "state",
            ">neurons",
            ">to register",
            ">price",
            ">averaged",
            ">reserve",
            ">share",
            ">pending (α)",
            ">epoch",
        ]);
        // Far below 2⁶⁴: a share is below 2⁴⁸.
        let all = self.0.iter().fold(0_u64, |sum, subnet| sum.saturating_add(subnet.share));
        for subnet in &self.0 {
            let none = || ["-"; 3].map(str::to_owned);
            let [price, average, reserve] =
                subnet.market.as_ref().map_or_else(none, MarketShape::columns);
            table.add_row([
                subnet.netuid.to_string(),
                subnet.name.clone(),
                subnet.task.kind.to_owned(),
                subnet.state(),
                subnet.neurons.to_string(),
                rounded(subnet.registration_price),
                price,
                average,
                reserve,
                part_of_all(subnet.share, all),
                rounded(subnet.pending.0),
                subnet.last_epoch.map_or_else(|| "-".to_owned(), |epoch| epoch.to_string()),
            ]);
        }
        table.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_should_be_a_percentage_of_all_shares() {
        assert_eq!(part_of_all(1, 4), "25%");
        assert_eq!(part_of_all(0, 0), "0%");
        assert_eq!(part_of_all(1 << 48, 1 << 48), "100%");
    }
}
