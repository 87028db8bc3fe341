//! An empty ext4 file system in a file of the initramfs, and how it comes onto the data partition.
//!
//! No program that makes file systems is on the card. The image's builder makes one with mke2fs and packs its blocks that are not zero:
//!
//! ```text
//! "pbblocks"  u32 block size  u32 blocks of the whole  then, for each: u32 number, the block      all little-endian, numbers rising
//! ```
//!
//! Blocks that are not in the list are written as zeros: what an older file system left in the place of the journal could otherwise be replayed
//! one day. Order: the head (block 0) becomes zeros, sync; everything else, sync; the head, sync. A cut in between leaves a partition without a head,
//! which the next start calls corrupt or empty and offers to format again.

use std::io::{self, Read};

/// Where the builder puts it.
pub(crate) const PATH: &str = "/data.template";
const MAGIC: &[u8; 8] = b"pbblocks";
/// The largest block of ext4 that every kernel mounts.
const LARGEST: usize = 4096;
/// A template is of 64 MiB; more than this is none.
const MOST_BLOCKS: u32 = 1 << 20;
/// Zeros are written so many blocks at a time.
const RUN: u32 = 64;

/// Where it is written to.
pub(crate) trait Target {
    fn write(&self, octets: &[u8], at: u64) -> io::Result<()>;
    /// What was written lasts.
    fn sync(&self) -> io::Result<()>;
}

/// Writes the template to the beginning of `target`; `pulse` is called now and then.
///
/// # Errors
/// The template is none, or the card cannot be written.
pub(crate) fn write(
    mut template: impl Read,
    target: &impl Target,
    pulse: &mut dyn FnMut(),
) -> io::Result<()> {
    let mut head = [0; 16];
    template.read_exact(&mut head)?;
    let (magic, rest) = head.split_at(8);
    let size = word(rest) as usize;
    let blocks = word(rest.get(4..).unwrap_or_default());
    if magic != MAGIC || !(1024..=LARGEST).contains(&size) || blocks > MOST_BLOCKS {
        return Err(none("its head is not one"));
    }
    let mut block = vec![0; size];
    let zeros = vec![0; size * RUN as usize];
    let place = |number: u32| u64::from(number) * size as u64;

    target.write(&block, 0)?;
    target.sync()?;
    let mut first = None;
    let mut next = 0;
    loop {
        let number = number(&mut template)?;
        let until = number.unwrap_or(blocks);
        if until < next || until > blocks || number == Some(blocks) {
            return Err(none("its blocks are out of order"));
        }
        while next < until {
            let run = (until - next).min(RUN);
            let length = run as usize * size;
            target.write(zeros.get(..length).unwrap_or_default(), place(next))?;
            next += run;
            // Else the kernel collects all of it and the last sync takes longer than a watchdog waits.
            target.sync()?;
            pulse();
        }
        let Some(number) = number else { break };
        template.read_exact(&mut block)?;
        if number == 0 {
            first = Some(block.clone());
        } else {
            target.write(&block, place(number))?;
        }
        next = number + 1;
    }
    let first = first.ok_or_else(|| none("it has no head"))?;
    target.sync()?;
    pulse();
    target.write(&first, 0)?;
    target.sync()
}

/// The next block's number; `None` at the end.
fn number(template: &mut impl Read) -> io::Result<Option<u32>> {
    let mut octets = [0; 4];
    match template.read(octets.get_mut(..1).unwrap_or_default())? {
        0 => Ok(None),
        _ => {
            template.read_exact(octets.get_mut(1..).unwrap_or_default())?;
            Ok(Some(u32::from_le_bytes(octets)))
        }
    }
}

fn word(octets: &[u8]) -> u32 {
    u32::from_le_bytes(octets.first_chunk().copied().unwrap_or_default())
}

fn none(why: &str) -> io::Error {
    io::Error::other(format!("the template of a data partition is none: {why}"))
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
