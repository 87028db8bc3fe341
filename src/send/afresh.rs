//! The owner has mended something, or has set up the relay anew: what the queue's task remembers of before is void.

use store::Read as _;

use super::{Sender, lock};

impl Sender {
    /// Addresses that could not be reached are dialed again at once, and connections that wait for a next letter are closed: a relay's may be logged in as somebody
    /// else than it is set up for now. One that carries a letter in this moment may carry the next ones too, for as long as they follow each other.
    pub fn start_afresh(&self) {
        lock(&self.office.rests).clear();
        drop(lock(&self.office.pool).empty());
        if let Ok(relays) = self.office.store.read().and_then(|read| read.relays()) {
            self.office.relays_changed(&relays);
        }
    }
}
