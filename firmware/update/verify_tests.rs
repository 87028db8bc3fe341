//! Updates made here with a key of the test's own, and one that the `minisign` program made.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::*;
use crate::update::KeySource;

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pillarbox-update-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder.canonicalize().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// Somebody who signs.
pub(crate) struct Signer {
    pair: Ed25519KeyPair,
    number: [u8; 8],
}

impl Signer {
    pub(crate) fn new(seed: u8) -> Signer {
        Signer {
            pair: Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap(),
            number: [seed; 8],
        }
    }

    pub(crate) fn key(&self) -> Key {
        let mut octets = b"Ed".to_vec();
        octets.extend_from_slice(&self.number);
        octets.extend_from_slice(self.pair.public_key().as_ref());
        Key::parse(&STANDARD.encode(octets), KeySource::Person).unwrap()
    }

    /// The head of an update with this comment.
    pub(crate) fn head(&self, comment: &str, system: &[u8]) -> Vec<u8> {
        self.head_of_form(b"ED", comment, &Blake2b512::digest(system))
    }

    fn head_of_form(&self, form: &[u8; 2], comment: &str, what: &[u8]) -> Vec<u8> {
        let signature = self.pair.sign(what);
        let mut first = form.to_vec();
        first.extend_from_slice(&self.number);
        first.extend_from_slice(signature.as_ref());
        let mut said = signature.as_ref().to_vec();
        said.extend_from_slice(comment.as_bytes());
        let global = self.pair.sign(&said);
        format!(
            "untrusted comment: a test's\n{}\ntrusted comment: {comment}\n{}\n\n",
            STANDARD.encode(first),
            STANDARD.encode(global.as_ref())
        )
        .into_bytes()
    }

    pub(crate) fn update(&self, comment: &str, system: &[u8]) -> Vec<u8> {
        let mut file = self.head(comment, system);
        file.extend_from_slice(system);
        file
    }
}

pub(crate) fn rules() -> Rules {
    Rules {
        target: "pi64".to_owned(),
        running: Version::parse("0.2.0").unwrap(),
        most: 1 << 20,
    }
}

fn word(file: &[u8], key: &Key) -> &'static str {
    match verify(&mut &*file, key, &rules()) {
        Ok(_) => "good",
        Err(error) => {
            assert!(error.to_string().len() > 20, "{error}");
            error.word()
        }
    }
}

/// `printf 'a system\n'`, signed by `minisign -S` with the built-in key's secret.
const REAL: &str = include_str!("real.update");

#[test]
fn what_minisign_signs_is_verified_by_the_built_in_key() {
    let key = Key::built_in().unwrap();
    let rules = Rules {
        running: Version::parse("0.0.1").unwrap(),
        ..rules()
    };
    let verified = verify(&mut REAL.as_bytes(), &key, &rules).unwrap();
    assert_eq!(verified.release.to_string(), "pillarbox 0.0.1 pi64");
    assert_eq!(verified.length, 9);
    let changed = REAL.replace("a system", "b system");
    assert!(matches!(
        verify(&mut changed.as_bytes(), &key, &rules),
        Err(UpdateError::Wrong)
    ));
}

#[test]
fn the_same_version_and_newer_ones_are_taken() {
    let signer = Signer::new(1);
    let system = vec![9; 200_000];
    for version in ["0.2.0", "0.2.1", "1.0.0"] {
        let file = signer.update(&format!("pillarbox {version} pi64"), &system);
        let verified = verify(&mut &*file, &signer.key(), &rules()).unwrap();
        assert_eq!(verified.length, 200_000);
        assert_eq!(verified.release.version.to_string(), version);
    }
}

