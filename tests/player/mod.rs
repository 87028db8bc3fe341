//! Plays a transcript against a house: over sockets or straight into the sessions.

pub(crate) mod client;
pub(crate) mod direct;
pub(crate) mod script;

use std::collections::HashMap;
use std::time::Duration;

use script::{Captures, Step};

/// Names and passwords of those who live in the house of every transcript.
pub(crate) const PEOPLE: [(&str, &str); 2] = [
    ("ann@house.test", "ann pass"),
    ("bob@house.test", "bob pass"),
];

/// A house in which a transcript is played.
pub(crate) trait House {
    fn connect(&self, service: &str) -> Result<Box<dyn Peer>, String>;
    /// Runs a subcommand of the box.
    fn command(&self, words: &[&str]) -> Result<(), String>;
}

/// The client's end of one connection.
pub(crate) trait Peer {
    fn send(&mut self, octets: &[u8]) -> Result<(), String>;
    /// The server's next line without its CRLF; None: the server has closed. An error: it says nothing.
    fn line(&mut self) -> Result<Option<String>, String>;
    fn start_tls(&mut self) -> Result<(), String>;
    /// From here on both directions are packed, or not any more.
    fn deflate(&mut self, begins: bool) -> Result<(), String>;
    fn hang_up(&mut self);
    /// Moves the clock by this much.
    fn wait(&mut self, time: Duration) -> Result<(), String>;
    /// A line that the server has said and nobody has asked for, where that can be known without waiting.
    fn unread(&mut self) -> Option<String> {
        None
    }
}

/// Plays `text`; the error names the line and shows what was said instead.
pub(crate) fn play(text: &str, house: &dyn House) -> Result<(), String> {
    let mut open: HashMap<u32, Box<dyn Peer>> = HashMap::new();
    let mut never: HashMap<u32, Vec<String>> = HashMap::new();
    let mut captures = Captures::default();
    for line in script::parse(text)? {
        let failed = |why: String| format!("line {}: {why}", line.number);
        let peer = |open: &mut HashMap<u32, Box<dyn Peer>>, n: u32| {
            open.remove(&n)
                .ok_or_else(|| format!("line {}: connection {n} is not open", line.number))
        };
        match &line.step {
            Step::Connect {
                connection,
                service,
            } => {
                open.insert(*connection, house.connect(service).map_err(failed)?);
            }
            Step::Send { connection, octets } => {
                let mut p = peer(&mut open, *connection)?;
                p.send(&captures.fill(octets)).map_err(failed)?;
                open.insert(*connection, p);
            }
            Step::StartTls { connection } => {
                let mut p = peer(&mut open, *connection)?;
                p.start_tls().map_err(failed)?;
                open.insert(*connection, p);
            }
            Step::Deflate { connection } | Step::Inflate { connection } => {
                let mut p = peer(&mut open, *connection)?;
                let begins = matches!(line.step, Step::Deflate { .. });
                p.deflate(begins).map_err(failed)?;
                open.insert(*connection, p);
            }
            Step::Hang { connection } => peer(&mut open, *connection)?.hang_up(),
            Step::Limit(_) | Step::Only(_) => {}
            Step::Command(words) => {
                let words: Vec<&str> = words.split_whitespace().collect();
                house.command(&words).map_err(failed)?;
            }
            Step::Wait(time) => {
                for p in open.values_mut() {
                    p.wait(*time).map_err(failed)?;
                }
            }
            Step::Never {
                connection,
                pattern,
            } => never.entry(*connection).or_default().push(pattern.clone()),
            Step::Closed { connection, skip } => {
                let mut p = peer(&mut open, *connection)?;
                let forbidden = never.remove(connection).unwrap_or_default();
                while let Some(said) = p.line().map_err(failed)? {
                    if let Some(bad) = forbidden.iter().find(|bad| captures.fits(bad, &said)) {
                        return Err(failed(format!("must not be said here ({bad}): {said}")));
                    }
                    if !skip {
                        return Err(failed(format!(
                            "expected the server to close, it said: {said}"
                        )));
                    }
                }
            }
            Step::Expect {
                connection,
                pattern,
                skip,
            } => {
                let mut p = peer(&mut open, *connection)?;
                let forbidden = never.remove(connection).unwrap_or_default();
                loop {
                    let said = p
                        .line()
                        .map_err(|e| failed(format!("expected {pattern}: {e}")))?;
                    let Some(said) = said else {
                        return Err(failed(format!("expected {pattern}, the server closed")));
                    };
                    if captures.fits(pattern, &said) {
                        break;
                    }
                    if let Some(bad) = forbidden.iter().find(|bad| captures.fits(bad, &said)) {
                        return Err(failed(format!("must not be said here ({bad}): {said}")));
                    }
                    if !skip {
                        return Err(failed(format!(
                            "expected: {pattern}\n             said: {said}"
                        )));
                    }
                }
                open.insert(*connection, p);
            }
        }
    }
    if let Some((connection, _)) = never.iter().find(|(_, patterns)| !patterns.is_empty()) {
        return Err(format!(
            "S{connection}!: is followed by no S{connection}: that would show it"
        ));
    }
    for (connection, peer) in &mut open {
        if let Some(line) = peer.unread() {
            return Err(format!(
                "at the end connection {connection} has not read: {line}"
            ));
        }
    }
    Ok(())
}

/// Whether the transcript is to be played `how`, `direct` or `network`: a clock can be moved only where no socket is, and the network's own limits are only there.
pub(crate) fn is_played(text: &str, how: &str) -> Result<bool, String> {
    let mut played = true;
    for line in script::parse(text)? {
        match line.step {
            Step::Only(only) if only != "direct" && only != "network" => {
                return Err(format!("line {}: only: direct or network", line.number));
            }
            Step::Only(only) => played &= only == how,
            Step::Wait(_) => played &= how == "direct",
            _ => {}
        }
    }
    Ok(played)
}

/// What `limit:` lines ask for, as the end of a settings file.
pub(crate) fn settings(text: &str) -> Result<String, String> {
    let mut settings = String::new();
    for line in script::parse(text)? {
        if let Step::Limit(limit) = line.step {
            if settings.is_empty() {
                settings.push_str("[limits]\n");
            }
            settings.push_str(&limit);
            settings.push('\n');
        }
    }
    Ok(settings)
}

impl House for house::House {
    fn connect(&self, service: &str) -> Result<Box<dyn Peer>, String> {
        Ok(Box::new(house::House::connect(self, service)?))
    }

    fn command(&self, words: &[&str]) -> Result<(), String> {
        house::House::command(self, words, "").map(drop)
    }
}

impl Peer for house::Wire {
    fn send(&mut self, octets: &[u8]) -> Result<(), String> {
        house::Wire::send(self, octets)
    }

    fn line(&mut self) -> Result<Option<String>, String> {
        house::Wire::line(self)
    }

    fn start_tls(&mut self) -> Result<(), String> {
        house::Wire::start_tls(self)
    }

    fn deflate(&mut self, begins: bool) -> Result<(), String> {
        if begins {
            house::Wire::deflate(self)
        } else {
            house::Wire::inflate(self)
        }
    }

    fn hang_up(&mut self) {
        house::Wire::hang_up(self);
    }

    fn wait(&mut self, _: Duration) -> Result<(), String> {
        Err(
            "a clock cannot be moved over the network; such files are played without sockets only"
                .into(),
        )
    }
}
