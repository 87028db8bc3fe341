//! The box that is tested: this program once more, as a child, in a folder that goes with it.

use std::fs::{self, DirBuilder, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// Ports were free when they were looked for; somebody else may have taken one before the box did.
const TRIES: usize = 3;
/// Between two looks whether it listens, or has ended.
const PAUSE: Duration = Duration::from_millis(20);
/// How much of its log is told when something went wrong, in octets.
const LAST_WORDS: u64 = 1000;
/// The name that it has for itself.
pub(super) const HOSTNAME: &str = "mail.self.test";

/// A running box.
pub(super) struct House {
    folder: PathBuf,
    child: Child,
    pub(super) submissions: u16,
    pub(super) imaps: u16,
    pub(super) pop3s: u16,
    /// Shown by each of its doors.
    pub(super) certificate: CertificateDer<'static>,
}

/// A folder that goes, whatever happens.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

impl House {
    /// Makes the person and starts the box; it listens.
    pub(super) fn start(person: &str, password: &str, until: Instant) -> Result<House, String> {
        let mut tries = 1;
        loop {
            match House::try_start(person, password, until) {
                Err(words) if words.contains("in use") && tries < TRIES => tries += 1,
                other => return other,
            }
        }
    }

    fn try_start(person: &str, password: &str, until: Instant) -> Result<House, String> {
        let folder = Folder(fresh_folder()?);
        let data = folder.0.join("data");
        add(&data, person, password, until)?;
        let [submissions, imaps, pop3s] = free_ports()
            .map_err(|error| format!("no free port on the loopback interface: {error}"))?;
        // No light, no button, no clock of the machine's: nothing of the owner's.
        let settings = format!(
            "hostname = \"{HOSTNAME}\"\ndomains = [\"self.test\"]\n[listen]\nsmtp = []\nsubmission = []\nimap = []\npop3 = []\nhttp = []\nhttps = []\n\
             submissions = [\"127.0.0.1:{submissions}\"]\nimaps = [\"127.0.0.1:{imaps}\"]\npop3s = [\"127.0.0.1:{pop3s}\"]\n\
             [setup]\nready_made = false\nmdns = false\n[light]\nwired = false\nled = \"none\"\n[button]\nchip = \"none\"\nline = 0\n[clock]\nkeep = false\n[limits.store]\nmap_size = \"64 MiB\"\n"
        );
        let file = folder.0.join("settings.toml");
        fs::write(&file, settings).map_err(|error| format!("{}: {error}", file.display()))?;
        let log = File::create(folder.0.join("log")).map_err(|error| error.to_string())?;
        let both = log.try_clone().map_err(|error| error.to_string())?;
        let child = Command::new(program()?)
            .arg("run")
            .arg("--data")
            .arg(&data)
            .arg("--config")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(both)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("the box cannot be started: {error}"))?;
        let mut house = House {
            child,
            submissions,
            imaps,
            pop3s,
            certificate: CertificateDer::from(Vec::new()),
            folder: folder.0.clone(),
        };
        // From here on the house takes the folder away.
        std::mem::forget(folder);
        house.await_doors(until)?;
        let pem = data.join("self-made.pem");
        house.certificate = CertificateDer::from_pem_file(&pem)
            .map_err(|error| format!("the box made no certificate: {error}"))?;
        Ok(house)
    }

    fn await_doors(&mut self, until: Instant) -> Result<(), String> {
        for port in [self.submissions, self.imaps, self.pop3s] {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
                if let Ok(Some(status)) = self.child.try_wait() {
                    return Err(format!(
                        "the box ended by itself ({status}){}",
                        self.last_words()
                    ));
                }
                if Instant::now() > until {
                    return Err(format!(
                        "the box did not open its doors{}",
                        self.last_words()
                    ));
                }
                std::thread::sleep(PAUSE);
            }
        }
        Ok(())
    }

    /// Asks it to end, and waits until it has.
    pub(super) fn end(&mut self, until: Instant) -> Result<(), String> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)
            .map_err(|error| format!("the box cannot be ended: {error}"))?;
        let status = wait(&mut self.child, until).ok_or_else(|| {
            format!(
                "the box did not end when it was asked to{}",
                self.last_words()
            )
        })?;
        match status.success() {
            true => Ok(()),
            false => Err(format!(
                "the box ended badly ({status}){}",
                self.last_words()
            )),
        }
    }

    /// Walks the store that it left.
    pub(super) fn check(&self) -> Result<(), String> {
        let options = store::Options {
            map_size: 64 << 20,
            ..store::Options::default()
        };
        let found = store::Store::open(&self.folder.join("data"), options)
            .and_then(|store| store.check())
            .map_err(|error| error.to_string())?;
        match found.first() {
            None => Ok(()),
            Some(sentence) => Err(format!("the store that it left is not sound: {sentence}")),
        }
    }

    /// The end of its log, for whoever reads why it failed.
    pub(super) fn last_words(&self) -> String {
        let read = || -> std::io::Result<String> {
            let mut file = File::open(self.folder.join("log"))?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(LAST_WORDS)))?;
            let mut octets = Vec::new();
            file.take(LAST_WORDS).read_to_end(&mut octets)?;
            Ok(String::from_utf8_lossy(&octets).trim().to_owned())
        };
        match read() {
            Ok(words) if !words.is_empty() => format!("; it said last:\n{words}"),
            _ => String::new(),
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// Makes the person, as `pillarbox account add` does.
fn add(data: &Path, person: &str, password: &str, until: Instant) -> Result<(), String> {
    let mut child = Command::new(program()?)
        .args(["account", "add", person, "--password-stdin", "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("this program cannot be started again: {error}"))?;
    if let Some(mut input) = child.stdin.take() {
        input
            .write_all(format!("{password}\n").as_bytes())
            .map_err(|error| format!("the person cannot be made: {error}"))?;
    }
    let Some(status) = wait(&mut child, until) else {
        child.kill().ok();
        child.wait().ok();
        return Err("making a person takes too long".to_owned());
    };
    if status.success() {
        return Ok(());
    }
    let mut words = String::new();
    if let Some(said) = child.stderr.take() {
        said.take(LAST_WORDS).read_to_string(&mut words).ok();
    }
    Err(format!(
        "the person cannot be made ({status}): {}",
        words.trim()
    ))
}

fn wait(child: &mut Child, until: Instant) -> Option<std::process::ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => std::thread::sleep(PAUSE),
            _ => return None,
        }
    }
}

/// Ourselves.
fn program() -> Result<PathBuf, String> {
    std::env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))
}

fn fresh_folder() -> Result<PathBuf, String> {
    let above = std::env::temp_dir();
    let name = format!("pillarbox-self-test-{}", std::process::id());
    let folder = above.join(name);
    // What is there is of a process that had this number before.
    fs::remove_dir_all(&folder).ok();
    DirBuilder::new().mode(0o700).create(&folder).map_err(|error| {
        format!("no folder can be made in {}: {error}; set TMPDIR to one in which this user may write", above.display())
    })?;
    Ok(folder)
}

fn free_ports<const N: usize>() -> std::io::Result<[u16; N]> {
    let mut ports = [0; N];
    let mut held = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}
