//! The kernel as U-Boot starts it.
//!
//! A 64-bit kernel is 50 MB and not compressed by itself. LZMA makes 12 MB of it, gzip 18, and Debian's U-Boots know no other that is better; 12 MB keeps the image
//! under 20 MB, and lets a board with 128 MB of memory hold the packed and the unpacked kernel at once. A 32-bit one (`zImage`) unpacks itself.

use std::path::Path;

use firmware::uboot::{Compression, Cpu};

use crate::failure::{Failure, Result, read, write};
use crate::packages::sha256;
use crate::target::Target;
use crate::tools;

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
    let octets = tools::feed(
        tools::command("xz").args([
            "--format=lzma",
            "-7",
            "--threads=1",
            "--compress",
            "--stdout",
        ]),
        kernel,
    )?;
    let half = kept.with_extension("half");
    write(&half, &octets)?;
    std::fs::rename(&half, &kept)
        .map_err(|error| Failure::new(format!("keeping the compressed kernel: {error}")))?;
    Ok((octets, Compression::Lzma))
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
    fn it_is_packed_once_and_xz_unpacks_it() {
        let cache = std::env::temp_dir().join(format!("pillarbox-kernel-{}", std::process::id()));
        let mut state = 1_u32;
        let mut kernel: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(100_000)
        .collect();
        kernel.extend([0; 50_000]);
        let (octets, how) = compressed(&kernel, Target::Pi64, &cache).unwrap();
        assert_eq!(how, Compression::Lzma);
        assert!(octets.len() < kernel.len());
        let mut xz = tools::command("xz");
        xz.args(["--format=lzma", "--decompress", "--stdout"]);
        assert!(tools::feed(&mut xz, &octets).unwrap() == kernel);
        assert!(compressed(&kernel, Target::Pi64, &cache).unwrap().0 == octets);
        let (plain, how) = compressed(&kernel, Target::Pi32, &cache).unwrap();
        assert!(how == Compression::None && plain == kernel);
        std::fs::remove_dir_all(cache).unwrap();
    }
}
