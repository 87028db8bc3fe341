//! Somebody else's mail server: says what the test wants at the line where the test wants it, and writes down all that came.
//!
//! Its own manners are those of a plain server that takes everything. A [`Rule`] changes one line: a reply, a hang-up, silence, a reply without end, garbage.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use sasl::{Mechanism, Progress, Question, ScramKeys, Server};

/// A remote that waits for its client gives up after this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// What happens at a line instead of the usual reply.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// This reply, its CRLF added. A 4xx or 5xx refuses, anything else takes.
    Say(&'static str),
    /// The connection closes without a word.
    HangUp,
    /// The reply, then the end.
    SayAndHangUp(&'static str),
    /// Nothing, for ever.
    Silence,
    /// Lines of a reply without end.
    Endless,
    /// These octets instead of a reply.
    Garbage(&'static [u8]),
}

/// At which line what happens. The line begins with `at` in any case; `GREETING` is before the first, `.` the end of the content.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) at: &'static str,
    pub(crate) act: Act,
    /// How often; later lines get the usual reply.
    pub(crate) times: usize,
}

/// Always.
pub(crate) fn at(at: &'static str, act: Act) -> Rule {
    Rule {
        at,
        act,
        times: usize::MAX,
    }
}

/// The first time only.
pub(crate) fn once(at: &'static str, act: Act) -> Rule {
    Rule { at, act, times: 1 }
}

/// How a remote behaves.
#[derive(Clone)]
pub(crate) struct Manners {
    pub(crate) name: &'static str,
    /// Extensions announced behind EHLO; STARTTLS is added while TLS can still begin.
    pub(crate) announce: Vec<&'static str>,
    pub(crate) rules: Vec<Rule>,
    /// Every octet in a packet of its own.
    pub(crate) octet_by_octet: bool,
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// TLS from the first octet.
    pub(crate) implicit_tls: bool,
    /// Mail is taken only after this log-in.
    pub(crate) login: Option<(&'static str, &'static str)>,
    /// No EHLO, as before 1995.
    pub(crate) old: bool,
}

impl Default for Manners {
    fn default() -> Manners {
        Manners {
            name: "mx.remote.test",
            announce: vec![
                "PIPELINING",
                "SIZE 10000000",
                "8BITMIME",
                "ENHANCEDSTATUSCODES",
            ],
            rules: Vec::new(),
            octet_by_octet: false,
            tls: None,
            implicit_tls: false,
            login: None,
            old: false,
        }
    }
}

/// Manners with these rules.
pub(crate) fn rules(rules: impl IntoIterator<Item = Rule>) -> Manners {
    Manners {
        rules: rules.into_iter().collect(),
        ..Manners::default()
    }
}

/// Manners that announce exactly this.
pub(crate) fn announcing(announce: &[&'static str]) -> Manners {
    Manners {
        announce: announce.to_vec(),
        ..Manners::default()
    }
}

/// A message that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// The MAIL line.
    pub(crate) mail: String,
    /// The RCPT lines that were not refused.
    pub(crate) rcpt: Vec<String>,
    /// The content without dot-stuffing.
    pub(crate) data: Vec<u8>,
    pub(crate) tls: bool,
    /// It came by BDAT.
    pub(crate) chunks: bool,
    pub(crate) user: Option<String>,
    /// Which connection of the remote, from 0.
    pub(crate) connection: usize,
}

impl Taken {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }
}

