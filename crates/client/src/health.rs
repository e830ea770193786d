//! How the node itself is.

use crate::{Chain, ClientError};

/// What a node says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Peers that it is connected to.
    pub peers: usize,
    /// Whether it is still catching up with them.
    pub syncing: bool,
    /// Whether it ought to have peers: not on a chain of one node.
    pub should_have_peers: bool,
}

impl Chain {
    /// Asks the node how it is.
    pub async fn health(&self) -> Result<Health, ClientError> {
        let asked = self.asked("its health");
        let health = self.in_time(asked, self.inner.rpc.system_health()).await?;
        let health = health.map_err(|error| asked.rpc(error))?;
        Ok(Health {
            peers: health.peers,
            syncing: health.is_syncing,
            should_have_peers: health.should_have_peers,
        })
    }
}
