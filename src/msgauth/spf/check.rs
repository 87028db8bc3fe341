//! `check_host()` (RFC 7208 §4) as a machine: it names a question, is given the answer, and goes on.
//!
//! An `include` puts a record on a stack that the limit of terms bounds; a `redirect` takes the place of the record that has it.

mod answers;
mod explain;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use dns::Kind;

use super::macros::{self, Values};
use super::names::{Names, Validation};
use super::record::{self, Mechanism, Target, Term};
use super::{Client, Identity, SpfResult, SpfVerdict, TERMS_MAX, VOID_MAX};
use crate::question::{Question, Reply, shown};

/// Octets of a term that a reason shows.
const TERM_SHOWN: usize = 100;

/// One check of one identity.
pub struct Spf {
    identity: Identity,
    address: IpAddr,
    helo: String,
    local: String,
    /// The domain that is checked, which is also that of the sender.
    domain: String,
    receiver: String,
    now: i64,
    frames: Vec<Frame>,
    terms: u32,
    voids: u32,
    names: Option<Validation>,
    /// The end, if only its explanation is missing, and the text of that.
    last: Option<(SpfVerdict, Option<String>)>,
    state: State,
}

/// A record under way.
struct Frame {
    domain: Arc<str>,
    record: Arc<str>,
    /// Where the next term begins.
    at: usize,
    /// What the `include` above it results in if this record passes.
    included: SpfResult,
}

enum State {
    /// The terms go on.
    Going,
    /// A record is asked for; why.
    Record(Question, Why),
    /// The addresses of `a`, of `exists` (any will do), or of the first of the hosts of `mx`.
    Addresses(Question, Wanted, Vec<String>),
    Mx(Question, Wanted),
    /// The names of the client; the term is looked at again when they are known.
    Names,
    Explanation(Question),
    Done(SpfVerdict),
}

#[derive(Clone, Copy, PartialEq)]
enum Why {
    Start,
    Include(SpfResult),
    Redirect,
}

/// What the answer is compared with.
#[derive(Clone, Copy)]
struct Wanted {
    result: SpfResult,
    /// Prefix lengths; `None`: any address will do.
    prefixes: Option<(u8, u8)>,
    /// The first question of its term: finding nothing counts.
    first: bool,
}

impl Spf {
    /// Checks the client. `receiver` is our name and `now` the time for the macros `%{r}` and `%{t}` of explanations.
    pub fn new(client: &Client, identity: Identity, receiver: &str, now: Option<i64>) -> Spf {
        // RFC 7208 §4.3: without a local part it is "postmaster"; §2.4: an empty return path is the HELO name's.
        let (local, domain) = match identity {
            Identity::MailFrom if !client.mail_from.is_empty() => client
                .mail_from
                .rsplit_once('@')
                .unwrap_or(("", &client.mail_from)),
            _ => ("", client.helo.as_str()),
        };
        let bare = domain.strip_suffix('.').unwrap_or(domain);
        let ascii = mail::idna::to_ascii(bare).unwrap_or_else(|| bare.to_owned());
        let mut spf = Spf {
            identity,
            address: client.address.to_canonical(),
            helo: client.helo.clone(),
            local: if local.is_empty() {
                "postmaster".to_owned()
            } else {
                local.to_owned()
            },
            domain: ascii.to_ascii_lowercase(),
            receiver: receiver.to_owned(),
            now: now.unwrap_or(0),
            frames: Vec::new(),
            terms: 0,
            voids: 0,
            names: None,
            last: None,
            state: State::Going,
        };
        spf.start();
        spf
    }

    /// What it wants to know now; `None` when it is done.
    pub fn wants(&self) -> Option<&Question> {
        match &self.state {
            State::Record(question, _)
            | State::Addresses(question, ..)
            | State::Mx(question, _)
            | State::Explanation(question) => Some(question),
            State::Names => self.names.as_ref().and_then(Validation::wants),
            State::Going | State::Done(_) => None,
        }
    }

    /// The end, once there is one.
    pub fn verdict(&self) -> Option<&SpfVerdict> {
        match &self.state {
            State::Done(verdict) => Some(verdict),
            _ => None,
        }
    }

    /// The answer to what it wants. Without a question open it is not looked at.
    pub fn give(&mut self, reply: &Reply) {
        match std::mem::replace(&mut self.state, State::Going) {
            State::Record(question, why) => self.take_record(reply, &question.name, why),
            State::Addresses(_, wanted, hosts) => self.take_addresses(reply, wanted, hosts),
            State::Mx(_, wanted) => self.take_hosts(reply, wanted),
            State::Explanation(_) => self.take_explanation(reply),
            State::Names => {
                if let Some(names) = &mut self.names {
                    names.give(reply);
                }
                self.state = State::Names;
            }
            done @ State::Done(_) => self.state = done,
            State::Going => {}
        }
        self.run();
    }

