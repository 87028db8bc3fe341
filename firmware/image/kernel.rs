//! The kernel as U-Boot starts it.
//!
//! A 64-bit kernel is 50 MB and not compressed by itself. LZMA makes 12 MB of it, gzip 18, and Debian's U-Boots know no other that is better; 12 MB keeps the image
//! under 20 MB, and lets a board with 128 MB of memory hold the packed and the unpacked kernel at once. A 32-bit one (`zImage`) unpacks itself.
//!
//! U-Boot sets aside four times the packed length for what it unpacks (`bootm_load_os`, 2025.01) and writes beyond it, into itself, when that is too little. LZMA is
//! better than four to one, so zeros follow the packed kernel until four times its length is what the kernel says it needs in memory.

use std::path::Path;

use firmware::uboot::{Compression, Cpu};

use crate::failure::{Failure, Result, read, write};
use crate::packages::sha256;
use crate::target::Target;
use crate::tools;

/// U-Boot's guess of how well a kernel can be compressed.
const UNPACKS_TO: usize = 4;

/// Compressed once per kernel: that takes longer than everything else together. The result stays in `cache`, under the kernel's sum.
pub(crate) fn compressed(
    kernel: &[u8],
    target: Target,
    cache: &Path,
) -> Result<(Vec<u8>, Compression)> {
    if target == Target::Pi32 {
        return Ok((kernel.to_vec(), Compression::None));
    }
    let kept = cache.join(format!("{}.lzma", sha256(kernel)));
    if let Ok(octets) = read(&kept) {
        return Ok((octets, Compression::Lzma));
    }
    eprintln!("compressing the kernel, which is done once");
    let mut octets = tools::feed(
        tools::command("xz").args([
            "--format=lzma",
            "-7",
            "--threads=1",
            "--compress",
            "--stdout",
        ]),
        kernel,
    )?;
    octets.resize(octets.len().max(least(kernel)), 0);
    let half = kept.with_extension("half");
    write(&half, &octets)?;
    std::fs::rename(&half, &kept)
        .map_err(|error| Failure::new(format!("keeping the compressed kernel: {error}")))?;
    Ok((octets, Compression::Lzma))
}

/// How long the packed kernel must be. A 64-bit kernel tells at octet 16 how much memory it takes, with what it zeroes behind itself
/// (the kernel's `Documentation/arch/arm64/booting.rst`).
fn least(kernel: &[u8]) -> usize {
    let told = kernel
        .get(16..24)
        .and_then(|octets| octets.try_into().ok())
        .map_or(0, u64::from_le_bytes);
    // A head that tells nonsense is not believed beyond twice the file.
    let told = usize::try_from(told)
        .unwrap_or(0)
        .min(kernel.len().saturating_mul(2));
    kernel.len().max(told).div_ceil(UNPACKS_TO)
}

/// Whose instructions.
pub(crate) fn cpu(target: Target) -> Cpu {
    match target {
        Target::Pi64 => Cpu::Arm64,
        Target::Pi32 => Cpu::Arm,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_times_the_packed_kernel_holds_it_in_memory() {
        let mut kernel = vec![0; 4000];
        kernel[16..24].copy_from_slice(&5001u64.to_le_bytes());
        assert_eq!(least(&kernel), 1251);
        kernel[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(least(&kernel), 2000);
        kernel[16..24].fill(0);
        assert_eq!(least(&kernel), 1000);
    }

    #[test]
    fn it_is_packed_once_and_xz_unpacks_it() {
        let cache = std::env::temp_dir().join(format!("pillarbox-kernel-{}", std::process::id()));
        // Not compressible four to one, so that no zeros follow, which xz itself refuses.
        let mut state = 1_u32;
        let mut kernel: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(100_000)
        .collect();
        kernel[16..24].fill(0);
        let (octets, how) = compressed(&kernel, Target::Pi64, &cache).unwrap();
        assert_eq!(how, Compression::Lzma);
        assert!(octets.len() * UNPACKS_TO >= kernel.len());
        let mut xz = tools::command("xz");
        xz.args(["--format=lzma", "--decompress", "--stdout"]);
        assert!(tools::feed(&mut xz, &octets).unwrap() == kernel);
        assert!(compressed(&kernel, Target::Pi64, &cache).unwrap().0 == octets);
        let (plain, how) = compressed(&kernel, Target::Pi32, &cache).unwrap();
        assert!(how == Compression::None && plain == kernel);
        std::fs::remove_dir_all(cache).unwrap();
    }

    #[test]
    fn zeros_follow_what_is_packed_better_than_u_boot_thinks() {
        let cache = std::env::temp_dir().join(format!("pillarbox-zeros-{}", std::process::id()));
        let (octets, _) = compressed(&[0; 40_000], Target::Pi64, &cache).unwrap();
        assert_eq!(octets.len(), 10_000);
        std::fs::remove_dir_all(cache).unwrap();
    }
}
