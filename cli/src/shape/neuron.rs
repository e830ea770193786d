//! Neurons and the metagraph.

use super::{alpha, hex_of, rounded, share, ss58, tokens, SubnetShape};
use crate::output::{Output, Show};
use alun_client::{
    views::MarketView, AccountId, Alpha, Balance, BlockNumber, Endpoint, MechanismId, NetUid,
    Neuron, Protocol, SubnetMetagraph, Uid,
};
use serde::Serialize;
use std::net::{IpAddr, SocketAddr};

/// A neuron's endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct EndpointShape {
    /// `http://…` or `https://…`.
    pub url: String,
    /// Version of the miner's software.
    pub version: u32,
    /// SHA-256 of the certificate.
    pub tls_fingerprint: Option<String>,
    /// Model commitment.
    pub model: Option<String>,
    /// Block of the announcement.
    pub announced_at: BlockNumber,
}

impl From<&Endpoint> for EndpointShape {
    fn from(endpoint: &Endpoint) -> Self {
        let scheme = match endpoint.protocol {
            Protocol::Http => "http",
            Protocol::Https => "https",
        };
        let address = SocketAddr::new(IpAddr::from(endpoint.ip), endpoint.port);
        Self {
            url: format!("{scheme}://{address}"),
            version: endpoint.version,
            tls_fingerprint: endpoint.tls_fingerprint.as_ref().map(hex_of),
            model: endpoint.model.as_ref().map(hex_of),
            announced_at: endpoint.announced_at,
        }
    }
}

/// A neuron.
#[derive(Clone, Debug, Serialize)]
pub struct NeuronShape {
    /// Uid.
    pub uid: Uid,
    /// Hotkey.
    pub hotkey: String,
    /// Coldkey.
    pub coldkey: String,
    /// Block of registration.
    pub registered_at: BlockNumber,
    /// Block from which it may be evicted.
    pub immune_until: BlockNumber,
    /// Endpoint and model commitment.
    pub endpoint: Option<EndpointShape>,
    /// Stake weight on this subnet: alpha, and native tokens on root at the root weight.
    pub stake_weight: Balance,
    /// Whether it holds a validator permit.
    pub permit: bool,
    /// Whether it was active at the last epoch.
    pub active: bool,
    /// Block at which its present row was committed.
    pub last_update: BlockNumber,
    /// Consensus on its score, of 65,535.
    pub consensus: u16,
    /// Trust of its row, of 65,535.
    pub validator_trust: u16,
    /// Incentive, of 65,535.
    pub incentive: u16,
    /// Dividends, of 65,535.
    pub dividends: u16,
    /// Paid at the last epoch, in the subnet's alpha.
    pub emission: Alpha,
    /// Emission averaged over 10 epochs, in the subnet's alpha.
    pub prune_score: Alpha,
    /// Place in the order of eviction, 0 leaves first; `null` while it can't be evicted.
    pub eviction_rank: Option<u16>,
    #[serde(skip)]
    hotkey_id: AccountId,
    #[serde(skip)]
    netuid: NetUid,
}

impl NeuronShape {
    /// Of a neuron of that subnet.
    pub fn new(netuid: NetUid, neuron: &Neuron) -> Self {
        Self {
            uid: neuron.uid,
            hotkey: ss58(&neuron.hotkey),
            coldkey: ss58(&neuron.coldkey),
            registered_at: neuron.registered_at,
            immune_until: neuron.immune_until,
            endpoint: neuron.endpoint.as_ref().map(EndpointShape::from),
            stake_weight: neuron.stake_weight,
            permit: neuron.permit,
            active: neuron.active,
            last_update: neuron.last_update,
            consensus: neuron.consensus,
            validator_trust: neuron.validator_trust,
            incentive: neuron.incentive,
            dividends: neuron.dividends,
            emission: neuron.emission,
            prune_score: neuron.prune_score,
            eviction_rank: neuron.eviction_rank,
            hotkey_id: neuron.hotkey,
            netuid,
        }
    }
}

