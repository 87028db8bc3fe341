//! Another system for the card: the update file, who may have made it, how it gets into the slot that does not run, and what became of it.
//!
//! ```text
//! file     the file: a minisign signature, an empty line, the system       key      whose signature counts, and who may change that
//! release  versions and targets: never an older one, never another board's  verify   all of it, in pieces
//! writing  init's half, step by step: verify, write the other slot, read back   slot_io  octets to and from a disk, past every cache
//! ```
//!
//! # From the file to the system that runs, and every place where the power may go
//!
//! 1. The server spools the file and verifies it, so that a person hears at once what is wrong with it. Cut here: part of a file lies in the spool, and is
//!    thrown away or finished; nothing else has happened.
//! 2. init, as root, opens the file in the spool ([`Writing::begin`]: no links, a plain file) and verifies it whole. Cut here: the other slot was not touched.
//! 3. It writes the other slot, all but its first piece, which is zeroed: half a system never looks like one. Cut here: the boot state
//!    still names this slot as good and nothing to try. Whoever begins again begins at 2: nothing of the attempt is needed.
//! 4. It reads the slot back from the medium and verifies *that*, behind the first piece in memory, against the signature; then the first piece is written and read back.
//!    What the unprivileged server may have done to the spooled file between the two readings (it owns it) makes no difference: what was not signed never
//!    stands there as a system, not even for the boot chain that looks for any that is whole. Nor is the slot written once it is to be tried.
//! 5. Only then comes [`Turn::Written`], and init notes the trial on the data partition, synced; then one sector says "try this slot"
//!    (`boot_state`), and the box restarts. Cut between the two: the old system starts, finds the note of a trial that never was, and says so. Cut after
//!    it: the boot chain clears that word before it starts the new system, so it is tried once at most.
//! 6. The new system's trial passes and one sector says "good"; or it fails, hangs, loses power: the old one runs again, finds the note, and
//!    knows that it was given up, and at which step. A cut between "good" and the end of the note is a start of the new system that is no trial: as good as "good".
//!
//! It cannot: update what lies before the slots (the board's firmware, U-Boot and its script); go back to an older version; promise anything of a medium
//! that says it has written and has not, beyond reading back what it returns.

pub mod file;
pub mod key;
pub mod release;
mod slot_io;
pub mod verify;
pub mod writing;

pub use file::{Head, UpdateError};
pub(crate) use key::KEY_FILE;
pub use key::{Key, KeySource};
pub use release::{Release, TARGET, Version, running_version};
pub use slot_io::Place;
pub use verify::{Checking, Rules, Verified, verify};
pub use writing::{Plan, Refusal, Turn, Writing};
