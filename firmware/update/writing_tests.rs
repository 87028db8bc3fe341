//! A file as the disk: what is written, what is refused, and what a cut at every step leaves.

use std::os::unix::fs::symlink;

use super::*;
use crate::update::verify::tests::{Folder, Signer, rules};

const SLOT: u64 = 4 << 20;

/// A disk of two slots, and a spool.
struct Card {
    folder: Folder,
    signer: Signer,
}

impl Card {
    fn new() -> Card {
        let folder = Folder::new();
        std::fs::create_dir(folder.path("spool")).unwrap();
        std::fs::write(folder.path("disk"), vec![0xA5; 2 * SLOT as usize]).unwrap();
        let signer = Signer::new(1);
        Card { folder, signer }
    }

    fn plan(&self) -> Plan {
        Plan {
            spool: self.folder.path("spool"),
            file: FileName::new("new.update").unwrap(),
            key: self.signer.key(),
            rules: Rules {
                most: SLOT,
                ..rules()
            },
            disk: self.folder.path("disk"),
            place: Place {
                start: SLOT,
                length: SLOT,
            },
        }
    }

    fn spool(&self, system: &[u8]) {
        let file = self.signer.update("pillarbox 0.3.0 pi64", system);
        std::fs::write(self.folder.path("spool/new.update"), file).unwrap();
    }

    /// The boot chain finds nothing in the other slot: no head.
    fn no_system(&self) -> bool {
        let (_, b) = self.slots();
        b.iter().take(4096).all(|octet| *octet == 0)
    }

    fn slots(&self) -> (Vec<u8>, Vec<u8>) {
        let disk = std::fs::read(self.folder.path("disk")).unwrap();
        let (a, b) = disk.split_at(SLOT as usize);
        (a.to_vec(), b.to_vec())
    }
}

fn system(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n % 253) as u8 + 1).collect()
}

/// Runs to the end; the phases seen.
fn finish(writing: &mut Writing) -> (Vec<Phase>, Result<Verified, Refusal>) {
    let mut seen = Vec::new();
    loop {
        match writing.step() {
            Turn::Going { phase, done, total } => {
                assert!(done <= total);
                if seen.last() != Some(&phase) {
                    seen.push(phase);
                }
            }
            Turn::Written(verified) => return (seen, Ok(verified)),
            Turn::Refused(refusal) => return (seen, Err(refusal)),
        }
    }
}

#[test]
fn a_system_of_any_length_stands_in_the_other_slot() {
    for length in [
        1,
        4096,
        PIECE - 1,
        PIECE,
        PIECE + 1,
        3 * PIECE + 77,
        SLOT as usize,
    ] {
        let card = Card::new();
        let system = system(length);
        card.spool(&system);
        let mut writing = Writing::begin(card.plan()).unwrap();
        let (seen, end) = finish(&mut writing);
        assert_eq!(end.unwrap().length, length as u64);
        assert_eq!(seen, [Phase::Verifying, Phase::Writing, Phase::Reading]);
        let (a, b) = card.slots();
        assert!(a.iter().all(|octet| *octet == 0xA5));
        assert!(b.starts_with(&system), "{length}");
        // It is over, and stays so.
        assert!(matches!(writing.step(), Turn::Refused(_)));
    }
}

#[test]
fn nothing_is_written_before_the_whole_file_is_verified() {
    let card = Card::new();
    card.spool(&system(3 * PIECE));
    let path = card.folder.path("spool/new.update");
    let mut file = std::fs::read(&path).unwrap();
    *file.last_mut().unwrap() ^= 1;
    std::fs::write(&path, file).unwrap();
    let (_, end) = finish(&mut Writing::begin(card.plan()).unwrap());
    assert!(matches!(end, Err(Refusal::Update(UpdateError::Wrong))));
    let (a, b) = card.slots();
    assert!(a.iter().chain(&b).all(|octet| *octet == 0xA5));
}

