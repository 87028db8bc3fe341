//! A transaction's envelope: MAIL, RCPT and DATA, in one go where PIPELINING is offered (RFC 2920), one by one elsewhere.
//!
//! DATA goes along with the last RCPT. If then no recipient is taken and 354 comes all the same, a lone dot ends it (RFC 2920 §3.1): an empty
//! message for nobody. A message that goes in chunks waits for the recipients' verdicts first, since it is large.

use super::judge::{crowded, nonsense, out_of_turn, replied};
use super::normal::Normaliser;
use super::reply::Reply;
use super::state::{Content, Expect, Job, Next, State, Turn};
use super::{BodyType, Heard, Outcome, Scope, Session, Stage, Step, Transaction, Verdict};
use crate::client::step::Fate;

impl Session {
    /// A transaction begins: who can be named at all, and what comes first.
    pub(super) fn begin(&mut self, transaction: Transaction) -> Turn {
        let mut verdicts: Vec<Option<Verdict>> = vec![None; transaction.recipients.len()];
        if let Some(verdict) = self.unfit(&transaction) {
            verdicts.fill(Some(verdict));
        }
        let mut tried = Vec::new();
        let mut domains: Vec<&str> = Vec::new();
        let can = &self.capabilities;
        let most = |limit: Option<u32>| {
            limit.map_or(usize::MAX, |limit| {
                usize::try_from(limit).unwrap_or(usize::MAX)
            })
        };
        let most_domains = most(can.rcpt_domain_max);
        let most = most(can.rcpt_max).min(self.limits.recipients).max(1);
        for (at, (recipient, verdict)) in
            transaction.recipients.iter().zip(&mut verdicts).enumerate()
        {
            if verdict.is_some() {
                continue;
            }
            let domain = recipient.address.domain();
            let known = domains
                .iter()
                .any(|known| known.eq_ignore_ascii_case(domain));
            *verdict = self.unfit_recipient(&recipient.address);
            if verdict.is_none()
                && (tried.len() >= most || (!known && domains.len() >= most_domains))
            {
                let words = "There were too many recipients for one transaction with the other server; this one goes in the next";
                *verdict = Some(crowded(words.to_owned()));
            }
            if verdict.is_none() {
                tried.push(at);
                if !known {
                    domains.push(domain);
                }
            }
        }
        let binary = transaction.body == BodyType::BinaryMime;
        let chunked = binary || (can.chunking && transaction.size >= self.limits.chunking_from);
        let next = match (tried.is_empty(), self.dirty) {
            (true, _) => Next::Nothing,
            (false, true) => Next::Reset,
            (false, false) => Next::Mail,
        };
        let job = Job {
            transaction,
            started: self.now,
            verdicts,
            tried,
            accepted: Vec::new(),
            crowded: Vec::new(),
            next,
            expected: Default::default(),
            opened: false,
            refused: false,
            chunked,
            content: Content {
                normaliser: (!binary).then(|| Normaliser::new(!chunked)),
                chunk: Vec::new(),
                ended: false,
                handed_out: false,
            },
        };
        self.since = self.now;
        (State::Envelope(Box::new(job)), None)
    }

    /// Says what may be said, then listens for one answer.
    pub(super) fn envelope(&mut self, mut job: Box<Job>) -> Turn {
        self.say_more(&mut job);
        let Some(expect) = job.expected.front().copied() else {
            return self.envelope_over(job);
        };
        match self.hear(expect.stage()) {
            Heard::Reply(reply) => {
                job.expected.pop_front();
                self.answered(job, expect, &reply)
            }
            Heard::Nothing => (State::Envelope(job), Some(Step::Read)),
            Heard::Lost(verdict) => self.broken(job, verdict),
        }
    }

    fn say_more(&mut self, job: &mut Job) {
        let window = if self.capabilities.pipelining {
            self.limits.pipeline.max(1)
        } else {
            1
        };
        while job.expected.len() < window && !job.refused {
            let (command, expect) = match job.next {
                Next::Reset => {
                    job.next = Next::Mail;
                    ("RSET".to_owned(), Expect::Reset)
                }
                Next::Mail => {
                    job.next = Next::Rcpt(0);
                    (self.mail_command(&job.transaction), Expect::Mail)
                }
                Next::Rcpt(place) => {
                    let recipient = job.tried.get(place).copied();
                    let named =
                        recipient.and_then(|at| Some((at, job.transaction.recipients.get(at)?)));
                    let Some((at, recipient)) = named else {
                        job.next = if job.chunked {
                            Next::Nothing
                        } else {
                            Next::Data
                        };
                        continue;
                    };
                    job.next = Next::Rcpt(place + 1);
                    let command = self.rcpt_command(recipient, job.transaction.by);
                    (command, Expect::Rcpt(at))
                }
                Next::Data => {
                    let hope = job
                        .expected
                        .iter()
                        .any(|expect| matches!(expect, Expect::Rcpt(_)));
                    job.next = Next::Nothing;
                    if job.accepted.is_empty() && !hope {
                        return;
                    }
                    ("DATA".to_owned(), Expect::Data)
                }
                Next::Nothing => return,
            };
            self.say(&command);
            if job.expected.is_empty() {
                self.since = self.now;
            }
            job.expected.push_back(expect);
        }
    }

