//! The index over HTTP: `/v1/status`, `/v1/history/{role}/{account}`, `/openapi.json`.

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
use serde::Deserialize;
use serde_json::{json, Value};
use std::sync::Arc;

/// Entries of a page, where no limit is named.
const PAGE: usize = 1_000;

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
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/history/{role}/{account}", get(history))
        .route("/openapi.json", get(|| async { Json(openapi()) }))
        .with_state(store)
}

/// Serves the routes until the process ends.
pub async fn serve(listener: tokio::net::TcpListener, router: Router) {
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "serving HTTP");
    }
}

impl IntoResponse for IndexError {
    fn into_response(self) -> Response {
        let code = match self {
            Self::BadQuestion(_) => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (code, Json(json!({ "error": self.to_string() }))).into_response()
    }
}

fn bad(text: impl ToString) -> IndexError {
    IndexError::BadQuestion(text.to_string())
}

async fn status(State(store): State<Arc<Store>>) -> Result<Json<Value>, IndexError> {
    Ok(Json(json!({ "block": store.last()?.map(|(number, _)| number) })))
}

async fn history(
    State(store): State<Arc<Store>>,
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
    let asked = tokio::task::spawn_blocking(move || ask(&store, &question)).await;
    let found = asked.map_err(IndexError::database)??;
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
                    number("limit", u64::try_from(MOST).unwrap_or(0), "Entries of a page"),
                ],
                "responses": {
                    "200": answer("One page", "History"),
                    "400": answer("What is wrong with the question", "Error"),
                    "500": answer("What failed", "Error"),
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
}
