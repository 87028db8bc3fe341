//! One connection of a remote: lines, TLS, log-in, content.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use sasl::{Mechanism, Progress, Question, ScramKeys, Server};

use super::{Act, Manners, PATIENCE, Shared, Taken};

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
pub(super) fn serve(shared: &Shared, stream: TcpStream, number: usize) -> io::Result<()> {
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
