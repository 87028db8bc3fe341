//! The disk map of the card: where everything lies. The image builder writes by it, process 1 reads by it, U-Boot's script repeats its numbers (a test
//! compares them).
//!
//! ```text
//! sector 0            master boot record: four partitions
//! sector 64           boot state, ONE sector: which system is good, which is to be tried once        ([`crate::boot_state`])
//! sector 72           its copy, written only when another system has become the good one
//!   4 MiB ..  64 MiB  p1  FAT32 "PILLARBOX": the board's firmware, U-Boot, boot.scr, device trees, notices, the person's pillarbox.toml
//!  64 MiB .. 128 MiB  p2  slot A: a system, raw                                                      ([`crate::slot`])
//! 128 MiB .. 192 MiB  p3  slot B: the other system, raw
//! 192 MiB ..          p4  data, ext4; 64 MiB in the image, grown to the end of the card at the first start
//! ```
//!
//! Promises: slots and partitions begin at multiples of 4 MiB, the size in which cards erase, so that writing one slot never makes a card move octets of the
//! other, of the data or of the first partition; the boot state shares its 4 MiB only with the partition table and the empty space around it. Its copy lies
//! in another 4 KiB, which is what the smallest cards write at once.
//!
//! It cannot be changed by an update: an update writes a slot and nothing else. A card with another map needs flashing.

/// Octets of a sector: the unit of every number here that is called sector, and what a card writes whole or not at all.
pub const SECTOR: u64 = 512;

const MIB: u64 = 1 << 20;

/// The sector of the boot state.
pub const BOOT_STATE: u64 = 64;
/// The sector of its copy.
pub const BOOT_STATE_COPY: u64 = 72;

/// A stretch of the card, in octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins.
    pub start: u64,
    /// How long it is.
    pub length: u64,
}

impl Stretch {
    /// Its first sector.
    pub const fn first_sector(self) -> u64 {
        self.start / SECTOR
    }

    /// How many sectors it has.
    pub const fn sectors(self) -> u64 {
        self.length / SECTOR
    }

    /// The octet behind it.
    pub const fn end(self) -> u64 {
        self.start.saturating_add(self.length)
    }
}

/// Partition 1, FAT32.
pub const BOOT: Stretch = Stretch {
    start: 4 * MIB,
    length: 60 * MIB,
};
/// Partition 4 as the image has it; at the first start it grows to the end of the card.
pub const DATA: Stretch = Stretch {
    start: 192 * MIB,
    length: 64 * MIB,
};
/// Octets of an image.
pub const IMAGE: u64 = 256 * MIB;
/// The name of the first partition's file system.
pub const BOOT_LABEL: &str = "PILLARBOX";

/// One of the two places for a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Partition 2. A new card starts from it.
    A,
    /// Partition 3.
    B,
}

impl Slot {
    /// Both.
    pub const BOTH: [Slot; 2] = [Slot::A, Slot::B];

    /// Where it lies. Octets.
    pub const fn stretch(self) -> Stretch {
        Stretch {
            start: match self {
                Slot::A => 64 * MIB,
                Slot::B => 128 * MIB,
            },
            length: 64 * MIB,
        }
    }

    /// The one that it is not.
    pub const fn other(self) -> Slot {
        match self {
            Slot::A => Slot::B,
            Slot::B => Slot::A,
        }
    }

    /// Its letter, as the kernel's command line has it (`pillarbox.slot=a`).
    pub const fn letter(self) -> char {
        match self {
            Slot::A => 'a',
            Slot::B => 'b',
        }
    }

    /// The slot of a letter, in either case.
    pub fn of_letter(letter: &str) -> Option<Slot> {
        match letter {
            "a" | "A" => Some(Slot::A),
            "b" | "B" => Some(Slot::B),
            _ => None,
        }
    }

    /// The number of its partition.
    pub const fn partition(self) -> u8 {
        match self {
            Slot::A => 2,
            Slot::B => 3,
        }
    }
}

