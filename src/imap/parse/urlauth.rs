//! GENURLAUTH, URLFETCH and RESETKEY (RFC 4467 §9, RFC 5524 §5).

use crate::Limits;
use crate::command::{Command, KnownCommand, UrlFetch, UrlWanted};
use crate::deed::No;
use crate::parse::mailbox::mailbox;
use crate::parse::{Cursor, Parsed};

/// ```abnf
/// genurlauth = "GENURLAUTH" 1*(SP url-rump SP mechanism)
/// ```
pub(crate) fn gen_url_auth(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mut urls = Vec::new();
    while urls.is_empty() || cursor.peek() == Some(b' ') && cursor.clone().end().is_err() {
        enough(urls.len())?;
        cursor.space()?;
        let url = cursor.astring()?.into_owned();
        cursor.space()?;
        urls.push((url, mechanism(cursor)?));
    }
    Ok(Command::Known(KnownCommand::GenUrlAuth(urls)))
}

/// ```abnf
/// urlfetch = "URLFETCH" 1*(SP (url-full / "(" url-full *(SP url-fetch-param) ")"))
/// url-fetch-param = "BODY" / "BINARY" / "BODYPARTSTRUCTURE"
/// ```
pub(crate) fn url_fetch(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mut urls = Vec::new();
    while urls.is_empty() || cursor.peek() == Some(b' ') && cursor.clone().end().is_err() {
        enough(urls.len())?;
        cursor.space()?;
        let mut wanted = Vec::new();
        let url = if cursor.eat(b'(') {
            let url = cursor.astring()?.into_owned();
            while !cursor.eat(b')') {
                cursor.space()?;
                let one = match cursor.atom()?.to_ascii_uppercase().as_str() {
                    "BODY" => UrlWanted::Body,
                    "BINARY" => UrlWanted::Binary,
                    "BODYPARTSTRUCTURE" => UrlWanted::BodyPartStructure,
                    _ => return Err(No::bad("BODY, BINARY or BODYPARTSTRUCTURE was expected")),
                };
                if !wanted.contains(&one) {
                    wanted.push(one);
                }
            }
            url
        } else {
            cursor.astring()?.into_owned()
        };
        urls.push(UrlFetch { url, wanted });
    }
    Ok(Command::Known(KnownCommand::UrlFetch(urls)))
}

/// ```abnf
/// resetkey = "RESETKEY" [SP mailbox *(SP mechanism)]
/// ```
pub(crate) fn reset_key(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    if cursor.clone().end().is_ok() {
        return Ok(Command::Known(KnownCommand::ResetKey(None)));
    }
    let name = mailbox(cursor)?;
    let mut mechanisms = 0_usize;
    while cursor.peek() == Some(b' ') && cursor.clone().end().is_err() {
        enough(mechanisms)?;
        mechanisms = mechanisms.saturating_add(1);
        cursor.space()?;
        // Another mechanism's key is none that there is: its data are left out of URLMECH.
        mechanism(cursor)?;
    }
    Ok(Command::Known(KnownCommand::ResetKey(Some(name))))
}

/// ```abnf
/// mechanism = "INTERNAL" / 1*(ALPHA / DIGIT / "-" / ".")
/// ```
fn mechanism(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let name = cursor
        .take_while(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.'))
        .to_ascii_uppercase();
    String::from_utf8(name)
        .ok()
        .filter(|name| !name.is_empty())
        .ok_or_else(|| No::bad("A mechanism was expected, such as INTERNAL"))
}

fn enough(have: usize) -> Parsed<()> {
    if have < Limits::URLS {
        Ok(())
    } else {
        Err(No::bad("More URLs than the box takes in one command"))
    }
}
