//! The grammar of commands: one line without its CRLF becomes a [`Command`] or a [`CommandError`].
//!
//! It promises to read any octets in linear time without recursion, and that no argument it lets through holds a control character.
//! It does not know the conversation: whether a command is due now is the session's to say. Each parser's
//! documentation is its ABNF; where it is laxer or stricter than the RFC, it says so.

mod delivery;
pub(crate) mod moment;
mod parameters;
mod path;

pub use delivery::{By, ByMode, Hold, Notify, Ret};
pub use parameters::{BodyType, MailParameters, RcptParameters};
pub use path::ForwardPath;

use crate::Reply;
use mail::Address;
use parameters::Parameters;

/// The longest name in HELO and EHLO, in octets (RFC 5321 §4.5.3.1.2).
const NAME: usize = 255;

/// One command, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// HELO with the client's name.
    Helo(&'a str),
    /// EHLO with the client's name.
    Ehlo(&'a str),
    /// MAIL; `None` is the null reverse-path.
    Mail(Option<Address>, MailParameters),
    /// RCPT.
    Rcpt(ForwardPath, RcptParameters),
    /// DATA.
    Data,
    /// BDAT (RFC 3030 §2).
    Bdat {
        /// Octets that follow this line.
        size: u64,
        /// Whether they are the message's last.
        last: bool,
    },
    /// RSET.
    Rset,
    /// NOOP; its argument means nothing.
    Noop,
    /// QUIT.
    Quit,
    /// VRFY; who is asked about does not matter, because nobody is told.
    Vrfy,
    /// EXPN.
    Expn,
    /// HELP.
    Help,
    /// STARTTLS (RFC 3207 §4).
    StartTls,
    /// AUTH (RFC 4954 §4).
    Auth {
        /// The mechanism's name as given, in any case.
        mechanism: &'a str,
        /// The initial response in base64, or `=` for an empty one.
        initial: Option<&'a str>,
    },
}

/// Why a line is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// No verb of ours.
    Unknown,
    /// A control character, or octets that are not UTF-8.
    Characters,
    /// An argument where there is none, or none where there is one.
    Arguments,
    /// HELO or EHLO with something that cannot be a name.
    Name,
    /// MAIL without `FROM:<...>`.
    MailSyntax,
    /// RCPT without `TO:<...>`.
    RcptSyntax,
    /// No mail address between the brackets of MAIL.
    ReversePath,
    /// No mail address between the brackets of RCPT.
    ForwardPath,
    /// A MAIL or RCPT parameter that was not announced.
    UnknownParameter,
    /// A known parameter with a wrong value, or twice.
    BadParameter,
    /// A reverse-path outside ASCII without SMTPUTF8 (RFC 6531 §3.5).
    NeedsSmtpUtf8,
    /// BDAT without a size: where the next command starts is not known.
    Chunk,
}

impl CommandError {
    /// What is answered.
    pub fn reply(self) -> Reply {
        match self {
            Self::Unknown => Reply::new(500, (5, 5, 1), "Command not recognized"),
            Self::Characters => Reply::new(
                501,
                (5, 5, 2),
                "Control characters and broken UTF-8 are not allowed",
            ),
            Self::Arguments => {
                Reply::new(501, (5, 5, 4), "Wrong number of arguments for this command")
            }
            Self::Name => Reply::new(501, (5, 5, 4), "Expected your host name or address literal"),
            Self::MailSyntax => Reply::new(
                501,
                (5, 5, 2),
                "Expected MAIL FROM:<address>, without a space after the colon",
            ),
            Self::RcptSyntax => Reply::new(
                501,
                (5, 5, 2),
                "Expected RCPT TO:<address>, without a space after the colon",
            ),
            Self::ReversePath => Reply::new(
                501,
                (5, 1, 7),
                "Expected an address like <name@example.org>, or <>",
            ),
            Self::ForwardPath => Reply::new(
                501,
                (5, 1, 3),
                "Expected an address like <name@example.org>",
            ),
            Self::UnknownParameter => Reply::new(
                555,
                (5, 5, 4),
                "Parameter not recognized; see the answer to EHLO",
            ),
            Self::BadParameter => Reply::new(
                501,
                (5, 5, 4),
                "Parameter given twice or with a wrong value",
            ),
            Self::NeedsSmtpUtf8 => Reply::new(
                550,
                (5, 6, 7),
                "An address outside ASCII needs the parameter SMTPUTF8",
            ),
            Self::Chunk => Reply::new(501, (5, 5, 4), "Expected BDAT size, or BDAT size LAST"),
        }
    }
}

