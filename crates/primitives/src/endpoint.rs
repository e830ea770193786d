//! Where a miner serves, as announced on chain.

use crate::{BlockNumber, Digest};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use scale_info::TypeInfo;

/// An IP address.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
pub enum IpAddress {
    /// IPv4, network byte order.
    V4([u8; 4]),
    /// IPv6, network byte order.
    V6([u8; 16]),
}

impl From<IpAddr> for IpAddress {
    fn from(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(v4) => Self::V4(v4.octets()),
            IpAddr::V6(v6) => Self::V6(v6.octets()),
        }
    }
}

impl From<IpAddress> for IpAddr {
    fn from(ip: IpAddress) -> Self {
        match ip {
            IpAddress::V4(octets) => Self::V4(Ipv4Addr::from(octets)),
            IpAddress::V6(octets) => Self::V6(Ipv6Addr::from(octets)),
        }
    }
}

/// What is spoken at the endpoint.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
pub enum Protocol {
    /// HTTP/1.1 or 2 in the clear.
    Http,
    /// HTTP over TLS; `tls_fingerprint` binds the certificate.
    Https,
}

/// A neuron's endpoint and what it says it serves there.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(feature = "client", derive(scale_encode::EncodeAsType, scale_decode::DecodeAsType))]
pub struct Endpoint {
    /// Address.
    pub ip: IpAddress,
    /// Port, not 0.
    pub port: u16,
    /// Protocol.
    pub protocol: Protocol,
    /// Version of the miner's software, as it likes to count.
    pub version: u32,
    /// SHA-256 of the certificate (DER), for `Https`; self-signed is fine.
    pub tls_fingerprint: Option<Digest>,
    /// Commitment to the model served: weights file, tokenizer, architecture, dtype.
    pub model: Option<Digest>,
    /// Block of the announcement; what the caller gives is overwritten.
    pub announced_at: BlockNumber,
}

/// Why an endpoint is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointError {
    /// Port 0 can't be reached.
    ZeroPort,
    /// Unspecified, multicast, broadcast or documentation address.
    NotReachable,
    /// A private or loopback address, and the chain is not a local one.
    PrivateAddress,
    /// A fingerprint without `Https`, or `Https` without one.
    Fingerprint,
}

impl Endpoint {
    /// Checks the shape; `local` allows private and loopback addresses (local chains only).
    pub fn check(&self, local: bool) -> Result<(), EndpointError> {
        if self.port == 0 {
            return Err(EndpointError::ZeroPort);
        }
        if (self.protocol == Protocol::Https) != self.tls_fingerprint.is_some() {
            return Err(EndpointError::Fingerprint);
        }
        let ip: IpAddr = match IpAddr::from(self.ip) {
            // An IPv4 address in IPv6 clothes is judged as the IPv4 address.
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4),
            v4 => v4,
        };
        if ip.is_unspecified() || ip.is_multicast() || broadcast_or_documentation(ip) {
            return Err(EndpointError::NotReachable);
        }
        if !local && private(ip) {
            return Err(EndpointError::PrivateAddress);
        }
        Ok(())
    }
}

fn broadcast_or_documentation(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            v4.is_broadcast() || v4.is_documentation() || v4.octets().starts_with(&[0])
        }
        // 2001:db8::/32
        IpAddr::V6(v6) => v6.segments().starts_with(&[0x2001, 0x0db8]),
    }
}

fn private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            // 100.64.0.0/10 is carriers' shared space.
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || (a == 100 && b & 0xc0 == 64)
        }
        IpAddr::V6(v6) => {
            let [first, ..] = v6.segments();
            // fc00::/7 unique local, fe80::/10 link local.
            v6.is_loopback() || first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ip: &str) -> Endpoint {
        Endpoint {
            ip: ip.parse::<IpAddr>().unwrap().into(),
            port: 8091,
            protocol: Protocol::Http,
            version: 1,
            tls_fingerprint: None,
            model: None,
            announced_at: 0,
        }
    }

    #[test]
    fn endpoint_should_be_refused_when_private_unless_the_chain_is_local() {
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "100.64.0.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
        ] {
            assert_eq!(at(ip).check(false), Err(EndpointError::PrivateAddress), "{ip}");
            assert_eq!(at(ip).check(true), Ok(()), "{ip}");
        }
        for ip in ["0.0.0.0", "255.255.255.255", "224.0.0.1", "::", "2001:db8::1", "192.0.2.1"] {
            assert_eq!(at(ip).check(true), Err(EndpointError::NotReachable), "{ip}");
        }
        assert_eq!(at("8.8.8.8").check(false), Ok(()));
    }

    #[test]
    fn endpoint_should_be_refused_when_malformed() {
        assert_eq!(Endpoint { port: 0, ..at("8.8.8.8") }.check(true), Err(EndpointError::ZeroPort));
        let https = Endpoint { protocol: Protocol::Https, ..at("8.8.8.8") };
        assert_eq!(https.check(true), Err(EndpointError::Fingerprint));
    }
}
