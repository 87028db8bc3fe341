//! Keeping a message: collected and parsed while it comes, then written for all its recipients in one deed.

use std::io;

use mail::trace::{Protocol, Received, received, return_path};
use mail::{DateTime, Message, Parser};
use ring::rand::{SystemRandom, generate};
use smtp::Reply;
use smtp::server::Envelope;
use store::{AccountId, Delivery, Flags, Read as _, Spool, Staged};

use super::author;
use super::header::HeaderFilter;
use super::{local_error, mailbox_full};
use crate::accounts::Recipient;
use crate::log;
use crate::reading::unix_now;
use crate::reception::Desk;

/// A message that is coming.
pub(super) struct Content {
    session: u64,
    /// The name of this message in its Received field and in the log.
    id: String,
    now: DateTime,
    filter: HeaderFilter,
    parser: Parser,
    spool: Spool,
    /// Why it cannot be kept; told at its end, because that is when SMTP answers.
    failure: Option<io::Error>,
}

impl Content {
    /// The `count`th message of the session.
    pub(super) fn new(desk: &Desk, session: u64, count: u32, household: bool) -> Content {
        let now = DateTime {
            unix: unix_now(),
            zone_minutes: 0,
        };
        let (unique, failure) = match generate::<[u8; 16]>(&SystemRandom::new()) {
            Ok(random) => (random.expose(), None),
            Err(_) => ([0; 16], Some(io::Error::other("no random numbers"))),
        };
        Content {
            session,
            id: format!("{:x}-{session:x}-{count:x}", now.unix),
            now,
            filter: HeaderFilter::new(household, &desk.hostname, unique, now),
            parser: Parser::new(),
            spool: desk.store.spool(),
            failure,
        }
    }

    /// Takes the next octets.
    pub(super) fn write(&mut self, octets: &[u8]) {
        if self.failure.is_some() {
            return;
        }
        let (parser, spool, failure) = (&mut self.parser, &mut self.spool, &mut self.failure);
        self.filter.feed(octets, &mut into(parser, spool, failure));
    }

    fn finish(&mut self) {
        let (parser, spool, failure) = (&mut self.parser, &mut self.spool, &mut self.failure);
        self.filter.finish(&mut into(parser, spool, failure));
    }
}

/// Where octets go that the filter lets through.
fn into<'a>(
    parser: &'a mut Parser,
    spool: &'a mut Spool,
    failure: &'a mut Option<io::Error>,
) -> impl FnMut(&[u8]) + 'a {
    |octets| {
        if failure.is_none() {
            parser.feed(octets);
            *failure = spool.write(octets).err();
        }
    }
}

/// Makes the message durable for everyone it is for. `Ok` only after the commit has been synced; an error is what the client is told.
pub(super) async fn keep(
    desk: &Desk,
    envelope: &Envelope,
    mut content: Content,
) -> Result<(), Reply> {
    content.finish();
    let session = content.session;
    if let Some(error) = content.failure {
        log::error(session, format_args!("collecting a message: {error}"));
        desk.light.cannot_keep_mail(&error);
        return Err(match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => full(),
            _ => local_error(),
        });
    }
    let people = people(desk, envelope).map_err(|error| refusal(session, &error))?;
    let trace = trace(desk, envelope, &content.id, content.now);
    content.spool.prepend(trace.as_bytes());
    let mut message = content.parser.finish();
    if let Some(author) = envelope.account {
        let header = message
            .parts
            .first()
            .and_then(|root| root.envelope.as_deref());
        let named = content.filter.names_author();
        author::judge(&desk.accounts, AccountId(author), header, named)
            .map_err(|error| refusal(session, &error))??;
    }
    put_before(&mut message, &trace);
    let octets = message.size;
    let record = imap::record::render(&message);
    let head = imap::record::head(&message, content.now.unix, content.now.zone_minutes);
    let kept = async {
        let body = desk.store.stage(content.spool).await?;
        deliver(desk, body, head, record, people).await
    };
    let mailboxes = kept.await.map_err(|error| {
        if error.is_the_disk() {
            desk.light.cannot_keep_mail(&error);
        }
        refusal(session, &error)
    })?;
    desk.light.keeps_mail();
    let from = return_path(envelope.reverse_path.as_ref());
    log::info(
        session,
        format_args!(
            "kept {}: {octets} octets, {mailboxes} mailboxes, {}",
            content.id,
            from.trim_end()
        ),
    );
    Ok(())
}

/// Everyone it is for, each once.
fn people(desk: &Desk, envelope: &Envelope) -> store::Result<Vec<AccountId>> {
    let mut people = Vec::new();
    for recipient in &envelope.recipients {
        if let Recipient::House(some) = desk.accounts.recipient(&recipient.address)? {
            people.extend(some);
        }
    }
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

/// One deed: the message in everyone's INBOX. People who were removed since RCPT are passed over; if that leaves none, it fails.
async fn deliver(
    desk: &Desk,
    body: Staged,
    head: store::Head,
    record: Vec<u8>,
    people: Vec<AccountId>,
) -> store::Result<usize> {
    let deed = move |tx: &mut store::WriteTx<'_>| {
        let mut into = Vec::with_capacity(people.len());
        for person in people {
            if let Some(inbox) = tx.mailbox_by_name(person, "INBOX")? {
                into.push((inbox.id, Flags::default()));
            }
        }
        if into.is_empty() {
            return Err(store::Error::NoSuchAccount);
        }
        let delivery = Delivery {
            body,
            head,
            record,
            into,
            letters: Vec::new(),
        };
        tx.deliver(&delivery).map(|done| done.uids.len())
    };
    desk.store.write(deed).await
}

/// Return-Path and Received (RFC 5321 §4.4). The recipient is named only when there is one: others must not learn of each other.
fn trace(desk: &Desk, envelope: &Envelope, id: &str, time: DateTime) -> String {
    let only = match envelope.recipients.as_slice() {
        [one] => Some(&one.address),
        _ => None,
    };
    let received = received(&Received {
        helo: &envelope.helo,
        peer: envelope.peer,
        peer_name: None,
        by: &desk.hostname,
        protocol: Protocol {
            extended: envelope.esmtp,
            tls: envelope.tls.is_some(),
            authenticated: envelope.account.is_some(),
            utf8: envelope.parameters.smtputf8,
        },
        tls: envelope.tls.as_deref(),
        id,
        recipient: only,
        time,
    });
    return_path(envelope.reverse_path.as_ref()) + &received
}

/// The message as it is with `fields` before its header: they change no part of it, they only move everything.
fn put_before(message: &mut Message, fields: &str) {
    let octets = fields.len() as u64;
    message.size += octets;
    message.lines += fields.bytes().filter(|octet| *octet == b'\n').count() as u64;
    for part in &mut message.parts {
        for range in [&mut part.header, &mut part.body] {
            range.start += octets;
            range.end += octets;
        }
    }
    if let Some(root) = message.parts.first_mut() {
        root.header.start = 0;
    }
}

fn refusal(session: u64, error: &store::Error) -> Reply {
    match error {
        store::Error::Full => {
            log::error(session, format_args!("keeping a message: {error}"));
            full()
        }
        store::Error::OverQuota { .. } => {
            log::info(session, format_args!("keeping a message: {error}"));
            mailbox_full()
        }
        _ => {
            log::error(session, format_args!("keeping a message: {error}"));
            local_error()
        }
    }
}

fn full() -> Reply {
    Reply::new(452, (4, 3, 1), "This system is full; try again later")
}
