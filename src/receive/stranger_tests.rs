//! What becomes of strangers' mail by what is proven of who sent it; the DNS is a name server of the test's own.

use std::time::Duration;

use msgauth::arc::{ArcResult, Sealer};
use msgauth::dkim::{HeaderList, Records, Selectors, Signer, SigningKeys, generate_ed25519};

use super::zones::Zones;
use super::*;
use crate::resolver::{Resolver, ResolverSettings};
use crate::wanted::memory;

/// The client of these tests is at 127.0.0.1.
const FAR: &str = "far.example TXT v=spf1 ip4:127.0.0.1 -all\n_dmarc.far.example TXT v=DMARC1; p=reject\n1.0.0.127.in-addr.arpa PTR mx.far.example\nmx.far.example A 127.0.0.1\n";
/// One whose mail does not come from there.
const STRICT: &str = "bank.example TXT v=spf1 ip4:192.0.2.1 -all\n_dmarc.bank.example TXT v=DMARC1; p=reject\n\
    warn.example TXT v=spf1 -all\n_dmarc.warn.example TXT v=DMARC1; p=quarantine\n\
    some.example TXT v=spf1 -all\n_dmarc.some.example TXT v=DMARC1; p=reject; pct=0\n";

pub(super) fn resolver(zones: &Zones) -> Resolver {
    Resolver::new(ResolverSettings {
        servers: vec![zones.address],
        timeout: Duration::from_millis(300),
        whole: Duration::from_secs(1),
        ..ResolverSettings::default()
    })
}

struct Judging {
    house: House,
    zones: Zones,
}

impl Judging {
    fn new(zones: &str) -> Judging {
        Judging::with(zones, |_| ())
    }

    fn with(zones: &str, set: impl FnOnce(&mut Settings)) -> Judging {
        let zones = Zones::start(zones);
        let asked = resolver(&zones);
        let house = House::asking(set, Some(asked));
        Judging { house, zones }
    }

    /// A letter to ann.
    fn take(&self, from: &str, letter: &str) -> String {
        let ann = format!("ann@{HOST}");
        send(&mut self.house.world(), from, &[&ann], letter).1
    }

    /// Ann says of so many messages that came through this sealer that they are wanted.
    fn marks(&self, sealer: &'static str, count: u32) {
        let ann = self.house.ann;
        let deed = self.house.store.write(move |tx| {
            let seed = tx.make_taught_seed(ann)?;
            let key = junk::reputation::sealer(seed, sealer);
            (0..count).try_for_each(|_| memory::count(tx, ann, &key, junk::Kind::Wanted, Some(1)))
        });
        deed.wait().unwrap();
    }

    fn junk(&self) -> Vec<String> {
        self.house.messages(self.house.ann, "Junk")
    }

    fn inbox(&self) -> Vec<String> {
        self.house.inbox(self.house.ann)
    }
}

fn letter(from: &str) -> String {
    format!("From: {from}\r\nTo: ann\r\nSubject: Hello\r\n\r\nHello.\r\n")
}

/// Keys as a test may have them, and what is published of them: RSA's is that of `msgauth`'s tests.
fn keys() -> (SigningKeys, Records) {
    let rsa = include_bytes!("../msgauth/dkim/test_rsa2048.pk8");
    let keys = SigningKeys::load(&generate_ed25519().unwrap(), rsa).unwrap();
    let records = Records::of(&keys);
    (keys, records)
}

