//! Whether a door of the box still answers: knocked at from inside, as a client would.
//!
//! One door of each kind is enough, and a plain one where there is one: all doors are served by the same loop, and a handshake every few seconds would cost a small board more
//! than it tells. A door that is full says so, and that is an answer too: the box lives, and must not be ended because many want to come in.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use async_io::{Async, Timer};
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _, FutureExt as _};

use crate::life::Ground;
use crate::net::{Door, Service};

/// How long a door has to answer. The loop is a single thread: who is served may take its time, a door that takes longer is stuck.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is at a door.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// It greets whoever comes, and hears this when they go.
    Greets(&'static str),
    /// It waits for a request.
    Web,
    /// It waits for the client's TLS: that it is there is all that is seen.
    Tls,
}

/// A door to knock at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Knocked {
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
    pub(super) kind: Kind,
}

/// The doors that are open now, one of each kind; `None` between two lives.
pub(super) fn all(ground: &Ground) -> Option<Vec<Knocked>> {
    let household = ground.household.now()?;
    let running = household.running.as_ref()?;
    let web = ground.web_doors.get().map_or(&[][..], Vec::as_slice);
    Some(choose(&running.doors, web))
}

/// A page in clear at this address.
pub(super) fn page(address: SocketAddr) -> Knocked {
    Knocked {
        name: "http",
        address,
        kind: Kind::Web,
    }
}

/// For each protocol its plain door, or the one over TLS.
fn choose(doors: &[Door], web: &[(&'static str, SocketAddr)]) -> Vec<Knocked> {
    const PROTOCOLS: [&[Service]; 3] = [
        &[Service::Smtp, Service::Submission, Service::Submissions],
        &[Service::Imap, Service::Imaps],
        &[Service::Pop3, Service::Pop3s],
    ];
    let mail = PROTOCOLS.iter().filter_map(|services| {
        services.iter().find_map(|service| {
            let door = doors.iter().find(|door| door.service == *service)?;
            Some(Knocked {
                name: service.name(),
                address: door.address,
                kind: match service {
                    Service::Smtp | Service::Submission => Kind::Greets("QUIT\r\n"),
                    Service::Imap => Kind::Greets("a LOGOUT\r\n"),
                    Service::Pop3 => Kind::Greets("QUIT\r\n"),
                    Service::Submissions | Service::Imaps | Service::Pop3s => Kind::Tls,
                },
            })
        })
    });
    let page = ["http", "https"].iter().find_map(|name| {
        let (name, address) = web.iter().find(|(known, _)| known == name)?;
        Some(Knocked {
            name,
            address: *address,
            kind: if *name == "http" {
                Kind::Web
            } else {
                Kind::Tls
            },
        })
    });
    mail.chain(page).collect()
}

impl Knocked {
    /// Knocks, and waits for a word.
    pub(super) async fn answers(&self) -> io::Result<()> {
        let late = async {
            Timer::after(PATIENCE).await;
            Err(io::ErrorKind::TimedOut.into())
        };
        self.knock().or(late).await
    }

    async fn knock(&self) -> io::Result<()> {
        let mut line = Async::<TcpStream>::connect(from_inside(self.address)).await?;
        let (question, goodbye) = match self.kind {
            // Without a host it is no request of a browser: the server says so, and closes.
            Kind::Web => ("GET /alive HTTP/1.0\r\n\r\n", ""),
            Kind::Greets(goodbye) => ("", goodbye),
            Kind::Tls => return Ok(()),
        };
        line.write_all(question.as_bytes()).await?;
        let mut word = [0; 512];
        if line.read(&mut word).await? == 0 && self.kind != Kind::Web {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // Whoever goes without a word looks like a broken line in the log.
        line.write_all(goodbye.as_bytes()).await.ok();
        while !goodbye.is_empty() && matches!(line.read(&mut word).await, Ok(1..)) {}
        Ok(())
    }
}

/// An address that means all of the machine's own is reached at this one.
fn from_inside(address: SocketAddr) -> SocketAddr {
    let ip: IpAddr = match address.ip() {
        IpAddr::V4(four) if four.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(six) if six.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    fn door(service: Service, address: &str) -> Door {
        let address = address.parse().unwrap();
        Door { service, address }
    }

    #[test]
    fn one_door_of_each_kind_and_the_plain_one_first() {
        let doors = [
            door(Service::Smtp, "0.0.0.0:25"),
            door(Service::Smtp, "[::]:25"),
            door(Service::Submissions, "0.0.0.0:465"),
            door(Service::Imaps, "0.0.0.0:993"),
            door(Service::Imap, "0.0.0.0:143"),
            door(Service::Pop3s, "0.0.0.0:995"),
        ];
        let web = [
            ("https", "[::]:443".parse().unwrap()),
            ("http", "0.0.0.0:80".parse().unwrap()),
        ];
        let chosen = choose(&doors, &web);
        let names: Vec<&str> = chosen.iter().map(|door| door.name).collect();
        assert_eq!(names, ["smtp", "imap", "pop3s", "http"]);
        assert_eq!(chosen[2].kind, Kind::Tls);
        assert_eq!(from_inside(chosen[0].address).to_string(), "127.0.0.1:25");
        assert!(choose(&[], &[]).is_empty());
    }

    #[test]
    fn a_word_is_an_answer_and_silence_is_none() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let knocked = Knocked {
            name: "smtp",
            address: listener.local_addr().unwrap(),
            kind: Kind::Greets("QUIT\r\n"),
        };
        let host = std::thread::spawn(move || {
            let (mut guest, _) = listener.accept().unwrap();
            guest.write_all(b"220 here\r\n").unwrap();
            let mut said = String::new();
            let mut buffer = [0; 64];
            let read = guest.read(&mut buffer).unwrap();
            said.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
            drop(guest);
            // The next one is let in by the kernel and hears nothing.
            let (silent, _) = listener.accept().unwrap();
            drop(silent);
            said
        });
        assert!(async_io::block_on(knocked.answers()).is_ok());
        let silent = async_io::block_on(knocked.answers());
        assert_eq!(
            silent.map_err(|error| error.kind()),
            Err(io::ErrorKind::UnexpectedEof)
        );
        assert_eq!(host.join().unwrap(), "QUIT\r\n");
        let refused = async_io::block_on(knocked.answers());
        assert_eq!(
            refused.map_err(|error| error.kind()),
            Err(io::ErrorKind::ConnectionRefused)
        );
    }
}
