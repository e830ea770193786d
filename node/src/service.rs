//! The node's service: client, transaction pool, network, RPC, and for authorities the tasks that
//! make (Aura) and finalise (GRANDPA) blocks.

// The SDK's own errors are large, and what it calls here must return them.
#![allow(clippy::result_large_err)]

use crate::rpc;
use alun_runtime::{opaque::Block, RuntimeApi};
use futures::FutureExt;
use sc_basic_authorship::ProposerFactory;
use sc_client_api::Backend;
use sc_consensus::{JustificationSyncLink, LongestChain};
use sc_consensus_aura::{ImportQueueParams, SlotProportion, StartAuraParams, SyncOracle};
use sc_consensus_grandpa::{
    warp_proof::NetworkProvider, GrandpaBlockImport, GrandpaParams, LinkHalf, SharedVoterState,
    VotingRule, VotingRulesBuilder,
};
use sc_executor::WasmExecutor;
use sc_network::{
    config::FullNetworkConfiguration,
    multiaddr::{Multiaddr, Protocol},
    service::{
        traits::{NetworkService, NotificationService},
        NotificationMetrics,
    },
    types::ProtocolName,
    NetworkBackend,
};
use sc_offchain::{OffchainWorkerOptions, OffchainWorkers};
use sc_service::{
    error::Error as ServiceError, BuildNetworkParams, Configuration, KeystoreContainer, Role,
    SpawnTasksParams, TFullBackend, TFullClient, TaskManager, WarpSyncConfig,
};
use sc_telemetry::{Telemetry, TelemetryHandle, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_blockchain::HeaderBackend;
use sp_consensus_aura::sr25519::AuthorityPair as AuraPair;
use sp_core::H256;
use std::{
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};
use substrate_prometheus_endpoint::Registry;

/// What the runtime may call in the node.
#[cfg(not(feature = "runtime-benchmarks"))]
pub type HostFunctions = sp_io::SubstrateHostFunctions;
/// What the runtime may call in the node.
#[cfg(feature = "runtime-benchmarks")]
pub type HostFunctions =
    (sp_io::SubstrateHostFunctions, frame_benchmarking::benchmarking::HostFunctions);

/// The chain's client.
pub type Client = TFullClient<Block, RuntimeApi, WasmExecutor<HostFunctions>>;
/// The database.
pub type Database = TFullBackend<Block>;
/// The rule that picks the best chain.
pub type Longest = LongestChain<Database, Block>;
/// The transaction pool.
pub type Pool = sc_transaction_pool::TransactionPoolHandle<Block, Client>;
/// Imports blocks and their justifications.
pub type Import = GrandpaBlockImport<Database, Block, Client, Longest>;
/// Checks and imports the blocks of others.
pub type Queue = sc_consensus::DefaultImportQueue<Block>;
/// What connects the block import to the voter.
pub type Link = LinkHalf<Block, Client, Longest>;

/// A justification is kept at least every so many blocks.
const JUSTIFICATION_PERIOD: u32 = 512;

/// How long a GRANDPA message is given to reach the others.
const GOSSIP: Duration = Duration::from_millis(333);

/// The share of a slot in which an author fills its block.
const PROPOSAL_SHARE: f32 = 2.0 / 3.0;

/// What both a running node and the subcommands on its database need.
pub struct Parts {
    /// The chain's client.
    pub client: Arc<Client>,
    /// The database.
    pub backend: Arc<Database>,
    /// Runs the node's tasks.
    pub task_manager: TaskManager,
    /// The authority's keys.
    pub keystore: KeystoreContainer,
    /// Picks the best chain.
    pub select_chain: Longest,
    /// Transactions that wait.
    pub pool: Arc<Pool>,
    /// Imports the node's own blocks.
    pub block_import: Import,
    /// Where telemetry goes, if anywhere.
    pub telemetry: Option<Telemetry>,
}

impl Parts {
    /// A handle for those who report telemetry.
    fn telemetry_handle(&self) -> Option<TelemetryHandle> {
        self.telemetry.as_ref().map(Telemetry::handle)
    }
}

/// Telemetry, where an endpoint is configured, and its worker.
fn telemetry(
    config: &Configuration,
) -> Result<Option<(TelemetryWorker, Telemetry)>, sc_telemetry::Error> {
    let endpoints = config.telemetry_endpoints.clone().filter(|all| !all.is_empty());
    endpoints
        .map(|endpoints| {
            let worker = TelemetryWorker::new(16)?;
            let telemetry = worker.handle().new_telemetry(endpoints);
            Ok((worker, telemetry))
        })
        .transpose()
}

/// Opens the database and makes what works on it: the parts, the queue that checks and imports
/// blocks, and what connects it to the voter.
///
/// # Errors
///
/// When the database, the keystore or the genesis cannot be opened or made.
pub fn parts(config: &Configuration) -> Result<(Parts, Queue, Link), ServiceError> {
    let telemetry = telemetry(config)?;
    let (client, backend, keystore, task_manager) =
        sc_service::new_full_parts::<Block, RuntimeApi, _>(
            config,
            telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
            sc_service::new_wasm_executor::<HostFunctions>(&config.executor),
            Vec::new(),
        )?;
    let client = Arc::new(client);
    let telemetry = telemetry.map(|(worker, telemetry)| {
        task_manager.spawn_handle().spawn("telemetry", None, worker.run());
        telemetry
    });
    let handle = telemetry.as_ref().map(Telemetry::handle);

    let select_chain = LongestChain::new(backend.clone());
    let pool = sc_transaction_pool::Builder::new(
        task_manager.spawn_essential_handle(),
        client.clone(),
        config.role.is_authority().into(),
    )
    .with_options(config.transaction_pool.clone())
    .with_prometheus(config.prometheus_registry())
    .build();
    let (block_import, link) = sc_consensus_grandpa::block_import(
        client.clone(),
        JUSTIFICATION_PERIOD,
        &client,
        select_chain.clone(),
        handle.clone(),
    )?;
    let import_queue = import_queue(config, &client, &task_manager, &block_import, handle)?;

    let parts = Parts {
        client,
        backend,
        task_manager,
        keystore,
        select_chain,
        pool: Arc::new(pool),
        block_import,
        telemetry,
    };
    Ok((parts, import_queue, link))
}

/// What a block is told from outside: the time, and the slot it makes.
type Inherents =
    (sp_consensus_aura::inherents::InherentDataProvider, sp_timestamp::InherentDataProvider);

/// The inherent data of now.
fn inherents(slot_duration: sp_consensus_aura::SlotDuration) -> Inherents {
    let timestamp = sp_timestamp::InherentDataProvider::from_system_time();
    let slot = sp_consensus_aura::inherents::InherentDataProvider::from_timestamp_and_slot_duration(
        *timestamp,
        slot_duration,
    );
    (slot, timestamp)
}

/// The queue that checks blocks of others and imports them.
fn import_queue(
    config: &Configuration,
    client: &Arc<Client>,
    task_manager: &TaskManager,
    block_import: &Import,
    telemetry: Option<TelemetryHandle>,
) -> Result<Queue, ServiceError> {
    // Genesis sets the slot and nothing changes it.
    let slot_duration = sc_consensus_aura::slot_duration(&**client)?;
    let queue = sc_consensus_aura::import_queue::<AuraPair, _, _, _, _, _>(ImportQueueParams {
        block_import: block_import.clone(),
        justification_import: Some(Box::new(block_import.clone())),
        client: client.clone(),
        create_inherent_data_providers: move |_, ()| async move { Ok(inherents(slot_duration)) },
        spawner: &task_manager.spawn_essential_handle(),
        registry: config.prometheus_registry(),
        check_for_equivocation: Default::default(),
        telemetry,
        compatibility_mode: Default::default(),
    })?;
    Ok(queue)
}

/// What the configuration says of a node's part in consensus, kept past the configuration's end.
struct Duties {
    role: Role,
    name: String,
    force_authoring: bool,
    finalise: bool,
    registry: Option<Registry>,
}

impl Duties {
    fn of(config: &Configuration) -> Self {
        Self {
            role: config.role,
            name: config.network.node_name.clone(),
            force_authoring: config.force_authoring,
            finalise: !config.disable_grandpa,
            registry: config.prometheus_registry().cloned(),
        }
    }
}

/// Refuses to start where a port is taken: the JSON-RPC would silently move to another one, where
/// nobody finds it, and two networks would share their peers' connections.
fn require_ports(config: &mut Configuration) -> Result<(), ServiceError> {
    let default = SocketAddr::from((Ipv4Addr::LOCALHOST, config.rpc.port));
    let rpc: Vec<SocketAddr> = match &mut config.rpc.addr {
        Some(all) => {
            all.iter_mut().for_each(|one| one.retry_random_port = false);
            all.iter().map(|one| one.listen_addr).collect()
        }
        None => vec![default],
    };
    let peers = config.network.listen_addresses.iter().filter_map(tcp_address);
    let wanted = rpc.into_iter().map(|address| (address, "JSON-RPC", "--rpc-port"));
    for (address, what, flag) in wanted.chain(peers.map(|address| (address, "peers", "--port"))) {
        let taken = TcpListener::bind(address)
            .is_err_and(|error| error.kind() == ErrorKind::AddrInUse && address.port() != 0);
        if taken {
            let sentence = format!(
                "{address}, meant for {what}, is in use: stop what listens there, or give another \
                 {flag} (0 takes any free one)"
            );
            return Err(ServiceError::Application(sentence.into()));
        }
    }
    Ok(())
}

/// The address of a TCP listener, with or without WebSocket on it.
fn tcp_address(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    match (parts.next()?, parts.next()?) {
        (Protocol::Ip4(ip), Protocol::Tcp(port)) => Some(SocketAddr::from((ip, port))),
        (Protocol::Ip6(ip), Protocol::Tcp(port)) => Some(SocketAddr::from((ip, port))),
        _ => None,
    }
}

/// Starts a full node, or an authority where the configuration says so.
///
/// # Errors
///
/// When a port is taken, or the database or the network cannot be opened.
pub fn start<N: NetworkBackend<Block, H256>>(
    mut config: Configuration,
) -> Result<TaskManager, ServiceError> {
    require_ports(&mut config)?;
    let (mut parts, import_queue, link) = parts(&config)?;
    let registry = config.prometheus_registry().cloned();
    let metrics = N::register_notification_metrics(registry.as_ref());
    let mut net_config = FullNetworkConfiguration::<_, _, N>::new(&config.network, registry);
    let votes = Votes::add_protocol::<N>(&config, &parts, &mut net_config, metrics.clone());

    let (network, system_rpc_tx, tx_handler_controller, sync_service, _) =
        sc_service::build_network(BuildNetworkParams {
            config: &config,
            net_config,
            client: parts.client.clone(),
            transaction_pool: parts.pool.clone(),
            spawn_handle: parts.task_manager.spawn_handle(),
            spawn_essential_handle: parts.task_manager.spawn_essential_handle(),
            import_queue,
            block_announce_validator_builder: None,
            warp_sync_config: Some(warp_sync(&parts, &link)),
            block_relay: None,
            metrics,
            gap_sync_body_policy: None,
        })?;
    if config.offchain_worker.enabled {
        spawn_offchain_workers(&config, &parts, network.clone())?;
    }

    let duties = Duties::of(&config);
    let (client, pool) = (parts.client.clone(), parts.pool.clone());
    sc_service::spawn_tasks(SpawnTasksParams {
        config,
        client: parts.client.clone(),
        backend: parts.backend.clone(),
        task_manager: &mut parts.task_manager,
        keystore: parts.keystore.keystore(),
        transaction_pool: parts.pool.clone(),
        rpc_builder: Box::new(move |_| Ok(rpc::methods(client.clone(), pool.clone())?)),
        network: network.clone(),
        system_rpc_tx,
        tx_handler_controller,
        sync_service: sync_service.clone(),
        telemetry: parts.telemetry.as_mut(),
        tracing_execute_block: None,
    })?;

    if duties.role.is_authority() {
        spawn_author(&duties, &parts, sync_service.clone())?;
    }
    if duties.finalise {
        let params = voter_params(&duties, &parts, link, network, sync_service, votes);
        let voter = sc_consensus_grandpa::run_grandpa_voter(params)?;
        // Essential: a node that stops voting without saying so would hold up finality.
        let spawner = parts.task_manager.spawn_essential_handle();
        spawner.spawn_blocking("grandpa-voter", None, voter);
    }
    Ok(parts.task_manager)
}

/// New nodes may take the state at a final block instead of running every block since genesis.
fn warp_sync(parts: &Parts, link: &Link) -> WarpSyncConfig<Block> {
    WarpSyncConfig::WithProvider(Arc::new(NetworkProvider::new(
        parts.backend.clone(),
        link.shared_authority_set().clone(),
        Vec::new(),
    )))
}

/// Runs the runtime's offchain workers after each block.
fn spawn_offchain_workers(
    config: &Configuration,
    parts: &Parts,
    network: Arc<dyn NetworkService>,
) -> Result<(), ServiceError> {
    let workers = OffchainWorkers::new(OffchainWorkerOptions {
        runtime_api_provider: parts.client.clone(),
        is_validator: config.role.is_authority(),
        keystore: Some(parts.keystore.keystore()),
        offchain_db: parts.backend.offchain_storage(),
        transaction_pool: Some(OffchainTransactionPoolFactory::new(parts.pool.clone())),
        network_provider: Arc::new(network),
        // No pallet of this runtime asks the web for anything.
        enable_http_requests: false,
        custom_extensions: |_| Vec::new(),
    })?;
    parts.task_manager.spawn_handle().spawn(
        "offchain-workers-runner",
        "offchain-worker",
        workers.run(parts.client.clone(), parts.task_manager.spawn_handle()).boxed(),
    );
    Ok(())
}

/// Makes blocks in the slots that belong to the keys in the keystore.
fn spawn_author<S>(duties: &Duties, parts: &Parts, sync: S) -> Result<(), ServiceError>
where
    S: SyncOracle + JustificationSyncLink<Block> + Clone + Send + Sync + 'static,
{
    let slot_duration = sc_consensus_aura::slot_duration(&*parts.client)?;
    let proposer_factory = ProposerFactory::new(
        parts.task_manager.spawn_handle(),
        parts.client.clone(),
        parts.pool.clone(),
        duties.registry.as_ref(),
        parts.telemetry_handle(),
    );
    let author = sc_consensus_aura::start_aura::<AuraPair, _, _, _, _, _, _, _, _, _, _>(
        StartAuraParams {
            slot_duration,
            client: parts.client.clone(),
            select_chain: parts.select_chain.clone(),
            block_import: parts.block_import.clone(),
            proposer_factory,
            sync_oracle: sync.clone(),
            justification_sync_link: sync,
            create_inherent_data_providers: move |_, ()| async move { Ok(inherents(slot_duration)) },
            force_authoring: duties.force_authoring,
            // Blocks go on while finality lags, so that a chain whose voters return can heal.
            backoff_authoring_blocks: None::<()>,
            keystore: parts.keystore.keystore(),
            block_proposal_slot_portion: SlotProportion::new(PROPOSAL_SHARE),
            max_block_proposal_slot_portion: None,
            telemetry: parts.telemetry_handle(),
            compatibility_mode: Default::default(),
        },
    )?;
    let spawner = parts.task_manager.spawn_essential_handle();
    spawner.spawn_blocking("aura", Some("block-authoring"), author);
    Ok(())
}

/// The network protocol on which votes travel.
struct Votes {
    protocol_name: ProtocolName,
    service: Box<dyn NotificationService>,
}

impl Votes {
    /// Adds the protocol to what the network will offer.
    fn add_protocol<N: NetworkBackend<Block, H256>>(
        config: &Configuration,
        parts: &Parts,
        net_config: &mut FullNetworkConfiguration<Block, H256, N>,
        metrics: NotificationMetrics,
    ) -> Self {
        let genesis = parts.client.info().genesis_hash;
        let protocol_name =
            sc_consensus_grandpa::protocol_standard_name(&genesis, &config.chain_spec);
        let (protocol, service) = sc_consensus_grandpa::grandpa_peers_set_config::<_, N>(
            protocol_name.clone(),
            metrics,
            net_config.peer_store_handle(),
        );
        net_config.add_notification_protocol(protocol);
        Self { protocol_name, service }
    }
}

/// What the voter runs with. Nodes without keys follow the votes and learn what is final.
fn voter_params<S>(
    duties: &Duties,
    parts: &Parts,
    link: Link,
    network: Arc<dyn NetworkService>,
    sync: S,
    votes: Votes,
) -> GrandpaParams<
    Block,
    Client,
    Arc<dyn NetworkService>,
    S,
    Longest,
    impl VotingRule<Block, Client> + Clone,
> {
    GrandpaParams {
        config: sc_consensus_grandpa::Config {
            gossip_duration: GOSSIP,
            justification_generation_period: JUSTIFICATION_PERIOD,
            observer_enabled: false,
            local_role: duties.role,
            name: Some(duties.name.clone()),
            keystore: duties.role.is_authority().then(|| parts.keystore.keystore()),
            telemetry: parts.telemetry_handle(),
            protocol_name: votes.protocol_name,
        },
        link,
        network,
        sync,
        notification_service: votes.service,
        voting_rule: VotingRulesBuilder::default().build(),
        prometheus_registry: duties.registry.clone(),
        shared_voter_state: SharedVoterState::empty(),
        telemetry: parts.telemetry_handle(),
        offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(parts.pool.clone()),
    }
}
