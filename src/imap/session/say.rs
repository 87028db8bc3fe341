//! What the session itself says: greeting, capabilities, tagged replies, BYE.

use crate::deed::{Done, No};
use crate::session::Session;

impl Session {
    /// The greeting with the capabilities, which spares the client a round trip.
    pub(super) fn greet(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"* OK [CAPABILITY ");
        out.extend_from_slice(self.capabilities().as_bytes());
        out.extend_from_slice(b"] ");
        out.extend_from_slice(self.hostname.as_bytes());
        out.extend_from_slice(b" Pillarbox is ready\r\n");
    }

    /// The untagged CAPABILITY response.
    pub(super) fn say_capability(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"* CAPABILITY ");
        out.extend_from_slice(self.capabilities().as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

/// A tagged OK.
pub(super) fn done(tag: &str, done: &Done, out: &mut Vec<u8>) {
    status(tag, b"OK", done.code.as_ref(), done.text, out);
}

/// A tagged NO or BAD.
pub(super) fn no(tag: &str, no: &No, out: &mut Vec<u8>) {
    status(
        tag,
        if no.bad { b"BAD" } else { b"NO" },
        no.code.as_ref(),
        &no.text,
        out,
    );
}

/// BAD to something without a tag.
pub(super) fn untagged_bad(out: &mut Vec<u8>, text: &str) {
    status("*", b"BAD", None, text, out);
}

/// The last line of a session (RFC 9051 §7.1.5).
pub(super) fn bye(out: &mut Vec<u8>, text: &str) {
    status("*", b"BYE", None, text, out);
}

/// The continuation request of a log-in: base64.
pub(super) fn challenge(message: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"+ ");
    out.extend_from_slice(sasl::encode(message).as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// ```abnf
/// resp-cond-state = ("OK" / "NO" / "BAD") SP ["[" resp-text-code "]" SP] text
/// ```
pub(super) fn status(
    tag: &str,
    word: &[u8],
    code: Option<&crate::code::Code>,
    text: &str,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(tag.as_bytes());
    out.push(b' ');
    out.extend_from_slice(word);
    out.push(b' ');
    if let Some(code) = code {
        out.push(b'[');
        code.print(out);
        out.extend_from_slice(b"] ");
    }
    out.extend(text.bytes().filter(|octet| !octet.is_ascii_control()));
    out.extend_from_slice(b"\r\n");
}
