//! Addresses: SS58 with network prefix 42.
//!
//! An address is base58 of `prefix byte ++ 32 bytes of key ++ 2 bytes of checksum`; the checksum is
//! the start of BLAKE2b-512 over `"SS58PRE" ++ prefix ++ key`.

use blake2::{Blake2b512, Digest};
use thiserror::Error;

/// Network prefix of Alun's addresses (Substrate's generic one).
pub const PREFIX: u8 = 42;

/// Bytes behind an address: prefix, key, checksum.
const LENGTH: usize = 1 + 32 + 2;
/// Longest text worth decoding: 35 bytes make at most 48 characters.
const LONGEST: usize = 64;
const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Why a text is no address of this network.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Ss58Error {
    /// A character outside base58 (0, O, I and l are not in it).
    #[error("an address has no character {0:?}; it is base58, such as 5Grwva…utQY")]
    Character(char),
    /// Too short or too long.
    #[error("an address is 48 characters that hold {LENGTH} bytes; these hold {0}")]
    Length(usize),
    /// A mistyped address.
    #[error("the address is mistyped: its checksum does not match; copy it again")]
    Checksum,
    /// Another network's address.
    #[error("the address belongs to network prefix {0}, this network's is {PREFIX}; convert it")]
    Prefix(u16),
}

/// The address of a public key.
pub fn encode(public: &[u8; 32]) -> String {
    let mut bytes = Vec::with_capacity(LENGTH);
    bytes.push(PREFIX);
    bytes.extend_from_slice(public);
    bytes.extend_from_slice(&checksum(&bytes));
    to_base58(&bytes)
}

/// The public key behind an address. The one address of a key is the only text that decodes to it.
pub fn decode(address: &str) -> Result<[u8; 32], Ss58Error> {
    if address.len() > LONGEST {
        return Err(Ss58Error::Length(address.len()));
    }
    let bytes = from_base58(address)?;
    // Prefixes from 64 take two bytes, the first of them 64 or more.
    match bytes.as_slice() {
        [first, second, ..] if (64..128).contains(first) => {
            let (first, second) = (u16::from(*first), u16::from(*second));
            return Err(Ss58Error::Prefix(
                ((first & 0x3f) << 2) | (second >> 6) | ((second & 0x3f) << 8),
            ));
        }
        _ if bytes.len() != LENGTH => return Err(Ss58Error::Length(bytes.len())),
        _ => {}
    }
    let (payload, check) = bytes.split_at(LENGTH.saturating_sub(2));
    if checksum(payload) != check {
        return Err(Ss58Error::Checksum);
    }
    match payload.split_first() {
        Some((&PREFIX, key)) => key.try_into().map_err(|_| Ss58Error::Length(bytes.len())),
        Some((&other, _)) => Err(Ss58Error::Prefix(other.into())),
        None => Err(Ss58Error::Length(0)),
    }
}

fn checksum(payload: &[u8]) -> [u8; 2] {
    let digest = Blake2b512::new().chain_update(b"SS58PRE").chain_update(payload).finalize();
    match digest.as_slice() {
        [first, second, ..] => [*first, *second],
        _ => [0; 2],
    }
}

fn to_base58(bytes: &[u8]) -> String {
    // Digits in base 58, least significant first.
    let mut digits: Vec<u8> = Vec::new();
    for &byte in bytes {
        let mut carry = u32::from(byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    digits.extend(std::iter::repeat_n(0, zeros));
    digits
        .iter()
        .rev()
        .filter_map(|digit| ALPHABET.get(usize::from(*digit)).map(|byte| char::from(*byte)))
        .collect()
}

fn from_base58(text: &str) -> Result<Vec<u8>, Ss58Error> {
    // Bytes, least significant first.
    let mut bytes: Vec<u8> = Vec::new();
    for character in text.chars() {
        let digit = ALPHABET.iter().position(|known| char::from(*known) == character);
        let mut carry = digit.ok_or(Ss58Error::Character(character))?;
        for byte in &mut bytes {
            carry += usize::from(*byte) * 58;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push((carry & 0xff) as u8);
            carry >>= 8;
        }
    }
    let zeros = text.chars().take_while(|character| *character == '1').count();
    bytes.extend(std::iter::repeat_n(0, zeros));
    bytes.reverse();
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    const ALICE_KEY: [u8; 32] = [
        0xd4, 0x35, 0x93, 0xc7, 0x15, 0xfd, 0xd3, 0x1c, 0x61, 0x14, 0x1a, 0xbd, 0x04, 0xa9, 0x9f,
        0xd6, 0x82, 0x2c, 0x85, 0x58, 0x85, 0x4c, 0xcd, 0xe3, 0x9a, 0x56, 0x84, 0xe7, 0xa5, 0x6d,
        0xa2, 0x7d,
    ];

    #[test]
    fn address_should_be_the_known_one_when_the_key_is_alice() {
        assert_eq!(encode(&ALICE_KEY), ALICE);
        assert_eq!(decode(ALICE), Ok(ALICE_KEY));
    }

    #[test]
    fn address_should_be_refused_when_it_is_wrong() {
        assert_eq!(decode(&ALICE.replace('z', "y")), Err(Ss58Error::Checksum));
        assert_eq!(decode("5GrwvaEF0"), Err(Ss58Error::Character('0')));
        assert!(matches!(decode(""), Err(Ss58Error::Length(0))));
        assert!(matches!(decode(&ALICE[..47]), Err(Ss58Error::Length(_))));
        assert!(matches!(decode(&format!("1{ALICE}")), Err(Ss58Error::Length(36))));
        assert!(matches!(decode(&"1".repeat(100_000)), Err(Ss58Error::Length(100_000))));
        // The same key on Polkadot (prefix 0) and with a prefix of two bytes (255).
        let polkadot = "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5";
        assert_eq!(decode(polkadot), Err(Ss58Error::Prefix(0)));
        let mut long = vec![0b0111_1111, 0b1100_0000];
        long.extend(ALICE_KEY);
        long.extend(checksum(&long));
        assert_eq!(decode(&to_base58(&long)), Err(Ss58Error::Prefix(255)));
    }

    proptest! {
        #[test]
        fn address_should_round_trip(key: [u8; 32]) {
            let address = encode(&key);
            prop_assert_eq!(decode(&address), Ok(key));
        }

        #[test]
        fn decode_should_never_panic(text in ".{0,80}") {
            if let Ok(key) = decode(&text) {
                prop_assert_eq!(encode(&key), text);
            }
        }
    }
}
