//! Letters that the box writes itself: reports that a message has arrived, and word to a person who has sent too much.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use mail::dsn::{self, RecipientReport, Report};
use mail::notice::{Notice, notice};
use mail::{Address, DateTime, EnhancedStatus, Parser};
use ring::rand::{SystemRandom, generate};
use smtp::server::Envelope;
use store::{
    AccountId, BodyKind, Delivery, Flags, NewLetter, NewRow, Notify, Origin, QueueTime, Read as _,
    Staged, Store,
};

use super::ways::Arrived;
use crate::accounts::destination;
use crate::log;
use crate::reception::Desk;

/// People of whom it is remembered that they were told; more than a house has.
const TOLD_MAX: usize = 10_000;
/// Seconds.
const DAY: u64 = 24 * 60 * 60;

/// A letter as written.
pub(super) struct Written {
    octets: Vec<u8>,
    date: DateTime,
    to: To,
}

/// Whom a letter is for.
enum To {
    Person(AccountId),
    /// By the queue.
    World(Box<NewLetter>),
}

impl Written {
    /// Parsed and staged.
    pub(super) async fn stage(self, store: &Store) -> store::Result<Own> {
        let mut parser = Parser::new();
        let mut spool = store.spool();
        for piece in [mail::trace::return_path(None).as_bytes(), &self.octets] {
            parser.feed(piece);
            spool.write(piece)?;
        }
        let message = parser.finish();
        Ok(Own {
            body: store.stage(spool).await?,
            head: imap::record::head(&message, self.date.unix, self.date.zone_minutes),
            record: imap::record::render(&message),
            to: self.to,
        })
    }
}

/// A letter ready to be put somewhere: its body staged, its record rendered.
pub(super) struct Own {
    body: Staged,
    head: store::Head,
    record: Vec<u8>,
    to: To,
}

