//! What others say: that a name is theirs, that a record of ours is otherwise, or the very thing that we were about to say (RFC 6762 §6.6, §7.4, §8.1, §9).

use std::net::{IpAddr, SocketAddr};

use crate::limits;
use crate::link::{Link, News, Stage};
use crate::read::{Heard, Message};
use crate::record::{IN, kind};
use crate::responder::Time;
use crate::table::{Due, Role};

impl Link {
    /// A response came. `ours` are the box's addresses on all links: a record that names one of them is no other host's claim.
    pub(crate) fn response(
        &mut self,
        now: Time,
        message: &Message<'_>,
        from: SocketAddr,
        to_group: bool,
        ours: &[IpAddr],
        news: &mut Vec<News>,
    ) {
        let asked_lately = self
            .last_probe
            .is_some_and(|probe| now < probe + limits::ASKED_LATELY);
        let believed =
            from.port() == limits::PORT && (to_group || (asked_lately && self.is_near(from.ip())));
        if !believed {
            return;
        }
        for record in message.records() {
            if record.class != IN || matches!(record.kind, kind::OPT | kind::NSEC) {
                continue;
            }
            if self.is_one_of_ours(&record) {
                self.said_by_another(now, &record, to_group);
            } else if record.ttl > 0 && !names_one_of(&record, ours) {
                self.contradicted(&record, news);
            }
        }
    }

    fn is_one_of_ours(&self, record: &Heard) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.is(&record.name, record.kind, &record.data))
    }

    /// The same record from another host: ours need not be said, unless it would be forgotten too soon (RFC 6762 §6.6, §7.4).
    fn said_by_another(&mut self, now: Time, record: &Heard, to_group: bool) {
        let same = |link: &Link| {
            let mut entries = link.entries.iter();
            entries.position(|entry| entry.is(&record.name, record.kind, &record.data))
        };
        let Some(at) = same(self).filter(|at| to_group && self.is_said(*at)) else {
            return;
        };
        let Some(entry) = self.entries.get_mut(at) else {
            return;
        };
        if record.ttl >= entry.ttl {
            entry.last = Some(now);
            entry.due = None;
        } else if record.ttl < entry.ttl / 2 {
            self.schedule(
                at,
                Due {
                    at: now,
                    asker: None,
                    waits: false,
                    defends: false,
                },
            );
        }
    }

    /// Another host's record under a name of ours.
    fn contradicted(&mut self, record: &Heard, news: &mut Vec<News>) {
        let Some(at) = self
            .entries
            .iter()
            .position(|entry| entry.is_unique() && entry.name == record.name)
        else {
            return;
        };
        let Some((role, claim)) = self.entries.get(at).map(|entry| (entry.role, entry.claim))
        else {
            return;
        };
        let of_its_kind = |kind: u16| {
            let mut entries = self.entries.iter();
            entries.any(|entry| entry.name == record.name && entry.kind() == kind)
        };
        if role == Role::Reverse {
            // There is no other name for an address. Two say whose it is: we are silent.
            let entries = self.entries.iter_mut();
            for entry in entries.filter(|entry| entry.name == record.name) {
                (entry.yielded, entry.due) = (true, None);
            }
            return;
        }
        let one = match self.stage(claim) {
            // Before the first probe it may be old (RFC 6762 §8.1).
            Stage::Probing { sent: 0, .. } => return,
            Stage::Probing { .. } => News::Lost(claim),
            Stage::Held if of_its_kind(record.kind) => News::Disputed(claim),
            Stage::Held => return,
        };
        // Once a packet, however many records it has.
        if !news.contains(&one) {
            news.push(one);
        }
    }
}

/// Whether it is an address record of one of these addresses.
fn names_one_of(record: &Heard, addresses: &[IpAddr]) -> bool {
    addresses.iter().any(|address| match address {
        IpAddr::V4(four) => record.kind == kind::A && record.data == four.octets(),
        IpAddr::V6(six) => record.kind == kind::AAAA && record.data == six.octets(),
    })
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
