//! Threads that work behind the mail (the search index, what people teach): of low priority, and at rest while messages come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use event_listener::Listener as _;
use store::Store;

/// While messages keep coming, what brings them has the machine: work goes on when none came for so long, or [`LULL_PATIENCE`] has passed.
const LULL: Duration = Duration::from_millis(200);
/// A lull is awaited no longer than this.
const LULL_PATIENCE: Duration = Duration::from_secs(30);
/// How much others go first (nice(2)).
const NICE: i32 = 10;
/// Octets of such a thread's stack: nothing they do recurses.
const STACK: usize = 512 * 1024;

/// A thread that works behind the mail.
pub(crate) struct Background {
    store: Store,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Background {
    /// Starts it; `run` ends soon after the flag that it is given is set and the store's events are notified.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(
        name: &str,
        store: Store,
        run: impl FnOnce(&Store, &AtomicBool) + Send + 'static,
    ) -> std::io::Result<Background> {
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::Builder::new()
            .name(name.into())
            .stack_size(STACK)
            .spawn({
                let (store, stop) = (store.clone(), stop.clone());
                move || {
                    // Refused: then it takes its turn like everyone else.
                    let _ = rustix::process::setpriority_process(None, NICE);
                    run(&store, &stop);
                }
            })?;
        Ok(Background {
            store,
            stop,
            thread,
        })
    }

    /// Ends it, and waits until it has.
    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.store.taught_event().notify(usize::MAX);
        self.store.change_event().notify(usize::MAX);
        let _ = self.thread.join();
    }
}

/// Leaves the machine to what brings messages, until none have come for [`LULL`].
pub(crate) fn await_lull(store: &Store, stop: &AtomicBool) {
    let event = store.change_event();
    let latest = Instant::now() + LULL_PATIENCE;
    loop {
        let another = event.listen();
        let over = stop.load(Ordering::Relaxed) || Instant::now() >= latest;
        if over || another.wait_timeout(LULL).is_none() {
            return;
        }
    }
}
