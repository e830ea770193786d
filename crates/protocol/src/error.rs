//! Every way a request is refused, with its HTTP status and its JSON.
//!
//! ```json
//! {"error":{"code":"body_too_large","message":"the body has …","limit":262144}}
//! ```
//! `code` is stable and meant for programs, `message` for people, `limit` is there where a number
//! was exceeded, in the unit that the message names.

use crate::limits;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest piece of a request that is echoed in a message.
const ECHO: usize = 160;

/// A refused request. Never holds a signature or a body.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// A header of the signature is missing.
    #[error("the header {name} is missing; sign the request with btauth/1")]
    MissingHeader {
        /// The header.
        name: &'static str,
    },
    /// A header of the signature is there more than once.
    #[error("the header {name} is there more than once; send it once")]
    DuplicateHeader {
        /// The header.
        name: &'static str,
    },
    /// A header of the signature can't be read.
    #[error("the header {name} is malformed: {why}")]
    BadHeader {
        /// The header.
        name: &'static str,
        /// What is wrong and how it is written.
        why: String,
    },
    /// A signature scheme other than sr25519.
    #[error("the signature scheme {found:?} is not accepted; the accepted one is sr25519")]
    Scheme {
        /// The scheme named.
        found: String,
    },
    /// Method or target can't have been signed as one line.
    #[error("the request line is malformed: {why}")]
    BadRequestLine {
        /// What is wrong.
        why: String,
    },
    /// A parameter of the signed query is missing.
    #[error("the query parameter `{name}` is missing; the signed query is ?net=<first 16 hex digits of the genesis hash>&netuid=<subnet>&at=<hash of a recent finalized block>")]
    MissingQuery {
        /// The parameter.
        name: &'static str,
    },
    /// A parameter of the signed query can't be read.
    #[error("the query parameter `{name}` is malformed: {why}")]
    BadQuery {
        /// The parameter.
        name: &'static str,
        /// What is wrong and how it is written.
        why: String,
    },
    /// Signed for another chain.
    #[error("the request is for the chain {found}, this miner serves {served}")]
    OtherChain {
        /// First 16 hex digits of the genesis hash in the request.
        found: String,
        /// Those of the chain served.
        served: String,
    },
    /// Signed for a subnet that isn't served here.
    #[error("the request is for subnet {found}, this miner serves {served}")]
    OtherSubnet {
        /// The subnet in the request.
        found: u16,
        /// The subnets served, as text.
        served: String,
    },
    /// `at` is no recent finalized block.
    #[error("the block {at} named by `at` was not finalized here within the last {} s; sign with a newer finalized block", limits::AT_WITHIN.as_secs())]
    UnknownBlock {
        /// The block's hash.
        at: String,
    },
    /// The nonce is too old.
    #[error("the nonce is {age_ms} ms old, at most {} s are accepted; sign anew, and check the clock", limits::FRESH_FOR.as_secs())]
    Stale {
        /// Its age.
        age_ms: u64,
    },
    /// The nonce lies too far in the future.
    #[error("the nonce is {ahead_ms} ms in the future, at most {} s are accepted; check the clock", limits::FRESH_AHEAD.as_secs())]
    Early {
        /// How far.
        ahead_ms: u64,
    },
    /// The signature is not that of the sender over this request.
    #[error("the signature is not that of the sending hotkey over this method, target, body, nonce and receiver")]
    BadSignature,
    /// Signed for nobody.
    #[error("the request names no receiver; sign it for the hotkey it is sent to")]
    NoReceiver,
    /// Signed for somebody else.
    #[error("the request is signed for another hotkey than the ones served here: {served}")]
    OtherReceiver {
        /// The hotkeys served, as text.
        served: String,
    },
    /// The sender holds neither permit nor stake enough.
    #[error("{sender} may not use this miner: {why}")]
    NotAllowed {
        /// Address of the sender.
        sender: String,
        /// What is needed.
        why: String,
    },
    /// No such path.
    #[error("there is nothing at this path; see GET /v1/models for what is served")]
    NotFound,
    /// The path knows another method.
    #[error("this path takes {allowed} only")]
    Method {
        /// The method it takes.
        allowed: &'static str,
    },
    /// A part of the request came too slowly.
    #[error("the {what} did not arrive within {limit_s} s")]
    TooSlow {
        /// The part: headers or body.
        what: &'static str,
        /// The time it had.
        limit_s: u64,
    },
    /// This request was already accepted once.
    #[error("this nonce was already used by this hotkey; sign each request with a new one")]
    Replay,
    /// Signed when this process could not yet keep watch over replays.
    #[error(
        "the nonce is from before this miner could watch for replays; sign anew in {wait_ms} ms"
    )]
    BeforeStart {
        /// When a new request will be accepted.
        wait_ms: u64,
    },
    /// The body is too large.
    #[error("the body has more than {} bytes; send fewer or shorter texts", limits::BODY_BYTES)]
    BodyTooLarge,
    /// The headers are too large.
    #[error("the headers have more than {} bytes", limits::HEADERS_BYTES)]
    HeadersTooLarge,
    /// The body is not the JSON of this path.
    #[error("the body is not a request of this path: {why}")]
    BadBody {
        /// Place and reason.
        why: String,
    },
    /// Nothing to work on.
    #[error("{what} is empty; send at least one character")]
    Empty {
        /// What is empty.
        what: String,
    },
    /// Too many texts.
    #[error("{count} texts, at most {} are accepted; split the request", limits::TEXTS)]
    TooManyTexts {
        /// How many.
        count: u64,
    },
    /// Too many chat messages.
    #[error("{count} messages, at most {} are accepted", limits::CHAT_MESSAGES)]
    TooManyMessages {
        /// How many.
        count: u64,
    },
    /// A prompt or text that is too long.
    #[error("{what} has {tokens} tokens, at most {limit} are accepted; shorten it")]
    PromptTooLong {
        /// Which prompt or text.
        what: String,
        /// Its length.
        tokens: u64,
        /// The limit, which a model may set below [`limits::PROMPT_TOKENS`].
        limit: u64,
    },
    /// More new tokens asked for than allowed, or none.
    #[error("{tokens} new tokens asked for; ask for 1 to {}", limits::NEW_TOKENS)]
    NewTokens {
        /// How many.
        tokens: u64,
    },
    /// A number out of its bounds.
    #[error("`{field}` must be {form}")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// The right form.
        form: String,
    },
    /// An option that would change the answer and isn't offered.
    #[error("`{field}` is not offered here: {why}")]
    Unsupported {
        /// The field.
        field: &'static str,
        /// What to do instead.
        why: String,
    },
    /// A model that isn't served here.
    #[error("the model {found:?} is not served here; the model served is {served:?}")]
    OtherModel {
        /// The model named.
        found: String,
        /// The model served.
        served: String,
    },
    /// Too many requests from one address.
    #[error(
        "more than {} requests per second (burst {}) from this address; slow down",
        limits::REQUESTS_PER_SECOND_PER_IP,
        limits::BURST_PER_IP
    )]
    AddressQuota,
    /// Too many requests signed by one hotkey.
    #[error(
        "more than {} requests per second signed by this hotkey; slow down",
        limits::REQUESTS_PER_SECOND_PER_HOTKEY
    )]
    HotkeyQuota,
    /// The admission queue is full.
    #[error(
        "the miner is busy: {} requests run and {} wait; try again later",
        limits::RUNNING,
        limits::QUEUED
    )]
    QueueFull,
    /// Load lasts, and this request could not be answered in time.
    #[error(
        "more is asked than the model can do: this would take more than {} times as long as it takes alone; try again later",
        limits::SLOWER_AT_MOST
    )]
    Overloaded,
    /// The replay window is full.
    #[error("more than {limit} requests within the freshness window; try again later")]
    WindowFull {
        /// Requests that the window holds.
        limit: u64,
    },
    /// No answer in time.
    #[error("no answer within {} s; try again later or ask for less", limits::TOTAL_WITHIN.as_secs())]
    TimedOut,
    /// The miner is stopping or its chain view is not ready.
    #[error("the miner can't serve now: {why}; try again later")]
    Unavailable {
        /// Why.
        why: String,
    },
    /// The miner failed; the cause is in its own log.
    #[error("the miner failed to compute the answer; its operator finds the cause in the log")]
    Failed,
}

