//! A release build of the box in a temporary folder, with limits raised so that the bench is not what is measured.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;

pub const PASSWORD: &str = "a password for measuring";
const SERVICES: [&str; 7] = [
    "smtp",
    "submission",
    "submissions",
    "imap",
    "imaps",
    "pop3",
    "pop3s",
];
const START: Duration = Duration::from_secs(20);

/// Limits that a thousand clients from one address need.
const RAISED: &str = "\n[limits]\nconnections = 20000\nconnections_per_address = 20000\n";

pub struct Server {
    child: Child,
    folder: PathBuf,
    ports: Vec<(&'static str, u16)>,
    /// From `exec` to a listening last port.
    pub started: Duration,
}

impl Server {
    /// Starts a box with `people` (p0@house.test, p1@…), each with [`PASSWORD`].
    pub fn start(people: usize) -> Outcome<Server> {
        let folder = std::env::temp_dir().join(format!("pillarbox-bench-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let held: Vec<TcpListener> = SERVICES
            .iter()
            .map(|_| TcpListener::bind("127.0.0.1:0"))
            .collect::<Result<_, _>>()?;
        let ports: Vec<(&'static str, u16)> = SERVICES
            .iter()
            .zip(&held)
            .map(|(s, l)| Ok((*s, l.local_addr()?.port())))
            .collect::<Outcome<_>>()?;
        drop(held);
        let listen: String = ports
            .iter()
            .map(|(s, p)| format!("{s} = [\"127.0.0.1:{p}\"]\n"))
            .collect();
        let settings = format!(
            "hostname = \"mail.house.test\"\ndomains = [\"house.test\"]\n\n[listen]\n{listen}{RAISED}"
        );
        fs::write(folder.join("settings.toml"), settings)?;

        let mut server = Server {
            child: spawn(&folder)?,
            folder,
            ports,
            started: Duration::ZERO,
        };
        server.await_banner()?;
        for n in 0..people {
            server.command(
                &["account", "add", &address(n), "--password-stdin"],
                &format!("{PASSWORD}\n"),
            )?;
        }
        Ok(server)
    }

    /// Ends the box and starts it again over the same data.
    pub fn restart(&mut self) -> Outcome<()> {
        self.end();
        let begun = Instant::now();
        self.child = spawn(&self.folder)?;
        self.await_banner()?;
        self.started = begun.elapsed();
        Ok(())
    }

    pub fn port(&self, service: &str) -> u16 {
        self.ports
            .iter()
            .find(|(s, _)| *s == service)
            .map_or(0, |(_, p)| *p)
    }

    pub fn folder(&self) -> &PathBuf {
        &self.folder
    }

    pub fn command(&self, arguments: &[&str], input: &str) -> Outcome<()> {
        let mut child = Command::new(binary())
            .args(arguments)
            .arg("--data")
            .arg(self.folder.join("data"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        child
            .stdin
            .take()
            .ok_or("no stdin")?
            .write_all(input.as_bytes())?;
        let status = child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("pillarbox {arguments:?}: {status}").into())
        }
    }

    /// Private memory in KB: PSS less what is mapped from the store's file.
    pub fn memory_kb(&self) -> Outcome<u64> {
        let maps = fs::read_to_string(format!("/proc/{}/smaps", self.child.id()))?;
        let data = self.folder.join("data").display().to_string();
        let (mut total, mut in_store) = (0, false);
        for line in maps.lines() {
            let mut words = line.split_whitespace();
            let first = words.next().unwrap_or_default();
            if !first.ends_with(':') {
                in_store = line.contains(&data);
            } else if first == "Pss:" && !in_store {
                total += words.next().unwrap_or("0").parse::<u64>()?;
            }
        }
        Ok(total)
    }

    /// Processor time used so far, all threads.
    pub fn cpu(&self) -> Outcome<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let ticks: u64 = fields.get(11).ok_or("stat")?.parse::<u64>()?
            + fields.get(12).ok_or("stat")?.parse::<u64>()?;
        Ok(Duration::from_millis(
            ticks * 1000 / rustix::param::clock_ticks_per_second(),
        ))
    }

    fn await_banner(&mut self) -> Outcome<()> {
        let begun = Instant::now();
        let last = self.port("pop3");
        while begun.elapsed() < START {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the box ended by itself with {status}").into());
            }
            if TcpStream::connect(("127.0.0.1", last)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        Err("the box did not start".into())
    }

    fn end(&mut self) {
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub fn address(person: usize) -> String {
    format!("p{person}@house.test")
}

/// PILLARBOX, or the release build beside this program.
pub fn binary() -> PathBuf {
    std::env::var_os("PILLARBOX").map_or_else(
        || {
            std::env::current_exe()
                .map(|me| me.with_file_name("pillarbox"))
                .unwrap_or_else(|_| PathBuf::from("pillarbox"))
        },
        PathBuf::from,
    )
}

fn spawn(folder: &std::path::Path) -> Outcome<Child> {
    let log = fs::File::create(folder.join("log"))?;
    Ok(Command::new(binary())
        .arg("run")
        .arg("--data")
        .arg(folder.join("data"))
        .arg("--config")
        .arg(folder.join("settings.toml"))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?)
}
