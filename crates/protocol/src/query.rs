//! The signed query: which chain, which subnet, and a recent finalized block.
//!
//! `?net=<first 16 hex digits of the genesis hash>&netuid=1&at=0x<block hash>` is part of the
//! request target and so of what is signed. A fork's requests can't be replayed on another, and a
//! request can't be signed ahead of time.

use crate::error::{echo, Refusal};
use alun_primitives::NetUid;
use std::fmt;

/// Names of the parameters.
const NET: &str = "net";
const NETUID: &str = "netuid";
const AT: &str = "at";

/// What a request says about the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// First 8 bytes of the genesis hash.
    pub net: [u8; 8],
    /// Subnet.
    pub netuid: NetUid,
    /// Hash of a recent finalized block.
    pub at: [u8; 32],
}

impl Query {
    /// For the chain with this genesis hash.
    pub fn new(genesis: &[u8; 32], netuid: NetUid, at: [u8; 32]) -> Self {
        Self { net: net_of(genesis), netuid, at }
    }

    /// The request target: `path`, a question mark, the query.
    pub fn target(&self, path: &str) -> String {
        format!("{path}?{self}")
    }

    /// Reads the query of a request target. Parameters of other names are left alone; one of ours
    /// twice is refused, because two readers might pick different ones.
    pub fn parse(target: &str) -> Result<Self, Refusal> {
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let mut found: [Option<&str>; 3] = [None; 3];
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            for (name, slot) in [NET, NETUID, AT].into_iter().zip(found.iter_mut()) {
                if key == name && slot.replace(value).is_some() {
                    return Err(bad(name, "it is there more than once".into()));
                }
            }
        }
        let [net, netuid, at] = found;
        let net = net.ok_or(Refusal::MissingQuery { name: NET })?;
        let netuid = netuid.ok_or(Refusal::MissingQuery { name: NETUID })?;
        let at = at.ok_or(Refusal::MissingQuery { name: AT })?;
        Ok(Self {
            net: digits(net).ok_or_else(|| {
                bad(NET, format!("{:?}: the first 16 hex digits of the genesis hash", echo(net)))
            })?,
            netuid: netuid.parse().map(NetUid).map_err(|_| {
                bad(NETUID, format!("{:?}: a number from 0 to 65535", echo(netuid)))
            })?,
            at: digits(at.strip_prefix("0x").unwrap_or(at))
                .ok_or_else(|| bad(AT, format!("{:?}: the 64 hex digits of a block", echo(at))))?,
        })
    }

    /// Whether the request is for this chain, for one of the subnets served, and names a block that
    /// was finalized recently (`recent` decides, [`crate::limits::AT_WITHIN`] is the limit).
    pub fn check(
        &self,
        genesis: &[u8; 32],
        served: &[NetUid],
        recent: impl FnOnce(&[u8; 32]) -> bool,
    ) -> Result<(), Refusal> {
        let net = net_of(genesis);
        if self.net != net {
            let (found, served) = (hex::encode(self.net), hex::encode(net));
            return Err(Refusal::OtherChain { found, served });
        }
        if !served.contains(&self.netuid) {
            let served: Vec<String> =
                served.iter().map(|netuid| format!("subnet {netuid}")).collect();
            let served = if served.is_empty() { "none".into() } else { served.join(", ") };
            return Err(Refusal::OtherSubnet { found: self.netuid.0, served });
        }
        if !recent(&self.at) {
            return Err(Refusal::UnknownBlock { at: format!("0x{}", hex::encode(self.at)) });
        }
        Ok(())
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (net, at) = (hex::encode(self.net), hex::encode(self.at));
        write!(f, "{NET}={net}&{NETUID}={}&{AT}=0x{at}", self.netuid)
    }
}

/// The first 8 bytes of a genesis hash.
pub fn net_of(genesis: &[u8; 32]) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = *genesis;
    [a, b, c, d, e, f, g, h]
}

fn bad(name: &'static str, why: String) -> Refusal {
    Refusal::BadQuery { name, why }
}

fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn query() -> Query {
        Query::new(&[0xab; 32], NetUid(1), [0xcd; 32])
    }

    #[test]
    fn target_should_be_the_documented_text() {
        let at = "cd".repeat(32);
        let expected = format!("/v1/embeddings?net=abababababababab&netuid=1&at=0x{at}");
        assert_eq!(query().target("/v1/embeddings"), expected);
    }

    #[test]
    fn query_should_be_refused_when_a_parameter_is_missing_twice_or_malformed() {
        let at = "cd".repeat(32);
        for (target, code) in [
            ("/v1/embeddings".to_owned(), "missing_query"),
            (format!("/x?net=abababababababab&at={at}"), "missing_query"),
            (format!("/x?net=ab&netuid=1&at={at}"), "bad_query"),
            (format!("/x?net=abababababababab&netuid=65536&at={at}"), "bad_query"),
            (format!("/x?net=abababababababab&netuid=1&at={at}0"), "bad_query"),
            (format!("/x?net=abababababababab&netuid=1&netuid=2&at={at}"), "bad_query"),
        ] {
            assert_eq!(Query::parse(&target).unwrap_err().code(), code, "{target}");
        }
        let mixed = format!("/x?stream=true&at={at}&netuid=1&net=ABABABABABABABAB&b");
        assert_eq!(Query::parse(&mixed), Ok(query()));
    }

    #[test]
    fn check_should_refuse_when_chain_subnet_or_block_differ() {
        let genesis = [0xab; 32];
        let served = [NetUid(1), NetUid(3)];
        assert_eq!(query().check(&genesis, &served, |at| at == &[0xcd; 32]), Ok(()));
        let code = |result: Result<(), Refusal>| result.unwrap_err().code();
        assert_eq!(code(query().check(&[1; 32], &served, |_| true)), "other_chain");
        assert_eq!(code(query().check(&genesis, &[NetUid(3)], |_| true)), "other_subnet");
        assert_eq!(code(query().check(&genesis, &served, |_| false)), "unknown_block");
    }

    proptest! {
        #[test]
        fn query_should_round_trip(genesis: [u8; 32], netuid: u16, at: [u8; 32]) {
            let query = Query::new(&genesis, NetUid(netuid), at);
            prop_assert_eq!(Query::parse(&query.target("/v1/completions")), Ok(query));
        }

        #[test]
        fn parse_should_never_panic(target in ".{0,300}") {
            let _ = Query::parse(&target);
        }
    }
}
