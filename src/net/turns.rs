//! Taking turns on the one thread: tasks, and the sockets and timers that make tasks runnable.
//!
//! [`Executor::run`] looks at sockets again after two hundred tasks. A client that reads a large mailbox as fast as it is printed keeps one task runnable all the
//! time, and two hundred pieces of 64 KiB take 6 ms and more: everyone else would wait that long to be heard at all. Looking costs a system call of
//! half a microsecond, so it is done every few tasks.

use std::future::Future;
use std::time::{Duration, Instant};

use async_executor::Executor;
use futures_lite::FutureExt;
use futures_lite::future::yield_now;

/// Tasks between two looks.
const TURNS: u32 = 8;
/// Time after which no further task comes before a look. A step is meant to take a millisecond; some take longer.
const LONG: Duration = Duration::from_millis(2);

/// Runs the executor's tasks, on this thread, until `until` is done. To be called inside [`async_io::block_on`], which looks at the sockets.
pub async fn run<T>(executor: &Executor<'_>, until: impl Future<Output = T>) -> T {
    let turns = async {
        loop {
            let mut since = None;
            for _ in 0..TURNS {
                executor.tick().await;
                // Reading the clock is no system call. It starts after the first task, for which we may have slept.
                let now = Instant::now();
                if now.duration_since(*since.get_or_insert(now)) >= LONG {
                    break;
                }
            }
            yield_now().await;
        }
    };
    until.or(turns).await
}
