//! The card as one file: each part at its place of the disk map.

use crate::failure::{Failure, Result, Tried};

const MIB: u64 = 1 << 20;
pub(crate) const BOOT_LABEL: &str = "PILLARBOX";

pub(crate) fn boot_octets() -> u64 {
    60 * MIB
}

pub(crate) fn data_octets() -> u64 {
    64 * MIB
}

pub(crate) fn slot(kernel: &[u8], initramfs: &[u8]) -> Result<Vec<u8>> {
    Ok([kernel, initramfs].concat())
}

/// The parts.
pub(crate) struct Card<'a> {
    pub(crate) boot: &'a [u8],
    pub(crate) slot: &'a [u8],
    pub(crate) data: &'a [u8],
}

impl Card<'_> {
    pub(crate) fn lay_out(&self) -> Result<Vec<u8>> {
        let mut image = vec![0; 256 << 20];
        let parts: [(usize, &[u8]); 3] = [(4, self.boot), (64, self.slot), (192, self.data)];
        for (at, octets) in parts {
            let place = image
                .get_mut(at << 20..)
                .and_then(|rest| rest.get_mut(..octets.len()));
            place
                .ok_or_else(|| Failure::new("a part is larger than its place"))?
                .copy_from_slice(octets);
        }
        let entries: [(u8, u32, u32); 4] = [
            (0x0c, 4, 60),
            (0xda, 64, 64),
            (0xda, 128, 64),
            (0x83, 192, 64),
        ];
        let mut sector = b"pill\0\0".to_vec();
        for (kind, from, size) in entries {
            sector.extend([0, 0, 0, 0, kind, 0, 0, 0]);
            sector.extend((from * 2048).to_le_bytes());
            sector.extend((size * 2048).to_le_bytes());
        }
        sector.extend([0x55, 0xaa]);
        if let Some(place) = image.get_mut(440..512) {
            place.copy_from_slice(&sector);
        }
        Ok(image)
    }
}

/// One frame, with a checksum of its own; as many threads as there are cores do not change the octets.
pub(crate) fn compress(octets: &[u8], level: i32) -> Result<Vec<u8>> {
    let what = "compressing the image";
    let mut encoder = zstd::Encoder::new(Vec::new(), level).tried(what)?;
    encoder.include_checksum(true).tried(what)?;
    encoder.multithread(2).tried(what)?;
    std::io::Write::write_all(&mut encoder, octets).tried(what)?;
    encoder.finish().tried(what)
}
