//! Settings files, right and wrong.

use super::*;
use crate::net::Service;
use std::time::Duration;

fn parse(text: &str) -> Result<Settings, SettingsError> {
    Settings::parse(text, Path::new("/etc/box/pillarbox.toml"))
}

#[test]
fn everything_the_issue_names_is_read() {
    let settings = parse(
        r#"
        hostname = "Mail.example.org"
        domains = ["example.org", "house.test"]
        log = "debug"
        [listen]
        smtp = ["127.0.0.1:2525", "[::1]:2525"]
        pop3 = []
        [tls]
        certificate = "mail.pem"
        key = "/keys/mail.key"
        more = [{ certificate = "a.pem", key = "a.key" }]
        [limits]
        connections = 20000
        connections_per_address = 20000
        proof_time = "5 min"
        [dns]
        servers = ["192.0.2.1", "[::1]:5353"]
        trusted = true
        [send]
        ipv6 = "never"
        undo = "10 s"
        retry = ["1 min", 300]
        roots = "ca.pem"
        [limits.sending]
        messages_per_day = 7
        [limits.smtp]
        size = "10 MiB"
        command_time = 7
        [limits.imap]
        idle = "1 h"
        "#,
    )
    .unwrap();
    assert_eq!(settings.hostname, "mail.example.org");
    assert_eq!(settings.main_domain(), "example.org");
    assert_eq!(settings.log, Level::Debug);
    let doors = settings.listen.doors();
    let of = |service| doors.iter().filter(|door| door.0 == service).count();
    assert_eq!((of(Service::Smtp), of(Service::Pop3)), (2, 0));
    assert!(of(Service::Imaps) > 0, "a default");
    assert_eq!(
        settings.tls.certificate.unwrap(),
        Path::new("/etc/box/mail.pem")
    );
    assert_eq!(settings.tls.key.unwrap(), Path::new("/keys/mail.key"));
    assert_eq!(settings.tls.more[0].key, Path::new("/etc/box/a.key"));
    assert_eq!(settings.limits.connections.total, 20_000);
    assert_eq!(settings.limits.login.proof_time, Duration::from_secs(300));
    assert_eq!(settings.limits.smtp.size, 10 << 20);
    assert_eq!(
        settings.limits.submission.size,
        smtp::Limits::default().size
    );
    assert_eq!(settings.limits.smtp.command_time, Duration::from_secs(7));
    assert_eq!(settings.limits.imap.idle, Duration::from_secs(3600));
    let servers = ["192.0.2.1:53", "[::1]:5353"].map(|server| server.parse().unwrap());
    assert_eq!(settings.dns.servers, servers);
    assert!(settings.dns.trusted && settings.send.ipv6 == Ipv6::Never);
    assert_eq!(settings.send.undo, Duration::from_secs(10));
    assert_eq!(settings.send.retry, [60, 300].map(Duration::from_secs));
    assert_eq!(settings.send.roots.unwrap(), Path::new("/etc/box/ca.pem"));
    assert_eq!(settings.limits.sending.messages_per_day, 7);
    assert_eq!(settings.limits.sending.new_recipients_per_day, 100);
}

