//! A running pillarbox of one's own, for tests and the bench: a child process on free loopback ports over a temporary folder.

mod deflated;
mod ports;
pub mod time_server;
pub mod wire;

use std::fs;
use std::io::{self, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub use ports::Ports;
pub use wire::Wire;

pub type Result<T> = std::result::Result<T, String>;

pub const HOSTNAME: &str = "mail.house.test";
pub const DOMAIN: &str = "house.test";
/// The doors of a box, by their keys in `[listen]`.
pub const SERVICES: [&str; 9] = [
    "smtp",
    "submission",
    "submissions",
    "imap",
    "imaps",
    "pop3",
    "pop3s",
    "http",
    "https",
];
const IMPLICIT_TLS: [&str; 4] = ["submissions", "imaps", "pop3s", "https"];
/// A box that does not listen after this long is broken.
const START: Duration = Duration::from_secs(20);

/// What a house is built from.
#[derive(Clone)]
pub struct Plan {
    /// The binary under test.
    pub program: PathBuf,
    /// Addresses and passwords of those who live there.
    pub people: Vec<(String, String)>,
    /// Tables to stand at the end of the settings file.
    pub settings: String,
}

/// A running box; its data folder goes with it.
pub struct House {
    program: PathBuf,
    child: Child,
    folder: PathBuf,
    ports: Vec<(&'static str, u16)>,
    _held: Ports,
    /// From `exec` to a listening last port.
    pub started: Duration,
}

impl House {
    pub fn start(plan: &Plan) -> Result<House> {
        House::start_as(DOMAIN, plan)
    }

    /// The same for another domain: its mail host is `mail.` and the domain.
    pub fn start_as(domain: &str, plan: &Plan) -> Result<House> {
        let folder = fresh_folder();
        copy(&furnished(plan)?, &folder.join("data")).map_err(text)?;
        let held = Ports::hold(SERVICES.len()).map_err(text)?;
        let ports: Vec<(&'static str, u16)> = SERVICES.into_iter().zip(held.numbers()).collect();
        let listen: String = ports
            .iter()
            .map(|(s, p)| format!("{s} = [\"127.0.0.1:{p}\"]\n"))
            .collect();
        let settings = format!(
            "hostname = \"mail.{domain}\"\ndomains = [\"{domain}\"]\n\n[listen]\n{listen}\n{}",
            quiet(&plan.settings)
        );
        fs::write(folder.join("settings.toml"), settings).map_err(text)?;
        let child = spawn(&plan.program, &folder)?;
        let mut house = House {
            program: plan.program.clone(),
            child,
            folder,
            ports,
            _held: held,
            started: Duration::ZERO,
        };
        house.await_banner()?;
        Ok(house)
    }

    /// A connection to `service`, TLS already on where it starts with TLS; the greeting is not read yet.
    pub fn connect(&self, service: &str) -> Result<Wire> {
        Wire::connect(self.port(service)?, IMPLICIT_TLS.contains(&service))
    }

    pub fn port(&self, service: &str) -> Result<u16> {
        self.ports
            .iter()
            .find(|(s, _)| *s == service)
            .map(|(_, p)| *p)
            .ok_or_else(|| format!("no service is called {service}"))
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Runs a subcommand on this house's data; its output, or an error with it.
    pub fn command(&self, arguments: &[&str], input: &str) -> Result<String> {
        command(&self.program, arguments, &self.folder.join("data"), input)
    }

    /// SIGKILL: nothing is finished, nobody is told.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, as an owner would.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).map_err(text)?;
        }
        self.child.wait().map_err(text)
    }

    /// Starts it again over the same data, after [`House::kill`] or [`House::stop`].
    pub fn start_again(&mut self) -> Result<()> {
        let begun = Instant::now();
        self.child = spawn(&self.program, &self.folder)?;
        self.await_banner()?;
        self.started = begun.elapsed();
        Ok(())
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Private memory in KB: PSS less what is mapped from the data folder.
    pub fn memory_kb(&self) -> Result<u64> {
        let maps = fs::read_to_string(format!("/proc/{}/smaps", self.child.id())).map_err(text)?;
        let data = self.folder.join("data").display().to_string();
        let (mut total, mut in_store) = (0, false);
        for line in maps.lines() {
            let mut words = line.split_whitespace();
            let first = words.next().unwrap_or_default();
            if !first.ends_with(':') {
                in_store = line.contains(&data);
            } else if first == "Pss:" && !in_store {
                total += words
                    .next()
                    .and_then(|w| w.parse::<u64>().ok())
                    .unwrap_or(0);
            }
        }
        Ok(total)
    }

    /// Memory that the process has filled itself, in KB: heap and stacks, not the program's own pages (which other houses share, so that
    /// their part here changes as those come and go).
    pub fn filled_kb(&self) -> Result<u64> {
        let path = format!("/proc/{}/smaps_rollup", self.child.id());
        let rollup = fs::read_to_string(path).map_err(text)?;
        let line = rollup
            .lines()
            .find_map(|line| line.strip_prefix("Pss_Anon:"));
        let number = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        number.ok_or_else(|| "smaps_rollup has no Pss_Anon".to_owned())
    }

    /// Processor time used so far by the threads that run now, to the nanosecond (/proc/PID/stat counts hundredths of a second).
    pub fn cpu(&self) -> Result<Duration> {
        let mut nanoseconds = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id())).map_err(text)? {
            let path = task.map_err(text)?.path().join("schedstat");
            let told = fs::read_to_string(path).map_err(text)?;
            let used = told.split_whitespace().next().unwrap_or_default();
            nanoseconds += used.parse::<u64>().map_err(text)?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    fn await_banner(&mut self) -> Result<()> {
        let begun = Instant::now();
        let last = self.port("pop3s")?;
        while begun.elapsed() < START {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!(
                    "the box ended by itself ({status}): {}",
                    self.log()
                ));
            }
            if TcpStream::connect(("127.0.0.1", last)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_micros(300));
        }
        Err(format!("the box did not start: {}", self.log()))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The program beside the running one: PILLARBOX, or `pillarbox` in the same target folder.
pub fn program_beside() -> PathBuf {
    std::env::var_os("PILLARBOX").map_or_else(
        || {
            std::env::current_exe().map_or_else(
                |_| PathBuf::from("pillarbox"),
                |me| me.with_file_name("pillarbox"),
            )
        },
        PathBuf::from,
    )
}

/// Who lives in a data folder, and where it is.
type Furnished = (Vec<(String, String)>, PathBuf);

/// A data folder in which the plan's people already live, made once a process: strong hashing is slow by intent.
fn furnished(plan: &Plan) -> Result<PathBuf> {
    static MADE: Mutex<Vec<Furnished>> = Mutex::new(Vec::new());
    let mut made = MADE.lock().map_err(text)?;
    if let Some((_, folder)) = made.iter().find(|(people, _)| *people == plan.people) {
        return Ok(folder.clone());
    }
    let folder = fresh_folder();
    for (address, password) in &plan.people {
        command(
            &plan.program,
            &["account", "add", address, "--password-stdin"],
            &folder,
            &format!("{password}\n"),
        )?;
    }
    made.push((plan.people.clone(), folder.clone()));
    Ok(folder)
}

fn command(program: &Path, arguments: &[&str], data: &Path, input: &str) -> Result<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .arg("--data")
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("{}: {e}", program.display()))?;
    child
        .stdin
        .take()
        .ok_or("no stdin")?
        .write_all(input.as_bytes())
        .map_err(text)?;
    let done = child.wait_with_output().map_err(text)?;
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    if done.status.success() {
        Ok(said)
    } else {
        Err(format!("pillarbox {arguments:?}: {}: {said}", done.status))
    }
}

fn spawn(program: &Path, folder: &Path) -> Result<Child> {
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .map_err(text)?;
    Command::new(program)
        .arg("run")
        // As on the card: what a test makes the box do is seen to go in the sandbox.
        .arg("--sandbox")
        .arg("--data")
        .arg(folder.join("data"))
        .arg("--config")
        .arg(folder.join("settings.toml"))
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(text)?)
        .stderr(log)
        .spawn()
        .map_err(|e| format!("{}: {e}", program.display()))
}

