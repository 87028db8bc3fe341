//! DATA (RFC 5321 §4.1.1.4) and BDAT (RFC 3030): the message passes through, is judged, and is kept or refused.
//!
//! A refusal waits until the client has sent what it announced, since it does not listen before; what it sends after the refusal is decided is
//! thrown away, as far as [`crate::Limits::drain`] goes.

mod body;

pub(super) use body::Body;

use super::sender::refusal;
use super::state::{Hello, Letter, Skip, State, Turn};
use super::{BodyType, Session, Step};
use crate::Reply;
use crate::bdat::Chunk;
use crate::data::DataReader;
use body::Refusal;
use std::time::Instant;

impl Session {
    pub(super) fn data(&mut self, state: State) -> Turn {
        match state {
            State::Recipients(sender, _) if sender.parameters.body == BodyType::BinaryMime => self
                .no_data(
                    State::Failed(sender.hello),
                    &Reply::new(503, (5, 5, 1), "BINARYMIME needs BDAT"),
                ),
            State::Recipients(sender, recipients) => {
                self.say(&Reply::plain(
                    354,
                    "Go ahead; end with a dot on a line of its own",
                ));
                (
                    State::Data(
                        Letter::new(sender, recipients, &self.limits),
                        DataReader::new(),
                    ),
                    None,
                )
            }
            State::Sender(sender) => self.no_data(
                State::Sender(sender),
                &Reply::new(554, (5, 5, 1), "No valid recipients"),
            ),
            State::Chunks(letter) => {
                let (state, step) = State::Chunks(letter).reset();
                let (state, end) = self.no_data(
                    state,
                    &Reply::new(503, (5, 5, 1), "BDAT was begun; DATA cannot follow"),
                );
                (state, end.or(step))
            }
            other => {
                let reply = self.stranger_reply();
                let reply =
                    reply.unwrap_or_else(|| Reply::new(503, (5, 5, 1), "Say MAIL and RCPT first"));
                self.no_data(other, &reply)
            }
        }
    }

    /// DATA is refused. RFC 2920 §3.1 has it last in a group: a client that sent more did not wait for the answer, and what it sent may be
    /// a message. Read as commands it would be somebody else's words in its mouth, so the connection ends.
    fn no_data(&mut self, state: State, reply: &Reply) -> Turn {
        self.say(reply);
        if self.input.is_empty() {
            (state, None)
        } else {
            (State::Closed, Some(Step::Close))
        }
    }

    pub(super) fn read_data(
        &mut self,
        mut letter: Box<Letter>,
        mut reader: DataReader,
        now: Instant,
    ) -> Turn {
        let rest = self.input.rest();
        let input = rest.get(..letter.body.budget()).unwrap_or(rest);
        if input.is_empty() {
            return (State::Data(letter, reader), Some(Step::Read));
        }
        let mut content = Vec::with_capacity(input.len());
        let taken = reader.read(input, &mut content);
        letter.body.spend(taken.octets);
        self.input.consume(taken.octets);
        if letter.body.progressed(taken.octets, self.limits.progress) {
            self.waiting_since = now;
        }
        let step = match reader.fault() {
            Some(fault) => letter.body.refuse(Refusal::Line(fault)),
            None => letter.body.take(content, &self.limits),
        };
        if taken.ended {
            self.waiting_since = now;
            return (State::Whole(letter), step);
        }
        if letter.body.budget() == 0 {
            return self.refuse_all(letter.body.refusal_reply());
        }
        (State::Data(letter, reader), step)
    }

    pub(super) fn bdat(&mut self, state: State, size: u64, last: bool) -> Turn {
        let chunk = Chunk::new(size, last);
        let mut letter = match state {
            State::Recipients(sender, recipients) => Letter::new(sender, recipients, &self.limits),
            State::Chunks(letter) => letter,
            State::Sender(sender) => {
                return self.no_bdat(
                    chunk,
                    Reply::new(554, (5, 5, 1), "No valid recipients"),
                    State::Sender(sender),
                );
            }
            State::Failed(hello) => {
                return self.no_bdat(chunk, after_refusal(), State::Failed(hello));
            }
            other => {
                if let (Some(reply), true) = (self.stranger_reply(), size > 0) {
                    // A stranger is not worth reading through a chunk.
                    return self.refuse_all(reply);
                }
                return self.no_bdat(
                    chunk,
                    Reply::new(503, (5, 5, 1), "Say MAIL and RCPT first"),
                    other,
                );
            }
        };
        if letter.body.octets().saturating_add(size) > self.limits.size {
            let step = letter.body.refuse(Refusal::Size);
            if size > self.limits.drain {
                return self.refuse_all(letter.body.refusal_reply());
            }
            return (State::Chunk(letter, chunk), step);
        }
        (State::Chunk(letter, chunk), None)
    }

