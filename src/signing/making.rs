//! New keys for a domain, on a thread of their own: two 1024-bit primes take tens of milliseconds on a computer and seconds on a small board.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::thread;

use async_channel::Sender;
use mail::DateTime;
use msgauth::dkim::generate_ed25519;
use rsa::RsaPrivateKey;
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::rand_core::OsRng;
use store::{DkimKeys, Read as _};
use zeroize::Zeroizing;

use super::{DomainKeys, Inner, SigningError, Slot};
use crate::log;

/// RFC 8301 §3.2: at least 1024, better 2048. More does not fit two strings of a TXT record, and some receivers take no more.
const RSA_BITS: usize = 2048;
/// Mail goes first.
const NICENESS: i32 = 10;
/// Numbers live on the heap; the stack holds frames.
const STACK: usize = 1024 * 1024;
/// Selectors name the year in which the keys were made, so that people see how old they are; a box that does not know the time yet was not made before this.
const FIRST_YEAR: i64 = 2026;

/// Starts making the keys of `domain`. When `open` is dropped they are on the disk and in [`Inner`]'s slots, or the slot is empty again.
pub(super) fn start(inner: Arc<Inner>, domain: String, open: Sender<Infallible>) -> io::Result<()> {
    let work = Work {
        inner,
        domain,
        _open: open,
    };
    thread::Builder::new()
        .name("dkim keys".into())
        .stack_size(STACK)
        .spawn(move || work.run())?;
    Ok(())
}

struct Work {
    inner: Arc<Inner>,
    domain: String,
    /// Dropped last, whatever happens: that wakes those who wait.
    _open: Sender<Infallible>,
}

impl Work {
    fn run(self) {
        // Refused is no harm.
        let _ = rustix::process::nice(NICENESS);
        match self.made() {
            Ok(keys) => {
                let mut slots = self.inner.slots();
                slots.insert(self.domain.clone(), Slot::Ready(Arc::new(keys)));
                drop(slots);
                log::info(
                    0,
                    format_args!(
                        "made DKIM keys for {}: publish what `pillarbox dns` prints",
                        self.domain
                    ),
                );
            }
            Err(error) => log::warn(
                0,
                format_args!("the DKIM keys of {} were not made: {error}", self.domain),
            ),
        }
    }

    fn made(&self) -> Result<DomainKeys, SigningError> {
        let rsa = RsaPrivateKey::new(&mut OsRng, RSA_BITS)
            .and_then(|key| Ok(key.to_pkcs8_der()?))
            .map_err(|error| SigningError::Keys(error.to_string()))?;
        let made = self.inner.accounts.store().unix();
        let (selector_ed25519, selector_rsa) = selectors(made);
        let keys = DkimKeys {
            domain: self.domain.clone(),
            selector_ed25519,
            selector_rsa,
            ed25519: Zeroizing::new(generate_ed25519()?),
            rsa: rsa.to_bytes(),
            made,
        };
        let loaded = DomainKeys::load(&keys)?;
        let domain = self.domain.clone();
        let stored = self.inner.accounts.store().write(move |write| {
            // Whoever was first stays: its records may be published already.
            if let Some(first) = write.dkim_keys(&domain)? {
                return Ok(Some(first));
            }
            write.set_dkim_keys(&keys)?;
            Ok(None)
        });
        match stored.wait()? {
            Some(first) => Ok(DomainKeys::load(&first)?),
            None => Ok(loaded),
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let mut slots = self.inner.slots();
        if let Some(Slot::Making(_)) = slots.get(&self.domain) {
            slots.remove(&self.domain);
        }
    }
}

/// Those of the Ed25519 and of the RSA key: `pb2026e`, `pb2026r`.
fn selectors(made: i64) -> (String, String) {
    let (year, ..) = DateTime::utc(made).local_date();
    let year = year.max(FIRST_YEAR);
    (format!("pb{year}e"), format!("pb{year}r"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::House;
    use super::*;

    #[test]
    fn a_thread_that_ends_without_keys_empties_the_slot_and_wakes_who_waits() {
        let house = House::new("drop");
        let inner = house.open().inner;
        let (open, waiting) = async_channel::bounded(1);
        let slot = Slot::Making(waiting.clone());
        inner.slots().insert("house.test".into(), slot);
        drop(Work {
            inner: inner.clone(),
            domain: "house.test".into(),
            _open: open,
        });
        assert!(inner.slots().is_empty());
        assert!(waiting.is_closed());
    }

    #[test]
    fn selectors_name_the_year_and_none_before_the_first_box() {
        assert_eq!(selectors(1_795_000_000).0, "pb2026e");
        assert_eq!(selectors(1_830_000_000).1, "pb2027r");
        assert_eq!(selectors(0), ("pb2026e".into(), "pb2026r".into()));
    }
}