/// The plan's tables with two lines more: a test's box tells the network nothing, and asks no name server but the plan's; at the discard port nobody answers, and the system says so
/// at once.
fn quiet(settings: &str) -> String {
    let told = with(settings, "[setup]\n", "mdns = false\n");
    match settings.contains("[dns]\n") {
        true => told,
        false => with(&told, "[dns]\n", "servers = [\"127.0.0.1:9\"]\n"),
    }
}

fn with(settings: &str, table: &str, line: &str) -> String {
    match settings.contains(table) {
        true => settings.replacen(table, &format!("{table}{line}"), 1),
        false => format!("{settings}\n{table}{line}"),
    }
}

/// Those of mail.
pub fn mail_services() -> impl Iterator<Item = &'static str> {
    SERVICES
        .into_iter()
        .filter(|name| !name.starts_with("http"))
}

/// `[listen]` with every door at a port that the system chooses.
pub fn any_ports() -> String {
    let doors = SERVICES.map(|service| format!("{service} = [\"127.0.0.1:0\"]\n"));
    format!("[listen]\n{}", doors.concat())
}

fn fresh_folder() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder =
        std::env::temp_dir().join(format!("pillarbox-house-{}-{number}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    let _ = fs::create_dir_all(&folder);
    folder
}

/// Files and folders of `from`; sockets and locks of a running box stay where they are.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        } else if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
