//! Hosts that take all mail, over TLS if the client wants, and note when each letter was whole. Debian's smtp-sink has no STARTTLS.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::Outcome;
use crate::limits::tls_server;

/// What came in at all hosts together.
pub struct Sink(Arc<Book>);

#[derive(Default)]
struct Book {
    taken: Mutex<Taken>,
    more: Condvar,
}

/// Since the last [`Sink::forget`].
#[derive(Default)]
struct Taken {
    /// When each letter was whole, by the number in its subject.
    letters: HashMap<u64, Instant>,
    /// Letters that came once more.
    again: u64,
    connections: u64,
}

trait Line: Read + Write + Send {}

impl<T: Read + Write + Send> Line for T {}

impl Sink {
    pub fn start(addresses: impl Iterator<Item = SocketAddr>) -> Outcome<Sink> {
        let (book, tls) = (Arc::new(Book::default()), tls_server()?);
        for address in addresses {
            let listener = TcpListener::bind(address)?;
            let (book, tls) = (book.clone(), tls.clone());
            std::thread::spawn(move || {
                for socket in listener.incoming().flatten() {
                    let (book, tls) = (book.clone(), tls.clone());
                    book.lock().connections += 1;
                    // A client that hangs up in the middle is its own affair: what is missing is seen by who waits for it.
                    std::thread::spawn(move || drop(serve(socket, &tls, &book)));
                }
            });
        }
        Ok(Sink(book))
    }

    pub fn forget(&self) {
        *self.0.lock() = Taken::default();
    }

    /// Until so many different letters have come; when the last of them did, and how many connections it took.
    pub fn wait(&self, letters: u64, patience: Duration) -> Outcome<(Instant, u64)> {
        let begun = Instant::now();
        let mut taken = self.0.lock();
        while (taken.letters.len() as u64) < letters {
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                let came = taken.letters.len();
                return Err(format!("{came} of {letters} letters came").into());
            }
            taken = self.0.wait(taken, left);
        }
        if taken.again > 0 {
            return Err(format!("{} letters came twice", taken.again).into());
        }
        let last = taken.letters.values().max().copied();
        Ok((last.ok_or("no letters")?, taken.connections))
    }

    /// Until this letter has come, and when; None: not in time.
    pub fn wait_for(&self, letter: u64, patience: Duration) -> Option<Instant> {
        let begun = Instant::now();
        let mut taken = self.0.lock();
        loop {
            if let Some(when) = taken.letters.get(&letter) {
                return Some(*when);
            }
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return None;
            }
            taken = self.0.wait(taken, left);
        }
    }
}

impl Book {
    fn lock(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'b>(
        &self,
        taken: std::sync::MutexGuard<'b, Taken>,
        time: Duration,
    ) -> std::sync::MutexGuard<'b, Taken> {
        let waited = self.more.wait_timeout(taken, time);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

fn serve(socket: TcpStream, tls: &Arc<ServerConfig>, book: &Book) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let under = socket.try_clone()?;
    let mut line: BufReader<Box<dyn Line>> = BufReader::new(Box::new(socket));
    let mut out = b"220 sink.test ESMTP\r\n".to_vec();
    let mut command = Vec::new();
    let mut secured = false;
    loop {
        // Replies to what was pipelined leave together (RFC 2920 §3.2).
        if line.buffer().is_empty() && !out.is_empty() {
            line.get_mut().write_all(&out)?;
            line.get_mut().flush()?;
            out.clear();
        }
        command.clear();
        if line.read_until(b'\n', &mut command)? == 0 {
            return Ok(());
        }
        let verb = command.get(..4).unwrap_or_default().to_ascii_uppercase();
        match verb.as_slice() {
            b"EHLO" => {
                let offer = if secured { "" } else { "250-STARTTLS\r\n" };
                out.extend_from_slice(
                    format!("250-sink.test\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n{offer}250 8BITMIME\r\n").as_bytes(),
                );
            }
            b"STAR" => {
                line.get_mut().write_all(b"220 2.0.0 now\r\n")?;
                let connection = ServerConnection::new(tls.clone()).map_err(io::Error::other)?;
                let stream = StreamOwned::new(connection, under.try_clone()?);
                line = BufReader::new(Box::new(stream));
                secured = true;
            }
            b"DATA" => {
                out.extend_from_slice(b"354 go on\r\n");
                line.get_mut().write_all(&out)?;
                line.get_mut().flush()?;
                out.clear();
                let number = content(&mut line, &mut command)?;
                let mut taken = book.lock();
                if taken.letters.insert(number, Instant::now()).is_some() {
                    taken.again += 1;
                }
                drop(taken);
                book.more.notify_all();
                out.extend_from_slice(b"250 2.0.0 taken\r\n");
            }
            b"QUIT" => {
                line.get_mut().write_all(b"221 2.0.0 bye\r\n")?;
                return line.get_mut().flush();
            }
            _ => out.extend_from_slice(b"250 2.0.0 ok\r\n"),
        }
    }
}

/// Reads to the final dot; the number in the subject.
fn content(line: &mut BufReader<Box<dyn Line>>, text: &mut Vec<u8>) -> io::Result<u64> {
    let mut number = 0;
    loop {
        text.clear();
        if line.read_until(b'\n', text)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if text == b".\r\n" {
            return Ok(number);
        }
        if let Some(rest) = text.strip_prefix(b"Subject: Letter number ") {
            let digits = rest.split(|octet| *octet == b' ').next();
            let digits = std::str::from_utf8(digits.unwrap_or_default());
            number = digits.ok().and_then(|n| n.parse().ok()).unwrap_or(0);
        }
    }
}
