//! Another system for the box: brought by the owner's browser, by an address, or by `pillarbox update`; judged here, written by init.
//!
//! ```text
//! spool   the folder `update` in the data folder: one file on its way in, one that waits     fetch   over HTTP, from an address
//! state   what waits, what comes, what was refused last                                      key     by whose signature it is judged here
//! ```
//!
//! Only a box on a card has two systems ([`crate::card`]); everywhere else an update can be judged and nothing more. Promises: memory does not grow with the file; nothing waits that is
//! not whole, synced and verified; the disk keeps room for mail; one file comes at a time; a file that waits survives a restart, one that was still coming is thrown away and
//! begun again. What is judged here spares people a wait; what counts is init's own judgement ([`firmware::update`]).

mod fetch;
mod spool;
mod wish;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use firmware::disk_map::Slot;
use firmware::talk::{FileName, Order, Systems};
use firmware::update::{Key, KeySource, Release, Rules, UpdateError, Version, running_version};

use crate::card::Card;
use crate::settings::Settings;

pub use spool::Incoming;
pub(crate) use wish::update;

/// Octets that a slot of the card holds, and an update at most.
pub const SYSTEM_MAX: u64 = Slot::A.stretch().length;
/// Where the card's own keys are looked for: in init's copy of what a person put on the boot partition, and in the system. Init looks at the partition itself.
const CARD_KEYS: [&str; 2] = ["/run/boot", "/etc"];

/// The updates of one box; clones share them.
#[derive(Clone)]
pub struct Updates {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    card: Option<Card>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Octets that have come, and those that will have if that is known, of a file on its way in.
    coming: Option<(u64, Option<u64>)>,
    /// Somebody's address is being asked.
    asking: bool,
    waiting: Option<Waiting>,
    /// It lay there when this box started: what init tells of the last update may be of this one.
    from_before: bool,
    refused: Option<Refused>,
}

/// An update that is whole and verified, and waits for its owner's word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// What it is.
    pub release: Release,
    /// Octets of its file.
    pub length: u64,
}

/// Why there is no update: a word that the pages know, and a sentence for logs and terminals.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// Of [`UpdateError::word`], or `room`, `busy`, `fetch`, `broken-off`.
    pub word: &'static str,
    /// In English.
    pub text: String,
}

/// Everything that a page tells.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The version of this program, which is what runs.
    pub running: Version,
    /// What init tells of the two systems; `None`: no card.
    pub systems: Option<Systems>,
    /// The box is on a card.
    pub card: bool,
    /// What init does with an update.
    pub progress: Option<crate::card::Progress>,
    /// Octets that have come of a file on its way in, and how many there will be.
    pub coming: Option<(u64, Option<u64>)>,
    /// An address is being asked for one.
    pub asking: bool,
    /// What waits.
    pub waiting: Option<Waiting>,
    /// Why the last one was not taken.
    pub refused: Option<Refused>,
}

impl Updates {
    /// Those of the box in this folder. What was still coming when a box before this one ended is thrown away.
    pub fn new(data: &Path, card: Option<Card>) -> Updates {
        let folder = data.join(spool::FOLDER);
        let waiting = spool::sweep(&folder);
        let state = State {
            from_before: waiting.is_some(),
            waiting,
            ..State::default()
        };
        Updates {
            inner: Arc::new(Inner {
                folder,
                card,
                state: Mutex::new(state),
            }),
        }
    }

    /// Whether there are two systems here.
    pub fn has_card(&self) -> bool {
        self.inner.card.is_some()
    }

    /// As things stand.
    pub fn seen(&self) -> Seen {
        let card = self.inner.card.as_ref();
        let systems = card.and_then(Card::systems);
        let tried = systems
            .as_ref()
            .and_then(|systems| systems.updated_to.clone());
        let waits = {
            let state = self.state();
            state.waiting.clone().filter(|_| state.from_before)
        };
        // It was tried: kept or given up, there is nothing more to do with the file.
        if waits.is_some_and(|waits| tried == Some(waits.release.version.to_string())) {
            self.discard();
        }
        let state = self.state();
        Seen {
            running: running_version(),
            systems,
            card: card.is_some(),
            progress: card.and_then(Card::progress),
            coming: state.coming,
            asking: state.asking,
            waiting: state.waiting.clone(),
            refused: state.refused.clone(),
        }
    }

    /// A new file is about to come; `length`, if it is known. What waited goes.
    ///
    /// # Errors
    /// Another one is on its way, or the disk has no room; it is noted for the page.
    pub fn incoming(&self, settings: &Settings, length: Option<u64>) -> Result<Incoming, Refused> {
        let begun = self.key(settings).and_then(|key| {
            let rules = self.rules();
            Incoming::begin(self, key, rules, length)
        });
        if let Err(refused) = &begun {
            self.state().refused = Some(refused.clone());
        }
        begun
    }

    /// Asks init to write what waits to the other slot and to start it. What comes of it is in [`Seen::progress`].
    pub fn install(&self) -> bool {
        let waiting = self.state().waiting.clone();
        let name = waiting.and_then(|waiting| FileName::new(&waiting.release.file_name()));
        let (Some(file), Some(card)) = (name, &self.inner.card) else {
            return false;
        };
        card.say(&Order::Update { file });
        true
    }

    /// Notes for the page why there is no update.
    pub fn note(&self, refused: Refused) {
        self.state().refused = Some(refused);
    }

    /// Throws away what waits, and what was said of one that was refused.
    pub fn discard(&self) {
        let mut state = self.state();
        state.refused = None;
        if let Some(waiting) = state.waiting.take() {
            spool::remove(&self.inner.folder.join(waiting.release.file_name()));
        }
    }

    /// The key by which an update is judged here: the one in the settings; else, on a card, the card's; else the program's own.
    pub(crate) fn key(&self, settings: &Settings) -> Result<Key, Refused> {
        if let Some(text) = &settings.update.key {
            let key = Key::parse(text, KeySource::Person);
            return key.ok_or_else(|| Refused::from(io::Error::other("`key` in [update] is none")));
        }
        if self.has_card() {
            let [boot, etc] = CARD_KEYS.map(Path::new);
            return Ok(Key::in_force(boot, etc)?);
        }
        Key::built_in().ok_or_else(|| Refused::from(io::Error::other("there is no key")))
    }

    /// On a card, init's rules; elsewhere any board's and any version, as nothing is installed.
    fn rules(&self) -> Option<Rules> {
        self.has_card().then(|| Rules::here(SYSTEM_MAX))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.inner.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Refused {
    fn new(word: &'static str, text: impl Into<String>) -> Refused {
        Refused {
            word,
            text: text.into(),
        }
    }
}

impl Refused {
    /// It ended before it was there whole.
    pub(crate) fn broken_off() -> Refused {
        let text = "the update broke off before it was there whole; send it again";
        Refused::new("broken-off", text)
    }
}

impl From<UpdateError> for Refused {
    fn from(error: UpdateError) -> Refused {
        Refused::new(error.word(), error.to_string())
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Refused {
        UpdateError::Io(error).into()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
