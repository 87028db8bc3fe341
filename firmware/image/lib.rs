//! `cargo image [pi64|pi32] [--binary FILE] [--key FILE] [--out DIR]`: from a checkout to the file that goes onto a card, and to the update for cards that run.
//!
//! Promises: without root and without loop mounts; the same sources, the same binary and the same key give the same octets, on any day and in any folder;
//! what others made comes from Debian's signed archive and is compared with the sums of `firmware/packages.toml`.
//! Cannot: reproduce on a machine whose e2fsprogs, mtools or dosfstools write something else (the Debian releases from 12 on agree); sign for anybody but the holder
//! of the key. A key made here is this machine's own: cards built here take updates built here.
//!
//! The story: packages (`packages`, `apt`) -> modules (`modules`) -> initramfs -> slot -> boot partition -> data partition -> card -> compressed, summed, signed.

mod apt;
mod arguments;
mod assemble;
mod boot_files;
mod boot_partition;

mod card;
mod cpio;
mod data_partition;
mod failure;
mod initramfs;
mod kernel;
mod modinfo;
mod modules;
mod packages;
mod released;
mod signing;
mod target;
mod tools;

use std::process::ExitCode;
use std::time::Instant;

pub use failure::{Failure, Result};

/// The program. Tells on standard error what it does; the last lines on standard output name what was made.
#[must_use]
pub fn main() -> ExitCode {
    let begun = Instant::now();
    let made =
        arguments::Arguments::parse(lexopt::Parser::from_env()).and_then(
            |arguments| match arguments {
                Some(arguments) => assemble::assemble(&arguments),
                None => {
                    println!("{}", arguments::USAGE);
                    Ok(Vec::new())
                }
            },
        );
    match made {
        Ok(files) => {
            for file in &files {
                let octets = file.metadata().map_or(0, |m| m.len());
                println!("{} ({:.1} MB)", file.display(), mega(octets));
            }
            if !files.is_empty() {
                eprintln!("made in {:.1} s", begun.elapsed().as_secs_f32());
            }
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("cargo image: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Octets as MB of a million, for people.
#[allow(clippy::cast_precision_loss, reason = "for people")]
fn mega(octets: u64) -> f64 {
    octets as f64 / 1e6
}
