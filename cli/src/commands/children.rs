//! `alun stake children`: what a hotkey lends of its weight, and is lent.

use super::{landed, parse_percent};
use crate::{
    output::{Output, Show},
    shape::{percent, ss58, tokens},
    CliError, Context,
};
use alun_client::{
    calls::{SetChildren, SetLenders},
    AccountId, Balance, BlockNumber, Children, NetUid, Ppm,
};
use serde::Serialize;

/// To whom, and how much: a hotkey and parts per million of the own weight.
#[derive(Clone, Debug, Serialize)]
struct Part {
    hotkey: String,
    ppm: Ppm,
}

/// By whom, and how much.
#[derive(Clone, Debug, Serialize)]
struct Lent {
    hotkey: String,
    weight: Balance,
}

/// What a hotkey lends and is lent on a subnet. Weights add alpha and native tokens up.
#[derive(Clone, Debug, Serialize)]
struct ChildrenShape {
    /// The hotkey.
    hotkey: String,
    /// The subnet.
    netuid: NetUid,
    /// Its own weight.
    own: Balance,
    /// What of it is not lent.
    kept: Balance,
    /// To whom it lends.
    children: Vec<Part>,
    /// To whom it will lend.
    next: Option<Vec<Part>>,
    /// From the first epoch due at this block or after it.
    next_at: Option<BlockNumber>,
    /// By whom it is lent.
    received: Vec<Lent>,
    /// Who may lend to it.
    accepts: Vec<String>,
}

fn parts(list: &[(AccountId, Ppm)]) -> Vec<Part> {
    list.iter().map(|(hotkey, ppm)| Part { hotkey: ss58(hotkey), ppm: *ppm }).collect()
}

impl ChildrenShape {
    fn new(hotkey: &AccountId, netuid: NetUid, view: &Children) -> Self {
        let lent = |(hotkey, weight): &(AccountId, Balance)| Lent {
            hotkey: ss58(hotkey),
            weight: *weight,
        };
        Self {
            hotkey: ss58(hotkey),
            netuid,
            own: view.own,
            kept: view.kept,
            children: parts(&view.children),
            next: view.next.as_ref().map(|(_, list)| parts(list)),
            next_at: view.next.as_ref().map(|(at, _)| *at),
            received: view.received.iter().map(lent).collect(),
            accepts: view.accepts.iter().map(ss58).collect(),
        }
    }
}

impl Show for ChildrenShape {
    fn text(&self, output: &Output) -> String {
        let mut facts = vec![
            ("hotkey", self.hotkey.clone()),
            ("subnet", self.netuid.to_string()),
            ("own weight", tokens(self.own)),
            ("of that kept", tokens(self.kept)),
        ];
        let part = |part: &Part| format!("{} to {}", percent(part.ppm), part.hotkey);
        facts.extend(self.children.iter().map(|one| ("lends", part(one))));
        if let (Some(next), Some(at)) = (&self.next, self.next_at) {
            let list: Vec<String> = next.iter().map(part).collect();
            let list = if list.is_empty() { "nothing".to_owned() } else { list.join(", ") };
            facts.push(("will lend", format!("{list}, from the first epoch due at block {at} on")));
        }
        let lent = |one: &Lent| format!("{} by {}", tokens(one.weight), one.hotkey);
        facts.extend(self.received.iter().map(|one| ("is lent", lent(one))));
        facts.extend(self.accepts.iter().map(|one| ("may be lent by", one.clone())));
        output.facts(&facts)
    }
}

/// Reads `HOTKEY=PERCENT`.
pub(crate) fn parse_child(text: &str) -> Result<(String, Ppm), String> {
    let wrong = || format!("`{text}` is no child; write HOTKEY=PERCENT, such as alice/default=20%");
    let (hotkey, part) = text.rsplit_once('=').ok_or_else(wrong)?;
    if hotkey.is_empty() {
        return Err(wrong());
    }
    Ok((hotkey.to_owned(), parse_percent(part)?))
}

/// Prints what a hotkey lends and is lent.
pub(crate) async fn show(context: &Context, hotkey: &str, netuid: NetUid) -> Result<(), CliError> {
    let hotkey = context.account(hotkey)?;
    let best = context.chain().await?.best().await?;
    if best.subnet(netuid).await?.is_none() {
        return Err(CliError::NoSubnet(netuid));
    }
    let view = best.children(&hotkey, netuid).await?;
    context.output.show(&ChildrenShape::new(&hotkey, netuid, &view))
}

/// Sets to whom a hotkey lends.
pub(crate) async fn set(
    context: &Context,
    hotkey: &str,
    netuid: NetUid,
    children: &[(String, Ppm)],
) -> Result<(), CliError> {
    let read = |(child, ppm): &(String, Ppm)| Ok((context.account(child)?, *ppm));
    let children = children.iter().map(read).collect::<Result<Vec<_>, CliError>>()?;
    let call = SetChildren { hotkey: context.account(hotkey)?, netuid, children };
    let chain = context.chain().await?;
    let done = context.submit(&chain, &context.coldkey()?, &call).await?;
    landed(context, "Set the children", &done)
}

/// Sets who may lend to a hotkey.
pub(crate) async fn set_lenders(
    context: &Context,
    hotkey: &str,
    netuid: NetUid,
    lenders: &[String],
) -> Result<(), CliError> {
    let lenders = lenders.iter().map(|one| context.account(one)).collect::<Result<Vec<_>, _>>()?;
    let call = SetLenders { hotkey: context.account(hotkey)?, netuid, lenders };
    let chain = context.chain().await?;
    let done = context.submit(&chain, &context.coldkey()?, &call).await?;
    landed(context, "Set who may lend", &done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alun_client::UNIT;

    #[test]
    fn child_should_be_a_hotkey_and_a_percentage() {
        assert_eq!(parse_child("alice/v=20%"), Ok(("alice/v".into(), 200_000)));
        for bad in ["", "alice/v", "=20%", "alice/v=", "alice/v=101%"] {
            assert!(parse_child(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn children_should_say_what_is_lent_and_what_will_be() {
        let account = |byte: u8| AccountId::from([byte; 32]);
        let view = Children {
            own: 100 * UNIT,
            kept: 80 * UNIT,
            children: vec![(account(2), 200_000)],
            next: Some((77, Vec::new())),
            received: vec![(account(3), 5 * UNIT)],
            accepts: vec![account(4)],
        };
        let shape = ChildrenShape::new(&account(1), NetUid(3), &view);
        let text = shape.text(&Output::new(false));
        for part in ["20% to", "nothing, from the first epoch due at block 77 on", "5 by", "80"] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
        let json = serde_json::to_value(&shape).unwrap();
        assert_eq!((&json["children"][0]["ppm"], &json["next_at"]), (&200_000.into(), &77.into()));
    }
}
