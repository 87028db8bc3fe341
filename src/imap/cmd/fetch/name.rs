//! What an item that is a section is called in its response (RFC 9051 §7.5.2): as the client asked, without `.PEEK`, and with the first octet of
//! `<offset.length>`.

use crate::command::{FetchItem, PartNumber, Partial, Rfc822, SectionText};
use crate::print;

/// Prints an item's name as responses have it, with a space behind.
pub(super) fn print(item: &FetchItem, partial: Option<Partial>, out: &mut Vec<u8>) {
    match item {
        FetchItem::Rfc822(Rfc822::Whole) => out.extend_from_slice(b"RFC822"),
        FetchItem::Rfc822(Rfc822::Header) => out.extend_from_slice(b"RFC822.HEADER"),
        FetchItem::Rfc822(Rfc822::Text) => out.extend_from_slice(b"RFC822.TEXT"),
        FetchItem::Section { section, .. } => {
            out.extend_from_slice(b"BODY[");
            number(&section.part, out);
            if section.text != SectionText::Whole && !section.part.is_empty() {
                out.push(b'.');
            }
            text(&section.text, out);
            out.push(b']');
        }
        FetchItem::Binary { part, .. } => {
            out.extend_from_slice(b"BINARY[");
            number(part, out);
            out.push(b']');
        }
        FetchItem::BinarySize(part) => {
            out.extend_from_slice(b"BINARY.SIZE[");
            number(part, out);
            out.push(b']');
        }
        _ => {}
    }
    if let Some(partial) = partial {
        out.push(b'<');
        print::number(partial.offset, out);
        out.push(b'>');
    }
    out.push(b' ');
}

fn number(part: &PartNumber, out: &mut Vec<u8>) {
    for (index, number) in part.iter().enumerate() {
        if index > 0 {
            out.push(b'.');
        }
        print::number((*number).into(), out);
    }
}

fn text(text: &SectionText, out: &mut Vec<u8>) {
    match text {
        SectionText::Whole => {}
        SectionText::Header => out.extend_from_slice(b"HEADER"),
        SectionText::Text => out.extend_from_slice(b"TEXT"),
        SectionText::Mime => out.extend_from_slice(b"MIME"),
        SectionText::HeaderFields { not, names } => {
            out.extend_from_slice(if *not {
                b"HEADER.FIELDS.NOT ("
            } else {
                b"HEADER.FIELDS ("
            });
            for (index, name) in names.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                print::astring(name.as_bytes(), false, out);
            }
            out.push(b')');
        }
    }
}
