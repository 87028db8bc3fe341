//! Waits: for an edge, for a time, for a change of health.

use std::future::pending;
use std::os::fd::OwnedFd;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_io::{Async, Timer};
use futures_lite::FutureExt as _;

use super::{Panel, lock, now};

/// The task that works the panel.
pub struct PanelTask {
    panel: Panel,
}

/// What wakes when the button's line has an edge.
#[derive(Default)]
struct Ear {
    /// The wire that it hears.
    number: u64,
    descriptor: Option<Async<OwnedFd>>,
}

impl PanelTask {
    pub(super) fn new(panel: Panel) -> PanelTask {
        PanelTask { panel }
    }

    /// Works it until it is dropped.
    pub async fn run(self) {
        let inner = &self.panel.inner;
        let mut ear = Ear::default();
        inner.works.store(true, Ordering::SeqCst);
        loop {
            // Subscribe, then look.
            let news = inner.health.changed();
            let stirred = inner.stirred.listen();
            if let Some(wanted) = self.panel.other_wanted() {
                // Its copy of the descriptor would keep the line.
                ear = Ear::default();
                self.panel.rewire(wanted);
            }
            let deadline = self.panel.turn();
            ear.listen(&self.panel);
            let time = async {
                match deadline {
                    Some(deadline) => {
                        let left = deadline.saturating_sub(now());
                        Timer::after(Duration::from_millis(left)).await;
                    }
                    None => pending().await,
                }
            };
            news.or(stirred).or(ear.edge()).or(time).await;
        }
    }
}

impl Ear {
    /// Another wire has another descriptor.
    fn listen(&mut self, panel: &Panel) {
        let mut desk = lock(&panel.inner.desk);
        let contacts = desk.contacts();
        let (number, descriptor) = contacts.descriptor();
        if number == self.number {
            return;
        }
        // Its own copy: the line may be given back while somebody waits here.
        let copy =
            descriptor.map(|descriptor| descriptor.try_clone_to_owned().and_then(Async::new));
        self.number = number;
        self.descriptor = match copy {
            Some(Ok(descriptor)) => Some(descriptor),
            Some(Err(error)) => {
                contacts
                    .look_from_now_on(&format_args!("nothing can wait for its edges ({error})"));
                None
            }
            None => None,
        };
    }

    async fn edge(&self) {
        match &self.descriptor {
            Some(descriptor) if descriptor.readable().await.is_ok() => {}
            _ => pending().await,
        }
    }
}
