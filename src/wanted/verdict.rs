//! What follows from the facts for one person: INBOX, Junk, or refused with a copy in Rejects. Pure.
//!
//! Promises: where a message goes is the sum of the facts that are listed, and nothing else. It is refused only if it is certain ([`REFUSED`]): more than any one kind of
//! fact weighs, with nothing that speaks for it, and never for what is attached or for what its domain asks to be put aside: that belongs into Junk, with its label.

use junk::{Danger, Decision, Evidence, Fact, JUNK, decide};

/// From this weight on a message is refused. Words weigh 90 at most, a person's own no to a sender 80, all blocklists 40: it takes two of them that agree.
pub(crate) const REFUSED: i32 = 120;
/// What a domain's wish that what is not proven be put aside weighs: enough for Junk, whatever else is known.
const SUSPECT: i32 = 100;

/// Which of the person's mailboxes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mailbox {
    /// Where mail goes that nothing speaks against.
    Inbox,
    /// The person looks through it now and then.
    Junk,
    /// Its sender was told that it is refused; kept for a while all the same.
    Rejects,
}

/// What was decided for one person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Verdict {
    /// Where it goes, if the others agree ([`agree`]).
    pub(crate) mailbox: Mailbox,
    /// Tenths of a point.
    pub(crate) weight: i32,
    /// The facts, heaviest first.
    pub(crate) facts: Vec<Fact>,
    /// Its sender has not written to this person before.
    pub(crate) first: bool,
    /// Something is attached that runs.
    pub(crate) dangerous: bool,
}

/// Decides for one person. `suspect`: why the message is to be put aside, by its domain's word or the house's; `more`: further facts, which weigh what they say.
pub(crate) fn verdict(evidence: &Evidence<'_>, suspect: Option<&str>, more: &[Fact]) -> Verdict {
    let Decision { mut facts, .. } = decide(evidence);
    facts.extend_from_slice(more);
    let certain = certain(&facts, evidence.dangers);
    facts.extend(suspect.map(|reason| Fact {
        words: reason.to_owned(),
        weight: SUSPECT,
    }));
    facts.sort_by_key(|fact| std::cmp::Reverse(fact.weight.abs()));
    let weight = weight(&facts);
    let dangerous = !evidence.dangers.is_empty();
    let mailbox = match (weight >= JUNK, certain) {
        (true, true) => Mailbox::Rejects,
        (true, false) => Mailbox::Junk,
        // Whatever speaks for it: the wish of its domain, and what would run.
        (false, _) if suspect.is_some() || dangerous => Mailbox::Junk,
        (false, _) => Mailbox::Inbox,
    };
    Verdict {
        mailbox,
        weight,
        facts,
        first: !evidence.known,
        dangerous,
    }
}

/// When nothing could be found out for a person: it is not lost, and not judged either.
pub(crate) fn unknown(suspect: Option<&str>) -> Verdict {
    let failed = Fact {
        words: "what this person has taught could not be read".to_owned(),
        weight: 0,
    };
    let evidence = Evidence {
        known: true,
        ..Evidence::default()
    };
    verdict(&evidence, suspect, &[failed])
}

fn certain(facts: &[Fact], dangers: &[Danger]) -> bool {
    let speaks_for_it = facts.iter().any(|fact| fact.weight < 0);
    dangers.is_empty() && !speaks_for_it && weight(facts) >= REFUSED
}

fn weight(facts: &[Fact]) -> i32 {
    facts
        .iter()
        .fold(0, |sum, fact| sum.saturating_add(fact.weight))
}

/// SMTP has one answer for all recipients (RFC 5321 §4.2.5: after DATA the message is everybody's or nobody's): refused is only what everybody refuses.
/// If somebody takes it, or it goes on to somebody outside, it is Junk for those who would not. True: it is refused.
pub(crate) fn agree(verdicts: &mut [Verdict], goes_on: bool) -> bool {
    let refuses = |verdict: &Verdict| verdict.mailbox == Mailbox::Rejects;
    let all = !goes_on && !verdicts.is_empty() && verdicts.iter().all(refuses);
    if !all {
        for verdict in verdicts.iter_mut().filter(|verdict| refuses(verdict)) {
            verdict.mailbox = Mailbox::Junk;
        }
    }
    all
}

/// What may be told to everybody who gets the message: what is attached, what the lists and its domain say; nothing of what one person marked.
pub(crate) fn common(
    dangers: &[Danger],
    lists: &[&str],
    suspect: Option<&str>,
    more: &[Fact],
) -> Verdict {
    let nobody = Evidence {
        known: true,
        ..Evidence::default()
    };
    let evidence = Evidence {
        dangers,
        lists,
        ..nobody.clone()
    };
    let mut common = verdict(&evidence, suspect, more);
    let of_nobody = decide(&nobody).facts;
    common.facts.retain(|fact| !of_nobody.contains(fact));
    common
}

impl Mailbox {
    /// In a note.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Mailbox::Inbox => "inbox",
            Mailbox::Junk => "junk",
            Mailbox::Rejects => "rejects",
        }
    }

    pub(crate) fn of(word: &str) -> Option<Mailbox> {
        let all = [Mailbox::Inbox, Mailbox::Junk, Mailbox::Rejects];
        all.into_iter().find(|one| one.word() == word)
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
