//! Every limit of the wire, in one place. A refusal names the limit it enforced.

use std::time::Duration;

/// Requests per second from one IP address, in the long run.
pub const REQUESTS_PER_SECOND_PER_IP: u32 = 50;
/// Requests from one IP address that may arrive at once.
pub const BURST_PER_IP: u32 = 100;
/// Requests per second signed by one hotkey.
pub const REQUESTS_PER_SECOND_PER_HOTKEY: u32 = 10;

/// Oldest age of a request's nonce.
pub const FRESH_FOR: Duration = Duration::from_secs(10);
/// How far a request's nonce may lie in the future: clocks differ.
pub const FRESH_AHEAD: Duration = Duration::from_secs(2);
/// The block a request names (`at`) was finalized within this time.
pub const AT_WITHIN: Duration = Duration::from_secs(600);
/// Requests remembered against replay. At [`BURST_PER_IP`] and [`REQUESTS_PER_SECOND_PER_IP`] one
/// address fills about one part in ninety of it.
pub const REPLAY_ENTRIES: usize = 65_536;

/// Bytes of one header of the signature.
pub const HEADER_VALUE_BYTES: usize = 256;
/// Bytes of all headers and the request line together.
pub const HEADERS_BYTES: usize = 16 * 1024;
/// Bytes of a request's body.
pub const BODY_BYTES: u64 = 256 * 1024;
/// Bytes of an answer that a validator reads before it gives up.
pub const ANSWER_BYTES: u64 = 4 * 1024 * 1024;

/// Time for a request's headers to arrive.
pub const HEADERS_WITHIN: Duration = Duration::from_secs(5);
/// Time for a request's body to arrive.
pub const BODY_WITHIN: Duration = Duration::from_secs(10);
/// Time from a request's first byte to its answer's last.
pub const TOTAL_WITHIN: Duration = Duration::from_secs(30);

/// Texts in one embedding request.
pub const TEXTS: u64 = 64;
/// Messages in one chat request.
pub const CHAT_MESSAGES: u64 = 64;
/// Tokens of a prompt, or of one text.
pub const PROMPT_TOKENS: u64 = 2_048;
/// Tokens generated in one answer; also what a request without a number of its own gets.
pub const NEW_TOKENS: u64 = 256;
/// Highest temperature.
pub const TEMPERATURE: f32 = 2.0;

/// Requests worked on at once.
pub const RUNNING: usize = 32;
/// Requests that wait to be worked on.
pub const QUEUED: usize = 64;
/// How long requests may come faster than they are answered before that is load which lasts, and how long a
/// burst may take to be worked off.
pub const BURST_WITHIN: Duration = Duration::from_secs(10);
/// Under load that lasts: how many times as long as alone an admitted request may take.
pub const SLOWER_AT_MOST: u32 = 2;

/// One limit as a reader of the docs sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is limited.
    pub what: &'static str,
    /// How much is allowed.
    pub value: u64,
    /// Unit of `value`.
    pub unit: &'static str,
    /// HTTP status of what goes beyond it.
    pub status: u16,
}

const fn limit(what: &'static str, value: u64, unit: &'static str, status: u16) -> Limit {
    Limit { what, value, unit, status }
}

/// The whole table, in the order in which a request meets the limits.
pub const TABLE: &[Limit] = &[
    limit("requests per IP address", REQUESTS_PER_SECOND_PER_IP as u64, "per second", 429),
    limit("burst per IP address", BURST_PER_IP as u64, "requests", 429),
    limit("arrival of the headers", HEADERS_WITHIN.as_secs(), "seconds", 408),
    limit("headers", HEADERS_BYTES as u64, "bytes", 413),
    limit("one header of the signature", HEADER_VALUE_BYTES as u64, "bytes", 400),
    limit("age of the nonce", FRESH_FOR.as_secs(), "seconds", 401),
    limit("nonce in the future", FRESH_AHEAD.as_secs(), "seconds", 401),
    limit("age of the block named by `at`", AT_WITHIN.as_secs(), "seconds", 400),
    limit("body", BODY_BYTES, "bytes", 413),
    limit("arrival of the body", BODY_WITHIN.as_secs(), "seconds", 408),
    limit("requests remembered against replay", REPLAY_ENTRIES as u64, "requests", 503),
    limit("requests per hotkey", REQUESTS_PER_SECOND_PER_HOTKEY as u64, "per second", 429),
    limit("running", RUNNING as u64, "requests", 503),
    limit("queued", QUEUED as u64, "requests", 503),
    limit("a burst", BURST_WITHIN.as_secs(), "seconds", 503),
    limit(
        "an answer, under load that lasts longer",
        SLOWER_AT_MOST as u64,
        "times its usual time",
        503,
    ),
    limit("texts", TEXTS, "texts", 422),
    limit("chat messages", CHAT_MESSAGES, "messages", 422),
    limit("prompt", PROMPT_TOKENS, "tokens", 422),
    limit("new tokens", NEW_TOKENS, "tokens", 422),
    limit("whole request", TOTAL_WITHIN.as_secs(), "seconds", 503),
];
