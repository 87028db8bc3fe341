//! The MTA-STS policy (RFC 8461 §3.2) that the box would serve at `https://mta-sts.DOMAIN/.well-known/mta-sts.txt`.

use ring::digest::{SHA256, digest};

use super::Facts;

/// Seconds that senders keep the policy: a week, the least that RFC 8461 §3.2 finds sensible, so that a home line's mistakes pass.
pub const POLICY_MAX_AGE: u32 = 604_800;

/// The policy's text. Its mode is `testing`: senders report trouble and deliver all the same. `enforce` would bounce mail whenever the certificate of a
/// home box lapses, which its owner should ask for in so many words.
pub fn policy_text(facts: &Facts) -> String {
    format!(
        "version: STSv1\r\nmode: testing\r\nmx: {}\r\nmax_age: {POLICY_MAX_AGE}\r\n",
        facts.hostname
    )
}

/// The `id` of the policy: another one whenever the text is another one, the same on every box with the same text.
pub fn policy_id(facts: &Facts) -> String {
    let hash = digest(&SHA256, policy_text(facts).as_bytes());
    let short = hash.as_ref().iter().take(8);
    short.map(|octet| format!("{octet:02x}")).collect()
}
