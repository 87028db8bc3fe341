//! What is said of a letter to a host: what the host must be able to do, the form of the content that it can take, and the transaction.

use mail::Address;
use mail::downgrade::{Obstacle, Target};
use queue::{Cause, Extension, Finding, seconds_left};
use smtp::client::{By, ByMode, Capabilities, ClientRecipient, Notify, Ret, Transaction};
use store::{BodyKind, Letter, Origin, Row};

use super::Office;
use super::content::{Prepared, Stored, Unfit};
use crate::log;
use crate::signing::author_domain;

impl Office {
    /// The letter in a form that the host takes, signed.
    pub(super) async fn prepare(
        &self,
        letter: &Letter,
        capabilities: &Capabilities,
    ) -> Result<Prepared, Finding> {
        let target = target(letter, capabilities);
        if let Some(prepared) = self.shelf.find(letter.id, target) {
            return fits(prepared, capabilities);
        }
        let prepared = match self.make(letter, target).await {
            Ok(prepared) => prepared,
            Err(Unfit::Obstacle(Obstacle::NeedsSmtputf8)) => {
                return Err(Finding::of(
                    Cause::Lacks(Extension::SmtpUtf8),
                    &Obstacle::NeedsSmtputf8.to_string(),
                ));
            }
            Err(Unfit::Obstacle(obstacle)) => {
                return Err(Finding::of(
                    Cause::Lacks(Extension::Binary),
                    &obstacle.to_string(),
                ));
            }
            Err(Unfit::Store(error)) => return Err(unreadable(letter, &error)),
        };
        self.shelf.put(letter.id, target, prepared.clone());
        fits(prepared, capabilities)
    }

    async fn make(&self, letter: &Letter, target: Target) -> Result<Prepared, Unfit> {
        let stored = Stored::open(&self.store, letter)?;
        let prepared = Prepared::new(stored, letter, target).await?;
        let fields = self.signatures(letter, &prepared).await;
        Ok(prepared.signed(fields))
    }

    /// The fields of the letter's signatures; none if it is not ours to sign.
    async fn signatures(&self, letter: &Letter, prepared: &Prepared) -> String {
        // A stranger's letter that an alias passes on says that it is from whomever it likes: what we saw is said of it, and nothing of ours.
        if let Origin::Forward { alias } = &letter.origin {
            return self.seal(letter, alias.domain(), prepared).await;
        }
        let domain = author_domain(&mut prepared.reading()).ok().flatten();
        let Some(domain) = domain else {
            return String::new();
        };
        let read = prepared.reading();
        let wall = self.clock.machine().date();
        match self.signing.sign(&domain, wall, read).await {
            Ok(fields) => fields.unwrap_or_default(),
            Err(error) => {
                log::warn(
                    0,
                    format_args!(
                        "letter {}: goes out without a signature: {error}",
                        letter.id
                    ),
                );
                String::new()
            }
        }
    }

    /// The transaction for these rows, and for rows that this host cannot take why not.
    pub(super) fn transaction(
        &self,
        letter: &Letter,
        rows: &[Row],
        prepared: &Prepared,
        capabilities: &Capabilities,
    ) -> Result<Transaction, Finding> {
        let utf8 = prepared.utf8_headers && capabilities.smtputf8;
        let address = |address: &Address| {
            if utf8 && capabilities.smtputf8 {
                return Ok(address.clone());
            }
            ascii(address).ok_or_else(|| {
                Finding::of(
                    Cause::Lacks(Extension::SmtpUtf8),
                    &format!("the host does not take international addresses such as {address}"),
                )
            })
        };
        Ok(Transaction {
            reverse_path: letter.reverse_path.as_ref().map(address).transpose()?,
            recipients: rows
                .iter()
                .map(|row| {
                    Ok(ClientRecipient {
                        address: address(&row.recipient)?,
                        orcpt: row.orcpt.clone(),
                        notify: notify(row),
                    })
                })
                .collect::<Result<_, Finding>>()?,
            size: prepared.size,
            body: prepared.body,
            smtputf8: utf8,
            require_tls: letter.require_tls,
            ret: letter.ret.map(|ret| match ret {
                store::Ret::Full => Ret::Full,
                store::Ret::Headers => Ret::Headers,
            }),
            envid: letter.envid.clone(),
            by: self.by(letter),
            priority: (letter.priority != 0).then_some(letter.priority),
        })
    }

    fn by(&self, letter: &Letter) -> Option<By> {
        let by = letter.deliver_by.as_ref()?;
        Some(By {
            seconds: seconds_left(letter, self.clock.now())?,
            mode: if by.notify {
                ByMode::Notify
            } else {
                ByMode::Return
            },
            trace: by.trace,
        })
    }
}

/// What the letter needs of a host and this one lacks; judged before anything is sent.
pub(super) fn lacks(letter: &Letter, capabilities: &Capabilities) -> Option<Finding> {
    if letter.require_tls && !capabilities.require_tls {
        return Some(Finding::of(
            Cause::Lacks(Extension::RequireTls),
            "the host does not offer REQUIRETLS, which the letter asks for",
        ));
    }
    let returns = letter.deliver_by.as_ref().is_some_and(|by| !by.notify);
    if returns && capabilities.deliver_by.is_none() {
        return Some(Finding::of(
            Cause::Lacks(Extension::DeliverBy),
            "the host cannot promise to return the letter if it is late (DELIVERBY)",
        ));
    }
    None
}

fn fits(prepared: Prepared, capabilities: &Capabilities) -> Result<Prepared, Finding> {
    match capabilities.size {
        Some(most) if most > 0 && prepared.size > most => Err(Finding::of(
            Cause::Lacks(Extension::Size),
            &format!(
                "the message has {} octets, and the host takes at most {most}",
                prepared.size
            ),
        )),
        _ => Ok(prepared),
    }
}

/// What the host takes, as far as it matters for this letter: a plain letter has one form for all hosts.
fn target(letter: &Letter, capabilities: &Capabilities) -> Target {
    let eight_bit = capabilities.eight_bit_mime || letter.body == BodyKind::SevenBit;
    // Only asked of a letter that is binary: who takes that takes eight bits as well.
    let binary =
        letter.body == BodyKind::Binary && capabilities.chunking && capabilities.binary_mime;
    Target {
        eight_bit: eight_bit || (letter.smtputf8 && capabilities.smtputf8),
        binary,
        utf8_headers: capabilities.smtputf8 || !letter.smtputf8,
    }
}

/// The address without UTF-8, if there is such a form: the domain as an A-label.
fn ascii(address: &Address) -> Option<Address> {
    if address.is_ascii() {
        return Some(address.clone());
    }
    let domain = mail::idna::to_ascii(address.domain())?;
    Address::new(address.local(), &domain)
        .ok()
        .filter(Address::is_ascii)
}

fn notify(row: &Row) -> Option<Notify> {
    // Who asked for nothing has the default, and nothing is passed on (RFC 3461 §5.2.1).
    (row.notify != store::Notify::default()).then(|| Notify {
        success: row.notify.wants_success(),
        failure: row.notify.wants_failure(),
        delay: row.notify.wants_delay(),
    })
}

/// The store cannot give the letter: dropped by its owner meanwhile, or the disk fails.
pub(super) fn unreadable(letter: &Letter, error: &store::Error) -> Finding {
    log::error(
        0,
        format_args!("letter {}: cannot be read: {error}", letter.id),
    );
    Finding::of(
        Cause::Unreadable,
        &format!("this box could not read the letter: {error}"),
    )
}
