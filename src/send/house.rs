//! Letters to a domain that has become the house's own since they were sent: they are delivered here.

use mail::EnhancedStatus;
use queue::{Cause, Finding};
use smtp::client::{Fate, Scope, Stage};
use store::{AccountId, Claim, Read as _, Row, Settlement};

use super::Office;
use super::attempt::Ended;
use super::content::Stored;
use super::returns::Draft;
use crate::accounts::Recipient;
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
            let people = match self.accounts.recipient(&row.recipient) {
                Ok(Recipient::House(people)) => people,
                Ok(Recipient::Forward(forward)) if !forward.people.is_empty() => forward.people,
                Ok(_) => {
                    ended.push(self.end(row, nobody(row)));
                    continue;
                }
                Err(error) => {
                    ended.push(self.end(row, later(&error)));
                    continue;
                }
            };
            match self.put_into(claim, row, people).await {
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

    async fn put_into(
        &self,
        claim: &Claim,
        row: &Row,
        people: Vec<AccountId>,
    ) -> store::Result<()> {
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
        let (letter, number) = (claim.letter.id, row.number);
        let deed = self.store.write(move |tx| {
            for person in people {
                if let Some(inbox) = tx.mailbox_by_name(person, "INBOX")? {
                    delivery.into.push((inbox.id, store::Flags::default()));
                }
            }
            if delivery.into.is_empty() {
                return Err(store::Error::NoSuchAccount);
            }
            tx.deliver(&delivery)?;
            tx.settle(letter, number, Settlement::Gone)
        });
        deed.await
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
