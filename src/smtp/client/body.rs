//! A transaction's content: DATA's lines and dot, or BDAT's chunks (RFC 3030), and the answer to the whole.
//!
//! A refusal in the middle is heard: a chunk's ends the transfer, and the session goes on; DATA has no way to stop but to close.

use super::judge::{nonsense, out_of_turn, replied};
use super::reply::Reply;
use super::state::{Expect, Job, State, Turn};
use super::{Fate, Heard, ROOM, Scope, Session, Stage, Step, Verdict};

impl Session {
    /// Answers [`Step::Content`] with the next octets of the message, in any pieces: lines that end with CRLF.
    pub fn content(&mut self, octets: &[u8]) {
        let State::Content(job) = &mut self.state else {
            return;
        };
        let content = &mut job.content;
        match (&mut content.normaliser, job.chunked) {
            (Some(normaliser), false) => normaliser.push(octets, &mut self.said),
            (Some(normaliser), true) => normaliser.push(octets, &mut content.chunk),
            (None, _) => content.chunk.extend_from_slice(octets),
        }
        if job.chunked && job.content.chunk.len() >= self.limits.chunk.max(1) {
            send_chunk(job, &mut self.said);
        }
    }

    /// Answers [`Step::Content`]: the message is whole.
    pub fn content_end(&mut self) {
        let State::Content(job) = &mut self.state else {
            return;
        };
        job.content.ended = true;
        let content = &mut job.content;
        match (&mut content.normaliser, job.chunked) {
            (Some(normaliser), false) => {
                normaliser.finish(&mut self.said);
                self.said.extend_from_slice(b".\r\n");
                job.expected.push_back(Expect::End);
            }
            (Some(normaliser), true) => {
                normaliser.finish(&mut content.chunk);
                send_chunk(job, &mut self.said);
            }
            (None, _) => send_chunk(job, &mut self.said),
        }
    }

    /// Wants content, unless something was said against it.
    pub(super) fn sending(&mut self, mut job: Box<Job>) -> Turn {
        if job.content.ended {
            self.since = self.now;
            return (State::End(job), None);
        }
        let expect = job.expected.front().copied();
        match self.hear(Stage::Content) {
            Heard::Reply(reply) => match expect {
                Some(_) => {
                    job.expected.pop_front();
                    self.chunk_answered(job, &reply)
                }
                None => self.interrupted(job, &reply),
            },
            Heard::Lost(verdict) => self.broken(job, verdict),
            Heard::Nothing => {
                let unanswered = if self.capabilities.pipelining {
                    self.limits.chunks_unanswered.max(1)
                } else {
                    1
                };
                let step = if job.expected.len() >= unanswered {
                    Step::Read
                } else {
                    self.since = self.now;
                    Step::Content { room: ROOM }
                };
                (State::Content(job), Some(step))
            }
        }
    }

    /// The answer to a chunk that is not the last.
    fn chunk_answered(&mut self, mut job: Box<Job>, reply: &Reply) -> Turn {
        match reply.class() {
            2 => (State::Content(job), None),
            4 | 5 if reply.code != 421 => {
                job.judge_rest(&replied(reply, Stage::Content));
                job.refused = true;
                (State::End(job), None)
            }
            _ => self.interrupted(job, reply),
        }
    }

    /// Something is said while we speak. A refusal holds; but what was sent so far must not be taken for the message, so nothing more goes out.
    fn interrupted(&mut self, job: Box<Job>, reply: &Reply) -> Turn {
        let verdict = if matches!(reply.class(), 4 | 5) {
            replied(reply, Stage::Content)
        } else {
            nonsense(Stage::Content, out_of_turn(Stage::Content, reply))
        };
        // Not even what was piled up.
        self.said.clear();
        self.broken(job, verdict)
    }

    /// Waits for the last answers.
    pub(super) fn end(&mut self, mut job: Box<Job>) -> Turn {
        let Some(expect) = job.expected.front().copied() else {
            self.dirty = job.refused;
            return self.finish(job, State::Ready);
        };
        // What the driver never got to send cannot have arrived.
        let stage = match expect {
            Expect::End if job.content.handed_out && !job.refused => Stage::End,
            _ => Stage::Content,
        };
        match self.hear(stage) {
            Heard::Nothing => (State::End(job), Some(Step::Read)),
            Heard::Lost(verdict) => {
                // The last chunk's answer may be the one that is lost, though it was another's turn.
                let maybe = job.content.ended && job.content.handed_out && !job.refused;
                let verdict = Verdict {
                    answer_lost: maybe,
                    ..verdict
                };
                self.broken(job, verdict)
            }
            // An answer to what was not sent yet.
            Heard::Reply(reply) if expect == Expect::End && !job.content.handed_out => {
                self.interrupted(job, &reply)
            }
            Heard::Reply(reply) => {
                job.expected.pop_front();
                self.end_answered(job, expect, &reply)
            }
        }
    }

    fn end_answered(&mut self, mut job: Box<Job>, expect: Expect, reply: &Reply) -> Turn {
        let stage = expect.stage();
        match reply.class() {
            2 if expect == Expect::End && !job.refused => {
                let verdict = Verdict {
                    relayed_dsn: self.capabilities.dsn,
                    ..replied(reply, stage)
                };
                job.judge_rest(&verdict);
            }
            2 => {}
            4 | 5 => {
                let verdict = replied(reply, stage);
                job.judge_rest(&verdict);
                if reply.code == 421 {
                    return self.broken(job, verdict);
                }
                // A chunk was refused: the rest is answered too, and means nothing.
                job.refused |= job.chunked;
            }
            _ => {
                let verdict = Verdict {
                    fate: Fate::Later,
                    scope: Scope::Session,
                    ..nonsense(stage, out_of_turn(stage, reply))
                };
                return self.broken(job, verdict);
            }
        }
        (State::End(job), None)
    }
}

/// `BDAT chunk-size [ LAST ]` and the chunk (RFC 3030 §2).
fn send_chunk(job: &mut Job, said: &mut Vec<u8>) {
    let (last, expect) = if job.content.ended {
        (" LAST", Expect::End)
    } else {
        ("", Expect::Chunk)
    };
    said.extend_from_slice(format!("BDAT {}{last}\r\n", job.content.chunk.len()).as_bytes());
    said.append(&mut job.content.chunk);
    job.expected.push_back(expect);
}
