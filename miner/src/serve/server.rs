//! Connections: how many there may be, how long their headers may take, and how they end.

use super::{routes, stall::Patient, Peer};
use crate::{limiter::address_key, App};
use alun_protocol::limits;
use axum::{extract::Request, Router};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::{
    collections::HashMap,
    net::SocketAddr,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tower::Service;

/// Connections that are open at once.
const CONNECTIONS: usize = 1_024;
/// Connections from one address that are open at once: more than its burst of requests.
const CONNECTIONS_PER_ADDRESS: usize = 256;
/// What an HTTP/2 connection begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How often it is looked whether more of the preface has come.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Room for headers: more than is accepted, so that a refusal can be sent.
const HEADER_ROOM: usize = 4 * limits::HEADERS_BYTES;
/// Requests at once on one HTTP/2 connection.
const STREAMS: u32 = 64;

/// Serves until `stop`; then takes no more connections, finishes what runs, and returns.
pub async fn serve(listener: TcpListener, app: Arc<App>, stop: CancellationToken) {
    let router = routes::router(app.clone());
    let open = Arc::new(Open::default());
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, mostly: some will be free again soon.
                tracing::warn!(%error, "a connection can't be accepted");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Some(place) = open.enter(peer) else {
            app.metrics.connections_refused.inc();
            continue;
        };
        let (router, stop) = (router.clone(), stop.clone());
        connections.spawn(async move {
            connection(stream, peer, router, stop).await;
            drop(place);
        });
    }
    drop(listener);
    app.stopping.cancel();
    let finish = async { while connections.join_next().await.is_some() {} };
    if timeout(limits::TOTAL_WITHIN, finish).await.is_err() {
        tracing::warn!("some connections did not end in time and are cut");
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, stop: CancellationToken) {
    // Answers are written whole; waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let begins = tokio::select! {
        () = stop.cancelled() => return,
        begins = timeout(limits::HEADERS_WITHIN, is_http2(&stream)) => begins,
    };
    let Ok(Ok(is_http2)) = begins else { return };
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        let mut router = router.clone();
        async move { router.call(request).await }
    });
    let io = TokioIo::new(Patient::new(stream, limits::TOTAL_WITHIN));
    // An error here is a client that broke off or sent no HTTP; it concerns nobody else.
    if is_http2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            // Saturation: the limit is a small constant.
            .max_header_list_size(u32::try_from(HEADER_ROOM).unwrap_or(u32::MAX))
            .keep_alive_interval(limits::BODY_WITHIN)
            .keep_alive_timeout(limits::HEADERS_WITHIN);
        let mut served = pin!(builder.serve_connection(io, service));
        tokio::select! {
            _ = served.as_mut() => return,
            () = stop.cancelled() => served.as_mut().graceful_shutdown(),
        }
        let _ = served.await;
    } else {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(limits::HEADERS_WITHIN)
            .max_buf_size(HEADER_ROOM);
        let mut served = pin!(builder.serve_connection(io, service));
        tokio::select! {
            _ = served.as_mut() => return,
            () = stop.cancelled() => served.as_mut().graceful_shutdown(),
        }
        let _ = served.await;
    }
}

/// Waits for the first bytes and tells whether they are HTTP/2's. They stay in the socket.
async fn is_http2(stream: &TcpStream) -> std::io::Result<bool> {
    let mut first = [0; PREFACE.len()];
    loop {
        let count = stream.peek(&mut first).await?;
        let came = first.get(..count).unwrap_or_default();
        if count == 0 || !PREFACE.starts_with(came) {
            return Ok(false);
        }
        if count == PREFACE.len() {
            return Ok(true);
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Counts open connections.
#[derive(Debug, Default)]
struct Open {
    by_address: Mutex<(usize, HashMap<u128, usize>)>,
}

/// An open connection's place; dropping it frees it.
struct Place {
    open: Arc<Open>,
    key: u128,
}

impl Open {
    fn enter(self: &Arc<Self>, peer: SocketAddr) -> Option<Place> {
        let key = address_key(peer.ip());
        let mut counts = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let (total, by_address) = &mut *counts;
        let own = by_address.get(&key).copied().unwrap_or(0);
        if *total >= CONNECTIONS || own >= CONNECTIONS_PER_ADDRESS {
            return None;
        }
        *total += 1;
        by_address.insert(key, own + 1);
        Some(Place { open: self.clone(), key })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.open.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let (total, by_address) = &mut *counts;
        *total = total.saturating_sub(1);
        match by_address.get_mut(&self.key) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(by_address.remove(&self.key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_should_be_counted_per_address_and_freed_when_they_end() {
        let open = Arc::new(Open::default());
        let peer = |last: u8| SocketAddr::from(([10, 0, 0, last], 1));
        let mut places: Vec<Place> =
            (0..CONNECTIONS_PER_ADDRESS).map(|_| open.enter(peer(1)).unwrap()).collect();
        assert!(open.enter(peer(1)).is_none());
        assert!(open.enter(peer(2)).is_some());
        places.pop();
        assert!(open.enter(peer(1)).is_some());
        places.clear();
        assert_eq!(*open.by_address.lock().unwrap(), (0, HashMap::new()));
    }
}
