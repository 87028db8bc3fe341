//! The validated names of the client (RFC 7208 §5.5): those of its PTR records that lead back to its address.

use std::net::IpAddr;

use dns::{Data, Kind};

use super::NAMES_MAX;
use crate::question::{Question, Reply};

/// Finds them. A name that cannot be asked about is left out, as the RFC says.
pub(crate) struct Validation {
    address: IpAddr,
    open: Option<Question>,
    /// The names not yet asked about, the next one last.
    rest: Vec<String>,
    found: Vec<String>,
    reversed: bool,
    failed: bool,
    named: bool,
}

/// Names that lead back to the client, in lower case.
#[derive(Clone, Copy, Default)]
pub(super) struct Names<'a>(&'a [String]);

impl Validation {
    pub(crate) fn new(address: IpAddr) -> Validation {
        let address = address.to_canonical();
        Validation {
            address,
            open: Question::new(&dns::reverse_name(address), Kind::Ptr),
            rest: Vec::new(),
            found: Vec::new(),
            reversed: false,
            failed: false,
            named: false,
        }
    }

    pub(crate) fn wants(&self) -> Option<&Question> {
        self.open.as_ref()
    }

    pub(crate) fn give(&mut self, reply: &Reply) {
        let asked = self.open.take().map(|question| question.name);
        self.failed |= reply.as_ref().is_err_and(|failure| !failure.is_permanent());
        if !std::mem::replace(&mut self.reversed, true) {
            self.rest = pointers(reply);
            self.named = !self.rest.is_empty();
        } else if let (Some(name), true) = (asked, self.leads_back(reply)) {
            self.found.push(name);
        }
        let kind = match self.address {
            IpAddr::V4(_) => Kind::A,
            IpAddr::V6(_) => Kind::Aaaa,
        };
        while self.open.is_none() {
            let Some(name) = self.rest.pop() else { return };
            self.open = Question::new(&name, kind);
        }
    }

    /// The names, as far as they are known.
    pub(super) fn names(&self) -> Names<'_> {
        Names(&self.found)
    }

    /// The first of the names.
    pub(crate) fn first(&self) -> Option<&str> {
        self.found.first().map(String::as_str)
    }

    /// There are names, whether they lead back or not.
    pub(crate) fn has_names(&self) -> bool {
        self.named
    }

    /// Some question had no answer, so that a name may be missing.
    pub(crate) fn failed(&self) -> bool {
        self.failed
    }

    fn leads_back(&self, reply: &Reply) -> bool {
        reply.as_ref().is_ok_and(|answer| {
            answer.data.iter().any(|data| match data {
                Data::A(address) => self.address == IpAddr::V4(*address),
                Data::Aaaa(address) => self.address == IpAddr::V6(*address),
                _ => false,
            })
        })
    }
}

/// At most [`NAMES_MAX`] names, the first one last.
fn pointers(reply: &Reply) -> Vec<String> {
    let data = reply.as_ref().map(|answer| answer.data.as_slice());
    let mut names: Vec<String> = data
        .unwrap_or_default()
        .iter()
        .filter_map(|data| match data {
            Data::Ptr(name) => Some(name.clone()),
            _ => None,
        })
        .take(NAMES_MAX)
        .collect();
    names.reverse();
    names
}

impl<'a> Names<'a> {
    /// Whether one of them is `target` or lies below it.
    pub(super) fn is_within(self, target: &str) -> bool {
        let target = target.to_ascii_lowercase();
        self.0
            .iter()
            .any(|name| is_below(name, &target) || *name == target)
    }

    /// What `%{p}` stands for (RFC 7208 §7.3).
    pub(super) fn best(self, domain: &str) -> &'a str {
        let names = self.0;
        names
            .iter()
            .find(|name| name.as_str() == domain)
            .or_else(|| names.iter().find(|name| is_below(name, domain)))
            .or_else(|| names.first())
            .map_or("unknown", String::as_str)
    }
}

fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|front| front.ends_with('.'))
}
