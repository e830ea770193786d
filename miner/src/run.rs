//! From settings to a miner that serves, and back down.

use crate::{
    chain::{announce, eviction, register, sync},
    clock, model,
    serve::server,
    App, ChainView, MinerError, Model, Parts, Served, Settings, Strategy,
};
use alun_client::{views::Metagraph, AccountId, Chain, Connect, Endpoint, TaskDescriptor};
use alun_inference::Rounding;
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    net::TcpListener,
    signal::unix::{signal, SignalKind},
    task::{spawn_blocking, JoinSet},
};
use tokio_util::sync::CancellationToken;

/// Runs the miner until it is told to stop (SIGTERM or SIGINT).
pub fn run(settings: &Settings) -> Result<(), MinerError> {
    alun_inference::set_threads(settings.threads)?;
    let served = Served::load(settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| MinerError::Setup(error.to_string()))?;
    let result = runtime.block_on(work(settings, served));
    // A model that is still computing has nobody to answer.
    runtime.shutdown_background();
    result
}

/// Serves from when everything is ready until the signal.
async fn work(settings: &Settings, served: Vec<Served>) -> Result<(), MinerError> {
    let stop = stop_on_signal()?;
    let (listener, address) = listen(settings).await?;
    let prepared = tokio::select! {
        prepared = prepare(settings, served, address) => prepared?,
        () = stop.cancelled() => return Ok(()),
    };
    let Prepared { chain, app, task, endpoint, pace } = prepared;
    let mut background = JoinSet::new();
    background.spawn(sync::follow_finalized(chain.clone(), app.view.clone()));
    background.spawn(sync::follow_subnet(chain.clone(), app.view.clone(), task));
    background.spawn(eviction::watch(app.clone()));
    tell(&app, address, &endpoint);
    for index in 0..app.served.len() {
        let (chain, app) = (chain.clone(), app.clone());
        background.spawn(announce::keep_announced(chain, app, index, endpoint, pace));
    }
    server::serve(listener, app, stop).await;
    background.shutdown().await;
    tracing::info!("stopped");
    Ok(())
}

/// What serving needs.
struct Prepared {
    chain: Chain,
    app: Arc<App>,
    task: TaskDescriptor,
    endpoint: Endpoint,
    pace: announce::Pace,
}

/// Looks at the chain, then loads the model, and pays for registrations last: whatever can fail
/// for free fails before.
async fn prepare(
    settings: &Settings,
    served: Vec<Served>,
    listen: SocketAddr,
) -> Result<Prepared, MinerError> {
    // The port is taken: no earlier process accepts requests any more.
    let started_ns = clock::now_ns();
    let (chain, view, subnet) = look(settings).await?;
    if !settings.register {
        register::check_registered(&view, &served)?;
    }
    let task = subnet.subnet.task;
    let model = load(settings, task.clone(), Rounding::None).await?;
    let substitute = match served.iter().any(|one| one.strategy == Strategy::Substitute) {
        true => Some(load(settings, task.clone(), Rounding::Q4).await?),
        false => None,
    };
    let commitment = model.commitment();
    let endpoint =
        announce::endpoint(settings.announce_ip, settings.announce_port, listen, commitment)
            .ok_or(MinerError::NoAddress { listen })?;
    if settings.register {
        register::register_missing(&chain, &view, &served, settings.max_price.0).await?;
    }
    let pace = announce::Pace {
        limit: subnet.subnet.hyperparameters.endpoint_rate_limit_ms,
        slot: u64::try_from(chain.slot().await?.as_millis()).unwrap_or(u64::MAX),
    };
    let app = App::new(Parts {
        view,
        served,
        model,
        substitute,
        min_stake: settings.min_stake.map(|tokens| tokens.0),
        target: model::target(&task),
        started_ns,
    })?;
    Ok(Prepared { chain, app: Arc::new(app), task, endpoint, pace })
}

async fn listen(settings: &Settings) -> Result<(TcpListener, SocketAddr), MinerError> {
    let listen = settings.listen;
    // Checked before anything is loaded or paid for.
    if settings.announce_ip.is_none() && listen.ip().is_unspecified() {
        return Err(MinerError::NoAddress { listen });
    }
    let failed = |source| MinerError::Listen { listen, source };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

type Looked = (Chain, Arc<ChainView>, Metagraph<AccountId>);

/// Connects and reads the subnet.
async fn look(settings: &Settings) -> Result<Looked, MinerError> {
    let genesis = settings.genesis.map(|genesis| genesis.0);
    let how = Connect::new(&settings.url).expecting(genesis);
    let chain = Chain::connect_with(how).await?;
    let netuid = settings.netuid();
    let view = ChainView::new(chain.genesis(), netuid, chain.slot().await?);
    let metagraph = sync::metagraph(&chain.best().await?, &view).await?;
    let metagraph = metagraph.ok_or(MinerError::UnknownSubnet { netuid })?;
    Ok((chain, Arc::new(view), metagraph))
}

async fn load(
    settings: &Settings,
    task: TaskDescriptor,
    rounding: Rounding,
) -> Result<Model, MinerError> {
    let settings = settings.clone();
    let loading =
        spawn_blocking(move || Model::of_task(settings.netuid(), &task, &settings, rounding));
    loading.await.unwrap_or_else(|error| Err(MinerError::Setup(error.to_string())))
}

fn tell(app: &App, address: SocketAddr, endpoint: &Endpoint) {
    let info = app.model.info();
    tracing::info!(
        %address,
        netuid = %app.view.netuid(),
        model = info.name,
        commitment = hex::encode(info.commitment()),
        hotkeys = app.addresses.join(", "),
        announced = %SocketAddr::new(endpoint.ip.into(), endpoint.port),
        "serving"
    );
    for one in app.served.iter().filter(|one| !one.strategy.is_honest()) {
        let hotkey = one.hotkey.ss58();
        tracing::warn!(hotkey, strategy = ?one.strategy, "this hotkey cheats, as it was told to");
    }
}

/// Cancelled by the first SIGTERM or SIGINT.
fn stop_on_signal() -> Result<CancellationToken, MinerError> {
    let stop = CancellationToken::new();
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let mut signals = signal(kind).map_err(|error| MinerError::Setup(error.to_string()))?;
        let stop = stop.clone();
        tokio::spawn(async move {
            signals.recv().await;
            tracing::info!("stopping: running requests are finished");
            stop.cancel();
        });
    }
    Ok(stop)
}
