//! A person's own password: argon2id (RFC 9106) beside SCRAM-SHA-256 keys (RFC 7677), both made from it once.
//!
//! **argon2id with 19 MiB, 2 passes, 1 lane.** RFC 9106 §4 would like 64 MiB and 3 passes where memory is short; a 512 MB board that also
//! runs a mail store with its page cache has no 64 MiB to lend at any moment, and takes a second for it. OWASP's password storage cheat sheet
//! gives 19 MiB, t=2, p=1 as the same strength as its larger settings. It is some 20 ms on a laptop, 0.3 s on the
//! smallest board, and at most one runs at a time.
//!
//! **SCRAM with 10,000 rounds.** Only the client pays for them at a log-in, and programs on phones pay without complaint up to about here; RFC 7677
//! §4 asks for 4096 at least. Who steals the card could guess against these keys faster than against argon2id, and holds all the mail already.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sasl::{ScramKeys, Secret};
use store::ScramRecord;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::random::fill;
use super::refusal::Refusal;
use crate::reason::Reason;

/// Memory for one hash, in KiB.
pub const ARGON2_MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
pub const ARGON2_PASSES: u32 = 2;
/// Lanes. More would need threads to be of use to us, and are of use to an attacker.
const ARGON2_LANES: u32 = 1;
/// What a stored hash may ask for at most: a damaged or foreign record must not take the board's memory.
const MEMORY_MAX_KIB: u32 = 64 * 1024;
const PASSES_MAX: u32 = 16;
const SALT_LEN: usize = 16;
const HASH_LEN: usize = 32;
/// The longest password, in octets: what a SASL message carries.
const PASSWORD_MAX: usize = 1024;

/// Memory to hash in, kept between two hashes that follow each other.
pub(super) type Scratch = Vec<Block>;

/// What is stored of a password.
pub(super) struct Made {
    pub(super) phc: String,
    pub(super) scram: ScramRecord,
}

/// Whether a person may choose this password: neither empty nor longer than a log-in can carry, without controls.
pub(crate) fn acceptable(password: &Secret) -> Result<(), Refusal> {
    let text = password
        .as_str()
        .ok_or_else(|| Refusal::not_allowed("the password is not UTF-8 text; type it again"))?;
    if text.is_empty() {
        return Err(Reason::PasswordEmpty.into());
    }
    if text.len() > PASSWORD_MAX {
        return Err(Reason::PasswordLong { most: PASSWORD_MAX }.into());
    }
    if sasl::opaque_string(text).is_none() {
        return Err(Reason::PasswordControls.into());
    }
    Ok(())
}

/// Hashes a new password. Takes the time of one argon2id and one PBKDF2.
pub(super) fn make(password: &Secret, scratch: &mut Scratch) -> Result<Made, Refusal> {
    let mut salt = [0; SALT_LEN];
    fill(&mut salt)?;
    let hash = argon2id(
        &prepared(password),
        &salt,
        ARGON2_MEMORY_KIB,
        ARGON2_PASSES,
        ARGON2_LANES,
        scratch,
    )
    .ok_or_else(|| {
        Refusal::new(
            super::RefusalKind::Failed,
            "the password could not be hashed",
        )
    })?;
    let mut scram_salt = [0; ScramKeys::SALT_LEN];
    fill(&mut scram_salt)?;
    let text = Zeroizing::new(password.as_str().unwrap_or_default().to_owned());
    let keys = ScramKeys::derive(&text, &scram_salt, ScramKeys::DEFAULT_ITERATIONS);
    Ok(Made {
        phc: phc(&salt, hash.as_slice()),
        scram: ScramRecord {
            salt: keys.salt.clone(),
            iterations: keys.iterations,
            stored_key: keys.stored_key,
            server_key: keys.server_key,
        },
    })
}

/// Whether it is an argon2id PHC string that this machine can check passwords against.
pub(crate) fn acceptable_hash(phc: &str) -> bool {
    Stored::parse(phc).is_some_and(|stored| {
        let params = Params::new(stored.memory, stored.passes, stored.lanes, Some(HASH_LEN));
        stored.hash.len() == HASH_LEN && stored.salt.len() >= 8 && params.is_ok()
    })
}

/// Whether the password is the one of this PHC string. A string that is not understood costs nothing and matches nothing.
pub(super) fn matches(password: &Secret, phc: &str, scratch: &mut Scratch) -> bool {
    let Some(stored) = Stored::parse(phc) else {
        return false;
    };
    argon2id(
        &prepared(password),
        &stored.salt,
        stored.memory,
        stored.passes,
        stored.lanes,
        scratch,
    )
    .is_some_and(|hash| hash.as_slice().ct_eq(&stored.hash).into())
}

