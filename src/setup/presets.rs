//! Providers that deliver other people's letters, and what one has to know of each.
//!
//! A table of data, from the providers' own help pages as known when it was written. What it cannot do: providers change their minds; so server and port can be
//! corrected in the form, and everything is tried out before it is kept.

/// What a provider is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// People have mailboxes there.
    Mailbox,
    /// It only delivers.
    Service,
}

/// How one signs in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// With the mailbox's password.
    Account,
    /// With a password made for one program.
    AppPassword,
    /// With a password or key that the service makes.
    Key,
    /// Not at all with a password.
    Closed,
}

/// What the user name is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum User {
    /// The whole address there, like this one.
    Address(&'static str),
    /// Given by the service.
    Given,
    /// Always this word.
    Word(&'static str),
}

/// What else has to be said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Note {
    /// An app password is wanted; how to get one.
    AppPassword,
    /// Other programs must be allowed first.
    SwitchOn,
    /// Only known senders are delivered.
    OwnAddress,
    /// The same at Gmail, which writes its own address instead.
    GmailAddress,
    /// The domain must be confirmed there.
    SenderDomain,
    /// The server's name differs from region to region.
    Region,
    /// Signs in only through windows of its own (OAuth).
    OwnWindows,
    /// Only through a program of its own.
    Bridge,
}

/// One provider.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// In addresses of pages.
    pub key: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Its server.
    pub host: &'static str,
    /// 465: TLS from the first octet (RFC 8314 §3.3); others begin with STARTTLS.
    pub port: u16,
    /// The user name.
    pub user: User,
    /// How one signs in.
    pub access: Access,
    /// What else has to be said.
    pub notes: &'static [Note],
    /// The provider's page about it; empty: none that is known to stay.
    pub help: &'static str,
    /// Domains whose addresses belong to it, which nobody else can own.
    pub domains: &'static [&'static str],
}

/// The preset of this key.
pub fn of_key(key: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.key == key)
}

/// Whether a domain (folded) belongs to a large provider and so to none of its users.
pub fn is_freemail(domain: &str) -> bool {
    let mut ours = PRESETS.iter().flat_map(|preset| preset.domains);
    ours.any(|known| *known == domain) || OTHER_FREEMAIL.contains(&domain)
}

/// Well-known domains of mailboxes whose providers are not in the table.
const OTHER_FREEMAIL: &[&str] = &[
    "aol.com",
    "mail.com",
    "mail.ru",
    "yandex.com",
    "yandex.ru",
    "t-online.de",
    "freenet.de",
    "orange.fr",
    "free.fr",
    "laposte.net",
    "libero.it",
    "tiscali.it",
    "seznam.cz",
    "wp.pl",
    "o2.pl",
    "comcast.net",
    "verizon.net",
    "att.net",
    "btinternet.com",
    "qq.com",
    "163.com",
    "naver.com",
    "tutanota.com",
    "tuta.io",
    "forthnet.gr",
    "hol.gr",
    "in.gr",
    "vodafone.gr",
];

const MAILBOX: Preset = Preset {
    key: "",
    name: "",
    kind: Kind::Mailbox,
    host: "",
    port: 465,
    user: User::Address("name@example.org"),
    access: Access::Account,
    notes: &[Note::OwnAddress],
    help: "",
    domains: &[],
};

const SERVICE: Preset = Preset {
    kind: Kind::Service,
    user: User::Given,
    access: Access::Key,
    notes: &[Note::SenderDomain],
    ..MAILBOX
};

