//! The packets that go out: answers that are due, gathered; announcements; goodbyes; what travels along with them (RFC 6762 §6, §10.1, §10.2, §18).

use crate::limits;
use crate::link::{Link, News, Plain, Reply};
use crate::read::{AUTHORITATIVE, RESPONSE, Section, TRUNCATED};
use crate::record::{Data, kind};
use crate::responder::{Time, To};
use crate::table::{Entry, Role};
use crate::write::Writer;

impl Link {
    /// Sends what is due, and with it what would be due soon (RFC 6762 §6.4).
    pub(crate) fn send_due(&mut self, now: Time, news: &mut Vec<News>) {
        let due_by = |link: &Link, at: Time, early: bool| -> Vec<usize> {
            let all = link.entries.iter().enumerate();
            all.filter(|(_, entry)| {
                entry
                    .due
                    .is_some_and(|due| due.at <= at && !(early && due.waits && due.at > now))
            })
            .map(|(at, _)| at)
            .collect()
        };
        let due = due_by(self, now, false);
        if !due.is_empty() {
            let gathered = due_by(self, now + limits::AGGREGATE, true);
            self.multicast(now, &gathered, news);
            for at in due {
                if let Some(entry) = self.entries.get_mut(at) {
                    entry.due = None; // what may not be said now was said a moment ago
                }
            }
        }
        let replies = std::mem::take(&mut self.replies);
        for reply in replies {
            if reply.at > now {
                self.replies.push(reply);
            } else if self.may_unicast(now) {
                news.push(News::Send(To::Host(reply.to), self.unicast(&reply)));
            }
        }
    }

    /// Multicasts records with all of their sets, and what goes along, as far as they have not been said within the last second.
    pub(crate) fn multicast(&mut self, now: Time, wanted: &[usize], news: &mut Vec<News>) {
        let mut chosen = Vec::new();
        for at in wanted {
            for member in self.set_of(*at) {
                if !chosen.contains(&member) && self.may_multicast(now, member) {
                    chosen.push(member);
                }
            }
        }
        let mut left = chosen.as_slice();
        while let [first, ..] = left {
            let mut writer = Writer::new(0, RESPONSE | AUTHORITATIVE, limits::PACKET_SENT, false);
            let mut fitted = 0;
            for at in left {
                if !self.put(&mut writer, Section::Answer, *at) {
                    break;
                }
                fitted += 1;
            }
            if fitted == 0 {
                // Alone too large: by itself, in fragments (RFC 6762 §17).
                writer = Writer::new(0, RESPONSE | AUTHORITATIVE, limits::PACKET_READ, false);
                self.put(&mut writer, Section::Answer, *first);
                fitted = 1;
            }
            let (sent, rest) = left.split_at(fitted);
            left = rest;
            self.was_said(now, sent);
            if left.is_empty() {
                for at in self.companions(&chosen) {
                    let whole = self.set_of(at);
                    let free = whole.iter().all(|at| self.may_multicast(now, *at));
                    if free && self.put(&mut writer, Section::Additional, at) {
                        self.was_said_of(now, at);
                    }
                }
            }
            news.push(News::Send(To::Group, writer.finish()));
        }
    }

