//! Dangerous by content: the first octets say what a file is, whatever its name is.

use memchr::memmem;

use super::{DANGERS_MAX, Danger, DangerKind, danger, name};

/// Files in an archive that are looked at.
const FILES_MAX: usize = 1000;

/// First octets of programs: PE and DOS, ELF, Mach-O (both orders, both sizes), a shortcut of Windows.
const PROGRAMS: [&[u8]; 7] = [
    b"MZ",
    b"\x7FELF",
    b"\xFE\xED\xFA\xCE",
    b"\xFE\xED\xFA\xCF",
    b"\xCE\xFA\xED\xFE",
    b"\xCF\xFA\xED\xFE",
    b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xC0\0\0\0\0\0\0F",
];
/// An OLE compound file: the documents of Office before 2007, and installers.
const OLE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
/// Where an ISO 9660 image has its mark (ECMA-119 §8.1): the volume descriptor of sector 16.
const ISO_AT: usize = 32_769;

/// Appends what the octets of the file called `name` show.
pub(super) fn judge(octets: &[u8], name: &str, found: &mut Vec<Danger>) {
    let starts = |mark: &&[u8]| octets.starts_with(mark);
    if PROGRAMS.iter().any(starts) || octets.starts_with(b"#!") {
        found.push(danger(DangerKind::Program, name, None));
    } else if octets.starts_with(OLE) {
        // Names in its directory are UTF-16; an embedded project of VBA has this one.
        if memmem::find(octets, b"_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0").is_some() {
            found.push(danger(DangerKind::Macros, name, None));
        }
    } else if octets
        .get(ISO_AT..)
        .is_some_and(|rest| rest.starts_with(b"CD001"))
    {
        found.push(danger(DangerKind::DiskImage, name, None));
    } else if is_zip(octets) {
        zip(octets, name, found);
    }
}

/// By its first octets.
pub(super) fn is_zip(octets: &[u8]) -> bool {
    octets.starts_with(b"PK")
}

/// The names in a ZIP archive (APPNOTE 4.3.7, 4.3.12): of local headers and of the directory, as far as the octets reach. The directory stands at an archive's end.
pub(super) fn zip(octets: &[u8], archive: &str, found: &mut Vec<Danger>) {
    for at in memmem::find_iter(octets, b"PK").take(FILES_MAX) {
        let header = octets.get(at..).unwrap_or(&[]);
        let (len_at, name_at) = match header.get(2..4) {
            Some(b"\x03\x04") => (26, 30),
            Some(b"\x01\x02") => (28, 46),
            _ => continue,
        };
        let Some(&[low, high]) = header.get(len_at..len_at + 2) else {
            continue;
        };
        let len = usize::from(u16::from_le_bytes([low, high]));
        let Some(file) = header.get(name_at..name_at + len) else {
            continue;
        };
        let file = String::from_utf8_lossy(file);
        if file.ends_with("vbaProject.bin") {
            push(danger(DangerKind::Macros, archive, None), found);
        } else if let Some(kind) = name::judge(&file) {
            let base = file.rsplit(['/', '\\']).next().unwrap_or_default();
            push(danger(kind, base, Some(archive)), found);
        }
        if found.len() >= DANGERS_MAX {
            return;
        }
    }
}

/// A file has its local header and its row in the directory: once is enough.
fn push(one: Danger, found: &mut Vec<Danger>) {
    if !found.contains(&one) {
        found.push(one);
    }
}
