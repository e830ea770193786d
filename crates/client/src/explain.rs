//! Why the last epoch before a block paid what it paid. Older epochs: ask at an older block, of an
//! archive node.

use crate::{
    views::ExplainError, AccountId, At, ClientError, MechanismId, NetUid, NeuronExplanation,
    NominatorExplanation, RowPreview, SubnetExplanation, Uid,
};

/// An explanation, or why there is none.
pub type Explained<T> = Result<T, ExplainError>;

impl At {
    /// Why a neuron was paid what it was paid.
    pub async fn explain_neuron(
        &self,
        netuid: NetUid,
        mechanism: MechanismId,
        uid: Uid,
    ) -> Result<Explained<NeuronExplanation>, ClientError> {
        self.api("explain_neuron", (netuid, mechanism, uid)).await
    }

    /// Where an epoch's amount went.
    pub async fn explain_subnet(
        &self,
        netuid: NetUid,
        mechanism: MechanismId,
    ) -> Result<Explained<SubnetExplanation>, ClientError> {
        self.api("explain_subnet", (netuid, mechanism)).await
    }

    /// What a validator's payout means for one of its nominators.
    pub async fn explain_nominator(
        &self,
        netuid: NetUid,
        mechanism: MechanismId,
        uid: Uid,
        coldkey: &AccountId,
    ) -> Result<Explained<NominatorExplanation>, ClientError> {
        self.api("explain_nominator", (netuid, mechanism, uid, *coldkey)).await
    }

    /// What the epoch would have given with another row of the validator `uid`.
    pub async fn preview_row(
        &self,
        netuid: NetUid,
        mechanism: MechanismId,
        uid: Uid,
        uids: Vec<u16>,
        values: Vec<u16>,
    ) -> Result<Explained<RowPreview>, ClientError> {
        self.api("preview_row", (netuid, mechanism, uid, uids, values)).await
    }
}
