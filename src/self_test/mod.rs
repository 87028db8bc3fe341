//! `pillarbox self-test`: a whole box of its own, from a person's password to a message that comes out again as it went in.
//!
//! It makes a folder in `$TMPDIR`, a person in it, and starts this program once more as a box on free ports of the loopback interface. Then, each over TLS with the certificate
//! that the box made for itself, as a phone would: the person signs in to the submission port and sends a message, IMAP gives it back octet for octet, POP3 as
//! well. The box is ended in good order, checked, and everything goes with its folder.
//!
//! Promises: no setting, store, light, button or port of the owner's is touched; it is over within [`LIMIT`]; it ends the box that it started. It proves that this program
//! works on this kernel and this machine, as far as loopback goes; not that the owner's store is sound (`check`), nor anything of the network.

mod house;
mod talk;

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use house::House;
use talk::Talk;

/// For all of it: a board that hashes a password in a second needs ten of these.
const LIMIT: Duration = Duration::from_secs(90);
/// Who lives there.
const PERSON: &str = "self-test@self.test";
/// What is sent: headers, a line that begins with a dot, a long one, and octets that are no ASCII.
const MESSAGE: &str = "From: <self-test@self.test>\r\nTo: <self-test@self.test>\r\nSubject: the box tests itself\r\nDate: Mon, 01 Jan 2024 00:00:00 +0000\r\nMessage-ID: <self-test@self.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n.a dot begins this line\r\nκαλημέρα\r\n0123456789012345678901234567890123456789012345678901234567890123456789\r\n";

/// Runs it.
///
/// # Errors
/// A sentence: which step failed, and how.
pub(crate) fn self_test() -> Result<String, String> {
    let begun = Instant::now();
    let until = begun + LIMIT;
    let password = crate::accounts::readable_password(4).map_err(|error| error.to_string())?;
    let mut house = House::start(PERSON, &password, until)?;
    let tested = submit(&house, &password, until)
        .and_then(|()| fetch(&house, &password, until))
        .and_then(|()| retrieve(&house, &password, until));
    let ended = house.end(until);
    tested.map_err(|error| format!("{error}{}", house.last_words()))?;
    ended?;
    house.check()?;
    Ok(format!(
        "a message went in over SMTP and came out over IMAP and POP3, in {} ms",
        begun.elapsed().as_millis()
    ))
}

fn submit(house: &House, password: &str, until: Instant) -> Result<(), String> {
    let mut talk = Talk::connect("submissions", house.submissions, house, until)?;
    talk.expect("220 ")?;
    talk.say("EHLO self.test")?;
    while !talk.expect("250")?.starts_with("250 ") {}
    let secret = STANDARD.encode(format!("\0{PERSON}\0{password}"));
    talk.say(&format!("AUTH PLAIN {secret}"))?;
    talk.expect("235 ")?;
    talk.say(&format!("MAIL FROM:<{PERSON}> BODY=8BITMIME"))?;
    talk.expect("250 ")?;
    talk.say(&format!("RCPT TO:<{PERSON}>"))?;
    talk.expect("250 ")?;
    talk.say("DATA")?;
    talk.expect("354 ")?;
    let mut stuffed = String::new();
    for line in MESSAGE.split_inclusive("\r\n") {
        stuffed.push_str(if line.starts_with('.') { "." } else { "" });
        stuffed.push_str(line);
    }
    talk.say(&format!("{stuffed}."))?;
    talk.expect("250 ")?;
    talk.say("QUIT")?;
    talk.expect("221 ").map(|_| ())
}

fn fetch(house: &House, password: &str, until: Instant) -> Result<(), String> {
    let mut talk = Talk::connect("imaps", house.imaps, house, until)?;
    talk.expect("* OK")?;
    talk.say(&format!("a LOGIN \"{PERSON}\" \"{password}\""))?;
    talk.until("a OK")?;
    talk.say("b SELECT INBOX")?;
    talk.until("b OK")?;
    talk.say("c FETCH 1 BODY[]")?;
    let line = talk.expect("* 1 FETCH")?;
    let octets = line
        .rsplit_once('{')
        .and_then(|(_, rest)| rest.strip_suffix('}'));
    let octets: usize = (octets.and_then(|count| count.parse().ok()))
        .ok_or_else(|| format!("imaps: expected a literal, and the box says \"{line:.80}\""))?;
    let message = talk.take(octets)?;
    same("imaps", &message)?;
    talk.until("c OK")?;
    talk.say("d LOGOUT")?;
    talk.until("d OK")
}

fn retrieve(house: &House, password: &str, until: Instant) -> Result<(), String> {
    let mut talk = Talk::connect("pop3s", house.pop3s, house, until)?;
    talk.expect("+OK")?;
    talk.say(&format!("USER {PERSON}"))?;
    talk.expect("+OK")?;
    talk.say(&format!("PASS {password}"))?;
    talk.expect("+OK")?;
    talk.say("RETR 1")?;
    talk.expect("+OK")?;
    let mut message = Vec::new();
    loop {
        let line = talk.line()?;
        if line == "." {
            break;
        }
        let line = line.strip_prefix('.').unwrap_or(&line);
        message.extend_from_slice(line.as_bytes());
        message.extend_from_slice(b"\r\n");
    }
    same("pop3s", &message)?;
    talk.say("DELE 1")?;
    talk.expect("+OK")?;
    talk.say("QUIT")?;
    talk.expect("+OK").map(|_| ())
}

/// What was sent, below the trace lines that the box puts on top.
fn same(service: &str, message: &[u8]) -> Result<(), String> {
    if message.ends_with(MESSAGE.as_bytes()) {
        return Ok(());
    }
    Err(format!(
        "{service}: the message came out otherwise than it went in ({} octets for {})",
        message.len(),
        MESSAGE.len()
    ))
}
