//! Whom a chain of seals rests on (RFC 8617 §5.2, RFC 7489 §6.7 on local policy): forwarders and lists that broke what proved the author and say what they saw.
//!
//! A chain that holds proves who handled the message, not that they are honest. Read from the newest seal down, each sealer vouches for the ones below; the first that
//! says that the author's domain was proven when the message came to it ends the search. So everyone from the newest down to that one must be trusted, and
//! nobody below matters. A sealer that only says `arc=pass` hands on what another said.

use msgauth::arc::ArcResult;
use msgauth::results::said;
use msgauth::suffix::organizational_domain;

use store::AccountId;

use super::Judged;
use crate::log;
use crate::reception::Desk;
use crate::wanted::memory::Memory;

impl Judged {
    /// The domains of all sealers that must be trusted for the chain to prove the author, newest first; `None`: it proves nothing, whoever is trusted.
    pub(crate) fn vouchers(&self) -> Option<Vec<&str>> {
        let arc = self.verdicts.arc.as_ref()?;
        if arc.result != ArcResult::Pass || self.author_domain().is_empty() {
            return None;
        }
        let mut names = Vec::new();
        for set in arc.sets.iter().rev() {
            names.push(set.domain.as_str());
            if self.saw_the_author(&set.results) {
                return Some(names);
            }
        }
        None
    }

    /// Whether everyone whom the chain rests on is trusted: by the owner for everybody (`[verify] sealers`), or because this person's own mail has shown that
    /// they are honest ([`Memory::sealer_is_honest`]).
    pub(crate) fn is_vouched_for(&self, desk: &Desk, person: Option<AccountId>) -> bool {
        let Some(sealers) = self.vouchers() else {
            return false;
        };
        let unknown: Vec<&str> = sealers
            .into_iter()
            .filter(|name| !is_the_owners_choice(&desk.sealers, name))
            .collect();
        // Nobody earns it by a few letters to write in the names of the house.
        unknown.is_empty()
            || person.filter(|_| !self.own).is_some_and(|person| {
                are_honest(desk, person, &unknown).unwrap_or_else(|error| {
                    log::error(0, format_args!("looking up who is trusted: {error}"));
                    false
                })
            })
    }

    /// Whether these results say that the author's domain was proven.
    fn saw_the_author(&self, results: &str) -> bool {
        let author = self.author_domain();
        let organization = organizational_domain(author);
        let same =
            |domain: &str| organizational_domain(&domain.to_ascii_lowercase()) == organization;
        let said = said(results);
        // Its own word on DMARC counts before what it might be put together from.
        if let Some(dmarc) = said.iter().find(|one| one.method == "dmarc") {
            let whose = dmarc.property("header.from");
            return dmarc.result == "pass"
                && whose.is_none_or(|domain| domain.eq_ignore_ascii_case(author));
        }
        said.iter().any(|one| {
            let domain = match one.method.as_str() {
                "dkim" => one.property("header.d").or(one.property("header.i")),
                "spf" => one.property("smtp.mailfrom"),
                _ => None,
            };
            let domain =
                domain.map(|name| name.rsplit_once('@').map_or(name, |(_, domain)| domain));
            one.result == "pass" && domain.is_some_and(same)
        })
    }
}

/// Names below a domain that the owner has named are of the same people.
fn is_the_owners_choice(named: &[String], sealer: &str) -> bool {
    named.iter().any(|own| {
        let below = sealer.strip_suffix(own.as_str());
        mail::domains_equal(own, sealer) || below.is_some_and(|rest| rest.ends_with('.'))
    })
}

fn are_honest(desk: &Desk, person: AccountId, sealers: &[&str]) -> store::Result<bool> {
    let read = desk.store.read()?;
    let memory = Memory::new(&read, person)?;
    for sealer in sealers {
        if !memory.sealer_is_honest(sealer)? {
            return Ok(false);
        }
    }
    Ok(true)
}
