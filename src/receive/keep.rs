//! Keeping a message: collected and parsed while it comes, then written for all its recipients in one deed.

use std::io;

use futures_lite::future::zip;
use mail::trace::{Protocol, Received, received, return_path};
use mail::{DateTime, Message, Parser};
use smtp::Reply;
use smtp::server::Envelope;
use store::{AccountId, Delivery, Spool};

use super::content::Content;
use super::judgement::{self, Judged};
use super::letters::{self, Now};
use super::refusal::{full, refusal};
use super::ways::Ways;
use super::{author, local_error, own, places, reported};
use crate::log;
use crate::reception::Desk;
use crate::wanted::{self, Placed};

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
        if error.kind() == io::ErrorKind::WouldBlock {
            return Err(Reply::new(
                451,
                (4, 3, 2),
                "Too much comes in at once; try again later",
            ));
        }
        desk.health.cannot_keep_mail(&error);
        return Err(match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => full(),
            _ => local_error(),
        });
    }
    if reported::is_report(desk, envelope).map_err(|error| refusal(session, &error))? {
        return reported::take(desk, envelope, content).await;
    }
    let author = envelope.account.map(AccountId);
    let now = Now {
        queue: desk.clock.now(),
        unix: content.now.unix,
    };
    let ways = ways(desk, envelope, now).await;
    let mut ways = ways.map_err(|error| refusal(session, &error))?;
    let (judged, lists) = match content.verifier.take() {
        Some(verifier) => {
            let judged = judgement::judge(desk, envelope, verifier, session);
            let (judged, lists) = zip(judged, desk.listing(envelope.peer)).await;
            (judged?, lists)
        }
        None => (None, Vec::new()),
    };
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
    let trace = trace(desk, envelope, judged.as_ref(), &content.id, content.now);
    put_before(&mut message, &trace);
    let placing = match content.stranger {
        true => {
            let come = (envelope, &message, (trace.as_str(), &content.spool));
            let name = (session, content.id.as_str(), content.now.unix);
            let known = (judged.as_ref(), lists.as_slice());
            let placed = places::ask(desk, known, come, &ways, name);
            reported::tell(desk, envelope, judged.as_ref(), placed.as_ref().ok());
            placed?
        }
        false => wanted::inboxes(&ways.people),
    };
    if placing.refuse.is_some() {
        ways.stay();
    }
    content.spool.prepend(placing.header.as_bytes());
    content.spool.prepend(trace.as_bytes());
    put_before(&mut message, &placing.header);
    let octets = message.size;
    let mut record = imap::record::render(&message);
    if let Some(judged) = &judged {
        imap::record::append_note(&mut record, &judged.note());
    }
    let head = imap::record::head(&message, content.now.unix, content.now.zone_minutes);
    let proven = judged.as_ref().is_some_and(Judged::path_is_proven);
    let noted = note(desk, (envelope, proven), &content, &message, &ways);
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
            people: placing.places,
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
    match placing.refuse {
        Some(refusal) => Err(refusal),
        None => Ok(()),
    }
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
    (envelope, path_is_proven): (&Envelope, bool),
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
    let report = own::success(
        desk,
        (envelope, path_is_proven),
        &ways.arrived,
        now,
        size,
        &mut read,
    )?;
    Ok((facts, report))
}

/// Reads what has been put down of the message.
pub(super) fn read_spool(spool: &Spool, at: u64, room: &mut [u8]) -> io::Result<usize> {
    let rest = usize::try_from(spool.len().saturating_sub(at)).unwrap_or(usize::MAX);
    let count = room.len().min(rest);
    spool.read_at(at, room.get_mut(..count).unwrap_or_default())?;
    Ok(count)
}

/// What one deed writes.
struct Parcel {
    /// Its mailboxes are looked up in the deed.
    delivery: Delivery,
    people: Vec<Placed>,
    report: Option<own::Own>,
    /// Whose day's allowance it is counted on: what leaves the house counts, mail inside does not.
    counted: Option<(AccountId, Vec<mail::Address>)>,
}

/// One deed: the message in everyone's mailbox for it and in the queue, the sender's count, the report that it has arrived. People who were removed since RCPT
/// are passed over; if that leaves nobody, it fails.
async fn deliver(desk: &Desk, parcel: Parcel, now: Now) -> store::Result<store::Delivered> {
    let limits = desk.sending.limits;
    let deed = move |tx: &mut store::WriteTx<'_>| {
        let mut delivery = parcel.delivery;
        if let Some((person, recipients)) = parcel.counted {
            tx.count_sending(person, now.queue, limits, &recipients)?;
        }
        for placed in &parcel.people {
            delivery
                .into
                .extend(wanted::put(tx, placed, delivery.head.size.into())?);
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

/// Return-Path, our Authentication-Results and Received, in this order (RFC 5321 §4.4, RFC 8601 §4.1). The recipient is named only when there is one: others must not learn of each other.
fn trace(
    desk: &Desk,
    envelope: &Envelope,
    judged: Option<&Judged>,
    id: &str,
    time: DateTime,
) -> String {
    let only = match envelope.recipients.as_slice() {
        [one] => Some(&one.address),
        _ => None,
    };
    let received = received(&Received {
        helo: &envelope.helo,
        peer: envelope.peer,
        peer_name: judged.and_then(Judged::peer_name),
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
    let results = judged.map(|judged| judged.field(&desk.hostname));
    return_path(envelope.reverse_path.as_ref()) + &results.unwrap_or_default() + &received
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
