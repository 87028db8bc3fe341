//! Whose name is it? Three questions for every name that is to be ours alone, and what happens when another host asks them at the same time (RFC 6762 §8.1, §8.2).

use crate::identity::Claim;
use crate::limits;
use crate::link::{Link, News, Stage};
use crate::name::Name;
use crate::read::{Message, Section};
use crate::record::{IN, TOP, kind};
use crate::responder::{Time, To};
use crate::table::Role;
use crate::write::Writer;

/// Class, type and spelled-out data: what is compared.
type Proposed = (u16, u16, Vec<u8>);

const CLAIMS: [Claim; 2] = [Claim::Host, Claim::Instance];

impl Link {
    /// Sends the probes that are due, all in one packet; names that nobody has claimed by the end of the third's time are held and announced.
    pub(crate) fn probe(&mut self, now: Time, news: &mut Vec<News>) {
        let mut asked = Vec::new();
        for claim in CLAIMS {
            match self.stage(claim) {
                Stage::Probing { sent, next } if next <= now && sent < limits::PROBES => {
                    let next = now + limits::PROBE_GAP;
                    self.set_stage(
                        claim,
                        Stage::Probing {
                            sent: sent + 1,
                            next,
                        },
                    );
                    asked.push(claim);
                }
                Stage::Probing { next, .. } if next <= now => {
                    self.set_stage(claim, Stage::Held);
                    self.begin_announcing(now);
                }
                Stage::Probing { .. } | Stage::Held => {}
            }
        }
        if !asked.is_empty() {
            self.last_probe = Some(now);
            // A packet each where they do not fit into one.
            match self.probe_packet(&asked) {
                Some(packet) => news.push(News::Send(To::Group, packet)),
                None => {
                    let packets = asked
                        .iter()
                        .filter_map(|claim| self.probe_packet(&[*claim]));
                    news.extend(packets.map(|packet| News::Send(To::Group, packet)));
                }
            }
        }
    }

    /// `None`: does not fit, or there is nothing to ask.
    fn probe_packet(&self, claims: &[Claim]) -> Option<Vec<u8>> {
        let mut writer = Writer::new(0, 0, limits::PACKET_SENT, false);
        let class = if self.hears_unicast { IN | TOP } else { IN };
        for claim in claims {
            for name in self.probed(*claim) {
                if !writer.question(name, kind::ANY, class) {
                    return None;
                }
            }
        }
        for entry in &self.entries {
            if entry.role == Role::Probed
                && claims.contains(&entry.claim)
                && !writer.record(
                    Section::Authority,
                    &entry.name,
                    &entry.data,
                    false,
                    entry.ttl,
                )
            {
                return None;
            }
        }
        (!writer.is_empty()).then(|| writer.finish())
    }

    /// The names that are probed for, each once.
    fn probed(&self, claim: Claim) -> Vec<&Name> {
        let mut names: Vec<&Name> = Vec::new();
        for entry in &self.entries {
            if entry.role == Role::Probed && entry.claim == claim && !names.contains(&&entry.name) {
                names.push(&entry.name);
            }
        }
        names
    }

    /// Another host's probe while we probe: the lexicographically later records win; who loses waits a second and asks again. Identical ones are no
    /// conflict (RFC 6762 §8.2.1).
    pub(crate) fn break_ties(&mut self, now: Time, message: &Message<'_>) {
        for claim in CLAIMS {
            if self.stage(claim) == Stage::Held {
                continue;
            }
            let asked = |name: &Name| message.questions().any(|question| question.name == *name);
            let lost = self
                .probed(claim)
                .into_iter()
                .filter(|name| asked(name))
                .any(|name| {
                    let theirs = proposed_in(message, name);
                    !theirs.is_empty() && self.proposed(name) < theirs
                });
            if lost {
                self.set_stage(
                    claim,
                    Stage::Probing {
                        sent: 0,
                        next: now + limits::LOST_TIE,
                    },
                );
            }
        }
    }

    fn proposed(&self, name: &Name) -> Vec<Proposed> {
        let entries = self.entries.iter();
        let mut records: Vec<Proposed> = entries
            .filter(|entry| entry.role == Role::Probed && entry.name == *name)
            .map(|entry| (IN, entry.kind(), entry.spelled.clone()))
            .collect();
        records.sort_unstable();
        records
    }
}

fn proposed_in(message: &Message<'_>, name: &Name) -> Vec<Proposed> {
    let mut records: Vec<Proposed> = message
        .of(Section::Authority)
        .filter(|record| record.name == *name)
        .take(limits::PROPOSED)
        .map(|record| (record.class, record.kind, record.data))
        .collect();
    records.sort_unstable();
    records
}

#[cfg(test)]
#[path = "probe_tests.rs"]
mod tests;