/// The server owns the file, and may write into it while it is copied.
#[test]
fn a_file_that_changes_between_verifying_and_writing_is_never_tried() {
    let card = Card::new();
    card.spool(&system(3 * PIECE));
    let path = card.folder.path("spool/new.update");
    let mut writing = Writing::begin(card.plan()).unwrap();
    while !matches!(
        writing.step(),
        Turn::Going {
            phase: Phase::Writing,
            ..
        }
    ) {}
    let mut file = std::fs::read(&path).unwrap();
    *file.last_mut().unwrap() ^= 1;
    std::fs::write(&path, file).unwrap();
    let (_, end) = finish(&mut writing);
    assert!(matches!(end, Err(Refusal::ReadBack)), "{end:?}");
    assert!(card.no_system(), "unsigned octets look like a system");
    // Longer or shorter is no better.
    for length in [PIECE, 6 * PIECE] {
        card.spool(&system(3 * PIECE));
        let mut writing = Writing::begin(card.plan()).unwrap();
        while !matches!(
            writing.step(),
            Turn::Going {
                phase: Phase::Writing,
                ..
            }
        ) {}
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(length as u64).unwrap();
        let (_, end) = finish(&mut writing);
        // What was added behind the signed octets is not even looked at.
        match length > 3 * PIECE {
            true => assert!(end.is_ok(), "{end:?}"),
            false => {
                assert!(matches!(end, Err(Refusal::ReadBack)), "{end:?}");
                assert!(card.no_system());
            }
        }
        assert!(card.slots().0.iter().all(|octet| *octet == 0xA5));
    }
}

/// A cut after any step leaves the slot that runs as it was, and the other one without a first block that looks like a system, until all of it is there; to
/// begin again is all that is needed.
#[test]
fn a_cut_after_any_step_leaves_one_system_and_half_of_none() {
    let card = Card::new();
    let system = system(4 * PIECE + 5);
    card.spool(&system);
    let mut steps = 0;
    loop {
        std::fs::write(card.folder.path("disk"), vec![0xA5; 2 * SLOT as usize]).unwrap();
        let mut writing = Writing::begin(card.plan()).unwrap();
        let mut ended = false;
        for _ in 0..steps {
            ended = matches!(writing.step(), Turn::Written(_));
        }
        drop(writing);
        let (a, b) = card.slots();
        assert!(a.iter().all(|octet| *octet == 0xA5));
        let looks_like_one = b.starts_with(&system[..16]);
        assert!(
            !looks_like_one || b.starts_with(&system),
            "after {steps} steps"
        );
        let (_, end) = finish(&mut Writing::begin(card.plan()).unwrap());
        assert_eq!(end.unwrap().length, system.len() as u64);
        if ended {
            break;
        }
        steps += 1;
    }
    assert!(steps > 12);
}

#[test]
fn only_a_plain_file_in_a_plain_folder_is_opened() {
    let card = Card::new();
    card.spool(&system(100));
    let good = card.folder.path("spool/new.update");
    let refused = |plan: Plan| matches!(Writing::begin(plan), Err(Refusal::Spool(_)));
    assert!(!refused(card.plan()));
    let there = card.folder.path("elsewhere");
    std::fs::rename(&good, &there).unwrap();
    assert!(refused(card.plan()));
    symlink(&there, &good).unwrap();
    assert!(refused(card.plan()));
    std::fs::remove_file(&good).unwrap();
    std::fs::create_dir(&good).unwrap();
    assert!(refused(card.plan()));
    std::fs::remove_dir(&good).unwrap();
    rustix::fs::mknodat(
        CWD,
        &good,
        rustix::fs::FileType::Fifo,
        Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    assert!(refused(card.plan()));
    std::fs::remove_file(&good).unwrap();
    std::fs::rename(&there, &good).unwrap();
    assert!(!refused(card.plan()));
    symlink(card.folder.path("spool"), card.folder.path("link")).unwrap();
    assert!(refused(Plan {
        spool: card.folder.path("link"),
        ..card.plan()
    }));
    assert!(refused(Plan {
        spool: card.folder.path("spool/../spool"),
        ..card.plan()
    }));
}

#[test]
fn a_file_larger_than_the_slot_is_not_even_read() {
    let card = Card::new();
    card.spool(&system(SLOT as usize + 2000));
    let end = Writing::begin(card.plan());
    assert!(matches!(
        end,
        Err(Refusal::Update(UpdateError::TooLarge { .. }))
    ));
    card.spool(&system(SLOT as usize + 1));
    let (_, end) = finish(&mut Writing::begin(card.plan()).unwrap());
    assert!(matches!(
        end,
        Err(Refusal::Update(UpdateError::TooLarge { .. }))
    ));
}

#[test]
fn a_disk_that_is_not_there_is_said() {
    let card = Card::new();
    card.spool(&system(100));
    let plan = Plan {
        disk: card.folder.path("no disk"),
        ..card.plan()
    };
    let (_, end) = finish(&mut Writing::begin(plan).unwrap());
    assert!(matches!(end, Err(Refusal::Disk(_))));
}
