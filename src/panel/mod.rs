//! The light and the button of the box: what [`Health`] says is played on whatever lights there are, and what a finger does becomes gestures.
//!
//! ```text
//! desk    one look at the button, one change of the light: time is an argument
//! pins    all lights as one pin, all contacts as one pin
//! wiring  which lights and which line, from the settings and the board
//! task    waits for edges, times, and changes of health
//! finger  a press without a button, in the time that a finger takes
//! ```
//!
//! Promises: nothing is looked at over and over (but the level of a chip that tells of no edges); a machine without GPIO runs, and the log says so once;
//! a broken line costs the line and nothing else. It belongs to the ground: it is there before the mail services and after them, and `wire` takes other
//! settings over. It cannot know what a gesture does: whoever holds the other end of the channel decides.

mod desk;
mod finger;
mod pins;
mod task;
mod wiring;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_channel::{Receiver, Sender};
use board::linux::Places;
use board::{Gesture, Shown, sim};
use event_listener::Event;

use crate::health::Health;
use crate::settings::{ButtonSettings, LightSettings};
use desk::Desk;
use wiring::Wiring;

pub use finger::Busy;
pub use task::PanelTask;

/// Gestures that wait while a deed is done; a person makes one a second at most.
const GESTURES_WAITING: usize = 8;

/// What the settings say of the light and of the button.
type Settings = (LightSettings, ButtonSettings);

/// A handle to the panel; clones share it.
#[derive(Clone)]
pub struct Panel {
    inner: Arc<Inner>,
}

struct Inner {
    places: Places,
    health: Health,
    desk: Mutex<Desk>,
    /// A contact beside the real one, for who has no finger at hand.
    contact: sim::Pin,
    /// There is one such finger, and it is busy.
    finger: AtomicBool,
    /// The desk wants to be looked at.
    stirred: Arc<Event>,
    /// What is wired, and what is to be.
    wired: Mutex<Option<Settings>>,
    wanted: Mutex<Option<Settings>>,
    /// The task runs: lines are its to change, because it waits at them.
    works: AtomicBool,
    face: Mutex<Face>,
    /// The face is another.
    turned: Event,
    gestures: Sender<Gesture>,
}

/// What is seen of the panel.
#[derive(Clone, Copy, Debug)]
pub struct Face {
    /// What the light shows.
    pub shown: Shown,
    /// When its first round began, in milliseconds of the monotonic clock; it may lie ahead a little.
    pub began: u64,
    /// Another number whenever it shows something else.
    pub number: u64,
    /// How many gestures there have been.
    pub gestures: u64,
}

impl Panel {
    /// A panel with nothing wired yet, the task that works it, and the gestures that it hears.
    pub fn new(health: Health, places: Places) -> (Panel, PanelTask, Receiver<Gesture>) {
        let (gestures, made) = async_channel::bounded(GESTURES_WAITING);
        let stirred = Arc::new(Event::new());
        let contact = sim::Pin::default();
        contact.on_edge({
            let stirred = stirred.clone();
            move |_| {
                stirred.notify(usize::MAX);
            }
        });
        let mut desk = Desk::new(contact.clone(), health.clone(), now());
        let panel = Panel {
            inner: Arc::new(Inner {
                places,
                face: Mutex::new(desk.face()),
                health,
                desk: Mutex::new(desk),
                contact,
                finger: AtomicBool::new(false),
                stirred,
                wired: Mutex::new(None),
                wanted: Mutex::new(None),
                works: AtomicBool::new(false),
                turned: Event::new(),
                gestures,
            }),
        };
        let task = PanelTask::new(panel.clone());
        (panel, task, made)
    }

    /// Takes the lines and lights that these settings name, or the board's usual ones; the same settings change nothing. The light begins at once,
    /// before the task runs. What cannot be had is told in the log.
    pub fn wire(&self, light: &LightSettings, button: &ButtonSettings) {
        *lock(&self.inner.wanted) = Some((light.clone(), button.clone()));
        if self.inner.works.load(Ordering::SeqCst) {
            self.inner.stirred.notify(usize::MAX);
        } else if let Some(wanted) = self.other_wanted() {
            self.rewire(wanted);
            self.turn();
        }
    }

    /// How the box is.
    pub fn health(&self) -> &Health {
        &self.inner.health
    }

    /// What is seen of it.
    pub fn face(&self) -> Face {
        *lock(&self.inner.face)
    }

    /// The face that follows the one of this number; at once if it has come already.
    pub async fn face_after(&self, number: u64) -> Face {
        loop {
            let turned = self.inner.turned.listen();
            let face = self.face();
            if face.number != number {
                return face;
            }
            turned.await;
        }
    }

    /// Shows how it ended and gives lights and lines back; after a power-off (`stays`) the light stays as it is, so that nothing else makes it flicker.
    pub fn end(&self, stays: bool) {
        self.turn();
        lock(&self.inner.desk).end(stays, now());
    }

    /// Settings that name other lines than those that are wired.
    fn other_wanted(&self) -> Option<Settings> {
        let wanted = lock(&self.inner.wanted).take()?;
        let wired = lock(&self.inner.wired);
        let same = wired
            .as_ref()
            .is_some_and(|wired| wiring::same(wired, &wanted));
        (!same).then_some(wanted)
    }

    fn rewire(&self, wanted: Settings) {
        // The old lines are given back before the new ones are asked for: they may be the same.
        lock(&self.inner.desk).wire(Wiring::default(), now());
        let wiring = Wiring::find(&self.inner.places, &wanted.0, &wanted.1);
        lock(&self.inner.desk).wire(wiring, now());
        *lock(&self.inner.wired) = Some(wanted);
    }

    /// One look at the button and the light; when the next one is due, in milliseconds of the monotonic clock.
    fn turn(&self) -> Option<u64> {
        let (turn, face) = {
            let mut desk = lock(&self.inner.desk);
            (desk.turn(now()), desk.face())
        };
        let other = {
            let mut last = lock(&self.inner.face);
            let other = last.number != face.number || last.gestures != face.gestures;
            *last = face;
            other
        };
        for gesture in turn.gestures {
            // Nobody listens any more, or a deed takes very long: a person presses again.
            let _ = self.inner.gestures.try_send(gesture);
        }
        if other {
            self.inner.turned.notify(usize::MAX);
        }
        turn.deadline
    }
}

/// Milliseconds of the monotonic clock, which is the one that the kernel dates edges with.
pub(crate) fn now() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(now.tv_nsec).unwrap_or(0);
    seconds * 1000 + nanoseconds / 1_000_000
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "panel_tests.rs"]
mod tests;
