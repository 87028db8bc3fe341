//! The guards' view of a box without people: its one page is open as long as it runs, in clear.

use std::sync::Arc;

use board::Rhythm;
use event_listener::{Event, EventListener};

use crate::announce::Announcer;
use crate::web::{Boxed, Householder, Premises, Present};

/// See the module.
pub(super) struct Ruin {
    present: Arc<Present>,
    announcer: Announcer,
    /// The window neither opens nor closes.
    never: Event,
}

impl Ruin {
    pub(super) fn new(present: Present, announcer: Announcer) -> Ruin {
        Ruin {
            present: Arc::new(present),
            announcer,
            never: Event::new(),
        }
    }
}

impl Premises for Ruin {
    fn opening(&self) -> Option<u64> {
        Some(1)
    }

    fn pages_in_clear(&self) -> bool {
        true
    }

    fn window_changed(&self) -> EventListener {
        self.never.listen()
    }

    fn present(&self) -> Boxed<Arc<Present>> {
        let present = self.present.clone();
        Box::pin(async move { present })
    }

    fn local_name(&self) -> Option<String> {
        self.announcer.name()
    }

    fn owner(&self) -> Boxed<Option<Householder>> {
        Box::pin(async { None })
    }

    fn play(&self, _: Option<Rhythm>) {}
}