    /// Takes back what was said: these records are no more (RFC 6762 §10.1). Without the cache-flush bit: who has the name now keeps his records.
    pub(crate) fn say_goodbye<'a>(entries: impl Iterator<Item = &'a Entry>, news: &mut Vec<News>) {
        let fresh = || Writer::new(0, RESPONSE | AUTHORITATIVE, limits::PACKET_SENT, false);
        let mut writer = fresh();
        for entry in entries {
            let put = |writer: &mut Writer| {
                writer.record(Section::Answer, &entry.name, &entry.data, false, 0)
            };
            if !put(&mut writer) {
                let full = std::mem::replace(&mut writer, fresh());
                news.push(News::Send(To::Group, full.finish()));
                put(&mut writer);
            }
        }
        if !writer.is_empty() {
            news.push(News::Send(To::Group, writer.finish()));
        }
    }

    /// What is said here and was heard.
    pub(crate) fn said(&self) -> impl Iterator<Item = &Entry> {
        let all = self.entries.iter().enumerate();
        all.filter(|(at, entry)| {
            self.is_said(*at) && entry.last.is_some() && entry.role != Role::Nothing
        })
        .map(|(_, entry)| entry)
    }

    fn unicast(&self, reply: &Reply) -> Vec<u8> {
        let flags = RESPONSE | AUTHORITATIVE;
        let mut writer = match &reply.plain {
            Some(plain) => {
                let mut writer = Writer::new(plain.id, flags, plain.longest, true);
                for (name, kind, class) in &plain.questions {
                    writer.question(name, *kind, *class);
                }
                writer
            }
            None => Writer::new(0, flags, limits::PACKET_SENT, false),
        };
        let mut wanted: Vec<usize> = Vec::new();
        for at in &reply.entries {
            for member in self.set_of(*at) {
                if !wanted.contains(&member) {
                    wanted.push(member);
                }
            }
        }
        for at in &wanted {
            if !self.put_plainly(&mut writer, Section::Answer, *at, reply.plain.as_ref()) {
                writer.flag(if reply.plain.is_some() { TRUNCATED } else { 0 });
                return writer.finish();
            }
        }
        for at in self.companions(&wanted) {
            self.put_plainly(&mut writer, Section::Additional, at, reply.plain.as_ref());
        }
        writer.finish()
    }

    fn put(&self, writer: &mut Writer, section: Section, at: usize) -> bool {
        self.put_plainly(writer, section, at, None)
    }

    /// To a plain client without the cache-flush bit, and for a short time (RFC 6762 §6.7, §10.2).
    fn put_plainly(
        &self,
        writer: &mut Writer,
        section: Section,
        at: usize,
        plain: Option<&Plain>,
    ) -> bool {
        self.entries.get(at).is_some_and(|entry| {
            let (flush, ttl) = match plain {
                Some(_) => (false, entry.ttl.min(limits::PLAIN_TTL)),
                None => (entry.is_unique(), entry.ttl),
            };
            writer.record(section, &entry.name, &entry.data, flush, ttl)
        })
    }

    /// The record, or with a unique one all of its set.
    fn set_of(&self, at: usize) -> Vec<usize> {
        let Some(one) = self.entries.get(at) else {
            return Vec::new();
        };
        if !one.is_unique() {
            return vec![at];
        }
        let all = self.entries.iter().enumerate();
        all.filter(|(_, entry)| entry.is_set_of(one))
            .map(|(at, _)| at)
            .collect()
    }

    /// What saves the next question (RFC 6762 §6.2, RFC 6763 §12): SRV and TXT with a service, addresses with a host, and word of a family that is not there.
    fn companions(&self, chosen: &[usize]) -> Vec<usize> {
        let mut along: Vec<usize> = Vec::new();
        let add = |along: &mut Vec<usize>, at: usize| {
            if !chosen.contains(&at) && !along.contains(&at) && self.is_said(at) {
                along.push(at);
            }
        };
        // One step from a service to its SRV, another to the host.
        let mut from: Vec<usize> = chosen.to_vec();
        for _ in 0..2 {
            let mut next = Vec::new();
            for at in &from {
                let Some(target) = self.target(*at) else {
                    continue;
                };
                for (other, entry) in self.entries.iter().enumerate() {
                    if entry.name == *target && entry.role == Role::Probed {
                        add(&mut along, other);
                        next.push(other);
                    }
                }
            }
            from = next;
        }
        let hosts: Vec<usize> = chosen.iter().chain(&along).copied().collect();
        for at in hosts {
            let Some(host) = self.entries.get(at) else {
                continue;
            };
            if !matches!(host.data, Data::A(_) | Data::Aaaa(_)) {
                continue;
            }
            let named = || {
                let all = self.entries.iter().enumerate();
                all.filter(|(_, entry)| entry.name == host.name)
            };
            let both = named().any(|(_, entry)| entry.kind() == kind::A)
                && named().any(|(_, entry)| entry.kind() == kind::AAAA);
            for (other, entry) in named() {
                if (entry.role == Role::Nothing) != both {
                    add(&mut along, other);
                }
            }
        }
        along
    }

    fn may_multicast(&self, now: Time, at: usize) -> bool {
        let defends = self
            .set_of(at)
            .iter()
            .filter_map(|at| self.entries.get(*at)?.due)
            .any(|due| due.defends);
        let gap = if defends {
            limits::DEFENCE_GAP
        } else {
            limits::RECORD_GAP
        };
        self.is_said(at)
            && self
                .entries
                .get(at)
                .is_some_and(|entry| entry.last.is_none_or(|last| now >= last + gap))
    }

    fn was_said(&mut self, now: Time, sent: &[usize]) {
        for at in sent {
            self.was_said_of(now, *at);
        }
    }

    fn was_said_of(&mut self, now: Time, at: usize) {
        if let Some(entry) = self.entries.get_mut(at) {
            (entry.last, entry.due) = (Some(now), None);
        }
    }

    /// At most so many a second.
    fn may_unicast(&mut self, now: Time) -> bool {
        let (second, count) = self.unicasts;
        if now >= second + limits::RECORD_GAP || second == Time::ZERO {
            self.unicasts = (now, 1);
            return true;
        }
        self.unicasts.1 = count.saturating_add(1);
        count < limits::UNICASTS
    }
}
