//! Messages that come in together and are kept together or not at all: staged as they come, grouped into commits, then given their
//! places in one deed (MULTIAPPEND, RFC 3502).
//!
//! Promises: what is staged is nobody's message until [`crate::WriteTx::append_batch`]; a batch that is dropped, and one that a crash
//! left behind, is swept; neither the handle nor the deed that ends it grows with the messages. Its rows are in `00 29`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::ids::{Flags, Gid};
use crate::memory::Memory;
use crate::records::Head;
use crate::stage::Staged;

/// Messages in one row of a batch: their entries fill one overflow page.
pub(crate) const ROW_ENTRIES: usize = 168;

/// A message that is to be kept with others.
pub struct Incoming {
    /// The octets, from [`crate::Store::stage`].
    pub body: Staged,
    /// Its scalars; `size` must be the body's.
    pub head: Head,
    /// Rendered once on arrival; opaque to the store.
    pub record: Vec<u8>,
    /// Handed to the closure of [`crate::WriteTx::append_batch`], which says what they mean.
    pub flags: Flags,
}

/// Messages being collected; clones are the same batch. Once the last clone is dropped, what was staged and not appended is swept.
#[derive(Clone)]
pub struct Batch {
    inner: Arc<Inner>,
}

struct Inner {
    /// The gid of the first message staged, which names the batch; 0: none was.
    id: AtomicU64,
    memory: Arc<Memory>,
}

impl Batch {
    pub(crate) fn new(memory: Arc<Memory>) -> Batch {
        Batch {
            inner: Arc::new(Inner {
                id: AtomicU64::new(0),
                memory,
            }),
        }
    }

    /// What names the batch's rows, if there are any.
    pub(crate) fn id(&self) -> Option<Gid> {
        let id = self.inner.id.load(Ordering::Acquire);
        (id != 0).then_some(Gid(id))
    }

    /// The batch's name, which is `first` if it has none yet.
    pub(crate) fn named(&self, first: Gid) -> Gid {
        let _ = self
            .inner
            .id
            .compare_exchange(0, first.0, Ordering::AcqRel, Ordering::Acquire);
        self.id().unwrap_or(first)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let id = *self.id.get_mut();
        if id != 0 {
            // Appended or not: the rows in the store tell the reaper.
            self.memory.abandon_batch(Gid(id));
        }
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Batch").field(&self.id()).finish()
    }
}
