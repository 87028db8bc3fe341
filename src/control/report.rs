//! Answers that tell how things are: for people in lines, for programs as JSON.

use serde_json::{Value, json};

use mail::Address;

use super::{Answer, Exit};
use crate::accounts::{Member, UNLIMITED};

pub(super) fn members(members: &[Member]) -> Answer {
    let lines: Vec<String> = members
        .iter()
        .map(|member| {
            let quota = match member.account.quota {
                None => String::new(),
                Some(UNLIMITED) => " without limit".to_owned(),
                Some(quota) => format!(" of {}", size(quota)),
            };
            let most = member.account.quota_messages;
            let most = most.map_or_else(String::new, |most| format!(" of {most}"));
            format!(
                "{}{}  {}{most} messages, {}{quota}, {} app passwords",
                member.account.address,
                called(&member.name),
                member.usage.messages,
                size(member.usage.octets),
                member.app_passwords.len()
            )
        })
        .collect();
    let data: Vec<Value> = members
        .iter()
        .map(|member| {
            json!({
                "address": member.account.address.to_string(),
                "name": member.name,
                "messages": member.usage.messages,
                "octets": member.usage.octets,
                "quota": quota_json(member.account.quota),
                "quota_messages": member.account.quota_messages,
                "app_passwords": member.app_passwords.len(),
                "two_steps": member.two_steps.is_some(),
            })
        })
        .collect();
    Answer::done(lines.join("\n")).with(json!(data))
}

pub(super) fn called(name: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    format!(" ({name})")
}

/// What a person may keep from now on.
pub(super) fn quota(address: &Address, quota: Option<u64>, default: Option<u64>) -> Answer {
    let text = match (quota, default) {
        (Some(UNLIMITED), _) => format!("{address} may keep mail without limit"),
        (Some(quota), _) => format!("{address} may keep {}", size(quota)),
        (None, Some(default)) => format!("{address} may keep the default, {}", size(default)),
        (None, None) => format!("{address} may keep the default, which is no limit"),
    };
    Answer::done(text).with(json!({"address": address.to_string(), "quota": quota_json(quota)}))
}

/// How many messages a person may keep from now on.
pub(super) fn message_quota(address: &Address, messages: Option<u64>) -> Answer {
    let text = match messages {
        Some(messages) => format!("{address} may keep {messages} messages"),
        None => format!("{address} may keep any number of messages"),
    };
    Answer::done(text).with(json!({"address": address.to_string(), "quota_messages": messages}))
}

/// Octets, `"none"` for no limit, `null` for the box's default.
pub(super) fn quota_json(quota: Option<u64>) -> Value {
    match quota {
        Some(UNLIMITED) => json!("none"),
        quota => json!(quota),
    }
}

pub(super) fn aliases(aliases: &[(String, Vec<String>)]) -> Answer {
    let lines: Vec<String> = aliases
        .iter()
        .map(|(name, targets)| format!("{name}  {}", targets.join(", ")))
        .collect();
    let data: Vec<Value> = aliases
        .iter()
        .map(|(name, targets)| json!({"alias": name, "targets": targets}))
        .collect();
    Answer::done(lines.join("\n")).with(json!(data))
}

/// `reindexed`: the search index was dropped; true: it is still being built.
pub(super) fn check(found: Vec<String>, reindexed: Option<bool>) -> Answer {
    let index = match reindexed {
        None => "",
        Some(true) => "\nthe search index is being built anew; until it is, searches read the mail",
        Some(false) => "\nthe search index was built anew",
    };
    if found.is_empty() {
        return Answer::done(format!("the store is sound{index}"))
            .with(json!({"sound": true, "found": []}));
    }
    Answer::not_done(Exit::Failed, found.join("\n") + index)
        .with(json!({"sound": false, "found": found}))
}

/// In the largest unit that it has one of.
pub(crate) fn size(octets: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.iter().find(|(_, worth)| octets >= *worth) {
        // One digit behind the point is plenty.
        Some((unit, worth)) => format!("{}.{} {unit}", octets / worth, octets % worth * 10 / worth),
        None => format!("{octets} octets"),
    }
}

pub(super) fn duration(seconds: u64) -> String {
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} days {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_read_well() {
        let sizes = [
            (0, "0 octets"),
            (1023, "1023 octets"),
            (1536, "1.5 KiB"),
            (64 << 30, "64.0 GiB"),
            ((5 << 20) - 1, "4.9 MiB"),
        ];
        for (octets, text) in sizes {
            assert_eq!(size(octets), text);
        }
        for (seconds, text) in [
            (59, "59 s"),
            (61, "1 min"),
            (7260, "2 h 1 min"),
            (90_000, "1 days 1 h"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }
}
