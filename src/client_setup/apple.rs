//! Apple's configuration profile (Device Management: `com.apple.mail.managed`, `com.apple.security.root`): one tap sets an iPhone, an iPad or a Mac up.
//!
//! The certificate that the box made for itself travels along as a root, so that the device can be told to trust it (Settings, General, About, Certificate Trust Settings); one from an
//! authority needs no help. Identifiers are made from the address and the host: a profile that is loaded again takes the place of the old one instead of making a second account.
//! The profile is not signed: the device says "not signed" and takes it. Log-in is by password inside TLS, the only way that app passwords know.

use mail::Address;
use ring::digest::{Context, SHA256};
use zeroize::Zeroizing;

use super::house::{House, Protocol};
use super::plist::Dict;

/// The media type that opens the device's settings.
pub const MEDIA_TYPE: &str = "application/x-apple-aspen-config";

/// Whose mail account a profile sets up.
#[derive(Clone, Copy)]
pub struct Holder<'a> {
    /// `None`: the device asks.
    pub address: Option<&'a Address>,
    /// The person's name in letters that they send; empty: not known.
    pub name: &'a str,
    /// Only in what is handed over once, to the person.
    pub password: Option<&'a str>,
}

/// The profile. `None`: no door is open that a mail account could use.
pub fn profile(house: &House, holder: &Holder<'_>) -> Option<Zeroizing<String>> {
    let account = account(house, holder)?;
    let mut contents = vec![account];
    if let Some(certificate) = &house.self_made {
        contents.push(root(house, certificate));
    }
    let title = match holder.address {
        Some(address) => address.to_string(),
        None => house.hostname.clone(),
    };
    let mut whole = Dict::default();
    whole.dicts("PayloadContent", &contents);
    named(&mut whole, house, "profile", &title);
    whole.text("PayloadDisplayName", &title);
    whole.text("PayloadDescription", &format!("Mail on {}", house.hostname));
    whole.text("PayloadOrganization", &house.hostname);
    whole.text("PayloadType", "Configuration");
    whole.flag("PayloadRemovalDisallowed", false);
    Some(Zeroizing::new(whole.document()))
}

fn account(house: &House, holder: &Holder<'_>) -> Option<Dict> {
    let (kind, incoming) = match (house.best(Protocol::Imap), house.best(Protocol::Pop3)) {
        (Some(imap), _) => ("EmailTypeIMAP", imap),
        (None, Some(pop3)) => ("EmailTypePOP", pop3),
        (None, None) => return None,
    };
    let outgoing = house.best(Protocol::Smtp)?;
    let user = holder.address.map(Address::to_string);
    let title = user.as_deref().unwrap_or(&house.hostname);
    let mut dict = Dict::default();
    dict.text("PayloadType", "com.apple.mail.managed");
    named(&mut dict, house, "mail", title);
    dict.text("PayloadDisplayName", title);
    dict.text("EmailAccountType", kind);
    dict.text("EmailAccountDescription", title);
    if !holder.name.is_empty() {
        dict.text("EmailAccountName", holder.name);
    }
    for (side, server) in [("Incoming", incoming), ("Outgoing", outgoing)] {
        let key = |what: &str| format!("{side}MailServer{what}");
        dict.text(&key("HostName"), &house.hostname);
        dict.number(&key("PortNumber"), server.port);
        // TLS either way: the device sees by the port whether a command begins it.
        dict.flag(&key("UseSSL"), true);
        dict.text(&key("Authentication"), "EmailAuthPassword");
        if let Some(user) = &user {
            dict.text(&key("Username"), user);
        }
    }
    if let Some(user) = &user {
        dict.text("EmailAddress", user);
    }
    if let Some(password) = holder.password {
        dict.text("IncomingPassword", password);
    }
    dict.flag("OutgoingPasswordSameAsIncomingPassword", true);
    Some(dict)
}

fn root(house: &House, certificate: &[u8]) -> Dict {
    let mut dict = Dict::default();
    dict.text("PayloadType", "com.apple.security.root");
    named(&mut dict, house, "root", &house.hostname);
    dict.text("PayloadDisplayName", &house.hostname);
    dict.text(
        "PayloadCertificateFileName",
        &format!("{}.cer", house.hostname),
    );
    dict.data("PayloadContent", certificate);
    dict
}

