//! Keeping a message: collected and parsed while it comes, then written for all its recipients in one deed.

use std::io;

use mail::trace::{Protocol, Received, received, return_path};
use mail::{DateTime, Message, Parser};
use ring::rand::{SystemRandom, generate};
use smtp::Reply;
use smtp::server::Envelope;
use store::{AccountId, Delivery, Flags, Read as _, Spool};

use super::header::HeaderFilter;
use super::letters::{self, Now};
use super::ways::Ways;
use super::{author, local_error, mailbox_full, own};
use crate::log;
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
    /// An octet above 127 has come.
    eight_bit: bool,
    /// Why it cannot be kept; told at its end, because that is when SMTP answers.
    failure: Option<io::Error>,
}

impl Content {
    /// The `count`th message of the session.
    pub(super) fn new(desk: &Desk, session: u64, count: u32, household: bool) -> Content {
        let now = desk.clock.date_time(desk.clock.unix());
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
            eight_bit: false,
            failure,
        }
    }

    /// Takes the next octets.
    pub(super) fn write(&mut self, octets: &[u8]) {
        if self.failure.is_some() {
            return;
        }
        self.eight_bit |= mail::needs::needs_eight_bit(octets);
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
        desk.health.cannot_keep_mail(&error);
        return Err(match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => full(),
            _ => local_error(),
        });
    }
    let author = envelope.account.map(AccountId);
    let now = Now {
        queue: desk.clock.now(),
        unix: content.now.unix,
    };
    let ways = ways(desk, envelope, now).await;
    let ways = ways.map_err(|error| refusal(session, &error))?;
    let trace = trace(desk, envelope, &content.id, content.now);
    content.spool.prepend(trace.as_bytes());
    let mut message = std::mem::replace(&mut content.parser, Parser::new()).finish();
    if let Some(author) = author {
        let header = message
            .parts
            .first()
            .and_then(|root| root.envelope.as_deref());
        let named = content.filter.names_author();
        author::judge(&desk.accounts, author, header, named)
            .map_err(|error| refusal(session, &error))??;
    }
    put_before(&mut message, &trace);
    let octets = message.size;
    let record = imap::record::render(&message);
    let head = imap::record::head(&message, content.now.unix, content.now.zone_minutes);
    let noted = note(desk, envelope, &content, &message, &ways);
    let (facts, report) = noted.map_err(|error| refusal(session, &error))?;
    let letters = letters::letters(
        &ways,
        envelope,
        facts,
        now,
        &desk.sending,
        desk.rewriting.get(),
    );
    let kept = async {
        let report = match report {
            Some(report) => Some(report.stage(&desk.store).await?),
            None => None,
        };
        let parcel = Parcel {
            delivery: Delivery {
                body: desk.store.stage(content.spool).await?,
                head,
                record,
                into: Vec::new(),
                letters,
            },
            people: ways.people,
            report,
            counted: author
                .filter(|_| !ways.leaving.is_empty())
                .map(|person| (person, ways.leaving)),
        };
        deliver(desk, parcel, now).await
    };
    let kept = match kept.await {
        Ok(kept) => kept,
        Err(error) => {
            if error.is_the_disk() {
                desk.health.cannot_keep_mail(&error);
            }
            if let (store::Error::SendingLimit { messages }, Some(author)) = (&error, author) {
                own::over_limit(desk, author, *messages, now.queue).await;
            }
            return Err(refusal(session, &error));
        }
    };
    desk.health.keeps_mail();
    let from = return_path(envelope.reverse_path.as_ref());
    let queued: String = kept
        .letters
        .iter()
        .map(|id| format!(", queued as {id}"))
        .collect();
    log::info(
        session,
        format_args!(
            "kept {}: {octets} octets, {} mailboxes{queued}, {}",
            content.id,
            kept.uids.len(),
            from.trim_end()
        ),
    );
    Ok(())
}

