//! A power cut at any instant loses nothing that was answered and leaves nothing half done.
//!
//! A child process lives the life of a house from the first start on, while a preloaded recorder writes down every write and sync of the LMDB
//! file (`tests/powercut/recorder.c`). The parent rebuilds the states that a cut could leave behind each recorded step: everything written,
//! only what was synced, and random parts of the rest torn at sectors. Each state is opened, checked, compared with what had been answered
//! by then, and lived on in. The control: a device that ignores syncs must lose something, or the test could not fail.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at once"
)]

#[path = "powercut/bench.rs"]
mod bench;
#[path = "powercut/device.rs"]
mod device;
#[path = "crash/indexed.rs"]
mod indexed;
#[path = "crash/judge.rs"]
mod judge;
#[path = "crash/letters.rs"]
mod letters;
#[path = "crash/life.rs"]
mod life;
#[path = "powercut/log.rs"]
mod log;
#[path = "crash/sharing.rs"]
mod sharing;
#[path = "crash/sight.rs"]
mod sight;

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, mpsc};

use bench::Bench;
use device::{Device, Remains};
use log::Record;
use store::Store;

/// Random tearings tried at each step beside "all" and "only what was synced".
const TEARINGS: u64 = 2;
const STATES_AT_LEAST: usize = 500;
const FIRST_START_AT_LEAST: usize = 10;
/// Processes that judge at the same time.
const JUDGES: usize = 2;
/// Where the store makes a new file before it gives it its name.
const CRADLE: &str = "new";

#[test]
fn every_state_that_a_power_cut_can_leave_is_sound() {
    let recorded = record("sound");
    let verdicts = recorded.judge(Cuts {
        honest: true,
        tearings: &|device, record| device.tearings(record, TEARINGS),
    });
    let Verdicts {
        states,
        first_start,
        wrong,
    } = verdicts;
    assert!(
        wrong.is_empty(),
        "{} of {states} states are not sound; the first: {}",
        wrong.len(),
        wrong[0]
    );
    assert!(
        states > STATES_AT_LEAST && first_start > FIRST_START_AT_LEAST,
        "only {states} states, {first_start} of them of the first start: the recorder saw too little"
    );
    println!("{states} states, each sound, {first_start} of them of the first start");
}

#[test]
fn control_a_device_that_ignores_syncs_loses_mail() {
    let recorded = record("control");
    let Verdicts { states, wrong, .. } = recorded.judge(Cuts {
        honest: false,
        tearings: &|_, record| match record {
            Record::Answered => 2..3,
            _ => 0..0,
        },
    });
    assert!(
        !wrong.is_empty(),
        "nothing was lost without syncs, so the test above proves nothing"
    );
    println!("{} of {states} states lost something", wrong.len());
}

/// The child's part; does nothing when run as an ordinary test.
#[test]
fn child_lives_a_life() {
    let Some(folder) = std::env::var_os("RECORD_FOLDER").map(PathBuf::from) else {
        return;
    };
    let store = Store::open(&folder, life::options()).unwrap();
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("answered"))
        .unwrap();
    life::live(&store, true, &mut |store, _, _| {
        file.write_all(judge::told(store).as_bytes()).unwrap();
    });
}

/// Which states are made.
#[derive(Clone, Copy)]
struct Cuts<'c> {
    /// Syncs do what they say.
    honest: bool,
    /// Tearings of the device behind a record.
    tearings: &'c dyn Fn(&Device, &Record) -> Range<u64>,
}

#[derive(Default)]
struct Verdicts {
    states: usize,
    /// Of them before anything was answered.
    first_start: usize,
    wrong: Vec<String>,
}

impl Verdicts {
    fn add(&mut self, state: &State, verdict: Result<(), String>) {
        self.states += 1;
        self.first_start += usize::from(state.answered == 0);
        if let Err(why) = verdict {
            self.wrong.push(format!("{}: {why}", state.cut));
        }
    }
}

/// A state to be judged.
struct State {
    remains: Remains,
    answered: usize,
    /// How it came to be, for people.
    cut: String,
}

struct Recorded {
    folder: PathBuf,
    records: Vec<Record>,
}

impl Recorded {
    /// Judges the states that a cut could leave behind each record; what is wrong with which, and how many there were.
    fn judge(&self, cuts: Cuts<'_>) -> Verdicts {
        let (queue, states) = mpsc::sync_channel(2);
        let states = Mutex::new(states);
        let verdicts = Mutex::new(Verdicts::default());
        std::thread::scope(|scope| {
            for judge in 0..JUDGES {
                let (states, verdicts) = (&states, &verdicts);
                scope.spawn(move || {
                    let mut bench = Bench::new(&self.folder);
                    let place = self.folder.join(format!("state-{judge}"));
                    loop {
                        let next: Result<State, _> = states.lock().unwrap().recv();
                        let Ok(state) = next else { return };
                        lay(&place, &state.remains);
                        let verdict = bench.judge(&place, state.answered);
                        verdicts.lock().unwrap().add(&state, verdict);
                    }
                });
            }
            let mut device = Device::default();
            for record in &self.records {
                device.apply(record, cuts.honest);
                for tearing in (cuts.tearings)(&device, record) {
                    let state = State {
                        remains: device.after_cut(tearing),
                        answered: device.answered(),
                        cut: format!("a cut after {} steps, tearing {tearing}", device.steps()),
                    };
                    queue.send(state).unwrap();
                }
            }
            drop(queue);
        });
        verdicts.into_inner().unwrap()
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn lay(place: &Path, remains: &Remains) {
    let _ = fs::remove_dir_all(place);
    let folder = if remains.named {
        place.to_owned()
    } else {
        place.join(CRADLE)
    };
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("data.mdb"), &remains.file).unwrap();
}

fn record(name: &str) -> Recorded {
    // In memory if there is such a place: what a device would keep is reckoned, not tried.
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    let folder = base.join(format!("pillarbox-powercut-{name}-{}", std::process::id()));
    let house = folder.join("house");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&house).unwrap();
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
        .args(["--exact", "child_lives_a_life", "--test-threads=1"])
        .env("LD_PRELOAD", &recorder)
        .env("RECORD_FOLDER", &house)
        .env("RECORD_LOG", folder.join("log"))
        .output()
        .unwrap();
    assert!(
        child.status.success(),
        "{}{}",
        String::from_utf8_lossy(&child.stdout),
        String::from_utf8_lossy(&child.stderr)
    );
    let records = log::read(&folder.join("log"), &house);
    fs::copy(house.join("answered"), folder.join("answered")).unwrap();
    everything_was_seen(&records, &fs::read(house.join("data.mdb")).unwrap());
    Recorded { folder, records }
}

/// What was recorded makes the file that is there; only zeros were added by calls that the recorder does not see.
fn everything_was_seen(records: &[Record], file: &[u8]) {
    let mut device = Device::default();
    for record in records {
        device.apply(record, true);
    }
    let remains = device.after_cut(0);
    assert!(remains.named, "the file never got its name");
    let (same, more) = file.split_at(remains.file.len());
    assert!(same == remains.file, "the recorder missed a write");
    assert!(more.iter().all(|octet| *octet == 0));
}
