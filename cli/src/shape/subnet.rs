//! Subnets.

use super::{hex_of, rounded, ss58, tokens};
use crate::output::{Output, Show};
use alun_client::{
    show_hyperparameter, Balance, BlockNumber, Hyperparameters, NetUid, Subnet, TaskDescriptor,
    TaskKind,
};
use serde::Serialize;

/// A subnet's task.
#[derive(Clone, Debug, Serialize)]
pub struct TaskShape {
    /// `embedding` or `generation`.
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
    /// Tokens locked for it.
    pub lock: Balance,
    /// Neurons in it.
    pub neurons: u16,
    /// Mechanisms in it.
    pub mechanisms: u8,
    /// Price of a registration now.
    pub registration_price: Balance,
    /// Share of the chain's emission, relative to the other subnets' shares.
    pub share: u64,
    /// Emission earned and not yet paid.
    pub pending: Balance,
    /// Blocks between epochs; `null` until started.
    pub tempo: Option<BlockNumber>,
    /// Index of the last epoch that ran.
    pub last_epoch: Option<u64>,
    /// Hyperparameters by name.
    pub hyperparameters: Hyperparameters,
}

impl From<&Subnet> for SubnetShape {
    fn from(subnet: &Subnet) -> Self {
        Self {
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
            ("locked", format!("{} ALUN", tokens(self.lock))),
            ("neurons", format!("{} of {}", self.neurons, self.hyperparameters.max_neurons)),
            ("mechanisms", self.mechanisms.to_string()),
            ("registration price", format!("{} ALUN", tokens(self.registration_price))),
            ("share of emission", self.share.to_string()),
            ("emission pending", format!("{} ALUN", tokens(self.pending))),
            ("tempo", or_dash(self.tempo.map(|tempo| format!("{tempo} blocks")))),
            ("last epoch", or_dash(self.last_epoch.map(|epoch| epoch.to_string()))),
        ];
        if !self.task.parameters.is_empty() {
            facts.push(("task's parameters", self.task.parameters.clone()));
        }
        let mut table = output.table(&["hyperparameter", ">value"]);
        for parameter in self.hyperparameters.list() {
            table.add_row([parameter.name().to_owned(), show_hyperparameter(&parameter)]);
        }
        format!("{}\n\n{table}", output.facts(&facts))
    }
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
            ">netuid", "name", "task", "started", ">neurons", ">price", ">share", ">pending",
            ">epoch",
        ]);
        for subnet in &self.0 {
            table.add_row([
                subnet.netuid.to_string(),
                subnet.name.clone(),
                subnet.task.kind.to_owned(),
                if subnet.started { "yes" } else { "no" }.to_owned(),
                subnet.neurons.to_string(),
                rounded(subnet.registration_price),
                subnet.share.to_string(),
                rounded(subnet.pending),
                subnet.last_epoch.map_or_else(|| "-".to_owned(), |epoch| epoch.to_string()),
            ]);
        }
        table.to_string()
    }
}
