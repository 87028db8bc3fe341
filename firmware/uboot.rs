//! The forms of files that U-Boot reads: an image with a head (kernel, initramfs, script) and the saved environment. Written here, a few octets each, so that
//! nobody who builds a card needs U-Boot's tools; a test compares with theirs where they are installed.
//!
//! Promises: the same octets for the same input (the head's time is 0). It reads nothing: U-Boot does.

/// Octets of an image's head.
pub const HEAD: usize = 64;
/// Octets of the saved environment, as U-Boot for the Pi was configured (`CONFIG_ENV_SIZE`).
pub const ENVIRONMENT: usize = 0x4000;

const MAGIC: [u8; 4] = [0x27, 0x05, 0x19, 0x56];
const LINUX: u8 = 5;
const NAME: usize = 32;

/// Whose instructions it holds. U-Boot starts only its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cpu {
    /// 32 bits: Pi 1, Zero.
    Arm,
    /// 64 bits.
    Arm64,
}

/// What an image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A kernel that runs from wherever U-Boot puts it (`kernel_noload`): boards have their memory at different addresses.
    Kernel,
    /// An initramfs.
    Initramfs,
    /// A script.
    Script,
}

/// How the content is compressed. (Zstandard has a number too, but Debian's U-Boots were built without it.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not, or by itself (`zImage`).
    None,
    /// gzip.
    Gzip,
    /// The old `.lzma` form.
    Lzma,
}

/// An image: the head, with the sums of itself and of the content, and the content. A name longer than 31 octets is cut.
pub fn image(
    cpu: Cpu,
    kind: Kind,
    compression: Compression,
    name: &str,
    content: &[u8],
) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let mut head = Vec::with_capacity(HEAD.saturating_add(content.len()));
    head.extend_from_slice(&MAGIC);
    head.extend_from_slice(&[0; 4]); // the head's own sum, below
    head.extend_from_slice(&0_u32.to_be_bytes()); // time
    head.extend_from_slice(&length.to_be_bytes());
    head.extend_from_slice(&[0; 8]); // where to load it, where to begin: not said
    head.extend_from_slice(&crc32(content).to_be_bytes());
    head.push(LINUX);
    head.push(match cpu {
        Cpu::Arm => 2,
        Cpu::Arm64 => 22,
    });
    head.push(match kind {
        Kind::Kernel => 14,
        Kind::Initramfs => 3,
        Kind::Script => 6,
    });
    head.push(match compression {
        Compression::None => 0,
        Compression::Gzip => 1,
        Compression::Lzma => 3,
    });
    let name = name.as_bytes();
    head.extend_from_slice(name.get(..NAME - 1).unwrap_or(name));
    head.resize(HEAD, 0);
    let sum = crc32(&head).to_be_bytes();
    if let Some(place) = head.get_mut(4..8) {
        place.copy_from_slice(&sum);
    }
    head.extend_from_slice(content);
    head
}

/// `boot.scr` of a script's text: a list of lengths that ends with 0, then the text.
pub fn script(cpu: Cpu, text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut content = length.to_be_bytes().to_vec();
    content.extend_from_slice(&[0; 4]);
    content.extend_from_slice(text.as_bytes());
    image(
        cpu,
        Kind::Script,
        Compression::None,
        "pillarbox boot",
        &content,
    )
}

/// `uboot.env` of lines `name=value`; empty lines and those that begin with `#` are left out. `length`: [`ENVIRONMENT`] for the Pi.
/// Lines that do not fit are cut off; U-Boot then sees fewer settings, each whole or missing.
pub fn environment(text: &str, length: usize) -> Vec<u8> {
    let mut octets = Vec::with_capacity(length);
    octets.extend_from_slice(&[0; 4]);
    for line in text.lines().map(str::trim) {
        let fits = octets.len().saturating_add(line.len()).saturating_add(2) <= length;
        if line.is_empty() || line.starts_with('#') || !fits {
            continue;
        }
        octets.extend_from_slice(line.as_bytes());
        octets.push(0);
    }
    octets.resize(length, 0);
    let sum = crc32(octets.get(4..).unwrap_or_default()).to_le_bytes();
    if let Some(place) = octets.get_mut(..4) {
        place.copy_from_slice(&sum);
    }
    octets
}

/// The CRC-32 of gzip, Ethernet and U-Boot: polynomial 0xedb88320, eight bits at a time.
pub fn crc32(octets: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for octet in octets {
        let index = (sum as u8) ^ octet;
        let entry = TABLE.get(usize::from(index)).copied().unwrap_or_default();
        sum = (sum >> 8) ^ entry;
    }
    !sum
}

const TABLE: [u32; 256] = table();

#[allow(
    clippy::indexing_slicing,
    reason = "computed by the compiler, which refuses an index outside"
)]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut entry = index as u32;
        let mut bit = 0;
        while bit < 8 {
            entry = if entry & 1 == 1 {
                0xedb8_8320 ^ (entry >> 1)
            } else {
                entry >> 1
            };
            bit += 1;
        }
        table[index] = entry;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn the_sum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn an_image_is_what_u_boots_own_tool_makes() {
        let folder = std::env::temp_dir().join(format!("uboot-images-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("in"), b"echo hello\n").unwrap();
        let made = Command::new("mkimage")
            .args(["-A", "arm64", "-O", "linux", "-T", "script", "-C", "none"])
            .args(["-n", "pillarbox boot", "-d", "in", "out"])
            .current_dir(&folder)
            .env("SOURCE_DATE_EPOCH", "0")
            .output();
        let theirs = std::fs::read(folder.join("out"));
        std::fs::remove_dir_all(&folder).unwrap();
        let ours = script(Cpu::Arm64, "echo hello\n");
        // Where the tool is not installed, the head's fixed parts must do.
        if made.is_ok_and(|made| made.status.success()) {
            assert_eq!(ours, theirs.unwrap());
        }
        assert_eq!(ours.len(), HEAD + 8 + 11);
        assert_eq!(ours[..4], MAGIC);
        assert_eq!(ours[28..32], [5, 22, 6, 0]);
        assert_eq!(ours[32..46], *b"pillarbox boot");
    }

    #[test]
    fn an_environment_is_its_lines_and_their_sum() {
        let octets = environment("# why\n\nbootdelay=-2\n  bootcmd=run x\n", 64);
        assert_eq!(octets.len(), 64);
        assert_eq!(octets[4..33], *b"bootdelay=-2\0bootcmd=run x\0\0\0");
        assert_eq!(octets[..4], crc32(&octets[4..]).to_le_bytes());
        let file = std::env::temp_dir().join(format!("uboot-environment-{}", std::process::id()));
        std::fs::write(&file, "bootdelay=-2\nbootcmd=run x\n").unwrap();
        let made = Command::new("mkenvimage")
            .args(["-s", "64", "-p", "0", "-o", "-"])
            .arg(&file)
            .output();
        std::fs::remove_file(file).unwrap();
        if let Ok(made) = made.map(|made| made.stdout) {
            assert_eq!(made, octets);
        }
        assert_eq!(
            environment("a=1\nbb=22222\nc=3\n", 14)[4..],
            *b"a=1\0c=3\0\0\0"
        );
    }
}