#[test]
fn each_wrong_file_is_refused_for_its_own_reason() {
    let (signer, other) = (Signer::new(1), Signer::new(2));
    let key = signer.key();
    let comment = "pillarbox 0.3.0 pi64";
    let system = vec![9; 100_000];
    let good = signer.update(comment, &system);
    assert_eq!(word(&good, &key), "good");
    assert_eq!(word(&good, &other.key()), "other-key");
    assert_eq!(word(&good[..good.len() - 1], &key), "wrong");
    let head = signer.head(comment, &system);
    assert_eq!(word(&head, &key), "no-update");
    for at in 0..head.len() {
        assert_eq!(word(&good[..at], &key), "no-update", "{at}");
    }
    let longer = [good.as_slice(), b"x"].concat();
    assert_eq!(word(&longer, &key), "wrong");
    let of = |comment: &str| signer.update(comment, &system);
    assert_eq!(word(&of("pillarbox 0.3.0 pi32"), &key), "other-target");
    assert_eq!(word(&of("pillarbox 0.1.9 pi64"), &key), "older");
    assert_eq!(word(&of("timestamp:1700000000\tfile:x"), &key), "not-ours");
    let large = signer.update(comment, &vec![9; (1 << 20) + 1]);
    assert_eq!(word(&large, &key), "too-large");
    let mut legacy = signer.head_of_form(b"Ed", comment, &system);
    legacy.extend_from_slice(&system);
    assert_eq!(word(&legacy, &key), "legacy");
    // A legacy signature over the hash, called prehashed or not, must not pass for one over the system.
    let hash = Blake2b512::digest(&system);
    let legacy = signer.update(comment, &hash);
    assert_eq!(word(&legacy, &key), "good");
    let mut mixed = signer.head_of_form(b"ED", comment, &system);
    mixed.extend_from_slice(&system);
    assert_eq!(word(&mixed, &key), "wrong");
}

/// The comment of one update with the system of another: the global signature is over the other signature.
#[test]
fn a_comment_cannot_be_put_before_another_system() {
    let signer = Signer::new(1);
    let system = vec![1; 1000];
    let old = signer.update("pillarbox 0.1.0 pi64", &system);
    let text = String::from_utf8_lossy(&old[..old.len() - 1000]);
    let forged = text.replace("0.1.0", "0.9.0");
    let file = [forged.as_bytes(), &system].concat();
    assert_eq!(word(&file, &signer.key()), "wrong");
    let new = signer.head("pillarbox 0.9.0 pi64", b"another");
    let new = String::from_utf8(new).unwrap();
    let lines: Vec<&str> = text
        .lines()
        .zip(new.lines())
        .enumerate()
        .map(|(n, (old, new))| if n == 1 { old } else { new })
        .collect();
    let file = [lines.join("\n").as_bytes(), b"\n", &system].concat();
    assert_ne!(word(&file, &signer.key()), "good");
}

#[test]
fn every_changed_octet_of_the_head_is_noticed() {
    let signer = Signer::new(1);
    let system = b"a small system".to_vec();
    let good = signer.update("pillarbox 0.3.0 pi64", &system);
    let begin = good.iter().position(|octet| *octet == b'\n').unwrap() + 1;
    for at in begin..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 1;
        assert_ne!(word(&changed, &signer.key()), "good", "octet {at}");
    }
}

#[test]
fn a_head_is_read_from_a_slow_source_and_nothing_behind_it() {
    struct Slow<'a>(&'a [u8]);
    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = into.len().min(1).min(self.0.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }
    let signer = Signer::new(1);
    let file = signer.update("pillarbox 0.3.0 pi64", b"system");
    let mut slow = Slow(&file);
    let head = Head::read(&mut slow).unwrap();
    assert_eq!(slow.0, b"system");
    assert_eq!(head.length, file.len() - 6);
    let verified = verify(&mut Slow(&file), &signer.key(), &rules()).unwrap();
    assert_eq!(verified.length, 6);
    let endless = vec![b'x'; 10_000];
    let mut slow = Slow(&endless);
    assert!(matches!(
        Head::read(&mut slow),
        Err(UpdateError::NotAnUpdate)
    ));
    assert_eq!(slow.0.len(), 10_000 - crate::update::file::HEAD_MAX);
}
