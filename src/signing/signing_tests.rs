//! Keys made, kept and used, in a store of one's own.

use std::path::PathBuf;
use std::time::Duration;

use futures_lite::future::{FutureExt as _, block_on, zip};
use store::Store;

use super::*;
use crate::settings::Settings;

const LETTER: &[u8] = b"From: ann@house.test\r\nSubject: x\r\n\r\nHello.\r\n";

pub(super) struct House {
    folder: PathBuf,
}

impl House {
    pub(super) fn new(name: &str) -> House {
        let folder =
            std::env::temp_dir().join(format!("pillarbox-signing-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        House { folder }
    }

    pub(super) fn open(&self) -> Signing {
        let settings = "hostname = \"mail.house.test\"\ndomains = [\"house.test\"]";
        let settings = Settings::parse(settings, &self.folder.join("pillarbox.toml")).unwrap();
        let store = Store::open(&self.folder, store::Options::default()).unwrap();
        Signing::new(Accounts::new(store, &settings).unwrap())
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn letter(octets: &[u8]) -> impl FnMut(u64, &mut [u8]) -> io::Result<usize> {
    move |offset, into| {
        let rest = &octets[usize::try_from(offset).unwrap()..];
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

fn sign(signing: &Signing, from: &str) -> Option<String> {
    block_on(signing.sign(from, None, letter(LETTER))).unwrap()
}

#[test]
fn keys_are_made_once_and_stay() {
    let house = House::new("once");
    let signing = house.open();
    // Two letters want them at once: one thread makes them, and both get the same.
    let both = zip(signing.keys("house.test"), signing.keys("HOUSE.test"));
    let (first, second) = block_on(both);
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(Arc::ptr_eq(&first, &second));
    let signed = sign(&signing, "House.Test").unwrap();
    assert_eq!(signed.matches("DKIM-Signature:").count(), 2);
    let unfolded = signed.replace("\r\n", "");
    assert!(unfolded.contains("d=house.test; s=pb20"), "{signed}");
    assert!(first.records.ed25519.starts_with("v=DKIM1; k=ed25519; p="));
    let shown = format!("{first:?}");
    assert!(shown.contains("pb20") && shown.len() < 200, "{shown}");

    let records = first.records.clone();
    drop((first, second, signing));
    let again = house.open();
    let third = block_on(again.keys("house.test")).unwrap();
    assert_eq!(third.records, records);
    assert_eq!(sign(&again, "house.test").unwrap(), signed);
}

#[test]
fn only_domains_of_the_house_sign() {
    let house = House::new("own");
    let signing = house.open();
    for foreign in [
        "elsewhere.test",
        "sub.house.test",
        "ouse.test",
        "",
        "a b",
        "[192.0.2.1]",
    ] {
        assert_eq!(sign(&signing, foreign), None, "{foreign}");
    }
    assert!(signing.inner.slots().is_empty());
    assert!(sign(&signing, "mail.house.test").is_some());
}

#[test]
fn one_who_goes_away_leaves_the_making_to_others() {
    let house = House::new("away");
    let signing = house.open();
    let impatient = async {
        signing.keys("house.test").await.unwrap();
        unreachable!("RSA keys do not appear at once");
    };
    block_on(impatient.or(async {}));
    assert!(block_on(signing.keys("house.test")).is_ok());
}

#[test]
fn a_thread_that_fails_lets_the_next_one_try() {
    let house = House::new("fails");
    let signing = house.open();
    let (sender, waiting) = async_channel::bounded::<Infallible>(1);
    let slot = Slot::Making(waiting);
    signing.inner.slots().insert("house.test".into(), slot);
    let wait = signing.keys("house.test");
    let fail = async {
        async_io::Timer::after(Duration::from_millis(5)).await;
        signing.inner.slots().remove("house.test");
        drop(sender);
    };
    let (failed, ()) = block_on(zip(wait, fail));
    assert!(matches!(failed, Err(SigningError::Keys(_))));
    assert!(block_on(signing.keys("house.test")).is_ok());
}

#[test]
fn letters_that_cannot_be_read_or_signed_say_so() {
    let house = House::new("unfit");
    let signing = house.open();
    let broken = |_: u64, _: &mut [u8]| Err(io::Error::other("gone"));
    let failed = block_on(signing.sign("house.test", None, broken)).unwrap_err();
    assert_eq!(failed.to_string(), "the letter cannot be read: gone");
    let failed = block_on(signing.sign("house.test", None, letter(b"To: x\r\n\r\n"))).unwrap_err();
    assert!(matches!(failed, SigningError::Unfit(SignError::NoAuthor)));
}
