//! A message's chain judged (RFC 8617 §5.2): structure, the newest message signature, then the seals from the newest to the oldest, each only if the ones before it hold, so
//! that a forged chain of fifty costs one question.

use super::set::{self, Seal, Set};
use super::{ArcResult, ArcSet, ArcVerdict, RESULTS_MAX};
use crate::dkim::Canonicalization;
use crate::dkim::check::{self, Bodies, DkimResult};
use crate::dkim::public::PublicKey;
use crate::dkim::signature::{Flavour, Signature};
use crate::head::Head;
use crate::question::{Question, Reply};

/// One message's chain.
pub(crate) struct Chain {
    sets: Vec<Set>,
    seals: Vec<Seal>,
    signature: Option<(Signature, Option<PublicKey>)>,
    state: State,
}

enum State {
    /// The key of the newest message signature is asked for.
    Signature(Question),
    /// The key of the seal with this index is.
    Seal(usize, Question),
    /// All seals hold; what is left is the body.
    Sealed,
    Done(ArcResult, String),
}

impl Chain {
    /// The chain of a header; tells `bodies` what will be needed.
    pub(crate) fn of(head: &Head, bodies: &mut Bodies, now: Option<i64>) -> Chain {
        let mut chain = Chain {
            sets: Vec::new(),
            seals: Vec::new(),
            signature: None,
            state: State::Sealed,
        };
        chain.state = match chain.begin(head, bodies, now) {
            Ok(state) => state,
            Err(reason) => State::Done(ArcResult::Fail, reason),
        };
        chain
    }

    fn begin(
        &mut self,
        head: &Head,
        bodies: &mut Bodies,
        now: Option<i64>,
    ) -> Result<State, String> {
        self.sets = set::sets(head)?;
        if head.too_large() {
            return Err("the header is longer than what is looked at".into());
        }
        let Some(newest) = self.sets.last().copied() else {
            let reason = "nobody sealed the message".to_owned();
            return Ok(State::Done(ArcResult::None, reason));
        };
        for (index, set) in self.sets.iter().enumerate() {
            let value = head.field(set.seal).map(|field| field.value());
            let seal = Seal::parse(value.unwrap_or_default())?;
            let wanted = if index == 0 { "none" } else { "pass" };
            if seal.state != wanted {
                return Err(match seal.state.as_str() {
                    "fail" => format!("{} says that the chain was broken", seal.domain),
                    _ => format!("seal {} does not say cv={wanted}", index + 1),
                });
            }
            self.seals.push(seal);
        }
        let signature =
            Signature::read(head, newest.signature, Flavour::Arc).map_err(|(_, reason)| reason)?;
        if signature.names.iter().any(|name| name == set::SEAL) {
            return Err("the message signature covers seals".into());
        }
        if head.places("from").take(2).count() != 1 {
            return Err("the message has not exactly one From field".into());
        }
        check::in_time(&signature, now).map_err(|(_, reason)| reason)?;
        let question = check::question(&signature).map_err(|(_, reason)| reason)?;
        bodies.want(&signature);
        self.signature = Some((signature, None));
        Ok(State::Signature(question))
    }

    pub(crate) fn wants(&self) -> Option<&Question> {
        match &self.state {
            State::Signature(question) | State::Seal(_, question) => Some(question),
            State::Sealed | State::Done(..) => None,
        }
    }

    pub(crate) fn give(&mut self, head: &Head, asked: &Question, reply: &Reply) {
        if self.wants() != Some(asked) {
            return;
        }
        let next = match &self.state {
            State::Signature(_) => self.take_signature_key(reply),
            State::Seal(index, _) => self.take_seal_key(*index, head, reply),
            State::Sealed | State::Done(..) => return,
        };
        self.state = match next {
            Ok(state) => state,
            Err(reason) => State::Done(ArcResult::Fail, reason),
        };
    }

