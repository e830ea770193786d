//! A node of ours.

use super::{binary, free_port, Priority, Process};
use anyhow::Result;
use std::{path::Path, time::Duration};

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
    /// Where peers reach it, without its peer id.
    pub p2p_port: u16,
}

impl Node {
    /// Starts a node with its data under `folder` and waits until its RPC listens.
    pub fn start(options: &NodeOptions, folder: &Path) -> Result<Self> {
        let (rpc_port, p2p_port) = (free_port()?, free_port()?);
        let mut arguments: Vec<String> = vec![
            "--chain".into(),
            options.chain.clone(),
            "--base-path".into(),
            folder.join(&options.name).display().to_string(),
            "--rpc-port".into(),
            rpc_port.to_string(),
            "--port".into(),
            p2p_port.to_string(),
            "--listen-addr".into(),
            format!("/ip4/127.0.0.1/tcp/{p2p_port}"),
            "--no-prometheus".into(),
            "--no-telemetry".into(),
            "--no-hardware-benchmarks".into(),
            "--rpc-max-connections".into(),
            "500".into(),
            "--allow-private-ip".into(),
            "--unsafe-force-node-key-generation".into(),
            "--name".into(),
            options.name.clone(),
        ];
        match &options.authority {
            Some(who) => {
                arguments.extend([format!("--{who}"), "--validator".into()]);
                if options.chain == "dev" {
                    arguments.push("--force-authoring".into());
                }
            }
            None => {}
        }
        if options.archive {
            arguments.extend(["--state-pruning".into(), "archive".into()]);
        }
        for address in &options.bootnodes {
            arguments.extend(["--bootnodes".into(), address.clone()]);
        }
        let mut process = Process::start(
            &options.name,
            &binary("alun-node")?,
            &arguments,
            &[],
            folder,
            Priority::First,
        )?;
        process.wait_for_log("Running JSON-RPC server", Duration::from_secs(60))?;
        Ok(Self { process, url: format!("ws://127.0.0.1:{rpc_port}"), p2p_port })
    }

    /// A multiaddress for `--bootnodes`.
    pub fn address(&mut self) -> Result<String> {
        let line = self.process.wait_for_log("Local node identity is", Duration::from_secs(60))?;
        let peer = line.split("identity is:").nth(1).unwrap_or_default().trim();
        Ok(format!("/ip4/127.0.0.1/tcp/{}/p2p/{peer}", self.p2p_port))
    }
}