    /// BDAT is refused, but its chunk is under way: it is passed over before the answer (RFC 3030 §2).
    fn no_bdat(&mut self, chunk: Chunk, reply: Reply, next: State) -> Turn {
        if chunk.left() > self.limits.drain {
            return self.refuse_all(reply);
        }
        (State::Skip(Box::new(Skip { chunk, reply, next })), None)
    }

    pub(super) fn skip_chunk(&mut self, mut skip: Box<Skip>, now: Instant) -> Turn {
        let taken = skip.chunk.take(self.input.rest()).len();
        self.input.consume(taken);
        if skip.chunk.left() > 0 {
            return (State::Skip(skip), Some(Step::Read));
        }
        self.waiting_since = now;
        self.answer(skip.next, &skip.reply)
    }

    pub(super) fn read_chunk(
        &mut self,
        mut letter: Box<Letter>,
        mut chunk: Chunk,
        now: Instant,
    ) -> Turn {
        let content = chunk.take(self.input.rest()).to_vec();
        let taken = content.len();
        if taken == 0 && chunk.left() > 0 {
            return (State::Chunk(letter, chunk), Some(Step::Read));
        }
        self.input.consume(taken);
        if letter.body.progressed(taken, self.limits.progress) {
            self.waiting_since = now;
        }
        let step = letter.body.take_lines(content, &self.limits);
        if chunk.left() > 0 {
            return (State::Chunk(letter, chunk), step);
        }
        self.waiting_since = now;
        if !chunk.is_last() {
            return self.chunk_over(letter, step);
        }
        match (step, letter.body.finish_lines()) {
            (step, None) => (State::Whole(letter), step),
            (None, step) => (State::Whole(letter), step),
            // What is left to give comes first, then what ends it.
            (Some(step), then) => {
                self.pending = then;
                (State::Whole(letter), Some(step))
            }
        }
    }

    /// A chunk that is not the last is answered by itself.
    fn chunk_over(&mut self, letter: Box<Letter>, step: Option<Step>) -> Turn {
        if letter.body.is_refused() {
            self.say(&letter.body.refusal_reply());
            return (State::Failed(letter.sender.hello), step);
        }
        self.say(&Reply::new(250, (2, 0, 0), "Chunk received"));
        (State::Chunks(letter), step)
    }

    /// The end: refuse it, or have it kept.
    pub(super) fn whole(&mut self, letter: Letter) -> Turn {
        if letter.body.is_refused() {
            let reply = letter.body.refusal_reply();
            if letter.body.ends_connection() {
                return self.refuse_all(reply);
            }
            return self.answer(State::Named(letter.sender.hello), &reply);
        }
        let (envelope, hello) = letter.into_envelope(&self.profile, self.account, self.haste);
        (State::Keeping(hello), Some(Step::Keep(envelope)))
    }

    /// Answers [`Step::Keep`]: `Ok` only when the message is durable. The reply of an `Err` must be a 4xx or 5xx.
    pub fn kept(&mut self, outcome: Result<(), Reply>) {
        let hello: Hello = match std::mem::replace(&mut self.state, State::Closed) {
            State::Keeping(hello) => hello,
            other => {
                self.state = other;
                return;
            }
        };
        self.answered = true;
        let reply = match outcome {
            Ok(()) => Reply::new(250, (2, 0, 0), "Message kept"),
            Err(reply) => refusal(reply),
        };
        self.say(&reply);
        self.state = State::Named(hello);
    }
}

fn after_refusal() -> Reply {
    Reply::new(
        503,
        (5, 5, 1),
        "The message was refused; RSET and begin again",
    )
}
