//! AUTH (RFC 4954) at a relay, inside TLS only: the strongest mechanism that both know, and the next one only if the refusal came before
//! anything was proved. So a relay that announces SCRAM without having keys for it still gets PLAIN, and a wrong password is tried once.

use super::judge::{nonsense, unfit};
use super::reply::Reply;
use super::state::{State, Turn};
use super::{Fate, Heard, Scope, Session, Stage, Step, Verdict};
use sasl::{Client, ClientStep, Mechanism};
use zeroize::Zeroizing;

/// A log-in under way.
pub(super) struct Exchange {
    client: Client,
    mechanism: Mechanism,
    /// Something was sent from which the other side could judge the password.
    proved: bool,
    /// Challenges that were answered.
    answers: u8,
    /// What can be tried if this one is refused beforehand, the strongest last.
    left: Vec<Mechanism>,
}

impl Session {
    pub(super) fn begin_login(&mut self) -> Turn {
        let binds = self.profile.tls.channel_binding().is_some();
        let offered = |mechanism: &Mechanism| {
            let name = mechanism.name();
            self.capabilities
                .mechanisms
                .iter()
                .any(|offered| offered == name)
        };
        let mut left = vec![
            Mechanism::Login,
            Mechanism::Plain,
            Mechanism::ScramSha256,
            Mechanism::ScramSha256Plus,
        ];
        left.retain(|mechanism| {
            offered(mechanism) && (binds || *mechanism != Mechanism::ScramSha256Plus)
        });
        if left.is_empty() {
            let words = format!(
                "The other server offers no way to log in that this box knows (SCRAM-SHA-256, PLAIN, LOGIN); it offers: {}",
                match self.capabilities.mechanisms.as_slice() {
                    [] => "none".to_owned(),
                    offered => offered.join(" "),
                }
            );
            return self.give_up(unfit(Stage::Login, (5, 7, 4), words), true);
        }
        self.try_next(left)
    }

    /// AUTH with the last of these.
    fn try_next(&mut self, mut left: Vec<Mechanism>) -> Turn {
        let (Some(mechanism), Some(login)) = (left.pop(), &self.profile.login) else {
            return (State::Ready, None);
        };
        let nonce = self.nonces.next_nonce();
        let binding = self.profile.tls.channel_binding();
        let mut client = Client::new(
            mechanism,
            &login.user,
            login.password.clone(),
            binding,
            nonce,
        );
        let initial = client.initial();
        // Room for all at once: a vector that grows leaves unwiped copies behind.
        self.said.reserve(sasl::MAX_ENCODED + 64);
        self.said.extend_from_slice(b"AUTH ");
        self.said.extend_from_slice(mechanism.name().as_bytes());
        if let Some(initial) = &initial {
            let encoded = Zeroizing::new(sasl::encode(initial.as_bytes()));
            self.said.push(b' ');
            self.said.extend_from_slice(match encoded.as_bytes() {
                b"" => b"=",
                encoded => encoded,
            });
        }
        self.said.extend_from_slice(b"\r\n");
        self.since = self.now;
        let exchange = Exchange {
            client,
            mechanism,
            proved: mechanism == Mechanism::Plain,
            answers: 0,
            left,
        };
        (State::Login(Box::new(exchange)), None)
    }

    pub(super) fn log_in(&mut self, exchange: Box<Exchange>) -> Turn {
        match self.hear(Stage::Login) {
            Heard::Nothing => (State::Login(exchange), Some(Step::Read)),
            Heard::Lost(verdict) => self.give_up(verdict, false),
            Heard::Reply(reply) => match reply.class() {
                2 => self.welcomed(*exchange, &reply),
                3 => self.challenged(exchange, &reply),
                5 if !exchange.left.is_empty() && (!exchange.proved || reply.code == 504) => {
                    self.try_next(exchange.left)
                }
                _ => self.refused(&reply, Stage::Login),
            },
        }
    }

    /// The other side says that it is a success; the client must agree.
    fn welcomed(&mut self, exchange: Exchange, reply: &Reply) -> Turn {
        let mechanism = exchange.mechanism;
        match exchange.client.finish() {
            Ok(()) => (State::Ready, None),
            Err(error) => {
                let words = format!(
                    "The log-in by {mechanism} cannot be trusted, {error}; it said: {}",
                    reply.words()
                );
                self.give_up(unfit(Stage::Login, (5, 7, 8), words), true)
            }
        }
    }

    fn challenged(&mut self, mut exchange: Box<Exchange>, reply: &Reply) -> Turn {
        let text = reply
            .lines
            .first()
            .map(|line| line.trim())
            .unwrap_or_default();
        let challenge = match sasl::decode(text.as_bytes()) {
            Some(challenge) => challenge,
            // LOGIN's challenges are decoration, and not everyone takes care to encode them.
            None if exchange.mechanism == Mechanism::Login => sasl::Secret::new(Vec::new()),
            None => {
                let words = format!(
                    "The other server's challenge in the log-in is not base64: {}",
                    reply.words()
                );
                return self.cancel(nonsense(Stage::Login, words));
            }
        };
        match exchange.client.step(challenge.as_bytes()) {
            ClientStep::Respond(response) => {
                exchange.answers = exchange.answers.saturating_add(1);
                // LOGIN's first answer is the name only.
                exchange.proved |= exchange.mechanism != Mechanism::Login || exchange.answers > 1;
                self.said.reserve(sasl::MAX_ENCODED);
                let encoded = Zeroizing::new(sasl::encode(response.as_bytes()));
                self.said.extend_from_slice(encoded.as_bytes());
                self.said.extend_from_slice(b"\r\n");
                self.since = self.now;
                (State::Login(exchange), None)
            }
            ClientStep::Failed(error) => {
                let words = format!("The log-in by {} failed: {error}", exchange.mechanism);
                self.cancel(unfit(Stage::Login, (5, 7, 8), words))
            }
        }
    }

    /// Ends the exchange (RFC 4954 §4: a `*`) and the session with it.
    fn cancel(&mut self, verdict: Verdict) -> Turn {
        self.say("*");
        let verdict = Verdict {
            scope: if verdict.fate == Fate::Never {
                Scope::Host
            } else {
                verdict.scope
            },
            ..verdict
        };
        self.give_up(verdict, true)
    }
}
