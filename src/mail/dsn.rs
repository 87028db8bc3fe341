//! Reports of what became of a letter: delivery status notifications (RFC 3461 §6, RFC 3464, RFC 6522, RFC 6533).
//!
//! People first: the first part says in plain words which letter it was, to whom, what happened and what to do, then quotes the
//! other server. The part for machines follows, then the letter's header or the whole letter.
//!
//! It promises that no value from outside can end a line, a field or a part: control characters become spaces, lengths are
//! bounded, and the boundary is made of 16 random octets. A report is 7-bit clean unless SMTPUTF8 may be used for it, or the
//! whole of an 8-bit letter is returned ([`Written`] says which). It cannot judge what happened: words and codes are the caller's.

mod original;
mod people;
mod status;

use crate::address::Address;
use crate::content::encode::quoted_text;
use crate::date::DateTime;
use crate::header::encode_words;
use crate::needs::{LINE_MAX, Octets};
use crate::plain::{field, one_line};
use crate::source::{Put, ReadAt};
use crate::status::EnhancedStatus;
use crate::{idna, msgid};
use original::{Letter, Returned};

/// What became of a letter, or of one of its recipients (RFC 3464 §2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Given up: it will not arrive.
    Failed,
    /// Not yet: it is still being tried.
    Delayed,
    /// It lies in the recipient's mailbox.
    Delivered,
    /// It was passed on to a server that does not report back.
    Relayed,
    /// It was passed on to everyone behind the address.
    Expanded,
}

/// A report to be written. The values may hold anything; they are made harmless.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the report is about; it chooses the subject. [`RecipientReport::action`] says it for each recipient.
    pub kind: Kind,
    /// The name of this server (`Reporting-MTA`), and the host of the report's Message-ID.
    pub host: String,
    /// Who the report is from, for example the postmaster.
    pub from: Address,
    /// To whom it goes: the reverse path of the letter.
    pub to: Address,
    /// When the report is written.
    pub date: DateTime,
    /// 16 random octets: the report's Message-ID and boundary are made from them.
    pub unique: [u8; 16],
    /// When the letter was accepted here.
    pub arrival: Option<DateTime>,
    /// The ENVID of the letter, decoded (RFC 3461 §4.4).
    pub envid: Option<String>,
    /// How much of the letter comes along.
    pub content: Content,
    /// Whether the report may travel with SMTPUTF8: the letter did.
    pub smtputf8: bool,
    /// What became of whom, at least one.
    pub recipients: Vec<RecipientReport>,
}

/// How much of a letter its report returns (RFC 3461 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// All of it; only failures return it (RFC 3461 §6.2), other reports take the header all the same.
    Full,
    /// The header, at most [`HEADER_MAX`] octets of it.
    Headers,
}

/// What became of the letter for one recipient.
#[derive(Clone, Debug)]
pub struct RecipientReport {
    /// What happened.
    pub action: Kind,
    /// ORCPT as the sender gave it, decoded: `rfc822;x@example.org`.
    pub original: Option<String>,
    /// The address that was tried.
    pub recipient: Address,
    /// The enhanced status code.
    pub status: EnhancedStatus,
    /// The server that answered, if one did.
    pub remote: Option<String>,
    /// The words that explain it.
    pub words: Option<Words>,
    /// When it was last tried.
    pub last_attempt: Option<DateTime>,
    /// Until when it will be tried, of a delayed letter.
    pub retry_until: Option<DateTime>,
    /// What happened, in one plain sentence.
    pub reason: String,
    /// What the sender can do, in plain sentences; may be empty.
    pub advice: String,
}

/// Whose words explain a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// The other server's reply.
    Remote(String),
    /// Our own: no server answered.
    Ours(String),
}

/// The letter that the report is about.
pub struct Original<'r, 's, E> {
    /// Its octets in all.
    pub size: u64,
    /// Reads it.
    pub read: &'r mut ReadAt<'s, E>,
}

/// What a report that was written needs to travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Octets of the report.
    pub size: u64,
    /// It needs 8BITMIME (RFC 6152).
    pub eight_bit: bool,
    /// It needs BINARYMIME (RFC 3030), because the letter that it returns does.
    pub binary: bool,
    /// It needs SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
}

/// Octets of the letter's header that a report returns.
pub const HEADER_MAX: usize = 32 * 1024;

