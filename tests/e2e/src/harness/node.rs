//! A node of ours.

use super::{binary, free_port, Priority, Process};
use anyhow::{ensure, Context, Result};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// How to start a node.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    /// Name, also of its folder and log.
    pub name: String,
    /// Chain preset or path of a chain spec.
    pub chain: String,
    /// Well-known authority (`alice`, `bob`), or `None` for a full node.
    pub authority: Option<String>,
    /// Multiaddresses to find the others by.
    pub bootnodes: Vec<String>,
    /// Keep all state, to look back at any block.
    pub archive: bool,
}

impl NodeOptions {
    /// One authority that makes blocks on its own.
    pub fn dev() -> Self {
        Self {
            name: "alice".into(),
            chain: "dev".into(),
            authority: Some("alice".into()),
            bootnodes: vec![],
            archive: true,
        }
    }
}

/// A running node.
pub struct Node {
    /// Its process.
    pub process: Process,
    /// JSON-RPC over WebSocket.
    pub url: String,
    /// Its multiaddress, for the `bootnodes` of others.
    pub address: String,
}

impl Node {
    /// Starts a node with its data under `folder` and waits until its RPC listens.
    pub fn start(options: &NodeOptions, folder: &Path) -> Result<Self> {
        let mut node = Self::spawn(options, folder)?;
        node.wait_until_up()?;
        Ok(node)
    }

    /// Waits until the RPC listens. Compiling the runtime comes first, seconds of a processor.
    pub fn wait_until_up(&mut self) -> Result<()> {
        self.process.wait_for_log("Running JSON-RPC server", Duration::from_secs(120)).map(|_| ())
    }

    /// Starts a node and does not wait, so that several come up side by side.
    pub fn spawn(options: &NodeOptions, folder: &Path) -> Result<Self> {
        let (rpc_port, p2p_port) = (free_port()?, free_port()?);
        let mut arguments: Vec<String> = vec![
            "--chain".into(),
            options.chain.clone(),
            "--base-path".into(),
            folder.join(&options.name).display().to_string(),
            "--rpc-port".into(),
            rpc_port.to_string(),
            "--listen-addr".into(),
            format!("/ip4/127.0.0.1/tcp/{p2p_port}"),
            "--no-prometheus".into(),
            "--no-telemetry".into(),
            "--rpc-max-connections".into(),
            "500".into(),
            "--allow-private-ip".into(),
            "--name".into(),
            options.name.clone(),
        ];
        if let Some(who) = &options.authority {
            arguments.extend([format!("--{who}"), "--validator".into()]);
            if options.chain == "dev" {
                arguments.push("--force-authoring".into());
            }
        }
        if options.archive {
            arguments.extend(["--state-pruning".into(), "archive".into()]);
        }
        for address in &options.bootnodes {
            arguments.extend(["--bootnodes".into(), address.clone()]);
        }
        let (key, peer) = node_key(&options.name, folder)?;
        arguments.extend(["--node-key-file".into(), key.display().to_string()]);
        let process = Process::start(
            &options.name,
            &binary("alun-node")?,
            &arguments,
            &[],
            folder,
            Priority::First,
        )?;
        let address = format!("/ip4/127.0.0.1/tcp/{p2p_port}/p2p/{peer}");
        Ok(Self { process, url: format!("ws://127.0.0.1:{rpc_port}"), address })
    }
}

/// A network key in a file of its own, and the peer id that goes with it.
fn node_key(name: &str, folder: &Path) -> Result<(PathBuf, String)> {
    let file = folder.join(format!("{name}.key"));
    let made = Command::new(binary("alun-node")?)
        .args(["key", "generate-node-key", "--file"])
        .arg(&file)
        .output()
        .context("making a node key")?;
    ensure!(made.status.success(), "no node key: {}", String::from_utf8_lossy(&made.stderr));
    let peer = String::from_utf8_lossy(&made.stderr);
    let peer = peer.split_whitespace().last().context("no peer id")?.to_owned();
    Ok((file, peer))
}
