//! The seven doors of the house.

use std::fmt;

/// A listening service. Its name is the one in the settings' `[listen]` table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Service {
    /// Mail from the world (port 25).
    Smtp,
    /// Mail from the household, STARTTLS (port 587).
    Submission,
    /// Mail from the household, TLS from the first octet (port 465, RFC 8314 §3.3).
    Submissions,
    /// IMAP with STARTTLS (port 143).
    Imap,
    /// IMAP over TLS (port 993).
    Imaps,
    /// POP3 with STLS (port 110).
    Pop3,
    /// POP3 over TLS (port 995).
    Pop3s,
}

impl Service {
    /// All of them, in the order in which they are listed to people.
    pub const ALL: [Service; 7] = [
        Service::Smtp,
        Service::Submission,
        Service::Submissions,
        Service::Imap,
        Service::Imaps,
        Service::Pop3,
        Service::Pop3s,
    ];

    /// The name in settings and logs.
    pub fn name(self) -> &'static str {
        match self {
            Service::Smtp => "smtp",
            Service::Submission => "submission",
            Service::Submissions => "submissions",
            Service::Imap => "imap",
            Service::Imaps => "imaps",
            Service::Pop3 => "pop3",
            Service::Pop3s => "pop3s",
        }
    }

    /// Whether TLS starts with the first octet.
    pub fn is_implicit_tls(self) -> bool {
        matches!(self, Service::Submissions | Service::Imaps | Service::Pop3s)
    }

    /// What a client that finds no free seat is told, in its protocol's own words, before the connection closes. Empty on the TLS doors: plain text
    /// is not for a client that waits for a ServerHello.
    pub fn refusal(self) -> &'static [u8] {
        match self {
            Service::Smtp | Service::Submission => {
                b"421 4.3.2 Too many connections, try again later\r\n"
            }
            Service::Imap => b"* BYE [UNAVAILABLE] Too many connections, try again later\r\n",
            Service::Pop3 => b"-ERR [SYS/TEMP] Too many connections, try again later\r\n",
            Service::Submissions | Service::Imaps | Service::Pop3s => b"",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
