//! Letters of the box to its owner: plain words, marked as written by a machine (RFC 3834 §5).
//!
//! It promises that no value from outside can end a line or a field, and lines of a length that every server takes. It knows no
//! attachments and no HTML.

use crate::address::Address;
use crate::content::encode::quoted_text;
use crate::date::DateTime;
use crate::dsn::header_address;
use crate::header::encode_words;
use crate::plain::{field, one_line, wrap};
use crate::{idna, msgid};

/// Characters of a subject.
const SUBJECT_MAX: usize = 200;
/// Characters of a line of the text before it is cut.
const LINE_MAX: usize = 4000;
/// Lines of the text.
const LINES_MAX: usize = 1000;

/// A letter of the box to be written. The values may hold anything; they are made harmless.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The name of this server, for the Message-ID.
    pub host: String,
    /// Who it is from, for example the postmaster.
    pub from: Address,
    /// The owner.
    pub to: Address,
    /// When it is written.
    pub date: DateTime,
    /// 16 random octets for the Message-ID.
    pub unique: [u8; 16],
    /// The subject.
    pub subject: String,
    /// The text: lines end with `\n`; long ones are wrapped, and those that begin with blanks keep them.
    pub text: String,
}

/// The whole letter. It is 7-bit clean unless a local part is not ASCII; then it needs SMTPUTF8 to travel.
pub fn notice(notice: &Notice) -> Vec<u8> {
    let (to, from) = (
        header_address(&notice.to, false),
        header_address(&notice.from, false),
    );
    let host = one_line(&idna::to_unicode(&notice.host), 255).replace(['"', '\\'], "?");
    let name = format!("Mail box {host}");
    let name = if name.is_ascii() {
        format!("\"{name}\"")
    } else {
        encode_words(&name)
    };
    let mut out = String::new();
    field("From", &format!("{name} <{from}>"), &mut out);
    field("To", &format!("<{to}>"), &mut out);
    field(
        "Subject",
        &encode_words(&one_line(&notice.subject, SUBJECT_MAX)),
        &mut out,
    );
    field("Date", &notice.date.rfc5322(), &mut out);
    let ascii_host = idna::to_ascii(&notice.host).unwrap_or_default();
    field(
        "Message-ID",
        &msgid::generate(&ascii_host, notice.unique),
        &mut out,
    );
    field("Auto-Submitted", "auto-generated", &mut out);
    field("MIME-Version", "1.0", &mut out);
    field("Content-Type", "text/plain; charset=utf-8", &mut out);
    let text = text(&notice.text);
    let encoding = if text.is_ascii() {
        "7bit"
    } else {
        "quoted-printable"
    };
    field("Content-Transfer-Encoding", encoding, &mut out);
    out.push_str("\r\n");
    let mut out = out.into_bytes();
    if text.is_ascii() {
        out.extend_from_slice(text.as_bytes());
    } else {
        out.extend_from_slice(&quoted_text(text.as_bytes()));
    }
    out
}

fn text(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().take(LINES_MAX) {
        let indent = line.bytes().take_while(|b| *b == b' ').take(8).count();
        let words = one_line(line, LINE_MAX);
        if words.is_empty() {
            out.push_str("\r\n");
        } else {
            wrap(&words, &" ".repeat(indent), &mut out);
        }
    }
    out
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
