//! The card as one file: each part at its place of the disk map (`firmware/disk_map.rs` draws it).

use firmware::boot_state::State;
use firmware::disk_map::{BOOT, BOOT_STATE, BOOT_STATE_COPY, DATA, IMAGE, SECTOR, Slot};
use firmware::mbr::{Entry, FAT32, LINUX, Mbr, NO_FILE_SYSTEM};

use crate::failure::{Failure, Result, Tried};

/// "pill", for the kernel's `PARTUUID=`.
const NUMBER: [u8; 4] = *b"pill";

/// The parts.
pub(crate) struct Card<'a> {
    /// The first partition, whole.
    pub(crate) boot: &'a [u8],
    /// One system; the other slot is empty on a new card.
    pub(crate) slot: &'a [u8],
    /// The data partition, whole.
    pub(crate) data: &'a [u8],
}

impl Card<'_> {
    /// The octets of an image.
    pub(crate) fn lay_out(&self) -> Result<Vec<u8>> {
        let mut image = vec![0; usize::try_from(IMAGE).tried("laying out the image")?];
        put(&mut image, 0, partitions().octets())?;
        let state = State::NEW.print();
        put(&mut image, BOOT_STATE * SECTOR, &state)?;
        put(&mut image, BOOT_STATE_COPY * SECTOR, &state)?;
        for (place, part, name) in [
            (BOOT, self.boot, "boot partition"),
            (Slot::A.stretch(), self.slot, "system"),
            (DATA, self.data, "data partition"),
        ] {
            if part.len() as u64 > place.length {
                return Err(Failure::new(format!(
                    "the {name} has {} octets, its place {}",
                    part.len(),
                    place.length
                )));
            }
            put(&mut image, place.start, part)?;
        }
        Ok(image)
    }
}

fn partitions() -> Mbr {
    let sectors = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    [
        (1, FAT32, BOOT),
        (2, NO_FILE_SYSTEM, Slot::A.stretch()),
        (3, NO_FILE_SYSTEM, Slot::B.stretch()),
        (4, LINUX, DATA),
    ]
    .into_iter()
    .fold(Mbr::new(NUMBER), |made, (number, kind, place)| {
        let (start, length) = (sectors(place.first_sector()), sectors(place.sectors()));
        made.with(
            number,
            Entry {
                kind,
                start,
                length,
            },
        )
    })
    .started_from(1)
}

fn put(image: &mut [u8], at: u64, octets: &[u8]) -> Result<()> {
    let place = usize::try_from(at)
        .ok()
        .and_then(|at| image.get_mut(at..)?.get_mut(..octets.len()));
    place
        .ok_or_else(|| Failure::new("a part lies outside the image"))?
        .copy_from_slice(octets);
    Ok(())
}

/// One frame, with a checksum of its own. The number of threads is fixed, though it does not change the octets.
pub(crate) fn compress(octets: &[u8], level: i32) -> Result<Vec<u8>> {
    let what = "compressing the image";
    let mut encoder = zstd::Encoder::new(Vec::new(), level).tried(what)?;
    encoder.include_checksum(true).tried(what)?;
    encoder.multithread(2).tried(what)?;
    std::io::Write::write_all(&mut encoder, octets).tried(what)?;
    encoder.finish().tried(what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools;

    #[test]
    fn another_program_reads_the_map_as_it_is_drawn() {
        let image = Card {
            boot: b"boot",
            slot: b"slot",
            data: b"data",
        }
        .lay_out()
        .unwrap();
        assert_eq!(image.len() as u64, IMAGE);
        let found = State::parse(&image[BOOT_STATE as usize * 512..][..512]).unwrap();
        assert_eq!(found, State::NEW);
        assert_eq!(&image[Slot::A.stretch().start as usize..][..4], b"slot");
        assert_eq!(&image[Slot::B.stretch().start as usize..][..4], [0; 4]);
        let file = std::env::temp_dir().join(format!("pillarbox-map-{}", std::process::id()));
        std::fs::write(&file, &image).unwrap();
        let dumped = tools::output(tools::command("sfdisk").arg("--dump").arg(&file)).unwrap();
        std::fs::remove_file(&file).unwrap();
        let dumped = String::from_utf8(dumped).unwrap().replace(' ', "");
        for (place, kind) in [
            (BOOT, "c,bootable"),
            (Slot::A.stretch(), "da"),
            (Slot::B.stretch(), "da"),
            (DATA, "83"),
        ] {
            let line = format!(
                "start={},size={},type={kind}",
                place.first_sector(),
                place.sectors()
            );
            assert!(dumped.contains(&line), "{line} is not in\n{dumped}");
        }
    }

    #[test]
    fn a_part_that_is_too_large_is_refused() {
        let large = vec![1; Slot::A.stretch().length as usize + 1];
        let refused = Card {
            boot: b"",
            slot: &large,
            data: b"",
        }
        .lay_out()
        .unwrap_err();
        assert!(refused.to_string().contains("system"));
    }

    #[test]
    fn what_is_compressed_comes_back() {
        let octets: Vec<u8> = (0..3_000_000u32).map(|n| (n / 1000) as u8).collect();
        let compressed = compress(&octets, 3).unwrap();
        assert!(compressed.len() < 100_000 && compressed == compress(&octets, 3).unwrap());
        assert!(zstd::decode_all(compressed.as_slice()).unwrap() == octets);
    }
}
