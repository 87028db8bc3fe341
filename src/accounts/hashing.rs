//! The one thread that hashes passwords, so that the executor never waits for 19 MiB of argon2id and never two run at once.

use std::io;

use async_channel::{Receiver, Sender, TrySendError};

use super::passwords::Scratch;

/// Hashing is behind mail in the queue for the processor.
const NICENESS: i32 = 5;
/// argon2id works in its own memory; the stack holds a few frames.
const STACK: usize = 256 * 1024;

type Job = Box<dyn FnOnce(&mut Scratch) + Send>;

/// The way to the thread. It ends when the last one is dropped.
#[derive(Clone)]
pub(super) struct Hasher {
    jobs: Sender<Job>,
}

impl Hasher {
    /// Starts the thread; `waiting` jobs may wait for it.
    pub(super) fn start(waiting: usize) -> io::Result<Hasher> {
        let (jobs, queue) = async_channel::bounded(waiting.max(1));
        std::thread::Builder::new()
            .name("hashing".into())
            .stack_size(STACK)
            .spawn(move || work(&queue))?;
        Ok(Hasher { jobs })
    }

    /// Runs `hash` on the thread. `None`: too many wait already. A job whose asker has gone is not begun.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        hash: impl FnOnce(&mut Scratch) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = async_channel::bounded(1);
        let job: Job = Box::new(move |scratch| {
            if !answer.is_closed() {
                let _ = answer.try_send(hash(scratch));
            }
        });
        match self.jobs.try_send(job) {
            Ok(()) => answered.recv().await.ok(),
            Err(TrySendError::Full(_) | TrySendError::Closed(_)) => None,
        }
    }
}

fn work(queue: &Receiver<Job>) {
    // Refused is no harm: then it competes with mail as an equal.
    let _ = rustix::process::nice(NICENESS);
    while let Ok(job) = queue.recv_blocking() {
        let mut scratch = Scratch::new();
        job(&mut scratch);
        // The memory is given back as soon as nobody waits: an idle box holds none of it.
        while let Ok(job) = queue.try_recv() {
            job(&mut scratch);
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
        let first = hasher.run(move |_| wait.recv().is_ok());
        let rest = async {
            // The first sits in the thread or in the queue; of the next two at least one finds no room.
            let second = hasher.run(|_| true);
            let third = hasher.run(|_| true);
            let all = zip(second, third);
            let release = async { go.send(()).unwrap() };
            zip(all, release).await.0
        };
        let (first, (second, third)) = block_on(zip(first, rest));
        assert_eq!(first, Some(true));
        assert!(second.is_none() || third.is_none());
    }

    #[test]
    fn the_thread_ends_with_its_last_handle() {
        let hasher = Hasher::start(1).unwrap();
        let jobs = hasher.jobs.clone();
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
