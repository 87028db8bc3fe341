//! DKIM signatures on the mail of the house: a domain's keys, made when they are first needed, and the two fields on top of a letter.
//!
//! ```text
//! author  which domain a letter is from        making  new keys, on a thread of their own
//! sealing what a stranger's letter gets that an alias passes on
//! ```
//!
//! Promises: only a domain of the house signs, and only letters whose author (`From`) is of that very domain, so that the signature counts for DMARC;
//! making an RSA key (seconds on a small board) holds nobody else up, happens once however many letters wait for it, and what was made is on the disk before
//! it signs; no key is logged or shown.
//!
//! What it cannot do: it does not know where a letter comes from. **Only letters of people who logged in, and those that the box wrote itself, may be
//! signed**: a stranger's letter with a forged author of the house that an alias passes on outside must not be ([`Signing::sign`]'s caller sees to
//! that). Nor does it know whether the keys are published: receivers treat a signature whose key they do not find as none.

mod author;
mod making;
mod sealing;

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_channel::Receiver;
use msgauth::arc::SealError;
use msgauth::dkim::{HeaderList, KeyError, Records, Selectors, SignError, Signer, SigningKeys};
use store::{DkimKeys, Read as _};

use crate::accounts::Accounts;

pub use author::author_domain;

/// Octets of a message that are read at once.
const PIECE: usize = 16 * 1024;
/// Pieces that are hashed before others get their turn: some milliseconds on the smallest board.
const PIECES_A_TURN: u32 = 4;

/// Signs for the domains of the house; clones share the keys.
#[derive(Clone)]
pub struct Signing {
    inner: Arc<Inner>,
}

struct Inner {
    accounts: Accounts,
    /// By folded domain; as many as the house has domains.
    keys: Mutex<HashMap<String, Slot>>,
}

enum Slot {
    Ready(Arc<DomainKeys>),
    /// A thread makes them; its end closes the channel.
    Making(Receiver<Infallible>),
}

/// One domain's keys, loaded.
pub struct DomainKeys {
    /// The `d=`, in A-labels and lower case.
    pub domain: String,
    /// Where the public keys are to be published.
    pub selectors: Selectors,
    /// What is to be published there.
    pub records: Records,
    keys: SigningKeys,
}

/// Why a letter got no signature.
#[derive(Debug)]
pub enum SigningError {
    /// The keys could not be read or made: a sentence.
    Keys(String),
    /// The letter could not be read.
    Letter(io::Error),
    /// The letter cannot be signed as it is.
    Unfit(SignError),
    /// The letter cannot be sealed as it is.
    Unsealed(SealError),
}

impl Signing {
    /// For the household. Reads and makes nothing yet.
    pub fn new(accounts: Accounts) -> Signing {
        Signing {
            inner: Arc::new(Inner {
                accounts,
                keys: Mutex::default(),
            }),
        }
    }

    /// The domain that signs a letter whose author has an address at `from`: that domain in A-labels, if it is the house's own.
    ///
    /// # Errors
    /// What the store cannot read.
    pub fn signing_domain(&self, from: &str) -> Result<Option<String>, SigningError> {
        let Some(domain) = mail::idna::to_ascii(from) else {
            return Ok(None);
        };
        let read = self.inner.accounts.store().read()?;
        // Own domains may be set as U-labels; the comparison knows both spellings.
        let own = self.inner.accounts.is_own_domain(&read, &domain)?;
        Ok(own.then_some(domain))
    }

    /// The fields to put on top of a letter whose author has an address at `from` ([`author_domain`]): Ed25519's first, then RSA's, each with its CRLF;
    /// `None` if that is no domain of the house.
    ///
    /// `read` gives the letter from an offset on, exactly as it will be sent (after re-encoding), and 0 at its end; it is called between
    /// turns of other tasks and so must not keep a read transaction open. `time`: the wall clock's unix seconds, if it is trusted.
    ///
    /// # Errors
    /// See [`SigningError`]. A letter without a signature may still be sent: it is then judged by SPF alone.
    pub async fn sign(
        &self,
        from: &str,
        time: Option<i64>,
        read: impl FnMut(u64, &mut [u8]) -> io::Result<usize>,
    ) -> Result<Option<String>, SigningError> {
        let Some(domain) = self.signing_domain(from)? else {
            return Ok(None);
        };
        let keys = self.keys(&domain).await?;
        let mut signer = Signer::new(
            &keys.keys,
            &keys.domain,
            keys.selectors.clone(),
            HeaderList::STANDARD,
        );
        each_piece(read, |octets| signer.feed(octets)).await?;
        signer.finish(time).map(Some).map_err(SigningError::Unfit)
    }