/// What the grammar depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// Spaces behind the colon of `MAIL FROM:` and `RCPT TO:` are passed over: Outlook sends them.
    pub lax_paths: bool,
    /// MAIL may carry AUTH= (RFC 4954 §5).
    pub auth: bool,
    /// MAIL may carry REQUIRETLS (RFC 8689 §2).
    pub require_tls: bool,
    /// MAIL may carry HOLDFOR, HOLDUNTIL (RFC 4865 §4.2: nowhere else) and MT-PRIORITY (RFC 6710 §3).
    pub submission: bool,
}

impl<'a> Command<'a> {
    /// Reads one line without its CRLF. Verbs and keywords in any case; spaces at the line's end are passed over (RFC 5321 §4.1.1).
    ///
    /// `command = verb [ SP arguments ]`
    pub fn parse(line: &'a [u8], dialect: Dialect) -> Result<Command<'a>, CommandError> {
        let line = std::str::from_utf8(line).map_err(|_| CommandError::Characters)?;
        if line.chars().any(char::is_control) {
            return Err(CommandError::Characters);
        }
        let line = line.trim_end_matches(' ');
        let (verb, arguments) = match line.split_once(' ') {
            Some((verb, arguments)) => (verb, Some(arguments)),
            None => (line, None),
        };
        match verb.to_ascii_uppercase().as_str() {
            "HELO" => Ok(Command::Helo(name(arguments)?)),
            "EHLO" => Ok(Command::Ehlo(name(arguments)?)),
            "MAIL" => mail(arguments, dialect),
            "RCPT" => rcpt(arguments, dialect),
            "DATA" => alone(Command::Data, arguments),
            "BDAT" => bdat(arguments),
            "RSET" => alone(Command::Rset, arguments),
            "NOOP" => Ok(Command::Noop),
            "QUIT" => alone(Command::Quit, arguments),
            "VRFY" => arguments
                .map(|_| Command::Vrfy)
                .ok_or(CommandError::Arguments),
            "EXPN" => arguments
                .map(|_| Command::Expn)
                .ok_or(CommandError::Arguments),
            "HELP" => Ok(Command::Help),
            "STARTTLS" => alone(Command::StartTls, arguments),
            "AUTH" => auth(arguments),
            _ => Err(CommandError::Unknown),
        }
    }
}

/// Whether the octets begin like an HTTP request: a browser was made to talk to us (ALPACA), and nothing it says is meant.
pub fn is_http(octets: &[u8]) -> bool {
    const METHODS: [&[u8]; 11] = [
        b"GET ",
        b"HEAD ",
        b"POST ",
        b"PUT ",
        b"DELETE ",
        b"CONNECT ",
        b"OPTIONS ",
        b"TRACE ",
        b"PATCH ",
        b"PRI ",
        b"PROPFIND ",
    ];
    METHODS.iter().any(|method| {
        octets
            .get(..method.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(method))
    })
}

/// Whether the octets begin like a TLS handshake: the client takes this for a port where TLS comes first.
pub fn is_tls(octets: &[u8]) -> bool {
    octets.first() == Some(&0x16)
}

/// `helo = "HELO" SP Domain`, `ehlo = "EHLO" SP ( Domain / address-literal )`, RFC 5321 §4.1.1.1.
///
/// Laxer: underscores, single labels and UTF-8, which real clients send; the name proves nothing and is not to be a
/// reason for refusing mail (§4.1.4). Spaces, brackets of other kinds and quotes never pass.
fn name(arguments: Option<&str>) -> Result<&str, CommandError> {
    let name = arguments.ok_or(CommandError::Arguments)?;
    let fits = |c: char| {
        c.is_ascii_alphanumeric() || "-._:[]".contains(c) || (!c.is_ascii() && !c.is_whitespace())
    };
    match name.len() {
        1..=NAME if name.chars().all(fits) => Ok(name),
        _ => Err(CommandError::Name),
    }
}

/// `mail = "MAIL FROM:" Reverse-path [SP Mail-parameters]`, `Reverse-path = Path / "<>"`, RFC 5321 §4.1.1.2.
fn mail(arguments: Option<&str>, dialect: Dialect) -> Result<Command<'_>, CommandError> {
    let rest = keyword(arguments, "FROM:", dialect).ok_or(CommandError::MailSyntax)?;
    let (path, rest) = path::bracketed(rest).ok_or(CommandError::MailSyntax)?;
    let reverse_path = path::reverse(path).ok_or(CommandError::ReversePath)?;
    let parameters = MailParameters::parse(Parameters::new(rest), dialect)?;
    if !parameters.smtputf8
        && reverse_path
            .as_ref()
            .is_some_and(|address| !address.is_ascii())
    {
        return Err(CommandError::NeedsSmtpUtf8);
    }
    Ok(Command::Mail(reverse_path, parameters))
}