    fn start(&mut self) {
        // RFC 7208 §4.3: a name of one label, an address or a malformed one has no record.
        let is_name = mail::valid_domain(&self.domain) && self.domain.contains('.');
        let question = Question::new(&self.domain, Kind::Txt).filter(|_| is_name);
        match question {
            Some(question) => self.state = State::Record(question, Why::Start),
            None => {
                let whose = match self.identity {
                    Identity::Helo => "the name that the client gave itself",
                    Identity::MailFrom if self.domain.is_empty() => "the return path",
                    Identity::MailFrom => "what stands in the return path",
                };
                let shown = shown(&self.domain, TERM_SHOWN);
                self.domain.clear();
                self.end(
                    SpfResult::None,
                    format!("{whose} (\"{shown}\") is no domain that could have a record"),
                );
            }
        }
    }

    /// Goes on until something must be asked, or to the end.
    fn run(&mut self) {
        loop {
            match &self.state {
                State::Going => self.step(),
                State::Names
                    if self
                        .names
                        .as_ref()
                        .is_none_or(|names| names.wants().is_none()) =>
                {
                    self.state = State::Going;
                }
                _ => return,
            }
        }
    }

    /// The next term of the innermost record.
    fn step(&mut self) {
        if self.last.is_some() {
            return self.explain();
        }
        let Some(frame) = self.frames.last() else {
            return self.end(
                SpfResult::PermError,
                "there is no record to go on with".into(),
            );
        };
        let (before, domain) = (frame.at, frame.domain.clone());
        let record = frame.record.clone();
        let mut rest = record.get(before..).unwrap_or_default();
        let Some(text) = record::next_term(&mut rest) else {
            return self.behind_terms(&domain, &record);
        };
        let at = record.len() - rest.len();
        if let Some(Term::Directive(result, mechanism)) = Term::parse(text) {
            // With the names known it comes back to this very term.
            if self.asks_names(&mechanism) {
                return;
            }
            self.go_to(at);
            self.directive(&domain, text, result, mechanism);
        } else {
            self.go_to(at);
        }
    }

