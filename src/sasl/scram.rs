//! What both ends of SCRAM-SHA-256 share: keys, proofs and the grammar of the four messages (RFC 5802 §3, §5.1, §7; RFC 7677).
//!
//! The parsers take whole messages, which their callers have bounded, walk them once and borrow from them.

use crate::prep::saslprep;
use crate::secret::decode;
use ring::{digest, hmac, pbkdf2};
use std::fmt;
use std::num::NonZeroU32;
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

/// Octets in every key, proof and signature: SHA-256's.
pub(crate) const KEY_LEN: usize = 32;

/// What a server keeps of a password for SCRAM (RFC 5802 §3): it can check a proof with it, but not log in elsewhere.
/// Whoever steals it can still try passwords at the cost of `iterations` each. Debug shows no key.
#[derive(Clone, PartialEq, Eq)]
pub struct ScramKeys {
    /// The salt, chosen at random for each password; 16 octets here.
    pub salt: Vec<u8>,
    /// Rounds of PBKDF2.
    pub iterations: u32,
    /// H(ClientKey).
    pub stored_key: [u8; KEY_LEN],
    /// HMAC(SaltedPassword, "Server Key").
    pub server_key: [u8; KEY_LEN],
}

impl ScramKeys {
    /// Octets of salt for a new password.
    pub const SALT_LEN: usize = 16;
    /// Rounds for a new password: above the 4096 that RFC 7677 §3 asks for, and some 10 ms on the phone that logs in.
    pub const DEFAULT_ITERATIONS: u32 = 10_000;

    /// The keys of a password, prepared with SASLprep; a password that SASLprep refuses is taken as it is. No iterations count as one.
    pub fn derive(password: &str, salt: &[u8], iterations: u32) -> ScramKeys {
        let salted = salted_password(password.as_bytes(), salt, iterations);
        let client_key = client_key(&salted);
        ScramKeys {
            salt: salt.to_vec(),
            iterations: iterations.max(1),
            stored_key: hash(&*client_key),
            server_key: *server_key(&salted),
        }
    }

    /// Keys that no password opens, for a name that nobody has: the same each time for the same seed and name, so that asking
    /// twice does not tell the name apart. `seed` is a lasting secret of the server; `iterations` those that its people have.
    pub fn decoy(seed: &[u8], user: &str, iterations: u32) -> ScramKeys {
        let part = |label: &[u8]| {
            let mut text = label.to_vec();
            text.extend_from_slice(user.as_bytes());
            hmac_sha256(seed, &text)
        };
        let mut salt = part(b"decoy salt\0").to_vec();
        salt.truncate(ScramKeys::SALT_LEN);
        ScramKeys {
            salt,
            iterations,
            stored_key: part(b"decoy stored\0"),
            server_key: part(b"decoy server\0"),
        }
    }

    /// Whether a client's proof for this conversation shows that it has the password.
    pub(crate) fn proves(&self, auth_message: &[u8], proof: &[u8; KEY_LEN]) -> bool {
        let signature = Zeroizing::new(hmac_sha256(&self.stored_key, auth_message));
        let client_key = Zeroizing::new(xor(proof, &signature));
        same(&hash(&*client_key), &self.stored_key)
    }

    /// The server's own proof for this conversation.
    pub(crate) fn server_signature(&self, auth_message: &[u8]) -> [u8; KEY_LEN] {
        hmac_sha256(&self.server_key, auth_message)
    }
}

impl Drop for ScramKeys {
    fn drop(&mut self) {
        self.stored_key.zeroize();
        self.server_key.zeroize();
    }
}

impl fmt::Debug for ScramKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScramKeys")
            .field("iterations", &self.iterations)
            .finish_non_exhaustive()
    }
}

