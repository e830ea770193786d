//! A keypair and what it does.

use crate::{phrase, KeyError};
use alun_protocol::{
    challenge::{vrf_seed, vrf_transcript},
    sr25519::CONTEXT,
    ss58,
};
use schnorrkel::{
    derive::{ChainCode, Derivation},
    ExpansionMode, MiniSecretKey, SecretKey,
};
use std::{fmt, str::FromStr};
use subxt_signer::{sr25519, DeriveJunction, ExposeSecret, SecretUri};

/// An sr25519 keypair.
#[derive(Clone)]
pub struct Keypair(Inner);

#[derive(Clone)]
enum Inner {
    /// The whole key.
    Full(Box<Full>),
    /// A key out of encrypted polkadot.js JSON: its reader signs, but keeps the secret.
    Signing(Box<sr25519::Keypair>),
}

#[derive(Clone)]
struct Full {
    pair: schnorrkel::Keypair,
    /// What `pair` was expanded from; a key at the end of a soft path has none.
    seed: Option<[u8; 32]>,
    /// The phrase behind `seed`, if there is one without path and password.
    phrase: Option<String>,
}

/// A VRF's output with its proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vrf {
    /// The output, a compressed point: what goes into evidence, with the proof.
    pub output: [u8; 32],
    /// Proof that `output` was made from the input by the key ([`crate::vrf_verify`]).
    pub proof: [u8; 64],
    /// The uniform bytes that the output stands for; [`crate::vrf_verify`] returns the same.
    pub seed: [u8; 32],
}

impl Keypair {
    /// From a secret URI: a phrase or `0x` and a seed, then a path of `//hard` and `/soft` parts,
    /// then perhaps `///password`. Without a phrase it is a well-known development key: `//Alice`.
    pub fn from_uri(uri: &str) -> Result<Self, KeyError> {
        let parsed = SecretUri::from_str(uri.trim()).map_err(|_| KeyError::Uri)?;
        let secret = parsed.phrase.expose_secret();
        let password = parsed.password.as_ref().map(|password| password.expose_secret());
        let root = match secret.strip_prefix("0x") {
            Some(digits) => {
                let mut seed = [0; 32];
                hex::decode_to_slice(digits, &mut seed).map_err(|_| KeyError::Seed)?;
                Self::from_seed(seed)?
            }
            None => Self::from_phrase(secret, password)?,
        };
        parsed.junctions.into_iter().try_fold(root, Self::derive)
    }

    /// From a mnemonic phrase and, where one was set, its password.
    pub fn from_phrase(phrase: &str, password: Option<&str>) -> Result<Self, KeyError> {
        let words: Vec<&str> = phrase.split_whitespace().collect();
        let phrase = words.join(" ");
        let key = Self::from_seed(phrase::seed(&phrase, password.unwrap_or_default())?)?;
        match key.0 {
            Inner::Full(mut full) if password.is_none_or(str::is_empty) => {
                full.phrase = Some(phrase);
                Ok(Self(Inner::Full(full)))
            }
            other => Ok(Self(other)),
        }
    }

    /// From 32 secret bytes.
    pub fn from_seed(seed: [u8; 32]) -> Result<Self, KeyError> {
        let mini = MiniSecretKey::from_bytes(&seed).map_err(|_| KeyError::Seed)?;
        let pair = mini.expand_to_keypair(ExpansionMode::Ed25519);
        Ok(Self(Inner::Full(Box::new(Full { pair, seed: Some(seed), phrase: None }))))
    }

    /// A new key and its phrase, which is the only way to get it back.
    pub fn generate() -> Result<(Self, String), KeyError> {
        let phrase = phrase::generate()?;
        Ok((Self::from_phrase(&phrase, None)?, phrase))
    }

    pub(crate) fn from_secret(secret: SecretKey) -> Self {
        let pair = secret.to_keypair();
        Self(Inner::Full(Box::new(Full { pair, seed: None, phrase: None })))
    }

