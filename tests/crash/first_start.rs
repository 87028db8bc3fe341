//! SIGKILL at many moments of the first start, with nothing there yet: the box always starts again.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use house::{HOSTNAME, any_ports};

/// Kills, each a little later than the one before it.
const KILLS: u32 = 24;
const LATER: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn killed_during_its_first_start_it_starts_again() {
    let folder = std::env::temp_dir().join(format!("pillarbox-first-{}", std::process::id()));
    for kill in 0..KILLS {
        // Every third one begins with nothing, the others with what the one before them left.
        if kill % 3 == 0 {
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).unwrap();
        }
        let mut child = start(&folder);
        std::thread::sleep(LATER * kill);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let mut child = start(&folder);
    let begun = Instant::now();
    // Answered through the control socket: so it runs.
    while !on(&folder, "status") {
        assert!(begun.elapsed() < PATIENCE, "{}", log(&folder));
        assert_eq!(child.try_wait().unwrap(), None, "{}", log(&folder));
        std::thread::sleep(LATER);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(on(&folder, "check"));
    fs::remove_dir_all(&folder).unwrap();
}

fn start(folder: &Path) -> Child {
    let settings = format!(
        "hostname = \"{HOSTNAME}\"\n\n[setup]\nmdns = false\n\n{}",
        any_ports()
    );
    fs::write(folder.join("settings.toml"), settings).unwrap();
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    Command::new(env!("CARGO_BIN_EXE_pillarbox"))
        .args(["run", "--data"])
        .arg(folder.join("data"))
        .arg("--config")
        .arg(folder.join("settings.toml"))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn on(folder: &Path, command: &str) -> bool {
    let done = Command::new(env!("CARGO_BIN_EXE_pillarbox"))
        .args([command, "--data"])
        .arg(folder.join("data"))
        .output()
        .unwrap();
    done.status.success()
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}
