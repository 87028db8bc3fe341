//! The archive that the kernel unpacks into memory before it starts `/init`: cpio, "newc" (the kernel's `Documentation/driver-api/early-userspace/buffer-format.rst`).
//!
//! Same entries, same octets: owner root, one time for all, numbers given in order. Folders must be put in before what lies in them.

/// File types of `st_mode`.
const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const DEVICE: u32 = 0o020_000;

/// An archive that grows.
pub(crate) struct Cpio {
    octets: Vec<u8>,
    entries: u32,
    time: u32,
}

impl Cpio {
    /// `time`, in seconds since 1970, is every entry's.
    pub(crate) fn new(time: u32) -> Self {
        Self {
            octets: Vec::new(),
            entries: 0,
            time,
        }
    }

    /// `path` without a leading stroke.
    pub(crate) fn folder(&mut self, path: &str, mode: u32) {
        self.entry(path, FOLDER | mode, (0, 0), &[]);
    }

    pub(crate) fn file(&mut self, path: &str, mode: u32, content: &[u8]) {
        self.entry(path, FILE | mode, (0, 0), content);
    }

    /// A character device: the kernel opens `/dev/console` for init before anything is mounted.
    pub(crate) fn device(&mut self, path: &str, mode: u32, major: u32, minor: u32) {
        self.entry(path, DEVICE | mode, (major, minor), &[]);
    }

    /// The archive with its end mark.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.entries = 0;
        self.time = 0;
        self.entry("TRAILER!!!", 0, (0, 0), &[]);
        self.octets
    }

    fn entry(&mut self, path: &str, mode: u32, (major, minor): (u32, u32), content: &[u8]) {
        let links = if mode & FOLDER == FOLDER && mode & FILE != FILE {
            2
        } else {
            1
        };
        let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
        let name = u32::try_from(path.len() + 1).unwrap_or(u32::MAX);
        self.octets.extend(b"070701");
        // Inode, mode, owner, group, links, time, size, device, device that it is, name, checksum (of another format).
        for number in [
            self.entries,
            mode,
            0,
            0,
            links,
            self.time,
            size,
            0,
            0,
            major,
            minor,
            name,
            0,
        ] {
            self.octets.extend(format!("{number:08X}").bytes());
        }
        self.octets.extend(path.bytes());
        self.octets.push(0);
        self.pad();
        self.octets.extend(content);
        self.pad();
        self.entries += 1;
    }

    fn pad(&mut self) {
        self.octets.resize(self.octets.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools;

    #[test]
    fn another_program_reads_what_was_put_in() {
        let place = std::env::temp_dir().join(format!("pillarbox-cpio-{}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        let mut archive = Cpio::new(1_000_000_000);
        archive.folder("etc", 0o755);
        archive.file("etc/version", 0o644, b"seven\n");
        archive.file("init", 0o755, &vec![b'i'; 70_001]);
        let octets = archive.finish();
        assert_eq!(octets.len() % 4, 0);
        // Debian's bsdtar and GNU cpio both read it; tar is not enough.
        if tools::feed(
            tools::command("cpio")
                .args(["-id", "--quiet"])
                .current_dir(&place),
            &octets,
        )
        .is_ok()
        {
            assert_eq!(
                std::fs::read(place.join("etc/version")).unwrap(),
                b"seven\n"
            );
            assert_eq!(std::fs::metadata(place.join("init")).unwrap().len(), 70_001);
        }
        std::fs::remove_dir_all(place).unwrap();
    }

    #[test]
    fn an_entry_octet_by_octet() {
        let mut archive = Cpio::new(1);
        archive.device("dev/console", 0o600, 5, 1);
        let octets = archive.finish();
        let head = b"0707010000000000002180000000000000000000000001000000010000000000000000000000000000000500000001";
        assert_eq!(octets[..head.len()], head[..]);
        assert_eq!(&octets[110..122], b"dev/console\0");
        assert!(octets.windows(10).any(|w| w == b"TRAILER!!!"));
    }
}
