//! The commands of every state and of the log-in (RFC 9051 §6.1, §6.2), ENABLE and ID.

use crate::Limits;
use crate::code::Code;
use crate::command::{Authenticate, Command, Login};
use crate::deed::No;
use crate::parse::{Cursor, Parsed};

/// ```abnf
/// login = "LOGIN" SP userid SP password
/// ```
pub(crate) fn login(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.space()?;
    let user = cursor.astring()?.into_owned();
    cursor.space()?;
    let password = sasl::Secret::new(cursor.astring()?.into_owned());
    let wrong = |_| {
        No::with(
            Code::AuthenticationFailed,
            "The name or the password is wrong",
        )
    };
    Ok(Command::Login(Login {
        user: String::from_utf8(user).map_err(wrong)?,
        password,
    }))
}

/// ```abnf
/// authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp]
/// ```
pub(crate) fn authenticate(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.space()?;
    let mechanism = cursor.atom()?.to_ascii_uppercase();
    let initial = if cursor.eat(b' ') && !cursor.is_at_end() {
        Some(sasl::Secret::new(
            cursor.take_while(|octet| octet.is_ascii_graphic()).to_vec(),
        ))
    } else {
        None
    };
    Ok(Command::Authenticate(Authenticate { mechanism, initial }))
}

/// ```abnf
/// enable = "ENABLE" 1*(SP capability)
/// ```
pub(crate) fn enable(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    const MOST: usize = 50;
    let mut names = Vec::new();
    loop {
        cursor.space()?;
        names.push(cursor.atom()?.to_ascii_uppercase());
        if cursor.is_at_end() {
            return Ok(Command::Enable(names));
        }
        if names.len() >= MOST {
            return Err(No::bad("This list is longer than the box takes"));
        }
    }
}

/// ```abnf
/// id = "ID" SP id-params-list   ; RFC 2971 §4
/// id-params-list = "(" *(string SP nstring) ")" / nil
/// ```
pub(crate) fn id(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.space()?;
    if cursor.word("NIL") {
        return Ok(Command::Id);
    }
    cursor.list(true, Limits::ID_FIELDS, |cursor| {
        cursor.string()?;
        cursor.space()?;
        cursor.nstring()?;
        Ok(())
    })?;
    Ok(Command::Id)
}

/// ```abnf
/// compress = "COMPRESS" SP algorithm   ; RFC 4978 §5
/// algorithm = "DEFLATE"
/// ```
pub(crate) fn compress(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.space()?;
    if cursor.word("DEFLATE") {
        Ok(Command::Compress)
    } else {
        Err(No::bad("DEFLATE is the only compression that there is"))
    }
}

/// ```abnf
/// language-cmd = "LANGUAGE" *(SP lang-range-quoted)   ; RFC 5255 §3.5
/// lang-range-quoted = astring
/// ```
pub(crate) fn language(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let mut ranges = Vec::new();
    while cursor.eat(b' ') && !cursor.is_at_end() {
        if ranges.len() >= Limits::LANGUAGES {
            return Err(No::bad("This list is longer than the box takes"));
        }
        let range = cursor.astring()?;
        ranges.push(String::from_utf8_lossy(&range).into_owned());
    }
    Ok(Command::Language(ranges))
}
