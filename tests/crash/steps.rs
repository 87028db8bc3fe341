//! SIGKILL at every step of the writer: a child lives the life of a house and kills itself at step 1, then at step 2, and so on until
//! the life is over before that. What each leaves behind is judged; now and then the first recovery is killed as well.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use store::{Observer, Options, Store};

use crate::judge::{Reference, told};
use crate::life;

/// Every this many steps the recovery is killed too.
const RECOVERIES: u64 = 5;
/// Steps of a recovery, in turn.
const RECOVERY_STEPS: u64 = 11;
/// Fewer would mean that the writer no longer says what it does.
const STEPS_AT_LEAST: u64 = 300;
const KILLED: i32 = 9;

#[test]
fn killed_at_every_step_nothing_answered_is_lost() {
    let place = Place::new();
    let reference = Reference::new(&place.folder("reference"));
    let (next, steps, killed) = (
        AtomicU64::new(1),
        AtomicU64::new(u64::MAX),
        AtomicUsize::new(0),
    );
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let (place, reference, next, steps, killed) =
                (&place, &reference, &next, &steps, &killed);
            scope.spawn(move || {
                loop {
                    let step = next.fetch_add(1, Ordering::Relaxed);
                    if step > steps.load(Ordering::Relaxed) {
                        return;
                    }
                    let folder = place.folder(&format!("house-{worker}"));
                    if !life_until(&folder, step, "life") {
                        steps.fetch_min(step, Ordering::Relaxed);
                        assert_eq!(answered(&folder).len(), reference.deeds());
                    } else {
                        killed.fetch_add(1, Ordering::Relaxed);
                    }
                    if step % RECOVERIES == 0 {
                        let last = 1 + step / RECOVERIES % RECOVERY_STEPS;
                        killed.fetch_add(
                            life_until(&folder, last, "recovery").into(),
                            Ordering::Relaxed,
                        );
                    }
                    reference
                        .judge(&folder, &answered(&folder))
                        .unwrap_or_else(|why| panic!("killed at step {step}: {why}"));
                }
            });
        }
    });
    let steps = steps.into_inner();
    println!(
        "{steps} steps, killed {} times, each time sound",
        killed.into_inner()
    );
    assert!(steps > STEPS_AT_LEAST, "only {steps} steps");
}

/// Lives in a child that kills itself at `step`; false: it ended by itself.
fn life_until(folder: &Path, step: u64, what: &str) -> bool {
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "steps::child_lives_until_a_step",
            "--test-threads=1",
        ])
        .env("CRASH_FOLDER", folder)
        .env("CRASH_STEP", step.to_string())
        .env("CRASH_WHAT", what)
        .output()
        .unwrap();
    if child.status.signal() == Some(KILLED) {
        return true;
    }
    assert!(
        child.status.success(),
        "{}{}",
        String::from_utf8_lossy(&child.stdout),
        String::from_utf8_lossy(&child.stderr)
    );
    false
}

/// The child's part; does nothing when run as an ordinary test.
#[test]
fn child_lives_until_a_step() {
    let Some(folder) = std::env::var_os("CRASH_FOLDER").map(PathBuf::from) else {
        return;
    };
    let last: u64 = std::env::var("CRASH_STEP").unwrap().parse().unwrap();
    let step = AtomicU64::new(0);
    let observer = Observer(Arc::new(move |_| {
        if step.fetch_add(1, Ordering::Relaxed) + 1 == last {
            let _ = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::KILL,
            );
        }
    }));
    let options = Options {
        steps: Some(observer),
        ..life::options()
    };
    let store = Store::open(&folder, options).unwrap();
    if std::env::var("CRASH_WHAT").unwrap() == "recovery" {
        // Closing finishes what the recovery has begun.
        return;
    }
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("answered"))
        .unwrap();
    life::live(&store, true, &mut |store, _, _| {
        file.write_all(told(store).as_bytes()).unwrap();
    });
}

fn answered(folder: &Path) -> Vec<String> {
    let all = fs::read_to_string(folder.join("answered")).unwrap_or_default();
    all.split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
        .map(str::to_owned)
        .collect()
}

/// Where folders are made: in memory if there is such a place, since a killed process loses nothing that it wrote to the system.
struct Place(PathBuf);

impl Place {
    fn new() -> Place {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        Place(base.join(format!("pillarbox-crash-{}", std::process::id())))
    }

    /// A new, empty folder.
    fn folder(&self, name: &str) -> PathBuf {
        let folder = self.0.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
