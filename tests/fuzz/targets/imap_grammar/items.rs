//! FETCH's items as a client would send them.

use imap::command::{Fetch, FetchItem, Partial, Rfc822, Section, SectionText};

use crate::print::Line;

/// One item.
pub(crate) fn item(line: &mut Line, item: &FetchItem) {
    match item {
        FetchItem::Flags => line.put("FLAGS"),
        FetchItem::Uid => line.put("UID"),
        FetchItem::InternalDate => line.put("INTERNALDATE"),
        FetchItem::Rfc822Size => line.put("RFC822.SIZE"),
        FetchItem::EmailId => line.put("EMAILID"),
        FetchItem::ThreadId => line.put("THREADID"),
        FetchItem::SaveDate => line.put("SAVEDATE"),
        FetchItem::Preview { lazy: false } => line.put("PREVIEW"),
        FetchItem::Preview { lazy: true } => line.put("PREVIEW (LAZY)"),
        FetchItem::ModSeq => line.put("MODSEQ"),
        FetchItem::Envelope => line.put("ENVELOPE"),
        FetchItem::Body => line.put("BODY"),
        FetchItem::BodyStructure => line.put("BODYSTRUCTURE"),
        FetchItem::Rfc822(Rfc822::Whole) => line.put("RFC822"),
        FetchItem::Rfc822(Rfc822::Header) => line.put("RFC822.HEADER"),
        FetchItem::Rfc822(Rfc822::Text) => line.put("RFC822.TEXT"),
        FetchItem::Section {
            section: of,
            peek,
            partial: piece,
        } => {
            line.put(if *peek { "BODY.PEEK[" } else { "BODY[" });
            section(line, of);
            line.put("]");
            partial(line, *piece)
        }
        FetchItem::Binary {
            part,
            peek,
            partial: piece,
        } => {
            line.put(if *peek { "BINARY.PEEK[" } else { "BINARY[" })
                .put(numbers(part))
                .put("]");
            partial(line, *piece)
        }
        FetchItem::BinarySize(part) => line.put("BINARY.SIZE[").put(numbers(part)).put("]"),
    };
}

/// What stands behind the items.
pub(crate) fn modifiers(line: &mut Line, fetch: &Fetch) {
    let mut all = Vec::new();
    all.extend(
        fetch
            .changed_since
            .map(|since| format!("CHANGEDSINCE {since}")),
    );
    all.extend(fetch.vanished.then(|| "VANISHED".to_owned()));
    all.extend(fetch.partial.map(|page| {
        let mut text = b"PARTIAL ".to_vec();
        page.print(&mut text);
        String::from_utf8(text).unwrap()
    }));
    if !all.is_empty() {
        line.put(format!(" ({})", all.join(" ")));
    }
}

pub(crate) fn section(line: &mut Line, section: &Section) {
    let Section { part, text } = section;
    line.put(numbers(part));
    if !part.is_empty() && *text != SectionText::Whole {
        line.put(".");
    }
    match text {
        SectionText::Whole => line,
        SectionText::Header => line.put("HEADER"),
        SectionText::Text => line.put("TEXT"),
        SectionText::Mime => line.put("MIME"),
        SectionText::HeaderFields { not, names } => {
            line.put(if *not {
                "HEADER.FIELDS.NOT "
            } else {
                "HEADER.FIELDS "
            });
            line.list(names, |line, name| {
                line.string(name.as_bytes());
            })
        }
    };
}

fn numbers(part: &[u32]) -> String {
    let numbers: Vec<String> = part.iter().map(u32::to_string).collect();
    numbers.join(".")
}

fn partial(line: &mut Line, partial: Option<Partial>) -> &mut Line {
    match partial {
        Some(Partial { offset, length }) => line.put(format!("<{offset}.{length}>")),
        None => line,
    }
}
