//! Relays that are known by their host names, and what their customers put into SPF. Companies change such names: what is printed is a
//! proposal, and the relay's own help pages have the last word.

/// End of the relay's host name, and the domain to include.
const KNOWN: &[(&str, &str)] = &[
    ("amazonaws.com", "amazonses.com"),
    ("fastmail.com", "spf.messagingengine.com"),
    ("gmail.com", "_spf.google.com"),
    ("google.com", "_spf.google.com"),
    ("mailgun.org", "mailgun.org"),
    ("mailjet.com", "spf.mailjet.com"),
    ("messagingengine.com", "spf.messagingengine.com"),
    ("office365.com", "spf.protection.outlook.com"),
    ("outlook.com", "spf.protection.outlook.com"),
    ("sendgrid.net", "sendgrid.net"),
    ("smtp2go.com", "spf.smtp2go.com"),
];

/// What SPF of a customer of the relay includes; `None` if nobody here knows.
pub(super) fn spf_include(host: &str) -> Option<&'static str> {
    let host = host.to_ascii_lowercase();
    let ends = |end: &str| {
        host.strip_suffix(end)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    KNOWN
        .iter()
        .find(|(end, _)| ends(end))
        .map(|(_, include)| *include)
}

#[cfg(test)]
mod tests {
    use super::spf_include;

    #[test]
    fn relays_are_known_by_the_end_of_their_name() {
        assert_eq!(spf_include("SMTP.Gmail.com"), Some("_spf.google.com"));
        assert_eq!(spf_include("sendgrid.net"), Some("sendgrid.net"));
        assert_eq!(spf_include("notgmail.com"), None);
        assert_eq!(spf_include("relay.example"), None);
    }
}
