//! Templates good and bad, onto a file that was full of something else.

use super::*;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

impl Target for File {
    fn write(&self, octets: &[u8], at: u64) -> io::Result<()> {
        self.write_all_at(octets, at)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_all()
    }
}

const SIZE: usize = 1024;

fn template(blocks: u32, list: &[(u32, u8)]) -> Vec<u8> {
    let mut octets = MAGIC.to_vec();
    octets.extend((SIZE as u32).to_le_bytes());
    octets.extend(blocks.to_le_bytes());
    for (number, fill) in list {
        octets.extend(number.to_le_bytes());
        octets.extend([*fill; SIZE]);
    }
    octets
}

fn written(octets: &[u8]) -> (io::Result<()>, Vec<u8>) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("pillarbox-template-{}-{count}", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, vec![9; SIZE * 300]).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    let result = write(octets, &file, &mut || {});
    let now = std::fs::read(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    (result, now)
}

#[test]
fn listed_blocks_are_there_and_the_others_zero() {
    let (result, disk) = written(&template(256, &[(0, 1), (1, 2), (200, 3)]));
    result.unwrap();
    let fill = |number: usize| disk[number * SIZE];
    let fills = [0, 1, 2, 199, 200, 255].map(fill);
    assert_eq!(fills, [1, 2, 0, 0, 3, 0]);
    // Behind it nothing is touched.
    assert!(disk[256 * SIZE..].iter().all(|octet| *octet == 9));
    assert!(disk[3 * SIZE..200 * SIZE].iter().all(|octet| *octet == 0));
}

#[test]
fn a_bad_one_leaves_no_head() {
    for bad in [
        template(256, &[(0, 1), (5, 1), (4, 1)]),
        template(256, &[(0, 1), (256, 1)]),
        template(256, &[(1, 1)]),
        template(256, &[(0, 1), (7, 1)])[..16 + 2 * SIZE].to_vec(),
    ] {
        let (result, disk) = written(&bad);
        assert!(result.is_err());
        assert!(disk[..SIZE].iter().all(|octet| *octet == 0));
    }
}

#[test]
fn what_is_no_template_touches_nothing() {
    let (result, disk) = written(b"something else entirely");
    assert!(result.is_err() && disk.iter().all(|octet| *octet == 9));
    assert!(written(&[]).0.is_err());
}
