//! The index over HTTP: `/v1/status`, `/v1/history/{role}/{account}`, `/openapi.json`. Connections,
//! questions at once, and what each may cost are bounded.

use crate::{
    query::{ask, Question, Role, MOST},
    IndexError, Store,
};
use axum::{
    extract::{
        rejection::{PathRejection, QueryRejection},
        Path, Query, State,
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
    Json, Router,
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use serde::Deserialize;
use serde_json::{json, Value};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    net::TcpListener,
    sync::Semaphore,
    time::{sleep, timeout},
};

/// Entries of a page, where no limit is named.
const PAGE: usize = 1_000;
/// Questions that are answered at once; one more is told to come again.
const RUNNING: usize = 8;
/// How long an answer may take.
pub const WITHIN: Duration = Duration::from_secs(10);
/// Connections at once; one more waits.
const CONNECTIONS: usize = 256;
/// How long a connection's headers may take, and how long it may be open.
const HEADERS_WITHIN: Duration = Duration::from_secs(5);
const OPEN_WITHIN: Duration = Duration::from_secs(60);

#[derive(Clone)]
struct Shared {
    store: Arc<Store>,
    running: Arc<Semaphore>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    netuid: Option<u16>,
    from: Option<u32>,
    to: Option<u32>,
    limit: Option<usize>,
}

/// The routes.
pub fn router(store: Arc<Store>) -> Router {
    routes(Shared { store, running: Arc::new(Semaphore::new(RUNNING)) })
}

fn routes(shared: Shared) -> Router {
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/history/{role}/{account}", get(history))
        .route("/openapi.json", get(|| async { Json(openapi()) }))
        .with_state(shared)
}

/// Serves the routes until the process ends.
pub async fn serve(listener: TcpListener, router: Router) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    // It is never closed.
    while let Ok(place) = room.clone().acquire_owned().await {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, mostly: some will be free again soon.
                tracing::warn!(%error, "a connection can't be accepted");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
            let served = builder.serve_connection(TokioIo::new(stream), service);
            // An error is a client that broke off or sent no HTTP; it concerns nobody else.
            let _ = timeout(OPEN_WITHIN, served).await;
            drop(place);
        });
    }
}

impl IntoResponse for IndexError {
    fn into_response(self) -> Response {
        let code = match self {
            Self::BadQuestion(_) | Self::TooMuch { .. } => StatusCode::BAD_REQUEST,
            Self::Busy(_) | Self::TooLong => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (code, Json(json!({ "error": self.to_string() }))).into_response()
    }
}

fn bad(text: impl ToString) -> IndexError {
    IndexError::BadQuestion(text.to_string())
}

async fn status(State(shared): State<Shared>) -> Result<Json<Value>, IndexError> {
    Ok(Json(json!({ "block": shared.store.last()?.map(|(number, _)| number) })))
}

async fn history(
    State(shared): State<Shared>,
    path: Result<Path<(String, String)>, PathRejection>,
    range: Result<Query<Range>, QueryRejection>,
) -> Result<Response, IndexError> {
    let Path((role, account)) = path.map_err(|error| bad(error.body_text()))?;
    let Query(range) = range.map_err(|error| bad(error.body_text()))?;
    let role = match role.as_str() {
        "coldkey" => Role::Coldkey,
        "hotkey" => Role::Hotkey,
        other => return Err(bad(format!("`{other}` is neither coldkey nor hotkey"))),
    };
    let account = account.parse().map_err(|_| bad(format!("`{account}` is no ss58 address")))?;
    let Range { netuid, from, to, limit } = range;
    let limit = limit.unwrap_or(PAGE);
    let question = Question { account, role, netuid, from: from.unwrap_or(0), to, limit };
    let place =
        shared.running.clone().try_acquire_owned().map_err(|_| IndexError::Busy(RUNNING))?;
    let asked = tokio::task::spawn_blocking(move || {
        let found = ask(&shared.store, &question, Some(Instant::now() + WITHIN));
        // Held here, so that a client that breaks off frees no place while its question still runs.
        drop(place);
        found
    });
    let found = asked.await.map_err(IndexError::database)??;
    Ok(Json(found).into_response())
}

/// The OpenAPI 3.1 description.
pub fn openapi() -> Value {
    let number = |name: &str, most: u64, text: &str| {
        json!({ "name": name, "in": "query", "required": false, "description": text,
                "schema": { "type": "integer", "minimum": 0, "maximum": most } })
    };
    let text = |name: &str, values: Option<[&str; 2]>| {
        let mut schema = json!({ "type": "string" });
        if let (Some(values), Some(schema)) = (values, schema.as_object_mut()) {
            schema.insert("enum".into(), json!(values));
        }
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    };
    let answer = |name: &str, schema: &str| {
        let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
        json!({ "description": name, "content": { "application/json": { "schema": schema } } })
    };
    let blocks = u64::from(u32::MAX);
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Alun indexer", "version": env!("CARGO_PKG_VERSION") },
        "paths": {
            "/v1/status": { "get": { "summary": "The last block that is indexed",
                "responses": { "200": answer("Status", "Status") } } },
            "/v1/history/{role}/{account}": { "get": {
                "summary": "Opening, everything that happened, closing: to the unit",
                "parameters": [
                    text("role", Some(["coldkey", "hotkey"])), text("account", None),
                    number("netuid", 65_535, "Positions of this netuid only"),
                    number("from", blocks, "The opening is after this block; 0 by default"),
                    number("to", blocks, "The closing is after this block; the last by default"),
                    json!({ "name": "limit", "in": "query", "required": false,
                            "description": "Most entries of a page, unless one block has more",
                            "schema": { "type": "integer", "minimum": 1, "maximum": MOST,
                                        "default": PAGE } }),
                ],
                "responses": {
                    "200": answer("One page", "History"),
                    "400": answer("What is wrong with the question, or how many rows it may read", "Error"),
                    "500": answer("What failed", "Error"),
                    "503": answer("Too many questions at once, or it took too long: ask again", "Error"),
                } } },
        },
        "components": { "schemas": schemas() },
    })
}