/// Where it goes. Whoever was removed since RCPT is passed over; if that leaves nobody, it fails.
async fn ways(desk: &Desk, envelope: &Envelope, now: Now) -> store::Result<Ways> {
    let held = envelope.account.is_some() && letters::is_held(envelope, now, &desk.sending);
    let rewriting = desk.rewriting.get();
    let time = desk.clock.machine().date();
    let ways = Ways::of(&desk.accounts, envelope, rewriting, time, held)?;
    if ways.is_empty() {
        return Err(store::Error::NoSuchAccount);
    }
    if !ways.forwarded.is_empty() {
        desk.rewriting().await?;
    }
    Ok(ways)
}

/// What has to be looked up in the message itself, and the report that it has arrived, written.
fn note(
    desk: &Desk,
    envelope: &Envelope,
    content: &Content,
    message: &Message,
    ways: &Ways,
) -> store::Result<(letters::Content, Option<own::Written>)> {
    let mut read = |at: u64, room: &mut [u8]| read_spool(&content.spool, at, room);
    // Whoever says no SMTPUTF8 asks for none; only where it may be needed the headers are looked through.
    let may_need_utf8 = content.eight_bit && envelope.parameters.smtputf8;
    let facts = letters::Content {
        eight_bit: content.eight_bit,
        eight_bit_header: may_need_utf8 && mail::needs::needs_smtputf8(message, &mut read)?,
        tls_optional: content.filter.tls_optional(),
    };
    let (now, size) = (content.now, message.size);
    let report = own::success(desk, envelope, &ways.arrived, now, size, &mut read)?;
    Ok((facts, report))
}

fn read_spool(spool: &Spool, at: u64, room: &mut [u8]) -> io::Result<usize> {
    let rest = usize::try_from(spool.len().saturating_sub(at)).unwrap_or(usize::MAX);
    let count = room.len().min(rest);
    spool.read_at(at, room.get_mut(..count).unwrap_or_default())?;
    Ok(count)
}

/// What one deed writes.
struct Parcel {
    /// Its mailboxes are looked up in the deed.
    delivery: Delivery,
    people: Vec<AccountId>,
    report: Option<own::Own>,
    /// Whose day's allowance it is counted on: what leaves the house counts, mail inside does not.
    counted: Option<(AccountId, Vec<mail::Address>)>,
}

/// One deed: the message in everyone's INBOX and in the queue, the sender's count, the report that it has arrived. People who were removed since RCPT
/// are passed over; if that leaves nobody, it fails.
async fn deliver(desk: &Desk, parcel: Parcel, now: Now) -> store::Result<store::Delivered> {
    let limits = desk.sending.limits;
    let deed = move |tx: &mut store::WriteTx<'_>| {
        let mut delivery = parcel.delivery;
        if let Some((person, recipients)) = parcel.counted {
            tx.count_sending(person, now.queue, limits, &recipients)?;
        }
        for person in parcel.people {
            if let Some(inbox) = tx.mailbox_by_name(person, "INBOX")? {
                delivery.into.push((inbox.id, Flags::default()));
            }
        }
        if delivery.into.is_empty() && delivery.letters.is_empty() {
            return Err(store::Error::NoSuchAccount);
        }
        let delivered = tx.deliver(&delivery)?;
        if let Some(report) = parcel.report {
            report.put(tx)?;
        }
        Ok(delivered)
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
        store::Error::QueueFull { .. } => {
            log::error(session, format_args!("keeping a message: {error}"));
            Reply::new(
                452,
                (4, 3, 1),
                "Too much mail waits to be sent from here; try again later",
            )
        }
        store::Error::SendingLimit { messages } => {
            log::info(session, format_args!("keeping a message: {error}"));
            Reply::new(
                451,
                (4, 7, 1),
                if *messages {
                    "You have sent as many messages as one person may in a day; try again tomorrow"
                } else {
                    "You have written to as many new people as one person may in a day; try again tomorrow"
                },
            )
        }
        store::Error::OverQuota { .. } | store::Error::TooManyMessages { .. } => {
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
