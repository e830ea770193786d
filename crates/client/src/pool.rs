//! What the pool says when it does not take a transaction.

use crate::{convert::Asked, ClientError, Refusal, SubmitError};
use subxt::{
    error::{BackendError, ExtrinsicError, RpcError},
    rpcs::{Error as Rpc, UserError},
    transactions::{TransactionInvalid, TransactionUnknown, ValidationResult},
};

/// Codes of the JSON-RPC method `author_submitAndWatchExtrinsic`.
const INVALID: i32 = 1010;
const UNKNOWN_VALIDITY: i32 = 1011;
const BANNED: i32 = 1012;
const ALREADY_IMPORTED: i32 = 1013;
const TOO_LOW_PRIORITY: i32 = 1014;
const POOL_FULL: i32 = 1016;
const FUTURE: i32 = 1021;

/// Why a transaction did not get into the pool, and thereby what to do.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// The pool has it already.
    AlreadyThere,
    /// Its nonce is used, or is not the next one: sign again.
    BadNonce,
    /// Try the same again later.
    Busy(ClientError),
    /// It would be refused again.
    Refused(Refused),
}

/// A verdict on a call as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// One of our own reasons.
    Ours(Refusal),
    /// The fee can't be paid.
    Fee,
    /// Anything else.
    Other(String),
}

impl Refused {
    pub fn into_error(self, call: &str, account: crate::AccountId) -> SubmitError {
        let call = call.to_owned();
        match self {
            Self::Ours(refusal) => SubmitError::Refused { call, refusal },
            Self::Fee => SubmitError::CannotPay { call, account },
            Self::Other(reason) => SubmitError::Invalid { call, reason },
        }
    }

    fn custom(code: u8) -> Self {
        match Refusal::from_code(code) {
            Some(refusal) => Self::Ours(refusal),
            None => Self::Other(format!("custom error {code}, unknown to this program")),
        }
    }
}

/// Sorts an error of submitting.
pub(crate) fn rejection(error: ExtrinsicError, asked: Asked<'_>) -> Rejection {
    match error {
        ExtrinsicError::ErrorSubmittingTransaction(BackendError::Rpc(RpcError::ClientError(
            Rpc::User(error),
        ))) => by_code(&error, asked),
        other => Rejection::Busy(asked.extrinsic(other)),
    }
}

fn by_code(error: &UserError, asked: Asked<'_>) -> Rejection {
    let detail = detail(error);
    match error.code {
        ALREADY_IMPORTED => Rejection::AlreadyThere,
        TOO_LOW_PRIORITY | FUTURE => Rejection::BadNonce,
        INVALID if detail.contains("outdated") || detail.contains("in the future") => {
            Rejection::BadNonce
        }
        INVALID | UNKNOWN_VALIDITY => Rejection::Refused(by_detail(&detail, &error.message)),
        BANNED => Rejection::Busy(asked.node("the pool has banned it for a while")),
        POOL_FULL => Rejection::Busy(asked.node("the pool is full")),
        _ => Rejection::Refused(Refused::Other(format!("{} {detail}", error.message))),
    }
}

/// The error's `data`, without JSON's quotes.
fn detail(error: &UserError) -> String {
    let Some(data) = error.data.as_ref() else { return String::new() };
    serde_json::from_str::<String>(data.get()).unwrap_or_else(|_| data.get().to_owned())
}

fn by_detail(detail: &str, message: &str) -> Refused {
    let code = detail.rsplit_once("Custom error: ").and_then(|(_, code)| code.trim().parse().ok());
    match code {
        Some(code) => Refused::custom(code),
        None if detail.contains("pay some fees") => Refused::Fee,
        None if detail.is_empty() => Refused::Other(message.to_owned()),
        None => Refused::Other(detail.to_owned()),
    }
}

/// Sorts what the runtime says of a transaction; `None` if it is fine.
pub(crate) fn verdict(result: ValidationResult) -> Option<Rejection> {
    use TransactionInvalid as I;
    let other = |reason: &str| Some(Rejection::Refused(Refused::Other(reason.to_owned())));
    match result {
        ValidationResult::Valid(_) => None,
        ValidationResult::Invalid(I::Custom(code)) => {
            Some(Rejection::Refused(Refused::custom(code)))
        }
        ValidationResult::Invalid(I::Payment) => Some(Rejection::Refused(Refused::Fee)),
        ValidationResult::Invalid(I::Stale | I::Future) => Some(Rejection::BadNonce),
        ValidationResult::Invalid(I::BadProof) => other("the signature does not fit the chain"),
        ValidationResult::Invalid(I::Call) => other("the runtime does not take this call now"),
        ValidationResult::Invalid(I::ExhaustsResources) => other("it does not fit into a block"),
        ValidationResult::Invalid(I::BadSigner) => other("the account may not sign"),
        ValidationResult::Invalid(_) => other("the runtime holds it for invalid"),
        ValidationResult::Unknown(TransactionUnknown::Custom(code)) => {
            Some(Rejection::Refused(Refused::custom(code)))
        }
        ValidationResult::Unknown(_) => other("the runtime can't tell whether it is valid"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user_error(code: i32, data: Option<&str>) -> UserError {
        let json =
            serde_json::json!({ "code": code, "message": "Invalid Transaction", "data": data });
        serde_json::from_str(&json.to_string()).unwrap()
    }

    fn sorted(code: i32, data: Option<&str>) -> Rejection {
        by_code(&user_error(code, data), Asked { url: "ws://node", what: "a call" })
    }

    #[test]
    fn rejection_should_be_our_refusal_when_the_code_is_ours() {
        assert!(matches!(
            sorted(1010, Some("Custom error: 102")),
            Rejection::Refused(Refused::Ours(Refusal::NotANeuron))
        ));
        assert!(matches!(
            sorted(1010, Some("Custom error: 7")),
            Rejection::Refused(Refused::Other(text)) if text.contains('7')
        ));
    }

    #[test]
    fn rejection_should_tell_nonces_fees_and_full_pools_apart() {
        assert!(matches!(sorted(1010, Some("Transaction is outdated")), Rejection::BadNonce));
        assert!(matches!(sorted(1014, None), Rejection::BadNonce));
        assert!(matches!(sorted(1013, Some("0x00")), Rejection::AlreadyThere));
        assert!(matches!(sorted(1016, None), Rejection::Busy(_)));
        let fee = "Inability to pay some fees (e.g. account balance too low)";
        assert!(matches!(sorted(1010, Some(fee)), Rejection::Refused(Refused::Fee)));
    }

    #[test]
    fn verdict_should_be_our_refusal_when_the_code_is_ours() {
        let invalid = ValidationResult::Invalid(TransactionInvalid::Custom(108));
        assert!(matches!(
            verdict(invalid),
            Some(Rejection::Refused(Refused::Ours(Refusal::NoCommit)))
        ));
    }
}