/// A hash that no password has, for names that nobody has: checking against it takes the same time.
pub(super) fn decoy() -> std::io::Result<String> {
    let mut salt = [0; SALT_LEN];
    let mut hash = [0; HASH_LEN];
    fill(&mut salt)?;
    fill(&mut hash)?;
    Ok(phc(&salt, &hash))
}

/// In the one form that all keyboards' ways to type it lead to (RFC 8265 §4.2), or else as it came.
pub(super) fn prepared(password: &Secret) -> Zeroizing<Vec<u8>> {
    let text = password.as_str().and_then(sasl::opaque_string);
    Zeroizing::new(text.map_or_else(|| password.as_bytes().to_vec(), String::into_bytes))
}

fn argon2id(
    password: &[u8],
    salt: &[u8],
    memory: u32,
    passes: u32,
    lanes: u32,
    scratch: &mut Scratch,
) -> Option<Zeroizing<[u8; HASH_LEN]>> {
    let params = Params::new(memory, passes, lanes, Some(HASH_LEN)).ok()?;
    let blocks = params.block_count();
    if scratch.len() < blocks {
        scratch.resize(blocks, Block::new());
    }
    let mut hash = Zeroizing::new([0; HASH_LEN]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password, salt, &mut *hash, scratch)
        .ok()?;
    Some(hash)
}

/// `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`
fn phc(salt: &[u8], hash: &[u8]) -> String {
    format!(
        "$argon2id$v=19$m={ARGON2_MEMORY_KIB},t={ARGON2_PASSES},p={ARGON2_LANES}${}${}",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(hash)
    )
}

struct Stored {
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Stored {
    fn parse(phc: &str) -> Option<Stored> {
        let mut fields = phc.strip_prefix("$argon2id$v=19$")?.split('$');
        let (costs, salt, hash) = (fields.next()?, fields.next()?, fields.next()?);
        let mut costs = costs.split(',');
        let mut cost = |name: &str| costs.next()?.strip_prefix(name)?.parse::<u32>().ok();
        let stored = Stored {
            memory: cost("m=")?,
            passes: cost("t=")?,
            lanes: cost("p=")?,
            salt: STANDARD_NO_PAD.decode(salt).ok()?,
            hash: STANDARD_NO_PAD.decode(hash).ok()?,
        };
        let sane = stored.memory <= MEMORY_MAX_KIB
            && stored.passes <= PASSES_MAX
            && stored.lanes <= 4
            && fields.next().is_none();
        sane.then_some(stored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_itself_however_it_is_typed() {
        let mut scratch = Scratch::new();
        let made = make(&Secret::from("caf\u{e9} au lait"), &mut scratch).unwrap();
        assert!(made.phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(matches(
            &Secret::from("cafe\u{301} au lait"),
            &made.phc,
            &mut scratch
        ));
        assert!(!matches(
            &Secret::from("cafe au lait"),
            &made.phc,
            &mut scratch
        ));
        assert!(!matches(
            &Secret::from("caf\u{e9} au lait"),
            &decoy().unwrap(),
            &mut scratch
        ));
        assert_eq!(made.scram.iterations, 10_000);
    }

    #[test]
    fn a_hash_from_elsewhere_is_read_and_a_greedy_or_broken_one_refused() {
        // From the reference implementation's README: echo -n "password" | argon2 somesalt -t 2 -m 16 -p 4 -l 24 has another length; ours is 32.
        let mut scratch = Scratch::new();
        let secret = Secret::from("x");
        for broken in [
            "",
            "$argon2id$",
            "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA",
            "$argon2id$v=19$m=4000000,t=1,p=1$c29tZXNhbHQ$AAAA",
            "$argon2id$v=19$m=64,t=100000,p=1$c29tZXNhbHQ$AAAA",
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA$x",
            "$argon2id$v=19$t=1,m=64,p=1$c29tZXNhbHQ$AAAA",
        ] {
            assert!(!matches(&secret, broken, &mut scratch), "{broken}");
        }
        assert!(scratch.len() <= 64, "none of them took memory");
    }

    #[test]
    fn what_no_program_can_send_is_not_taken() {
        for bad in ["", "a\tb", "a\0b", &"x".repeat(1025)] {
            assert!(acceptable(&Secret::from(bad)).is_err(), "{bad:?}");
        }
        assert!(acceptable(&Secret::new(vec![0xff, 0xfe])).is_err());
        assert!(acceptable(&Secret::from("ann's password")).is_ok());
    }
}
