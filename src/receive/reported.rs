//! A report that comes to the box's own address: judged, read and kept as numbers; refused if it is none, so that nobody believes that a person has read it.

use msgauth::dkim::DkimResult;
use msgauth::dmarc::DmarcResult;
use msgauth::spf::SpfResult;
use smtp::Reply;
use smtp::server::Envelope;

use super::content::Content;
use super::judgement::{self, Judged};
use super::keep::read_spool;
use super::refusal::refusal;
use crate::log;
use crate::reception::Desk;
use crate::reports::{Heard, Outcome, day_of, find, note};
use crate::wanted::{Placed, Placing};

/// Whether this goes to the box alone. Where a person gets it as well, it is theirs to read.
pub(super) fn is_report(desk: &Desk, envelope: &Envelope) -> store::Result<bool> {
    for recipient in &envelope.recipients {
        if !desk.accounts.is_for_reports(&recipient.address)? {
            return Ok(false);
        }
    }
    Ok(!envelope.recipients.is_empty())
}

/// Reads and keeps it. `content` has ended.
pub(super) async fn take(
    desk: &Desk,
    envelope: &Envelope,
    mut content: Content,
) -> Result<(), Reply> {
    let session = content.session;
    if envelope.account.is_some() {
        return Err(no(
            "this address takes the reports of other mail hosts only; write to postmaster to reach a person",
        ));
    }
    if envelope.reverse_path.is_none() {
        // Of a report that the box has sent, say; what becomes of it is nobody's trouble.
        return Err(no("this address takes no returned mail"));
    }
    let Some(verifier) = content.verifier.take() else {
        // Without it anybody could say anything; the sender can do nothing about that.
        log::info(
            session,
            "a report was dropped: `strangers` in [verify] is false, so nobody knows whom it is from",
        );
        return Ok(());
    };
    let judged = judgement::judge(desk, envelope, verifier, session).await?;
    let Some(from) = judged.as_ref().and_then(Judged::proven_domain) else {
        return Err(match judged.as_ref().is_none_or(is_unclear) {
            true => Reply::new(
                451,
                (4, 7, 1),
                "Whom this is from could not be found out now; try again later",
            ),
            false => no(
                "nothing proves whom this is from, and reports are taken only with a signature (DKIM) or SPF of their author's domain",
            ),
        });
    };
    let parser = std::mem::replace(&mut content.parser, mail::Parser::new());
    let message = parser.finish();
    let spool = &content.spool;
    let found = find(&message, &mut |at, room| read_spool(spool, at, room));
    let heard = found.map_err(|why| {
        no(&format!(
            "this address takes DMARC and TLS reports only, and {why}; write to postmaster to reach a person"
        ))
    })?;
    if !is_ours(desk, &heard).map_err(|error| refusal(session, &error))? {
        return Err(no("this report is about no domain of this house"));
    }
    let day = day_of(desk.clock.unix());
    let (kind, name) = (heard.kind(), heard.name(from));
    let octets = heard.write(from);
    let kept = desk
        .store
        .write(move |tx| tx.put_report(kind, day, &name, &octets))
        .await;
    match kept {
        Ok(()) => {
            log::info(session, format_args!("kept a report of {from}"));
            Ok(())
        }
        Err(store::Error::NotAllowed(_)) => Err(Reply::new(
            452,
            (4, 3, 1),
            "As many reports have come today as are read in a day; try again tomorrow",
        )),
        Err(error) => Err(refusal(session, &error)),
    }
}

/// Counts a stranger's message for the reports to its author's domain. `placing`: where it went; `None`: it was refused and lies nowhere.
pub(super) fn tell(
    desk: &Desk,
    envelope: &Envelope,
    judged: Option<&Judged>,
    placing: Option<&Placing>,
) {
    let (Some(tally), Some(judged)) = (desk.tally.get(), judged) else {
        return;
    };
    let inbox = placing.is_some_and(|placing| {
        let mut places = placing.places.iter();
        places.any(Placed::is_in_the_inbox)
    });
    let outcome = Outcome {
        refused: placing.is_none_or(|placing| placing.refuse.is_some()),
        aside: !inbox && placing.is_some_and(|placing| !placing.places.is_empty()),
    };
    let wall = desk.clock.machine().date();
    note(tally, wall, envelope, &judged.verdicts, outcome);
}

/// Whether the DNS was silent about something: another time the author may be proven.
fn is_unclear(judged: &Judged) -> bool {
    let verdicts = &judged.verdicts;
    let spf = verdicts.spf.iter().chain(&verdicts.helo);
    spf.into_iter()
        .any(|spf| spf.result == SpfResult::TempError)
        || verdicts
            .dkim
            .iter()
            .any(|dkim| dkim.result == DkimResult::TempError)
        || verdicts
            .dmarc
            .as_ref()
            .is_some_and(|dmarc| dmarc.result == DmarcResult::TempError)
}

/// Whether it speaks of the house: of one of its domains, or of one above them whose policy holds for them.
fn is_ours(desk: &Desk, heard: &Heard) -> store::Result<bool> {
    let own = desk.accounts.own_domains()?;
    let own: Vec<String> = own
        .iter()
        .filter_map(|domain| mail::idna::to_ascii(domain))
        .collect();
    let about = heard.about();
    Ok(about.iter().any(|about| {
        own.iter().any(|own| {
            let above = own.strip_suffix(about);
            mail::domains_equal(own, about) || above.is_some_and(|rest| rest.ends_with('.'))
        })
    }))
}

fn no(words: &str) -> Reply {
    Reply::new(550, (5, 7, 1), format!("Not taken: {words}"))
}
