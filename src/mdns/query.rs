//! What is answered to whom, and when (RFC 6762 §5.4, §5.5, §6, §7.1, §7.2).
//!
//! Promises: a question from beyond the link gets nothing, or, if it came to the group, what all get; answers to one asker are bounded in number, wait in
//! bounded memory, and go nowhere but to the link.

use std::net::SocketAddr;
use std::time::Duration;

use crate::limits;
use crate::link::{Link, Plain, Reply};
use crate::random::Random;
use crate::read::{Message, Question, Section};
use crate::record::{ANY_CLASS, IN, kind};
use crate::responder::Time;
use crate::table::{Due, Role};

/// How one of our records is asked for.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    /// By a question that wants it from the group.
    multicast: bool,
    /// By one that takes a unicast answer.
    unicast: bool,
    /// By a probe: defended at once.
    probe: bool,
    /// The asker knows it already.
    known: bool,
}

impl Asked {
    fn at_all(self) -> bool {
        self.multicast || self.unicast
    }
}

impl Link {
    /// A query came, from `from`, to the group or to this host alone.
    pub(crate) fn query(
        &mut self,
        now: Time,
        message: &Message<'_>,
        from: SocketAddr,
        to_group: bool,
        random: &mut Random,
    ) {
        let near = self.is_near(from.ip());
        let plain = from.port() != limits::PORT;
        if !near && (plain || !to_group) {
            return;
        }
        if !plain {
            self.break_ties(now, message);
            self.forget_known(now, message, from, random);
        }
        let mut asked = self.asked(message, near);
        self.mark_known(message, &mut asked);
        let delay = self.delay(message, &asked, random);
        let waits = message.is_truncated();
        if plain || !to_group {
            // A single querier by its own word: to it alone.
            let wanted = wanted(&asked);
            let plain = plain.then(|| plain_of(message));
            self.reply(Reply {
                to: from,
                at: now + delay,
                entries: wanted,
                waits,
                plain,
            });
            return;
        }
        let mut direct = Vec::new();
        for (at, asked) in asked.iter().enumerate() {
            let Some(entry) = self
                .entries
                .get(at)
                .filter(|_| asked.at_all() && !asked.known)
            else {
                continue;
            };
            // Heard by all within the last quarter of its time?
            let quarter = Duration::from_secs(u64::from(entry.ttl)) / 4;
            let fresh = entry.last.is_some_and(|last| now < last + quarter);
            let alone = asked.unicast && !asked.multicast;
            if alone && (fresh || asked.probe) {
                direct.push((at, asked.probe));
            }
            if !alone || !fresh {
                self.schedule(
                    at,
                    Due {
                        at: if asked.probe { now } else { now + delay },
                        asker: Some(from),
                        waits: waits && !asked.probe,
                        defends: asked.probe,
                    },
                );
            }
        }
        let defends = direct.iter().any(|(_, probe)| *probe);
        self.reply(Reply {
            to: from,
            at: if defends { now } else { now + delay },
            entries: direct.into_iter().map(|(at, _)| at).collect(),
            waits: waits && !defends,
            plain: None,
        });
    }

    /// Which of our records the questions ask for.
    fn asked(&self, message: &Message<'_>, near: bool) -> Vec<Asked> {
        let mut asked = vec![Asked::default(); self.entries.len()];
        let proposed = self.proposed_names(message);
        for question in message.questions() {
            if question.class != IN && question.class != ANY_CLASS {
                continue;
            }
            for at in self.matches(&question) {
                let Some(asked) = asked.get_mut(at) else {
                    continue;
                };
                if question.unicast && near {
                    asked.unicast = true;
                } else {
                    asked.multicast = true;
                }
                asked.probe |= proposed.get(at).is_some_and(|proposed| *proposed);
            }
        }
        asked
    }

    /// Of every record of ours, whether somebody proposes records of his own under its name.
    fn proposed_names(&self, message: &Message<'_>) -> Vec<bool> {
        let mut proposed = vec![false; self.entries.len()];
        for record in message.of(Section::Authority) {
            for (entry, proposed) in self.entries.iter().zip(&mut proposed) {
                *proposed |= entry.is_unique() && entry.name == record.name;
            }
        }
        proposed
    }

    /// The records that answer a question; the one that says that there are none, where we know that (RFC 6762 §6.1).
    fn matches(&self, question: &Question) -> Vec<usize> {
        let named = || {
            let all = self.entries.iter().enumerate();
            all.filter(|(at, entry)| self.is_said(*at) && entry.name == question.name)
        };
        let there: Vec<usize> = named()
            .filter(|(_, entry)| {
                entry.role != Role::Nothing
                    && (question.kind == kind::ANY || entry.kind() == question.kind)
            })
            .map(|(at, _)| at)
            .collect();
        if !there.is_empty() {
            return there;
        }
        let nothing = named().filter(|(_, entry)| entry.role == Role::Nothing);
        nothing.map(|(at, _)| at).collect()
    }

