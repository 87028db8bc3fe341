//! FETCH (RFC 9051 §6.4.5, RFC 3501, RFC 3516).

use crate::Limits;
use crate::command::{
    Command, Fetch, FetchItem, OpenCommand, PartNumber, Partial, Rfc822, Section, SectionText,
};
use crate::deed::No;
use crate::parse::set::set;
use crate::parse::{Cursor, Parsed, modifiers};

/// FETCH.
pub(crate) fn fetch(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    arguments(cursor, false)
}

/// UID FETCH.
pub(crate) fn uid_fetch(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    arguments(cursor, true)
}

/// ```abnf
/// fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")
///         [fetch-modifiers]   ; RFC 4466 §2.4
/// ```
fn arguments(cursor: &mut Cursor<'_>, uid: bool) -> Parsed<Command> {
    cursor.space()?;
    let set = set(cursor)?;
    cursor.space()?;
    let fast = [
        FetchItem::Flags,
        FetchItem::InternalDate,
        FetchItem::Rfc822Size,
    ];
    let mut items = Vec::new();
    if cursor.peek() == Some(b'(') {
        cursor.list(false, Limits::FETCH_ITEMS, |cursor| {
            let item = item(cursor)?;
            if !items.contains(&item) {
                items.push(item);
            }
            Ok(())
        })?;
    } else if cursor.word("FAST") {
        items.extend(fast);
    } else if cursor.word("ALL") {
        items.extend(fast.into_iter().chain([FetchItem::Envelope]));
    } else if cursor.word("FULL") {
        items.extend(
            fast.into_iter()
                .chain([FetchItem::Envelope, FetchItem::Body]),
        );
    } else {
        items.push(item(cursor)?);
    }
    let mut fetch = Fetch {
        set,
        uid,
        items,
        changed_since: None,
        vanished: false,
        partial: None,
    };
    modifiers::fetch(cursor, &mut fetch)?;
    Ok(Command::Open(OpenCommand::Fetch(fetch)))
}

/// ```abnf
/// fetch-att = "ENVELOPE" / "FLAGS" / "INTERNALDATE" / "RFC822.SIZE" / "BODY" ["STRUCTURE"] / "UID" /
///             "BODY" [".PEEK"] section [partial] / "BINARY" [".PEEK"] section-binary [partial] / "BINARY.SIZE" section-binary
///             / "RFC822" [".HEADER" / ".TEXT"] / "MODSEQ"
/// ```
pub(crate) fn item(cursor: &mut Cursor<'_>) -> Parsed<FetchItem> {
    let name = cursor
        .take_while(|octet| octet.is_ascii_alphanumeric() || octet == b'.')
        .to_ascii_uppercase();
    let bracket = cursor.peek() == Some(b'[');
    Ok(match (name.as_slice(), bracket) {
        (b"FLAGS", false) => FetchItem::Flags,
        (b"UID", false) => FetchItem::Uid,
        (b"INTERNALDATE", false) => FetchItem::InternalDate,
        (b"RFC822.SIZE", false) => FetchItem::Rfc822Size,
        (b"EMAILID", false) => FetchItem::EmailId,
        (b"THREADID", false) => FetchItem::ThreadId,
        (b"SAVEDATE", false) => FetchItem::SaveDate,
        (b"PREVIEW", false) => preview(cursor)?,
        (b"MODSEQ", false) => FetchItem::ModSeq,
        (b"ENVELOPE", false) => FetchItem::Envelope,
        (b"BODYSTRUCTURE", false) => FetchItem::BodyStructure,
        (b"BODY", false) => FetchItem::Body,
        (b"RFC822", false) => FetchItem::Rfc822(Rfc822::Whole),
        (b"RFC822.HEADER", false) => FetchItem::Rfc822(Rfc822::Header),
        (b"RFC822.TEXT", false) => FetchItem::Rfc822(Rfc822::Text),
        (b"BODY" | b"BODY.PEEK", true) => FetchItem::Section {
            section: section(cursor)?,
            peek: name.len() > 4,
            partial: partial(cursor)?,
        },
        (b"BINARY" | b"BINARY.PEEK", true) => FetchItem::Binary {
            part: section_binary(cursor)?,
            peek: name.len() > 6,
            partial: partial(cursor)?,
        },
        (b"BINARY.SIZE", true) => FetchItem::BinarySize(section_binary(cursor)?),
        _ => return Err(No::bad("The box does not know this item of FETCH")),
    })
}