/// SaltedPassword (RFC 5802 §3): PBKDF2 over the prepared password.
pub(crate) fn salted_password(
    password: &[u8],
    salt: &[u8],
    iterations: u32,
) -> Zeroizing<[u8; KEY_LEN]> {
    let mut salted = Zeroizing::new([0; KEY_LEN]);
    let iterations = NonZeroU32::new(iterations).unwrap_or(NonZeroU32::MIN);
    let prepared = std::str::from_utf8(password)
        .ok()
        .and_then(saslprep)
        .map(Zeroizing::new);
    let password = prepared
        .as_ref()
        .map_or(password, |prepared| prepared.as_bytes());
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        iterations,
        salt,
        password,
        &mut *salted,
    );
    salted
}

pub(crate) fn client_key(salted: &[u8; KEY_LEN]) -> Zeroizing<[u8; KEY_LEN]> {
    Zeroizing::new(hmac_sha256(salted, b"Client Key"))
}

pub(crate) fn server_key(salted: &[u8; KEY_LEN]) -> Zeroizing<[u8; KEY_LEN]> {
    Zeroizing::new(hmac_sha256(salted, b"Server Key"))
}

pub(crate) fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; KEY_LEN] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    let mut out = [0; KEY_LEN];
    for (to, from) in out.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    out
}

pub(crate) fn hash(message: &[u8]) -> [u8; KEY_LEN] {
    let mut out = [0; KEY_LEN];
    for (to, from) in out
        .iter_mut()
        .zip(digest::digest(&digest::SHA256, message).as_ref())
    {
        *to = *from;
    }
    out
}

pub(crate) fn xor(one: &[u8; KEY_LEN], two: &[u8; KEY_LEN]) -> [u8; KEY_LEN] {
    let mut out = *one;
    for (to, from) in out.iter_mut().zip(two) {
        *to ^= *from;
    }
    out
}

/// Equality in a time that depends on the lengths only.
pub(crate) fn same(one: &[u8], two: &[u8]) -> bool {
    one.ct_eq(two).into()
}

/// AuthMessage (RFC 5802 §3).
pub(crate) fn auth_message(
    client_first_bare: &[u8],
    server_first: &[u8],
    without_proof: &[u8],
) -> Vec<u8> {
    [client_first_bare, server_first, without_proof].join(&b',')
}

/// `gs2-cbind-flag = ("p=" cb-name) / "n" / "y"`
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Flag<'a> {
    /// The client cannot bind.
    No,
    /// The client can bind but believes that the server cannot.
    Yes,
    /// The client binds to the channel with this name.
    Binds(&'a [u8]),
}

/// `client-first-message = gs2-header client-first-message-bare`
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ClientFirst<'a> {
    pub(crate) flag: Flag<'a>,
    pub(crate) authzid: String,
    /// `gs2-header`, with its last comma.
    pub(crate) header: &'a [u8],
    pub(crate) bare: &'a [u8],
    pub(crate) user: String,
    pub(crate) nonce: &'a [u8],
}

impl<'a> ClientFirst<'a> {
    /// `gs2-header = gs2-cbind-flag "," [ "a=" saslname ] ","` and `client-first-message-bare = "n=" saslname "," "r=" c-nonce ["," extensions]`.
    /// A `reserved-mext` ("m=") at the front is refused, as §5.1 asks.
    pub(crate) fn parse(message: &'a [u8]) -> Option<ClientFirst<'a>> {
        let (flag, rest) = cut(message)?;
        let flag = match flag {
            b"n" => Flag::No,
            b"y" => Flag::Yes,
            _ => Flag::Binds(flag.strip_prefix(b"p=").filter(|name| !name.is_empty())?),
        };
        let (authzid, bare) = cut(rest)?;
        let authzid = match authzid {
            b"" => String::new(),
            _ => saslname(authzid.strip_prefix(b"a=")?)?,
        };
        let header = message.get(..message.len().checked_sub(bare.len())?)?;
        let (user, rest) = cut(bare)?;
        let user = saslname(user.strip_prefix(b"n=")?)?;
        let nonce = first_attribute(rest)
            .strip_prefix(b"r=")
            .filter(|nonce| is_nonce(nonce))?;
        Some(ClientFirst {
            flag,
            authzid,
            header,
            bare,
            user,
            nonce,
        })
    }
}

/// `client-final-message = "c=" base64 "," "r=" nonce ["," extensions] "," "p=" base64`
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ClientFinal<'a> {
    /// `cbind-input`, decoded.
    pub(crate) binding: Vec<u8>,
    pub(crate) nonce: &'a [u8],
    pub(crate) without_proof: &'a [u8],
    pub(crate) proof: [u8; KEY_LEN],
}

