//! Becoming known: STARTTLS, LOGIN and AUTHENTICATE (RFC 9051 §6.2, RFC 4959).

use sasl::{Barred, Mechanism, Nonces, Progress, Question, Secret, Server};
use store::AccountId;

use crate::code::Code;
use crate::command::{Authenticate, Login};
use crate::deed::{Done, Known, No};
use crate::parse;
use crate::session::input::Input;
use crate::session::{Doing, Session, State, Step, Tls, Verified, say};

/// What is kept of a client before it logs in; and after, as UNAUTHENTICATE comes back to it.
pub(super) struct Stranger {
    pub(super) tls: Tls,
    nonces: Nonces,
    /// commands so far
    pub(super) commands: u32,
    /// failed log-ins so far
    failures: u32,
}

impl Stranger {
    pub(super) fn new(tls: Tls, nonce_seed: [u8; 32]) -> Stranger {
        Stranger {
            tls,
            nonces: Nonces::new(nonce_seed),
            commands: 0,
            failures: 0,
        }
    }

    /// No password before TLS (RFC 9051 §11.7, B4).
    pub(super) fn may_log_in(&self) -> Result<(), No> {
        match self.tls {
            Tls::Active(_) => Ok(()),
            Tls::Available => Err(No::with(
                Code::PrivacyRequired,
                "Use STARTTLS first, or the port for TLS",
            )),
            Tls::None => Err(No::with(
                Code::PrivacyRequired,
                "Nobody can log in without TLS: use the port for TLS",
            )),
        }
    }
}

/// AUTHENTICATE under way.
pub(super) struct Sasl {
    tag: Box<str>,
    server: Server,
    /// who SCRAM's keys belong to
    account: Option<AccountId>,
    /// the proof, if it comes, opens nothing here
    barred: Option<Barred>,
}

/// A question to the accounts.
pub(super) struct Verifying {
    by: By,
    question: Option<Question>,
    answer: Option<Verified>,
}

enum By {
    Login(Box<str>),
    Sasl(Sasl),
}

impl Session {
    /// STARTTLS (RFC 9051 §6.2.1). Octets behind it in the clear may be an attacker's (B3): then the connection ends.
    pub(super) fn start_tls(&mut self, tag: &str, out: &mut Vec<u8>) {
        let State::Stranger(stranger) = &self.state else {
            return;
        };
        match stranger.tls {
            Tls::Active(_) => self.refuse(tag, &No::bad("TLS is active already"), out),
            Tls::None => self.refuse(tag, &No::bad("STARTTLS is not offered here"), out),
            Tls::Available if self.input.pending() > 0 => {
                say::no(
                    tag,
                    &No::bad("Nothing may follow STARTTLS before TLS is active"),
                    out,
                );
                self.doing = Doing::Over;
            }
            Tls::Available => {
                say::done(tag, &Done::ok("Begin TLS now"), out);
                self.doing = Doing::StartTls;
            }
        }
    }

    /// The handshake that [`Step::StartTls`] asked for is done. What was said before counts no more.
    pub fn tls_started(&mut self, binding: Option<sasl::ChannelBinding>) {
        if let (State::Stranger(stranger), Doing::Handshake) = (&mut self.state, &self.doing) {
            stranger.tls = Tls::Active(binding);
            self.input = Input::default();
            self.doing = Doing::Reading;
        }
    }

    /// LOGIN (RFC 9051 §6.2.3).
    pub(super) fn login(&mut self, tag: Box<str>, login: Login, out: &mut Vec<u8>) {
        let State::Stranger(stranger) = &self.state else {
            return;
        };
        if let Err(no) = stranger.may_log_in() {
            return self.refuse(&tag, &no, out);
        }
        let Some(user) =
            sasl::saslprep(&login.user).filter(|_| !login.password.as_bytes().is_empty())
        else {
            return self.failed(&tag, out);
        };
        let question = Question::Password {
            authzid: String::new(),
            user,
            password: login.password,
        };
        self.doing = Doing::Verifying(Box::new(Verifying {
            by: By::Login(tag),
            question: Some(question),
            answer: None,
        }));
    }

