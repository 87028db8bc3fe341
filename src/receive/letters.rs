//! The letters of one message for the queue: one of the person who sent it, one for each alias that it goes on from.

use mail::Address;
use smtp::command::{BodyType, By, ByMode, Hold};
use smtp::server::Envelope;
use store::{
    AccountId, BodyKind, DeliverBy, LETTER_ROWS_MAX, NewLetter, NewRow, Origin, QueueTime, Ret,
};

use super::rewriting::Rewriting;
use super::ways::{Target, Ways};
use crate::reception::Sending;

/// What the message itself tells.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Content {
    /// An octet above 127 anywhere.
    pub(super) eight_bit: bool,
    /// One in a header, the message's own or a part's.
    pub(super) eight_bit_header: bool,
    /// `TLS-Required: No` (RFC 8689 §5).
    pub(super) tls_optional: bool,
}

/// When it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    /// For whatever decides.
    pub(super) queue: QueueTime,
    /// Unix seconds, for texts and the age of rewritten addresses.
    pub(super) unix: i64,
}

/// The letters; none if it stays in the house.
pub(super) fn letters(
    ways: &Ways,
    envelope: &Envelope,
    content: Content,
    now: Now,
    sending: &Sending,
    rewriting: Option<&Rewriting>,
) -> Vec<NewLetter> {
    let mut letters = Vec::new();
    let parameters = &envelope.parameters;
    let due = first_attempt(parameters.hold, now, sending);
    let sent = NewLetter {
        sender: envelope.account.map(AccountId),
        reverse_path: envelope.reverse_path.clone(),
        body: match parameters.body {
            BodyType::BinaryMime => BodyKind::Binary,
            _ if content.eight_bit => BodyKind::EightBit,
            _ => BodyKind::SevenBit,
        },
        // Many clients say SMTPUTF8 whenever it is offered; to demand it where nothing needs it would keep plain mail from most hosts (RFC 6531 §3.4).
        smtputf8: parameters.smtputf8 && content.eight_bit_header,
        require_tls: parameters.require_tls,
        // Who says both means the stricter (RFC 8689 §4.1).
        tls_optional: content.tls_optional && !parameters.require_tls,
        envid: parameters.envid.clone(),
        ret: parameters.ret.map(|ret| match ret {
            smtp::command::Ret::Full => Ret::Full,
            smtp::command::Ret::Headers => Ret::Headers,
        }),
        priority: parameters.priority.unwrap_or(0),
        accepted: now.unix,
        enqueued: now.queue,
        expires: later(due, sending.expire.as_secs()),
        deliver_by: parameters.by.map(|by| deliver_by(by, now.queue)),
        origin: Origin::Submission,
        rows: Vec::new(),
    };
    add(&mut letters, &sent, &ways.sent, due);
    for forward in &ways.forwarded {
        let on = NewLetter {
            sender: None,
            reverse_path: rewriting.and_then(|rewriting| {
                let from = envelope.reverse_path.as_ref();
                rewriting.forward(from, &forward.alias, now.unix)
            }),
            priority: 0,
            expires: later(now.queue, sending.expire.as_secs()),
            origin: Origin::Forward {
                alias: forward.alias.clone(),
            },
            ..sent.clone()
        };
        add(&mut letters, &on, &forward.targets, now.queue);
    }
    letters
}

/// The letter with these rows; several where they are too many for one.
fn add(letters: &mut Vec<NewLetter>, letter: &NewLetter, targets: &[Target], due: QueueTime) {
    for some in targets.chunks(LETTER_ROWS_MAX) {
        let rows: Vec<NewRow> = some.iter().map(|target| target.clone().row(due)).collect();
        let is_ascii = |address: Option<&Address>| address.is_none_or(Address::is_ascii);
        let plain = is_ascii(letter.reverse_path.as_ref())
            && rows.iter().all(|row| row.recipient.local().is_ascii());
        letters.push(NewLetter {
            smtputf8: letter.smtputf8 || !plain,
            rows,
            ..letter.clone()
        });
    }
}

/// Whether the message waits before anyone gets it.
pub(super) fn is_held(envelope: &Envelope, now: Now, sending: &Sending) -> bool {
    first_attempt(envelope.parameters.hold, now, sending) > now.queue
}

/// When it may leave: at once, behind the undo window, or when the sender said (FUTURERELEASE), but not later than the settings allow.
fn first_attempt(hold: Option<Hold>, now: Now, sending: &Sending) -> QueueTime {
    let asked = match hold {
        None => now.queue,
        Some(Hold::For(seconds)) => later(now.queue, seconds),
        // The session has offered and measured it by the same wall clock.
        Some(Hold::Until(unix)) => {
            let ahead = unix.saturating_sub(now.unix);
            later(now.queue, u64::try_from(ahead).unwrap_or(0))
        }
    };
    let most = later(now.queue, sending.hold_max.as_secs());
    asked
        .min(most)
        .max(later(now.queue, sending.undo.as_secs()))
}

fn deliver_by(by: By, now: QueueTime) -> DeliverBy {
    let at = match u64::try_from(by.seconds) {
        Ok(seconds) => later(now, seconds),
        Err(_) => QueueTime(now.0.saturating_sub(by.seconds.unsigned_abs())),
    };
    DeliverBy {
        at,
        notify: by.mode == ByMode::Notify,
        trace: by.trace,
    }
}

fn later(time: QueueTime, seconds: u64) -> QueueTime {
    QueueTime(time.0.saturating_add(seconds))
}
