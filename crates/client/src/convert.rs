//! subxt's errors as ours.

use crate::{error::Failure, ClientError};
use subxt::{
    error::{
        BackendError, BlocksError, DispatchError, EventsError, ExtrinsicError,
        OnlineClientAtBlockError, RpcError, RuntimeApiError, StorageError,
    },
    rpcs::Error as Rpc,
};

/// What was asked, of which node: the context of an error.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub url: &'a str,
    pub what: &'a str,
}

impl Asked<'_> {
    pub fn unreachable(self, reason: impl ToString) -> ClientError {
        ClientError::Unreachable { url: self.url.into(), reason: reason.to_string() }
    }

    pub fn incompatible(self, reason: impl ToString) -> ClientError {
        ClientError::Incompatible { what: self.what.into(), reason: reason.to_string() }
    }

    pub fn no_such_block(self, reason: impl ToString) -> ClientError {
        ClientError::NoSuchBlock { what: self.what.into(), reason: reason.to_string() }
    }

    pub fn node(self, reason: impl ToString) -> ClientError {
        ClientError::Node { what: self.what.into(), reason: reason.to_string() }
    }

    pub fn rpc(self, error: Rpc) -> ClientError {
        match error {
            Rpc::User(error) => {
                let reason = error.to_string();
                let gone = ["UnknownBlock", "State already discarded", "Header was not found"];
                let detail = error.data.map(|data| data.get().to_owned()).unwrap_or_default();
                let text = format!("{reason} {detail}");
                if gone.iter().any(|mark| text.contains(mark)) {
                    self.no_such_block(text.trim())
                } else {
                    self.node(text.trim())
                }
            }
            Rpc::Serialization(_) | Rpc::Deserialization(_) | Rpc::Decode(_) => {
                self.incompatible(error)
            }
            other => self.unreachable(other),
        }
    }

    pub fn backend(self, error: BackendError) -> ClientError {
        match error {
            BackendError::Rpc(RpcError::ClientError(error)) => self.rpc(error),
            other => self.unreachable(other),
        }
    }

    pub fn at_block(self, error: OnlineClientAtBlockError) -> ClientError {
        use OnlineClientAtBlockError as E;
        match error {
            E::CannotGetCurrentBlock { reason }
            | E::CannotGetBlockHash { reason, .. }
            | E::CannotGetBlockHeader { reason, .. }
            | E::CannotGetSpecVersion { reason, .. } => self.backend(reason),
            E::BlockNotFound { .. } | E::BlockHeaderNotFound { .. } => self.no_such_block(error),
            E::CannotGetMetadata { .. } => self.unreachable(error),
            other => self.incompatible(other),
        }
    }

    pub fn runtime_api(self, error: RuntimeApiError) -> ClientError {
        match error {
            RuntimeApiError::CannotCallApi(error) => self.backend(error),
            other => self.incompatible(other),
        }
    }

    pub fn storage(self, error: StorageError) -> ClientError {
        match error {
            StorageError::CannotFetchValue(error) => self.backend(error),
            other => self.incompatible(other),
        }
    }

    pub fn events(self, error: EventsError) -> ClientError {
        match error {
            EventsError::CannotFetchEventBytes(error) => self.backend(error),
            other => self.incompatible(other),
        }
    }

    pub fn blocks(self, error: BlocksError) -> ClientError {
        match error {
            BlocksError::CannotGetCurrentBlock(error) => self.at_block(error),
            BlocksError::CannotGetBlockHeaderStream(error)
            | BlocksError::CannotGetBlockHeader(error) => self.backend(error),
            other => self.unreachable(other),
        }
    }

    /// An error of building a transaction, before it is sent.
    pub fn extrinsic(self, error: ExtrinsicError) -> ClientError {
        match error {
            ExtrinsicError::ErrorSubmittingTransaction(error)
            | ExtrinsicError::TransactionStatusStreamError(error)
            | ExtrinsicError::CannotGetValidationInfo(error) => self.backend(error),
            other => self.incompatible(other),
        }
    }
}

/// A dispatch error with the sentence that the node's metadata has for it.
pub(crate) fn failure(error: &DispatchError) -> Failure {
    match error {
        DispatchError::Module(module) => {
            let sentence = match module.details() {
                Ok(details) => join_docs(&details.variant.docs),
                Err(_) => String::new(),
            };
            Failure { name: module.details_string(), sentence }
        }
        DispatchError::BadOrigin => Failure {
            name: "BadOrigin".into(),
            sentence: "This key may not make this call: it is not its owner, or not root.".into(),
        },
        DispatchError::Token(token) => {
            Failure { name: format!("Token::{token:?}"), sentence: token.to_string() }
        }
        other => Failure { name: kind(other).into(), sentence: other.to_string() },
    }
}

fn join_docs(docs: &[String]) -> String {
    let lines: Vec<&str> = docs.iter().map(|line| line.trim()).filter(|l| !l.is_empty()).collect();
    lines.join(" ")
}

fn kind(error: &DispatchError) -> &'static str {
    match error {
        DispatchError::Arithmetic(_) => "Arithmetic",
        DispatchError::Transactional(_) => "Transactional",
        DispatchError::CannotLookup => "CannotLookup",
        DispatchError::ConsumerRemaining => "ConsumerRemaining",
        DispatchError::NoProviders => "NoProviders",
        DispatchError::TooManyConsumers => "TooManyConsumers",
        DispatchError::Exhausted => "Exhausted",
        DispatchError::Corruption => "Corruption",
        DispatchError::Unavailable => "Unavailable",
        DispatchError::RootNotAllowed => "RootNotAllowed",
        _ => "Other",
    }
}