    /// AUTHENTICATE (RFC 9051 §6.2.2), with an initial response (RFC 4959).
    pub(super) fn authenticate(&mut self, tag: Box<str>, what: &Authenticate, out: &mut Vec<u8>) {
        let State::Stranger(stranger) = &mut self.state else {
            return;
        };
        if let Err(no) = stranger.may_log_in() {
            return self.refuse(&tag, &no, out);
        }
        let binding = match &stranger.tls {
            Tls::Active(Some(binding)) if !binding.is_empty() => Some(binding),
            _ => None,
        };
        let offered = Mechanism::parse(&what.mechanism).filter(|mechanism| {
            Mechanism::offered(binding.is_some()).any(|offered| offered == *mechanism)
        });
        let Some(mechanism) = offered else {
            return self.refuse(
                &tag,
                &No::with(Code::Cannot, "This mechanism is not offered"),
                out,
            );
        };
        let initial = match what
            .initial
            .as_ref()
            .map(|initial| sasl::decode_initial(initial.as_bytes()))
        {
            None => None,
            Some(Some(initial)) => Some(initial),
            Some(None) => {
                return self.refuse(&tag, &No::bad("The initial response is not base64"), out);
            }
        };
        let mut server = Server::new(mechanism, binding, stranger.nonces.next_nonce());
        let progress = server.start(initial.as_ref().map(Secret::as_bytes));
        self.progress(
            Sasl {
                tag,
                server,
                account: None,
                barred: None,
            },
            progress,
            out,
        );
    }

    /// The client's next line of AUTHENTICATE.
    pub(super) fn sasl_line(&mut self, mut sasl: Box<Sasl>, out: &mut Vec<u8>) -> Option<Step> {
        let Some(end) = self.input.next_line() else {
            if self.input.pending() > sasl::MAX_ENCODED.saturating_add(2) {
                return self.hang_up(out, "This line is longer than the box takes");
            }
            self.doing = Doing::Sasl(sasl);
            return Some(Step::Read);
        };
        let line = Secret::new(self.input.take_command(end));
        let line = line.as_bytes();
        match sasl::decode(line) {
            Some(message) => {
                let progress = sasl.server.step(message.as_bytes());
                self.progress(*sasl, progress, out);
            }
            None if line == b"*" => {
                self.refuse(&sasl.tag, &No::bad("The log-in was given up"), out)
            }
            None => {
                self.refuse(&sasl.tag, &No::bad("Base64 was expected"), out);
                // Some clients that give up say LOGOUT right away (A17).
                let logout =
                    parse::tag(line).filter(|(_, rest)| rest.eq_ignore_ascii_case(b"LOGOUT"));
                if let (Some((tag, _)), Doing::Reading) = (logout, &self.doing) {
                    self.log_out(tag, out);
                }
            }
        }
        None
    }

    fn progress(&mut self, sasl: Sasl, progress: Progress, out: &mut Vec<u8>) {
        match progress {
            Progress::Challenge(message) => {
                say::challenge(&message, out);
                self.doing = Doing::Sasl(Box::new(sasl));
            }
            Progress::Ask(question) => {
                self.doing = Doing::Verifying(Box::new(Verifying {
                    by: By::Sasl(sasl),
                    question: Some(question),
                    answer: None,
                }));
            }
            Progress::Done(_) if let Some(barred) = sasl.barred => {
                self.barred(&sasl.tag, barred, out);
            }
            Progress::Done(_) => match sasl.account {
                Some(account) => self.welcome(&sasl.tag, account, out),
                None => self.failed(&sasl.tag, out),
            },
            Progress::Failed(sasl::Reason::Malformed | sasl::Reason::TooLong) => {
                self.refuse(
                    &sasl.tag,
                    &No::bad("This is not what the mechanism asks for"),
                    out,
                );
            }
            Progress::Failed(_) => self.failed(&sasl.tag, out),
        }
    }

