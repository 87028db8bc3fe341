//! A data folder for one test, subcommands on it, and a box that runs on it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use house::{Ports, SERVICES};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_pillarbox");

/// A folder of its own for a test, gone at its end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path =
            std::env::temp_dir().join(format!("pillarbox-cli-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// Runs a subcommand on this folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(PROGRAM)
            .args(arguments)
            .arg("--data")
            .arg(self.data())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that does not read its input is no failure here.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// The exit code of a subcommand.
    pub(crate) fn code(&self, arguments: &[&str]) -> i32 {
        self.run(arguments).status.code().unwrap()
    }

    pub(crate) fn status(&self) -> serde_json::Value {
        let output = self.run(&["status", "--json"]);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)))
    }

    /// The status as soon as it is like this.
    pub(crate) fn status_when(
        &self,
        wanted: impl Fn(&serde_json::Value) -> bool,
    ) -> serde_json::Value {
        let begun = Instant::now();
        loop {
            let status = self.status();
            if wanted(&status) {
                return status;
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "{status}");
        }
    }

    /// What the light says of all but the disk, which is the machine's and may be filling while tests run.
    pub(crate) fn light(&self) -> String {
        let status = self.status();
        let troubles = status["troubles"].as_array().unwrap();
        let disk = |trouble: &serde_json::Value| {
            trouble
                .as_str()
                .is_some_and(|told| told.starts_with("the disk is "))
        };
        if !troubles.is_empty() && troubles.iter().all(disk) {
            assert_eq!(status["light"], "attention", "{status}");
            return "well".to_owned();
        }
        status["light"].as_str().unwrap().to_owned()
    }

    pub(crate) fn start(&self, more_settings: &str) -> Running {
        self.start_with(more_settings, &[])
    }

    /// The same with more words on its command line.
    pub(crate) fn start_with(&self, more_settings: &str, words: &[&str]) -> Running {
        let held = Ports::hold(SERVICES.len()).unwrap();
        let ports: Vec<u16> = held.numbers().collect();
        let listen: String = SERVICES
            .iter()
            .zip(&ports)
            .map(|(service, port)| format!("{service} = [\"127.0.0.1:{port}\"]\n"))
            .collect();
        // Where nobody answers, and the system says so at once.
        let names = match more_settings.contains("[dns]") {
            true => "",
            false => "\n[dns]\nservers = [\"127.0.0.1:9\"]\n",
        };
        let config = self.0.join("box.toml");
        std::fs::write(&config, format!("hostname = \"mail.house.test\"\ndomains = [\"house.test\"]\nsetup.mdns = false\n[listen]\n{listen}{more_settings}{names}")).unwrap();
        let mut child = Command::new(PROGRAM)
            .arg("run")
            .arg("--sandbox")
            .arg("--config")
            .arg(&config)
            .arg("--data")
            .arg(self.data())
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(
                std::fs::File::create(self.0.join("log")).unwrap(),
            ))
            .spawn()
            .unwrap();
        let mut welcome = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        // The last line: an example for the person who lives there, or the last door where nobody does.
        let last = match words.contains(&"--card") {
            true => "  https  ",
            false => "imaps://",
        };
        while !welcome.contains(last) && out.read_line(&mut welcome).unwrap() > 0 {}
        assert!(welcome.contains(last), "{welcome}{}", self.log());
        Running {
            child,
            welcome,
            imap: ports[3],
            https: ports[8],
            _held: held,
        }
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.0.join("log")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) struct Running {
    child: Child,
    pub(crate) welcome: String,
    pub(crate) imap: u16,
    pub(crate) https: u16,
    _held: Ports,
}

impl Running {
    /// Waits for its end; the exit code and how long it took.
    pub(crate) fn ends(mut self) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), begun.elapsed());
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Everything a process said.
pub(crate) fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
