//! The first partition: what the board's own boot stages read, and where a person puts `pillarbox.toml`. FAT32, made by mkfs.fat and mtools, without a mount.
//!
//! Updates do not touch it (only a slot is written), so that no power cut can take the boot stages away.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use crate::failure::{Result, Tried, make_empty, read, write};
use crate::tools;

/// A file of the partition's root, by its name there.
pub(crate) type Named = (String, Vec<u8>);

/// Serial number of the file system; nothing looks at it.
const SERIAL: &str = "70696c6c";

/// Makes the partition's octets from its files.
pub(crate) fn make(
    work: &Path,
    label: &str,
    octets: u64,
    files: &[Named],
    time: u32,
) -> Result<Vec<u8>> {
    let image = work.join("boot.fat");
    File::create(&image)
        .and_then(|file| file.set_len(octets))
        .tried("making room for the boot partition")?;
    let epoch = time.to_string();
    tools::output(
        tools::command("mkfs.fat")
            .env("SOURCE_DATE_EPOCH", &epoch)
            .args(["-F", "32", "-n", label, "-i", SERIAL, "--invariant"])
            .arg(&image),
    )?;
    let staged = work.join("boot");
    make_empty(&staged)?;
    let mut copy = tools::command("mcopy");
    copy.env("SOURCE_DATE_EPOCH", &epoch)
        .args(["-m", "-i"])
        .arg(&image);
    for (name, content) in files {
        let file = staged.join(name);
        write(&file, content)?;
        let dated = File::options()
            .write(true)
            .open(&file)
            .and_then(|file| file.set_modified(UNIX_EPOCH + Duration::from_secs(time.into())));
        dated.tried(format_args!("dating {name}"))?;
        copy.arg(file);
    }
    tools::output(copy.arg("::/"))?;
    read(&image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mdir_finds_each_file_and_two_makes_are_the_same() {
        let place = std::env::temp_dir().join(format!("pillarbox-fat-{}", std::process::id()));
        let files = vec![
            ("config.txt".to_owned(), b"arm_64bit=1\n".to_vec()),
            ("bcm2712-d-rpi-5-b.dtb".to_owned(), vec![7; 70_000]),
        ];
        let makes: Vec<Vec<u8>> = ["a", "b"]
            .iter()
            .map(|name| {
                let work = place.join(name);
                std::fs::create_dir_all(&work).unwrap();
                let made = make(&work, "PILLARBOX", 60 << 20, &files, 1_790_000_000).unwrap();
                std::thread::sleep(Duration::from_millis(2100));
                made
            })
            .collect();
        assert!(
            makes[0] == makes[1],
            "a FAT's clock ticks every two seconds and must not be in it"
        );
        let listed = tools::output(
            tools::command("mdir")
                .args(["-b", "-i"])
                .arg(place.join("a/boot.fat"))
                .arg("::"),
        )
        .unwrap();
        assert_eq!(
            String::from_utf8(listed)
                .unwrap()
                .lines()
                .collect::<Vec<_>>(),
            ["::/config.txt", "::/bcm2712-d-rpi-5-b.dtb"]
        );
        assert!(
            tools::output(
                tools::command("fsck.fat")
                    .arg("-n")
                    .arg(place.join("a/boot.fat"))
            )
            .is_ok()
        );
        std::fs::remove_dir_all(place).unwrap();
    }
}
