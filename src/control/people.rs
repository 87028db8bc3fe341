//! Answers about people and how they sign in: for people in lines, for programs as JSON.

use mail::Address;
use serde_json::{Value, json};
use store::{Doors, LastUse, UsedAt};

use super::Answer;
use super::report::{called, quota_json, size};
use crate::accounts::{AppMember, Member, NewAppPassword, UNLIMITED, door_names, network_text};

/// A new one, seen only now.
pub(super) fn app_password_made(address: &Address, made: &NewAppPassword, doors: Doors) -> Answer {
    let (password, names) = (made.password.as_str(), door_names(doors));
    Answer::done(format!(
        "app password {} of {address} for {}, shown only now:\n  {password}",
        made.id,
        names.join(", ")
    ))
    .with(json!({"id": made.id, "password": password, "for": names}))
}

/// A person's, each on a line.
pub(super) fn app_passwords(member: &Member) -> Answer {
    let lines: Vec<String> = member.app_passwords.iter().map(line).collect();
    Answer::done(lines.join("\n")).with(apps_json(&member.app_passwords))
}

/// One person.
pub(super) fn one(member: &Member) -> Answer {
    let account = &member.account;
    let quota = match account.quota {
        None => String::new(),
        Some(UNLIMITED) => " without limit".to_owned(),
        Some(quota) => format!(" of {}", size(quota)),
    };
    let mut lines = vec![
        format!("{}{}", account.address, called(&member.name)),
        format!(
            "keeps {} messages, {}{quota}",
            member.usage.messages,
            size(member.usage.octets)
        ),
        match &member.two_steps {
            None => "two-step sign-in: off".to_owned(),
            Some(on) => format!(
                "two-step sign-in: on since {}, {} recovery codes left; their own password opens no mail",
                day(on.since),
                on.recovery_codes
            ),
        },
        format!("own password: {}", used(&member.own_uses)),
    ];
    // The newest is told already.
    lines.extend(
        member
            .own_uses
            .iter()
            .skip(1)
            .map(|row| format!("  {}", told(row))),
    );
    lines.push(match member.app_passwords.len() {
        0 => "no app passwords".to_owned(),
        _ => "app passwords:".to_owned(),
    });
    let apps = member.app_passwords.iter();
    lines.extend(apps.map(|app| format!("  {}", line(app))));
    Answer::done(lines.join("\n")).with(json!({
        "address": account.address.to_string(),
        "name": member.name,
        "messages": member.usage.messages,
        "octets": member.usage.octets,
        "quota": quota_json(account.quota),
        "quota_messages": account.quota_messages,
        "two_steps": member.two_steps.map(|on| json!({
            "since": on.since,
            "recovery_codes": on.recovery_codes,
        })),
        "own_password_used": uses_json(&member.own_uses),
        "app_passwords": apps_json(&member.app_passwords),
    }))
}

fn line(app: &AppMember) -> String {
    format!(
        "{}  {}  {}; {}",
        app.id,
        app.label,
        door_names(app.doors).join(", "),
        used(&app.uses)
    )
}

/// The newest use.
fn used(uses: &[LastUse]) -> String {
    match uses.first() {
        Some(row) => format!("last used {}", told(row)),
        None => "not used yet".to_owned(),
    }
}

fn told(row: &LastUse) -> String {
    format!(
        "{} by {} from {}",
        time(row.when),
        name(row.at),
        network_text(row)
    )
}

fn name(at: UsedAt) -> &'static str {
    match at {
        UsedAt::Imap => "imap",
        UsedAt::Pop3 => "pop3",
        UsedAt::Smtp => "smtp",
        UsedAt::Page => "the setup page",
    }
}

fn apps_json(apps: &[AppMember]) -> Value {
    let apps = apps.iter().map(|app| {
        json!({
            "id": app.id,
            "label": app.label,
            "for": door_names(app.doors),
            "created": app.created,
            "used": uses_json(&app.uses),
        })
    });
    apps.collect()
}

fn uses_json(uses: &[LastUse]) -> Value {
    let uses = uses.iter().map(|row| {
        let by = match row.at {
            UsedAt::Page => "page",
            at => name(at),
        };
        json!({"when": row.when, "by": by, "from": network_text(row)})
    });
    uses.collect()
}

/// `2026-11-22 21:04 UTC`.
fn time(unix: i64) -> String {
    let in_day = unix.rem_euclid(86_400);
    format!(
        "{} {:02}:{:02} UTC",
        day(unix),
        in_day / 3600,
        in_day / 60 % 60
    )
}

/// `2026-11-22`.
fn day(unix: i64) -> String {
    let utc = mail::date::DateTime::utc(unix);
    let (year, month, day) = utc.local_date();
    format!("{year:04}-{month:02}-{day:02}")
}
