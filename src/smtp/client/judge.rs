//! Verdicts: what a reply, a silence or a hang-up means, for whom, in words for people.

use super::reply::Reply;
use super::step::{Fate, Scope, Stage, Verdict};
use super::words::{clipped, printable};
use mail::EnhancedStatus;
use std::time::Duration;

/// What a reply means at this stage. 2xx: delivered; 4xx: later; 5xx: never; 3xx where none is due: nonsense.
pub(super) fn replied(reply: &Reply, stage: Stage) -> Verdict {
    let fate = match reply.class() {
        2 => Fate::Delivered,
        4 => Fate::Later,
        5 => Fate::Never,
        _ => return nonsense(stage, out_of_turn(stage, reply)),
    };
    Verdict {
        fate,
        scope: scope(reply, stage),
        code: Some(reply.code),
        words: reply.words(),
        status: reply.status(),
        ..blank(stage)
    }
}

/// Whom a reply is about.
fn scope(reply: &Reply, stage: Stage) -> Scope {
    match stage {
        // "Service not available, closing transmission channel": whatever was asked, this is about the connection.
        _ if reply.code == 421 => Scope::Session,
        Stage::Connect | Stage::Greeting | Stage::Hello | Stage::StartTls | Stage::Login => {
            Scope::Host
        }
        Stage::Rcpt => Scope::Recipient,
        // Disk full, queue full, overloaded: not the message's fault (RFC 3463 §3.4).
        _ if reply.class() == 4
            && reply
                .status()
                .map_or(reply.code == 452, |status| status.subject == 3) =>
        {
            Scope::Host
        }
        Stage::Mail | Stage::Data | Stage::Content | Stage::End => Scope::Message,
    }
}

/// Our own refusal: this host cannot take the message, whatever it is asked. Another one may.
pub(super) fn unfit(stage: Stage, status: (u8, u16, u16), words: String) -> Verdict {
    let (class, subject, detail) = status;
    Verdict {
        fate: Fate::Never,
        scope: Scope::Host,
        words: clipped(words),
        status: Some(EnhancedStatus::new(class, subject, detail)),
        ..blank(stage)
    }
}

/// TLS is needed and not to be had.
pub(super) fn no_tls(words: String) -> Verdict {
    Verdict {
        scope: Scope::Host,
        words: clipped(words),
        status: Some(EnhancedStatus::new(4, 7, 10)),
        ..blank(Stage::StartTls)
    }
}

/// It left the protocol: what it will say next means nothing.
pub(super) fn nonsense(stage: Stage, words: String) -> Verdict {
    Verdict {
        words: clipped(words),
        status: Some(EnhancedStatus::new(4, 5, 0)),
        answer_lost: stage == Stage::End,
        ..blank(stage)
    }
}

pub(super) fn out_of_turn(stage: Stage, reply: &Reply) -> String {
    format!(
        "The other server's answer makes no sense as {}: {}",
        awaited(stage),
        reply.words()
    )
}

/// The connection ended. `complaint`: what was said against us before.
pub(super) fn lost(stage: Stage, why: &str, complaint: Option<&str>) -> Verdict {
    let mut words = format!("The connection ended before {}", awaited(stage));
    if !why.is_empty() {
        words.push_str(&format!(" ({})", printable(why.as_bytes())));
    }
    if let Some(complaint) = complaint {
        words.push_str("; the other server had said: ");
        words.push_str(complaint);
    }
    if stage == Stage::End {
        words.push_str("; the message may have been delivered");
    }
    Verdict {
        words: clipped(words),
        status: Some(EnhancedStatus::new(4, 4, 2)),
        answer_lost: stage == Stage::End,
        ..blank(stage)
    }
}

/// It was silent for too long.
pub(super) fn overdue(stage: Stage, waited: Duration) -> Verdict {
    let mut words = format!(
        "The other server was silent for {} seconds; awaited: {}",
        waited.as_secs(),
        awaited(stage)
    );
    if stage == Stage::End {
        words.push_str("; the message may have been delivered");
    }
    Verdict {
        words: clipped(words),
        status: Some(EnhancedStatus::new(4, 4, 2)),
        answer_lost: stage == Stage::End,
        ..blank(stage)
    }
}

/// Not judged, because there were too many for one transaction.
pub(super) fn crowded(words: String) -> Verdict {
    Verdict {
        scope: Scope::Recipient,
        words: clipped(words),
        status: Some(EnhancedStatus::new(4, 5, 3)),
        again_now: true,
        ..blank(Stage::Rcpt)
    }
}

/// Later, about the session, without words.
fn blank(stage: Stage) -> Verdict {
    Verdict {
        fate: Fate::Later,
        scope: Scope::Session,
        stage,
        code: None,
        words: String::new(),
        status: None,
        relayed_dsn: false,
        answer_lost: false,
        again_now: false,
    }
}

fn awaited(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect | Stage::Greeting => "its greeting",
        Stage::Hello => "the answer to our greeting",
        Stage::StartTls => "the start of TLS",
        Stage::Login => "the answer to the log-in",
        Stage::Mail => "the answer to the sender's address",
        Stage::Rcpt => "the answer to a recipient's address",
        Stage::Data => "the leave to send the message",
        Stage::Content => "the end of the message",
        Stage::End => "the answer to the whole message",
    }
}
