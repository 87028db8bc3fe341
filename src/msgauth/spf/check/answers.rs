//! What the answers say: records, addresses, hosts.

use dns::{Answer, Data, Failure};

use super::{Frame, Spf, State, TERM_SHOWN, Wanted, Why, in_v4, in_v6};
use crate::question::{Question, Reply, is_void, shown, texts};
use crate::spf::record;
use crate::spf::{NAMES_MAX, RECORD_MAX, SpfResult};

impl Spf {
    /// RFC 7208 §4.4, §4.5.
    pub(super) fn take_record(&mut self, reply: &Reply, domain: &str, why: Why) {
        let missing = |state: &mut Spf, words: &str| {
            let reason = format!("{domain} {words}");
            match why {
                Why::Start => state.end(SpfResult::None, reason),
                // RFC 7208 §5.2, §6.1.
                Why::Include(_) | Why::Redirect => state.broken(format!(
                    "{reason}, and the records of {} refer to it",
                    state.domain
                )),
            }
        };
        let answer = match reply {
            Ok(answer) => answer,
            Err(failure) if is_void(failure) => {
                return missing(self, &format!("has no SPF record: {failure}"));
            }
            Err(failure) => return self.later(domain, failure),
        };
        let mut records = texts(answer).filter(|text| record::is_spf(text));
        let Some(record) = records.next() else {
            return missing(self, "has no SPF record");
        };
        if records.next().is_some() {
            return self.broken(format!("{domain} has more than one SPF record"));
        }
        let text = match str::from_utf8(record) {
            Ok(text) if text.is_ascii() && text.len() <= RECORD_MAX => text,
            Ok(text) if text.is_ascii() => {
                return self.broken(format!(
                    "the SPF record of {domain} is longer than {RECORD_MAX} octets"
                ));
            }
            _ => {
                return self.broken(format!("the SPF record of {domain} is not ASCII"));
            }
        };
        if let Err(term) = record::judge(text) {
            let term = shown(term, TERM_SHOWN);
            return self.broken(format!(
                "the SPF record of {domain} cannot be understood at \"{term}\""
            ));
        }
        let frame = Frame {
            domain: domain.into(),
            at: text.len() - record::terms(text).len(),
            record: text.into(),
            included: match why {
                Why::Include(result) => result,
                // A record that takes another's place ends where that would have.
                Why::Redirect => self
                    .frames
                    .pop()
                    .map_or(SpfResult::Pass, |replaced| replaced.included),
                Why::Start => SpfResult::Pass,
            },
        };
        self.frames.push(frame);
    }

    pub(super) fn take_addresses(&mut self, reply: &Reply, wanted: Wanted, mut hosts: Vec<String>) {
        match reply {
            Ok(answer) => {
                if self.is_wanted(answer, wanted) {
                    let (domain, text) = self.current_term();
                    return self.matched(&domain, &text, wanted.result);
                }
            }
            Err(failure) if is_void(failure) => {
                if wanted.first && !self.counts_void() {
                    return;
                }
            }
            Err(failure) => return self.later(&self.domain.clone(), failure),
        }
        self.next_host(&mut hosts, wanted);
        if let State::Addresses(_, _, rest) = &mut self.state {
            *rest = hosts;
        }
    }

    /// Asks for the addresses of the last of the hosts that has a name which can be asked for.
    fn next_host(&mut self, hosts: &mut Vec<String>, wanted: Wanted) {
        while let Some(host) = hosts.pop() {
            if let Some(question) = Question::new(&host, self.address_kind()) {
                self.state = State::Addresses(question, wanted, Vec::new());
                return;
            }
        }
    }

    fn is_wanted(&self, answer: &Answer, wanted: Wanted) -> bool {
        let Some((v4, v6)) = wanted.prefixes else {
            return answer.data.iter().any(|data| matches!(data, Data::A(_)));
        };
        answer.data.iter().any(|data| match data {
            Data::A(address) => in_v4(self.address, *address, v4),
            Data::Aaaa(address) => in_v6(self.address, *address, v6),
            _ => false,
        })
    }

    pub(super) fn take_hosts(&mut self, reply: &Reply, wanted: Wanted) {
        let answer = match reply {
            Ok(answer) => answer,
            Err(failure) if is_void(failure) => {
                self.counts_void();
                return;
            }
            Err(failure) => return self.later(&self.domain.clone(), failure),
        };
        let hosts = answer.data.iter().filter_map(|data| match data {
            Data::Mx { exchange, .. } => Some(exchange.clone()),
            _ => None,
        });
        let mut hosts: Vec<String> = hosts.take(NAMES_MAX + 1).collect();
        if hosts.len() > NAMES_MAX {
            let (domain, text) = self.current_term();
            return self.broken(format!(
                "\"{}\" in the record of {domain} means more than {NAMES_MAX} hosts",
                shown(&text, TERM_SHOWN)
            ));
        }
        hosts.reverse();
        let wanted = Wanted {
            first: false,
            ..wanted
        };
        self.next_host(&mut hosts, wanted);
        if let State::Addresses(_, _, rest) = &mut self.state {
            *rest = hosts;
        }
    }

    /// The term that was last begun, and whose it is.
    fn current_term(&self) -> (String, String) {
        let Some(frame) = self.frames.last() else {
            return Default::default();
        };
        let before = frame.record.get(..frame.at).unwrap_or_default();
        let text = before.trim_end_matches(' ').rsplit(' ').next();
        (
            frame.domain.to_string(),
            text.unwrap_or_default().to_owned(),
        )
    }

    fn later(&mut self, domain: &str, failure: &Failure) {
        let failure = shown(&failure.to_string(), 2 * TERM_SHOWN);
        self.end(
            SpfResult::TempError,
            format!("what the record of {domain} depends on could not be asked: {failure}"),
        );
    }
}