#[test]
fn what_was_found_out_stands_on_top_and_in_the_record() {
    let judging = Judging::new(FAR);
    let forged = format!(
        "Authentication-Results: {HOST};\r\n\tdmarc=pass header.from=bank.example\r\nauthentication-results: x.example; spf=pass\r\n{}",
        letter("Eve <eve@far.example>")
    );
    assert!(judging.take("eve@far.example", &forged).starts_with("250 "));
    let [message] = judging.inbox().try_into().unwrap();
    let top = format!(
        "Return-Path: <eve@far.example>\r\nAuthentication-Results: {HOST};\r\n\tiprev=pass\r\n\t policy.iprev=127.0.0.1;\r\n\tspf=pass\r\n"
    );
    assert!(message.starts_with(&top), "{message}");
    let ours = message.find("\r\n\tdmarc=pass").unwrap();
    let received = message.find("\r\nReceived: from client.example (mx.far.example [127.0.0.1])");
    assert!(ours < received.unwrap(), "{message}");
    assert!(!message.contains("bank.example"), "{message}");
    assert!(message.contains("authentication-results: x.example; spf=pass\r\n"));

    let noted = judging.house.noted(judging.house.ann, "INBOX");
    assert_eq!(noted.peer, Some([127, 0, 0, 1].into()));
    assert_eq!(noted.author, "far.example");
    assert_eq!(noted.proven.as_deref(), Some("far.example"));
    assert_eq!(noted.spf, Some(("pass".into(), "far.example".into())));
    assert_eq!((noted.dmarc.as_str(), noted.arc.as_str()), ("pass", "none"));
}

#[test]
fn a_domains_word_on_forgeries_is_followed() {
    let judging = Judging::new(STRICT);
    let said = judging.take("eve@far.example", &letter("Bank <safe@bank.example>"));
    assert!(said.starts_with("550 5.7.1 "), "{said}");
    assert!(said.contains("bank.example"), "{said}");
    assert!(judging.inbox().is_empty() && judging.junk().is_empty());
    // With a return path of its own making and with none; below the domain too.
    for (path, from) in [
        ("", "safe@bank.example"),
        ("x@bank.example", "a@x.bank.example"),
    ] {
        let said = judging.take(path, &letter(from));
        assert!(said.starts_with("550 5.7.1 "), "{said}");
    }
    for (number, suspect) in ["a@warn.example", "a@some.example"].iter().enumerate() {
        assert!(
            judging
                .take("eve@far.example", &letter(suspect))
                .starts_with("250 ")
        );
        assert_eq!(judging.junk().len(), number + 1, "{suspect}");
    }
    assert!(judging.inbox().is_empty());
}

#[test]
fn nobody_outside_is_somebody_of_the_house() {
    let judging = Judging::new(FAR);
    for (number, from) in [format!("Bob <bob@{HOST}>"), format!("it@office.{HOST}")]
        .iter()
        .enumerate()
    {
        assert!(
            judging
                .take("eve@far.example", &letter(from))
                .starts_with("250 ")
        );
        assert_eq!(judging.junk().len(), number + 1, "{from}");
    }
    assert!(judging.inbox().is_empty());
    // Bob himself is logged in.
    let mut bob = judging.house.logged_in("bob");
    let (from, ann) = (format!("bob@{HOST}"), format!("ann@{HOST}"));
    let (_, said) = send(&mut bob, &from, &[&ann], &letter(&from));
    assert!(said.starts_with("250 "), "{said}");
    assert_eq!(judging.inbox().len(), 1);

    // What the owner has published counts: a service that may send, and a policy.
    let own = format!("{HOST} TXT v=spf1 ip4:127.0.0.1 -all\n");
    let judging = Judging::new(&own);
    let from = format!("shop@{HOST}");
    assert!(judging.take(&from, &letter(&from)).starts_with("250 "));
    assert_eq!(judging.inbox().len(), 1);
    let own = format!("{HOST} TXT v=spf1 -all\n_dmarc.{HOST} TXT v=DMARC1; p=reject");
    let said = Judging::new(&own).take(&from, &letter(&from));
    assert!(said.starts_with("550 5.7.1 "), "{said}");
}

