//! The data partition as it is on a new card: an empty ext4 that is the same for everybody, made by mke2fs without a mount.
//!
//! The choices, each with its reason:
//! - Journal of metadata only (`data=ordered`, mount's default): LMDB writes its own pages in an order that needs no journal and syncs them itself; journalling
//!   the data too would write every mail twice. 8 MiB of it: LMDB's file grows rarely, so that metadata is little, and a card is written less at a mount.
//! - Checksums on metadata (`metadata_csum`, and with `64bit` in the journal's blocks too): a torn or forgotten write of a dying card is seen, not believed.
//! - Room in the descriptors for 2 TiB (`resize`), so that growing to the end of any SD card moves nothing.
//! - One inode in 256 KiB: there are a handful of files, and tables four hundred times smaller are less to write at growth and to check.
//! - No blocks kept for root: the server stops taking mail before the disk is full, and says so.
//! - UUID and hash seed are fixed: nothing finds this file system by them, and an image that is made twice is the same.

use std::path::Path;

use crate::failure::{Failure, Result, read, write};
use crate::tools;

const UUID: &str = "70696c6c-6172-626f-7800-000000000001";
const HASH_SEED: &str = "70696c6c-6172-626f-7800-000000000002";
const LABEL: &str = "pillarbox-data";
/// Everything that the file system has; the machine's own mke2fs.conf has no say.
const FEATURES: &str = "none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum";
/// In blocks of 4 KiB: 2 TiB, the largest SD card there can be (SDXC).
const LARGEST: &str = "536870912";

/// Makes the file system in a file of `octets`.
pub(crate) fn make(work: &Path, octets: u64, time: u32) -> Result<Vec<u8>> {
    let file = work.join("data.ext4");
    let configuration = work.join("mke2fs.conf");
    write(&configuration, b"[defaults]\n\tblocksize = 4096\n")?;
    let empty = std::fs::File::create(&file).and_then(|file| file.set_len(octets));
    empty.map_err(|error| Failure::new(format!("making room for the data partition: {error}")))?;
    tools::output(
        tools::command("mke2fs")
            .env("MKE2FS_CONFIG", &configuration)
            .env("E2FSPROGS_FAKE_TIME", time.to_string())
            .env("SOURCE_DATE_EPOCH", time.to_string())
            .args(["-q", "-F", "-t", "ext4", "-b", "4096", "-I", "256", "-i", "262144", "-m", "0", "-J", "size=8"])
            .args(["-O", FEATURES, "-L", LABEL, "-U", UUID, "-E"])
            .arg(format!("hash_seed={HASH_SEED},root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,nodiscard,resize={LARGEST}"))
            .arg(&file),
    )?;
    read(&file)
}

/// Octets of a block.
const BLOCK: usize = 4096;

/// The file system as it lies in the initramfs, from where a box can make its data partition anew: without blocks of zeros (`firmware/data/template.rs`
/// has the format and reads it).
pub(crate) fn template(file_system: &[u8]) -> Vec<u8> {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes();
    let mut packed = b"pbblocks".to_vec();
    packed.extend(number(BLOCK));
    packed.extend(number(file_system.len() / BLOCK));
    for (at, block) in file_system.chunks(BLOCK).enumerate() {
        if block.iter().any(|octet| *octet != 0) {
            packed.extend(number(at));
            packed.extend(block);
        }
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_made_it_is_the_same_and_small() {
        let place = std::env::temp_dir().join(format!("pillarbox-data-{}", std::process::id()));
        let makes: Vec<Vec<u8>> = ["a", "b"]
            .iter()
            .map(|name| {
                let work = place.join(name);
                std::fs::create_dir_all(&work).unwrap();
                make(&work, 64 << 20, 1_790_000_000).unwrap()
            })
            .collect();
        assert!(makes[0] == makes[1]);
        let packed = template(&makes[0]);
        assert!(packed.len() < 200_000, "{}", packed.len());
        assert!(
            packed.len() > 16 + BLOCK && packed[16..20] == [0; 4],
            "block 0 holds the superblock"
        );
        let checked = tools::output(
            tools::command("e2fsck")
                .args(["-f", "-n"])
                .arg(place.join("a/data.ext4")),
        );
        assert!(checked.is_ok(), "{checked:?}");
        std::fs::remove_dir_all(place).unwrap();
    }
}