/// Text, line, words of the message.
const WRONG: &[(&str, usize, &[&str])] = &[
    (
        "hostnam = \"a.b\"",
        1,
        &["unknown key `hostnam`", "did you mean `hostname`?"],
    ),
    ("\n\n[listen]\nsmpt = []", 4, &["in [listen]", "`smtp`"]),
    (
        "colour = 1",
        1,
        &[
            "unknown key `colour`",
            "known there: hostname, domains",
            "listen",
        ],
    ),
    ("smtp = []", 1, &["it belongs to [listen]"]),
    (
        "[dns]\nservers = [\"one\"]",
        2,
        &["takes IP addresses", "192.0.2.1"],
    ),
    ("[dns]\ntrusted = 1", 2, &["true or false", "a number"]),
    ("[send]\nipv6 = \"maybe\"", 2, &["\"confirmed\", \"never\""]),
    ("[send]\nretry = []", 2, &["1 to 100 times"]),
    ("[send]\nretry = [\"1 s\", 0]", 2, &["`retry`", "between"]),
    ("[send]\nport = 70000", 2, &["`port`"]),
    (
        "[listen]\nhostname = \"a.b\"",
        2,
        &["it belongs to the top of the file"],
    ),
    ("[limit]\nconnections = 1", 1, &["`limit`", "`limits`"]),
    (
        "hostname = 5",
        1,
        &[
            "takes a string",
            "this is a number",
            "hostname = \"mail.example.org\"",
        ],
    ),
    ("hostname = \"a b\"", 1, &["\"a b\" is not a domain name"]),
    (
        "domains = \"example.org\"",
        1,
        &["takes a list of strings", "[\"example.org\"]"],
    ),
    ("domains = []", 1, &["empty list"]),
    (
        "domains = [\"ok.org\",\n 5]",
        2,
        &["takes a list of strings", "this is a number"],
    ),
    ("domains = [\"ok.org\",\n \"not ok\"]", 2, &["\"not ok\""]),
    ("listen = 5", 1, &["`listen` is a table", "[listen]"]),
    (
        "[listen]\nimap = [\"localhost:143\"]",
        2,
        &[
            "\"localhost:143\"",
            "IP addresses with ports",
            "`[]` to close",
        ],
    ),
    (
        "[listen]\nimap = [\"127.0.0.1:99999\"]",
        2,
        &["IP addresses with ports"],
    ),
    (
        "[listen]\nimap = 143",
        2,
        &["a list of strings", "this is a number"],
    ),
    (
        "[limits]\nconnections = \"many\"",
        2,
        &["a whole number", "this is a string"],
    ),
    (
        "[limits]\nconnections = 0",
        2,
        &["between 1 and 4294967295"],
    ),
    ("[limits]\nconnections = -1", 2, &["between 1 and"]),
    (
        "[limits.smtp]\nsize = \"50 megs\"",
        2,
        &["MiB", "\"50 megs\" is neither"],
    ),
    (
        "[limits.smtp]\nsize = 99999999999999999999999",
        2,
        &["must lie between"],
    ),
    (
        "[limits.smtp]\nsize = \"99999999999999 GiB\"",
        2,
        &["must lie between"],
    ),
    (
        "[limits.smtp]\ncommand_time = \"5 m\"",
        2,
        &["min", "neither"],
    ),
    (
        "[limits.smtp]\ncommand_time = 1.5",
        2,
        &["a number with a fraction"],
    ),
    (
        "[limits.smtp]\ncommand_time = 0",
        2,
        &["between \"1 s\" and"],
    ),
    ("[limits.smtp]\nsiz = 1", 2, &["`size`"]),
    (
        "[tls]\ncertificate = \"a.pem\"",
        2,
        &["`certificate` needs `key`"],
    ),
    (
        "[tls]\n\nkey = \"a.pem\"",
        3,
        &["`key` needs `certificate`"],
    ),
    ("[tls]\nkey = \"\"", 2, &["`key` is empty"]),
    ("[tls]\nmore = [1]", 2, &["list of pairs"]),
    (
        "[[tls.more]]\ncertificate = \"a\"",
        1,
        &["needs both files"],
    ),
    (
        "[[tls.more]]\ncertificate = \"a\"\nkeys = \"b\"",
        3,
        &["unknown key `keys`"],
    ),
    (
        "[log]\nlevel = \"loud\"",
        2,
        &["off, error, warn, info, debug"],
    ),
    ("log = true", 1, &["this is true or false"]),
    ("hostname = mail", 1, &["is not TOML"]),
    ("a = 1\na = 2", 2, &["duplicate"]),
    ("[listen\n", 1, &["is not TOML"]),
];

#[test]
fn every_mistake_names_its_line_and_what_to_do() {
    for (text, line, words) in WRONG {
        let error = parse(text).err().unwrap_or_else(|| panic!("taken: {text}"));
        let shown = error.to_string();
        assert_eq!(error.line(), Some(*line), "{text:?}: {shown}");
        assert!(
            shown.starts_with(&format!("/etc/box/pillarbox.toml:{line}: ")),
            "{shown}"
        );
        for word in *words {
            assert!(
                shown.contains(word),
                "{text:?}: {word:?} is missing in {shown}"
            );
        }
    }
}

#[test]
fn unauthenticate_can_be_switched_off() {
    let settings = parse("[limits.imap]\nunauthenticate = false").unwrap();
    assert!(!settings.limits.imap.unauthenticate);
    assert!(parse("").unwrap().limits.imap.unauthenticate);
}

#[test]
fn the_printed_file_says_what_holds_without_it() {
    let printed = example();
    parse(&printed).unwrap();
    // With every key switched on it is still a valid file, and changes no limit.
    let switched_on: String = printed
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let settings = parse(&switched_on).unwrap_or_else(|error| panic!("{error}\n{switched_on}"));
    let defaults = Settings::default();
    assert_eq!(settings.limits.smtp, defaults.limits.smtp);
    assert_eq!(settings.limits.imap, defaults.limits.imap);
    assert_eq!(settings.limits.pop3, defaults.limits.pop3);
    assert_eq!(settings.limits.login, defaults.limits.login);
    assert_eq!(settings.limits.connections, defaults.limits.connections);
    assert_eq!(settings.log, defaults.log);
}

#[test]
fn a_file_that_is_not_there_matters_only_when_it_was_named() {
    let folder = std::env::temp_dir().join(format!("pillarbox-no-settings-{}", std::process::id()));
    assert!(Settings::load(None, &folder).unwrap().file.is_none());
    let error = Settings::load(Some(&folder.join("x.toml")), &folder).unwrap_err();
    assert!(error.to_string().contains("--config"), "{error}");
    assert_eq!(error.line(), None);
}