    /// The keys of a domain of the house (A-labels), from memory, from the store, or made now; making takes seconds on a small board.
    ///
    /// # Errors
    /// What the store cannot read or write, no thread, no random numbers.
    pub async fn keys(&self, domain: &str) -> Result<Arc<DomainKeys>, SigningError> {
        let domain = domain.to_ascii_lowercase();
        let waiting = match self.inner.look(&domain)? {
            Slot::Ready(keys) => return Ok(keys),
            Slot::Making(waiting) => waiting,
        };
        // Nothing is ever sent: the channel closes when the thread is done, well or badly.
        let _ = waiting.recv().await;
        match self.inner.slots().get(&domain) {
            Some(Slot::Ready(keys)) => Ok(keys.clone()),
            _ => Err(SigningError::Keys(format!(
                "the keys of {domain} could not be made; the log says why"
            ))),
        }
    }
}

/// Hands on the whole letter, letting others have their turns.
async fn each_piece(
    mut read: impl FnMut(u64, &mut [u8]) -> io::Result<usize>,
    mut each: impl FnMut(&[u8]),
) -> Result<(), SigningError> {
    let mut piece = vec![0; PIECE];
    let mut offset = 0;
    let mut pieces = 0;
    loop {
        let length = read(offset, &mut piece).map_err(SigningError::Letter)?;
        let Some(octets) = piece.get(..length).filter(|octets| !octets.is_empty()) else {
            return Ok(());
        };
        each(octets);
        offset += octets.len() as u64;
        pieces += 1;
        if pieces % PIECES_A_TURN == 0 {
            futures_lite::future::yield_now().await;
        }
    }
}

impl Inner {
    fn look(self: &Arc<Inner>, domain: &str) -> Result<Slot, SigningError> {
        let mut slots = self.slots();
        match slots.get(domain) {
            Some(Slot::Ready(keys)) => return Ok(Slot::Ready(keys.clone())),
            Some(Slot::Making(waiting)) => return Ok(Slot::Making(waiting.clone())),
            None => {}
        }
        let stored = self.accounts.store().read()?.dkim_keys(domain)?;
        if let Some(stored) = stored {
            let keys = Arc::new(DomainKeys::load(&stored)?);
            slots.insert(domain.to_owned(), Slot::Ready(keys.clone()));
            return Ok(Slot::Ready(keys));
        }
        let (open, waiting) = async_channel::bounded(1);
        slots.insert(domain.to_owned(), Slot::Making(waiting.clone()));
        // A thread that does not start empties the slot again, and needs the lock for it.
        drop(slots);
        making::start(self.clone(), domain.to_owned(), open)
            .map_err(|error| SigningError::Keys(format!("no thread to make keys on: {error}")))?;
        Ok(Slot::Making(waiting))
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DomainKeys {
    fn load(stored: &DkimKeys) -> Result<DomainKeys, KeyError> {
        let keys = SigningKeys::load(&stored.ed25519, &stored.rsa)?;
        Ok(DomainKeys {
            domain: stored.domain.clone(),
            selectors: Selectors {
                ed25519: stored.selector_ed25519.clone(),
                rsa: stored.selector_rsa.clone(),
            },
            records: Records::of(&keys),
            keys,
        })
    }
}

impl fmt::Debug for DomainKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DomainKeys")
            .field("domain", &self.domain)
            .field("selectors", &self.selectors)
            .finish_non_exhaustive()
    }
}

impl From<store::Error> for SigningError {
    fn from(error: store::Error) -> SigningError {
        SigningError::Keys(error.to_string())
    }
}

impl From<KeyError> for SigningError {
    fn from(error: KeyError) -> SigningError {
        SigningError::Keys(error.to_string())
    }
}

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SigningError::Keys(words) => write!(f, "no DKIM keys: {words}"),
            SigningError::Letter(error) => write!(f, "the letter cannot be read: {error}"),
            SigningError::Unsealed(error) => write!(f, "no seal: {error}"),
            SigningError::Unfit(error) => write!(f, "no DKIM signature: {error}"),
        }
    }
}

impl std::error::Error for SigningError {}

#[cfg(test)]
#[path = "signing_tests.rs"]
mod tests;
