//! What the sandbox refuses is refused, and what the box needs goes: a process of its own for each deed, once outside and once inside.
//!
//! Every deed must succeed outside, or the test says nothing: so each is done there too. Those that take root are done in namespaces of their own; a user
//! who is not root makes one in which they are.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop at once"
)]

#[path = "sandbox/deeds.rs"]
mod deeds;
#[path = "sandbox/whole.rs"]
mod whole;

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

use deeds::{DEEDS, Deed, Outcome};
use firmware::sandbox::{self, Sandbox};
use libtest_mimic::{Arguments, Failed, Trial};

/// The deed that this process is to do, and where.
const DO: &str = "SANDBOX_TEST_DO";
const INSIDE: &str = "SANDBOX_TEST_INSIDE";
const FOLDER: &str = "SANDBOX_TEST_FOLDER";
/// The exit code for a preparation that failed; error numbers are smaller.
const UNPREPARED: u8 = 200;

fn main() -> ExitCode {
    if let Ok(name) = std::env::var(DO) {
        return ExitCode::from(done(&name));
    }
    let mut trials: Vec<Trial> = DEEDS
        .iter()
        .map(|deed| Trial::test(deed.name, || judge(deed)))
        .collect();
    trials.extend(whole::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The child: 0 for a deed that was done, else the error's number.
fn done(name: &str) -> u8 {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let deed = DEEDS.iter().find(|deed| deed.name == name).unwrap();
    if deed.as_root
        && let Err(error) = become_root()
    {
        eprintln!("cannot be root anywhere: {error}");
        return UNPREPARED;
    }
    let prepared = (deed.prepare)(&folder);
    if std::env::var_os(INSIDE).is_some() {
        let data = folder.join("data");
        let places = || {
            if deed.on_files_alone {
                return Sandbox::files(&data);
            }
            let mut places = Sandbox::usual();
            places.write.push(data.clone());
            places
        };
        match sandbox::enter(&data, places) {
            Ok(entered) => eprintln!("{entered}"),
            Err(error) => {
                eprintln!("{error}");
                return UNPREPARED;
            }
        }
    }
    match (deed.try_it)(&folder, prepared) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("{error}");
            u8::try_from(error.raw_os_error().unwrap_or(199)).unwrap()
        }
    }
}

/// In a network and a tree of mounts of its own, so that nothing outlasts the test.
fn become_root() -> io::Result<()> {
    let (user, group) = unsafe { (libc::getuid(), libc::getgid()) };
    let own = if user == 0 { 0 } else { libc::CLONE_NEWUSER };
    told(unsafe { libc::unshare(own | libc::CLONE_NEWNS | libc::CLONE_NEWNET) })?;
    if user != 0 {
        std::fs::write("/proc/self/setgroups", "deny")?;
        std::fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
        std::fs::write("/proc/self/gid_map", format!("0 {group} 1"))?;
    }
    Ok(())
}

fn told(answer: impl Into<i64>) -> io::Result<()> {
    match answer.into() {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

fn judge(deed: &'static Deed) -> Result<(), Failed> {
    let outside = child(deed, false);
    let reached = match deed.outside {
        0 => outside.status.success(),
        error => outside.status.code() == Some(error),
    };
    if !reached {
        return Err(format!("cannot be done outside either: {outside:?}").into());
    }
    let inside = child(deed, true);
    let code = inside.status.code();
    match deed.inside {
        Outcome::Done if code == Some(0) => Ok(()),
        Outcome::Refused(error) if code == Some(error) => Ok(()),
        // What newer kernels keep is not asked of older ones.
        Outcome::RefusedSince(landlock, error) => {
            let old = (0..landlock).any(|old| said(&inside).contains(&format!("landlock {old} ")));
            let old = old || said(&inside).contains("no landlock");
            if code == Some(error) || old {
                return Ok(());
            }
            Err(format!("{inside:?}").into())
        }
        _ => Err(format!("{inside:?}").into()),
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn child(deed: &Deed, inside: bool) -> Output {
    let folder = Folder::new();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(DO, deed.name).env(FOLDER, &folder.0);
    if inside {
        command.env(INSIDE, "1");
    }
    command.output().unwrap()
}

/// A folder with `data` in it; goes with the value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pillarbox-sandbox-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(folder.join("data")).unwrap();
        Folder(folder)
    }

    fn data(&self) -> &Path {
        // Leaked: a few octets in a test.
        Box::leak(Box::new(self.0.join("data")))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
