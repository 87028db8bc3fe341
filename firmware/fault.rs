//! What a fault in the program leaves behind: which build it was and the addresses that led there, in one line of the log.
//!
//! A board's program carries no symbols. `firmware/lines pillarbox-TARGET.debug` turns such a line into functions and lines of the source; the
//! build's id tells which `.debug` is meant. Our files for boards are loaded at fixed addresses, so that no start need be told beside.
//!
//! Promises: nothing of what the program worked on is in it. It cannot tell of an end by the kernel's hand (SIGKILL, a fault of memory).

use std::backtrace::Backtrace;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::Read as _;
use std::sync::OnceLock;

/// Addresses in a report; the oldest callers of a deeper one are the executor's, always the same.
const ADDRESSES: usize = 48;
/// Headers and notes stand at the beginning of the file; ours end after some 700 octets.
const HEAD: u64 = 4096;
/// A build's id, octets, at most: a SHA-1 has 20.
const ID_MAX: usize = 32;

static BUILD: OnceLock<String> = OnceLock::new();

/// Reads this program's build id; called at the start, before a sandbox shuts the program's own file.
pub fn learn_build() {
    BUILD.get_or_init(|| {
        let mut head = Vec::new();
        let read =
            File::open("/proc/self/exe").and_then(|exe| exe.take(HEAD).read_to_end(&mut head));
        read.ok()
            .and_then(|_| build_id(&head))
            .unwrap_or_else(|| "unknown".to_owned())
    });
}

/// `build 4f… at 0x1234 0x5678`: the build and where the caller is, innermost first. To be called from a panic's hook.
pub fn report() -> impl fmt::Display {
    let mut report = format!("build {} at", BUILD.get().map_or("unknown", String::as_str));
    // In full form each frame is `NUMBER: ADDRESS - NAME`; a program without symbols has no more to tell.
    let frames = format!("{:#}", Backtrace::force_capture());
    for address in addresses(&frames).take(ADDRESSES) {
        let _ = write!(report, " {address}");
    }
    report
}

fn addresses(frames: &str) -> impl Iterator<Item = &str> {
    frames.lines().filter_map(|line| {
        let (number, rest) = line.trim_start().split_once(": ")?;
        number.parse::<u32>().ok()?;
        let address = rest.trim_start().split(' ').next()?;
        address.strip_prefix("0x").map(|_| address)
    })
}

/// The GNU build id in an ELF file's first octets, in hexadecimal.
fn build_id(file: &[u8]) -> Option<String> {
    const LITTLE_ENDIAN: u8 = 1;
    const WIDE: u8 = 2;
    const PT_NOTE: u64 = 4;
    const NT_GNU_BUILD_ID: u64 = 3;
    if !file.starts_with(b"\x7fELF") || *file.get(5)? != LITTLE_ENDIAN {
        return None;
    }
    let wide = *file.get(4)? == WIDE;
    let number = |at: usize, octets: usize| {
        let field = file.get(at..at.checked_add(octets)?)?;
        let value = field
            .iter()
            .rev()
            .fold(0_u64, |n, octet| n << 8 | u64::from(*octet));
        usize::try_from(value).ok()
    };
    // Where the program headers are, how long each is, how many; in one, where its offset and its size are.
    let (table, size, count) = match wide {
        true => (number(32, 8)?, number(54, 2)?, number(56, 2)?),
        false => (number(28, 4)?, number(42, 2)?, number(44, 2)?),
    };
    let (offset, length, octets) = if wide { (8, 32, 8) } else { (4, 16, 4) };
    for header in (0..count).filter_map(|n| n.checked_mul(size)?.checked_add(table)) {
        if number(header, 4)? as u64 != PT_NOTE {
            continue;
        }
        let mut at = number(header.checked_add(offset)?, octets)?;
        let end = at.checked_add(number(header.checked_add(length)?, octets)?)?;
        while at.checked_add(12)? <= end {
            let (name, id) = (number(at, 4)?, number(at.checked_add(4)?, 4)?);
            let kind = number(at.checked_add(8)?, 4)?;
            let begin = at
                .checked_add(12)?
                .checked_add(name.checked_next_multiple_of(4)?)?;
            if kind as u64 == NT_GNU_BUILD_ID && name == 4 && id <= ID_MAX {
                let id = file.get(begin..begin.checked_add(id)?)?;
                return Some(
                    id.iter()
                        .fold(String::new(), |text, octet| format!("{text}{octet:02x}")),
                );
            }
            at = begin.checked_add(id.checked_next_multiple_of(4)?)?;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 64-bit file of one header and one note.
    fn file() -> Vec<u8> {
        let mut file = vec![0; 64];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[32] = 64;
        file[54] = 56;
        file[56] = 1;
        let mut header = [0_u8; 56];
        header[0] = 4;
        header[8] = 120;
        header[32] = 36;
        file.extend(header);
        file.extend([4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0]);
        file.extend(b"GNU\0");
        file.extend(0xa0_u8..0xb4);
        file
    }

    #[test]
    fn the_build_id_is_found_and_a_torn_file_has_none() {
        let whole = file();
        let id = "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3";
        assert_eq!(build_id(&whole).as_deref(), Some(id));
        for end in 0..whole.len() {
            assert_eq!(build_id(&whole[..end]), None, "{end}");
        }
        // Whatever an octet says: no panic and no endless walk.
        for at in 0..whole.len() {
            for octet in [0, 1, 0x7f, 0xff] {
                let mut other = whole.clone();
                other[at] = octet;
                build_id(&other);
            }
        }
    }

    #[test]
    fn addresses_are_taken_from_frames_with_names_and_without() {
        let frames = "   0:          0x12f4a40 - <unknown>\n   1:   0x55d8 - std::rt::main\n                at /src/rt.rs:1: 0x99\nnote: 0x1\n";
        let found: Vec<&str> = addresses(frames).collect();
        assert_eq!(found, ["0x12f4a40", "0x55d8"]);
    }

    #[test]
    fn a_report_has_addresses_of_this_program() {
        learn_build();
        let report = report().to_string();
        let told: Vec<&str> = report.split(' ').collect();
        assert_eq!((told[0], told[2]), ("build", "at"));
        assert!(told.len() > 5, "{report}");
    }
}
