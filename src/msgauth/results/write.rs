//! Our field (RFC 8601 §2.2). What came from outside stands in it only as far as the grammar has room for it.

use std::fmt::Write as _;

use crate::question::shown;
use crate::verify::Verdicts;

/// Octets of a reason that are written.
const REASON_MAX: usize = 200;

/// The whole field with its CRLF, one result a line. `authserv_id` is our name, a domain.
pub fn field(authserv_id: &str, verdicts: &Verdicts) -> String {
    format!(
        "Authentication-Results: {}\r\n",
        payload(authserv_id, verdicts)
    )
}

/// Our name and the results, folded: what an ARC-Authentication-Results field has behind `i=` (RFC 8617 §4.1.1).
pub fn payload(authserv_id: &str, verdicts: &Verdicts) -> String {
    let mut out = authserv_id.to_owned();
    let results = results(verdicts);
    if results.is_empty() {
        out.push_str("; none");
    }
    for result in results {
        out.push_str(";\r\n\t");
        out.push_str(&result);
    }
    out
}

fn results(verdicts: &Verdicts) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(iprev) = &verdicts.iprev {
        let mut one = format!("iprev={}", iprev.result.word());
        property(&mut one, "policy.iprev", &iprev.address.to_string());
        all.push(one);
    }
    let spf = [
        (&verdicts.spf, "smtp.mailfrom"),
        (&verdicts.helo, "smtp.helo"),
    ];
    for (spf, name) in spf {
        if let Some(spf) = spf {
            let mut one = format!("spf={}", spf.result.word());
            reason(&mut one, &spf.reason);
            if !spf.domain.is_empty() {
                property(&mut one, name, &spf.domain);
            }
            all.push(one);
        }
    }
    if verdicts.dkim.is_empty() && verdicts.judged {
        all.push("dkim=none".to_owned());
    }
    for dkim in &verdicts.dkim {
        let mut one = format!("dkim={}", dkim.result.word());
        reason(&mut one, &dkim.reason);
        for (name, value) in [
            ("header.d", dkim.domain.as_str()),
            ("header.i", &dkim.identity),
            ("header.s", &dkim.selector),
            ("header.a", dkim.algorithm),
            ("header.b", &dkim.start),
        ] {
            if !value.is_empty() {
                property(&mut one, name, value);
            }
        }
        all.push(one);
    }
    if let Some(arc) = &verdicts.arc {
        let mut one = format!("arc={}", arc.result.word());
        reason(&mut one, &arc.reason);
        all.push(one);
    }
    if let Some(dmarc) = &verdicts.dmarc {
        let mut one = format!("dmarc={}", dmarc.result.word());
        reason(&mut one, &dmarc.reason);
        if !dmarc.domain.is_empty() {
            property(&mut one, "header.from", &dmarc.domain);
        }
        if let Some(policy) = dmarc.policy {
            property(&mut one, "policy.dmarc", policy.word());
        }
        all.push(one);
    }
    all
}

fn reason(out: &mut String, reason: &str) {
    if !reason.is_empty() {
        let _ = write!(out, "\r\n\t reason={}", quoted(&shown(reason, REASON_MAX)));
    }
}

fn property(out: &mut String, name: &str, value: &str) {
    let value = shown(value, REASON_MAX);
    let _ = match is_plain(&value) {
        true => write!(out, "\r\n\t {name}={value}"),
        false => write!(out, "\r\n\t {name}={}", quoted(&value)),
    };
}

/// Whether it may stand without quotes: a token (RFC 2045 §5.1), or `[local-part]@domain` of such.
fn is_plain(value: &str) -> bool {
    let token = |octet: u8| octet.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&octet);
    let mut parts = value.splitn(2, '@');
    let local = parts.next().unwrap_or_default();
    match parts.next() {
        None => !local.is_empty() && local.bytes().all(token),
        Some(domain) => local.bytes().all(token) && !domain.is_empty() && domain.bytes().all(token),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}
