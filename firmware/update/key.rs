//! Whose signature counts.
//!
//! One key is in force, the first of these that is there:
//! 1. `update.pub` on the card's first partition: the owner's. Whoever can put a file there has the card in the hand, which is more than a press of the
//!    button; nothing that runs on the box but process 1 can write it (the partition is root's and mounted read-only, and the server gets a copy of what is there for
//!    it). So it is init that looks there.
//! 2. `/etc/update.pub` in the initramfs: the key of the machine that built this image, so that a person who builds their own cards signs their own updates.
//!    It comes with each system, and goes on to the next one.
//! 3. The one that this program was built with, `firmware/update.pub`.
//!
//! A later one is not asked when an earlier one is there: an owner who sets a key wants nobody else's systems.
//!
//! `[update] key` in the settings says by which key the *server* judges a file before it hands it on (and `--key` by which a person does). It stands in a file that
//! the server may write, so init does not go by it: else whoever broke into the unprivileged server could bring a key of their own, and be root at the next start. A
//! key in the settings that differs from the card's only makes the server refuse, or init.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The name of a key's file on the first partition and in `/etc`.
pub const KEY_FILE: &str = "update.pub";
/// The longest key file, in octets: a comment and 56 characters.
const KEY_FILE_MAX: u64 = 1024;
/// What this program was built with.
const BUILT_IN: &str = include_str!("../update.pub");

/// Where a key came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeySource {
    /// The card's first partition.
    Card,
    /// The image that this system came in.
    Image,
    /// This program.
    BuiltIn,
    /// The settings, or the command line.
    Person,
}

/// A key that counts.
#[derive(Clone)]
pub struct Key {
    /// Which key it is; a signature names it.
    pub(super) number: [u8; 8],
    /// Ed25519's.
    pub(super) public: [u8; 32],
    text: String,
    /// Where it came from.
    pub source: KeySource,
}

impl Key {
    /// Reads what stands in a `.pub` file of minisign, both lines or the second alone; `None`: it is no such key.
    pub fn parse(text: &str, source: KeySource) -> Option<Key> {
        let line = text
            .lines()
            .map(str::trim)
            .rfind(|line| !line.is_empty() && !line.starts_with("untrusted comment:"))?;
        let octets = STANDARD.decode(line).ok()?;
        let rest = octets.strip_prefix(b"Ed")?;
        let (number, public) = rest.split_first_chunk()?;
        Some(Key {
            number: *number,
            public: public.try_into().ok()?,
            text: line.to_owned(),
            source,
        })
    }

    /// The one that this program was built with; `None` only if it was built with a broken one.
    pub fn built_in() -> Option<Key> {
        Key::parse(BUILT_IN, KeySource::BuiltIn)
    }

    /// The key in force on a card: the folders are where the first partition is mounted and `/etc`. A file that is there and is no key is an error and not
    /// passed over: its owner meant something.
    ///
    /// # Errors
    /// A file that cannot be read, or is no key.
    pub fn in_force(boot: &Path, etc: &Path) -> io::Result<Key> {
        for (folder, source) in [(boot, KeySource::Card), (etc, KeySource::Image)] {
            if let Some(key) = Key::from_file(&folder.join(KEY_FILE), source)? {
                return Ok(key);
            }
        }
        Key::built_in().ok_or_else(|| io::Error::other("this program was built without a key"))
    }

    /// The key in a file; `None`: there is no such file.
    ///
    /// # Errors
    /// It cannot be read, or is no key.
    pub fn from_file(path: &Path, source: KeySource) -> io::Result<Option<Key>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut text = String::new();
        file.take(KEY_FILE_MAX).read_to_string(&mut text)?;
        let wrong = || {
            let words = format!(
                "{} is no public key of minisign; it has a line of 56 characters that begins with RW",
                path.display()
            );
            io::Error::new(io::ErrorKind::InvalidData, words)
        };
        Key::parse(&text, source).map(Some).ok_or_else(wrong)
    }
}

/// As it stands in its file.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, {:?})", self.text, self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::update::verify::tests::Folder;

    const OTHER: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    #[test]
    fn the_built_in_key_is_one() {
        let key = Key::built_in().unwrap();
        assert_eq!(key.to_string().len(), 56);
        assert_eq!(key.source, KeySource::BuiltIn);
    }

    #[test]
    fn one_line_or_two() {
        let two = format!("untrusted comment: minisign public key\n{OTHER}\n");
        assert_eq!(
            Key::parse(&two, KeySource::Card).unwrap().to_string(),
            OTHER
        );
        assert_eq!(
            Key::parse(OTHER, KeySource::Card).unwrap().to_string(),
            OTHER
        );
        for wrong in [
            "",
            "untrusted comment: x\n",
            "RWQf",
            &OTHER.replace('R', "!"),
        ] {
            assert!(Key::parse(wrong, KeySource::Card).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_card_comes_before_the_image_and_a_broken_one_is_not_passed_over() {
        let folder = Folder::new();
        let (boot, etc) = (folder.path("boot"), folder.path("etc"));
        std::fs::create_dir(&boot).unwrap();
        std::fs::create_dir(&etc).unwrap();
        let source = || Key::in_force(&boot, &etc).map(|key| key.source);
        assert_eq!(source().unwrap(), KeySource::BuiltIn);
        std::fs::write(etc.join(KEY_FILE), OTHER).unwrap();
        assert_eq!(source().unwrap(), KeySource::Image);
        std::fs::write(boot.join(KEY_FILE), OTHER).unwrap();
        assert_eq!(source().unwrap(), KeySource::Card);
        std::fs::write(boot.join(KEY_FILE), "my key").unwrap();
        assert!(source().is_err());
    }
}
