//! One struct per call. Fields are named as the pallets name them: that is how they are matched to
//! the node's metadata when encoded. Amounts are in the smallest unit; those of a position are in the
//! token of its netuid: native on root, else the subnet's alpha.

use crate::{
    AccountId, Alpha, Balance, Chain, ClientError, Digest, Endpoint, Hyperparameter, MechanismId,
    NetUid, Ppm, TaskDescriptor,
};
use scale_encode::{EncodeAsFields, EncodeAsType, TypeResolver};
use subxt::{
    transactions::Payload,
    utils::{MultiAddress, MultiSignature},
};

/// A call of a pallet.
pub trait Call: EncodeAsFields + Send + Sync {
    /// Name of the pallet in the runtime.
    const PALLET: &'static str;
    /// Name of the call.
    const NAME: &'static str;

    /// `Pallet.call`, for messages.
    fn name() -> String {
        format!("{}.{}", Self::PALLET, Self::NAME)
    }
}

macro_rules! calls {
    ($( $pallet:ident { $(
        $(#[$doc:meta])* $name:ident = $call:literal { $( $(#[$fdoc:meta])* $field:ident : $ty:ty ),* $(,)? }
    )* } )*) => { $( $(
        $(#[$doc])*
        #[derive(Clone, Debug, EncodeAsType)]
        pub struct $name { $( $(#[$fdoc])* pub $field: $ty, )* }

        impl Call for $name {
            const PALLET: &'static str = stringify!($pallet);
            const NAME: &'static str = $call;
        }
    )* )* };
}

calls! {
    Subnets {
        /// Registers a subnet; its market is opened with the lock. Signed by the coldkey that the hotkey is bound to.
        RegisterSubnet = "register_subnet" {
            /// The owner's hotkey: takes uid 0.
            hotkey: AccountId,
            /// Name, UTF-8, at most 64 bytes.
            name: Vec<u8>,
            /// What miners are asked.
            task: TaskDescriptor,
            /// Most tokens to pay.
            max_lock: Balance,
        }
        /// Starts a subnet's epochs and emission. Signed by its owner.
        Start = "start" {
            /// The subnet.
            netuid: NetUid,
        }
        /// Sets hyperparameters, all or none. Signed by the owner, or made by root.
        SetHyperparameters = "set_hyperparameters" {
            /// The subnet.
            netuid: NetUid,
            /// New values, at most 32.
            changes: Vec<Hyperparameter>,
        }
        /// Replaces the task. Signed by the owner.
        SetTask = "set_task" {
            /// The subnet.
            netuid: NetUid,
            /// The task.
            task: TaskDescriptor,
        }
        /// Sets name and metadata. Signed by the owner.
        SetMetadata = "set_metadata" {
            /// The subnet.
            netuid: NetUid,
            /// Name, UTF-8, at most 64 bytes.
            name: Vec<u8>,
            /// Free text, at most 1,024 bytes.
            metadata: Vec<u8>,
        }
        /// Registers a neuron by burning the current price. Signed by the hotkey's coldkey.
        Register = "register" {
            /// The subnet.
            netuid: NetUid,
            /// The neuron's hotkey.
            hotkey: AccountId,
            /// Most to burn.
            max_price: Balance,
        }
        /// Announces an endpoint. Signed by the hotkey.
        Serve = "serve" {
            /// The subnet.
            netuid: NetUid,
            /// The endpoint; `announced_at` is overwritten by the chain.
            endpoint: Endpoint,
        }
        /// Withdraws the endpoint. Signed by the hotkey.
        Unserve = "unserve" {
            /// The subnet.
            netuid: NetUid,
        }
        /// Sets the number of mechanisms. Made by root.
        SetMechanismCount = "set_mechanism_count" {
            /// The subnet.
            netuid: NetUid,
            /// Mechanisms, at least 1.
            count: u8,
        }
        /// Sets the most subnets that there may be. Made by root.
        SetSubnetLimit = "set_subnet_limit" {
            /// Subnets.
            limit: u16,
        }
        /// Offers a subnet to another coldkey. Signed by the owner.
        OfferOwnership = "offer_ownership" {
            /// The subnet.
            netuid: NetUid,
            /// Who may accept it.
            to: AccountId,
        }
        /// Accepts a subnet. Signed by the coldkey to which it is offered.
        AcceptOwnership = "accept_ownership" {
            /// The subnet.
            netuid: NetUid,
        }
        /// Withdraws the offer of a subnet. Signed by the owner.
        WithdrawOffer = "withdraw_offer" {
            /// The subnet.
            netuid: NetUid,
        }
        /// Sets the hotkey that gets the owner cut. Signed by the owner.
        SetOwnerHotkey = "set_owner_hotkey" {
            /// The subnet.
            netuid: NetUid,
            /// The hotkey: bound to the owner, with a uid on the subnet.
            hotkey: AccountId,
        }
        /// Puts a subnet under notice to be wound up. Signed by the owner, after its immunity.
        AnnounceWindUp = "announce_wind_up" {
            /// The subnet.
            netuid: NetUid,
        }
    }
    Stake {
        /// Binds a hotkey to the signing coldkey. See [`bind_hotkey`](crate::bind_hotkey).
        BindHotkey = "bind_hotkey" {
            /// The hotkey.
            hotkey: AccountId,
            /// Its signature of [`bind_payload`](crate::bind_payload).
            proof: MultiSignature,
        }
        /// Stakes native tokens of the signing coldkey on a hotkey; on a subnet they buy its alpha.
        AddStake = "add_stake" {
            /// The hotkey.
            hotkey: AccountId,
            /// The subnet, 0 for root.
            netuid: NetUid,
            /// Native tokens to give.
            amount: Balance,
            /// Least that could be redeemed for it, in the token of the netuid.
            min_received: u64,
        }
        /// Takes stake out; a subnet's alpha is sold.
        RemoveStake = "remove_stake" {
            /// The hotkey.
            hotkey: AccountId,
            /// The subnet, 0 for root.
            netuid: NetUid,
            /// How much, in the token of the netuid.
            amount: u64,
            /// Least to receive, native tokens.
            min_received: Balance,
        }
        /// Takes whole positions out.
        RemoveAllStake = "remove_all_stake" {
            /// Which, at most 16.
            positions: Vec<(AccountId, NetUid)>,
            /// Least to receive for all together, native tokens.
            min_received: Balance,
        }
        /// Moves stake to another hotkey of the same subnet.
        MoveStake = "move_stake" {
            /// The subnet, 0 for root.
            netuid: NetUid,
            /// From this hotkey.
            from_hotkey: AccountId,
            /// To this one.
            to_hotkey: AccountId,
            /// How much, in the token of the netuid.
            amount: u64,
            /// Least that could be redeemed afterwards, in that token.
            min_received: u64,
        }
        /// Gives stake to another coldkey, on the same hotkey and subnet.
        TransferStake = "transfer_stake" {
            /// Who gets it.
            to_coldkey: AccountId,
            /// The hotkey.
            hotkey: AccountId,
            /// The subnet, 0 for root.
            netuid: NetUid,
            /// How much, in the token of the netuid.
            amount: u64,
            /// Least that it could redeem, in that token.
            min_received: u64,
        }
        /// Sells stake on one subnet and stakes what it gives on another, on the same hotkey.
        SwapStake = "swap_stake" {
            /// The hotkey.
            hotkey: AccountId,
            /// From there, 0 for root.
            from_netuid: NetUid,
            /// To there, 0 for root.
            to_netuid: NetUid,
            /// How much, in the token of `from_netuid`.
            amount: u64,
            /// Least that could be redeemed afterwards, in the token of `to_netuid`.
            min_received: u64,
        }
        /// Sets a delegate's take. Signed by the hotkey's coldkey.
        SetTake = "set_take" {
            /// The hotkey.
            hotkey: AccountId,
            /// Take, parts per million.
            take: Ppm,
        }
        /// Lends parts of a hotkey's own weight to others. Signed by its coldkey.
        SetChildren = "set_children" {
            /// The lender.
            hotkey: AccountId,
            /// The subnet.
            netuid: NetUid,
            /// To whom, at most 5, each with its part in parts per million; instead of those before.
            children: Vec<(AccountId, Ppm)>,
        }
        /// Says who may lend to a hotkey. Signed by its coldkey.
        SetLenders = "set_lenders" {
            /// The child.
            hotkey: AccountId,
            /// The subnet.
            netuid: NetUid,
            /// Who may, at most 5; instead of those before.
            lenders: Vec<AccountId>,
        }
        /// Sets root weight τ. Made by root.
        SetRootWeight = "set_root_weight" {
            /// Parts per million.
            ppm: Ppm,
        }
    }
    Weights {
        /// Sets a weight row, where commit-reveal is off. Signed by the hotkey.
        SetWeights = "set_weights" {
            /// The subnet.
            netuid: NetUid,
            /// The mechanism.
            mechanism: MechanismId,
            /// Uids, distinct.
            uids: Vec<u16>,
            /// Scores, by the same index.
            values: Vec<u16>,
            /// The subnet's weights version.
            version: u64,
        }
        /// Commits to a weight row. Signed by the hotkey.
        CommitWeights = "commit_weights" {
            /// The subnet.
            netuid: NetUid,
            /// The mechanism.
            mechanism: MechanismId,
            /// `alun_protocol::commit::commit_hash` of the row.
            hash: Digest,
        }
        /// Reveals a committed weight row. Signed by anyone.
        RevealWeights = "reveal_weights" {
            /// The subnet.
            netuid: NetUid,
            /// The mechanism.
            mechanism: MechanismId,
            /// The hotkey that committed.
            hotkey: AccountId,
            /// Uids as committed.
            uids: Vec<u16>,
            /// Scores as committed.
            values: Vec<u16>,
            /// Evidence root as committed.
            evidence_root: Digest,
            /// Version as committed.
            version: u64,
            /// Salt as committed.
            salt: Digest,
        }
    }
    Market {
        /// Pays for the use of a subnet: buys its alpha and burns it.
        Pay = "pay" {
            /// The subnet.
            netuid: NetUid,
            /// Native tokens, the fee included.
            amount: Balance,
            /// Least alpha to burn.
            min_burned: Alpha,
            /// What for, at most 64 bytes.
            memo: Vec<u8>,
        }
    }
    Keys {
        /// Puts a hotkey in the place of another of the signing coldkey, for good. See
        /// [`swap_hotkey`](crate::swap_hotkey).
        SwapHotkey = "swap_hotkey" {
            /// The hotkey that is retired.
            old: AccountId,
            /// The one in its place: never a hotkey before.
            new: AccountId,
            /// The new one's signature of [`bind_payload`](crate::bind_payload).
            proof: MultiSignature,
            /// Most rows of storage to move; what is not needed of the fee comes back.
            most_rows: u32,
        }
        /// Announces that the signing coldkey is swapped for another, and locks it.
        AnnounceColdkeySwap = "announce_coldkey_swap" {
            /// BLAKE2b-256 of the new one.
            hash: Digest,
        }
        /// Disputes the announced swap of the signing coldkey.
        DisputeColdkeySwap = "dispute_coldkey_swap" {}
        /// Begins to move what is a coldkey's to the one that it announced, after the delay.
        ExecuteColdkeySwap = "execute_coldkey_swap" {
            /// From whom.
            old: AccountId,
            /// To whom.
            new: AccountId,
            /// Most rows of storage to move; what is not needed of the fee comes back.
            most_rows: u32,
        }
        /// Goes on with that.
        ContinueColdkeySwap = "continue_coldkey_swap" {
            /// From whom.
            old: AccountId,
            /// Most rows of storage to move.
            most_rows: u32,
        }
    }
    Balances {
        /// Sends tokens; refuses to close the sender's account.
        TransferKeepAlive = "transfer_keep_alive" {
            /// The receiver.
            dest: MultiAddress<AccountId, ()>,
            /// Tokens.
            value: Balance,
        }
    }
    Utility {
        /// Makes several calls in one transaction, all or none.
        BatchAll = "batch_all" {
            /// The calls, from [`Chain::encode`](crate::Chain::encode).
            calls: Vec<EncodedCall>,
        }
    }
    Sudo {
        /// Makes a call as root. Signed by the sudo key.
        Sudo = "sudo" {
            /// The call, from [`Chain::encode`](crate::Chain::encode).
            call: EncodedCall,
        }
    }
}

/// A call inside another, encoded for the runtime that the node has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedCall(Vec<u8>);

impl EncodedCall {
    /// Pallet index, call index and arguments, SCALE.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl EncodeAsType for EncodedCall {
    fn encode_as_type_to<R: TypeResolver>(
        &self,
        _type_id: R::TypeId,
        _types: &R,
        out: &mut Vec<u8>,
    ) -> Result<(), scale_encode::Error> {
        out.extend_from_slice(&self.0);
        Ok(())
    }
}

/// A call as subxt takes it.
pub(crate) struct AsPayload<'a, C>(pub &'a C);

impl<C: Call> Payload for AsPayload<'_, C> {
    type CallData = C;

    fn pallet_name(&self) -> &str {
        C::PALLET
    }

    fn call_name(&self) -> &str {
        C::NAME
    }

    fn call_data(&self) -> &C {
        self.0
    }
}

impl Chain {
    /// Encodes a call, to put it into [`BatchAll`] or [`Sudo`].
    pub async fn encode<C: Call>(&self, call: &C) -> Result<EncodedCall, ClientError> {
        let name = C::name();
        let asked = self.asked(&name);
        let best = self.best().await?;
        let bytes = best.client.tx().call_data(&AsPayload(call));
        bytes.map(EncodedCall).map_err(|error| asked.extrinsic(error))
    }

    /// The same call, made as root.
    pub async fn as_root<C: Call>(&self, call: &C) -> Result<Sudo, ClientError> {
        Ok(Sudo { call: self.encode(call).await? })
    }
}

impl TransferKeepAlive {
    /// Sends `value` to `to`.
    pub fn new(to: AccountId, value: Balance) -> Self {
        Self { dest: MultiAddress::Id(to), value }
    }
}