    fn answered(&mut self, mut job: Box<Job>, expect: Expect, reply: &Reply) -> Turn {
        let stage = expect.stage();
        let wanted = match expect {
            Expect::Data => 3,
            _ => 2,
        };
        // A dot that was sent to nobody may be answered as it likes.
        if reply.code == 421 || (expect == Expect::Reset && reply.class() != 2) {
            let verdict = Verdict {
                fate: Fate::Later,
                scope: Scope::Session,
                ..replied(reply, stage)
            };
            return self.broken(job, verdict);
        }
        let refusal = matches!(reply.class(), 4 | 5);
        if reply.class() != wanted && !refusal && expect != Expect::LoneDot {
            let verdict = nonsense(stage, out_of_turn(stage, reply));
            return self.broken(job, verdict);
        }
        match expect {
            Expect::Mail if refusal => {
                job.refused = true;
                job.judge_rest(&replied(reply, stage));
            }
            Expect::Mail => job.opened = true,
            Expect::Rcpt(at) if refusal => {
                let verdict = replied(reply, stage);
                if too_many(reply) {
                    job.crowded.push(at);
                }
                job.judge(at, too_many_later(reply, verdict));
            }
            Expect::Rcpt(at) if job.opened => job.accepted.push(at),
            Expect::Data if refusal => {
                let verdict = replied(reply, stage);
                job.judge_rest(&verdict);
                job.accepted.clear();
            }
            Expect::Data if job.accepted.is_empty() => {
                self.say(".");
                self.since = self.now;
                job.expected.push_back(Expect::LoneDot);
            }
            Expect::Data => {
                self.since = self.now;
                return (State::Content(job), None);
            }
            Expect::Reset | Expect::Rcpt(_) | Expect::LoneDot | Expect::Chunk | Expect::End => {}
        }
        (State::Envelope(job), None)
    }

    /// Everything said was answered, and DATA was refused or not said.
    fn envelope_over(&mut self, job: Box<Job>) -> Turn {
        if job.chunked && !job.accepted.is_empty() {
            self.since = self.now;
            return (State::Content(job), None);
        }
        if !job.tried.is_empty() {
            self.dirty = job.opened;
        }
        self.finish(job, State::Ready)
    }

    /// The session broke in the middle: who has no verdict gets this one.
    pub(super) fn broken(&mut self, mut job: Box<Job>, verdict: Verdict) -> Turn {
        job.judge_rest(&verdict);
        self.finish(job, State::Over(None))
    }

    /// No transaction is possible any more.
    pub(super) fn untried(&mut self, transaction: Transaction, trouble: &Verdict) -> Turn {
        let recipients = vec![trouble.clone(); transaction.recipients.len()];
        (State::Over(None), Some(Step::Done(Outcome { recipients })))
    }

    /// The transaction is over.
    pub(super) fn finish(&mut self, mut job: Box<Job>, next: State) -> Turn {
        self.transactions = self.transactions.saturating_add(1);
        self.complaint = None;
        let most = self.capabilities.mail_max.unwrap_or(u32::MAX);
        self.quitting |= self.transactions >= self.limits.transactions.min(most);
        // Who was one too many is only told to come again at once if somebody got through: else the next time ends like this one.
        let progress = !job.accepted.is_empty();
        for at in std::mem::take(&mut job.crowded) {
            if let Some(Some(verdict)) = job.verdicts.get_mut(at) {
                verdict.again_now = progress;
            }
        }
        let nobody = nonsense(Stage::Rcpt, "The other server was not asked".to_owned());
        let recipients = job
            .verdicts
            .into_iter()
            .map(|verdict| verdict.unwrap_or_else(|| nobody.clone()))
            .collect();
        (next, Some(Step::Done(Outcome { recipients })))
    }
}

/// Whether a recipient was refused only for being one too many: 452, or 552 from hosts of before RFC 2821 (RFC 5321 §4.5.3.1.10). With another
/// enhanced status (a full mailbox, 5.2.2) it means what that says.
fn too_many(reply: &Reply) -> bool {
    let status = reply.status().map(|status| (status.subject, status.detail));
    matches!(reply.code, 452 | 552) && matches!(status, None | Some((5, 3)))
}

fn too_many_later(reply: &Reply, verdict: Verdict) -> Verdict {
    if too_many(reply) {
        Verdict {
            fate: Fate::Later,
            ..verdict
        }
    } else {
        verdict
    }
}