/// A running remote; it ends with the value.
pub(crate) struct Remote {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    manners: Mutex<Manners>,
    used: Mutex<HashMap<usize, usize>>,
    heard: Mutex<Heard>,
    news: Condvar,
    ended: AtomicBool,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

#[derive(Default)]
struct Heard {
    connections: usize,
    lines: Vec<String>,
    taken: Vec<Taken>,
}

impl Remote {
    pub(crate) fn start(ip: impl Into<IpAddr>, port: u16, manners: Manners) -> Remote {
        let listener = TcpListener::bind((ip.into(), port)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            manners: Mutex::new(manners),
            used: Mutex::default(),
            heard: Mutex::default(),
            news: Condvar::new(),
            ended: AtomicBool::new(false),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
        });
        let remote = Remote {
            address,
            shared: shared.clone(),
        };
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if shared.ended.load(Ordering::Relaxed) {
                    return;
                }
                let number = {
                    let mut heard = shared.heard.lock().unwrap();
                    heard.connections += 1;
                    heard.connections - 1
                };
                shared.news.notify_all();
                let shared = shared.clone();
                std::thread::spawn(move || {
                    let open = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
                    shared.most_open.fetch_max(open, Ordering::SeqCst);
                    // A client that goes away is what some tests are about.
                    let _ = serve(&shared, stream, number);
                    shared.open.fetch_sub(1, Ordering::SeqCst);
                    shared.news.notify_all();
                });
            }
        });
        remote
    }

    /// Other manners from now on; rules count from nothing.
    pub(crate) fn behave(&self, manners: Manners) {
        *self.shared.manners.lock().unwrap() = manners;
        self.shared.used.lock().unwrap().clear();
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.shared.heard.lock().unwrap().taken.clone()
    }

    /// Every line so far as `0: MAIL FROM:<…>`, the connection first.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.shared.heard.lock().unwrap().lines.clone()
    }

    /// Whether some line, without its connection, begins with `start`.
    pub(crate) fn heard(&self, start: &str) -> bool {
        self.lines()
            .iter()
            .any(|line| line.split_once(": ").unwrap().1.starts_with(start))
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.heard.lock().unwrap().connections
    }

    /// The most connections that were open at one time.
    pub(crate) fn most_open(&self) -> usize {
        self.shared.most_open.load(Ordering::SeqCst)
    }

    pub(crate) fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// Waits until `count` messages were taken.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Taken> {
        let end = Instant::now() + PATIENCE;
        let mut heard = self.shared.heard.lock().unwrap();
        while heard.taken.len() < count {
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{} of {count} messages came; heard: {:#?}",
                heard.taken.len(),
                heard.lines
            );
            heard = self.shared.news.wait_timeout(heard, left).unwrap().0;
        }
        heard.taken.clone()
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    /// What a rule says to this line, if one does.
    fn act(&self, line: &str) -> Option<Act> {
        let manners = self.manners.lock().unwrap();
        let mut used = self.used.lock().unwrap();
        let upper = line.to_uppercase();
        manners.rules.iter().enumerate().find_map(|(number, rule)| {
            let count = used.entry(number).or_default();
            (upper.starts_with(&rule.at.to_uppercase()) && *count < rule.times).then(|| {
                *count += 1;
                rule.act.clone()
            })
        })
    }

    fn note(&self, number: usize, line: &str) {
        let mut heard = self.heard.lock().unwrap();
        heard.lines.push(format!("{number}: {line}"));
        drop(heard);
        self.news.notify_all();
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Read for Stream {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.read(octets),
            Stream::Tls(stream) => stream.read(octets),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.write(octets),
            Stream::Tls(stream) => stream.write(octets),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(stream) => stream.flush(),
            Stream::Tls(stream) => stream.flush(),
        }
    }
}

struct Talk<'a> {
    shared: &'a Shared,
    stream: Stream,
    buffer: Vec<u8>,
    number: usize,
    octet_by_octet: bool,
}

/// The conversation is over, whoever ended it.
fn over() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

impl Talk<'_> {
    fn read_more(&mut self) -> io::Result<()> {
        let mut octets = [0; 16384];
        let count = self.stream.read(&mut octets)?;
        if count == 0 {
            return Err(over());
        }
        self.buffer.extend_from_slice(&octets[..count]);
        Ok(())
    }

    /// The next line with its CRLF.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut looked = 0;
        loop {
            if let Some(end) = self.buffer[looked..]
                .windows(2)
                .position(|two| two == b"\r\n")
            {
                return Ok(self.buffer.drain(..looked + end + 2).collect());
            }
            looked = self.buffer.len().saturating_sub(1);
            self.read_more()?;
        }
    }

    fn exactly(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < count {
            self.read_more()?;
        }
        Ok(self.buffer.drain(..count).collect())
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        if !self.octet_by_octet {
            self.stream.write_all(octets)?;
            return self.stream.flush();
        }
        for octet in octets {
            self.stream.write_all(&[*octet])?;
            self.stream.flush()?;
        }
        Ok(())
    }

    /// Says the usual, or what a rule says; whether it was a yes.
    fn reply(&mut self, line: &str, usual: &str) -> io::Result<bool> {
        match self.shared.act(line) {
            None => self.say(usual),
            Some(Act::Say(text)) => self.say(text),
            Some(Act::HangUp) => Err(over()),
            Some(Act::SayAndHangUp(text)) => {
                self.say(text)?;
                Err(over())
            }
            Some(Act::Garbage(octets)) => {
                self.write(octets)?;
                Ok(true)
            }
            Some(Act::Silence) => loop {
                self.read_more()?;
                self.buffer.clear();
            },
            Some(Act::Endless) => loop {
                self.write(b"250-and another thing\r\n")?;
            },
        }
    }

    fn say(&mut self, text: &str) -> io::Result<bool> {
        self.write(format!("{text}\r\n").as_bytes())?;
        Ok(!text.starts_with(['4', '5']))
    }
}

