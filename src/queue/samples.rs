//! Letters, rows and findings for the tests of this crate.

use mail::{Address, EnhancedStatus};
use smtp::client::{Fate, Scope, Stage};
use store::{AccountId, Attempt, BodyKind, Gid, Letter, LetterId, Notify, Origin, QueueTime, Row};

use crate::finding::{Cause, Finding};
use crate::verdict::At;

pub(crate) const HOUR: u64 = 3600;
pub(crate) const DAY: u64 = 24 * HOUR;

/// Submitted at 1000 by person 7, given up five days later.
pub(crate) fn letter() -> Letter {
    Letter {
        id: LetterId(1),
        gid: Gid(1),
        size: 1000,
        rows_left: 1,
        sender: Some(AccountId(7)),
        reverse_path: Some(Address::parse("ann@house.example").unwrap()),
        body: BodyKind::SevenBit,
        smtputf8: false,
        require_tls: false,
        tls_optional: false,
        envid: None,
        ret: None,
        priority: 0,
        accepted: 0,
        enqueued: QueueTime(1000),
        expires: QueueTime(1000 + 5 * DAY),
        deliver_by: None,
        origin: Origin::Submission,
    }
}

/// As the first claim at 1000 leaves it.
pub(crate) fn row() -> Row {
    Row {
        number: 1,
        recipient: Address::parse("bob@far.example").unwrap(),
        destination: "far.example".to_owned(),
        orcpt: None,
        notify: Notify::default(),
        due: QueueTime(1120),
        held: false,
        attempts: 1,
        warned: false,
        last: None,
    }
}

/// At a host directly, with no relay to fall back to.
pub(crate) fn at(now: u64) -> At<'static> {
    At {
        host: "mx.far.example",
        now: QueueTime(now),
        wall: 50,
        patient_until: QueueTime(0),
        by_relay: false,
        has_fallback: false,
        others_accepted: false,
        by_passed: false,
        seed: 3,
    }
}

/// What a remote said: "550 5.1.1 No such user" at RCPT is final, a 4xx is not.
pub(crate) fn said(stage: Stage, words: &str) -> Finding {
    let code = crate::finding::code_of(words);
    Finding {
        fate: match code {
            Some(200..400) => Fate::Delivered,
            Some(500..) => Fate::Never,
            _ => Fate::Later,
        },
        scope: match stage {
            Stage::Rcpt => Scope::Recipient,
            Stage::Mail | Stage::Data | Stage::Content | Stage::End => Scope::Message,
            _ => Scope::Host,
        },
        stage,
        cause: match stage {
            Stage::Login => Cause::RelayLogin,
            _ => Cause::Remote,
        },
        code,
        words: words.to_owned(),
        status: words
            .split(' ')
            .nth(1)
            .and_then(EnhancedStatus::parse)
            .filter(|_| code.is_some()),
        relayed_dsn: false,
        answer_lost: false,
        again_now: false,
    }
}

pub(crate) fn last(words: &str) -> Attempt {
    Attempt {
        at: 50,
        host: "mx.far.example".to_owned(),
        words: words.to_owned(),
    }
}