/// Writes the whole report, header and body, with CRLF line ends. The reverse path to use is `<>` (RFC 3461 §6.1).
///
/// The types `message/global-*` of RFC 6533 are used where something in them is not ASCII; without SMTPUTF8 they are encoded.
///
/// # Errors
/// Those of the callbacks.
pub fn write<E>(
    report: &Report,
    original: Original<'_, '_, E>,
    put: &mut Put<'_, E>,
) -> Result<Written, E> {
    let to = header_address(&report.to, report.smtputf8);
    let utf8 = report.smtputf8 || !to.is_ascii();
    let letter = Letter::read(original.size, &mut *original.read)?;
    let full = report.content == Content::Full
        && report.recipients.iter().any(|r| r.action == Kind::Failed);
    let returned = Returned::of(&letter, full, utf8, original.size, &mut *original.read)?;
    let mut sink = Sink {
        put,
        octets: Octets::default(),
        size: 0,
    };

    let boundary = msgid::base32(report.unique);
    let (plain, status) = (
        people::text(report, &letter, full),
        status::text(report, utf8),
    );
    let encodings = [
        encoding(&plain, utf8),
        encoding(&status, utf8),
        returned.encoding(),
    ];
    let head = header(report, &letter, &to, utf8, &boundary, whole(encodings));
    let smtputf8 = utf8
        && !(report.to.is_ascii() && head.is_ascii() && status.is_ascii() && !returned.is_global());
    sink.text(&head)?;
    sink.delimiter(&boundary)?;
    sink.part("text/plain; charset=utf-8", &plain, utf8)?;
    sink.delimiter(&boundary)?;
    sink.part(status::media_type(&status), &status, utf8)?;
    sink.delimiter(&boundary)?;
    returned.write(&mut *original.read, &mut sink)?;
    sink.text(&format!("\r\n--{boundary}--\r\n"))?;

    let octets = sink.octets.finish();
    Ok(Written {
        size: sink.size,
        eight_bit: octets.eight_bit,
        binary: octets.has_binary(),
        smtputf8,
    })
}

/// The header of the report, up to its empty line.
fn header(
    report: &Report,
    letter: &Letter,
    to: &str,
    utf8: bool,
    boundary: &str,
    encoding: &str,
) -> String {
    let host = idna::to_unicode(&one_line(&report.host, 255));
    let name = format!("Mail delivery at {}", host.replace(['"', '\\'], "?"));
    let words = |text: &str| {
        if utf8 || text.is_ascii() {
            text.to_owned()
        } else {
            encode_words(text)
        }
    };
    let name = if name.is_ascii() || utf8 {
        format!("\"{name}\"")
    } else {
        encode_words(&name)
    };
    let mut out = String::new();
    field(
        "From",
        &format!("{name} <{}>", header_address(&report.from, utf8)),
        &mut out,
    );
    field("To", &format!("<{to}>"), &mut out);
    field(
        "Subject",
        &words(&people::subject(report.kind, letter)),
        &mut out,
    );
    field("Date", &report.date.rfc5322(), &mut out);
    field(
        "Message-ID",
        &msgid::generate(
            &idna::to_ascii(&report.host).unwrap_or_default(),
            report.unique,
        ),
        &mut out,
    );
    if let Some(id) = &letter.message_id {
        field("In-Reply-To", id, &mut out);
        field("References", id, &mut out);
    }
    field("Auto-Submitted", "auto-replied", &mut out);
    field("MIME-Version", "1.0", &mut out);
    field(
        "Content-Type",
        &format!("multipart/report; report-type=delivery-status; boundary=\"{boundary}\""),
        &mut out,
    );
    if encoding != SEVEN_BIT {
        field("Content-Transfer-Encoding", encoding, &mut out);
    }
    out.push_str("\r\nThis is a report about a letter, for mail programs that know MIME.\r\n");
    out
}

/// The address for a header field: its domain in A-labels if UTF-8 is not wanted.
pub(crate) fn header_address(address: &Address, utf8: bool) -> String {
    let ascii = (!utf8 && !address.domain().is_ascii())
        .then(|| Address::new(address.local(), &idna::to_ascii(address.domain())?).ok())
        .flatten();
    ascii.as_ref().unwrap_or(address).to_string()
}

const SEVEN_BIT: &str = "7bit";

/// How a text in CRLF lines travels.
fn encoding(text: &str, utf8: bool) -> &'static str {
    let long = text.lines().any(|line| line.len() > LINE_MAX);
    match (text.is_ascii() && !long, utf8 && !long) {
        (true, _) => SEVEN_BIT,
        (false, true) => "8bit",
        (false, false) => "quoted-printable",
    }
}

/// What the whole says of itself when its parts travel so (RFC 2045 §6.4).
fn whole(parts: [&str; 3]) -> &'static str {
    let any = |encoding| parts.contains(&encoding);
    match (any("binary"), any("8bit")) {
        (true, _) => "binary",
        (false, true) => "8bit",
        (false, false) => SEVEN_BIT,
    }
}

/// Writes and looks at what it writes.
struct Sink<'p, 'f, E> {
    put: &'p mut Put<'f, E>,
    octets: Octets,
    size: u64,
}

impl<E> Sink<'_, '_, E> {
    fn octets(&mut self, octets: &[u8]) -> Result<(), E> {
        self.octets.feed(octets);
        self.size += octets.len() as u64;
        (self.put)(octets)
    }

    fn text(&mut self, text: &str) -> Result<(), E> {
        self.octets(text.as_bytes())
    }

    fn delimiter(&mut self, boundary: &str) -> Result<(), E> {
        self.text(&format!("\r\n--{boundary}\r\n"))
    }

    /// A part of text in CRLF lines, encoded if it has to be.
    fn part(&mut self, media_type: &str, text: &str, utf8: bool) -> Result<(), E> {
        let encoding = encoding(text, utf8);
        self.text(&format!(
            "Content-Type: {media_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        ))?;
        if encoding == "quoted-printable" {
            self.octets(&quoted_text(text.as_bytes()))
        } else {
            self.text(text)
        }
    }
}

#[cfg(test)]
#[path = "dsn_tests.rs"]
mod tests;