#[test]
fn a_header_with_two_faces_is_not_believed() {
    let judging = Judging::new(FAR);
    let two = format!(
        "From: Eve <eve@far.example>\r\n{}",
        letter("Bank <safe@bank.example>")
    );
    let said = judging.take("eve@far.example", &two);
    assert!(said.starts_with("550 5.6.0 "), "{said}");
    let hidden = letter("Eve <eve@far.example>\r\nfrom : Bank <safe@bank.example>");
    assert!(
        judging
            .take("eve@far.example", &hidden)
            .starts_with("550 5.6.0 ")
    );
    let long = format!(
        "X: {}\r\n{}",
        "x".repeat(300 * 1024),
        letter("eve@far.example")
    );
    for (number, odd) in [
        letter("Eve <eve@far.example>, Bank <safe@bank.example>"),
        letter("Bank <safe@bank..example>"),
        letter("\"safe@bank.example\" <>"),
        long,
    ]
    .iter()
    .enumerate()
    {
        assert!(judging.take("eve@far.example", odd).starts_with("250 "));
        assert_eq!(judging.junk().len(), number + 1, "{odd:.80}");
    }
    // A first field that looks like the line of an mbox file is the author all the same.
    let blank = "From : Bank <safe@bank..example>\r\nSubject: x\r\n\r\n.\r\n";
    assert!(judging.take("eve@far.example", blank).starts_with("250 "));
    assert!(judging.junk().pop().unwrap().contains("\r\nFrom : Bank"));
    // Programs show the Sender where there is no From.
    let sender = format!("Sender: bob@{HOST}\r\nSubject: x\r\n\r\n.\r\n");
    assert!(judging.take("", &sender).starts_with("250 "));
    assert_eq!(judging.junk().len(), 6);
    assert!(judging.inbox().is_empty());
}

#[test]
fn mail_flows_when_nobody_answers() {
    let judging = Judging::new(
        "far.example SILENT\n*.far.example SILENT\nbank.example SERVFAIL\n*.bank.example SERVFAIL\n*.in-addr.arpa SILENT",
    );
    for from in ["eve@far.example", "safe@bank.example"] {
        assert!(judging.take(from, &letter(from)).starts_with("250 "));
    }
    let [first, second] = judging.inbox().try_into().unwrap();
    for message in [first, second] {
        assert!(message.contains("\r\n\tspf=temperror\r\n"), "{message}");
        assert!(message.contains("\r\n\tdmarc=temperror\r\n"), "{message}");
    }
}

/// A letter that a list passes on: signed by its author, changed by the list, sealed by it.
fn from_the_list(keys: &SigningKeys, saw: &str) -> String {
    let signed = {
        let selectors = Selectors {
            ed25519: "e".into(),
            rsa: "r".into(),
        };
        let text = letter("Carl <carl@bank.example>");
        let mut signer = Signer::new(keys, "bank.example", selectors, HeaderList::STANDARD);
        signer.feed(text.as_bytes());
        signer.finish(None).unwrap() + &text
    };
    let changed = signed.replace("Subject: Hello", "Subject: [list] Hello");
    let results = format!("mx.list.example; {saw}");
    let mut sealer = Sealer::new(keys, "list.example", "r", ArcResult::None, &results);
    sealer.feed(changed.as_bytes());
    sealer.finish(None).unwrap() + &changed
}