/// One connection.
fn serve(shared: &Shared, stream: TcpStream, number: usize) -> io::Result<()> {
    let manners = shared.manners.lock().unwrap().clone();
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut tls = false;
    let stream = match &manners.tls {
        Some(config) if manners.implicit_tls => {
            tls = true;
            secure(config, stream)?
        }
        _ => Stream::Plain(stream),
    };
    let mut talk = Talk {
        shared,
        stream,
        buffer: Vec::new(),
        number,
        octet_by_octet: manners.octet_by_octet,
    };
    if !talk.reply("GREETING", &format!("220 {} ESMTP", manners.name))? {
        // RFC 5321 §3.1: after 554 it still listens for QUIT.
        talk.line()?;
        return Ok(());
    }
    let mut letter = Letter::default();
    let mut user = None;
    loop {
        let line = String::from_utf8_lossy(&talk.line()?).trim_end().to_owned();
        shared.note(number, &line);
        let verb = line.split([' ', ':']).next().unwrap_or_default();
        match verb.to_uppercase().as_str() {
            "EHLO" if manners.old => {
                talk.reply(&line, "500 5.5.1 What is that?")?;
            }
            "EHLO" => {
                let mut words = vec![manners.name];
                words.extend(&manners.announce);
                if manners.tls.is_some() && !tls {
                    words.push("STARTTLS");
                }
                let last = words.len() - 1;
                let lines: Vec<String> = words
                    .iter()
                    .enumerate()
                    .map(|(at, word)| format!("250{}{word}", if at == last { ' ' } else { '-' }))
                    .collect();
                talk.reply(&line, &lines.join("\r\n"))?;
                letter = Letter::default();
            }
            "HELO" => {
                talk.reply(&line, &format!("250 {}", manners.name))?;
            }
            "STARTTLS" => {
                let garbled = talk.reply(&line, "220 2.0.0 Go ahead")?;
                if let (true, Some(config)) = (garbled, &manners.tls) {
                    let Stream::Plain(stream) = talk.stream else {
                        return Err(over());
                    };
                    talk.stream = secure(config, stream)?;
                    tls = true;
                }
            }
            "AUTH" => user = login(&mut talk, &line, &manners)?.or(user),
            "MAIL" if manners.login.is_some() && user.is_none() => {
                talk.reply(&line, "530 5.7.0 Authentication required")?;
            }
            "MAIL" => {
                if talk.reply(&line, "250 2.1.0 Ok")? {
                    letter.mail = line;
                }
            }
            "RCPT" if letter.mail.is_empty() => {
                talk.reply(&line, "503 5.5.1 MAIL first")?;
            }
            "RCPT" => {
                if talk.reply(&line, "250 2.1.5 Ok")? {
                    letter.rcpt.push(line);
                }
            }
            "DATA" if letter.rcpt.is_empty() => {
                talk.reply(&line, "554 5.5.1 No valid recipients")?;
            }
            "DATA" => {
                if talk.reply(&line, "354 Go ahead")? {
                    loop {
                        let piece = talk.line()?;
                        if piece == b".\r\n" {
                            break;
                        }
                        letter
                            .data
                            .extend_from_slice(piece.strip_prefix(b".").unwrap_or(&piece));
                    }
                    end_of_content(&mut talk, &mut letter, tls, user.clone())?;
                }
            }
            "BDAT" => {
                let mut words = line.split_whitespace().skip(1);
                let count: usize = words.next().unwrap_or("0").parse().map_err(|_| over())?;
                let piece = talk.exactly(count)?;
                letter.data.extend_from_slice(&piece);
                letter.chunks = true;
                if letter.rcpt.is_empty() {
                    talk.reply(&line, "554 5.5.1 No valid recipients")?;
                } else if words.next().is_some() {
                    end_of_content(&mut talk, &mut letter, tls, user.clone())?;
                } else {
                    talk.reply(&line, "250 2.0.0 Go on")?;
                }
            }
            "RSET" => {
                letter = Letter::default();
                talk.reply(&line, "250 2.0.0 Ok")?;
            }
            "NOOP" => {
                talk.reply(&line, "250 2.0.0 Ok")?;
            }
            "QUIT" => {
                talk.reply(&line, "221 2.0.0 Bye")?;
                return Ok(());
            }
            _ => {
                talk.reply(&line, "500 5.5.1 Unknown command")?;
            }
        }
    }
}

