//! From the connection to `Ready`: the greeting, EHLO or HELO, STARTTLS; and the end, QUIT.

use super::judge::{no_tls, nonsense, out_of_turn, replied, unfit};
use super::reply::Reply;
use super::state::{State, Turn};
use super::{Capabilities, Fate, Heard, Hello, Scope, Session, Stage, Step, TlsUse, Verdict, lost};

impl Session {
    pub(super) fn greeting(&mut self) -> Turn {
        match self.hear(Stage::Greeting) {
            Heard::Reply(reply) if reply.class() == 2 => {
                self.say_hello(self.profile.hello == Hello::Helo)
            }
            Heard::Reply(reply) => self.refused(&reply, Stage::Greeting),
            Heard::Nothing => (State::Greeting, Some(Step::Read)),
            Heard::Lost(verdict) => self.give_up(verdict, false),
        }
    }

    fn say_hello(&mut self, helo: bool) -> Turn {
        let name: String = self
            .profile
            .hostname
            .chars()
            .filter(char::is_ascii_graphic)
            .collect();
        let name = if name.is_empty() { "localhost" } else { &name };
        let verb = if helo { "HELO" } else { "EHLO" };
        self.say(&format!("{verb} {name}"));
        self.since = self.now;
        (State::Hello { helo }, None)
    }

    pub(super) fn hello(&mut self, helo: bool) -> Turn {
        let reply = match self.hear(Stage::Hello) {
            Heard::Reply(reply) => reply,
            Heard::Nothing => return (State::Hello { helo }, Some(Step::Read)),
            Heard::Lost(verdict) => return self.give_up(verdict, false),
        };
        match reply.class() {
            2 => {
                self.capabilities = if helo {
                    Capabilities::default()
                } else {
                    Capabilities::read(&reply.lines, self.profile.tls.is_active())
                };
                self.greeted()
            }
            // RFC 5321 §3.2: a host that does not know EHLO.
            5 if !helo => self.say_hello(true),
            _ => self.refused(&reply, Stage::Hello),
        }
    }

    /// After EHLO: TLS first, then the log-in.
    fn greeted(&mut self) -> Turn {
        let login = self.profile.login.is_some();
        match self.profile.tls {
            TlsUse::Active { .. } if login => self.begin_login(),
            TlsUse::Active { .. } => (State::Ready, None),
            TlsUse::Never if login => self.give_up(
                unfit(
                    Stage::Login,
                    (5, 7, 11),
                    "The password is never sent without TLS, and TLS is switched off for this relay".to_owned(),
                ),
                true,
            ),
            TlsUse::Wanted | TlsUse::Required if self.capabilities.start_tls => {
                self.say("STARTTLS");
                self.since = self.now;
                (State::StartTls, None)
            }
            TlsUse::Wanted if !login => (State::Ready, None),
            TlsUse::Wanted | TlsUse::Required => self.give_up(
                no_tls(
                    "The other server does not offer TLS, and this mail must not go without it"
                        .to_owned(),
                ),
                true,
            ),
            TlsUse::Never => (State::Ready, None),
        }
    }

    pub(super) fn start_tls(&mut self) -> Turn {
        let reply = match self.hear(Stage::StartTls) {
            Heard::Reply(reply) => reply,
            Heard::Nothing => return (State::StartTls, Some(Step::Read)),
            Heard::Lost(verdict) => return self.give_up(verdict, false),
        };
        let optional = matches!(self.profile.tls, TlsUse::Wanted) && self.profile.login.is_none();
        match reply.class() {
            2 if self.replies.is_empty() => (State::Securing, Some(Step::StartTls)),
            2 => self.injected(),
            4 | 5 if reply.code != 421 && optional => (State::Ready, None),
            4 | 5 => {
                let verdict = Verdict {
                    fate: Fate::Later,
                    ..replied(&reply, Stage::StartTls)
                };
                self.give_up(verdict, reply.code != 421)
            }
            _ => self.refused(&reply, Stage::StartTls),
        }
    }

    /// The driver stepped without answering: it is asked again, until the time is over.
    pub(super) fn securing(&mut self) -> Turn {
        if let Some(why) = &self.closed {
            let verdict = lost(Stage::StartTls, why, None);
            return self.give_up(verdict, false);
        }
        if self.now >= self.due {
            let words = "The TLS handshake with the other server took too long".to_owned();
            return self.give_up(no_tls(words), false);
        }
        (State::Securing, Some(Step::StartTls))
    }

    /// TLS is up: begin again, knowing nothing.
    pub(super) fn secured(&mut self) {
        self.capabilities = Capabilities::default();
        (self.state, _) = if self.replies.is_empty() {
            self.say_hello(false)
        } else {
            self.injected()
        };
    }

    /// What stands behind the 220 in the clear would be taken for answers under TLS: somebody wrote it in between.
    fn injected(&mut self) -> Turn {
        self.replies.clear();
        let words = "Something was said in the clear behind the other server's answer to STARTTLS; somebody on the way may have put it there";
        self.give_up(no_tls(words.to_owned()), false)
    }

    /// The session is refused.
    pub(super) fn refused(&mut self, reply: &Reply, stage: Stage) -> Turn {
        if matches!(reply.class(), 2 | 3) {
            let words = out_of_turn(stage, reply);
            return self.give_up(nonsense(stage, words), false);
        }
        self.give_up(replied(reply, stage), reply.code != 421)
    }

    /// Between transactions.
    pub(super) fn ready(&mut self) -> Turn {
        if let Some(verdict) = self.ended_between() {
            let trouble = Box::new(verdict);
            return match self.waiting.take() {
                Some(transaction) => self.untried(*transaction, &trouble),
                None => (State::Over(Some(trouble)), None),
            };
        }
        if let Some(transaction) = self.waiting.take() {
            return self.begin(*transaction);
        }
        if self.quitting {
            self.say("QUIT");
            self.since = self.now;
            return (State::Quit, None);
        }
        (State::Ready, Some(Step::Ready))
    }

    /// Whether the session ended while nothing was asked: by 421, by nonsense, by a hang-up.
    fn ended_between(&mut self) -> Option<Verdict> {
        match self.replies.next(&self.limits) {
            Some(Ok(reply)) if matches!(reply.class(), 4 | 5) => Some(Verdict {
                fate: Fate::Later,
                scope: Scope::Session,
                ..replied(&reply, Stage::Mail)
            }),
            Some(Ok(reply)) => Some(nonsense(
                Stage::Mail,
                format!(
                    "The other server spoke without being asked: {}",
                    reply.words()
                ),
            )),
            Some(Err(sentence)) => Some(nonsense(Stage::Mail, sentence)),
            None => self
                .closed
                .as_deref()
                .map(|why| lost(Stage::Mail, why, None)),
        }
    }

    /// Whatever comes behind QUIT, or does not: it was only politeness.
    pub(super) fn quitted(&mut self) -> Turn {
        match self.hear(Stage::Connect) {
            Heard::Nothing => (State::Quit, Some(Step::Read)),
            Heard::Reply(_) | Heard::Lost(_) => (State::Over(None), None),
        }
    }
}