/// ```abnf
/// fetch-att =/ "PREVIEW" [SP "(" preview-mod *(SP preview-mod) ")"]
/// preview-mod = "LAZY"
/// ```
fn preview(cursor: &mut Cursor<'_>) -> Parsed<FetchItem> {
    let lazy = cursor.looks_at(b" (");
    if lazy {
        cursor.space()?;
        cursor.list(false, 16, |cursor| {
            if cursor.word("LAZY") {
                return Ok(());
            }
            Err(No::bad("PREVIEW has no modifier but LAZY"))
        })?;
    }
    Ok(FetchItem::Preview { lazy })
}

/// ```abnf
/// section = "[" [section-spec] "]"
/// section-spec = section-msgtext / (section-part ["." section-text])
/// ```
fn section(cursor: &mut Cursor<'_>) -> Parsed<Section> {
    cursor.expect(b'[', "A section was expected")?;
    let (part, more) = section_part(cursor)?;
    let text = if cursor.peek() == Some(b']') && !more {
        SectionText::Whole
    } else {
        section_text(cursor, !part.is_empty())?
    };
    cursor.expect(b']', "The end of the section was expected")?;
    Ok(Section { part, text })
}

/// A section without its brackets, as a URL has it (RFC 5092 §6); not empty.
pub(crate) fn section_spec(text: &[u8]) -> Parsed<Section> {
    let bracketed = [b"[", text, b"]"].concat();
    let mut cursor = Cursor::new(&bracketed, true);
    let found = section(&mut cursor)?;
    cursor.end()?;
    if text.is_empty() {
        return Err(No::bad("A section was expected"));
    }
    Ok(found)
}

/// ```abnf
/// section-binary = "[" [section-part] "]"
/// ```
fn section_binary(cursor: &mut Cursor<'_>) -> Parsed<PartNumber> {
    cursor.expect(b'[', "A section was expected")?;
    let (part, more) = section_part(cursor)?;
    if more {
        return Err(No::bad("A part number was expected"));
    }
    cursor.expect(b']', "The end of the section was expected")?;
    Ok(part)
}

/// The numbers, and whether a dot without a number stood behind them.
fn section_part(cursor: &mut Cursor<'_>) -> Parsed<(PartNumber, bool)> {
    let mut part = PartNumber::new();
    while cursor.peek().is_some_and(|octet| octet.is_ascii_digit()) {
        if part.len() >= Limits::PART_DEPTH {
            return Err(No::bad("No message of this box is that deep"));
        }
        part.push(cursor.nz_number()?.get());
        if !cursor.eat(b'.') {
            return Ok((part, false));
        }
    }
    let more = !part.is_empty();
    Ok((part, more))
}

/// ```abnf
/// section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
/// section-text = section-msgtext / "MIME"
/// ```
fn section_text(cursor: &mut Cursor<'_>, in_part: bool) -> Parsed<SectionText> {
    let not = match cursor.atom()?.to_ascii_uppercase().as_str() {
        "HEADER" => return Ok(SectionText::Header),
        "TEXT" => return Ok(SectionText::Text),
        "MIME" if in_part => return Ok(SectionText::Mime),
        "HEADER.FIELDS" => false,
        "HEADER.FIELDS.NOT" => true,
        _ => {
            return Err(No::bad(
                "HEADER, HEADER.FIELDS, TEXT or (behind a part number) MIME was expected",
            ));
        }
    };
    cursor.space()?;
    let mut names = Vec::new();
    cursor.list(false, Limits::HEADER_NAMES, |cursor| {
        let name = cursor.astring()?;
        let fits = !name.is_empty()
            && name
                .iter()
                .all(|octet| octet.is_ascii_graphic() && *octet != b':');
        let name = String::from_utf8(name.into_owned()).ok().filter(|_| fits);
        names.push(name.ok_or_else(|| No::bad("The name of a header field was expected"))?);
        Ok(())
    })?;
    Ok(SectionText::HeaderFields { not, names })
}

/// ```abnf
/// partial = "<" number64 "." nz-number64 ">"
/// ```
fn partial(cursor: &mut Cursor<'_>) -> Parsed<Option<Partial>> {
    if !cursor.eat(b'<') {
        return Ok(None);
    }
    let offset = cursor.number64()?;
    cursor.expect(b'.', "<offset.length> was expected")?;
    let length = cursor.number64()?;
    cursor.expect(b'>', "<offset.length> was expected")?;
    if length == 0 {
        return Err(No::bad("At least one octet must be asked for"));
    }
    Ok(Some(Partial { offset, length }))
}
