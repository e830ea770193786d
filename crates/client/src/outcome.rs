//! What a transaction did in the block that holds it.

use crate::{
    convert, events, At, Balance, BlockNumber, Chain, ClientError, Event, Failure, SubmitError,
    H256,
};
use scale_decode::DecodeAsType;
use subxt::{error::DispatchError, events::Phase};

/// A call that took effect.
#[derive(Clone, Debug)]
pub struct Landed {
    /// Height of the block that holds it.
    pub block: BlockNumber,
    /// Hash of that block.
    pub block_hash: H256,
    /// Hash of the extrinsic.
    pub extrinsic: H256,
    /// Place of the extrinsic in the block.
    pub index: u32,
    /// Fee paid, smallest unit.
    pub fee: Balance,
    /// Whether the block was final when this was made.
    pub finalized: bool,
    /// What it caused, of the events that programs rely on.
    pub events: Vec<Event>,
}

impl Landed {
    /// `block-index`, as explorers write it.
    pub fn place(&self) -> String {
        format!("{}-{}", self.block, self.index)
    }
}

#[derive(DecodeAsType)]
struct TransactionFeePaid {
    actual_fee: Balance,
}

/// A transaction found in a block.
pub(crate) struct Found {
    pub hash: H256,
    pub index: u32,
}

impl Chain {
    /// Where the block of that hash holds the transaction, if it does.
    pub(crate) async fn find_in(
        &self,
        hash: H256,
        extrinsic: &[u8],
    ) -> Result<Option<Found>, ClientError> {
        let asked = self.asked("the body of a block");
        let block = self.in_time(asked, self.inner.rpc.chain_get_block(Some(hash))).await?;
        let Some(details) = block.map_err(|error| asked.rpc(error))? else { return Ok(None) };
        let index = details.block.extrinsics.iter().position(|held| held.0 == extrinsic);
        // Saturation: a block has far fewer than 2³² extrinsics.
        Ok(index.map(|index| Found { hash, index: u32::try_from(index).unwrap_or(u32::MAX) }))
    }

    /// Reads what the transaction did: its events, or why it failed.
    pub(crate) async fn outcome(
        &self,
        call: &str,
        extrinsic: H256,
        found: Found,
        finalized: bool,
    ) -> Result<Landed, SubmitError> {
        let at = self.at(found.hash).await?;
        let mut landed = Landed {
            block: at.number(),
            block_hash: found.hash,
            extrinsic,
            index: found.index,
            fee: 0,
            finalized,
            events: Vec::new(),
        };
        match read_events(&at, &mut landed).await? {
            Some(failure) => {
                Err(SubmitError::Failed { call: call.into(), failure, block: landed.block })
            }
            None => Ok(landed),
        }
    }
}

/// Fills in fee and events; returns the failure if there was one.
async fn read_events(at: &At, landed: &mut Landed) -> Result<Option<Failure>, ClientError> {
    let asked = at.chain().asked("the events of a block");
    let reader = at.client.events();
    let fetched = at.chain().in_time(asked, reader.fetch()).await?;
    let fetched = fetched.map_err(|error| asked.events(error))?;
    let mut failed = None;
    for event in fetched.iter() {
        let event = event.map_err(|error| asked.events(error))?;
        if event.phase() != Phase::ApplyExtrinsic(landed.index) {
            continue;
        }
        match (event.pallet_name(), event.event_name()) {
            ("System", "ExtrinsicFailed") => {
                failed = Some(dispatch_error(at, event.field_bytes())?);
            }
            // The call that root made has its own result.
            ("Sudo", "Sudid") => {
                if let Some((1, error)) = event.field_bytes().split_first() {
                    failed = Some(dispatch_error(at, error)?);
                }
            }
            ("TransactionPayment", "TransactionFeePaid") => {
                let paid = event.decode_fields_unchecked_as::<TransactionFeePaid>();
                landed.fee = paid.map_err(|error| asked.events(error))?.actual_fee;
            }
            _ => landed.events.extend(events::decode(&event, asked)?),
        }
    }
    Ok(failed)
}

/// A dispatch error with the sentence that the metadata has for it.
pub(crate) fn dispatch_error(at: &At, bytes: &[u8]) -> Result<Failure, ClientError> {
    let asked = at.chain().asked("the error of a call");
    DispatchError::decode_from(bytes, at.client.metadata())
        .map(|error| convert::failure(&error))
        .map_err(|error| asked.incompatible(error))
}
