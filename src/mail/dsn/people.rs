//! The part for people: which letter, to whom, what happened, what to do, and what the other server said.
//!
//! It promises short lines and a bounded text, however many recipients there are: the part for machines lists them all.

use super::original::Letter;
use super::{Kind, RecipientReport, Report, Words};
use crate::idna;
use crate::plain::{one_line, wrap};

/// Explanations shown; recipients with the same one share it.
const GROUPS_MAX: usize = 20;
/// Recipients named under one explanation.
const NAMES_MAX: usize = 20;
/// Characters of an explanation, and of a reply.
const TEXT_MAX: usize = 1000;
/// Characters of a name.
const NAME_MAX: usize = 300;

/// `Not delivered: Lunch?`
pub(super) fn subject(kind: Kind, letter: &Letter) -> String {
    let (of, without) = match kind {
        Kind::Failed => ("Not delivered", "Your letter was not delivered"),
        Kind::Delayed => ("Not delivered yet", "Your letter is not delivered yet"),
        Kind::Delivered => ("Delivered", "Your letter was delivered"),
        Kind::Relayed => ("Passed on", "Your letter was passed on"),
        Kind::Expanded => ("Passed on to a list", "Your letter was passed on to a list"),
    };
    match &letter.subject {
        Some(subject) => format!("{of}: {subject}"),
        None => without.to_owned(),
    }
}

/// The whole text, in CRLF lines.
pub(super) fn text(report: &Report, letter: &Letter, full: bool) -> String {
    let mut out = String::new();
    let opening = match report.kind {
        Kind::Failed => "Your letter was not delivered.",
        Kind::Delayed => "Your letter is not delivered yet. You need not send it again.",
        Kind::Delivered => "Your letter was delivered.",
        Kind::Relayed | Kind::Expanded => "Your letter was passed on.",
    };
    wrap(opening, "", &mut out);
    out.push_str("\r\n");
    match &letter.subject {
        Some(subject) => wrap(&format!("Subject: {subject}"), "    ", &mut out),
        None => wrap("Subject: (none)", "    ", &mut out),
    }
    let sent = letter
        .date
        .clone()
        .or_else(|| report.arrival.map(|date| date.rfc5322()));
    if let Some(date) = sent {
        wrap(&format!("Sent: {date}"), "    ", &mut out);
    }
    let (groups, left) = groups(&report.recipients);
    for group in &groups {
        out.push_str("\r\n");
        explain(group, &mut out);
    }
    if left > 0 {
        out.push_str("\r\n");
        wrap(
            &format!("{left} more recipients are listed in the technical part of this report."),
            "",
            &mut out,
        );
    }
    out.push_str("\r\n");
    let attached = if full {
        "Your whole letter is attached, so that you can send it again."
    } else {
        "The first lines of your letter (its header) are attached, so that you can tell which one it was."
    };
    wrap(attached, "", &mut out);
    wrap(
        "The attachment before it is for mail programs, and for people who look after them.",
        "",
        &mut out,
    );
    let host = one_line(&idna::to_unicode(&report.host), NAME_MAX);
    out.push_str("\r\n");
    wrap(
        &format!("This was written by the mail server {host}, not by a person."),
        "",
        &mut out,
    );
    out
}

/// Recipients with one explanation, in the order of the report, and how many were left over.
fn groups(recipients: &[RecipientReport]) -> (Vec<Vec<&RecipientReport>>, usize) {
    let mut groups: Vec<Vec<&RecipientReport>> = Vec::new();
    let mut left = 0;
    for recipient in recipients {
        let room = groups.len() < GROUPS_MAX;
        let same = groups
            .iter()
            .position(|group| group.first().is_some_and(|first| is_same(first, recipient)));
        match same.and_then(|at| groups.get_mut(at)) {
            Some(group) => group.push(recipient),
            None if room => groups.push(vec![recipient]),
            None => left += 1,
        }
    }
    (groups, left)
}

fn is_same(a: &RecipientReport, b: &RecipientReport) -> bool {
    a.action == b.action
        && a.reason == b.reason
        && a.advice == b.advice
        && a.words == b.words
        && a.remote == b.remote
        && a.retry_until == b.retry_until
}

fn explain(group: &[&RecipientReport], out: &mut String) {
    let Some(first) = group.first() else { return };
    let lead = match first.action {
        Kind::Failed => "It could not be delivered to:",
        Kind::Delayed => "It could not be delivered so far to:",
        Kind::Delivered => "It was put into the mailbox of:",
        Kind::Relayed => "It was handed to the next mail server, which does not tell us more, for:",
        Kind::Expanded => "It was passed on to everyone who gets mail for:",
    };
    wrap(lead, "", out);
    out.push_str("\r\n");
    for recipient in group.iter().take(NAMES_MAX) {
        wrap(&one_line(&name(recipient), NAME_MAX), "    ", out);
    }
    if group.len() > NAMES_MAX {
        wrap(
            &format!("and {} more", group.len() - NAMES_MAX),
            "    ",
            out,
        );
    }
    paragraph("What happened: ", &first.reason, out);
    if first.action == Kind::Delayed {
        let until = match first.retry_until {
            Some(until) => format!(
                "We keep trying until {}. You get another letter if that fails.",
                until.rfc5322()
            ),
            None => "We keep trying. You get another letter if that fails.".to_owned(),
        };
        paragraph("", &until, out);
    }
    paragraph("What you can do: ", &first.advice, out);
    let (who, words) = match &first.words {
        None => return,
        Some(Words::Remote(words)) => (
            match &first.remote {
                Some(remote) => format!(
                    "The mail server {} said:",
                    one_line(&idna::to_unicode(remote), NAME_MAX)
                ),
                None => "The other mail server said:".to_owned(),
            },
            words,
        ),
        Some(Words::Ours(words)) => ("The details:".to_owned(), words),
    };
    let words = one_line(words, TEXT_MAX);
    if words.is_empty() {
        return;
    }
    out.push_str("\r\n");
    wrap(&who, "", out);
    out.push_str("\r\n");
    wrap(&words, "    > ", out);
}

fn paragraph(lead: &str, text: &str, out: &mut String) {
    let text = one_line(text, TEXT_MAX);
    if !text.is_empty() {
        out.push_str("\r\n");
        wrap(&format!("{lead}{text}"), "", out);
    }
}

/// The address as a person knows it: the domain in its own script.
fn name(recipient: &RecipientReport) -> String {
    let address = &recipient.recipient;
    match crate::Address::new(address.local(), &idna::to_unicode(address.domain())) {
        Ok(address) => address.to_string(),
        Err(_) => address.to_string(),
    }
}