    fn go_to(&mut self, at: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.at = at;
        }
    }

    fn directive(&mut self, domain: &str, text: &str, result: SpfResult, mechanism: Mechanism<'_>) {
        match mechanism {
            Mechanism::All => self.matched(domain, text, result),
            Mechanism::Ip4(network, prefix) => {
                if in_v4(self.address, network, prefix) {
                    self.matched(domain, text, result);
                }
            }
            Mechanism::Ip6(network, prefix) => {
                if in_v6(self.address, network, prefix) {
                    self.matched(domain, text, result);
                }
            }
            Mechanism::Include(spec) => {
                if self.counts_term() {
                    match self.question(spec, domain, Kind::Txt) {
                        Some(question) => {
                            self.state = State::Record(question, Why::Include(result));
                        }
                        None => {
                            self.broken(format!("\"{}\" names no domain", shown(text, TERM_SHOWN)))
                        }
                    }
                }
            }
            Mechanism::A(target) => self.ask_addresses(domain, target, result),
            Mechanism::Mx(target) => {
                if self.counts_term() {
                    let spec = target.domain.unwrap_or("%{d}");
                    let wanted = Wanted {
                        result,
                        prefixes: Some((target.v4, target.v6)),
                        first: true,
                    };
                    if let Some(question) = self.question(spec, domain, Kind::Mx) {
                        self.state = State::Mx(question, wanted);
                    }
                }
            }
            Mechanism::Exists(spec) => {
                if self.counts_term()
                    && let Some(question) = self.question(spec, domain, Kind::A)
                {
                    let wanted = Wanted {
                        result,
                        prefixes: None,
                        first: true,
                    };
                    self.state = State::Addresses(question, wanted, Vec::new());
                }
            }
            Mechanism::Ptr(spec) => {
                if self.counts_term()
                    && let Some(target) = self.name(spec.unwrap_or("%{d}"), domain)
                    && self.names().is_within(&target)
                {
                    self.matched(domain, text, result);
                }
            }
        }
    }

    fn ask_addresses(&mut self, domain: &str, target: Target<'_>, result: SpfResult) {
        if !self.counts_term() {
            return;
        }
        let wanted = Wanted {
            result,
            prefixes: Some((target.v4, target.v6)),
            first: true,
        };
        let spec = target.domain.unwrap_or("%{d}");
        if let Some(question) = self.question(spec, domain, self.address_kind()) {
            self.state = State::Addresses(question, wanted, Vec::new());
        }
    }

    /// All terms are behind us (RFC 7208 §4.7, §6.1).
    fn behind_terms(&mut self, domain: &str, record: &str) {
        let Some(spec) = find(record, |term| match term {
            Term::Redirect(spec) => Some(spec),
            _ => None,
        }) else {
            let reason = format!(
                "no term of the record of {domain} applies to {}",
                self.address
            );
            return self.frame_ends(SpfResult::Neutral, reason);
        };
        if macros::wants_name(spec) && self.asks_client_names() {
            return;
        }
        if self.counts_term() {
            match self.question(spec, domain, Kind::Txt) {
                Some(question) => self.state = State::Record(question, Why::Redirect),
                None => self.broken(format!(
                    "redirect={} names no domain",
                    shown(spec, TERM_SHOWN)
                )),
            }
        }
    }

    fn matched(&mut self, domain: &str, text: &str, result: SpfResult) {
        let text = shown(text, TERM_SHOWN);
        let reason = format!(
            "\"{text}\" in the record of {domain} applies to {}",
            self.address
        );
        self.frame_ends(result, reason);
    }

    /// The innermost record is done, and with it perhaps those that include it (RFC 7208 §5.2: only a pass applies).
    fn frame_ends(&mut self, mut result: SpfResult, reason: String) {
        while self.frames.len() > 1 {
            match self.frames.pop() {
                Some(frame) if result == SpfResult::Pass => result = frame.included,
                _ => return,
            }
        }
        self.last = Some((self.made(result, reason), None));
    }

    fn end(&mut self, result: SpfResult, reason: String) {
        self.state = State::Done(self.made(result, reason));
    }

    fn broken(&mut self, reason: String) {
        self.end(SpfResult::PermError, reason);
    }

    fn made(&self, result: SpfResult, reason: String) -> SpfVerdict {
        SpfVerdict {
            result,
            identity: self.identity,
            domain: self.domain.clone(),
            reason,
            explanation: None,
        }
    }

    /// Counts a term that asks; false if there were too many, and then all is over.
    fn counts_term(&mut self) -> bool {
        self.terms += 1;
        let fits = self.terms <= TERMS_MAX;
        if !fits {
            self.broken(format!(
                "the records of {} ask the DNS more than {TERMS_MAX} times",
                self.domain
            ));
        }
        fits
    }

    fn counts_void(&mut self) -> bool {
        self.voids += 1;
        let fits = self.voids <= VOID_MAX;
        if !fits {
            self.broken(format!(
                "the records of {} name more than {VOID_MAX} things that do not exist",
                self.domain
            ));
        }
        fits
    }

    /// Whether the mechanism needs the names of the client and they are being asked for now.
    fn asks_names(&mut self, mechanism: &Mechanism<'_>) -> bool {
        let spec = match mechanism {
            Mechanism::Ptr(_) => return self.asks_client_names(),
            Mechanism::Include(spec) | Mechanism::Exists(spec) => Some(*spec),
            Mechanism::A(target) | Mechanism::Mx(target) => target.domain,
            Mechanism::All | Mechanism::Ip4(..) | Mechanism::Ip6(..) => None,
        };
        spec.is_some_and(macros::wants_name) && self.asks_client_names()
    }

    fn asks_client_names(&mut self) -> bool {
        if self.names.is_some() {
            return false;
        }
        self.names = Some(Validation::new(self.address));
        self.state = State::Names;
        true
    }

    fn names(&self) -> Names<'_> {
        self.names
            .as_ref()
            .map(Validation::names)
            .unwrap_or_default()
    }

    fn question(&self, spec: &str, domain: &str, kind: Kind) -> Option<Question> {
        Question::new(&self.name(spec, domain)?, kind)
    }

    fn name(&self, spec: &str, domain: &str) -> Option<String> {
        macros::name(spec, &self.values(domain))
    }

    fn values<'a>(&'a self, domain: &'a str) -> Values<'a> {
        Values {
            address: self.address,
            local: &self.local,
            sender_domain: &self.domain,
            domain,
            helo: &self.helo,
            name: self.names().best(domain),
            receiver: &self.receiver,
            now: self.now,
        }
    }

    fn address_kind(&self) -> Kind {
        if self.address.is_ipv4() {
            Kind::A
        } else {
            Kind::Aaaa
        }
    }
}

/// The first term of a record that `pick` takes.
fn find<'a>(record: &'a str, pick: impl Fn(Term<'a>) -> Option<&'a str>) -> Option<&'a str> {
    let mut rest = record::terms(record);
    std::iter::from_fn(|| record::next_term(&mut rest))
        .find_map(|text| Term::parse(text).and_then(&pick))
}

fn in_v4(address: IpAddr, network: Ipv4Addr, prefix: u8) -> bool {
    let IpAddr::V4(address) = address else {
        return false;
    };
    let shift = 32_u32.saturating_sub(u32::from(prefix));
    let differ = u32::from(address) ^ u32::from(network);
    differ.checked_shr(shift).unwrap_or(0) == 0
}

fn in_v6(address: IpAddr, network: Ipv6Addr, prefix: u8) -> bool {
    let IpAddr::V6(address) = address else {
        return false;
    };
    let shift = 128_u32.saturating_sub(u32::from(prefix));
    let differ = u128::from(address) ^ u128::from(network);
    differ.checked_shr(shift).unwrap_or(0) == 0
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
