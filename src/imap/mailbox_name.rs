//! Mailbox names on the wire: modified UTF-7 (RFC 3501 §5.1.3) to a rev1 client, UTF-8 to one that has enabled rev2.
//!
//! Promises: [`encode`] of any name decodes to the same name; a name has one encoding. Inside the box a name is UTF-8, its levels
//! are parted by `/`, and INBOX is upper case (A32, A33).

use base64::Engine as _;
use base64::alphabet::Alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use crate::Limits;
use crate::command::MailboxName;
use crate::print;

/// Base64 with `,` for `/` and without padding; trailing bits must be zero.
static MODIFIED: std::sync::LazyLock<Option<GeneralPurpose>> = std::sync::LazyLock::new(|| {
    let alphabet =
        Alphabet::new("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").ok()?;
    Some(GeneralPurpose::new(
        &alphabet,
        GeneralPurposeConfig::new()
            .with_encode_padding(false)
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
    ))
});

/// The name that a client means: decoded, `/` at its end dropped (A23), INBOX in upper case. `None`: not in the encoding, a control
/// character in it, an empty level, or longer than [`Limits::MAILBOX_NAME`].
pub fn decode(wire: &[u8], utf8: bool) -> Option<MailboxName> {
    let name = text(wire, utf8)?;
    let name = name.strip_suffix('/').unwrap_or(&name);
    let empty_level = !name.is_empty() && name.split('/').any(str::is_empty);
    if empty_level || name.len() > Limits::MAILBOX_NAME || name.chars().any(is_no_name) {
        return None;
    }
    let (first, rest) = name
        .split_once('/')
        .map_or((name, None), |(first, rest)| (first, Some(rest)));
    if !first.eq_ignore_ascii_case("INBOX") {
        return Some(name.to_owned());
    }
    Some(rest.map_or_else(|| "INBOX".to_owned(), |rest| format!("INBOX/{rest}")))
}

/// Control characters, and what ends lines and paragraphs (RFC 6855 §3).
fn is_no_name(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}

/// A reference or pattern of LIST: decoded where it can be (a `*` may stand anywhere), and else taken as it is, which then matches
/// nothing.
pub fn decode_pattern(wire: &[u8], utf8: bool) -> String {
    text(wire, utf8).unwrap_or_else(|| String::from_utf8_lossy(wire).into_owned())
}

/// Prints a name as an astring in the client's encoding.
pub fn print(name: &str, utf8: bool, out: &mut Vec<u8>) {
    if utf8 {
        print::astring(name.as_bytes(), true, out);
    } else {
        print::astring(encode(name).as_bytes(), false, out);
    }
}

/// Octets from 0x80 on mean UTF-8 in any session: modified UTF-7 has none.
fn text(wire: &[u8], utf8: bool) -> Option<String> {
    let name = std::str::from_utf8(wire).ok()?;
    if utf8 || !name.is_ascii() {
        Some(name.to_owned())
    } else {
        decode_utf7(name)
    }
}

/// Modified UTF-7 to UTF-8. `None`: unfinished or needless encoding, lone surrogates.
fn decode_utf7(wire: &str) -> Option<String> {
    let mut out = String::with_capacity(wire.len());
    let mut rest = wire;
    let mut just_shifted = false;
    while let Some((plain, after)) = rest.split_once('&') {
        out.push_str(plain);
        let (shifted, tail) = after.split_once('-')?;
        if shifted.is_empty() {
            out.push('&');
            just_shifted = false;
        } else {
            // `&...-&...-` would be one shift (RFC 3501: no superfluous shifts).
            if just_shifted && plain.is_empty() {
                return None;
            }
            let octets = MODIFIED.as_ref()?.decode(shifted).ok()?;
            let (units, odd) = octets.as_chunks::<2>();
            if !odd.is_empty() {
                return None;
            }
            let units = units.iter().map(|pair| u16::from_be_bytes(*pair));
            for decoded in char::decode_utf16(units) {
                let decoded = decoded.ok()?;
                // What is printable ASCII stands for itself.
                if matches!(decoded, ' '..='~') {
                    return None;
                }
                out.push(decoded);
            }
            just_shifted = true;
        }
        rest = tail;
    }
    out.push_str(rest);
    Some(out)
}

/// UTF-8 to modified UTF-7.
pub fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut shifted: Vec<u8> = Vec::new();
    let flush = |shifted: &mut Vec<u8>, out: &mut String| {
        if let (Some(engine), false) = (MODIFIED.as_ref(), shifted.is_empty()) {
            out.push('&');
            out.push_str(&engine.encode(&shifted));
            out.push('-');
        }
        shifted.clear();
    };
    for character in name.chars() {
        match character {
            ' '..='~' => {
                flush(&mut shifted, &mut out);
                out.push(character);
                if character == '&' {
                    out.push('-');
                }
            }
            _ => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    shifted.extend_from_slice(&unit.to_be_bytes());
                }
            }
        }
    }
    flush(&mut shifted, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let table = [
            ("INBOX", "INBOX"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("R&D", "R&-D"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("☺!", "&Jjo-!"),
            ("📮 Post", "&2D3c7g- Post"),
            ("a&&b", "a&-&-b"),
            ("é&é", "&AOk-&-&AOk-"),
            ("", ""),
        ];
        for (name, wire) in table {
            assert_eq!(encode(name), wire);
            assert_eq!(
                decode(wire.as_bytes(), false).as_deref(),
                Some(name),
                "{wire}"
            );
            assert_eq!(decode(name.as_bytes(), true).as_deref(), Some(name));
        }
        assert_eq!(
            decode("Entwürfe".as_bytes(), false).as_deref(),
            Some("Entwürfe"),
            "raw UTF-8 means itself"
        );
        assert_eq!(
            decode(b"R&-D", true).as_deref(),
            Some("R&-D"),
            "rev2 has no modified UTF-7"
        );
    }

    #[test]
    fn inbox_in_any_case() {
        for (wire, name) in [
            ("inbox", "INBOX"),
            ("InBoX/", "INBOX"),
            ("inbox/Work", "INBOX/Work"),
            ("inboxes", "inboxes"),
            ("a/inbox", "a/inbox"),
        ] {
            assert_eq!(decode(wire.as_bytes(), false).as_deref(), Some(name));
        }
    }

    #[test]
    fn what_is_no_name() {
        let wrong: [&[u8]; 12] = [
            b"&",
            b"a&b",
            b"&AGE-",
            b"&Jjo-&Jjo-",
            b"&Jjo",
            b"&2D0-",
            b"&3K4-",
            b"&Jj-",
            b"a//b",
            b"/a",
            b"a\x07",
            b"\xff\xfe",
        ];
        for wire in wrong {
            assert_eq!(
                decode(wire, false),
                None,
                "{}",
                String::from_utf8_lossy(wire)
            );
        }
        assert_eq!(decode(&vec![b'a'; Limits::MAILBOX_NAME + 1], false), None);
        assert_eq!(decode_pattern(b"a&%", false), "a&%");
    }
}
