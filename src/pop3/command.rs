//! The commands and their grammar (RFC 2449 §3): `command = keyword *(SP param) CRLF`, in any case, numbers in decimal.
//!
//! Parsing is total: any line is a command or a reason why it is none. Spaces at the end and doubled spaces are forgiven, except in a password.

/// A command with its arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command<'a> {
    /// `AUTH` alone: which mechanisms are there? Not in RFC 5034, but older clients ask so.
    AuthList,
    /// `AUTH mechanism [initial-response]` (RFC 5034 §4)
    Auth {
        mechanism: &'a str,
        initial: Option<&'a str>,
    },
    Capa,
    /// `DELE msg`
    Dele(u32),
    /// `LANG`, `LANG range` (RFC 6856 §3)
    Lang(Option<&'a str>),
    /// `LIST [msg]`
    List(Option<u32>),
    Noop,
    /// `PASS string`: everything behind the first space (RFC 1939 §7)
    Pass(&'a str),
    Quit,
    /// `RETR msg`
    Retr(u32),
    Rset,
    Stat,
    Stls,
    /// `TOP msg n`
    Top(u32, u64),
    /// `UIDL [msg]`
    Uidl(Option<u32>),
    /// `USER name`
    User(&'a str),
    Utf8,
}

/// In which state a command may be given (RFC 1939 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Authorization,
    Transaction,
    Both,
}

/// Why a line is not a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    Unknown,
    /// The form that was expected.
    Expected(&'static str),
}

impl Malformed {
    pub(crate) fn text(&self) -> &'static str {
        match self {
            Malformed::Unknown => "unknown command; CAPA lists what this server can do",
            Malformed::Expected(form) => form,
        }
    }
}

impl Command<'_> {
    /// The state that the command belongs to.
    pub(crate) fn when(&self) -> When {
        match self {
            Command::Capa | Command::Lang(_) | Command::Quit => When::Both,
            Command::AuthList
            | Command::Auth { .. }
            | Command::Pass(_)
            | Command::Stls
            | Command::User(_)
            | Command::Utf8 => When::Authorization,
            Command::Dele(_)
            | Command::List(_)
            | Command::Noop
            | Command::Retr(_)
            | Command::Rset
            | Command::Stat
            | Command::Top(..)
            | Command::Uidl(_) => When::Transaction,
        }
    }
}

/// Reads a line without its end.
pub(crate) fn parse(line: &[u8]) -> Result<Command<'_>, Malformed> {
    let line = std::str::from_utf8(line)
        .ok()
        .filter(|line| !line.contains(|c: char| c.is_ascii_control()))
        .ok_or(Malformed::Expected(
            "a command is one line of UTF-8 text without control characters",
        ))?;
    let (keyword, rest) = line.split_once(' ').unwrap_or((line, ""));
    let mut arguments = Arguments(rest);
    let command = match keyword.to_ascii_uppercase().as_str() {
        "AUTH" => match (arguments.next(), arguments.next()) {
            (None, _) => Command::AuthList,
            (Some(mechanism), initial) => Command::Auth { mechanism, initial },
        },
        "CAPA" => Command::Capa,
        "DELE" => Command::Dele(arguments.message("DELE takes the number of a message")?),
        "LANG" => Command::Lang(arguments.next()),
        "LIST" => Command::List(
            arguments.optional_message("LIST takes nothing or the number of a message")?,
        ),
        "NOOP" => Command::Noop,
        "PASS" if !rest.is_empty() => return Ok(Command::Pass(rest)),
        "PASS" => return Err(Malformed::Expected("PASS takes the password")),
        "QUIT" => return Ok(Command::Quit),
        "RETR" => Command::Retr(arguments.message("RETR takes the number of a message")?),
        "RSET" => Command::Rset,
        "STAT" => Command::Stat,
        "STLS" => Command::Stls,
        "TOP" => {
            let form = "TOP takes the number of a message and a number of lines";
            let message = arguments.message(form)?;
            let lines = arguments
                .next()
                .and_then(decimal)
                .ok_or(Malformed::Expected(form))?;
            Command::Top(message, lines)
        }
        "UIDL" => Command::Uidl(
            arguments.optional_message("UIDL takes nothing or the number of a message")?,
        ),
        "USER" => match rest.trim_matches(' ') {
            "" => {
                return Err(Malformed::Expected(
                    "USER takes a name, which is the whole mail address",
                ));
            }
            name => return Ok(Command::User(name)),
        },
        "UTF8" => Command::Utf8,
        _ => return Err(Malformed::Unknown),
    };
    match arguments.next() {
        None => Ok(command),
        Some(_) => Err(Malformed::Expected(
            "there are more arguments than the command takes",
        )),
    }
}

