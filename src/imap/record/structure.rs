//! BODYSTRUCTURE with every extension field (RFC 9051 §7.5.2, A19); what BODY leaves out stands between marks.
//!
//! ```abnf
//! body-type-mpart = 1*body SP media-subtype [SP body-fld-param SP body-fld-dsp SP body-fld-lang SP body-fld-loc]
//! body-type-1part = media SP body-fields [SP envelope SP body] [SP body-fld-lines] [SP body-fld-md5 SP body-fld-dsp SP body-fld-lang SP body-fld-loc]
//! ```

use mail::{Message, Part};

use super::{CLOSE, OPEN, envelope, text};
use crate::print;

/// What is still to be printed; a stack of its own, because a message chooses how deep it is.
enum Rest<'a> {
    Body(u32),
    MultipartEnd(&'a Part),
    MessageEnd(&'a Part),
    Space,
}

/// Prints the structure of the whole message. Never malformed: a multipart or message without a child gets an empty text (A25).
pub(super) fn print(message: &Message, utf8: bool, out: &mut Vec<u8>) {
    let mut stack = vec![Rest::Body(0)];
    // A tree prints each part once; the count guards against one that is none.
    let mut left = message.parts.len().max(1);
    while let Some(rest) = stack.pop() {
        match rest {
            Rest::Space => out.push(b' '),
            Rest::MultipartEnd(part) => multipart_end(part, utf8, out),
            Rest::MessageEnd(part) => message_end(part, utf8, out),
            Rest::Body(index) => {
                let part = if left == 0 { None } else { message.part(index) };
                left = left.saturating_sub(1);
                let Some(part) = part else {
                    empty_text(out);
                    continue;
                };
                out.push(b'(');
                if part.is_multipart() {
                    stack.push(Rest::MultipartEnd(part));
                    if part.children.is_empty() {
                        empty_text(out);
                    }
                    stack.extend(part.children.iter().rev().map(|child| Rest::Body(*child)));
                    continue;
                }
                fields(part, utf8, out);
                // RFC 3501 knows no message/global: to its clients it is a part like any other.
                match part.children.first() {
                    Some(child) if part.is_message() && (utf8 || part.subtype == "rfc822") => {
                        out.push(b' ');
                        envelope::print(
                            message
                                .part(*child)
                                .and_then(|child| child.envelope.as_deref()),
                            utf8,
                            out,
                        );
                        stack.push(Rest::MessageEnd(part));
                        stack.push(Rest::Body(*child));
                        stack.push(Rest::Space);
                    }
                    _ if part.media_type == "text" => message_end(part, utf8, out),
                    _ => single_end(part, utf8, out),
                }
            }
        }
    }
}

/// Media type and body-fields.
fn fields(part: &Part, utf8: bool, out: &mut Vec<u8>) {
    let childless =
        part.media_type == "message" && part.subtype == "rfc822" && part.children.is_empty();
    let (media_type, subtype) = if childless {
        ("application", "octet-stream")
    } else {
        (part.media_type.as_str(), part.subtype.as_str())
    };
    text::string(media_type.as_bytes(), utf8, out);
    out.push(b' ');
    text::string(subtype.as_bytes(), utf8, out);
    out.push(b' ');
    if part.media_type == "text" && part.param("charset").is_none() {
        // RFC 2046 §4.1.2: the default, said outright because clients guess otherwise.
        let mut with: Vec<(String, String)> = vec![("charset".into(), "us-ascii".into())];
        with.extend(part.params.iter().cloned());
        text::params(&with, utf8, out);
    } else {
        text::params(&part.params, utf8, out);
    }
    out.push(b' ');
    text::nstring(part.id.as_deref(), utf8, out);
    out.push(b' ');
    text::nstring(part.description.as_deref(), utf8, out);
    out.push(b' ');
    text::string(
        if part.encoding.is_empty() {
            b"7bit"
        } else {
            part.encoding.as_bytes()
        },
        utf8,
        out,
    );
    out.push(b' ');
    print::number(part.body.end.saturating_sub(part.body.start), out);
}

/// Lines, and what ends every single part.
fn message_end(part: &Part, utf8: bool, out: &mut Vec<u8>) {
    out.push(b' ');
    print::number(part.body_lines, out);
    single_end(part, utf8, out);
}

fn single_end(part: &Part, utf8: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(&[OPEN, b' ']);
    text::nstring(part.md5.as_deref(), utf8, out);
    extension(part, utf8, out);
    out.extend_from_slice(&[CLOSE, b')']);
}

fn multipart_end(part: &Part, utf8: bool, out: &mut Vec<u8>) {
    out.push(b' ');
    text::string(part.subtype.as_bytes(), utf8, out);
    out.extend_from_slice(&[OPEN, b' ']);
    text::params(&part.params, utf8, out);
    extension(part, utf8, out);
    out.extend_from_slice(&[CLOSE, b')']);
}

/// Disposition, language, location.
fn extension(part: &Part, utf8: bool, out: &mut Vec<u8>) {
    match &part.disposition {
        None => out.extend_from_slice(b" NIL "),
        Some((kind, params)) => {
            out.extend_from_slice(b" (");
            text::string(kind.as_bytes(), utf8, out);
            out.push(b' ');
            text::params(params, utf8, out);
            out.extend_from_slice(b") ");
        }
    }
    match part.language.as_slice() {
        [] => out.extend_from_slice(b"NIL"),
        [one] => text::string(one.as_bytes(), utf8, out),
        several => {
            out.push(b'(');
            for (at, language) in several.iter().enumerate() {
                if at > 0 {
                    out.push(b' ');
                }
                text::string(language.as_bytes(), utf8, out);
            }
            out.push(b')');
        }
    }
    out.push(b' ');
    text::nstring(part.location.as_deref(), utf8, out);
}

fn empty_text(out: &mut Vec<u8>) {
    out.extend_from_slice(br#"("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0"#);
    out.push(OPEN);
    out.extend_from_slice(b" NIL NIL NIL NIL");
    out.extend_from_slice(&[CLOSE, b')']);
}
