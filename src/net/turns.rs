//! Taking turns on the one thread: tasks, and the sockets and timers that make tasks runnable.
//!
//! [`Executor::run`] looks at sockets again after two hundred tasks. A client that reads a large mailbox as fast as it is printed keeps one task runnable all the
//! time, and two hundred pieces of 64 KiB take 6 ms and more: everyone else would wait that long to be heard at all. Looking costs a system call of
//! half a microsecond, so it is done every few tasks.

use std::future::Future;

use async_executor::Executor;
use futures_lite::FutureExt;
use futures_lite::future::yield_now;

/// Tasks between two looks.
const TURNS: u32 = 8;

/// Runs the executor's tasks, on this thread, until `until` is done. To be called inside [`async_io::block_on`], which looks at the sockets.
pub async fn run<T>(executor: &Executor<'_>, until: impl Future<Output = T>) -> T {
    let turns = async {
        loop {
            for _ in 0..TURNS {
                executor.tick().await;
            }
            yield_now().await;
        }
    };
    until.or(turns).await
}