    pub(crate) fn from_signing(signing: sr25519::Keypair) -> Self {
        Self(Inner::Signing(Box::new(signing)))
    }

    fn derive(self, junction: DeriveJunction) -> Result<Self, KeyError> {
        let secret = &self.full("derive from it")?.pair.secret;
        match junction {
            DeriveJunction::Soft(code) => {
                Ok(Self::from_secret(secret.derived_key_simple(ChainCode(code), []).0))
            }
            DeriveJunction::Hard(code) => {
                let (mini, _) = secret.hard_derive_mini_secret_key(Some(ChainCode(code)), b"");
                Self::from_seed(mini.to_bytes())
            }
        }
    }

    /// The whole key, to do `what`.
    fn full(&self, what: &'static str) -> Result<&Full, KeyError> {
        match &self.0 {
            Inner::Full(full) => Ok(full),
            Inner::Signing(_) => Err(KeyError::SigningOnly { what }),
        }
    }

    /// The public key, which is also the account's id.
    pub fn public(&self) -> [u8; 32] {
        match &self.0 {
            Inner::Full(full) => full.pair.public.to_bytes(),
            Inner::Signing(signing) => signing.public_key().0,
        }
    }

    /// The address, prefix 42.
    pub fn ss58(&self) -> String {
        ss58::encode(&self.public())
    }

    /// Signs a message (signing context `substrate`). Signatures are randomised.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        match &self.0 {
            Inner::Full(full) => full.pair.sign_simple(CONTEXT, message).to_bytes(),
            Inner::Signing(signing) => signing.sign(message).0,
        }
    }

    /// What signs transactions: the keypair itself, which is subxt's `Signer`.
    pub fn signer(&self) -> &Self {
        self
    }

    /// Evaluates the VRF on `input`, such as [`alun_protocol::challenge::ChallengeId::bytes`]. The
    /// same input always gives the same output and seed; proofs are randomised.
    pub fn vrf_sign(&self, input: &[u8]) -> Result<Vrf, KeyError> {
        let (pair, proof, _) = self.full("make challenges")?.pair.vrf_sign(vrf_transcript(input));
        let output = pair.to_preout().to_bytes();
        Ok(Vrf { output, proof: proof.to_bytes(), seed: vrf_seed(&pair) })
    }

    /// The secret as 64 bytes: canonical scalar and nonce, as bittensor's key files hold it.
    pub(crate) fn secret_bytes(&self) -> Result<[u8; 64], KeyError> {
        Ok(self.full("write it to a key file")?.pair.secret.to_bytes())
    }

    /// The secret as 64 bytes in ed25519's form, as polkadot.js holds it.
    pub(crate) fn ed25519_bytes(&self) -> Result<[u8; 64], KeyError> {
        Ok(self.full("export it")?.pair.secret.to_ed25519_bytes())
    }

    /// The seed, if the key has one.
    pub(crate) fn seed(&self) -> Option<[u8; 32]> {
        match &self.0 {
            Inner::Full(full) => full.seed,
            Inner::Signing(_) => None,
        }
    }

    /// The phrase, if the key is exactly that of a phrase.
    pub(crate) fn phrase(&self) -> Option<&str> {
        match &self.0 {
            Inner::Full(full) => full.phrase.as_deref(),
            Inner::Signing(_) => None,
        }
    }
}

impl fmt::Debug for Keypair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keypair({})", self.ss58())
    }
}

impl<T> subxt::transactions::Signer<T> for Keypair
where
    T: subxt::Config,
    T::AccountId: From<sr25519::PublicKey>,
    T::Signature: From<sr25519::Signature>,
{
    fn account_id(&self) -> T::AccountId {
        sr25519::PublicKey(self.public()).into()
    }

    fn sign(&self, payload: &[u8]) -> T::Signature {
        sr25519::Signature(Keypair::sign(self, payload)).into()
    }
}
