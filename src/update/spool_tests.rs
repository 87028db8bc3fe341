//! Files that come, files that do not, and what a restart finds.

use super::*;
use crate::net::test_support::Folder;
use crate::settings::Settings;
use crate::update::Refused;

/// Made by `minisign` with the key that this program was built with.
const REAL: &[u8] = include_bytes!("../../firmware/update/real.update");
const NAME: &str = "pillarbox-0.0.1-pi64.update";

fn bring(updates: &Updates, file: &[u8], piece: usize) -> Result<Waiting, Refused> {
    let settings = Settings::default();
    let length = Some(file.len() as u64);
    async_io::block_on(async {
        let mut incoming = updates.incoming(&settings, length)?;
        for octets in file.chunks(piece) {
            incoming.take(octets.to_vec()).await?;
        }
        incoming.finish().await
    })
}

#[test]
fn a_good_file_waits_and_is_there_after_a_restart() {
    let folder = Folder::new();
    let updates = Updates::new(&folder.0, None);
    let waiting = bring(&updates, REAL, 7).unwrap();
    assert_eq!(waiting.release.to_string(), "pillarbox 0.0.1 pi64");
    let path = folder.0.join(FOLDER).join(NAME);
    assert_eq!(fs::read(&path).unwrap(), REAL);
    let again = Updates::new(&folder.0, None);
    assert_eq!(again.seen().waiting, Some(waiting));
    // Nobody is there to install it.
    assert!(!again.install());
    again.discard();
    assert!(!path.exists() && again.seen().waiting.is_none());
}

#[test]
fn a_bad_file_is_told_and_leaves_nothing() {
    let folder = Folder::new();
    let updates = Updates::new(&folder.0, None);
    bring(&updates, REAL, 100).unwrap();
    let mut bad = REAL.to_vec();
    *bad.last_mut().unwrap() ^= 1;
    let refused = bring(&updates, &bad, 100).unwrap_err();
    assert_eq!(refused.word, "wrong");
    let seen = updates.seen();
    assert_eq!(
        (seen.refused, seen.waiting, seen.coming),
        (Some(refused), None, None)
    );
    assert_eq!(fs::read_dir(folder.0.join(FOLDER)).unwrap().count(), 0);
    assert_eq!(
        bring(&updates, &REAL[..40], 9).unwrap_err().word,
        "no-update"
    );
    assert_eq!(bring(&updates, b"", 9).unwrap_err().word, "no-update");
}

#[test]
fn one_comes_at_a_time_and_one_that_breaks_off_is_thrown_away() {
    let folder = Folder::new();
    let updates = Updates::new(&folder.0, None);
    let settings = Settings::default();
    let mut first = updates.incoming(&settings, None).unwrap();
    async_io::block_on(first.take(REAL[..100].to_vec())).unwrap();
    assert_eq!(updates.seen().coming, Some((100, None)));
    assert_eq!(
        updates.incoming(&settings, None).err().unwrap().word,
        "busy"
    );
    drop(first);
    assert_eq!(updates.seen().coming, None);
    assert!(bring(&updates, REAL, 50).is_ok());
}

#[test]
fn a_restart_finds_whole_files_and_sweeps_the_rest() {
    let folder = Folder::new();
    let spool = folder.0.join(FOLDER);
    fs::create_dir(&spool).unwrap();
    fs::write(spool.join(COMING), &REAL[..50]).unwrap();
    fs::write(spool.join("pillarbox-9.9.9-pi64.update"), REAL).unwrap();
    fs::write(spool.join(NAME), REAL).unwrap();
    let waiting = Updates::new(&folder.0, None).seen().waiting.unwrap();
    assert_eq!(waiting.release.file_name(), NAME);
    assert_eq!(fs::read_dir(&spool).unwrap().count(), 1);
}

#[test]
fn more_than_a_slot_holds_is_not_taken() {
    let folder = Folder::new();
    let updates = Updates::new(&folder.0, None);
    let settings = Settings::default();
    let mut incoming = updates.incoming(&settings, None).unwrap();
    incoming.length = SYSTEM_MAX + HEAD_MAX as u64;
    let refused = async_io::block_on(incoming.take(vec![0])).unwrap_err();
    assert_eq!(refused.word, "too-large");
}
