//! The program itself with `--sandbox`: who it is then, and that it does not start where it cannot enter.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use libtest_mimic::{Failed, Trial};

use crate::{Folder, told};

/// A user who owns nothing else here.
const SOMEBODY: u32 = 61_234;
/// CAP_NET_BIND_SERVICE.
const LOW_PORTS: &str = "0000000000000400";
const NONE: &str = "0000000000000000";

pub(crate) fn trials() -> Vec<Trial> {
    let is_root = unsafe { libc::geteuid() } == 0;
    vec![
        Trial::test("the_box_keeps_nothing_that_it_does_not_need", move || {
            keeps_nothing(is_root)
        }),
        Trial::test("a_box_that_cannot_enter_does_not_start", does_not_start),
        #[cfg(all(target_pointer_width = "64", target_endian = "little"))]
        Trial::test("what_opens_the_store_does_so_inside", move || {
            works_on_the_store(is_root)
        }),
    ]
}

fn program(data: &Path) -> Command {
    let settings = data.with_file_name("settings");
    fs::create_dir_all(&settings).unwrap();
    let config = settings.join("pillarbox.toml");
    let doors = house::any_ports();
    fs::write(&config, format!("setup.mdns = false\n{doors}")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pillarbox"));
    command.arg("run").arg("--sandbox").arg("--data").arg(data);
    command
        .arg("--config")
        .arg(config)
        .stderr(Stdio::piped())
        .stdout(Stdio::null());
    command
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn keeps_nothing(is_root: bool) -> Result<(), Failed> {
    let folder = Folder::new();
    let data = folder.data();
    if is_root {
        std::os::unix::fs::chown(data, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    }
    let mut running = Running(program(data).spawn().unwrap());
    let mut said = String::new();
    let mut lines = BufReader::new(running.0.stderr.take().unwrap());
    while !said.contains("started in") {
        assert_ne!(lines.read_line(&mut said).unwrap(), 0, "{said}");
    }
    assert!(said.contains("in the sandbox: user"), "{said}");
    let status = fs::read_to_string(format!("/proc/{}/status", running.0.id())).unwrap();
    let value = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap()
            .trim_start_matches(':')
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(value("NoNewPrivs"), "1");
    assert_eq!(value("Seccomp"), "2");
    assert_eq!(
        (value("CapInh").as_str(), value("CapAmb").as_str()),
        (NONE, NONE)
    );
    if is_root {
        let user = [SOMEBODY; 4].map(|id| id.to_string()).join(" ");
        assert_eq!((value("Uid"), value("Gid")), (user.clone(), user));
        assert_eq!(value("Groups"), "");
        assert_eq!(
            (value("CapPrm").as_str(), value("CapEff").as_str()),
            (LOW_PORTS, LOW_PORTS)
        );
        assert_eq!(value("CapBnd"), NONE);
    }
    Ok(())
}

#[cfg(all(target_pointer_width = "64", target_endian = "little"))]
const SCHEMA_1: &[u8] = include_bytes!("../../src/store/tests/schema1.mdb");

/// A store as it comes, and a program that opens it: the same answers inside as outside, and no answer where it cannot go inside.
#[cfg(all(target_pointer_width = "64", target_endian = "little"))]
fn works_on_the_store(is_root: bool) -> Result<(), Failed> {
    let folder = Folder::new();
    let data = folder.data();
    let run = |arguments: &[&str], refused: bool| {
        give(data, is_root);
        let mut command = Command::new(env!("CARGO_BIN_EXE_pillarbox"));
        command.args(arguments).arg("--data").arg(data);
        if refused {
            // SAFETY: two system calls between fork and exec.
            unsafe { command.pre_exec(refuse_filters) };
        }
        let ended = command.output().unwrap();
        let said = [ended.stdout, ended.stderr].concat();
        (
            ended.status.code(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    };
    let check = ["check", "--brief", "--sandbox"];
    let forward = ["migrate", "--keep-copy", "--sandbox"];
    let back = ["migrate", "--put-back", "--sandbox"];
    assert_eq!(run(&check, false).0, Some(0), "no store yet");
    fs::write(data.join("data.mdb"), SCHEMA_1).unwrap();
    for arguments in [check, forward, back] {
        let (code, said) = run(&arguments, true);
        assert_eq!(code, Some(1), "{said}");
        assert!(
            said.contains("cannot enter the sandbox (seccomp: "),
            "{said}"
        );
    }
    assert_eq!(fs::read(data.join("data.mdb")).unwrap(), SCHEMA_1);
    let (code, said) = run(&check, false);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run(&forward, false);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("a copy"), "{said}");
    assert!(data.join("data.mdb.before-update").exists());
    assert_eq!(run(&check, false).0, Some(0));
    let (code, said) = run(&back, false);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("deleted"), "{said}");
    fs::write(data.join("data.mdb"), vec![7; 50_000]).unwrap();
    let (code, said) = run(&check, false);
    assert_eq!(code, Some(9), "{said}");
    assert_eq!(run(&["status", "--sandbox"], false).0, Some(2));
    assert_eq!(run(&["check", "--sandbox"], false).0, Some(2));
    Ok(())
}

/// As init does at each start.
#[cfg(all(target_pointer_width = "64", target_endian = "little"))]
fn give(data: &Path, is_root: bool) {
    if is_root {
        let inside = fs::read_dir(data)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        for path in inside.chain([data.to_owned()]) {
            std::os::unix::fs::chown(path, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
        }
    }
}

/// A kernel without seccomp, played by a filter that refuses to take another one.
fn does_not_start() -> Result<(), Failed> {
    let folder = Folder::new();
    let mut command = program(folder.data());
    // SAFETY: two system calls between fork and exec.
    unsafe { command.pre_exec(refuse_filters) };
    let ended = command.spawn().unwrap().wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(
        said.contains("cannot enter the sandbox (seccomp: "),
        "{said}"
    );
    assert!(said.contains("start without --sandbox"), "{said}");
    assert!(!folder.data().join("data.mdb").exists());
    Ok(())
}

fn refuse_filters() -> std::io::Result<()> {
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let seccomp = u32::try_from(libc::SYS_seccomp).unwrap_or_default();
    let mut filter = [
        step(0x20, 0, 0, 0),
        step(0x15, 0, 1, seccomp),
        step(
            0x06,
            0,
            0,
            libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned(),
        ),
        step(0x06, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog {
        len: 4,
        filter: filter.as_mut_ptr(),
    };
    told(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) })?;
    let mode = libc::SECCOMP_MODE_FILTER;
    told(unsafe { libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program) })
}