    /// Known-answer suppression: what the asker knows for at least half of its time is not said; of a unique set all or nothing.
    fn mark_known(&self, message: &Message<'_>, asked: &mut [Asked]) {
        if !asked.iter().any(|asked| asked.at_all()) {
            return;
        }
        for record in message.of(Section::Answer) {
            if record.class != IN {
                continue;
            }
            for (entry, asked) in self.entries.iter().zip(asked.iter_mut()) {
                asked.known |= asked.at_all()
                    && record.ttl >= entry.ttl.div_ceil(2)
                    && entry.is(&record.name, record.kind, &record.data);
            }
        }
        let unknown: Vec<usize> = wanted(asked);
        for at in unknown {
            let Some(one) = self.entries.get(at).filter(|entry| entry.is_unique()) else {
                continue;
            };
            for (entry, asked) in self.entries.iter().zip(asked.iter_mut()) {
                asked.known &= !entry.is_set_of(one);
            }
        }
    }

    /// Known answers that follow an earlier packet of the same asker: what was to be said to him is not said (RFC 6762 §7.2).
    fn forget_known(
        &mut self,
        now: Time,
        message: &Message<'_>,
        from: SocketAddr,
        random: &mut Random,
    ) {
        let waits = self.entries.iter().any(|entry| {
            entry
                .due
                .is_some_and(|due| due.waits && due.asker == Some(from))
        }) || self
            .replies
            .iter()
            .any(|reply| reply.waits && reply.to == from);
        if !waits {
            return;
        }
        for record in message.of(Section::Answer) {
            for at in 0..self.entries.len() {
                let Some(entry) = self.entries.get_mut(at) else {
                    continue;
                };
                if record.class != IN
                    || record.ttl < entry.ttl.div_ceil(2)
                    || !entry.is(&record.name, record.kind, &record.data)
                {
                    continue;
                }
                if entry
                    .due
                    .is_some_and(|due| due.waits && due.asker == Some(from))
                {
                    entry.due = None;
                }
                for reply in self.replies.iter_mut().filter(|reply| reply.to == from) {
                    reply.entries.retain(|entry| *entry != at);
                }
            }
        }
        self.replies.retain(|reply| !reply.entries.is_empty());
        if message.is_truncated() {
            let later = now + random.between(limits::TRUNCATED_DELAY);
            let dues = self
                .entries
                .iter_mut()
                .filter_map(|entry| entry.due.as_mut());
            for due in dues.filter(|due| due.waits && due.asker == Some(from)) {
                due.at = due.at.max(later);
            }
            for reply in self.replies.iter_mut().filter(|reply| reply.to == from) {
                reply.at = reply.at.max(later);
            }
        }
    }

    /// At once where nobody else can answer; else a random while, longer where known answers follow (RFC 6762 §6, §6.3).
    fn delay(&self, message: &Message<'_>, asked: &[Asked], random: &mut Random) -> Duration {
        if message.is_truncated() {
            return random.between(limits::TRUNCATED_DELAY);
        }
        let shared = self
            .entries
            .iter()
            .zip(asked)
            .any(|(entry, asked)| asked.at_all() && !entry.is_unique());
        if shared || message.questions_count() > 1 {
            return random.between(limits::SHARED_DELAY);
        }
        Duration::ZERO
    }

    /// Lets a unicast answer wait. Where too many wait it is not given.
    fn reply(&mut self, reply: Reply) {
        if !reply.entries.is_empty() && self.replies.len() < limits::REPLIES {
            self.replies.push(reply);
        }
    }
}

/// Places of what is asked for and not known.
fn wanted(asked: &[Asked]) -> Vec<usize> {
    let all = asked.iter().enumerate();
    all.filter(|(_, asked)| asked.at_all() && !asked.known)
        .map(|(at, _)| at)
        .collect()
}

/// What a plain DNS client's query says of its answer: the questions are repeated, its size is kept to (RFC 6891 §6.2.3).
fn plain_of(message: &Message<'_>) -> Plain {
    let size = message
        .of(Section::Additional)
        .find(|record| record.kind == kind::OPT)
        .map_or(limits::PLAIN_ANSWER, |record| usize::from(record.class));
    Plain {
        id: message.id,
        questions: message
            .questions()
            .take(limits::PLAIN_QUESTIONS)
            .map(|question| (question.name, question.kind, question.class))
            .collect(),
        longest: size.clamp(limits::PLAIN_ANSWER, limits::PACKET_SENT),
    }
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
