//! Sums and signatures: `sha256sum -c` and `minisign -V` read them.
//!
//! The key is whoever's builds: with `--key` the project's, which never lies in the repository; without it one of this machine's own, made once under target/.
//! The card carries the public half, so that its updates come from where it came from.
//!
//! Keys are read and made by the crate `minisign`; the signature itself is made here, because that crate mixes chance into each one and two builds
//! would not be the same. Format: <https://jedisct1.github.io/minisign/#signature-format>, prehashed (`ED`).

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blake2::{Blake2b512, Digest as _};
use minisign::{KeyPair, PublicKey, SecretKeyBox};
use ring::signature::Ed25519KeyPair;

use crate::failure::{Failure, Result, Tried, read_text, write};

/// A key that signs, ready.
pub(crate) struct Signer {
    pair: Ed25519KeyPair,
    /// By which the two halves know each other.
    number: [u8; 8],
    public: PublicKey,
}

impl Signer {
    /// The key in `given`, or this machine's own in `own`.
    pub(crate) fn open(given: Option<&Path>, own: &Path) -> Result<Self> {
        let file = given.unwrap_or(own);
        if given.is_none() && !own.exists() {
            make(own)?;
        }
        let what = || format!("reading the key {}", file.display());
        let boxed = SecretKeyBox::from_string(&read_text(file)?).tried(what())?;
        let password = std::env::var("PILLARBOX_KEY_PASSWORD").ok();
        let secret = match password {
            Some(password) => boxed.into_secret_key(Some(password)),
            None => boxed.into_unencrypted_secret_key(),
        }
        .map_err(|error| {
            Failure::new(format!(
                "{}: {error}; a key with a password needs PILLARBOX_KEY_PASSWORD",
                what()
            ))
        })?;
        let public = PublicKey::from_secret_key(&secret).tried(what())?;
        let octets = secret.to_bytes();
        let (pair, number) = halves(&octets)
            .ok_or_else(|| Failure::new(format!("{}: its two halves do not fit", what())))?;
        Ok(Self {
            pair,
            number,
            public,
        })
    }

    /// The public half, as minisign keeps it: two lines.
    pub(crate) fn public_key(&self) -> Result<String> {
        let boxed = self.public.to_box().tried("writing down the public key")?;
        Ok(boxed.into_string())
    }

    /// The signature of `octets`: four lines. `trusted` is signed with it, and says what this is.
    pub(crate) fn sign(&self, octets: &[u8], trusted: &str) -> String {
        let of_the_hash = self.pair.sign(&Blake2b512::digest(octets));
        let of_all = self
            .pair
            .sign(&[of_the_hash.as_ref(), trusted.as_bytes()].concat());
        format!(
            "untrusted comment: made by pillarbox's cargo image\n{}\ntrusted comment: {trusted}\n{}\n",
            STANDARD.encode([b"ED".as_slice(), &self.number, of_the_hash.as_ref()].concat()),
            STANDARD.encode(of_all)
        )
    }
}

/// What signs, out of a secret key's octets: three names of algorithms (2 octets each), salt (32), two limits (8 each), number (8), seed (32), public half (32), sum.
fn halves(secret: &[u8]) -> Option<(Ed25519KeyPair, [u8; 8])> {
    let number = secret.get(54..62)?.try_into().ok()?;
    let pair =
        Ed25519KeyPair::from_seed_and_public_key(secret.get(62..94)?, secret.get(94..126)?).ok()?;
    Some((pair, number))
}

/// A key pair without a password: it protects as much as this checkout does.
fn make(own: &Path) -> Result<()> {
    let pair = KeyPair::generate_unencrypted_keypair().tried("making a key")?;
    let secret = pair
        .sk
        .to_box(Some(
            "secret key of pillarbox's cargo image on this machine",
        ))
        .tried("writing down the key")?;
    write(own, secret.into_string().as_bytes())?;
    only_mine(own)?;
    eprintln!(
        "made a key of this machine's own, {}: cards that are made with it take updates that are signed with it, so keep it",
        own.display()
    );
    Ok(())
}

#[cfg(unix)]
fn only_mine(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
        .tried("making the key readable for its owner only")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools;

    #[test]
    fn minisign_itself_says_that_it_is_good() {
        let place = std::env::temp_dir().join(format!("pillarbox-sign-{}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        let own = place.join("own.key");
        let signer = Signer::open(None, &own).unwrap();
        let again = Signer::open(Some(&own), &place.join("never")).unwrap();
        assert_eq!(
            signer.sign(b"card", "pillarbox 1 pi64"),
            again.sign(b"card", "pillarbox 1 pi64")
        );
        std::fs::write(place.join("card"), b"card").unwrap();
        std::fs::write(
            place.join("card.minisig"),
            signer.sign(b"card", "pillarbox 1 pi64"),
        )
        .unwrap();
        std::fs::write(place.join("key.pub"), signer.public_key().unwrap()).unwrap();
        let verify = || {
            tools::output(
                tools::command("minisign")
                    .args(["-V", "-m", "card", "-p", "key.pub"])
                    .current_dir(&place),
            )
        };
        let said = String::from_utf8(verify().unwrap()).unwrap();
        assert!(said.contains("pillarbox 1 pi64"), "{said}");
        std::fs::write(place.join("card"), b"cart").unwrap();
        assert!(verify().is_err());
        std::fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn a_file_that_is_no_key() {
        let file = std::env::temp_dir().join(format!("pillarbox-no-key-{}", std::process::id()));
        std::fs::write(&file, "hello\n").unwrap();
        assert!(
            Signer::open(Some(&file), &file)
                .is_err_and(|e| e.to_string().contains("reading the key"))
        );
        std::fs::remove_file(file).unwrap();
    }
}
