//! The explanation of a failure, which the domain's owner may give (RFC 7208 §6.2).

use dns::Kind;

use super::{Spf, State, find};
use crate::question::{Reply, texts};
use crate::spf::macros;
use crate::spf::record::Term;
use crate::spf::{EXPLANATION_MAX, SpfResult};

impl Spf {
    /// The outermost record has a result; one that fails may explain it (RFC 7208 §6.2). Comes back when the names of the client are known.
    pub(super) fn explain(&mut self) {
        let Some((mut verdict, text)) = self.last.take() else {
            return;
        };
        let frame = self.frames.first();
        let Some(frame) = frame.filter(|_| verdict.result == SpfResult::Fail) else {
            self.state = State::Done(verdict);
            return;
        };
        let (domain, record) = (frame.domain.clone(), frame.record.clone());
        let macros = match &text {
            Some(text) => Some(text.as_str()),
            None => find(&record, |term| match term {
                Term::Exp(spec) => Some(spec),
                _ => None,
            }),
        };
        let Some(macros) = macros else {
            self.state = State::Done(verdict);
            return;
        };
        if macros::wants_name(macros) && self.asks_client_names() {
            self.last = Some((verdict, text));
            return;
        }
        if text.is_some() {
            verdict.explanation = macros::explanation(macros, &self.values(&domain))
                .filter(|text| text.bytes().all(|octet| matches!(octet, b' '..=b'~')))
                .filter(|text| !text.is_empty() && text.len() <= EXPLANATION_MAX);
            self.state = State::Done(verdict);
            return;
        }
        match self.question(macros, &domain, Kind::Txt) {
            Some(question) => {
                self.state = State::Explanation(question);
                self.last = Some((verdict, None));
            }
            None => self.state = State::Done(verdict),
        }
    }

    /// One text, or no explanation (RFC 7208 §6.2).
    pub(super) fn take_explanation(&mut self, reply: &Reply) {
        let Some((verdict, text)) = &mut self.last else {
            return;
        };
        let mut found = reply.as_ref().ok().into_iter().flat_map(texts);
        *text = match (found.next(), found.next()) {
            (Some(only), None) => str::from_utf8(only).ok().map(str::to_owned),
            _ => None,
        };
        if text.is_none() {
            self.state = State::Done(verdict.clone());
        }
    }
}
