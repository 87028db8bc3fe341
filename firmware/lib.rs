//! The card: everything between a kernel that has just started and a box that serves mail.
//!
//! ```text
//! power -> the chip's own firmware -> U-Boot -> kernel -> init (this crate, as process 1) -> `pillarbox run` (its child, without rights)
//!
//! init       process 1: mounts, modules, the child and its restarts, watchdog, power
//! data       the data partition: found, judged, grown, mounted; the record of an update and the way back for the store
//! network    cables, addresses, resolvers
//! sandbox    what the server gives up before it looks at anything
//! disk_map   where everything lies on the card          boot_state  which system is good, which is to be tried once
//! mbr        the card's first sector
//! slot       what a system is, as it stands on the card  uboot       the forms of files that U-Boot reads
//! talk       what process 1 and the server tell each other
//! update     another system: the signed file, who may have made it, how it gets into the slot that does not run
//! past_cache a disk without the kernel's memory of it
//! sys        every system call of process 1 that needs `unsafe`
//! fault      the line that a fault leaves: build and addresses
//! ```
//!
//! Promises: nothing here touches mail; process 1 never ends by itself; what cannot be had (a card, a cable, a clock) is said in a sentence and does not keep
//! the light from burning. It imports nothing of the box's other crates: the server knows [`talk`], and this crate does not know the server.

pub mod boot_state;
pub mod data;
pub mod disk_map;
pub mod fault;
pub mod init;
pub mod mbr;
pub mod network;
mod past_cache;
pub mod sandbox;
pub mod slot;
mod sys;
pub mod talk;
pub mod uboot;
pub mod update;
