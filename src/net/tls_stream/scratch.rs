//! The two buffers that all TLS connections of a thread share: records are decrypted and encrypted here, and nothing stays between two calls.

use std::cell::Cell;

use super::MAX_RECORD;

/// The most plaintext encrypted at once: a piece of 64 KiB (what sessions print) and the line around it, in full records of 2^14.
pub(super) const BATCH: usize = 5 << 14;
/// Room for a batch's records (5 octets of header, at most 24 of nonce and tag) and TLS's own messages before them: a certificate chain at the most.
pub(super) const OUTGOING: usize = BATCH + 32 * 1024;
/// Room for one read: a kept partial record and about four more, or a server's long chain of certificates and the record that ends it.
const INCOMING: usize = 5 * MAX_RECORD;

/// The buffers; made when first used, about 210 KB of address space a thread, of which only what is used becomes memory.
pub(in crate::net) struct Scratch {
    pub(in crate::net) incoming: Box<[u8]>,
    pub(in crate::net) outgoing: Box<[u8]>,
}

impl Scratch {
    fn new() -> Box<Scratch> {
        Box::new(Scratch {
            incoming: vec![0; INCOMING].into_boxed_slice(),
            outgoing: vec![0; OUTGOING].into_boxed_slice(),
        })
    }

    /// Moves kept octets to the front of the incoming buffer and frees them; returns how many there are.
    pub(super) fn restore(&mut self, kept: &mut Vec<u8>) -> usize {
        let octets = std::mem::take(kept);
        match self.incoming.get_mut(..octets.len()) {
            Some(front) => {
                front.copy_from_slice(&octets);
                octets.len()
            }
            None => 0, // unreachable: `keep` never keeps more than fits
        }
    }
}

thread_local! {
    static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

/// Lends the thread's buffers to `work`. They are taken out meanwhile: should `work` panic or come here again, new ones are made.
pub(in crate::net) fn with<T>(work: impl FnOnce(&mut Scratch) -> T) -> T {
    let mut scratch = SCRATCH.take().unwrap_or_else(Scratch::new);
    let result = work(&mut scratch);
    SCRATCH.set(Some(scratch));
    result
}