/// `rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters]`, RFC 5321 §4.1.1.3.
fn rcpt(arguments: Option<&str>, dialect: Dialect) -> Result<Command<'_>, CommandError> {
    let rest = keyword(arguments, "TO:", dialect).ok_or(CommandError::RcptSyntax)?;
    let (path, rest) = path::bracketed(rest).ok_or(CommandError::RcptSyntax)?;
    let forward_path = path::forward(path).ok_or(CommandError::ForwardPath)?;
    let parameters = RcptParameters::parse(Parameters::new(rest))?;
    Ok(Command::Rcpt(forward_path, parameters))
}

/// `bdat-cmd = "BDAT" SP chunk-size [ SP "LAST" ]`, `chunk-size = 1*DIGIT`, RFC 3030 §2.
fn bdat(arguments: Option<&str>) -> Result<Command<'_>, CommandError> {
    let arguments = arguments.ok_or(CommandError::Chunk)?;
    let (size, last) = match arguments.split_once(' ') {
        Some((size, marker)) if marker.eq_ignore_ascii_case("LAST") => (size, true),
        Some(_) => return Err(CommandError::Chunk),
        None => (arguments, false),
    };
    // `parse` alone would take a sign.
    if !size.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(CommandError::Chunk);
    }
    let size = size.parse().map_err(|_| CommandError::Chunk)?;
    Ok(Command::Bdat { size, last })
}

/// `auth = "AUTH" SP sasl-mech [SP initial-response]`, `initial-response = base64 / "="`, RFC 4954 §4.
fn auth(arguments: Option<&str>) -> Result<Command<'_>, CommandError> {
    let arguments = arguments.ok_or(CommandError::Arguments)?;
    match arguments.split_once(' ') {
        Some((_, initial)) if initial.contains(' ') => Err(CommandError::Arguments),
        Some((mechanism, initial)) => Ok(Command::Auth {
            mechanism,
            initial: Some(initial),
        }),
        None => Ok(Command::Auth {
            mechanism: arguments,
            initial: None,
        }),
    }
}

/// A verb that takes no argument (RFC 5321 §4.3.2: 501 if there is one).
fn alone<'a>(command: Command<'a>, arguments: Option<&str>) -> Result<Command<'a>, CommandError> {
    match arguments {
        None => Ok(command),
        Some(_) => Err(CommandError::Arguments),
    }
}

/// What follows `FROM:` or `TO:`, in any case.
fn keyword<'a>(arguments: Option<&'a str>, keyword: &str, dialect: Dialect) -> Option<&'a str> {
    let (start, rest) = arguments?.split_at_checked(keyword.len())?;
    let rest = if dialect.lax_paths {
        rest.trim_start_matches(' ')
    } else {
        rest
    };
    start.eq_ignore_ascii_case(keyword).then_some(rest)
}

#[cfg(test)]
#[path = "command_tests.rs"]
mod tests;
