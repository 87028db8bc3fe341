//! The one thread that hashes passwords, so that the executor never waits for 19 MiB of argon2id and never two run at once.
//!
//! Three queues lead to it, and one is empty before the next is looked at: whoever is known from before does not wait behind an attack, and
//! who comes from a new place waits only behind others of whom nothing bad is known.

use std::io;

use async_channel::{Receiver, Sender, TrySendError};

use super::passwords::Scratch;
use crate::bans::Turn;

/// Hashing is behind mail in the queue for the processor.
const NICENESS: i32 = 5;
/// argon2id works in its own memory; the stack holds a few frames.
const STACK: usize = 256 * 1024;

type Job = Box<dyn FnOnce(&mut Scratch) + Send>;

/// The way to the thread. It ends when the last one is dropped.
#[derive(Clone)]
pub(super) struct Hasher {
    /// By [`Turn`].
    queues: [Sender<Job>; 3],
    /// One for each job in the queues.
    ready: Sender<()>,
    /// Jobs that were taken on: for tests that count work.
    #[cfg(test)]
    taken: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

impl Hasher {
    /// Starts the thread; `waiting` jobs may wait for it in each queue.
    pub(super) fn start(waiting: usize) -> io::Result<Hasher> {
        let queue = || async_channel::bounded(waiting.max(1));
        let ((first, a), (second, b), (third, c)) = (queue(), queue(), queue());
        let (ready, told) = async_channel::unbounded();
        std::thread::Builder::new()
            .name("hashing".into())
            .stack_size(STACK)
            .spawn(move || work(&told, &[a, b, c]))?;
        Ok(Hasher {
            queues: [first, second, third],
            ready,
            #[cfg(test)]
            taken: std::sync::Arc::default(),
        })
    }

    /// Runs `hash` on the thread. `None`: too many wait already. A job whose asker has gone is not begun.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        turn: Turn,
        hash: impl FnOnce(&mut Scratch) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = async_channel::bounded(1);
        let job: Job = Box::new(move |scratch| {
            if !answer.is_closed() {
                let _ = answer.try_send(hash(scratch));
            }
        });
        let [known, fresh, suspect] = &self.queues;
        let queue = match turn {
            Turn::Known => known,
            Turn::Fresh => fresh,
            Turn::Suspect => suspect,
        };
        match queue.try_send(job) {
            Ok(()) => {
                #[cfg(test)]
                self.taken
                    .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                // It has no bound of its own, and holds no more than the queues do.
                let _ = self.ready.try_send(());
                answered.recv().await.ok()
            }
            Err(TrySendError::Full(_) | TrySendError::Closed(_)) => None,
        }
    }
}

#[cfg(test)]
impl Hasher {
    /// How many hashes were worked out so far, or are being.
    pub(super) fn done(&self) -> u64 {
        self.taken.load(std::sync::atomic::Ordering::Relaxed)
    }
}

fn work(ready: &Receiver<()>, queues: &[Receiver<Job>; 3]) {
    // Refused is no harm: then it competes with mail as an equal.
    let _ = rustix::process::nice(NICENESS);
    let next = || queues.iter().find_map(|queue| queue.try_recv().ok());
    while ready.recv_blocking().is_ok() {
        let mut scratch = Scratch::new();
        if let Some(job) = next() {
            job(&mut scratch);
        }
        // The memory is given back as soon as nobody waits: an idle box holds none of it.
        while ready.try_recv().is_ok() {
            if let Some(job) = next() {
                job(&mut scratch);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::{block_on, zip};

    #[test]
    fn jobs_are_done_in_turn_and_too_many_are_refused() {
        let hasher = Hasher::start(1).unwrap();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let first = hasher.run(Turn::Fresh, move |_| wait.recv().is_ok());
        let rest = async {
            // The first sits in the thread or in the queue; of the next two at least one finds no room.
            let second = hasher.run(Turn::Fresh, |_| true);
            let third = hasher.run(Turn::Fresh, |_| true);
            let all = zip(second, third);
            let release = async { go.send(()).unwrap() };
            zip(all, release).await.0
        };
        let (first, (second, third)) = block_on(zip(first, rest));
        assert_eq!(first, Some(true));
        assert!(second.is_none() || third.is_none());
    }

    #[test]
    fn whoever_is_known_goes_first_and_suspects_go_last() {
        let hasher = Hasher::start(8).unwrap();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let (begun, has_begun) = std::sync::mpsc::channel::<()>();
        let order = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let note = |turn, name: &'static str| {
            let order = order.clone();
            hasher.run(turn, move |_| order.lock().unwrap().push(name))
        };
        let blocker = hasher.run(Turn::Suspect, move |_| {
            begun.send(()).unwrap();
            wait.recv().is_ok()
        });
        let rest = async {
            // It has the thread before the others come.
            has_begun.recv().unwrap();
            let all = zip(
                note(Turn::Suspect, "suspect"),
                zip(note(Turn::Fresh, "fresh"), note(Turn::Known, "known")),
            );
            zip(all, async { go.send(()).unwrap() }).await
        };
        block_on(zip(blocker, rest));
        assert_eq!(*order.lock().unwrap(), ["known", "fresh", "suspect"]);
    }

    #[test]
    fn the_thread_ends_with_its_last_handle() {
        let hasher = Hasher::start(1).unwrap();
        let jobs = hasher.ready.clone();
        drop(hasher);
        let receivers = jobs.receiver_count();
        assert_eq!(receivers, 1);
        jobs.close();
        for _ in 0..200 {
            if jobs.receiver_count() == 0 {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("the thread still listens");
    }
}