impl Show for NeuronShape {
    fn text(&self, output: &Output) -> String {
        let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        let mut facts = vec![
            ("uid", self.uid.to_string()),
            ("hotkey", self.hotkey.clone()),
            ("coldkey", self.coldkey.clone()),
            ("registered at block", self.registered_at.to_string()),
            ("immune until block", self.immune_until.to_string()),
            (
                "eviction rank",
                self.eviction_rank
                    .map_or_else(|| "can't be evicted now".into(), |rank| rank.to_string()),
            ),
            ("stake weight", tokens(self.stake_weight)),
            ("permit", yes_no(self.permit)),
            ("active", yes_no(self.active)),
            ("row of block", self.last_update.to_string()),
            ("consensus", share(self.consensus)),
            ("validator trust", share(self.validator_trust)),
            ("incentive", share(self.incentive)),
            ("dividends", share(self.dividends)),
            ("paid at the last epoch", alpha(self.netuid, self.emission)),
            ("average of 10 epochs", alpha(self.netuid, self.prune_score)),
        ];
        match &self.endpoint {
            None => facts.push(("endpoint", "none announced".into())),
            Some(endpoint) => {
                facts.push(("endpoint", endpoint.url.clone()));
                facts.push(("announced at block", endpoint.announced_at.to_string()));
                facts.push(("model", endpoint.model.clone().unwrap_or_else(|| "-".into())));
            }
        }
        output.facts(&facts)
    }
}

/// A subnet with its neurons.
#[derive(Clone, Debug, Serialize)]
pub struct MetagraphShape {
    /// Block at which it was read.
    pub block: BlockNumber,
    /// Mechanism whose outputs the neurons show.
    pub mechanism: MechanismId,
    /// The subnet.
    pub subnet: SubnetShape,
    /// Neurons by uid.
    pub neurons: Vec<NeuronShape>,
}

impl MetagraphShape {
    /// Of a metagraph, with the subnet's market.
    pub fn new(metagraph: &SubnetMetagraph, market: Option<&MarketView>) -> Self {
        let netuid = metagraph.subnet.netuid;
        Self {
            block: metagraph.block,
            mechanism: metagraph.mechanism,
            subnet: SubnetShape::new(&metagraph.subnet, market),
            neurons: metagraph.neurons.iter().map(|one| NeuronShape::new(netuid, one)).collect(),
        }
    }
}

impl Show for MetagraphShape {
    fn text(&self, output: &Output) -> String {
        let mut table = output.table(&[
            ">uid",
            "hotkey",
            ">stake",
            "permit",
            "active",
            ">consensus",
            ">trust",
            ">incentive",
            ">dividends",
            &format!(">paid (α{})", self.subnet.netuid),
            ">row",
            "endpoint",
        ]);
        let mark = |yes: bool| if yes { "*" } else { "" }.to_owned();
        for neuron in &self.neurons {
            table.add_row([
                neuron.uid.to_string(),
                output.account(&neuron.hotkey_id),
                rounded(neuron.stake_weight),
                mark(neuron.permit),
                mark(neuron.active),
                share(neuron.consensus),
                share(neuron.validator_trust),
                share(neuron.incentive),
                share(neuron.dividends),
                rounded(neuron.emission.0),
                neuron.last_update.to_string(),
                neuron.endpoint.as_ref().map_or_else(|| "-".to_owned(), |e| e.url.clone()),
            ]);
        }
        let epoch = self.subnet.last_epoch.map_or_else(|| "none".into(), |e| e.to_string());
        format!(
            "Subnet {} {} ({}), mechanism {}, block {}, last epoch {epoch}\n{table}",
            self.subnet.netuid, self.subnet.name, self.subnet.task.kind, self.mechanism, self.block,
        )
    }
}
