//! The AUTHORIZATION state (RFC 1939 §4): USER and PASS, AUTH (RFC 5034), STLS (RFC 2595 §4), UTF8, and what both states share: CAPA and LANG.

use crate::command::{self, Command, When};
use crate::maildrop::Maildrop;
use crate::reply::{self, Code};
use crate::session::{Flow, Session, State, Step};
use crate::{Tls, Verified};
use sasl::{Barred, ChannelBinding, Mechanism, Progress, Question, Reason, Secret};
use std::time::Instant;
use store::AccountId;

/// A SASL exchange under way.
pub(crate) struct Exchange {
    server: Box<sasl::Server>,
    /// Whose keys or password are being used; `None`: nobody's.
    account: Option<AccountId>,
    /// The proof, if it comes, opens nothing here.
    barred: Option<Barred>,
}

/// A log-in for which the driver looks up a person.
pub(crate) enum Login {
    /// By USER and PASS.
    Pass,
    /// By AUTH.
    Exchange(Exchange),
}

impl Session {
    /// A command before log-in.
    pub(crate) fn authorization(
        &mut self,
        user: Option<String>,
        line: &Secret,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Flow {
        let limit = self.limits.bad_commands_before_login;
        let command = match command::parse(line.as_bytes()) {
            Ok(command) if command.when() == When::Transaction => Err("log in first"),
            Ok(command) => Ok(command),
            Err(malformed) => Err(malformed.text()),
        };
        let command = match command {
            Ok(command) => command,
            Err(text) => {
                self.state = State::Authorization { user };
                return self.bad_command(text, limit, out);
            }
        };
        self.state = State::Authorization { user: None };
        match command {
            Command::Capa => self.capabilities(true, out),
            Command::Lang(range) => language(range, out),
            Command::Quit => {
                reply::ok(out, "signing off");
                return Flow::Break(Step::Close);
            }
            Command::Stls => return self.start_tls(out),
            Command::Utf8 => {
                self.utf8 = true;
                reply::ok(out, "UTF-8 it is");
            }
            Command::User(_) | Command::Pass(_) | Command::Auth { .. } | Command::AuthList
                if !self.may_log_in() =>
            {
                reply::err_code(
                    out,
                    Code::Auth,
                    "passwords are taken under TLS only; give STLS first, or use the TLS port",
                );
            }
            Command::User(name) => match sasl::saslprep(name) {
                Some(name) => {
                    self.state = State::Authorization { user: Some(name) };
                    reply::ok(out, "now the password");
                }
                None => reply::err(out, "the name holds characters that no name may hold"),
            },
            Command::Pass(password) => return self.pass(user, password, out),
            Command::AuthList => {
                reply::ok(out, "mechanisms follow");
                self.mechanisms()
                    .for_each(|mechanism| reply::line(out, &[mechanism.name()]));
                reply::line(out, &["."]);
            }
            Command::Auth { mechanism, initial } => return self.auth(mechanism, initial, now, out),
            // When::Transaction; they were sorted out above.
            Command::Dele(_)
            | Command::List(_)
            | Command::Noop
            | Command::Retr(_)
            | Command::Rset
            | Command::Stat
            | Command::Top(..)
            | Command::Uidl(_) => reply::err(out, "log in first"),
        }
        Flow::Continue(())
    }

    /// STLS. Whatever stands behind it in the buffer came in the clear and was meant to be read as if it had not (users of many servers have
    /// met that attack): the connection ends.
    fn start_tls(&mut self, out: &mut Vec<u8>) -> Flow {
        match self.profile.tls {
            Tls::Available if !self.lines.pending().is_empty() => {
                self.state = State::Closed;
                Flow::Break(Step::Close)
            }
            Tls::Available => {
                reply::ok(out, "begin TLS negotiation");
                self.state = State::Handshake;
                Flow::Break(Step::StartTls)
            }
            Tls::None => {
                reply::err(out, "TLS is not available here");
                Flow::Continue(())
            }
            Tls::Active(_) => {
                reply::err(out, "TLS is already in use");
                Flow::Continue(())
            }
        }
    }

    fn pass(&mut self, user: Option<String>, password: &str, out: &mut Vec<u8>) -> Flow {
        let Some(user) = user else {
            let limit = self.limits.bad_commands_before_login;
            return self.bad_command("give USER first", limit, out);
        };
        self.state = State::Asked(Login::Pass);
        let password = Secret::from(password);
        Flow::Break(Step::Verify(Question::Password {
            authzid: String::new(),
            user,
            password,
        }))
    }

    fn auth(
        &mut self,
        mechanism: &str,
        initial: Option<&str>,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Flow {
        let Some(mechanism) = Mechanism::parse(mechanism)
            .filter(|wanted| self.mechanisms().any(|offered| offered == *wanted))
        else {
            reply::err(
                out,
                "this mechanism is not offered; CAPA lists those that are",
            );
            return Flow::Continue(());
        };
        let initial = match initial.map(|initial| sasl::decode_initial(initial.as_bytes())) {
            None => None,
            Some(Some(message)) => Some(message),
            Some(None) => return self.not_base64(out),
        };
        let nonce = self.nonces.next_nonce();
        let mut server = Box::new(sasl::Server::new(mechanism, self.binding(), nonce));
        let progress = server.start(initial.as_ref().map(Secret::as_bytes));
        self.progress(
            Exchange {
                server,
                account: None,
                barred: None,
            },
            progress,
            now,
            out,
        )
    }

    /// A line of a SASL exchange (RFC 5034 §4): base64, `*` to cancel. `QUIT`, which would be base64 of octets that are in no name, is what an
    /// impatient client means by it.
    pub(crate) fn exchange(
        &mut self,
        mut exchange: Exchange,
        line: &Secret,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Flow {
        match line.as_bytes() {
            b"*" => {
                self.state = State::Authorization { user: None };
                reply::err(out, "authentication cancelled");
                Flow::Continue(())
            }
            b"QUIT" | b"quit" => {
                reply::ok(out, "signing off");
                Flow::Break(Step::Close)
            }
            base64 => match sasl::decode(base64) {
                Some(message) => {
                    let progress = exchange.server.step(message.as_bytes());
                    self.progress(exchange, progress, now, out)
                }
                None => self.not_base64(out),
            },
        }
    }

    fn not_base64(&mut self, out: &mut Vec<u8>) -> Flow {
        self.state = State::Authorization { user: None };
        let limit = self.limits.bad_commands_before_login;
        self.bad_command("authentication ended: that is not base64", limit, out)
    }

    /// Follows the SASL machine.
    fn progress(
        &mut self,
        exchange: Exchange,
        progress: Progress,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Flow {
        match progress {
            Progress::Challenge(challenge) => {
                reply::line(out, &["+ ", &sasl::encode(&challenge)]);
                self.state = State::Exchange(exchange);
                Flow::Continue(())
            }
            Progress::Ask(question) => {
                self.state = State::Asked(Login::Exchange(exchange));
                Flow::Break(Step::Verify(question))
            }
            Progress::Done(_) if let Some(barred) = exchange.barred => {
                self.proved_in_vain = true;
                self.refuse_login(barred.text(), out)
            }
            Progress::Done(_) => match exchange.account {
                Some(account) => self.log_in(account, now, out),
                None => self.failed_login(Reason::Credentials, out),
            },
            Progress::Failed(reason @ (Reason::Credentials | Reason::ChannelBinding)) => {
                self.failed_login(reason, out)
            }
            Progress::Failed(reason) => {
                self.state = State::Authorization { user: None };
                let limit = self.limits.bad_commands_before_login;
                self.bad_command(&reason.to_string(), limit, out)
            }
        }
    }

    /// Goes on with the driver's answer.
    pub(crate) fn answered(
        &mut self,
        login: Login,
        verified: Verified,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Flow {
        match (login, verified) {
            (_, Verified::Unavailable) => {
                self.state = State::Authorization { user: None };
                reply::err_code(
                    out,
                    Code::SysTemp,
                    "log-ins cannot be checked at the moment; try again later",
                );
                Flow::Continue(())
            }
            (Login::Pass, Verified::Account(account)) => self.log_in(account, now, out),
            (Login::Pass, Verified::Barred(barred)) => {
                self.proved_in_vain = true;
                self.refuse_login(barred.text(), out)
            }
            (Login::Pass, _) => self.failed_login(Reason::Credentials, out),
            (Login::Exchange(mut exchange), verified) => {
                let server = &mut exchange.server;
                let (account, progress) = match verified {
                    Verified::Account(account) => (Some(account), server.password_verified(true)),
                    Verified::Keys(account, keys) => (Some(account), server.scram_keys(Some(keys))),
                    Verified::Decoy(keys) => (None, server.scram_keys(Some(keys))),
                    Verified::Barred(barred) => {
                        exchange.barred = Some(barred);
                        (None, server.password_verified(true))
                    }
                    Verified::KeysBarred(keys, barred) => {
                        exchange.barred = Some(barred);
                        (None, server.scram_keys(Some(keys)))
                    }
                    _ if server.mechanism().is_scram() => (None, server.scram_keys(None)),
                    _ => (None, server.password_verified(false)),
                };
                exchange.account = account;
                self.progress(exchange, progress, now, out)
            }
        }
    }

    fn failed_login(&mut self, reason: Reason, out: &mut Vec<u8>) -> Flow {
        self.refuse_login(&reason.to_string(), out)
    }

    fn refuse_login(&mut self, text: &str, out: &mut Vec<u8>) -> Flow {
        self.counts.failed_logins = self.counts.failed_logins.saturating_add(1);
        reply::err_code(out, Code::Auth, text);
        if self.counts.failed_logins >= self.limits.failed_logins {
            return Flow::Break(Step::Close);
        }
        self.state = State::Authorization { user: None };
        Flow::Continue(())
    }

    /// Locks and reads the maildrop.
    fn log_in(&mut self, account: AccountId, now: Instant, out: &mut Vec<u8>) -> Flow {
        self.state = State::Authorization { user: None };
        match Maildrop::open(&self.store, account, self.limits.messages) {
            Ok(Some(maildrop)) => {
                reply::ok(out, &maildrop.summary());
                self.state = State::Transaction(Box::new(maildrop));
                self.counts.bad_commands = 0;
                self.active = now;
            }
            Ok(None) => reply::err_code(
                out,
                Code::InUse,
                "another POP3 session has the maildrop open; try again when it has ended",
            ),
            Err(error) => self.store_failed(error, out),
        }
        Flow::Continue(())
    }

    fn may_log_in(&self) -> bool {
        matches!(self.profile.tls, Tls::Active(_)) || self.profile.cleartext_login
    }

    fn binding(&self) -> Option<&ChannelBinding> {
        match &self.profile.tls {
            Tls::Active(binding) => binding.as_deref().filter(|binding| !binding.is_empty()),
            Tls::None | Tls::Available => None,
        }
    }

    fn mechanisms(&self) -> impl Iterator<Item = Mechanism> + use<> {
        Mechanism::offered(self.binding().is_some())
    }

    /// CAPA (RFC 2449 §5, §6). USER and SASL are not offered where they would be refused.
    pub(crate) fn capabilities(&self, before_login: bool, out: &mut Vec<u8>) {
        reply::ok(out, "capability list follows");
        for capability in [
            "TOP",
            "UIDL",
            "RESP-CODES",
            "AUTH-RESP-CODE",
            "PIPELINING",
            "EXPIRE NEVER",
            "UTF8 USER",
            "LANG",
        ] {
            reply::line(out, &[capability]);
        }
        if before_login && self.profile.tls == Tls::Available {
            reply::line(out, &["STLS"]);
        }
        if self.may_log_in() {
            reply::line(out, &["USER"]);
            out.extend_from_slice(b"SASL");
            for mechanism in self.mechanisms() {
                out.push(b' ');
                out.extend_from_slice(mechanism.name().as_bytes());
            }
            reply::line(out, &[]);
        }
        reply::line(out, &["IMPLEMENTATION pillarbox"]);
        reply::line(out, &["."]);
    }
}

/// LANG (RFC 6856 §3): every answer is in English.
pub(crate) fn language(range: Option<&str>, out: &mut Vec<u8>) {
    let english = |range: &str| {
        let range = range.to_ascii_lowercase();
        matches!(range.as_str(), "*" | "en" | "i-default") || range.starts_with("en-")
    };
    match range {
        None => {
            reply::ok(out, "language listing follows");
            reply::line(out, &["en English"]);
            reply::line(out, &["."]);
        }
        Some(range) if english(range) => reply::ok(out, "en English it is"),
        Some(_) => reply::err(out, "only English (en) is spoken here"),
    }
}

/// Whether a connection begins with a TLS record of a handshake (RFC 8446 §5.1), sent to the wrong port.
pub(crate) fn is_tls(octets: &[u8]) -> bool {
    octets.first() == Some(&0x16)
}

/// Whether the first line is one of HTTP: a browser, made to talk to us by a page that it shows.
pub(crate) fn is_http(line: &[u8]) -> bool {
    const METHODS: [&[u8]; 9] = [
        b"GET ",
        b"POST ",
        b"HEAD ",
        b"PUT ",
        b"OPTIONS ",
        b"CONNECT ",
        b"DELETE ",
        b"PATCH ",
        b"TRACE ",
    ];
    METHODS.iter().any(|method| line.starts_with(method))
        || memchr::memmem::find(line, b" HTTP/").is_some()
}

#[cfg(test)]
#[path = "authorization_tests.rs"]
mod tests;
