//! What a kernel module says about itself: its section `.modinfo`, a list of `key=value` texts, each with a NUL behind it.
//!
//! Reads ELF, little-endian, of 32 and of 64 bits, as far as finding one section needs. Total: a file that is something else has nothing to say.

/// What must be loaded before a module, and its own name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ModInfo {
    /// As the kernel calls it.
    pub(crate) name: String,
    /// Those whose symbols it uses.
    pub(crate) depends: Vec<String>,
    /// Those that it asks for at run time (`softdep=pre:`).
    pub(crate) before: Vec<String>,
}

impl ModInfo {
    /// None: no ELF file, or one without the section.
    pub(crate) fn of(elf: &[u8]) -> Option<Self> {
        let mut info = Self::default();
        for text in section(elf, b".modinfo")?.split(|octet| *octet == 0) {
            let Ok(text) = std::str::from_utf8(text) else {
                continue;
            };
            let Some((key, value)) = text.split_once('=') else {
                continue;
            };
            match key {
                "name" => info.name = spelled(value),
                "depends" => info
                    .depends
                    .extend(value.split(',').filter(|n| !n.is_empty()).map(spelled)),
                "softdep" => info.before.extend(pre(value)),
                _ => {}
            }
        }
        Some(info)
    }
}

/// Modules are named with dashes in file names and with underscores by the kernel; here with underscores.
pub(crate) fn spelled(name: &str) -> String {
    name.replace('-', "_")
}

/// `pre: a b post: c` is a and b.
fn pre(softdep: &str) -> Vec<String> {
    let mut wanted = false;
    let mut names = Vec::new();
    for word in softdep.split_whitespace() {
        match word {
            "pre:" => wanted = true,
            "post:" => wanted = false,
            name if wanted => names.push(spelled(name)),
            _ => {}
        }
    }
    names
}

/// The octets of the section called `wanted`.
fn section<'a>(elf: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let class = Class::of(elf)?;
    let table = class.word(elf, class.shoff)?;
    let size = usize::from(half(elf, class.shentsize)?);
    let count = usize::from(half(elf, class.shentsize + 2)?);
    let names = usize::from(half(elf, class.shentsize + 4)?);
    let header = |index: usize| elf.get(table.checked_add(index.checked_mul(size)?)?..);
    let octets = |header: &[u8]| {
        let from = class.word(header, class.sh_offset)?;
        elf.get(from..from.checked_add(class.word(header, class.sh_offset + class.width)?)?)
    };
    let names = octets(header(names)?)?;
    (0..count).find_map(|index| {
        let header = header(index)?;
        let name =
            names.get(usize::try_from(u32::from_le_bytes(*header.first_chunk()?)).ok()?..)?;
        (name.split(|octet| *octet == 0).next()? == wanted).then(|| octets(header))?
    })
}

/// Where the fields of the two classes are (System V ABI, chapter 4, "ELF Header" and "Sections").
struct Class {
    width: usize,
    shoff: usize,
    shentsize: usize,
    sh_offset: usize,
}

impl Class {
    fn of(elf: &[u8]) -> Option<Self> {
        match elf.get(..6)? {
            b"\x7fELF\x01\x01" => Some(Self {
                width: 4,
                shoff: 32,
                shentsize: 46,
                sh_offset: 16,
            }),
            b"\x7fELF\x02\x01" => Some(Self {
                width: 8,
                shoff: 40,
                shentsize: 58,
                sh_offset: 24,
            }),
            _ => None,
        }
    }

    fn word(&self, octets: &[u8], at: usize) -> Option<usize> {
        let octets = octets.get(at..)?;
        if self.width == 8 {
            usize::try_from(u64::from_le_bytes(*octets.first_chunk()?)).ok()
        } else {
            usize::try_from(u32::from_le_bytes(*octets.first_chunk()?)).ok()
        }
    }
}

fn half(octets: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*octets.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 64-bit ELF file with `.modinfo` and `.shstrtab`.
    fn module(info: &[u8]) -> Vec<u8> {
        let names = b"\0.modinfo\0.shstrtab\0";
        let mut elf = vec![0; 64];
        elf[..6].copy_from_slice(b"\x7fELF\x02\x01");
        let headers = 64 + info.len() + names.len();
        elf[40..48].copy_from_slice(&(headers as u64).to_le_bytes());
        elf[58..64].copy_from_slice(&[64, 0, 3, 0, 2, 0]);
        elf.extend(info);
        elf.extend(names);
        for (name, at, length) in [
            (0u32, 0, 0),
            (1, 64, info.len()),
            (10, 64 + info.len(), names.len()),
        ] {
            let mut header = [0; 64];
            header[..4].copy_from_slice(&name.to_le_bytes());
            header[24..32].copy_from_slice(&(at as u64).to_le_bytes());
            header[32..40].copy_from_slice(&(length as u64).to_le_bytes());
            elf.extend(header);
        }
        elf
    }

    #[test]
    fn what_a_module_needs() {
        let info = ModInfo::of(&module(
            b"license=GPL\0depends=jbd2,mbcache\0softdep=pre: crc32c-lib post: late\0name=ext4\0",
        ))
        .unwrap();
        assert_eq!(info.name, "ext4");
        assert_eq!(info.depends, ["jbd2", "mbcache"]);
        assert_eq!(info.before, ["crc32c_lib"]);
        assert_eq!(
            ModInfo::of(&module(b"depends=\0name=fat\0"))
                .unwrap()
                .depends,
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_file_cut_anywhere_says_nothing_and_harms_nothing() {
        let whole = module(b"depends=a\0");
        for length in 0..whole.len() {
            assert!(ModInfo::of(&whole[..length]).is_none_or(|info| info.depends == ["a"]));
        }
        assert_eq!(ModInfo::of(b"#!/bin/sh\n"), None);
    }
}
