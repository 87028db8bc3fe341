//! Something that is there only while a life is: whoever needs it between two lives waits for the next one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event_listener::Event;

/// The thing of the life that is lived now; clones share it.
pub struct Current<T> {
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    now: Mutex<Option<Arc<T>>>,
    changed: Event,
}

impl<T> Clone for Current<T> {
    fn clone(&self) -> Self {
        Current {
            inner: self.inner.clone(),
        }
    }
}

impl<T> Default for Current<T> {
    fn default() -> Self {
        Current {
            inner: Arc::new(Inner {
                now: Mutex::new(None),
                changed: Event::new(),
            }),
        }
    }
}

impl<T> Current<T> {
    /// The present one; waits while a new life begins. Whoever keeps it keeps that life's things in memory: ask again for the next deed.
    pub async fn get(&self) -> Arc<T> {
        loop {
            let changed = self.inner.changed.listen();
            if let Some(now) = self.now() {
                return now;
            }
            changed.await;
        }
    }

    /// The present one; `None` between two lives.
    pub fn now(&self) -> Option<Arc<T>> {
        self.lock().clone()
    }

    /// A new life has begun.
    pub(crate) fn set(&self, new: Arc<T>) {
        *self.lock() = Some(new);
        self.inner.changed.notify(usize::MAX);
    }

    /// The life ends.
    pub(crate) fn clear(&self) {
        let old = self.lock().take();
        // Not under the lock: it may be the last one, and much ends with it.
        drop(old);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<T>>> {
        self.inner
            .now
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::{block_on, zip};

    #[test]
    fn between_two_lives_one_waits() {
        let current = Current::default();
        current.set(Arc::new(1));
        assert_eq!(*block_on(current.get()), 1);
        current.clear();
        assert!(current.now().is_none());
        let begins = async { current.set(Arc::new(2)) };
        let (found, ()) = block_on(zip(current.get(), begins));
        assert_eq!(*found, 2);
    }
}
