//! Public keys as they are published, and signatures judged by them.

use ring::signature::{ED25519, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};

use super::{KeyKind, KeyRecord};

/// Fewest bits of an RSA key (RFC 8301 §3.2), and most that are computed with: each doubling costs four times as much.
pub const RSA_BITS: std::ops::RangeInclusive<usize> = 1024..=8192;
const ED25519_LENGTH: usize = 32;

/// A key that can be judged with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PublicKey {
    kind: KeyKind,
    octets: Vec<u8>,
    pub(crate) bits: usize,
}

impl PublicKey {
    /// The key of a record. The error is a sentence.
    pub(crate) fn of(record: &KeyRecord) -> Result<PublicKey, String> {
        let (octets, bits) = match record.kind {
            KeyKind::Ed25519 if record.public.len() == ED25519_LENGTH => {
                (record.public.clone(), 256)
            }
            KeyKind::Ed25519 => return Err("the published key is no Ed25519 key".into()),
            KeyKind::Rsa => {
                let key = rsa_key(&record.public).ok_or("the published key is no RSA key")?;
                let bits = modulus_bits(key).ok_or("the published key is no RSA key")?;
                if !RSA_BITS.contains(&bits) {
                    return Err(format!(
                        "the published RSA key has {bits} bits; {} to {} count",
                        RSA_BITS.start(),
                        RSA_BITS.end()
                    ));
                }
                (key.to_vec(), bits)
            }
        };
        Ok(PublicKey {
            kind: record.kind,
            octets,
            bits,
        })
    }

    /// Whether `signature` is one over `data` by the holder of the key.
    pub(crate) fn holds(&self, data: &[u8], signature: &[u8]) -> bool {
        match self.kind {
            KeyKind::Rsa => UnparsedPublicKey::new(
                &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
                &self.octets,
            )
            .verify(data, signature)
            .is_ok(),
            // RFC 8463 §3: over the hash.
            KeyKind::Ed25519 => {
                let hash = ring::digest::digest(&ring::digest::SHA256, data);
                UnparsedPublicKey::new(&ED25519, &self.octets)
                    .verify(hash.as_ref(), signature)
                    .is_ok()
            }
        }
    }
}

/// The RSAPublicKey, whether it is published so (RFC 6376 §3.6.1) or inside a SubjectPublicKeyInfo, as everybody does.
fn rsa_key(der: &[u8]) -> Option<&[u8]> {
    let (0x30, inside, []) = element(der)? else {
        return None;
    };
    match element(inside)? {
        (0x02, ..) => Some(der),
        (0x30, _, rest) => {
            let (0x03, bits, []) = element(rest)? else {
                return None;
            };
            bits.strip_prefix(&[0])
        }
        _ => None,
    }
}

fn modulus_bits(key: &[u8]) -> Option<usize> {
    let (_, inside, _) = element(key)?;
    let (0x02, modulus, _) = element(inside)? else {
        return None;
    };
    let zeros = modulus.iter().take_while(|octet| **octet == 0).count();
    let significant = modulus.get(zeros..)?;
    let first = significant.first()?;
    Some(significant.len() * 8 - usize::try_from(first.leading_zeros()).ok()?)
}

/// One DER element off the front: tag, content, what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            let length = octets
                .iter()
                .fold(0, |sum, octet| sum << 8 | usize::from(*octet));
            (length, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}
