//! Server-sent events: how an answer is streamed and receipted.
//!
//! Events are `data: <JSON>` and an empty line. After the last of them comes `data: [DONE]`, where
//! ordinary clients stop reading, and then, as the stream's last event, the receipt:
//!
//! ```text
//! event: alun-receipt
//! data: <hex>
//! ```
//! The receipt's answer hash covers every byte in front of it, `[DONE]` included.

use crate::{
    error::Refusal,
    receipt::{ReceiptError, SignedReceipt},
};
use serde::Serialize;

/// The event after the last chunk.
pub const DONE: &str = "data: [DONE]\n\n";
/// How the receipt's event begins.
const RECEIPT: &str = "event: alun-receipt\ndata: ";
/// How each event ends.
const END: &str = "\n\n";
/// How an event with data begins.
const DATA: &str = "data: ";

/// One event with `chunk` as its JSON.
pub fn event(chunk: &impl Serialize) -> Result<String, serde_json::Error> {
    // JSON without pretty-printing has no line break.
    Ok(format!("{DATA}{}{END}", serde_json::to_string(chunk)?))
}

/// The event that ends a stream which fails on its way. No receipt follows.
pub fn error_event(refusal: &Refusal) -> String {
    event(&refusal.body()).unwrap_or_else(|_| DONE.to_owned())
}

/// The last event.
pub fn receipt_event(receipt: &SignedReceipt) -> String {
    format!("{RECEIPT}{}{END}", receipt.to_header())
}

/// Splits a whole stream into the answer's bytes and the receipt.
pub fn split(stream: &[u8]) -> Result<(&[u8], SignedReceipt), ReceiptError> {
    let length = receipt_length();
    let cut = stream.len().checked_sub(length).ok_or(ReceiptError::Missing)?;
    let (answer, last) = stream.split_at(cut);
    let last = std::str::from_utf8(last).map_err(|_| ReceiptError::Missing)?;
    let text = last.strip_prefix(RECEIPT).ok_or(ReceiptError::Missing)?;
    let text = text.strip_suffix(END).ok_or(ReceiptError::Malformed)?;
    Ok((answer, SignedReceipt::from_header(text)?))
}

/// The JSON of each event of an answer, without `[DONE]`. Nothing that isn't UTF-8 is given.
pub fn chunks(answer: &[u8]) -> impl Iterator<Item = &str> {
    let text = std::str::from_utf8(answer).unwrap_or_default();
    text.split(END).filter_map(|event| event.strip_prefix(DATA)).filter(|data| *data != "[DONE]")
}

fn receipt_length() -> usize {
    RECEIPT.len() + SignedReceipt::LENGTH * 2 + END.len()
}