impl Refusal {
    /// HTTP status.
    pub fn status(&self) -> u16 {
        use Refusal::*;
        match self {
            MissingHeader { .. }
            | DuplicateHeader { .. }
            | BadHeader { .. }
            | Scheme { .. }
            | BadRequestLine { .. }
            | MissingQuery { .. }
            | BadQuery { .. }
            | OtherChain { .. }
            | OtherSubnet { .. }
            | UnknownBlock { .. } => 400,
            Stale { .. } | Early { .. } | BadSignature => 401,
            NoReceiver | OtherReceiver { .. } | NotAllowed { .. } => 403,
            NotFound => 404,
            Method { .. } => 405,
            TooSlow { .. } => 408,
            Replay | BeforeStart { .. } => 409,
            BodyTooLarge | HeadersTooLarge => 413,
            BadBody { .. }
            | Empty { .. }
            | TooManyTexts { .. }
            | TooManyMessages { .. }
            | PromptTooLong { .. }
            | NewTokens { .. }
            | OutOfRange { .. }
            | Unsupported { .. }
            | OtherModel { .. } => 422,
            AddressQuota | HotkeyQuota => 429,
            Failed => 500,
            QueueFull | Overloaded | WindowFull { .. } | TimedOut | Unavailable { .. } => 503,
        }
    }

