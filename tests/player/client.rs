//! A client that holds the server's end of its own conversation, and drives it with a clock that can be moved.
//!
//! It does what `pillarbox::net::drive` does, in the same order, and insists on what that relies on: a step prints a bounded amount, news come by the wake and not
//! by looking, a deadline that has passed ends a session.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use async_io::{Timer, block_on};
use event_listener::{EventListener, Listener};
use futures_lite::FutureExt;
use pillarbox::net::{Arrival, Conversation, Next, Reception, Secured, Service};
use sasl::ChannelBinding;

use super::Peer;

/// News that have not come after this long do not come.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most that one step may print: the trait says about 64 KiB.
const MOST: usize = 80 * 1024;

pub(crate) struct Client {
    /// None: the server has closed, or the client.
    talk: Option<Box<dyn Conversation>>,
    service: Service,
    now: Instant,
    piece: usize,
    heard: Vec<u8>,
    /// What the session waits for besides octets.
    news: Vec<EventListener>,
    /// The server waits for the client's TLS handshake.
    handshake: bool,
    /// The server packs what it sends.
    packed: bool,
}

impl Client {
    /// Comes in; its octets arrive `piece` at a time.
    pub(crate) fn connect(
        reception: &dyn Reception,
        arrival: &Arrival,
        tls: bool,
        piece: usize,
    ) -> Result<Client, String> {
        let (service, now) = (arrival.service, Instant::now());
        let talk = reception.converse(arrival, tls.then(|| secured(service)), now);
        let mut client = Client {
            talk: Some(talk.ok_or("nobody is served")?),
            service,
            now,
            piece,
            heard: Vec::new(),
            news: Vec::new(),
            handshake: false,
            packed: false,
        };
        client.advance()?;
        Ok(client)
    }

    /// Steps until only the world can bring something new.
    fn advance(&mut self) -> Result<(), String> {
        while let Some(talk) = &mut self.talk {
            // Subscribe, then look.
            self.news = talk.wakes().iter().map(|event| event.listen()).collect();
            if !self.news.is_empty() {
                talk.woken();
            }
            loop {
                let before = self.heard.len();
                let next = talk.step(self.now, &mut self.heard);
                if self.heard.len() - before > MOST {
                    return Err(format!(
                        "one step printed {} octets",
                        self.heard.len() - before
                    ));
                }
                match next {
                    Next::More => {}
                    Next::Work => block_on(talk.work()),
                    Next::Compress => {
                        let early = talk.compression_begun();
                        talk.feed(&early);
                        self.packed = true;
                    }
                    Next::Uncompress => self.packed = false,
                    Next::Read => break,
                    Next::StartTls => {
                        self.handshake = true;
                        return Ok(());
                    }
                    Next::Close => {
                        self.talk = None;
                        return Ok(());
                    }
                }
            }
            let heard = |event| self.news.iter().any(|listener| listener.listens_to(event));
            if talk.wakes().iter().all(|event| heard(event)) {
                break;
            }
        }
        Ok(())
    }

    /// Whether one of the wakes came in time.
    fn wait_for_news(&mut self) -> bool {
        let news = &mut self.news;
        let woken = poll_fn(|cx| {
            let mut woken = false;
            news.retain_mut(|listener| {
                let done = Pin::new(listener).poll(cx).is_ready();
                woken |= done;
                !done
            });
            if woken {
                Poll::Ready(true)
            } else {
                Poll::Pending
            }
        });
        block_on(woken.or(async {
            Timer::after(PATIENCE).await;
            false
        }))
    }
}

impl Peer for Client {
    fn send(&mut self, octets: &[u8]) -> Result<(), String> {
        for piece in octets.chunks(self.piece) {
            if self.handshake {
                // These octets are no ClientHello: the handshake fails.
                self.talk = None;
            }
            // To a server that has closed one can still write for a while.
            let Some(talk) = &mut self.talk else {
                return Ok(());
            };
            talk.feed(piece);
            self.advance()?;
        }
        Ok(())
    }

    fn line(&mut self) -> Result<Option<String>, String> {
        loop {
            if let Some(end) = self.heard.iter().position(|octet| *octet == b'\n') {
                let line: Vec<u8> = self.heard.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line).into_owned();
                return match line.strip_suffix("\r\n") {
                    Some(line) => Ok(Some(line.to_owned())),
                    None => Err(format!("a line without CRLF: {line}")),
                };
            }
            if self.talk.is_none() {
                return match self.heard.is_empty() {
                    true => Ok(None),
                    false => Err(format!(
                        "it closed within a line: {}",
                        String::from_utf8_lossy(&self.heard)
                    )),
                };
            }
            if self.news.is_empty() {
                return Err("the server says nothing".into());
            }
            if !self.wait_for_news() {
                return Err("the server says nothing, and no news wake it".into());
            }
            self.advance()?;
        }
    }

    fn start_tls(&mut self) -> Result<(), String> {
        let talk = self.talk.as_mut().ok_or("the server has closed")?;
        if !std::mem::take(&mut self.handshake) {
            return Err("the server does not wait for a TLS handshake".into());
        }
        if !self.heard.is_empty() {
            return Err("the server has said something in the clear that was not read".into());
        }
        talk.tls_started(secured(self.service));
        self.advance()
    }

    /// Without a socket nothing is packed, by either end; but both must think so at the same time.
    fn deflate(&mut self, begins: bool) -> Result<(), String> {
        if !self.heard.is_empty() || self.packed != begins {
            return Err("the server does not pack where the client does".into());
        }
        Ok(())
    }

    fn hang_up(&mut self) {
        self.talk = None;
        self.heard.clear();
    }

    fn wait(&mut self, time: Duration) -> Result<(), String> {
        let end = self.now + time;
        while let Some(talk) = &self.talk {
            let deadline = talk.deadline();
            if deadline > end {
                break;
            }
            self.now = self.now.max(deadline);
            self.advance()?;
            if self
                .talk
                .as_ref()
                .is_some_and(|talk| talk.deadline() <= deadline)
            {
                self.talk = None;
            }
        }
        self.now = end;
        Ok(())
    }

    fn unread(&mut self) -> Option<String> {
        (!self.heard.is_empty()).then(|| String::from_utf8_lossy(&self.heard).into_owned())
    }
}

/// What a finished TLS handshake leaves; on the world's port nothing can be bound to.
fn secured(service: Service) -> Secured {
    Secured {
        version: "TLSv1.3",
        cipher: "TLS_AES_256_GCM_SHA384",
        binding: ChannelBinding {
            tls_exporter: (service != Service::Smtp).then_some([7; 32]),
            tls_server_end_point: None,
        },
    }
}