impl Own {
    /// Puts it into the person's INBOX, or into the queue, in a deed. Who is gone gets none.
    pub(super) fn put(self, tx: &mut store::WriteTx<'_>) -> store::Result<()> {
        let (into, letters) = match self.to {
            To::Person(person) => match tx.mailbox_by_name(person, "INBOX")? {
                Some(inbox) => (vec![(inbox.id, Flags::default())], Vec::new()),
                None => return Ok(()),
            },
            To::World(letter) => (Vec::new(), vec![*letter]),
        };
        let delivery = Delivery {
            body: self.body,
            head: self.head,
            record: self.record,
            into,
            letters,
        };
        match tx.deliver(&delivery) {
            // Judged before anything is written. Word to a stranger is not worth the message.
            Err(store::Error::QueueFull { .. }) => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}

/// The report that the message lies in these mailboxes (RFC 3461 §5.2.3 "delivered", §6.2.7.4 "expanded"); `None` if nobody is to be told. `read`:
/// the message.
///
/// A person who is logged in is told, and a stranger whose domain says that its host may use the reverse path (SPF's pass). Any other reverse path is a mere claim, and a
/// report to it would carry a stranger's words, signed by this house, to whomever the stranger names.
pub(super) fn success(
    desk: &Desk,
    (envelope, path_is_proven): (&Envelope, bool),
    arrived: &[Arrived],
    now: DateTime,
    size: u64,
    read: &mut mail::source::ReadAt<'_, std::io::Error>,
) -> store::Result<Option<Written>> {
    let Some(sender) = envelope.reverse_path.clone() else {
        return Ok(None);
    };
    let to = match envelope.account {
        Some(person) => To::Person(AccountId(person)),
        None if path_is_proven => match outgoing(desk, &sender, now.unix) {
            Some(letter) => To::World(Box::new(letter)),
            None => return Ok(None),
        },
        None => return Ok(None),
    };
    if arrived.is_empty() {
        return Ok(None);
    }
    let (Some(from), Some(unique)) = (postmaster(desk), unique()) else {
        return Ok(None);
    };
    let recipients = arrived
        .iter()
        .map(|one| RecipientReport {
            action: if one.expanded {
                dsn::Kind::Expanded
            } else {
                dsn::Kind::Delivered
            },
            original: one.orcpt.clone(),
            recipient: one.recipient.clone(),
            status: EnhancedStatus::new(2, 1, 5),
            remote: None,
            words: None,
            last_attempt: Some(now),
            retry_until: None,
            reason: if one.expanded {
                format!(
                    "Your message has arrived at {} and was passed on to everyone behind that address.",
                    one.recipient
                )
            } else {
                format!("Your message lies in the mailbox of {}.", one.recipient)
            },
            advice: String::new(),
        })
        .collect();
    let report = Report {
        kind: dsn::Kind::Delivered,
        host: desk.hostname.to_string(),
        from,
        to: sender,
        date: now,
        unique,
        arrival: Some(now),
        envid: envelope.parameters.envid.clone(),
        content: dsn::Content::Headers,
        smtputf8: envelope.parameters.smtputf8,
        recipients,
    };
    let mut octets = Vec::new();
    let original = dsn::Original { size, read };
    dsn::write(&report, original, &mut |piece| {
        octets.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(Some(Written {
        octets,
        date: now,
        to,
    }))
}

/// The letter that takes a report to a stranger; nothing is ever reported of it. `None`: there can be no host for the address.
fn outgoing(desk: &Desk, to: &Address, unix: i64) -> Option<NewLetter> {
    let now = desk.clock.now();
    Some(NewLetter {
        sender: None,
        reverse_path: None,
        body: BodyKind::SevenBit,
        smtputf8: !to.is_ascii(),
        require_tls: false,
        tls_optional: false,
        envid: None,
        ret: None,
        priority: 0,
        accepted: unix,
        enqueued: now,
        expires: QueueTime(now.0.saturating_add(desk.sending.expire.as_secs())),
        deliver_by: None,
        origin: Origin::Return,
        rows: vec![NewRow {
            recipient: to.clone(),
            destination: destination(to)?,
            orcpt: None,
            notify: Notify::never(),
            due: now,
        }],
    })
}

/// Whom a day's sending limit was told to. In memory only: a box that starts anew tells once more.
#[derive(Default)]
pub(crate) struct Told(Mutex<HashMap<AccountId, u64>>);

impl Told {
    /// Whether this person is to be told now, for the first time on the queue's day.
    fn first(&self, person: AccountId, now: QueueTime) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let day = now.0 / DAY;
        if told.len() >= TOLD_MAX {
            told.retain(|_, last| *last == day);
        }
        told.insert(person, day) != Some(day)
    }
}

/// Tells the sender, and the first person of the house, that somebody came to the end of a day's allowance; once a day.
pub(super) async fn over_limit(desk: &Desk, sender: AccountId, messages: bool, now: QueueTime) {
    if !desk.told.first(sender, now) {
        return;
    }
    let told = async {
        let (name, owner) = {
            let read = desk.store.read()?;
            let name = read.account(sender)?.address;
            (name, desk.accounts.first_person(&read)?)
        };
        write(desk, sender, &name, too_much(desk, &name, messages, true)).await?;
        if let Some(owner) = owner.filter(|owner| *owner != sender) {
            let to = desk.store.read()?.account(owner)?.address;
            write(desk, owner, &to, too_much(desk, &name, messages, false)).await?;
        }
        store::Result::Ok(())
    };
    if let Err(error) = told.await {
        log::error(0, format_args!("telling of a sending limit: {error}"));
    }
}

fn too_much(desk: &Desk, name: &Address, messages: bool, is_sender: bool) -> (String, String) {
    let limits = &desk.sending.limits;
    let (what, setting) = if messages {
        (format!("{} messages", limits.messages), "messages_per_day")
    } else {
        (
            format!("{} people never written to before", limits.new_recipients),
            "new_recipients_per_day",
        )
    };
    let (who, whose) = if is_sender {
        ("You have".to_owned(), "your".to_owned())
    } else {
        (format!("{name} has"), format!("{name}'s"))
    };
    let subject = format!("Sending to the world is stopped for today: {name}");
    let text = format!(
        "{who} reached the limit of what one person may send out of this house in a day: {what}. More is refused until tomorrow; the mail program \
         says so and can try again then. Mail inside the house goes on.\n\n\
         If this was meant, there is nothing to do; the owner of the box can allow more: {setting} under [limits.sending] in its settings.\n\n\
         If it was NOT meant, somebody else may know {whose} password and be sending junk with it. Then change it now: pillarbox account password {name}\n"
    );
    (subject, text)
}

/// Writes a letter of the box into a person's INBOX.
pub(crate) async fn write(
    desk: &Desk,
    person: AccountId,
    to: &Address,
    (subject, text): (String, String),
) -> store::Result<()> {
    let (Some(from), Some(unique)) = (postmaster(desk), unique()) else {
        return Ok(());
    };
    let date = desk.clock.date_time(desk.clock.unix());
    let octets = notice(&Notice {
        host: desk.hostname.to_string(),
        from,
        to: to.clone(),
        date,
        unique,
        subject,
        text,
    });
    let written = Written {
        octets,
        date,
        to: To::Person(person),
    };
    let own = written.stage(&desk.store).await?;
    desk.store.write(move |tx| own.put(tx)).await
}

/// At the main domain, whose keys the owner has published.
fn postmaster(desk: &Desk) -> Option<Address> {
    Address::new("postmaster", &desk.main_domain)
        .or_else(|_| Address::new("postmaster", &desk.hostname))
        .ok()
}

fn unique() -> Option<[u8; 16]> {
    let random = generate::<[u8; 16]>(&SystemRandom::new()).ok()?;
    Some(random.expose())
}