    /// The stable name for programs.
    pub fn code(&self) -> &'static str {
        use Refusal::*;
        match self {
            MissingHeader { .. } => "missing_header",
            DuplicateHeader { .. } => "duplicate_header",
            BadHeader { .. } => "bad_header",
            Scheme { .. } => "unsupported_scheme",
            BadRequestLine { .. } => "bad_request_line",
            MissingQuery { .. } => "missing_query",
            BadQuery { .. } => "bad_query",
            OtherChain { .. } => "other_chain",
            OtherSubnet { .. } => "other_subnet",
            UnknownBlock { .. } => "unknown_block",
            Stale { .. } => "stale",
            Early { .. } => "early",
            BadSignature => "bad_signature",
            NoReceiver => "no_receiver",
            OtherReceiver { .. } => "other_receiver",
            NotAllowed { .. } => "not_allowed",
            NotFound => "not_found",
            Method { .. } => "method",
            TooSlow { .. } => "too_slow",
            Replay => "replay",
            BeforeStart { .. } => "before_start",
            BodyTooLarge => "body_too_large",
            HeadersTooLarge => "headers_too_large",
            BadBody { .. } => "bad_body",
            Empty { .. } => "empty",
            TooManyTexts { .. } => "too_many_texts",
            TooManyMessages { .. } => "too_many_messages",
            PromptTooLong { .. } => "prompt_too_long",
            NewTokens { .. } => "new_tokens",
            OutOfRange { .. } => "out_of_range",
            Unsupported { .. } => "unsupported",
            OtherModel { .. } => "other_model",
            AddressQuota => "address_quota",
            HotkeyQuota => "hotkey_quota",
            QueueFull => "queue_full",
            Overloaded => "overloaded",
            WindowFull { .. } => "window_full",
            TimedOut => "timed_out",
            Unavailable { .. } => "unavailable",
            Failed => "failed",
        }
    }

    /// The number that was exceeded, in the unit of the message.
    pub fn limit(&self) -> Option<u64> {
        use Refusal::*;
        match self {
            UnknownBlock { .. } => Some(limits::AT_WITHIN.as_secs()),
            Stale { .. } => Some(limits::FRESH_FOR.as_secs()),
            Early { .. } => Some(limits::FRESH_AHEAD.as_secs()),
            TooSlow { limit_s, .. } => Some(*limit_s),
            BodyTooLarge => Some(limits::BODY_BYTES),
            HeadersTooLarge => Some(limits::HEADERS_BYTES as u64),
            TooManyTexts { .. } => Some(limits::TEXTS),
            TooManyMessages { .. } => Some(limits::CHAT_MESSAGES),
            PromptTooLong { limit, .. } | WindowFull { limit } => Some(*limit),
            NewTokens { .. } => Some(limits::NEW_TOKENS),
            AddressQuota => Some(limits::REQUESTS_PER_SECOND_PER_IP.into()),
            HotkeyQuota => Some(limits::REQUESTS_PER_SECOND_PER_HOTKEY.into()),
            QueueFull => Some(limits::QUEUED as u64),
            Overloaded => Some(limits::SLOWER_AT_MOST.into()),
            TimedOut => Some(limits::TOTAL_WITHIN.as_secs()),
            _ => None,
        }
    }

    /// Seconds after which the same client may try again (`Retry-After`), where waiting helps.
    pub fn retry_after(&self) -> Option<u64> {
        use Refusal::*;
        match self {
            BeforeStart { wait_ms } => Some(wait_ms.div_ceil(1_000).max(1)),
            AddressQuota | HotkeyQuota | QueueFull | Overloaded | TimedOut | Unavailable { .. } => {
                Some(1)
            }
            WindowFull { .. } => Some(limits::FRESH_FOR.as_secs()),
            _ => None,
        }
    }

    /// The JSON body.
    pub fn body(&self) -> ErrorBody {
        ErrorBody {
            error: ErrorDetail {
                code: self.code().to_owned(),
                message: self.to_string(),
                limit: self.limit(),
            },
        }
    }
}

