//! Who sends: the box or a Postfix, measured by the same questions and fed by the same client.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use house::{House, Plan, Wire};

use super::World;
use super::postfix::Postfix;
use crate::Outcome;
use crate::talk::{PASSWORD, RAISED, address, letter_from, phone};

pub enum Post {
    Box(Box<House>),
    Postfix(Postfix),
}

/// Numbers of letters, each used once.
pub fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Post {
    pub fn pillarbox(world: &World) -> Outcome<Post> {
        let settings = format!(
            "{RAISED}[limits.submission]\ncommands = 100000000\n\
             [limits.sending]\nmessages_per_day = 10000000\nnew_recipients_per_day = 10000000\n\
             [dns]\nservers = [\"{}\"]\n[send]\nport = {}\nlocal_networks = true\n",
            world.dns, world.port
        );
        let house = House::start(&Plan {
            program: house::program_beside(),
            people: vec![(address(0), PASSWORD.to_owned())],
            settings,
        })?;
        Ok(Post::Box(Box::new(house)))
    }

    pub fn folder(&self) -> &Path {
        match self {
            Post::Box(house) => house.folder(),
            Post::Postfix(postfix) => postfix.folder(),
        }
    }

    /// PSS of all processes, less the box's mapped store; KB.
    pub fn memory_kb(&self) -> Outcome<u64> {
        match self {
            Post::Box(house) => Ok(house.memory_kb()?),
            Post::Postfix(postfix) => Ok(postfix.memory_kb()),
        }
    }

    pub fn cpu(&self) -> Outcome<Duration> {
        match self {
            Post::Box(house) => Ok(house.cpu()?),
            Post::Postfix(postfix) => Ok(postfix.cpu()),
        }
    }

    /// Stops and starts it; from `exec` to the banner.
    pub fn restart(&mut self) -> Outcome<Duration> {
        match self {
            Post::Box(house) => {
                house.stop()?;
                house.start_again()?;
                Ok(house.started)
            }
            Post::Postfix(postfix) => {
                postfix.stop()?;
                postfix.start_again()?;
                Ok(postfix.started)
            }
        }
    }

    /// A client on the port with TLS from the start, logged in where that is asked for.
    pub fn client(&self) -> Outcome<Client> {
        let port = match self {
            Post::Box(house) => house.port("submissions")?,
            Post::Postfix(postfix) => postfix.port,
        };
        let mut wire = Wire::connect_tls(port, &phone())?;
        wire.patience(Duration::from_secs(120))?;
        wire.expect("220")?;
        wire.send(b"EHLO bench.test\r\n")?;
        wire.until("250 ")?;
        if matches!(self, Post::Box(_)) {
            let secret = STANDARD.encode(format!("\0{}\0{PASSWORD}", address(0)));
            wire.send(format!("AUTH PLAIN {secret}\r\n").as_bytes())?;
            wire.expect("235")?;
        }
        Ok(Client(wire))
    }
}

pub struct Client(Wire);

impl Client {
    /// One letter of 4 KiB, pipelined as RFC 2920 allows; its number, and when it was taken. `parameters` follow MAIL's address.
    pub fn submit(&mut self, to: &[String], parameters: &str) -> Outcome<(u64, Instant)> {
        let number = number();
        let mut commands = format!("MAIL FROM:<{}>{parameters}\r\n", address(0));
        for to in to {
            commands.push_str(&format!("RCPT TO:<{to}>\r\n"));
        }
        commands.push_str("DATA\r\n");
        self.0.send(commands.as_bytes())?;
        for _ in 0..=to.len() {
            self.0.expect("250")?;
        }
        self.0.expect("354")?;
        self.0.send(&letter_from(&address(0), SIZE, number))?;
        self.0.expect("250")?;
        Ok((number, Instant::now()))
    }
}

const SIZE: usize = 4096;