fn schemas() -> Value {
    let object = |fields: Value, required: &[&str]| {
        json!({ "type": "object", "additionalProperties": false, "properties": fields,
                "required": required })
    };
    let (whole, text) = (json!({ "type": "integer" }), json!({ "type": "string" }));
    let maybe = |kind: &str| json!({ "type": [kind, "null"] });
    let list = |of: &str| json!({ "type": "array", "items": { "$ref": format!("#/components/schemas/{of}") } });
    json!({
        "Status": object(json!({ "block": maybe("integer") }), &["block"]),
        "Error": object(json!({ "error": text }), &["error"]),
        "Entry": object(
            json!({ "block": whole, "kind": text, "amount": whole, "with": text }),
            &["block", "kind", "amount"],
        ),
        "Statement": object(
            json!({ "account": text, "hotkey": maybe("string"), "netuid": maybe("integer"),
                    "token": text, "opening": whole, "entries": list("Entry"), "closing": whole }),
            &["account", "hotkey", "netuid", "token", "opening", "entries", "closing"],
        ),
        "History": object(
            json!({ "from": whole, "to": whole, "next": maybe("integer"),
                    "statements": list("Statement") }),
            &["from", "to", "next", "statements"],
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Entry, History, Statement};

    /// A value against a schema of the description: types, required fields, no others.
    fn check(value: &Value, schema: &Value, all: &Value) {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap();
            return check(value, &all["components"]["schemas"][name], all);
        }
        let kind = match value {
            Value::Null => "null",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
            _ => "integer",
        };
        let types = &schema["type"];
        let fits = types == kind || types.as_array().is_some_and(|t| t.contains(&json!(kind)));
        assert!(fits, "{value} is not {schema}");
        for item in value.as_array().into_iter().flatten() {
            check(item, &schema["items"], all);
        }
        if let Some(fields) = value.as_object() {
            for name in schema["required"].as_array().unwrap() {
                assert!(fields.contains_key(name.as_str().unwrap()), "{name} is missing");
            }
            for (name, field) in fields {
                assert!(!schema["properties"][name].is_null(), "{name} is not described");
                check(field, &schema["properties"][name], all);
            }
        }
    }

    #[test]
    fn openapi_should_describe_what_is_answered() {
        let entry = |with| Entry { block: 1, kind: "fee".into(), amount: -1, with };
        let statement = |hotkey: Option<String>, netuid| Statement {
            account: "5F".into(),
            hotkey,
            netuid,
            token: "ALUN".into(),
            opening: 2,
            entries: vec![entry(None), entry(Some("5G".into()))],
            closing: 0,
        };
        let statements = vec![statement(None, None), statement(Some("5H".into()), Some(1))];
        let all = openapi();
        for next in [None, Some(3)] {
            let history = History { from: 0, to: 3, next, statements: statements.clone() };
            let schema = json!({ "$ref": "#/components/schemas/History" });
            check(&serde_json::to_value(&history).unwrap(), &schema, &all);
        }
    }

    async fn get(router: &Router, path: &str) -> (StatusCode, Value) {
        let request = axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap();
        let answer = tower::ServiceExt::oneshot(router.clone(), request).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 100_000).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn history_should_be_refused_at_once_when_too_many_ask() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join("db")).unwrap());
        store.batch().unwrap().commit(7, [0; 32]).unwrap();
        let running = Arc::new(Semaphore::new(RUNNING));
        let router = routes(Shared { store, running: running.clone() });
        let path = "/v1/history/coldkey/5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
        let places = running.acquire_many(u32::try_from(RUNNING).unwrap()).await.unwrap();
        let (status, told) = get(&router, path).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{told}");
        assert!(told["error"].as_str().unwrap().starts_with("8 questions"), "{told}");
        drop(places);
        let (status, told) = get(&router, path).await;
        assert_eq!((status, &told["to"]), (StatusCode::OK, &json!(7)), "{told}");
        let (status, told) = get(&router, &format!("{path}?limit=5001")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(told["error"].as_str().unwrap().contains("1 to 5000"), "{told}");
    }

    #[tokio::test]
    async fn serve_should_end_a_connection_that_sends_no_headers() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join("db")).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, router(store)));
        let mut slow = tokio::net::TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET /v1/status HTTP/1.1\r\nHost").await.unwrap();
        let mut rest = Vec::new();
        let ended = timeout(HEADERS_WITHIN * 3, slow.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "still open");
    }
}
