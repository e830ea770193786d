//! What calls of the market would do, before they are made, and what there is to know of it.

use crate::{
    outcome,
    views::{MarketView, StakeQuote},
    AccountId, Alpha, At, Balance, Children, ClientError, Failure, NetUid, Trade, TradeError,
};
use scale_decode::{
    visitor::DecodeAsTypeResult, DecodeAsType, Error, IntoVisitor, TypeResolver, Visitor,
};
use std::marker::PhantomData;
use subxt::ext::frame_decode::runtime_apis::IntoEncodableValues;

/// How many markets a call asks for at a time.
const PAGE: u16 = 128;

/// A quote, or the failure with which the call would end.
pub type Quoted<T> = Result<T, Failure>;

/// A dispatch error as it lies in an answer: all that is left of it.
struct Bytes(Vec<u8>);

struct BytesVisitor<R>(PhantomData<R>);

impl<R: TypeResolver> Visitor for BytesVisitor<R> {
    type Value<'scale, 'resolver> = Bytes;
    type Error = Error;
    type TypeResolver = R;

    fn unchecked_decode_as_type<'scale, 'resolver>(
        self,
        input: &mut &'scale [u8],
        _type_id: R::TypeId,
        _types: &'resolver R,
    ) -> DecodeAsTypeResult<Self, Result<Self::Value<'scale, 'resolver>, Error>> {
        DecodeAsTypeResult::Decoded(Ok(Bytes(std::mem::take(input).to_vec())))
    }
}

impl IntoVisitor for Bytes {
    type AnyVisitor<R: TypeResolver> = BytesVisitor<R>;

    fn into_visitor<R: TypeResolver>() -> Self::AnyVisitor<R> {
        BytesVisitor(PhantomData)
    }
}

impl At {
    /// Asks for what may fail as the call would.
    async fn quoted<Arguments, Answer>(
        &self,
        method: &str,
        arguments: Arguments,
    ) -> Result<Quoted<Answer>, ClientError>
    where
        Arguments: IntoEncodableValues,
        Answer: DecodeAsType,
    {
        match self.api::<_, Result<Answer, Bytes>>(method, arguments).await? {
            Ok(answer) => Ok(Ok(answer)),
            Err(Bytes(error)) => outcome::dispatch_error(self, &error).map(Err),
        }
    }

    /// What adding stake would give. Whether the caller can pay is not looked at.
    pub async fn quote_add(
        &self,
        hotkey: &AccountId,
        netuid: NetUid,
        amount: Balance,
    ) -> Result<Quoted<StakeQuote>, ClientError> {
        self.quoted("quote_add", (*hotkey, netuid, amount)).await
    }

    /// What removing stake would give; without an amount, all of the position.
    pub async fn quote_remove(
        &self,
        coldkey: &AccountId,
        hotkey: &AccountId,
        netuid: NetUid,
        amount: Option<u64>,
    ) -> Result<Quoted<StakeQuote>, ClientError> {
        self.quoted("quote_remove", (*coldkey, *hotkey, netuid, amount)).await
    }

    /// What removing whole positions would give, one by one.
    pub async fn quote_remove_all(
        &self,
        coldkey: &AccountId,
        positions: Vec<(AccountId, NetUid)>,
    ) -> Result<Quoted<Vec<StakeQuote>>, ClientError> {
        self.quoted("quote_remove_all", (*coldkey, positions)).await
    }

    /// What moving stake to another hotkey would give.
    pub async fn quote_move(
        &self,
        coldkey: &AccountId,
        netuid: NetUid,
        from: &AccountId,
        to: &AccountId,
        amount: u64,
    ) -> Result<Quoted<StakeQuote>, ClientError> {
        self.quoted("quote_move", (*coldkey, netuid, *from, *to, amount)).await
    }

    /// What transferring stake to another coldkey would give it, and hold as a deposit.
    pub async fn quote_transfer(
        &self,
        coldkey: &AccountId,
        to: &AccountId,
        hotkey: &AccountId,
        netuid: NetUid,
        amount: u64,
    ) -> Result<Quoted<StakeQuote>, ClientError> {
        self.quoted("quote_transfer", (*coldkey, *to, *hotkey, netuid, amount)).await
    }

    /// What swapping stake to another subnet would give.
    pub async fn quote_swap(
        &self,
        coldkey: &AccountId,
        hotkey: &AccountId,
        from: NetUid,
        to: NetUid,
        amount: u64,
    ) -> Result<Quoted<StakeQuote>, ClientError> {
        self.quoted("quote_swap", (*coldkey, *hotkey, from, to, amount)).await
    }

    /// What native tokens would buy of a subnet's alpha now, the fee included.
    pub async fn quote_buy(
        &self,
        netuid: NetUid,
        native: Balance,
    ) -> Result<Result<Trade, TradeError>, ClientError> {
        self.api("quote_buy", (netuid, native)).await
    }

    /// What alpha would be sold for now, the fee off.
    pub async fn quote_sell(
        &self,
        netuid: NetUid,
        alpha: Alpha,
    ) -> Result<Result<Trade, TradeError>, ClientError> {
        self.api("quote_sell", (netuid, alpha)).await
    }

    /// A subnet's market; `None` without one.
    pub async fn market(&self, netuid: NetUid) -> Result<Option<MarketView>, ClientError> {
        self.api("market", (netuid,)).await
    }

    /// At most `limit` markets from a netuid on, ascending.
    pub async fn markets(&self, from: NetUid, limit: u16) -> Result<Vec<MarketView>, ClientError> {
        self.api("markets", (from, limit)).await
    }

    /// Every market, ascending by netuid.
    pub async fn all_markets(&self) -> Result<Vec<MarketView>, ClientError> {
        let mut all: Vec<MarketView> = Vec::new();
        let mut from = NetUid(1);
        loop {
            let page = self.markets(from, PAGE).await?;
            let full = page.len() >= usize::from(PAGE);
            let last = page.last().map(|market| market.netuid);
            all.extend(page);
            match last.and_then(|netuid| netuid.0.checked_add(1)) {
                Some(next) if full => from = NetUid(next),
                _ => return Ok(all),
            }
        }
    }

    /// What a hotkey lends and is lent on a subnet.
    pub async fn children(
        &self,
        hotkey: &AccountId,
        netuid: NetUid,
    ) -> Result<Children, ClientError> {
        self.api("children", (*hotkey, netuid)).await
    }
}
