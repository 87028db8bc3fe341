//! Where a message goes: into mailboxes of the house, to hosts outside for a person who is logged in, on to where an alias leads, back to the sender
//! of something that was forwarded.
//!
//! Promises: a stranger's message leaves the house only where an alias of the owner's leads, or as a return of what was forwarded from here; nobody gets it
//! twice. It judges from the store as it is now, so that an alias that is changed counts at once.

use mail::Address;
use smtp::server::Envelope;
use store::{AccountId, NewRow, Notify, QueueTime};

use super::rewriting::Rewriting;
use crate::accounts::{Accounts, Recipient, destination};

/// Everything that becomes of one message.
#[derive(Default)]
pub(super) struct Ways {
    /// Into their INBOX, each once.
    pub(super) people: Vec<AccountId>,
    /// Recipients of the house whose sender wants to hear that they have it.
    pub(super) arrived: Vec<Arrived>,
    /// By the queue, sent by a person of the house: outside, and to the house as well what is held back.
    pub(super) sent: Vec<Target>,
    /// Who outside the house gets it from a person of the house.
    pub(super) leaving: Vec<Address>,
    /// On from an alias of a stranger's message; one for each alias.
    pub(super) forwarded: Vec<Forwarded>,
}

/// A recipient whose arrival is to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Arrived {
    pub(super) recipient: Address,
    pub(super) orcpt: Option<String>,
    /// It went on to others as well.
    pub(super) expanded: bool,
}

/// A recipient outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Target {
    pub(super) recipient: Address,
    pub(super) destination: String,
    pub(super) orcpt: Option<String>,
    pub(super) notify: Notify,
}

/// What goes on from one alias.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Forwarded {
    pub(super) alias: Address,
    pub(super) targets: Vec<Target>,
}

impl Ways {
    /// The ways of this envelope. `unix`: the time, if it is trusted, for the age of rewritten addresses. `held`: the household's sender wants it to wait, or may still
    /// take it back (the undo window); then it waits for everyone.
    pub(super) fn of(
        accounts: &Accounts,
        envelope: &Envelope,
        rewriting: Option<&Rewriting>,
        unix: Option<i64>,
        held: bool,
    ) -> store::Result<Ways> {
        let mut ways = Ways::default();
        let household = envelope.account.is_some();
        for recipient in &envelope.recipients {
            let address = &recipient.address;
            let wish = Wish {
                orcpt: recipient.orcpt.clone(),
                notify: recipient.notify.map(notify),
            };
            let found = accounts.recipient(address)?;
            if household {
                match &found {
                    Recipient::Remote => ways.leaving.push(address.clone()),
                    Recipient::Forward(forward) => ways.leaving.extend_from_slice(&forward.outside),
                    Recipient::House(_) | Recipient::Unknown => {}
                }
                let is_known = found != Recipient::Unknown && destination(address).is_some();
                if held && is_known {
                    add(&mut ways.sent, address, &wish);
                    continue;
                }
            }
            let wants_success = wish.notify.is_some_and(Notify::wants_success);
            if wants_success && !found.people().is_empty() {
                ways.arrived.push(Arrived {
                    recipient: address.clone(),
                    orcpt: wish.orcpt.clone(),
                    expanded: matches!(found, Recipient::Forward(_)),
                });
            }
            ways.people.extend(found.people());
            match found {
                Recipient::House(_) => {}
                Recipient::Remote if household => add(&mut ways.sent, address, &wish),
                Recipient::Remote => {}
                Recipient::Forward(forward) if household => {
                    let wish = wish.to(&forward.alias);
                    for target in &forward.outside {
                        add(&mut ways.sent, target, &wish);
                    }
                }
                Recipient::Forward(forward) => {
                    let wish = wish.of_stranger();
                    for target in &forward.outside {
                        add(ways.from(&forward.alias), target, &wish);
                    }
                }
                Recipient::Unknown => {
                    let origin = rewriting
                        .filter(|_| !household && envelope.reverse_path.is_none())
                        .and_then(|rewriting| rewriting.back(address, unix).ok());
                    if let Some(origin) = origin {
                        add(ways.from(address), &origin, &wish.of_stranger());
                    }
                }
            }
        }
        ways.people.sort_unstable();
        ways.people.dedup();
        ways.forwarded.retain(|one| !one.targets.is_empty());
        Ok(ways)
    }

    /// Whether it goes on to somebody outside, or back.
    pub(super) fn goes_on(&self) -> bool {
        !(self.sent.is_empty() && self.forwarded.is_empty())
    }

    /// Whether it goes nowhere at all.
    pub(super) fn is_empty(&self) -> bool {
        self.people.is_empty() && self.sent.is_empty() && self.forwarded.is_empty()
    }

    /// It goes on to nobody, and nobody is told that it came: it is refused, and at most kept to be looked at.
    pub(super) fn stay(&mut self) {
        self.sent.clear();
        self.forwarded.clear();
        self.arrived.clear();
    }

    fn from(&mut self, alias: &Address) -> &mut Vec<Target> {
        let known = self.forwarded.iter().position(|one| one.alias == *alias);
        let at = known.unwrap_or_else(|| {
            self.forwarded.push(Forwarded {
                alias: alias.clone(),
                targets: Vec::new(),
            });
            self.forwarded.len() - 1
        });
        match self.forwarded.get_mut(at) {
            Some(one) => &mut one.targets,
            // Never: `at` is the place of an entry.
            None => &mut self.sent,
        }
    }
}

impl Target {
    /// As a row that is tried first at `due`.
    pub(super) fn row(self, due: QueueTime) -> NewRow {
        NewRow {
            recipient: self.recipient,
            destination: self.destination,
            orcpt: self.orcpt,
            notify: self.notify,
            due,
        }
    }
}

/// What the client said with RCPT.
struct Wish {
    orcpt: Option<String>,
    notify: Option<Notify>,
}

impl Wish {
    /// Behind an alias, the address that was written to is the original recipient.
    fn to(self, alias: &Address) -> Wish {
        let kind = if alias.is_ascii() { "rfc822" } else { "utf-8" };
        let orcpt = self.orcpt.or_else(|| Some(format!("{kind};{alias}")));
        Wish { orcpt, ..self }
    }

    /// What is forwarded for a stranger is reported to nobody outside, so only whether to hear of a failure is left.
    fn of_stranger(self) -> Wish {
        let silent = self.notify == Some(Notify::never());
        Wish {
            notify: Some(if silent {
                Notify::never()
            } else {
                Notify::failure()
            }),
            ..self
        }
    }
}

fn add(targets: &mut Vec<Target>, recipient: &Address, wish: &Wish) {
    let Some(destination) = destination(recipient) else {
        return;
    };
    let notify = wish.notify.unwrap_or_default();
    let folded = recipient.fold();
    let same = |target: &&mut Target| target.recipient.fold() == folded;
    if let Some(known) = targets.iter_mut().find(same) {
        known.notify = known.notify.union(notify);
        return;
    }
    targets.push(Target {
        recipient: recipient.clone(),
        destination,
        orcpt: wish.orcpt.clone(),
        notify,
    });
}

fn notify(said: smtp::command::Notify) -> Notify {
    [
        (said.success, Notify::success()),
        (said.failure, Notify::failure()),
        (said.delay, Notify::delay()),
    ]
    .into_iter()
    .filter(|(wanted, _)| *wanted)
    .fold(Notify::never(), |all, (_, one)| all.union(one))
}
