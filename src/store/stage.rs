//! Bodies on their way into the store, ahead of their index record.
//!
//! A small one stays in memory until `deliver`. A large one is written in pieces of [`PIECE`] octets, one a commit, so that neither the heap nor
//! anyone else's latency grows with it; its row in `00 24` goes with the index record, or the reaper sweeps it.

use std::sync::Arc;

use crate::answer::{Answer, Giver};
use crate::error::{Error, Result};
use crate::ids::Gid;
use crate::memory::Memory;
use crate::schema::{CHUNK, key};
use crate::spool::Spool;
use crate::write::WriteTx;

/// Chunks that one commit takes in: half a MiB, which is also what LMDB keeps of its pages in memory afterwards.
const PIECE: u32 = 128;

/// A body in (or on its way into) the store. Dropped without being delivered it is swept.
pub struct Staged {
    pub(crate) body: Body,
}

pub(crate) enum Body {
    Memory(Vec<u8>),
    Stored(StoredBody),
}

/// A body whose chunks lie in the store under a gid without index record.
pub(crate) struct StoredBody {
    pub(crate) gid: Gid,
    pub(crate) size: u64,
    memory: Arc<Memory>,
}

impl Drop for StoredBody {
    fn drop(&mut self) {
        // Delivered or not: the row in the store tells the reaper.
        self.memory.abandon(self.gid);
    }
}

impl Staged {
    /// Octets of the body.
    #[allow(clippy::len_without_is_empty, reason = "an empty message is a message")]
    pub fn len(&self) -> u64 {
        match &self.body {
            Body::Memory(octets) => octets.len() as u64,
            Body::Stored(stored) => stored.size,
        }
    }
}

/// A large body being written, a piece a commit.
pub(crate) struct Staging {
    spool: Spool,
    stored: Option<StoredBody>,
    /// Chunks written.
    done: u32,
    giver: Giver<Staged>,
}

impl Staging {
    pub(crate) fn new(spool: Spool) -> (Staging, Answer<Staged>) {
        let (answer, giver) = Answer::pair();
        (
            Staging {
                spool,
                stored: None,
                done: 0,
                giver,
            },
            answer,
        )
    }

    /// Writes the next piece. True when it was the last one.
    pub(crate) fn step(&mut self, tx: &mut WriteTx<'_>, memory: &Arc<Memory>) -> Result<bool> {
        tx.room()?;
        let size = self.spool.len();
        if size > u64::from(u32::MAX) {
            return Err(Error::NotAllowed("a message has at most 4 GiB"));
        }
        let gid = match &self.stored {
            Some(stored) => stored.gid,
            None => {
                let gid = tx.next_gid()?;
                self.stored = Some(StoredBody {
                    gid,
                    size,
                    memory: memory.clone(),
                });
                tx.put(&key::orphan(gid), &[])?;
                gid
            }
        };
        let mut buffer = [0; CHUNK];
        for _ in 0..PIECE {
            let at = u64::from(self.done).saturating_mul(CHUNK as u64);
            let rest = usize::try_from(size.saturating_sub(at)).unwrap_or(CHUNK);
            let Some(piece) = buffer
                .get_mut(..rest.min(CHUNK))
                .filter(|piece| !piece.is_empty())
            else {
                return Ok(true);
            };
            self.spool.read_at(at, piece)?;
            self.done = self.done.saturating_add(1);
            tx.put(&key::chunk(gid, self.done), piece)?;
        }
        Ok(u64::from(self.done).saturating_mul(CHUNK as u64) >= size)
    }

    /// Says what became of it. What was written of a failed one is swept when `self` goes.
    pub(crate) fn answer(self, outcome: Result<()>) {
        self.giver.give(match (outcome, self.stored) {
            (Ok(()), Some(stored)) => Ok(Staged {
                body: Body::Stored(stored),
            }),
            (Ok(()), None) => Err(Error::Busy),
            (Err(error), _) => Err(error),
        });
    }
}
