//! The private keys of one domain, loaded, and their public halves as the DNS wants them.
//!
//! It cannot wipe the keys from memory: ring keeps them in its own types, which do not. They live as long as the process that signs with them.

use std::fmt;

use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};

/// `rsaEncryption` with its NULL parameters (RFC 3279 §2.3.1), as a DER AlgorithmIdentifier.
const RSA_ENCRYPTION: &[u8] = &[
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];
const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;

/// One domain's two keys.
pub struct SigningKeys {
    pub(super) ed25519: Ed25519KeyPair,
    pub(super) rsa: RsaKeyPair,
}

/// Why a key cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyError(String);

impl SigningKeys {
    /// Loads both from PKCS#8 (DER). An RSA key must have 2048 to 4096 bits (RFC 8301 §3.2) and a public exponent of 65537 at least.
    ///
    /// # Errors
    /// Octets that are no such key.
    pub fn load(ed25519: &[u8], rsa: &[u8]) -> Result<SigningKeys, KeyError> {
        // Without the public half beside it (PKCS#8 of version 1) there is nothing to check it against; ring computes it.
        let ed25519 = Ed25519KeyPair::from_pkcs8_maybe_unchecked(ed25519)
            .map_err(|error| KeyError(format!("the Ed25519 key cannot be used: {error}")))?;
        let rsa = RsaKeyPair::from_pkcs8(rsa)
            .map_err(|error| KeyError(format!("the RSA key cannot be used: {error}")))?;
        Ok(SigningKeys { ed25519, rsa })
    }

    /// The public Ed25519 key: 32 octets (RFC 8463 §4.2).
    pub fn ed25519_public(&self) -> &[u8] {
        self.ed25519.public_key().as_ref()
    }

    /// The public RSA key as a DER SubjectPublicKeyInfo, which is what everybody publishes (RFC 6376 §3.6.1 says RSAPublicKey and shows this).
    pub fn rsa_public(&self) -> Vec<u8> {
        let mut bits = vec![0]; // no unused bits
        bits.extend_from_slice(self.rsa.public_key().as_ref());
        let mut info = RSA_ENCRYPTION.to_vec();
        info.extend(der(BIT_STRING, &bits));
        der(SEQUENCE, &info)
    }

    /// RFC 8463 §3: Ed25519 over the SHA-256 hash of `data`.
    pub(super) fn sign_ed25519(&self, data: &[u8]) -> Vec<u8> {
        let hash = ring::digest::digest(&ring::digest::SHA256, data);
        self.ed25519.sign(hash.as_ref()).as_ref().to_vec()
    }

    /// RFC 6376 §3.3.2. The random numbers only blind the computation; the signature does not depend on them.
    pub(crate) fn sign_rsa(&self, data: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.rsa.public().modulus_len()];
        self.rsa
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                data,
                &mut signature,
            )
            .ok()?;
        Some(signature)
    }
}

/// A new Ed25519 key as PKCS#8; the caller wipes it.
///
/// # Errors
/// No random numbers.
pub fn generate_ed25519() -> Result<Vec<u8>, KeyError> {
    Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
        .map(|document| document.as_ref().to_vec())
        .map_err(|_| KeyError("the system gives no random numbers".into()))
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys(..)")
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for KeyError {}

/// One DER element.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|octet| *octet == 0).collect();
    let mut out = vec![tag];
    match significant.as_slice() {
        [] => out.push(0),
        [short @ 0..0x80] => out.push(*short),
        long => {
            // At most eight octets.
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}
