//! The mechanisms by name, and which of several offered ones a client takes.

use std::fmt;

/// A SASL mechanism that this crate speaks at both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mechanism {
    /// PLAIN: name and password in one message (RFC 4616).
    Plain,
    /// LOGIN: the same in two messages; never a standard, but what Outlook speaks (draft-murchison-sasl-login-00).
    Login,
    /// SCRAM-SHA-256: the password is proved, not sent (RFC 7677).
    ScramSha256,
    /// SCRAM-SHA-256-PLUS: the same, bound to the TLS connection (RFC 7677).
    ScramSha256Plus,
}

impl Mechanism {
    /// The mechanisms in the order in which a server offers them: PLAIN first, because clients that take the first they
    /// know, or that get SCRAM wrong, then still log in; a client that prefers SCRAM finds it anywhere in the list.
    pub const ALL: [Mechanism; 4] = [
        Mechanism::Plain,
        Mechanism::Login,
        Mechanism::ScramSha256,
        Mechanism::ScramSha256Plus,
    ];

    /// Reads a mechanism's name in any case (RFC 4422 §3.1 has upper case only; .NET sends `login`).
    pub fn parse(name: &str) -> Option<Mechanism> {
        Mechanism::ALL
            .into_iter()
            .find(|mechanism| mechanism.name().eq_ignore_ascii_case(name))
    }

    /// The registered name, in upper case.
    pub fn name(self) -> &'static str {
        match self {
            Mechanism::Plain => "PLAIN",
            Mechanism::Login => "LOGIN",
            Mechanism::ScramSha256 => "SCRAM-SHA-256",
            Mechanism::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
        }
    }

    /// Whether the mechanism proves the password by SCRAM (and therefore asks for [`crate::ScramKeys`]).
    pub fn is_scram(self) -> bool {
        matches!(self, Mechanism::ScramSha256 | Mechanism::ScramSha256Plus)
    }

    /// Whether the mechanism hands the password over (and therefore wants an encrypted channel).
    pub fn sends_password(self) -> bool {
        !self.is_scram()
    }

    /// What a server offers: all mechanisms, the -PLUS one only when it has a channel to bind to (RFC 5802 §6).
    pub fn offered(channel_binding: bool) -> impl Iterator<Item = Mechanism> + Clone {
        Mechanism::ALL
            .into_iter()
            .filter(move |mechanism| channel_binding || *mechanism != Mechanism::ScramSha256Plus)
    }

    /// The strongest mechanism that a client with or without a channel binding can take from a server's offer.
    pub fn strongest<'a>(
        offered: impl IntoIterator<Item = &'a str>,
        channel_binding: bool,
    ) -> Option<Mechanism> {
        let rank = |mechanism: &Mechanism| match mechanism {
            Mechanism::ScramSha256Plus => 3,
            Mechanism::ScramSha256 => 2,
            Mechanism::Plain => 1,
            Mechanism::Login => 0,
        };
        offered
            .into_iter()
            .filter_map(Mechanism::parse)
            .filter(|mechanism| channel_binding || *mechanism != Mechanism::ScramSha256Plus)
            .max_by_key(rank)
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_in_any_case() {
        for mechanism in Mechanism::ALL {
            assert_eq!(
                Mechanism::parse(&mechanism.name().to_lowercase()),
                Some(mechanism)
            );
        }
        assert_eq!(Mechanism::parse("login"), Some(Mechanism::Login));
        assert_eq!(Mechanism::parse("CRAM-MD5"), None);
        assert_eq!(Mechanism::parse(""), None);
    }

    #[test]
    fn the_strongest_is_taken() {
        let all = [
            "LOGIN",
            "PLAIN",
            "SCRAM-SHA-256",
            "X-NEW",
            "SCRAM-SHA-256-PLUS",
        ];
        assert_eq!(
            Mechanism::strongest(all, true),
            Some(Mechanism::ScramSha256Plus)
        );
        assert_eq!(
            Mechanism::strongest(all, false),
            Some(Mechanism::ScramSha256)
        );
        assert_eq!(
            Mechanism::strongest(["LOGIN", "plain"], true),
            Some(Mechanism::Plain)
        );
        assert_eq!(Mechanism::strongest(["GSSAPI"], true), None);
    }

    #[test]
    fn plus_is_offered_only_with_a_binding() {
        assert_eq!(Mechanism::offered(true).count(), 4);
        assert!(Mechanism::offered(false).all(|mechanism| mechanism != Mechanism::ScramSha256Plus));
    }
}
