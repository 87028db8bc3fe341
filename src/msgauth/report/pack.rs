//! What reports travel in: gzip (RFC 1952), zip with one file, or nothing.

use std::fmt;

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// Most octets that a report unpacks to. Those about a house have a few KB; this holds some thousand rows.
pub const UNPACKED_MAX: usize = 2 << 20;
/// Most times that a report may grow when it is unpacked. XML of many alike rows grows some 40 times; what was made to do harm grows a thousand times.
pub const RATIO_MAX: usize = 200;
/// However small a report came, this much it may unpack to: short ones are mostly alike.
const RATIO_FREE: usize = 256 << 10;
/// zlib's default: reports are written once a day.
const LEVEL: u8 = 6;

/// Why a report could not be unpacked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadPack {
    /// It unpacks to more than it may.
    TooLarge,
    /// It is broken, or packed in a way that is not used for reports.
    Broken,
}

impl fmt::Display for BadPack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadPack::TooLarge => "it unpacks to more than a report may have",
            BadPack::Broken => "it cannot be unpacked",
        })
    }
}

impl std::error::Error for BadPack {}

/// The octets within, whatever their media type claims: packed ones are known by how they begin. Of a zip file its first file.
///
/// # Errors
/// [`BadPack`]; no more than [`UNPACKED_MAX`] octets are ever held.
pub fn unpack(octets: &[u8]) -> Result<Vec<u8>, BadPack> {
    let most = octets.len().saturating_mul(RATIO_MAX);
    let most = most.clamp(RATIO_FREE, UNPACKED_MAX);
    if octets.starts_with(&[0x1F, 0x8B]) {
        return gunzip(octets, most);
    }
    if octets.starts_with(b"PK\x03\x04") {
        return unzip(octets, most);
    }
    if octets.len() > UNPACKED_MAX {
        return Err(BadPack::TooLarge);
    }
    Ok(octets.to_vec())
}

/// Packs a report: one member without a name or a time, so that the same report gives the same octets.
pub fn gzip(octets: &[u8]) -> Vec<u8> {
    // Deflate; no flags, no time; no word on speed; 255: of an unknown system.
    let mut out = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend(compress_to_vec(octets, LEVEL));
    out.extend(crc32(octets).to_le_bytes());
    // Modulo 2^32 (RFC 1952 §2.3.1).
    let size = (octets.len() as u64) & 0xFFFF_FFFF;
    out.extend(u32::try_from(size).unwrap_or(0).to_le_bytes());
    out
}

fn gunzip(octets: &[u8], most: usize) -> Result<Vec<u8>, BadPack> {
    let mut rest = octets.get(2..).unwrap_or_default();
    let [8, flags, _, _, _, _, _, _] = *take::<8>(&mut rest)? else {
        return Err(BadPack::Broken);
    };
    if flags & 0x04 != 0 {
        let extra = u16::from_le_bytes(*take::<2>(&mut rest)?);
        rest = rest.get(usize::from(extra)..).ok_or(BadPack::Broken)?;
    }
    // A name, a comment.
    for flag in [0x08, 0x10] {
        if flags & flag != 0 {
            let end = rest.iter().position(|octet| *octet == 0);
            let end = end.ok_or(BadPack::Broken)?;
            rest = rest.get(end + 1..).unwrap_or_default();
        }
    }
    if flags & 0x02 != 0 {
        take::<2>(&mut rest)?;
    }
    inflate(rest, most)
}

/// The first file, by its local header (APPNOTE §4.3.7). Its sizes may be left for later (flag 3), but deflate knows its own end.
fn unzip(octets: &[u8], most: usize) -> Result<Vec<u8>, BadPack> {
    const ENCRYPTED: u16 = 1;
    let mut rest = octets.get(4..).unwrap_or_default();
    take::<2>(&mut rest)?;
    let flags = u16::from_le_bytes(*take::<2>(&mut rest)?);
    let method = u16::from_le_bytes(*take::<2>(&mut rest)?);
    take::<8>(&mut rest)?;
    let packed = u32::from_le_bytes(*take::<4>(&mut rest)?);
    take::<4>(&mut rest)?;
    let name = u16::from_le_bytes(*take::<2>(&mut rest)?);
    let extra = u16::from_le_bytes(*take::<2>(&mut rest)?);
    let skip = usize::from(name) + usize::from(extra);
    let data = rest.get(skip..).ok_or(BadPack::Broken)?;
    match method {
        _ if flags & ENCRYPTED != 0 => Err(BadPack::Broken),
        0 => {
            let packed = usize::try_from(packed).map_err(|_| BadPack::Broken)?;
            let data = data.get(..packed).ok_or(BadPack::Broken)?;
            match data.len() {
                size if size > UNPACKED_MAX => Err(BadPack::TooLarge),
                _ => Ok(data.to_vec()),
            }
        }
        8 => inflate(data, most),
        _ => Err(BadPack::Broken),
    }
}

fn inflate(packed: &[u8], most: usize) -> Result<Vec<u8>, BadPack> {
    use miniz_oxide::inflate::TINFLStatus;
    decompress_to_vec_with_limit(packed, most).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => BadPack::TooLarge,
        _ => BadPack::Broken,
    })
}

fn take<'o, const N: usize>(rest: &mut &'o [u8]) -> Result<&'o [u8; N], BadPack> {
    let (first, behind) = rest.split_first_chunk().ok_or(BadPack::Broken)?;
    *rest = behind;
    Ok(first)
}

/// RFC 1952 §8.
fn crc32(octets: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for octet in octets {
        crc ^= u32::from(*octet);
        for _ in 0..8 {
            let carry = crc & 1;
            crc = (crc >> 1) ^ (0xEDB8_8320 * carry);
        }
    }
    !crc
}

#[cfg(test)]
#[path = "pack_tests.rs"]
mod tests;
