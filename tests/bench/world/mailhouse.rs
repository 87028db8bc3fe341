//! Who keeps mail: the box or a Dovecot, asked by the same client over TLS.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use house::{House, Wire};
use rustls::ClientConfig;

use super::dovecot::Dovecot;
use super::processes;
use super::prose::letter;
use crate::Outcome;
use crate::talk::{PASSWORD, address, house, tagged};

/// Messages in one APPEND.
const BATCH: u64 = 200;
const PATIENCE: Duration = Duration::from_secs(600);
/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(50);

pub enum Mailhouse {
    Box(Box<House>),
    Dovecot(Dovecot),
}

impl Mailhouse {
    pub fn pillarbox() -> Outcome<Mailhouse> {
        Ok(Mailhouse::Box(Box::new(house(1)?)))
    }

    pub fn client(&self, config: &Arc<ClientConfig>) -> Outcome<Client> {
        let (port, password) = match self {
            Mailhouse::Box(house) => (house.port("imaps")?, PASSWORD.to_owned()),
            Mailhouse::Dovecot(dovecot) => (dovecot.port, PASSWORD.replace(' ', "_")),
        };
        let mut wire = Wire::connect_tls(port, config)?;
        wire.patience(PATIENCE)?;
        wire.expect("* OK")?;
        let mut client = Client { wire };
        client.time(&format!("LOGIN {} \"{password}\"", address(0)))?;
        Ok(client)
    }

    /// PSS of all processes, less the box's mapped store; KB.
    pub fn memory_kb(&self) -> u64 {
        match self {
            Mailhouse::Box(house) => house.memory_kb().unwrap_or(0),
            Mailhouse::Dovecot(dovecot) => processes::memory_kb(&dovecot.pids()),
        }
    }

    /// Octets of the files that hold mail and indexes.
    pub fn disk(&self) -> u64 {
        match self {
            Mailhouse::Box(house) => size(&house.folder().join("data")),
            Mailhouse::Dovecot(dovecot) => size(&dovecot.homes()),
        }
    }

    /// What `work` comes to. Meanwhile the most memory seen is kept in what it is handed, KB: it may take it out between one thing and the next.
    pub fn watched<T>(&self, work: impl FnOnce(&AtomicU64) -> T) -> T {
        let (ended, most) = (AtomicBool::new(false), AtomicU64::new(self.memory_kb()));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    most.fetch_max(self.memory_kb(), Ordering::Relaxed);
                    std::thread::sleep(LOOK);
                }
            });
            let done = work(&most);
            ended.store(true, Ordering::Relaxed);
            done
        })
    }
}

/// Allocated octets of all files below.
fn size(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => size(&entry.path()),
            Ok(data) => data.blocks() * 512,
            Err(_) => 0,
        })
        .sum()
}

pub struct Client {
    pub wire: Wire,
}

impl Client {
    /// Carries a command out, and reads whatever is said without looking at it. How long until the tagged OK, and how many octets.
    pub fn run(&mut self, command: &str) -> Outcome<(Duration, u64)> {
        let begun = Instant::now();
        self.wire.send(format!("x {command}\r\n").as_bytes())?;
        let any = tagged("x ");
        let octets = self
            .wire
            .drain(|tail| any(tail) || (tail.starts_with(b"x ") && tail.ends_with(b"\r\n")))?;
        Ok((begun.elapsed(), octets))
    }

    /// The same, reading line by line; an error unless OK. For what is not measured, or short.
    pub fn time(&mut self, command: &str) -> Outcome<Duration> {
        let begun = Instant::now();
        self.lines(command)?;
        Ok(begun.elapsed())
    }

    /// The lines before the tagged OK, and that one.
    pub fn lines(&mut self, command: &str) -> Outcome<Vec<String>> {
        self.wire.send(format!("x {command}\r\n").as_bytes())?;
        let mut lines = Vec::new();
        loop {
            let line = self.wire.line()?.ok_or("the server closed")?;
            let end = line.starts_with("x ");
            if end && !line.starts_with("x OK") {
                return Err(format!("{command}: {line}").into());
            }
            lines.push(line);
            if end {
                return Ok(lines);
            }
        }
    }

    /// Brings letters `from..to` into `mailbox`, many in one APPEND; how long, and their octets.
    pub fn fill(&mut self, mailbox: &str, from: u64, to: u64) -> Outcome<(Duration, u64)> {
        let (mut time, mut octets, mut next) = (Duration::ZERO, 0, from);
        while next < to {
            let end = (next + BATCH).min(to);
            let mut command = format!("x APPEND {mailbox}").into_bytes();
            for number in next..end {
                let letter = letter(number);
                octets += letter.len() as u64;
                command.extend_from_slice(format!(" {{{}+}}\r\n", letter.len()).as_bytes());
                command.extend_from_slice(&letter);
            }
            command.extend_from_slice(b"\r\n");
            let begun = Instant::now();
            self.wire.send(&command)?;
            self.wire.until("x OK")?;
            time += begun.elapsed();
            next = end;
        }
        Ok((time, octets))
    }

    /// One letter in one APPEND.
    pub fn append(&mut self, mailbox: &str, number: u64) -> Outcome<()> {
        self.fill(mailbox, number, number + 1).map(|_| ())
    }
}