/// The arguments that have not been read yet.
struct Arguments<'a>(&'a str);

impl<'a> Arguments<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0.trim_start_matches(' ');
        let (argument, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        self.0 = rest;
        (!argument.is_empty()).then_some(argument)
    }

    fn message(&mut self, form: &'static str) -> Result<u32, Malformed> {
        self.optional_message(form)?
            .ok_or(Malformed::Expected(form))
    }

    fn optional_message(&mut self, form: &'static str) -> Result<Option<u32>, Malformed> {
        self.next()
            .map(|argument| {
                let number = decimal(argument).ok_or(Malformed::Expected(form))?;
                // A number beyond all maildrops stays one: there is no such message.
                Ok(u32::try_from(number).unwrap_or(u32::MAX))
            })
            .transpose()
    }
}

/// A number of decimal digits only; what is too large becomes the largest.
fn decimal(digits: &str) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_reads() {
        let table = [
            ("CAPA", Command::Capa),
            ("capa ", Command::Capa),
            ("STAT", Command::Stat),
            ("LIST", Command::List(None)),
            ("LIST 2", Command::List(Some(2))),
            ("list  007", Command::List(Some(7))),
            ("UIDL", Command::Uidl(None)),
            ("UIDL 65536", Command::Uidl(Some(65_536))),
            ("RETR 1", Command::Retr(1)),
            ("RETR 0", Command::Retr(0)),
            ("RETR 4294967296", Command::Retr(u32::MAX)),
            ("RETR 99999999999999999999999", Command::Retr(u32::MAX)),
            ("DELE 3", Command::Dele(3)),
            ("NOOP", Command::Noop),
            ("RSET", Command::Rset),
            ("QUIT", Command::Quit),
            ("quit now", Command::Quit),
            ("TOP 1 0", Command::Top(1, 0)),
            ("TOP 1 99999999999999999999999", Command::Top(1, u64::MAX)),
            ("USER ann@example.org", Command::User("ann@example.org")),
            ("USER Ann Lee ", Command::User("Ann Lee")),
            ("PASS secret", Command::Pass("secret")),
            ("PASS  two  spaces ", Command::Pass(" two  spaces ")),
            ("PASS pässword", Command::Pass("pässword")),
            ("STLS", Command::Stls),
            ("UTF8", Command::Utf8),
            ("LANG", Command::Lang(None)),
            ("LANG *", Command::Lang(Some("*"))),
            ("AUTH", Command::AuthList),
            (
                "AUTH PLAIN",
                Command::Auth {
                    mechanism: "PLAIN",
                    initial: None,
                },
            ),
            (
                "auth plain =",
                Command::Auth {
                    mechanism: "plain",
                    initial: Some("="),
                },
            ),
        ];
        for (line, command) in table {
            assert_eq!(parse(line.as_bytes()), Ok(command), "{line}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for line in [
            "",
            " ",
            "X",
            "LAST",
            "APOP a b",
            "XTND XMIT",
            "RETRX 1",
            "STATS",
            " STAT",
        ] {
            assert_eq!(parse(line.as_bytes()), Err(Malformed::Unknown), "{line}");
        }
        for line in [
            "RETR",
            "RETR -1",
            "RETR +1",
            "RETR x",
            "RETR 1 2",
            "RETR 1x",
            "RETR \u{661}",
            "DELE",
            "TOP",
            "TOP 1",
            "TOP 1 -1",
            "TOP 1 2 3",
            "LIST x",
            "UIDL -1",
            "STAT 1",
            "CAPA x",
            "USER",
            "USER  ",
            "PASS",
            "PASS ",
            "AUTH PLAIN a b",
            "LANG a b",
            "NOOP\0",
            "STAT\t",
            "QUIT\u{7f}",
        ] {
            assert!(
                matches!(parse(line.as_bytes()), Err(Malformed::Expected(_))),
                "{line}"
            );
        }
        assert!(parse(b"USER \xff").is_err());
    }

    #[test]
    fn a_cut_line_never_panics() {
        for line in [
            "AUTH PLAIN dGVzdA==",
            "TOP 123 456",
            "USER jürgen@example.org",
            "PASS äöü",
        ] {
            for cut in 0..line.len() {
                let _ = parse(&line.as_bytes()[..cut]);
            }
        }
    }
}