/// The JSON of a refusal, as sent and as read by a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The one field.
    pub error: ErrorDetail,
}

/// What a refusal says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// Stable name ([`Refusal::code`]).
    pub code: String,
    /// Sentence for people.
    pub message: String,
    /// The number that was exceeded, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// A piece of a request as a message may echo it: short and printable.
pub(crate) fn echo(text: &str) -> String {
    let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut short: String = text.chars().take(ECHO).map(printable).collect();
    if text.chars().nth(ECHO).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_should_name_code_message_and_limit_in_its_json() {
        let json = serde_json::to_value(Refusal::TooManyTexts { count: 65 }.body()).unwrap();
        assert_eq!(json["error"]["code"], "too_many_texts");
        assert_eq!(json["error"]["limit"], 64);
        assert!(json["error"]["message"].as_str().unwrap().contains("65 texts, at most 64"));
        let json = serde_json::to_value(Refusal::BadSignature.body()).unwrap();
        assert!(json["error"].get("limit").is_none());
    }

    #[test]
    fn refusal_should_have_the_documented_status() {
        for (refusal, status) in [
            (Refusal::MissingHeader { name: "x" }, 400),
            (Refusal::OtherChain { found: "a".into(), served: "b".into() }, 400),
            (Refusal::BadSignature, 401),
            (Refusal::Stale { age_ms: 10_001 }, 401),
            (Refusal::NoReceiver, 403),
            (Refusal::NotAllowed { sender: "a".into(), why: "b".into() }, 403),
            (Refusal::Replay, 409),
            (Refusal::BodyTooLarge, 413),
            (Refusal::BadBody { why: "x".into() }, 422),
            (Refusal::HotkeyQuota, 429),
            (Refusal::QueueFull, 503),
            (Refusal::Overloaded, 503),
        ] {
            assert_eq!(refusal.status(), status, "{refusal}");
        }
    }

    #[test]
    fn echo_should_be_short_and_printable() {
        assert_eq!(echo("a\nb"), "a\u{fffd}b");
        assert_eq!(echo(&"x".repeat(1_000)).chars().count(), ECHO + 1);
    }
}