/// What the person's or U-Boot's words on the kernel's command line say of this start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Started {
    /// The slot that runs. None: started without U-Boot (a test, a net).
    pub slot: Option<Slot>,
    /// It is being tried: the next start takes the good one, unless this is marked good.
    pub trial: bool,
    /// The good one could not be read: this is the other one. Who runs well then should mark itself good ([`crate::boot_state::mark_good`]).
    pub instead: bool,
}

impl Started {
    /// Reads `/proc/cmdline`'s text. The last word of a kind counts: U-Boot's come last.
    pub fn of_command_line(line: &str) -> Started {
        let mut started = Started {
            slot: None,
            trial: false,
            instead: false,
        };
        for word in line.split_ascii_whitespace() {
            match word.split_once('=') {
                Some(("pillarbox.slot", letter)) => started.slot = Slot::of_letter(letter),
                Some(("pillarbox.trial", value)) => started.trial = value == "1",
                Some(("pillarbox.instead", value)) => started.instead = value == "1",
                _ => {}
            }
        }
        started
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stretches_follow_each_other_and_end_with_the_image() {
        let (a, b) = (Slot::A.stretch(), Slot::B.stretch());
        const { assert!((BOOT_STATE_COPY + 1) * SECTOR < BOOT.start) };
        assert_eq!(BOOT.end(), a.start);
        assert_eq!(a.end(), b.start);
        assert_eq!(b.end(), DATA.start);
        assert_eq!(DATA.end(), IMAGE);
        for stretch in [BOOT, a, b, DATA] {
            assert_eq!(stretch.start % (4 * MIB), 0);
            assert_eq!(stretch.first_sector() * SECTOR, stretch.start);
            assert_eq!(stretch.sectors() * SECTOR, stretch.length);
        }
    }

    #[test]
    fn u_boots_script_repeats_these_numbers() {
        let script = include_str!("boot/boot.cmd");
        let word = |octets: [u8; 4]| u32::from_le_bytes(octets);
        for (said, times) in [
            (
                format!(
                    "read ${{state}} {BOOT_STATE:x} {:x}\n",
                    BOOT_STATE_COPY + 1 - BOOT_STATE
                ),
                1,
            ),
            (format!("write ${{state}} {BOOT_STATE:x} 1\n"), 1),
            (
                format!("setenv at {:x}\n", Slot::A.stretch().first_sector()),
                1,
            ),
            (
                format!("setenv at {:x}; fi", Slot::B.stretch().first_sector()),
                1,
            ),
            (
                format!(
                    "setexpr copy    ${{state}} + {:x}\n",
                    (BOOT_STATE_COPY - BOOT_STATE) * SECTOR
                ),
                1,
            ),
            (format!(" == {:x}", word(crate::boot_state::MAGIC)), 4),
            (format!(" == {:x} ", word(crate::slot::MAGIC)), 1),
        ] {
            assert_eq!(script.matches(&said).count(), times, "{said:?}");
        }
    }

    #[test]
    fn the_command_line_tells_how_it_was_started() {
        let plain = Started::of_command_line("console=ttyS1,115200 quiet pillarbox.slot=a\n");
        assert_eq!(
            (plain.slot, plain.trial, plain.instead),
            (Some(Slot::A), false, false)
        );
        let trial = Started::of_command_line(
            "pillarbox.slot=a quiet pillarbox.slot=b pillarbox.trial=1 pillarbox.instead=0",
        );
        assert_eq!(
            (trial.slot, trial.trial, trial.instead),
            (Some(Slot::B), true, false)
        );
        assert_eq!(
            Started::of_command_line("pillarbox.slot=c pillarbox.trial=yes"),
            Started {
                slot: None,
                trial: false,
                instead: false
            }
        );
        assert!(Started::of_command_line("pillarbox.instead=1").instead);
    }
}