#[derive(Default)]
struct Letter {
    mail: String,
    rcpt: Vec<String>,
    data: Vec<u8>,
    chunks: bool,
}

fn end_of_content(
    talk: &mut Talk<'_>,
    letter: &mut Letter,
    tls: bool,
    user: Option<String>,
) -> io::Result<()> {
    let letter = std::mem::take(letter);
    talk.shared.note(talk.number, ".");
    // What was taken is written down before the answer: a client that has it may look at once.
    let act = talk.shared.act(".");
    let refused = matches!(&act, Some(Act::Say(text) | Act::SayAndHangUp(text)) if text.starts_with(['4', '5']));
    if !refused {
        talk.shared.heard.lock().unwrap().taken.push(Taken {
            mail: letter.mail,
            rcpt: letter.rcpt,
            data: letter.data,
            tls,
            chunks: letter.chunks,
            user,
            connection: talk.number,
        });
        talk.shared.news.notify_all();
    }
    match act {
        None => talk.say("250 2.0.0 Taken").map(drop),
        Some(Act::Say(text)) => talk.say(text).map(drop),
        Some(Act::SayAndHangUp(text)) => {
            talk.say(text)?;
            Err(over())
        }
        Some(Act::HangUp) => Err(over()),
        Some(Act::Garbage(octets)) => talk.write(octets),
        Some(Act::Silence) => loop {
            talk.read_more()?;
            talk.buffer.clear();
        },
        Some(Act::Endless) => loop {
            talk.write(b"250-and another thing\r\n")?;
        },
    }
}

fn secure(config: &Arc<ServerConfig>, stream: TcpStream) -> io::Result<Stream> {
    let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(Stream::Tls(Box::new(stream)))
}

/// RFC 4954 with the machine of our own server; the user, if the log-in was good.
fn login(talk: &mut Talk<'_>, line: &str, manners: &Manners) -> io::Result<Option<String>> {
    let mut words = line.split_whitespace().skip(1);
    let mechanism = words.next().and_then(Mechanism::parse);
    let (Some(mechanism), Some((user, password))) = (mechanism, manners.login) else {
        talk.say("504 5.5.4 Unknown mechanism")?;
        return Ok(None);
    };
    let initial = words
        .next()
        .and_then(|text| sasl::decode_initial(text.as_bytes()));
    let mut server = Server::new(mechanism, None, [7; sasl::NONCE_LEN]);
    let mut progress = server.start(initial.as_ref().map(sasl::Secret::as_bytes));
    loop {
        progress = match progress {
            Progress::Challenge(octets) => {
                talk.say(&format!("334 {}", sasl::encode(&octets)))?;
                let answer = talk.line()?;
                let answer = answer.strip_suffix(b"\r\n").unwrap_or(&answer);
                if answer == b"*" {
                    talk.say("501 5.7.0 Cancelled")?;
                    return Ok(None);
                }
                let decoded = sasl::decode(answer).ok_or_else(over)?;
                server.step(decoded.as_bytes())
            }
            Progress::Ask(Question::Password {
                user: said,
                password: tried,
                ..
            }) => server.password_verified(said == user && tried.as_str() == Some(password)),
            Progress::Ask(Question::ScramKeys { user: said, .. }) => server.scram_keys(
                (said == user).then(|| ScramKeys::derive(password, b"salt of the relay", 4096)),
            ),
            Progress::Done(success) => {
                talk.reply(line, "235 2.7.0 Welcome")?;
                return Ok(Some(success.user));
            }
            Progress::Failed(_) => {
                talk.reply(line, "535 5.7.8 Wrong user name or password")?;
                return Ok(None);
            }
        };
    }
}