    /// Hands the question out, and goes on when the answer is there.
    pub(super) fn verify(
        &mut self,
        mut verifying: Box<Verifying>,
        out: &mut Vec<u8>,
    ) -> Option<Step> {
        if let Some(question) = verifying.question.take() {
            self.doing = Doing::Verifying(verifying);
            return Some(Step::Verify(question));
        }
        let Some(answer) = verifying.answer.take() else {
            self.doing = Doing::Verifying(verifying);
            return Some(Step::Wait);
        };
        match (verifying.by, answer) {
            (By::Login(tag) | By::Sasl(Sasl { tag, .. }), Verified::TryLater) => {
                self.refuse(
                    &tag,
                    &No::with(
                        Code::Unavailable,
                        "Too many log-ins at once: try again in a moment",
                    ),
                    out,
                );
            }
            (By::Login(tag), Verified::Password(Some(account))) => self.welcome(&tag, account, out),
            (By::Login(tag), Verified::Barred(barred)) => self.barred(&tag, barred, out),
            (By::Login(tag), _) => self.failed(&tag, out),
            (By::Sasl(mut sasl), Verified::Password(account)) => {
                sasl.account = account;
                let progress = sasl.server.password_verified(account.is_some());
                self.progress(sasl, progress, out);
            }
            (By::Sasl(mut sasl), Verified::Barred(barred)) => {
                sasl.barred = Some(barred);
                let progress = sasl.server.password_verified(true);
                self.progress(sasl, progress, out);
            }
            (By::Sasl(mut sasl), Verified::KeysBarred(keys, barred)) => {
                sasl.barred = Some(barred);
                let progress = sasl.server.scram_keys(Some(keys));
                self.progress(sasl, progress, out);
            }
            (By::Sasl(mut sasl), Verified::Decoy(keys)) => {
                let progress = sasl.server.scram_keys(Some(keys));
                self.progress(sasl, progress, out);
            }
            (By::Sasl(mut sasl), Verified::Scram(found)) => {
                let (account, keys) = found.unzip();
                sasl.account = account;
                let progress = sasl.server.scram_keys(keys);
                self.progress(sasl, progress, out);
            }
        }
        None
    }

    /// The answer to [`Step::Verify`]; step again.
    pub fn verified(&mut self, answer: Verified) {
        if let Doing::Verifying(verifying) = &mut self.doing {
            verifying.answer = Some(answer);
        }
    }

    /// Logged in: the capabilities have changed and are told at once.
    fn welcome(&mut self, tag: &str, account: AccountId, out: &mut Vec<u8>) {
        self.input.release(true);
        let before = std::mem::replace(&mut self.state, State::Known(Known::new(account)));
        if let State::Stranger(stranger) = before {
            self.stranger = Some(stranger);
        }
        self.bad_commands = 0;
        // From here on it is idleness that counts.
        self.fed = true;
        let code = Code::Capability(self.capabilities());
        say::done(tag, &Done::with(code, "Welcome"), out);
        self.doing = Doing::Reading;
    }

    /// Wrong name or password; which one is not said.
    fn failed(&mut self, tag: &str, out: &mut Vec<u8>) {
        let no = No::with(
            Code::AuthenticationFailed,
            "The name or the password is wrong",
        );
        self.refuse(tag, &no, out);
        self.count_failure(out);
    }

    /// Proved, and refused all the same: with the reason, which nobody hears who has not shown the password.
    fn barred(&mut self, tag: &str, barred: Barred, out: &mut Vec<u8>) {
        self.proved_in_vain = true;
        self.refuse(tag, &No::with(Code::Alert, barred.text()), out);
        self.count_failure(out);
    }

    fn count_failure(&mut self, out: &mut Vec<u8>) {
        if let State::Stranger(stranger) = &mut self.state {
            stranger.failures = stranger.failures.saturating_add(1);
            if stranger.failures >= self.limits.failed_logins {
                self.hang_up(out, "Too many failed log-ins");
            }
        }
    }
}
