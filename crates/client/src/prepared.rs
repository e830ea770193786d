//! A transaction that is signed first and sent later: for those who must know its bytes before
//! anybody else can, so that they can write them down and, killed at any point, find out whether it
//! landed.

use crate::{
    calls::Call,
    submit::{Sent, Submission, Until},
    AccountId, BlockNumber, Chain, ClientError, Landed, SubmitError,
};
use alun_keys::Keypair;

/// A signed transaction, not yet sent. What is in it can be stored as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// `Pallet.call`.
    pub call: String,
    /// The signer's public key.
    pub account: [u8; 32],
    /// The extrinsic: no other with this account and nonce can land beside it.
    pub bytes: Vec<u8>,
    /// Its nonce.
    pub nonce: u64,
    /// Newest block before it was signed: only later ones can hold it.
    pub born: BlockNumber,
    /// First block that can't hold it.
    pub dies: BlockNumber,
}

impl Chain {
    /// Signs a call without sending it. Its nonce is the account's next; nothing else may be sent
    /// with the same key until it has landed or is void.
    pub async fn prepare<C: Call>(
        &self,
        signer: &Keypair,
        call: &C,
        mortality: u32,
    ) -> Result<Prepared, SubmitError> {
        let account = AccountId::from(signer.public());
        let lane = self.inner.lanes.of(&account);
        let _turn = lane.turn.lock().await;
        let nonce = lane.take(self.next_nonce(&account).await?);
        let how = Submission { mortality, ..Submission::finalized() };
        let sent = self.sign(signer, call, &how, nonce, None).await?;
        Ok(Prepared {
            call: sent.call.clone(),
            account: signer.public(),
            bytes: sent.bytes().to_vec(),
            nonce: sent.nonce.number,
            born: sent.born,
            dies: sent.dies,
        })
    }

    /// Sends a prepared transaction, or finds it where it was sent before, and follows it until it
    /// is final. It can be called any number of times: the same bytes land at most once.
    ///
    /// [`SubmitError::Failed`] and [`SubmitError::Expired`] are final too: it failed in a finalized
    /// block, or none up to its last can hold it. Every other error leaves it open: call again.
    pub async fn deliver(&self, prepared: &Prepared) -> Result<Landed, SubmitError> {
        let account = AccountId::from(prepared.account);
        let sent = Sent {
            nonce: self.inner.lanes.of(&account).take(prepared.nonce),
            transaction: self.best().await?.client.tx().from_bytes(prepared.bytes.clone()),
            call: prepared.call.clone(),
            account,
            born: prepared.born,
            dies: prepared.dies,
            until: Until::Finalized,
            deadline: None,
            patience: None,
        };
        self.follow(sent, None).await
    }

    /// The finalized height: what is before it can't change.
    pub async fn finalized_number(&self) -> Result<BlockNumber, ClientError> {
        Ok(self.finalized().await?.number())
    }
}
