//! AUTH (RFC 4954): the frame around SASL. What a log-in says is the `sasl` crate's; whether it is right, the driver's.

use super::input::Line;
use super::state::{Exchange, Hello, State, Turn};
use super::{Kind, Session, Step, Verdict};
use crate::Reply;
use sasl::{Barred, Mechanism, Progress, Reason, Server};
use std::time::Instant;

impl Session {
    pub(super) fn auth(&mut self, state: State, mechanism: &str, initial: Option<&str>) -> Turn {
        if self.profile.kind == Kind::World {
            return self.bad(
                state,
                &Reply::new(502, (5, 5, 1), "Log in on the submission port"),
            );
        }
        if !self.profile.tls.is_active() {
            // RFC 4954 §6. The password is lost if it came with the command; at least the client learns that it was wrong to send it.
            return self.answer(
                state,
                &Reply::new(538, (5, 7, 11), "Encryption required: issue STARTTLS first"),
            );
        }
        if self.account.is_some() {
            return self.bad(state, &Reply::new(503, (5, 5, 1), "Already logged in"));
        }
        let hello = match state {
            State::Named(hello) | State::Failed(hello) => hello,
            State::Greeted => {
                return self.bad(
                    State::Greeted,
                    &Reply::new(503, (5, 5, 1), "Say EHLO first"),
                );
            }
            other => {
                return self.bad(
                    other,
                    &Reply::new(503, (5, 5, 1), "Not while a message is under way"),
                );
            }
        };
        let binding = self.profile.tls.channel_binding();
        let offered =
            |mechanism: &Mechanism| binding.is_some() || *mechanism != Mechanism::ScramSha256Plus;
        let Some(mechanism) = Mechanism::parse(mechanism).filter(offered) else {
            return self.answer(
                State::Named(hello),
                &Reply::new(504, (5, 5, 4), "Mechanism not offered"),
            );
        };
        let mut server = Server::new(mechanism, binding, self.nonces.next_nonce());
        let progress = match initial.map(|initial| sasl::decode_initial(initial.as_bytes())) {
            Some(None) => return self.login_failed(hello, &not_base64()),
            Some(Some(response)) => server.start(Some(response.as_bytes())),
            None => server.start(None),
        };
        self.progressed(
            hello,
            Box::new(Exchange {
                server,
                account: None,
                barred: None,
            }),
            progress,
        )
    }

    /// Reads the answer to a challenge: `*` or base64 (RFC 4954 §4).
    pub(super) fn read_response(
        &mut self,
        hello: Hello,
        mut exchange: Box<Exchange>,
        now: Instant,
    ) -> Turn {
        let line = match self.input.line(self.limits.auth_line) {
            Line::Partial => return (State::LogIn(hello, exchange), Some(Step::Read)),
            Line::Whole(line) => line,
            Line::TooLong => {
                let reply = Reply::new(500, (5, 5, 6), "Authentication exchange line is too long");
                return self.login_failed(hello, &reply);
            }
            other => return self.broken_line(State::Named(hello), &other),
        };
        self.waiting_since = now;
        if line.as_slice() == b"*" {
            return self.login_failed(
                hello,
                &Reply::new(501, (5, 7, 0), "Authentication cancelled"),
            );
        }
        match sasl::decode(&line) {
            Some(response) => {
                let progress = exchange.server.step(response.as_bytes());
                self.progressed(hello, exchange, progress)
            }
            None => self.login_failed(hello, &not_base64()),
        }
    }

    /// Answers [`Step::Verify`].
    pub fn verified(&mut self, verdict: Verdict) {
        let (hello, mut exchange) = match std::mem::replace(&mut self.state, State::Closed) {
            State::Verifying(hello, exchange) => (hello, exchange),
            other => {
                self.state = other;
                return;
            }
        };
        self.answered = true;
        let progress = match verdict {
            Verdict::Right(account) => {
                exchange.account = Some(account);
                exchange.server.password_verified(true)
            }
            Verdict::Wrong => exchange.server.password_verified(false),
            Verdict::Keys(account, keys) => {
                exchange.account = Some(account);
                exchange.server.scram_keys(Some(keys))
            }
            Verdict::Barred(barred) => {
                exchange.barred = Some(barred);
                exchange.server.password_verified(true)
            }
            Verdict::KeysBarred(keys, barred) => {
                exchange.barred = Some(barred);
                exchange.server.scram_keys(Some(keys))
            }
            Verdict::Decoy(keys) => exchange.server.scram_keys(keys),
            Verdict::Unavailable => Progress::Failed(Reason::OutOfTurn),
        };
        (self.state, self.pending) = self.progressed(hello, exchange, progress);
    }

    fn progressed(&mut self, hello: Hello, exchange: Box<Exchange>, progress: Progress) -> Turn {
        match progress {
            Progress::Challenge(message) => {
                // Not a `Reply`: its lines are shorter than a challenge may be (RFC 4954 §4: 12288 octets).
                self.said.extend_from_slice(b"334 ");
                self.said
                    .extend_from_slice(sasl::encode(&message).as_bytes());
                self.said.extend_from_slice(b"\r\n");
                (State::LogIn(hello, exchange), None)
            }
            Progress::Ask(question) => (
                State::Verifying(hello, exchange),
                Some(Step::Verify(question)),
            ),
            Progress::Done(_) if let Some(barred) = exchange.barred => {
                self.proved_in_vain = true;
                self.login_failed(hello, &refusal(barred))
            }
            Progress::Done(_) => match exchange.account {
                Some(account) => {
                    self.account = Some(account);
                    self.counts.commands = 0;
                    self.answer(State::Named(hello), &Reply::new(235, (2, 7, 0), "Welcome"))
                }
                None => self.login_failed(hello, &credentials()),
            },
            Progress::Failed(Reason::Credentials | Reason::ChannelBinding) => {
                self.login_failed(hello, &credentials())
            }
            Progress::Failed(Reason::Malformed) => {
                let reply = Reply::new(
                    501,
                    (5, 5, 2),
                    "Not in the form that the mechanism asks for",
                );
                self.login_failed(hello, &reply)
            }
            Progress::Failed(Reason::TooLong) => {
                let reply = Reply::new(500, (5, 5, 6), "Authentication message is too long");
                self.login_failed(hello, &reply)
            }
            Progress::Failed(Reason::OutOfTurn) => {
                let reply = Reply::new(
                    454,
                    (4, 7, 0),
                    "Cannot log in at the moment; try again later",
                );
                self.login_failed(hello, &reply)
            }
        }
    }

    /// Says why and counts it, whatever the reason: an aborted log-in costs as much as a wrong one.
    fn login_failed(&mut self, hello: Hello, reply: &Reply) -> Turn {
        self.say(reply);
        self.counts.login_failures = self.counts.login_failures.saturating_add(1);
        if self.counts.login_failures >= self.limits.login_failures {
            return self.refuse_all(Reply::new(421, (4, 7, 0), "Too many log-ins failed"));
        }
        (State::Named(hello), None)
    }
}

/// RFC 4954 §6 has 534 for a way in that "is weaker than server policy permits for that user", and 535 for "insufficient authentication credentials".
fn refusal(barred: Barred) -> Reply {
    let (code, status) = match barred {
        Barred::OwnPassword => (534, (5, 7, 9)),
        Barred::OtherDoor => (535, (5, 7, 8)),
    };
    Reply::new(code, status, barred.text())
}

fn credentials() -> Reply {
    Reply::new(535, (5, 7, 8), "Wrong name or password")
}

fn not_base64() -> Reply {
    Reply::new(501, (5, 5, 2), "Expected base64")
}
