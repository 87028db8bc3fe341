//! The box on a card of its own: what it and process 1 tell each other ([`firmware::talk`]), and what becomes of it. `run --card FD` only; a box that is a program among
//! others has no [`Card`], and nothing of this exists for it.
//!
//! ```text
//! channel  one datagram after the other      hear   what init tells: to the clock, to the facts, to the pages
//! beat     "alive", every 5 s                doors  whether a door still answers
//! clock    the machine whose clock init sets
//! ```
//!
//! Promises: [`Order::Alive`] is said only after the executor has turned, the store's writer came round and a door of the box's own answered, all since the one before; an order to
//! go off is given only after everything is written and everybody told; nothing is written to the card for any of this. What it cannot do: make init obey.

mod beat;
mod channel;
mod clock;
mod doors;
mod hear;

use std::io;
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_channel::{Receiver, Sender};
use async_io::Timer;
use event_listener::{Event, EventListener};
use firmware::talk::{DataState, Network, Order, Phase, Systems};
use futures_lite::FutureExt as _;

use crate::log;
use channel::Channel;

pub(crate) use beat::{beat, beat_of_a_page};
pub(crate) use clock::OfTheCard;

/// How long init may take to write its log down.
const LOG_PATIENCE: Duration = Duration::from_secs(5);
/// How long a page has to reach the browser before its box goes.
const PAGE: Duration = Duration::from_secs(1);
/// Octets of the log: init's ring is a quarter of it.
const LOG_MOST: u64 = 1024 * 1024;

/// The card; clones share it.
#[derive(Clone)]
pub struct Card {
    inner: Arc<Inner>,
}

struct Inner {
    channel: Channel,
    told: Mutex<Told>,
    changed: Event,
    /// How the box is to end, from a page.
    ends: Sender<End>,
    ended: Receiver<End>,
}

/// What init has told so far.
#[derive(Default)]
struct Told {
    network: Option<Network>,
    systems: Option<Systems>,
    data: Option<DataState>,
    last_words: Option<String>,
    progress: Option<Progress>,
    log: Option<PathBuf>,
    /// Another number with each log.
    logs: u64,
}

/// How far an update, or whatever else init does for long, is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Octets done.
    pub done: u64,
    /// Octets to do; 0: not known.
    pub total: u64,
    /// Why it was refused; empty otherwise.
    pub why: String,
}

/// How a page wants the box to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// For ever, until the plug is pulled and put in again.
    PowerOff,
    /// It starts anew.
    Restart,
}

impl Card {
    /// The card whose init is at the other end of this descriptor, which is ours from now on.
    ///
    /// # Errors
    /// It is no such socket.
    pub fn take(descriptor: RawFd) -> io::Result<Card> {
        let (ends, ended) = async_channel::bounded(1);
        Ok(Card {
            inner: Arc::new(Inner {
                channel: Channel::take(descriptor)?,
                told: Mutex::default(),
                changed: Event::new(),
                ends,
                ended,
            }),
        })
    }

    /// Tells init. Never waits: an order that it does not take at once, because it has not read hundreds before, is lost, with a line in the log.
    pub fn say(&self, order: &Order) {
        if let Err(error) = self.inner.channel.say(order) {
            let word = order.print();
            let word = word.lines().next().unwrap_or_default();
            log::warn(
                0,
                format_args!("card: init was not told \"{word}\": {error}"),
            );
        }
    }

    /// Ends the box in good order, and then has init do the rest. A second wish is left aside.
    pub fn end(&self, how: End) {
        self.inner.ends.try_send(how).ok();
    }

    /// Ready when a page wants the end, and has had the time to say so.
    pub(crate) async fn ends(&self) -> End {
        match self.inner.ended.recv().await {
            Ok(how) => {
                Timer::after(PAGE).await;
                how
            }
            Err(_) => std::future::pending().await,
        }
    }

    /// The network as init knows it; `None`: it has not told yet.
    pub fn network(&self) -> Option<Network> {
        self.told().network.clone()
    }

    /// The systems on the card.
    pub fn systems(&self) -> Option<Systems> {
        self.told().systems.clone()
    }

    /// The data partition.
    pub fn data(&self) -> Option<DataState> {
        self.told().data
    }

    /// What the server before this one said last, if it ended badly.
    pub fn last_words(&self) -> Option<String> {
        self.told().last_words.clone()
    }

    /// How far an update is; `None`: none was begun since the box started.
    pub fn progress(&self) -> Option<Progress> {
        self.told().progress.clone()
    }

    /// Wakes when init has told something. Listen first, then look.
    pub fn changed(&self) -> EventListener {
        self.inner.changed.listen()
    }

    /// The log of the whole system, as much of it as init keeps in memory.
    ///
    /// # Errors
    /// Init does not answer; its file cannot be read.
    pub async fn log(&self) -> io::Result<Vec<u8>> {
        let before = self.told().logs;
        self.say(&Order::Log);
        let written = async {
            loop {
                let changed = self.changed();
                let (path, logs) = {
                    let told = self.told();
                    (told.log.clone(), told.logs)
                };
                match path {
                    Some(path) if logs != before => return Ok(path),
                    _ => changed.await,
                }
            }
        };
        let late = async {
            Timer::after(LOG_PATIENCE).await;
            Err(io::Error::from(io::ErrorKind::TimedOut))
        };
        let path = written.or(late).await?;
        let mut text = Vec::new();
        let file = std::fs::File::open(path)?;
        io::Read::read_to_end(&mut io::Read::take(file, LOG_MOST), &mut text)?;
        Ok(text)
    }

    /// The last thing that is said: waits a moment for init to take it.
    pub(crate) fn say_last(&self, order: &Order) {
        if let Err(error) = self.inner.channel.say_last(order) {
            log::error(0, format_args!("card: init does not hear: {error}"));
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.inner
            .told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut Told)) {
        change(&mut self.told());
        self.inner.changed.notify(usize::MAX);
    }
}