    fn take_signature_key(&mut self, reply: &Reply) -> Result<State, String> {
        let Some((signature, key)) = &mut self.signature else {
            return Ok(State::Sealed);
        };
        // All failures are permanent, those of the DNS too (RFC 8617 §5.2.1).
        let (_, found) = check::key(signature, reply).map_err(|(_, reason)| reason)?;
        *key = Some(found);
        self.ask_seal(self.seals.len())
    }

    /// Asks for the key of the seal before `behind`.
    fn ask_seal(&self, behind: usize) -> Result<State, String> {
        let Some(index) = behind.checked_sub(1) else {
            return Ok(State::Sealed);
        };
        let seal = self.seals.get(index).ok_or("a seal is gone")?;
        let question = check::question(&seal.as_signature()).map_err(|(_, reason)| reason)?;
        Ok(State::Seal(index, question))
    }

    fn take_seal_key(&self, index: usize, head: &Head, reply: &Reply) -> Result<State, String> {
        let seal = self.seals.get(index).ok_or("a seal is gone")?;
        let (_, key) = check::key(&seal.as_signature(), reply).map_err(|(_, reason)| reason)?;
        let data = sealed(head, self.sets.get(..=index).unwrap_or_default());
        if !key.holds(&data, &seal.octets) {
            return Err(format!(
                "seal {} of {} does not hold",
                index + 1,
                seal.domain
            ));
        }
        self.ask_seal(index)
    }

    /// The end, once all keys are known and the body has ended.
    pub(crate) fn verdict(&mut self, head: &Head, bodies: &Bodies) -> Option<ArcVerdict> {
        if let (State::Sealed, Some((signature, key)), Some(newest)) =
            (&self.state, &self.signature, self.sets.last())
        {
            let key = key.as_ref()?;
            let judged = match bodies.of(signature) {
                Some(body) => check::holds(head, newest.signature, signature, key, body),
                None => (
                    DkimResult::PermError,
                    "its part of the body was not looked at".into(),
                ),
            };
            self.state = match judged {
                (DkimResult::Pass, _) => State::Done(ArcResult::Pass, self.told()),
                (_, reason) => State::Done(ArcResult::Fail, reason),
            };
        }
        let State::Done(result, reason) = &self.state else {
            return None;
        };
        let pairs = self.sets.iter().zip(&self.seals);
        let sets = pairs.filter(|_| *result == ArcResult::Pass);
        Some(ArcVerdict {
            result: *result,
            sets: sets
                .map(|(set, seal)| ArcSet {
                    domain: seal.domain.clone(),
                    results: set::said(head, set.results, RESULTS_MAX),
                })
                .collect(),
            reason: reason.clone(),
        })
    }

    fn told(&self) -> String {
        let newest = self.seals.last().map_or("", |seal| &seal.domain);
        match self.seals.len() {
            1 => format!("the seal of {newest} holds"),
            count => format!("all {count} seals hold, the newest is of {newest}"),
        }
    }
}

/// What the last of these sets seals (RFC 8617 §5.1.1).
fn sealed(head: &Head, sets: &[Set]) -> Vec<u8> {
    let mut data = Vec::new();
    for (index, set) in sets.iter().enumerate() {
        for place in [set.results, set.signature] {
            if let Some(field) = head.field(place) {
                field.canonical(Canonicalization::Relaxed, &mut data);
            }
        }
        let Some(seal) = head.field(set.seal) else {
            continue;
        };
        if index + 1 == sets.len() {
            seal.canonical_unsigned(Canonicalization::Relaxed, &mut data);
        } else {
            seal.canonical(Canonicalization::Relaxed, &mut data);
        }
    }
    data
}

impl Seal {
    /// As a signature, for its key.
    fn as_signature(&self) -> Signature {
        Signature {
            algorithm: self.algorithm,
            domain: self.domain.clone(),
            selector: self.selector.clone(),
            identity: format!("@{}", self.domain),
            header_form: Canonicalization::Relaxed,
            body_form: Canonicalization::Relaxed,
            names: Vec::new(),
            body_hash: Vec::new(),
            octets: Vec::new(),
            length: None,
            time: None,
            expires: None,
        }
    }
}