impl<'a> ClientFinal<'a> {
    pub(crate) fn parse(message: &'a [u8]) -> Option<ClientFinal<'a>> {
        let at = message.iter().rposition(|octet| *octet == b',')?;
        let (without_proof, proof) = message.split_at_checked(at)?;
        let proof = decode(proof.strip_prefix(b",p=")?)?
            .as_bytes()
            .try_into()
            .ok()?;
        let (binding, rest) = cut(without_proof)?;
        let binding = decode(binding.strip_prefix(b"c=")?)?.as_bytes().to_vec();
        let nonce = first_attribute(rest).strip_prefix(b"r=")?;
        Some(ClientFinal {
            binding,
            nonce,
            without_proof,
            proof,
        })
    }
}

/// `server-first-message = "r=" nonce "," "s=" base64 "," "i=" posit-number ["," extensions]`
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServerFirst<'a> {
    pub(crate) nonce: &'a [u8],
    pub(crate) salt: Vec<u8>,
    pub(crate) iterations: u32,
}

impl<'a> ServerFirst<'a> {
    pub(crate) fn parse(message: &'a [u8]) -> Option<ServerFirst<'a>> {
        let (nonce, rest) = cut(message)?;
        let nonce = nonce.strip_prefix(b"r=").filter(|nonce| is_nonce(nonce))?;
        let (salt, rest) = cut(rest)?;
        let salt = decode(salt.strip_prefix(b"s=")?)?.as_bytes().to_vec();
        let iterations = first_attribute(rest).strip_prefix(b"i=")?;
        let iterations = std::str::from_utf8(iterations)
            .ok()
            .filter(|digits| digits.starts_with(|c| matches!(c, '1'..='9')))?;
        Some(ServerFirst {
            nonce,
            salt,
            iterations: iterations.parse().ok()?,
        })
    }
}

/// The attribute before the first comma, and what follows the comma.
fn cut(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = message.iter().position(|octet| *octet == b',')?;
    Some((message.get(..at)?, message.get(at + 1..)?))
}

/// The attribute at the front of what may be the message's last one.
pub(crate) fn first_attribute(message: &[u8]) -> &[u8] {
    cut(message).map_or(message, |(attribute, _)| attribute)
}

/// `printable = %x21-2B / %x2D-7E`, at least one.
fn is_nonce(nonce: &[u8]) -> bool {
    !nonce.is_empty()
        && nonce
            .iter()
            .all(|octet| matches!(octet, 0x21..=0x2b | 0x2d..=0x7e))
}

/// `saslname = 1*(value-safe-char / "=2C" / "=3D")`, decoded. `None`: empty, not UTF-8, a NUL, or another escape.
fn saslname(raw: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(raw)
        .ok()
        .filter(|text| !text.is_empty() && !text.contains('\0'))?;
    let mut pieces = text.split('=');
    let mut name = pieces.next()?.to_owned();
    for piece in pieces {
        let (escaped, rest) = match piece.split_at_checked(2)? {
            ("2C", rest) => (',', rest),
            ("3D", rest) => ('=', rest),
            _ => return None,
        };
        name.push(escaped);
        name.push_str(rest);
    }
    Some(name)
}

/// A name in the escaped form of `saslname`.
pub(crate) fn escape(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

#[cfg(test)]
#[path = "scram_tests.rs"]
mod tests;
