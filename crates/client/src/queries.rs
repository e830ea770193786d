//! What can be asked of the chain at a block: the runtime API `MarketApi`, and balances. Markets and
//! quotes have a file of their own.

use crate::{
    views::{EpochWork, NetworkView, NextEpoch, RowValidity},
    AccountId, At, Balance, BlockNumber, ClientError, Delegate, Digest, Eviction, MechanismId,
    NetUid, Neuron, Position, Subnet, SubnetMetagraph, Uid,
};
use scale_decode::DecodeAsType;

/// How many entries a list call asks for at a time.
const PAGE: u16 = 128;

/// An account's native tokens, smallest unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountBalance {
    /// Free: what pays fees, and stake when it is added.
    pub free: Balance,
    /// Held: deposits.
    pub reserved: Balance,
    /// Part of free that may not be spent.
    pub frozen: Balance,
}

impl AccountBalance {
    /// What may be spent, the existential deposit included.
    pub fn spendable(&self) -> Balance {
        self.free.saturating_sub(self.frozen)
    }
}

#[derive(DecodeAsType)]
struct AccountInfo {
    data: AccountData,
}

#[derive(DecodeAsType)]
struct AccountData {
    free: Balance,
    reserved: Balance,
    frozen: Balance,
}

/// A commit on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DecodeAsType)]
pub struct LiveCommit {
    /// What was committed.
    pub hash: Digest,
    /// Newest due epoch when it was made.
    pub epoch: u64,
    /// The due epoch during which it can be revealed.
    pub window: u64,
    /// Block at which it was made.
    pub block: BlockNumber,
}

/// A weight row in force.
#[derive(Clone, Debug, PartialEq, Eq, DecodeAsType)]
pub struct LiveRow {
    /// Uids and values, ascending, without zeros; the largest value is 65,535.
    pub entries: Vec<(u16, u16)>,
    /// Block of its commit; of the call that set it, where commit-reveal is off.
    pub last_update: BlockNumber,
}

impl At {
    /// The chain as a whole.
    pub async fn network(&self) -> Result<NetworkView, ClientError> {
        self.api("network", ()).await
    }

    /// At most `limit` subnets from a netuid on, ascending.
    pub async fn subnets(&self, from: NetUid, limit: u16) -> Result<Vec<Subnet>, ClientError> {
        self.api("subnets", (from, limit)).await
    }

    /// Every subnet, ascending.
    pub async fn all_subnets(&self) -> Result<Vec<Subnet>, ClientError> {
        let mut all: Vec<Subnet> = Vec::new();
        let mut from = NetUid(1);
        loop {
            let page = self.subnets(from, PAGE).await?;
            let full = page.len() >= usize::from(PAGE);
            let last = page.last().map(|subnet| subnet.netuid);
            all.extend(page);
            match last.and_then(|netuid| netuid.0.checked_add(1)) {
                Some(next) if full => from = NetUid(next),
                _ => return Ok(all),
            }
        }
    }

    /// One subnet.
    pub async fn subnet(&self, netuid: NetUid) -> Result<Option<Subnet>, ClientError> {
        self.api("subnet", (netuid,)).await
    }

    /// A subnet with all its neurons, in one call.
    pub async fn metagraph(
        &self,
        netuid: NetUid,
        mechanism: MechanismId,
    ) -> Result<Option<SubnetMetagraph>, ClientError> {
        self.api("metagraph", (netuid, mechanism)).await
    }

    /// One neuron.
    pub async fn neuron(&self, netuid: NetUid, uid: Uid) -> Result<Option<Neuron>, ClientError> {
        self.api("neuron", (netuid, uid)).await
    }

    /// How far a neuron is from losing its uid; `None` for a uid that nobody holds.
    pub async fn eviction(
        &self,
        netuid: NetUid,
        uid: Uid,
    ) -> Result<Option<Eviction>, ClientError> {
        self.api("eviction", (netuid, uid)).await
    }

    /// The neuron that a hotkey holds on a subnet.
    pub async fn neuron_of(
        &self,
        netuid: NetUid,
        hotkey: &AccountId,
    ) -> Result<Option<Neuron>, ClientError> {
        let metagraph = self.metagraph(netuid, MechanismId::FIRST).await?;
        let neurons = metagraph.map(|metagraph| metagraph.neurons).unwrap_or_default();
        Ok(neurons.into_iter().find(|neuron| neuron.hotkey == *hotkey))
    }

