//! Letters in the queue that are for the house itself, because they were held back or because their domain has become its own: they are delivered here.

use mail::dsn::Kind;
use mail::{Address, EnhancedStatus};
use queue::{Cause, Finding, tell_of};
use smtp::client::{Fate, Scope, Stage};
use store::{
    AccountId, Claim, Letter, NewLetter, NewRow, Notify, QueueTime, Read as _, Row, Settlement,
};

use super::Office;
use super::attempt::Ended;
use super::content::Stored;
use super::returns::{Draft, Item};
use super::settle::deliver;
use crate::accounts::{Recipient, destination};
use crate::log;

impl Office {
    /// Whether the rows of a claim, which all have one destination, are for the house now.
    pub(super) fn is_own(&self, destination: &str) -> store::Result<bool> {
        if destination.starts_with('[') {
            return Ok(false);
        }
        let read = self.store.read()?;
        self.accounts.is_own_domain(&read, destination)
    }

    /// Delivers the claim's rows in the house; those that nobody here takes come back to be returned.
    pub(super) async fn deliver_here(&self, claim: &Claim) -> Vec<Ended> {
        let mut ended = Vec::new();
        for row in &claim.rows {
            let here = match self.behind(&row.recipient) {
                Ok(here) if !here.is_nobody() => here,
                Ok(_) => {
                    ended.push(self.end(row, nobody(row)));
                    continue;
                }
                Err(error) => {
                    ended.push(self.end(row, later(&error)));
                    continue;
                }
            };
            match self.put_into(claim, row, here).await {
                Ok(()) => log::info(
                    0,
                    format_args!(
                        "letter {} to {}: delivered here",
                        claim.letter.id, row.recipient
                    ),
                ),
                Err(error) => ended.push(self.end(row, later(&error))),
            }
        }
        ended
    }

    /// Who gets what is for this address of the house. What an alias leads to is looked at once more, in case that became the house's own as well; no
    /// further, so that two aliases that lead to each other make no circle.
    fn behind(&self, address: &Address) -> store::Result<Here> {
        let mut here = Here::default();
        match self.accounts.recipient(address)? {
            Recipient::House(people) => here.people = people,
            Recipient::Forward(forward) => {
                here.people = forward.people;
                for target in forward.outside {
                    match self.accounts.recipient(&target)? {
                        Recipient::Remote => here.outside.push(target),
                        found => here.people.extend_from_slice(found.people()),
                    }
                }
            }
            Recipient::Unknown | Recipient::Remote => {}
        }
        here.people.sort_unstable();
        here.people.dedup();
        Ok(here)
    }

    async fn put_into(&self, claim: &Claim, row: &Row, here: Here) -> store::Result<()> {
        let stored = Stored::open(&self.store, &claim.letter)?;
        let mut draft = Draft::from(&self.store, claim.letter.reverse_path.as_ref())?;
        let mut failed = None;
        stored
            .each_piece(|piece| {
                if failed.is_none() {
                    failed = draft.put(piece).err();
                }
            })
            .await?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        let composed = draft.finish(self.clock.unix(), &self.store).await?;
        let mut delivery = composed.into_delivery();
        delivery
            .letters
            .extend(onward(&claim.letter, row, &here.outside, self.clock.now()));
        let arrived = self.arrived(&claim.letter, row);
        let reports = self.reports(&claim.letter, arrived).await?;
        let (letter, number) = (claim.letter.id, row.number);
        let people = here.people;
        let deed = self.store.write(move |tx| {
            for person in people {
                if let Some(inbox) = tx.mailbox_by_name(person, "INBOX")? {
                    delivery.into.push((inbox.id, store::Flags::default()));
                }
            }
            if delivery.into.is_empty() && delivery.letters.is_empty() {
                return Err(store::Error::NoSuchAccount);
            }
            tx.deliver(&delivery)?;
            reports.into_iter().try_for_each(|one| deliver(tx, one))?;
            tx.settle(letter, number, Settlement::Gone)
        });
        deed.await
    }

    /// What the sender is told who wants to hear of success.
    fn arrived(&self, letter: &Letter, row: &Row) -> Vec<Item> {
        if !row.notify.wants_success() {
            return Vec::new();
        }
        vec![Item {
            row: row.clone(),
            action: Kind::Delivered,
            status: EnhancedStatus::new(2, 1, 5),
            host: self.settings.hostname.clone(),
            finding: delivered(),
            reason: None,
            until: None,
            tell: tell_of(letter, row, Notify::success()),
        }]
    }

    fn end(&self, row: &Row, finding: Finding) -> Ended {
        Ended {
            row: row.clone(),
            host: self.settings.hostname.clone(),
            finding,
            others_accepted: false,
            by_passed: false,
        }
    }
}

/// Who gets a letter that is for the house.
#[derive(Default)]
struct Here {
    people: Vec<AccountId>,
    /// Where an alias leads.
    outside: Vec<Address>,
}

impl Here {
    fn is_nobody(&self) -> bool {
        self.people.is_empty() && self.outside.is_empty()
    }
}

/// The letter that goes on to where an alias leads; the same in all else.
fn onward(letter: &Letter, row: &Row, outside: &[Address], now: QueueTime) -> Option<NewLetter> {
    let original = || format!("rfc822;{}", row.recipient);
    let rows: Vec<NewRow> = outside
        .iter()
        .filter_map(|target| {
            Some(NewRow {
                recipient: target.clone(),
                destination: destination(target)?,
                orcpt: row.orcpt.clone().or_else(|| Some(original())),
                notify: row.notify,
                due: now,
            })
        })
        .collect();
    (!rows.is_empty()).then(|| NewLetter {
        sender: letter.sender,
        reverse_path: letter.reverse_path.clone(),
        body: letter.body,
        smtputf8: letter.smtputf8 || rows.iter().any(|row| !row.recipient.is_ascii()),
        require_tls: letter.require_tls,
        tls_optional: letter.tls_optional,
        envid: letter.envid.clone(),
        ret: letter.ret,
        priority: letter.priority,
        accepted: letter.accepted,
        enqueued: now,
        expires: letter.expires,
        deliver_by: letter.deliver_by,
        origin: letter.origin.clone(),
        rows,
    })
}

fn delivered() -> Finding {
    Finding {
        fate: Fate::Delivered,
        scope: Scope::Recipient,
        stage: Stage::End,
        code: Some(250),
        status: Some(EnhancedStatus::new(2, 1, 5)),
        ..Finding::of(Cause::Remote, "250 2.1.5 kept here")
    }
}

/// What our own door would say.
fn nobody(row: &Row) -> Finding {
    let words = format!("550 5.1.1 Nobody here is called {}", row.recipient);
    Finding {
        fate: Fate::Never,
        scope: Scope::Recipient,
        stage: Stage::Rcpt,
        status: Some(EnhancedStatus::new(5, 1, 1)),
        ..Finding::of(Cause::Remote, &words)
    }
}

fn later(error: &store::Error) -> Finding {
    let words = format!("it is for this house, and could not be kept: {error}");
    Finding {
        scope: Scope::Recipient,
        ..Finding::of(Cause::Remote, &words)
    }
}