/// The table, each kind in the order of its list.
pub const PRESETS: &[Preset] = &[
    Preset {
        key: "gmail",
        name: "Gmail",
        host: "smtp.gmail.com",
        user: User::Address("name@gmail.com"),
        access: Access::AppPassword,
        notes: &[Note::AppPassword, Note::GmailAddress],
        help: "https://myaccount.google.com/apppasswords",
        domains: &["gmail.com", "googlemail.com"],
        ..MAILBOX
    },
    Preset {
        key: "outlook",
        name: "Outlook.com, Hotmail",
        host: "smtp-mail.outlook.com",
        port: 587,
        user: User::Address("name@outlook.com"),
        access: Access::Closed,
        notes: &[Note::OwnWindows],
        domains: &[
            "outlook.com",
            "outlook.com.gr",
            "hotmail.com",
            "hotmail.gr",
            "hotmail.co.uk",
            "live.com",
            "msn.com",
        ],
        ..MAILBOX
    },
    Preset {
        key: "yahoo",
        name: "Yahoo",
        host: "smtp.mail.yahoo.com",
        user: User::Address("name@yahoo.com"),
        access: Access::AppPassword,
        notes: &[Note::AppPassword, Note::OwnAddress],
        domains: &[
            "yahoo.com",
            "yahoo.gr",
            "yahoo.co.uk",
            "yahoo.de",
            "yahoo.fr",
            "ymail.com",
        ],
        ..MAILBOX
    },
    Preset {
        key: "icloud",
        name: "iCloud",
        host: "smtp.mail.me.com",
        port: 587,
        user: User::Address("name@icloud.com"),
        access: Access::AppPassword,
        notes: &[Note::AppPassword, Note::OwnAddress],
        help: "https://account.apple.com",
        domains: &["icloud.com", "me.com", "mac.com"],
        ..MAILBOX
    },
    Preset {
        key: "cosmote",
        name: "COSMOTE",
        host: "mailgate.cosmotemail.gr",
        port: 587,
        user: User::Address("name@cosmotemail.gr"),
        domains: &["cosmotemail.gr"],
        ..MAILBOX
    },
    Preset {
        key: "otenet",
        name: "OTEnet",
        host: "mailgate.otenet.gr",
        port: 587,
        user: User::Address("name@otenet.gr"),
        domains: &["otenet.gr"],
        ..MAILBOX
    },
    Preset {
        key: "fastmail",
        name: "Fastmail",
        host: "smtp.fastmail.com",
        user: User::Address("name@fastmail.com"),
        access: Access::AppPassword,
        notes: &[Note::AppPassword, Note::OwnAddress],
        domains: &["fastmail.com", "fastmail.fm"],
        ..MAILBOX
    },
    Preset {
        key: "gmx",
        name: "GMX",
        host: "mail.gmx.net",
        user: User::Address("name@gmx.net"),
        notes: &[Note::SwitchOn, Note::OwnAddress],
        domains: &["gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.com"],
        ..MAILBOX
    },
    Preset {
        key: "webde",
        name: "WEB.DE",
        host: "smtp.web.de",
        port: 587,
        user: User::Address("name@web.de"),
        notes: &[Note::SwitchOn, Note::OwnAddress],
        domains: &["web.de"],
        ..MAILBOX
    },
    Preset {
        key: "mailboxorg",
        name: "mailbox.org",
        host: "smtp.mailbox.org",
        user: User::Address("name@mailbox.org"),
        domains: &["mailbox.org"],
        ..MAILBOX
    },
    Preset {
        key: "posteo",
        name: "Posteo",
        host: "posteo.de",
        user: User::Address("name@posteo.net"),
        domains: &["posteo.de", "posteo.net"],
        ..MAILBOX
    },
    Preset {
        key: "zoho",
        name: "Zoho Mail",
        host: "smtp.zoho.eu",
        user: User::Address("name@zohomail.eu"),
        access: Access::AppPassword,
        notes: &[Note::AppPassword, Note::OwnAddress, Note::Region],
        domains: &["zoho.com", "zohomail.eu", "zohomail.com"],
        ..MAILBOX
    },
    Preset {
        key: "proton",
        name: "Proton Mail",
        host: "smtp.protonmail.ch",
        port: 587,
        user: User::Address("name@proton.me"),
        access: Access::Closed,
        notes: &[Note::Bridge],
        domains: &["proton.me", "protonmail.com", "pm.me"],
        ..MAILBOX
    },
    Preset {
        key: "brevo",
        name: "Brevo",
        host: "smtp-relay.brevo.com",
        port: 587,
        ..SERVICE
    },
    Preset {
        key: "smtp2go",
        name: "SMTP2GO",
        host: "mail.smtp2go.com",
        ..SERVICE
    },
    Preset {
        key: "mailgun",
        name: "Mailgun",
        host: "smtp.eu.mailgun.org",
        notes: &[Note::SenderDomain, Note::Region],
        ..SERVICE
    },
    Preset {
        key: "mailjet",
        name: "Mailjet",
        host: "in-v3.mailjet.com",
        port: 587,
        ..SERVICE
    },
    Preset {
        key: "ses",
        name: "Amazon SES",
        host: "email-smtp.eu-central-1.amazonaws.com",
        notes: &[Note::SenderDomain, Note::Region],
        ..SERVICE
    },
    Preset {
        key: "sendgrid",
        name: "SendGrid",
        host: "smtp.sendgrid.net",
        user: User::Word("apikey"),
        ..SERVICE
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_can_be_used() {
        let mut keys = BTreeSet::new();
        for preset in PRESETS {
            assert!(keys.insert(preset.key), "{}", preset.key);
            assert!(preset.key.bytes().all(|b| b.is_ascii_alphanumeric()));
            assert!(mail::valid_domain(preset.host) && preset.host.contains('.'));
            assert!(matches!(preset.port, 465 | 587), "{}", preset.key);
            assert!(preset.help.is_empty() || preset.help.starts_with("https://"));
            assert_eq!(of_key(preset.key).unwrap().name, preset.name);
            let needs_words = preset.access == Access::AppPassword;
            assert_eq!(
                preset.notes.contains(&Note::AppPassword),
                needs_words,
                "{}",
                preset.key
            );
            for domain in preset.domains {
                assert_eq!(mail::idna::to_ascii(domain).as_deref(), Some(*domain));
            }
        }
        assert!(is_freemail("gmail.com") && is_freemail("in.gr") && !is_freemail("example.org"));
    }
}