    /// What a coldkey has staked, and where.
    pub async fn stake_of(&self, coldkey: &AccountId) -> Result<Vec<Position>, ClientError> {
        self.api("stake_of", (*coldkey,)).await
    }

    /// At most `limit` delegates, the first `from` skipped.
    pub async fn delegates(&self, from: u32, limit: u32) -> Result<Vec<Delegate>, ClientError> {
        self.api("delegates", (from, limit)).await
    }

    /// Every delegate.
    pub async fn all_delegates(&self) -> Result<Vec<Delegate>, ClientError> {
        let mut all: Vec<Delegate> = Vec::new();
        loop {
            // Saturation: there are never 2³² delegates.
            let from = u32::try_from(all.len()).unwrap_or(u32::MAX);
            let page = self.delegates(from, u32::from(PAGE)).await?;
            let full = page.len() >= usize::from(PAGE);
            all.extend(page);
            if !full {
                return Ok(all);
            }
        }
    }

    /// One delegate.
    pub async fn delegate(&self, hotkey: &AccountId) -> Result<Option<Delegate>, ClientError> {
        self.api("delegate", (*hotkey,)).await
    }

    /// What a registration costs now; `None` for an unknown subnet.
    pub async fn registration_price(&self, netuid: NetUid) -> Result<Option<Balance>, ClientError> {
        self.api("registration_price", (netuid,)).await
    }

    /// When the next epoch of a subnet is due; `None` if it is unknown or not started.
    pub async fn next_epoch(&self, netuid: NetUid) -> Result<Option<NextEpoch>, ClientError> {
        self.api("next_epoch", (netuid,)).await
    }

    /// The oldest epoch of the chain that is due and not finished; `None` when there is none.
    pub async fn epoch_work(&self) -> Result<Option<EpochWork>, ClientError> {
        self.api("epoch_work", ()).await
    }

    /// Whether a weight row of a hotkey would be accepted now.
    pub async fn check_row(
        &self,
        netuid: NetUid,
        mechanism: MechanismId,
        hotkey: &AccountId,
        uids: Vec<u16>,
        values: Vec<u16>,
        version: u64,
    ) -> Result<RowValidity, ClientError> {
        self.api("check_row", (netuid, mechanism, *hotkey, uids, values, version)).await
    }

    /// The coldkey that a hotkey is bound to.
    pub async fn coldkey_of(&self, hotkey: &AccountId) -> Result<Option<AccountId>, ClientError> {
        self.api("coldkey_of", (*hotkey,)).await
    }

    /// A hotkey's commits that wait for their window, and those that missed it since.
    pub async fn commits(
        &self,
        netuid: NetUid,
        mechanism: MechanismId,
        hotkey: &AccountId,
    ) -> Result<Vec<LiveCommit>, ClientError> {
        let keys = ((netuid.0, mechanism.0), hotkey.0);
        Ok(self.storage("Weights", "Commits", keys).await?.unwrap_or_default())
    }

    /// The row in force of the neuron with that uid.
    pub async fn row(
        &self,
        netuid: NetUid,
        mechanism: MechanismId,
        uid: Uid,
    ) -> Result<Option<LiveRow>, ClientError> {
        self.storage("Weights", "Rows", ((netuid.0, mechanism.0), uid.0)).await
    }

    /// The invariants that do not hold; empty when all is well. Slow on a big chain.
    pub async fn broken_invariants(&self) -> Result<Vec<String>, ClientError> {
        let broken: Vec<Vec<u8>> = self.api("check_invariants", ()).await?;
        Ok(broken.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect())
    }

    /// An account's native tokens; zero for an account that does not exist.
    pub async fn balance(&self, account: &AccountId) -> Result<AccountBalance, ClientError> {
        let found: Option<AccountInfo> = self.storage("System", "Account", (*account,)).await?;
        Ok(found.map_or_else(AccountBalance::default, |info| AccountBalance {
            free: info.data.free,
            reserved: info.data.reserved,
            frozen: info.data.frozen,
        }))
    }

    /// The smallest balance that an account can have.
    pub fn existential_deposit(&self) -> Result<Balance, ClientError> {
        let asked = self.chain.asked("Balances.ExistentialDeposit");
        let address = subxt::dynamic::constant::<Balance>("Balances", "ExistentialDeposit");
        self.client.constants().entry(address).map_err(|error| asked.incompatible(error))
    }
}