#[test]
fn a_list_that_is_trusted_may_change_what_it_passes_on() {
    let (keys, records) = keys();
    let zones = format!(
        "{STRICT}list.example TXT v=spf1 ip4:127.0.0.1 -all\ne._domainkey.bank.example TXT {}\nr._domainkey.bank.example TXT {}\nr._domainkey.list.example TXT {}",
        records.ed25519, records.rsa, records.rsa
    );
    let saw = "dkim=pass header.d=bank.example; dmarc=pass header.from=bank.example";
    let judging = Judging::new(&zones);
    let said = judging.take("owner@list.example", &from_the_list(&keys, saw));
    assert!(
        said.starts_with("550 5.7.1 "),
        "a seal is no proof of honesty: {said}"
    );

    let trusting = |settings: &mut Settings| settings.verify.sealers = vec!["list.example".into()];
    let judging = Judging::with(&zones, trusting);
    let said = judging.take("owner@list.example", &from_the_list(&keys, saw));
    assert!(said.starts_with("250 "), "{said}");
    let [message] = judging.inbox().try_into().unwrap();
    assert!(
        message.contains("\r\n\tarc=pass\r\n") && message.contains("dmarc=fail"),
        "{message}"
    );
    assert_eq!(
        judging.house.noted(judging.house.ann, "INBOX").sealers,
        ["list.example"]
    );
    // A person's own mail shows it as well: for them alone, so that bob finds his copy in Junk.
    let judging = Judging::new(&zones);
    judging.marks("list.example", 2);
    let (ann, bob) = (format!("ann@{HOST}"), format!("bob@{HOST}"));
    let send = || {
        let mut world = judging.house.world();
        send(
            &mut world,
            "owner@list.example",
            &[&ann, &bob],
            &from_the_list(&keys, saw),
        )
        .1
    };
    assert!(send().starts_with("550 5.7.1 "), "two authors are too few");
    judging.marks("list.example", 1);
    assert!(send().starts_with("250 "));
    assert_eq!((judging.inbox().len(), judging.junk().len()), (1, 0));
    let bob = judging.house.bob;
    assert_eq!(judging.house.messages(bob, "Junk").len(), 1);
    assert!(judging.house.inbox(bob).is_empty());
    let judging = Judging::with(&zones, trusting);
    // An honest list says so when it has passed on a forgery, and who changes it behind the list breaks the seal.
    let honest = from_the_list(
        &keys,
        "dkim=fail header.d=bank.example; dmarc=fail header.from=bank.example",
    );
    let broken = from_the_list(&keys, saw).replace("Hello.\r\n", "Send money.\r\n");
    let other = from_the_list(&keys, "dmarc=pass header.from=far.example");
    for bad in [honest, broken, other] {
        let said = judging.take("owner@list.example", &bad);
        assert!(said.starts_with("550 5.7.1 "), "{said}");
    }
}

#[test]
fn a_thousand_signatures_and_a_megabyte_of_policy_cost_little() {
    let includes = (1..30).map(|n| {
        format!(
            "i{n}.far.example TXT v=spf1 {} include:i{}.far.example -all\n",
            "ip4:192.0.2.1 ".repeat(1000),
            n + 1
        )
    });
    let large: String = (1..30)
        .map(|n| {
            format!(
                "l{n}.far.example TXT v=spf1 {}-all\n",
                "ip4:192.0.2.1 ".repeat(4000)
            )
        })
        .collect();
    let zones = format!(
        "far.example TXT v=spf1 include:i1.far.example -all\nbig.far.example TXT v=spf1 include:l1.far.example include:l2.far.example -all\n{}{large}",
        includes.collect::<String>()
    );
    let judging = Judging::new(&zones);
    let before = |judging: &Judging| judging.zones.asked().len();
    assert!(
        judging
            .take("eve@far.example", &letter("eve@far.example"))
            .starts_with("250 ")
    );
    assert!(before(&judging) < 30, "{:?}", judging.zones.asked());
    assert!(
        judging
            .take("eve@big.far.example", &letter("eve@far.example"))
            .starts_with("250 ")
    );
    let asked = before(&judging);
    let signatures: String = (0..1000)
        .map(|n| format!("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=d{n}.example; s=s; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"))
        .collect();
    let many = format!("{signatures}{}", letter("eve@far.example"));
    assert!(judging.take("eve@far.example", &many).starts_with("250 "));
    assert!(before(&judging) - asked < 40, "{:?}", judging.zones.asked());
    let message = judging.inbox().pop().unwrap();
    assert_eq!(
        message.matches("\r\n\tdkim=").count(),
        msgauth::dkim::SIGNATURES_MAX
    );
}

#[test]
fn who_is_logged_in_does_not_speak_in_our_name_either() {
    let judging = Judging::new(FAR);
    let mut bob = judging.house.logged_in("bob");
    let (from, ann) = (format!("bob@{HOST}"), format!("ann@{HOST}"));
    let forged = format!(
        "Authentication-Results: {HOST}; dmarc=pass\r\n{}",
        letter(&from)
    );
    let (_, said) = send(&mut bob, &from, &[&ann], &forged);
    assert!(said.starts_with("250 "), "{said}");
    let [message] = judging.inbox().try_into().unwrap();
    assert!(!message.contains("dmarc=pass"), "{message}");
    assert!(
        judging.zones.asked().is_empty(),
        "{:?}",
        judging.zones.asked()
    );
}