/// What each payload is known by: `test.house.mail.profile.0123ABCD`, and the whole of the UUID.
fn named(dict: &mut Dict, house: &House, what: &str, about: &str) {
    let uuid = uuid(&house.hostname, what, about);
    let mut labels: Vec<&str> = house.hostname.split('.').collect();
    labels.reverse();
    let short = uuid.split('-').next().unwrap_or_default();
    dict.text(
        "PayloadIdentifier",
        &format!("{}.{what}.{short}", labels.join(".")),
    );
    dict.text("PayloadUUID", &uuid);
    dict.number("PayloadVersion", 1);
}

/// A UUID of version 8 (RFC 9562 §5.8): the same for the same words, another for others.
fn uuid(hostname: &str, what: &str, about: &str) -> String {
    let mut hash = Context::new(&SHA256);
    for word in ["pillarbox", hostname, what, &about.to_lowercase()] {
        hash.update(word.as_bytes());
        hash.update(&[0]);
    }
    let hash = hash.finish();
    let octets = hash.as_ref().iter().take(16).enumerate();
    let mut out = String::with_capacity(36);
    for (at, octet) in octets {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        let octet = match at {
            6 => octet & 0x0f | 0x80,
            8 => octet & 0x3f | 0x80,
            _ => *octet,
        };
        out.push_str(&format!("{octet:02X}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::house::tests::house;
    use super::*;

    fn of(text: &str, key: &str) -> Vec<String> {
        let key = format!("<key>{key}</key>\n");
        let values = text.split(&key).skip(1);
        values
            .map(|value| value.lines().next().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_profile_says_all_that_a_device_needs() {
        let ann = Address::parse("ann@house.test").unwrap();
        let holder = Holder {
            address: Some(&ann),
            name: "Ann <3",
            password: Some("abcd-efgh"),
        };
        let text = profile(&house(), &holder).unwrap();
        for (key, value) in [
            ("EmailAccountType", "<string>EmailTypeIMAP</string>"),
            ("EmailAddress", "<string>ann@house.test</string>"),
            ("EmailAccountName", "<string>Ann &lt;3</string>"),
            (
                "IncomingMailServerHostName",
                "<string>mail.house.test</string>",
            ),
            ("IncomingMailServerPortNumber", "<integer>993</integer>"),
            ("OutgoingMailServerPortNumber", "<integer>465</integer>"),
            ("IncomingMailServerUseSSL", "<true/>"),
            ("OutgoingMailServerUseSSL", "<true/>"),
            (
                "IncomingMailServerUsername",
                "<string>ann@house.test</string>",
            ),
            (
                "OutgoingMailServerUsername",
                "<string>ann@house.test</string>",
            ),
            ("IncomingPassword", "<string>abcd-efgh</string>"),
            ("OutgoingPasswordSameAsIncomingPassword", "<true/>"),
        ] {
            assert_eq!(of(&text, key), [value], "{key}");
        }
        assert!(text.contains("<data>MANhYmM=</data>"));
        let types = of(&text, "PayloadType");
        assert_eq!(types.len(), 3);
        assert!(types.contains(&"<string>com.apple.security.root</string>".to_owned()));
        let mut uuids = of(&text, "PayloadUUID");
        uuids.sort_unstable();
        uuids.dedup();
        assert_eq!(uuids.len(), 3);
        assert_eq!(profile(&house(), &holder).unwrap(), text);
    }

    #[test]
    fn what_is_not_known_is_left_to_the_device() {
        let nobody = Holder {
            address: None,
            name: "",
            password: None,
        };
        let house = House {
            self_made: None,
            ..house()
        };
        let text = profile(&house, &nobody).unwrap();
        for key in [
            "EmailAddress",
            "EmailAccountName",
            "IncomingMailServerUsername",
            "IncomingPassword",
        ] {
            assert!(of(&text, key).is_empty(), "{key}");
        }
        assert!(!text.contains("com.apple.security.root"));
        let closed = House {
            servers: Vec::new(),
            ..house
        };
        assert!(profile(&closed, &nobody).is_none());
    }

    #[test]
    fn uuids_are_of_their_words() {
        let one = uuid("a", "mail", "Ann@house.test");
        assert_eq!(one, uuid("a", "mail", "ann@house.test"));
        assert_ne!(one, uuid("a", "mail", "bob@house.test"));
        assert_ne!(one, uuid("a", "root", "ann@house.test"));
        let groups: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert_eq!(one.chars().nth(14), Some('8'));
    }
}
