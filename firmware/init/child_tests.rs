//! Real children: shells that talk as a server does.

use super::*;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use crate::talk::{Network, RescueReason};
use rustix::process::WaitOptions;

/// A program that is this script.
struct Script(PathBuf);

impl Script {
    fn new(name: &str, text: &str) -> Script {
        let path =
            std::env::temp_dir().join(format!("pillarbox-child-{name}-{}", std::process::id()));
        std::fs::write(&path, format!("#!/bin/bash\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Script(path)
    }

    fn program(&self, privileged: bool) -> Program {
        Program {
            path: self.0.clone(),
            data: "/the data".into(),
            rescue: "/rescue".into(),
            boot: "/boot".into(),
            privileged,
        }
    }

    fn start(&self, role: Role) -> Child {
        let program = self.program(false);
        // Another thread's fork may hold the script open for writing for a moment.
        loop {
            match program.start(role, Instant::now()) {
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {}
                started => return started.unwrap(),
            }
        }
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Everything that it says until it is gone, and its exit code.
fn heard(child: &mut Child) -> (Vec<String>, Option<i32>) {
    let mut lines = Vec::new();
    let mut take = |line: &[u8]| lines.push(String::from_utf8_lossy(line).into_owned());
    while child.hear(&mut take) {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.hear_out(&mut take);
    let status = rustix::process::waitpid(Some(child.pid), WaitOptions::empty());
    (
        lines,
        status.unwrap().and_then(|(_, status)| status.exit_status()),
    )
}

#[test]
fn a_child_is_told_what_it_is_for_and_heard() {
    let script = Script::new(
        "echo",
        "echo $#; for a; do echo \"$a\"; done; env | grep -c HOME; printf last >&2; exit 7",
    );
    let (lines, code) = heard(&mut script.start(Role::Check));
    assert_eq!(
        lines,
        ["4", "check", "--brief", "--data", "/the data", "0", "last"]
    );
    assert_eq!(code, Some(7));
    let (lines, _) = heard(&mut script.start(Role::Rescue(RescueReason::ReadOnly)));
    assert_eq!(
        lines[1..8],
        [
            "run",
            "--rescue",
            "read-only",
            "--data",
            "/rescue",
            "--boot",
            "/boot"
        ]
    );
    assert_eq!(lines[8], "--card");
}

/// A box that was taken over wrote the store as it liked.
#[test]
fn whoever_opens_the_store_is_shut_in() {
    let script = Script::new("shut-in", "exit 0");
    for role in [
        Role::Check,
        Role::Migrate,
        Role::PutBack,
        Role::Trial,
        Role::Server,
        Role::Rescue(RescueReason::Store),
    ] {
        for privileged in [true, false] {
            let program = script.program(privileged);
            let arguments = program.arguments(role);
            let shut_in = arguments.contains(&OsStr::new("--sandbox"));
            assert_eq!(shut_in, privileged, "{role:?}: {arguments:?}");
        }
    }
}

/// Process 1 takes its signals by a descriptor, and blocks them for that.
#[test]
fn a_child_hears_the_signals_that_process_1_blocks() {
    let script = Script::new("mask", "grep SigBlk /proc/self/status");
    let _signals = crate::sys::signals(&[libc::SIGTERM]).unwrap();
    let (lines, _) = heard(&mut script.start(Role::SelfTest));
    assert_eq!(lines, ["SigBlk:\t0000000000000000"]);
}

#[test]
fn orders_and_news_pass_and_nonsense_does_not() {
    // A shell cannot send two datagrams but by two writes, which is what echo does.
    let script = Script::new(
        "talk",
        "while [ \"$1\" != --card ]; do shift; done; eval \"printf ready >&$2; printf nonsense >&$2; printf alive >&$2; until head -c 7 <&$2; do sleep 0.05; done 2>/dev/null\"",
    );
    let mut child = script.start(Role::Server);
    child.tell(&News::Network(Network::default()));
    let mut orders = Vec::new();
    let begun = Instant::now();
    while orders.len() < 2 && begun.elapsed() < Duration::from_secs(30) {
        orders.extend(child.orders());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(orders, [Order::Ready, Order::Alive]);
    assert_eq!(heard(&mut child).0, ["network"]);
    assert_eq!(child.orders(), []);
    assert_eq!(
        child.fds().count(),
        0,
        "what is closed is waited for no more"
    );
}

/// A server that was taken over must not keep the loop from its watchdog.
#[test]
fn nonsense_without_end_is_read_a_piece_at_a_time() {
    let script = Script::new(
        "flood",
        "while [ \"$1\" != --card ]; do shift; done; eval \"for i in {1..70}; do printf nonsense >&$2; done; printf ready >&$2\"; echo done; sleep 60",
    );
    let mut child = script.start(Role::Server);
    let mut lines = 0;
    while lines == 0 {
        child.hear(|_| lines += 1);
    }
    assert_eq!(child.orders(), []);
    assert_eq!(child.orders(), [Order::Ready]);
    child.signal(Signal::KILL);
    let _ = rustix::process::waitpid(Some(child.pid), WaitOptions::empty());
}

#[test]
fn a_signal_reaches_what_the_child_started() {
    let script = Script::new("group", "sleep 60 & echo started; wait");
    let mut child = script.start(Role::Server);
    let mut lines = 0;
    while lines == 0 {
        child.hear(|_| lines += 1);
    }
    child.signal(Signal::KILL);
    // The pipe ends only when the sleeping one is gone, too.
    let begun = Instant::now();
    heard(&mut child);
    assert!(begun.elapsed() < Duration::from_secs(30));
}
