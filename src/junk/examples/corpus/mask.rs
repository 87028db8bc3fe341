//! What only this corpus has is taken out of every message before any filter sees it, ours or another: the same octets go to all.
//!
//! The messages were gathered by a few people over several years, wanted and unwanted ones partly by different people and in different months. Whoever reads
//! how a message reached the collector's disk can tell the kinds apart without reading the message. So these go: the line of the mailbox file, the fields
//! that a mail program or a list archive adds when it keeps a message, what other filters thought, `Received` fields of the collectors' own machines up to the
//! last that names `fetchmail` or an address at `localhost`, and the names that stand for the collectors (`zzzz`, `yyyy`, `jm` and the
//! like, obfuscated differently in each folder) become one address.

/// Fields that go, by how they begin.
const FIELDS: [&str; 29] = [
    "from ",
    ">from ",
    "return-path:",
    "delivered-to:",
    "delivery-date:",
    "envelope-to:",
    "x-original-date:",
    "x-apparently-to:",
    "x-egroups",
    "x-keywords:",
    "x-status:",
    "status:",
    "x-uid",
    "x-from-line:",
    "x-mozilla",
    "x-evolution",
    "x-gnus",
    "x-delivery-agent",
    "lines:",
    "content-length:",
    "x-spam",
    "x-bogosity",
    "x-pyzor",
    "x-virus",
    "x-mailscanner",
    "x-sieve",
    "x-filter",
    "x-rav-antivirus",
    "x-list-admin",
];
/// What the collectors are called.
const PEOPLE: [&str; 7] = ["jm", "zzzz", "zzz", "yyyy", "yyy", "qqqqqqqqqq", "xxxx"];
/// And here.
const PERSON: &str = "me@home.example";

/// The message without it.
pub(crate) fn mask(octets: &[u8]) -> Vec<u8> {
    let end = octets
        .windows(2)
        .position(|two| two == b"\n\n")
        .map_or(octets.len(), |at| at + 1);
    let (head, body) = octets.split_at(end);
    let mut fields: Vec<String> = Vec::new();
    for line in head.split_inclusive(|&b| b == b'\n') {
        let line: String = line.iter().map(|&b| char::from(b)).collect();
        match fields.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(&line),
            _ => fields.push(line),
        }
    }
    let lower: Vec<String> = fields.iter().map(|f| f.to_lowercase()).collect();
    let own = ["fetchmail", "@localhost>", "@localhost;"];
    let last = lower.iter().rposition(|field| {
        field.starts_with("received:") && own.iter().any(|mark| field.contains(mark))
    });
    let mut out = Vec::new();
    for (at, (field, lower)) in fields.iter().zip(&lower).enumerate() {
        let collected = lower.starts_with("received:") && last.is_some_and(|last| at <= last);
        if !collected && !FIELDS.iter().any(|gone| lower.starts_with(gone)) {
            // Latin-1 there and back: octets stay what they are.
            out.extend(people(field).chars().map(|c| c as u8));
        }
    }
    out.extend_from_slice(body);
    out
}

fn people(field: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    let mut out = String::new();
    let mut rest = field;
    while let Some(c) = rest.chars().next() {
        let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if len == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let (word, after) = rest.split_at(len);
        rest = after;
        let lower = word.to_lowercase();
        let base = lower.split('-').next().unwrap_or_default();
        match after.strip_prefix('@') {
            Some(host) if PEOPLE.contains(&base) => {
                out.push_str(PERSON);
                rest = &host[host.find(|c| !is_word(c)).unwrap_or(host.len())..];
            }
            _ if PEOPLE.contains(&lower.as_str()) => out.push_str("me"),
            _ => out.push_str(word),
        }
    }
    out
}
