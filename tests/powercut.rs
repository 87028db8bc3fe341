//! A power cut at any instant loses nothing that was acknowledged and leaves nothing half done.
//!
//! A child process delivers, flags, moves and expunges while a preloaded recorder writes down every write and sync of the LMDB file
//! (`tests/powercut/recorder.c`). The parent rebuilds the states that a cut could leave behind each recorded step: everything written, only
//! what was synced, and random parts of the rest torn at sectors. Each state is opened, checked, and compared with what had been
//! acknowledged by then. The control: a device that ignores syncs must lose something, or the test could not fail.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at once"
)]

#[path = "powercut/house.rs"]
mod house;
#[path = "powercut/log.rs"]
mod log;

use std::fs;
use std::path::Path;
use std::process::Command;

use log::{Device, Kind, Record};

/// Random tearings tried at each step beside "all" and "only what was synced".
const TEARINGS: u64 = 3;
/// How much of the house's life is recorded: each round delivers, flags, moves and expunges.
const ROUNDS: u32 = 12;

#[test]
fn every_state_that_a_power_cut_can_leave_is_sound() {
    let recorded = record("sound");
    let mut states = 0;
    let mut device = Device::default();
    for record in &recorded.records {
        device.apply(record, true);
        for tearing in 0..TEARINGS + 2 {
            let image = device.after_cut(tearing);
            judge(&recorded, &image, device.acknowledged(), states).unwrap_or_else(|why| {
                panic!("after {} steps, tearing {tearing}: {why}", device.steps());
            });
            states += 1;
        }
    }
    assert!(
        states > 500,
        "only {states} states: the recorder saw too little"
    );
    println!("{states} states, each sound");
}

#[test]
fn control_a_device_that_ignores_syncs_loses_mail() {
    let recorded = record("control");
    let mut device = Device::default();
    let mut lost = 0;
    for (step, record) in recorded.records.iter().enumerate() {
        device.apply(record, false);
        if matches!(record.kind, Kind::Acknowledgement(_)) {
            let image = device.after_cut(step as u64 + 2);
            lost += usize::from(judge(&recorded, &image, device.acknowledged(), step).is_err());
        }
    }
    assert!(
        lost > 0,
        "nothing was lost without syncs, so the test above proves nothing"
    );
}

/// The child's part; does nothing when run as an ordinary test.
#[test]
fn child_lives_a_house_life() {
    if let Some(folder) = std::env::var_os("RECORD_FOLDER") {
        house::live(Path::new(&folder), ROUNDS);
    }
}

struct Recorded {
    folder: std::path::PathBuf,
    records: Vec<Record>,
}

impl Drop for Recorded {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn record(name: &str) -> Recorded {
    let folder =
        std::env::temp_dir().join(format!("pillarbox-powercut-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("house")).unwrap();
    let recorder = folder.join("recorder.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/powercut/recorder.c");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&recorder)
        .arg(source)
        .arg("-ldl")
        .status()
        .unwrap();
    assert!(built.success(), "cc could not build the recorder");
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_lives_a_house_life", "--test-threads=1"])
        .env("LD_PRELOAD", &recorder)
        .env("RECORD_FOLDER", folder.join("house"))
        .env("RECORD_LOG", folder.join("log"))
        .output()
        .unwrap();
    assert!(
        child.status.success(),
        "{}{}",
        String::from_utf8_lossy(&child.stdout),
        String::from_utf8_lossy(&child.stderr)
    );
    let records = log::read(&folder.join("log"));
    Recorded { folder, records }
}

/// Opens the state: it must be as it was when the last acknowledgement was given, or one whole deed further.
fn judge(
    recorded: &Recorded,
    image: &[u8],
    acknowledged: usize,
    number: usize,
) -> Result<(), String> {
    let place = recorded.folder.join(format!("state-{}", number % 2));
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("data.mdb"), image).unwrap();
    let found = house::view(&place)?;
    let told: Vec<&String> = recorded
        .records
        .iter()
        .filter_map(|r| {
            if let Kind::Acknowledgement(s) = &r.kind {
                Some(s)
            } else {
                None
            }
        })
        .collect();
    let before_the_first = acknowledged == 0 && found.is_empty();
    let allowed = told.iter().skip(acknowledged.saturating_sub(1)).take(2);
    if before_the_first || allowed.into_iter().any(|state| **state == found) {
        return Ok(());
    }
    Err(format!(
        "{acknowledged} deeds were acknowledged; the house is in none of the states it may be in: {found}"
    ))
}
