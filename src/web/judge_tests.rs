use super::*;

const HOUSE: &str = "192.168.1.20";
const WORLD: &str = "203.0.113.9";
const NEIGHBOUR: &str = "100.64.3.2";

/// `door`: https or http; `window`: open, closed or always.
fn class(peer: &str, door: &str, window: &str, host: &str, what: &str) -> Class {
    class_of(peer, door, window, host, what, false)
}

fn class_of(peer: &str, door: &str, window: &str, host: &str, what: &str, in_clear: bool) -> Class {
    let (verb, path) = what.split_once(' ').unwrap();
    judge(&Asked {
        peer: peer.parse().unwrap(),
        local: "192.168.1.2".parse().unwrap(),
        secure: door == "https",
        in_clear,
        verb: match verb {
            "GET" => Verb::Get,
            "POST" => Verb::Post,
            _ => Verb::Other,
        },
        authority: &Authority::parse(host).unwrap(),
        path,
        open: window == "open",
        always: window == "always",
        names: &["mail.example.org".to_owned(), "pillarbox.local".to_owned()],
    })
}

#[test]
fn each_kind_of_request_has_its_class() {
    use Class::*;
    for (peer, door, window, host, what, expected) in [
        (HOUSE, "https", "open", "pillarbox.local", "GET /", Setup),
        (
            HOUSE,
            "https",
            "open",
            "192.168.1.2",
            "POST /setup/you",
            Setup,
        ),
        (HOUSE, "https", "open", "pillarbox.local", "PUT /", Setup),
        (HOUSE, "https", "always", "mail.example.org", "GET /", Setup),
        (HOUSE, "https", "closed", "pillarbox.local", "GET /", Closed),
        (
            HOUSE,
            "https",
            "closed",
            "pillarbox.local",
            "POST /",
            Closed,
        ),
        (
            HOUSE,
            "https",
            "closed",
            "pillarbox.local",
            "GET /setup",
            Closed,
        ),
        (HOUSE, "https", "closed", "evil.example", "GET /", Nothing),
        (HOUSE, "https", "open", "evil.example", "GET /", WrongName),
        (
            HOUSE,
            "https",
            "open",
            "evil.example",
            "POST /setup/you",
            WrongName,
        ),
        (HOUSE, "https", "always", "evil.example", "GET /", Nothing),
        (
            HOUSE,
            "https",
            "closed",
            "pillarbox.local",
            "GET /static/a.css",
            Asset,
        ),
        (
            HOUSE,
            "https",
            "open",
            "evil.example",
            "GET /static/a.css",
            WrongName,
        ),
        (HOUSE, "http", "open", "pillarbox.local", "GET /", Explain),
        (HOUSE, "http", "always", "pillarbox.local", "GET /", Explain),
        (
            HOUSE,
            "http",
            "open",
            "pillarbox.local",
            "GET /setup",
            ToTls,
        ),
        (
            HOUSE,
            "http",
            "open",
            "pillarbox.local",
            "POST /setup/you",
            Nothing,
        ),
        (HOUSE, "http", "closed", "pillarbox.local", "GET /", Closed),
        (
            HOUSE,
            "http",
            "closed",
            "pillarbox.local",
            "GET /setup",
            Closed,
        ),
        (
            HOUSE,
            "http",
            "open",
            "captive.apple.com",
            "GET /hotspot-detect.html",
            Captive,
        ),
        (HOUSE, "http", "open", "neverssl.com", "GET /", Nothing),
        (
            HOUSE,
            "http",
            "closed",
            "captive.apple.com",
            "GET /hotspot-detect.html",
            Nothing,
        ),
        (
            HOUSE,
            "http",
            "always",
            "captive.apple.com",
            "GET /hotspot-detect.html",
            Nothing,
        ),
        (
            HOUSE,
            "https",
            "open",
            "captive.apple.com",
            "GET /hotspot-detect.html",
            WrongName,
        ),
        (
            HOUSE,
            "http",
            "open",
            "pillarbox.local",
            "GET /generate_204",
            ToTls,
        ),
    ] {
        assert_eq!(
            class(peer, door, window, host, what),
            expected,
            "{door} {window} {host} {what}"
        );
    }
}

#[test]
fn whoever_is_not_in_the_house_finds_nothing_but_client_configuration() {
    for peer in [WORLD, NEIGHBOUR, "2a00:1450::1", "0.0.0.0"] {
        for door in ["https", "http"] {
            for window in ["open", "closed", "always"] {
                for host in ["pillarbox.local", "192.168.1.2", "localhost", "x.example"] {
                    for what in [
                        "GET /",
                        "POST /setup/you",
                        "GET /static/a.css",
                        "GET /generate_204",
                        "PUT /mail/config-v1.1.xml",
                        "POST /mail/config-v1.1.xml",
                    ] {
                        let class = class(peer, door, window, host, what);
                        assert_eq!(
                            class,
                            Class::Nothing,
                            "{peer} {door} {window} {host} {what}"
                        );
                    }
                    for what in [
                        "GET /mail/config-v1.1.xml",
                        "GET /.well-known/mta-sts.txt",
                        "POST /Autodiscover/Autodiscover.xml",
                    ] {
                        let class = class(peer, door, window, host, what);
                        assert_eq!(class, Class::Public, "{peer} {door} {window} {host} {what}");
                    }
                }
            }
        }
    }
}

#[test]
fn public_are_a_few_paths_and_profiles_at_the_root() {
    for (path, public) in [
        ("/.well-known/autoconfig/mail/config-v1.1.xml", true),
        ("/AutoDiscover/autodiscover.xml", true),
        ("/pillarbox.mobileconfig", true),
        ("/autodiscover/autodiscover.json", true),
        ("/autodiscover/autodiscover.json/v1.0/a@b", true),
        ("/autodiscover/autodiscover.jsonx", false),
        ("/.mobileconfig", false),
        ("/devices/ann.mobileconfig", false),
        ("/mail/config-v1.1.xml/", false),
        ("//mail/config-v1.1.xml", false),
        ("/mail/../mail/config-v1.1.xml", false),
        ("", false),
        ("/", false),
    ] {
        assert_eq!(is_public(path, Verb::Get), public, "{path}");
    }
}

#[test]
fn pages_in_clear_are_for_the_house_and_for_our_names() {
    use Class::*;
    for (peer, host, what, expected) in [
        (HOUSE, "pillarbox.local", "GET /", Setup),
        (HOUSE, "192.168.1.2", "POST /start-anew", Setup),
        (HOUSE, "pillarbox.local", "GET /static/comfort.js", Asset),
        (
            HOUSE,
            "captive.apple.com",
            "GET /hotspot-detect.html",
            Captive,
        ),
        (HOUSE, "evil.example", "GET /", Nothing),
        (HOUSE, "evil.example", "POST /start-anew", Nothing),
        (WORLD, "192.168.1.2", "GET /", Nothing),
        (WORLD, "192.168.1.2", "POST /start-anew", Nothing),
        (NEIGHBOUR, "192.168.1.2", "POST /start-anew", Nothing),
    ] {
        let class = class_of(peer, "http", "open", host, what, true);
        assert_eq!(class, expected, "{peer} {host} {what}");
    }
}
