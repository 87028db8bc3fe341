//! The card among the disks: found by what is on it, for its name differs from board to board (`mmcblk0`, `mmcblk1`, `vda`, `sda`).
//!
//! A disk is the card if its first sector is a master boot record whose systems lie where [`crate::disk_map`] puts them. If two are (a copy in a USB
//! adapter), the card slot comes before everything else, and names in their order.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::data::{self, Mbr};
use crate::disk_map::{BOOT, Slot, Stretch};

/// Cards are found in two seconds.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);
/// Between two octets of patience the kernel may still make the partitions' nodes.
const NODES: Duration = Duration::from_secs(1);

/// The card.
#[derive(Debug)]
pub(crate) struct Disk {
    /// `mmcblk0`.
    pub(crate) name: String,
    /// In sectors of 512 octets.
    pub(crate) sectors: u64,
}

impl Disk {
    /// Waits for it; `pulse` is called now and then.
    pub(crate) fn find(pulse: &mut dyn FnMut()) -> Option<Disk> {
        let begun = Instant::now();
        loop {
            if let Some(disk) = Disk::look(Path::new("/sys/class/block"), Path::new("/dev")) {
                while !disk.partition(1).exists() && begun.elapsed() < PATIENCE + NODES {
                    std::thread::sleep(PAUSE);
                }
                return Some(disk);
            }
            if begun.elapsed() > PATIENCE {
                return None;
            }
            pulse();
            std::thread::sleep(PAUSE);
        }
    }

    fn look(class: &Path, nodes: &Path) -> Option<Disk> {
        let mut names: Vec<String> = fs::read_dir(class)
            .ok()?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| is_disk(class, name))
            .collect();
        names.sort_by_key(|name| (!name.starts_with("mmcblk"), name.clone()));
        names.into_iter().find_map(|name| {
            let disk = File::open(nodes.join(&name)).ok()?;
            let mbr = data::read_mbr(&disk).ok()?;
            let sectors = fs::read_to_string(class.join(&name).join("size")).ok()?;
            let sectors = sectors.trim().parse().ok()?;
            is_card(&mbr).then_some(Disk { name, sectors })
        })
    }

    /// The disk's own node.
    pub(crate) fn node(&self) -> PathBuf {
        Path::new("/dev").join(&self.name)
    }

    /// A partition's node: `mmcblk0p4`, `sda4`.
    pub(crate) fn partition(&self, number: u8) -> PathBuf {
        let joint = if self.name.ends_with(|c: char| c.is_ascii_digit()) {
            "p"
        } else {
            ""
        };
        Path::new("/dev").join(format!("{}{joint}{number}", self.name))
    }
}

/// Neither a part of one nor memory.
fn is_disk(class: &Path, name: &str) -> bool {
    let no = ["loop", "ram", "zram", "dm-", "md", "nbd", "sr", "mtdblock"];
    // The eMMC's own boot areas are disks by their names.
    !no.iter().any(|start| name.starts_with(start))
        && !name.contains("boot")
        && !class.join(name).join("partition").exists()
}

fn is_card(mbr: &Mbr) -> bool {
    let at = |number, stretch: Stretch| {
        let entry = mbr.entry(number);
        entry.is_some_and(|entry| u64::from(entry.start) == stretch.first_sector())
    };
    at(1, BOOT)
        && Slot::BOTH
            .into_iter()
            .all(|slot| at(slot.partition(), slot.stretch()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u32 = 2048;

    fn machine(disks: &[(&str, bool)]) -> (PathBuf, PathBuf) {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let root =
            std::env::temp_dir().join(format!("pillarbox-disk-{}-{count}", std::process::id()));
        let (class, nodes) = (root.join("class"), root.join("dev"));
        fs::create_dir_all(&nodes).unwrap();
        for (name, ours) in disks {
            let mut sector = [0; 512];
            sector[510..].copy_from_slice(&[0x55, 0xaa]);
            let mut mbr = Mbr::parse(sector).unwrap();
            for (number, start) in [(1, 4), (2, 64), (3, 128)] {
                mbr = mbr.with_entry(number, start * MIB + u32::from(!ours), 60 * MIB);
            }
            fs::write(nodes.join(name), mbr.octets()).unwrap();
            fs::create_dir_all(class.join(name)).unwrap();
            fs::write(class.join(name).join("size"), "2097152\n").unwrap();
        }
        (class, nodes)
    }

    fn found(disks: &[(&str, bool)]) -> Option<String> {
        let (class, nodes) = machine(disks);
        let disk = Disk::look(&class, &nodes);
        fs::remove_dir_all(class.parent().unwrap()).unwrap();
        disk.map(|disk| disk.name)
    }

    #[test]
    fn it_is_known_by_what_is_on_it() {
        assert_eq!(found(&[("sda", false), ("vda", true)]).unwrap(), "vda");
        assert_eq!(
            found(&[("mmcblk0", false), ("mmcblk1", true)]).unwrap(),
            "mmcblk1"
        );
        assert_eq!(
            found(&[("sda", true), ("mmcblk1", true)]).unwrap(),
            "mmcblk1"
        );
        assert_eq!(found(&[("loop0", true), ("mmcblk0boot0", true)]), None);
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn partitions_have_a_p_behind_a_digit() {
        let named = |name: &str| {
            Disk {
                name: name.to_owned(),
                sectors: 1,
            }
            .partition(4)
        };
        assert_eq!(named("mmcblk0"), Path::new("/dev/mmcblk0p4"));
        assert_eq!(named("sda"), Path::new("/dev/sda4"));
        assert_eq!(named("nvme0n1"), Path::new("/dev/nvme0n1p4"));
    }
}
