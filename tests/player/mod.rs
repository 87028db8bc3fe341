//! Plays a transcript against a house: over sockets or straight into the sessions.

pub mod direct;
pub mod script;

use std::collections::HashMap;
use std::time::Duration;

use script::{Captures, Step};

/// Names and passwords of those who live in the house of every transcript.
pub const PEOPLE: [(&str, &str); 2] = [("ann@house.test", "ann pass"), ("bob@house.test", "bob pass")];

/// The client's end of one connection.
pub trait Peer {
    fn send(&mut self, octets: &[u8]) -> Result<(), String>;
    /// The server's next line without its CRLF; None: the server has closed. An error: it says nothing.
    fn line(&mut self) -> Result<Option<String>, String>;
    fn start_tls(&mut self) -> Result<(), String>;
    fn hang_up(&mut self);
    /// Moves the clock by this much.
    fn wait(&mut self, time: Duration) -> Result<(), String>;
}

/// Plays `text`; the error names the line and shows what was said instead.
pub fn play(text: &str, peers: &mut dyn FnMut(&str) -> Result<Box<dyn Peer>, String>) -> Result<(), String> {
    let mut open: HashMap<u32, Box<dyn Peer>> = HashMap::new();
    let mut never: HashMap<u32, Vec<String>> = HashMap::new();
    let mut captures = Captures::default();
    for line in script::parse(text)? {
        let failed = |why: String| format!("line {}: {why}", line.number);
        let peer = |open: &mut HashMap<u32, Box<dyn Peer>>, n: u32| {
            open.remove(&n).ok_or_else(|| format!("line {}: connection {n} is not open", line.number))
        };
        match &line.step {
            Step::Connect { connection, service } => {
                open.insert(*connection, peers(service).map_err(failed)?);
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
            Step::Hang { connection } => peer(&mut open, *connection)?.hang_up(),
            Step::Wait(time) => {
                for p in open.values_mut() {
                    p.wait(*time).map_err(failed)?;
                }
            }
            Step::Never { connection, pattern } => never.entry(*connection).or_default().push(pattern.clone()),
            Step::Closed { connection } => match peer(&mut open, *connection)?.line().map_err(failed)? {
                None => {}
                Some(said) => return Err(failed(format!("expected the server to close, it said: {said}"))),
            },
            Step::Expect { connection, pattern, skip } => {
                let mut p = peer(&mut open, *connection)?;
                let forbidden = never.remove(connection).unwrap_or_default();
                loop {
                    let said = p.line().map_err(|e| failed(format!("expected {pattern}: {e}")))?;
                    let Some(said) = said else { return Err(failed(format!("expected {pattern}, the server closed"))) };
                    if captures.fits(pattern, &said) {
                        break;
                    }
                    if let Some(bad) = forbidden.iter().find(|bad| captures.fits(bad, &said)) {
                        return Err(failed(format!("must not be said here ({bad}): {said}")));
                    }
                    if !skip {
                        return Err(failed(format!("expected: {pattern}\n             said: {said}")));
                    }
                }
                open.insert(*connection, p);
            }
        }
    }
    Ok(())
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

    fn hang_up(&mut self) {
        house::Wire::hang_up(self);
    }

    fn wait(&mut self, _: Duration) -> Result<(), String> {
        Err("a clock cannot be moved over the network; such files are played without sockets only".into())
    }
}
