//! The whole of it against a zone, a web server and a store of the test's own.

use std::sync::atomic::Ordering;

use store::StsMode;

use super::test_support::*;
use super::*;
use crate::tls::outgoing::Trust;
use crate::tls::outgoing::test_pki::{Leaf, TODAY};

#[test]
fn fetching() {
    let house = House::new();
    let fetch = |leaf: Leaf, web: Web| {
        let server = serve_web(leaf, web);
        let policies = house.policies(announcing("1"), server.port);
        let start = Instant::now();
        let result = async_io::block_on(policies.inner.fetcher.fetch(DOMAIN, Some(TODAY)));
        assert!(start.elapsed() < Duration::from_secs(5), "it took too long");
        (result, server)
    };
    let typed = |media: &str| {
        Web::Says(ok(
            &format!(
                "Content-Type: {media}\r\nContent-Length: {}\r\n",
                POLICY.len()
            ),
            POLICY,
        ))
    };
    let chunked = format!("{:x}\r\n{POLICY}\r\n0\r\n\r\n", POLICY.len());
    for (what, web) in [
        ("plain", plain(POLICY)),
        ("parameters", typed("Text/Plain; charset=utf-8; x=y")),
        (
            "chunked",
            Web::Says(ok(
                "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n",
                &chunked,
            )),
        ),
        (
            "until the end",
            Web::Says(ok("Content-Type: text/plain\r\n", POLICY)),
        ),
        (
            "64 KiB",
            plain(&format!(
                "{POLICY}{}",
                "x: y\r\n".repeat((64 * 1024 - POLICY.len()) / 6)
            )),
        ),
    ] {
        let (result, server) = fetch(house.leaf(), web);
        let policy = result.unwrap_or_else(|words| panic!("{what}: {words}"));
        assert_eq!(
            (policy.mode, policy.max_age),
            (StsMode::Enforce, 604_800),
            "{what}"
        );
        let request = server.request.lock().unwrap().to_lowercase();
        assert!(
            request.starts_with("get /.well-known/mta-sts.txt http/1.1\r\n"),
            "{request}"
        );
        assert!(
            request.contains("\r\nhost: mta-sts.example.org\r\n"),
            "{request}"
        );
    }
    let head = "Content-Type: text/plain\r\n";
    let redirect = "HTTP/1.1 301 Moved\r\nLocation: https://mta-sts.example.org/.well-known/mta-sts.txt\r\nContent-Length: 0\r\n\r\n";
    for (what, web, words) in [
        ("redirect", Web::Says(redirect.to_owned()), "answers 301"),
        (
            "missing",
            Web::Says(ok(head, POLICY).replace("200", "404")),
            "answers 404",
        ),
        (
            "part",
            Web::Says(ok(head, POLICY).replace("200", "206")),
            "answers 206",
        ),
        ("html", typed("text/html"), "expected text/plain"),
        ("no type", Web::Says(ok("", POLICY)), "expected text/plain"),
        ("prefix", typed("text/plainer"), "expected text/plain"),
        ("nonsense", plain("<html></html>"), "cannot be used"),
        (
            "too long",
            plain(&format!("{POLICY}{}", "x: y\r\n".repeat(12_000))),
            "longer than 65536",
        ),
        (
            "endless body",
            Web::Endless(ok(head, POLICY), "x: y\r\n".repeat(1000)),
            "longer than 65536",
        ),
        (
            "endless head",
            Web::Endless("HTTP/1.1 200 OK\r\n".to_owned(), "X: y\r\n".repeat(1000)),
            "HTTP",
        ),
        (
            "endless line",
            Web::Endless("HTTP/1.1 200 OK".to_owned(), "x".repeat(1000)),
            "HTTP",
        ),
        ("silent", Web::Silent, "longer than 2 seconds"),
        (
            "no HTTP",
            Web::Says("220 mail.example.org ESMTP\r\n".to_owned()),
            "HTTP",
        ),
        ("hang-up", Web::Says(String::new()), "HTTP"),
        ("cut", Web::Cut(ok(head, POLICY)), "broke off"),
        (
            "cut in its length",
            Web::Says(ok(&format!("{head}Content-Length: 1000\r\n"), POLICY)),
            "broke off",
        ),
    ] {
        let (result, server) = fetch(house.leaf(), web);
        let said = result.expect_err(what);
        assert!(said.contains(words), "{what}: {said}");
        assert_eq!(server.asked.load(Ordering::SeqCst), 1, "{what}");
    }
    // Not one octet of HTTP before the certificate is right.
    for (what, leaf, words) in [
        (
            "expired",
            house.root.leaf(&[POLICY_HOST], (2020, 2021)),
            "expired",
        ),
        (
            "wrong name",
            house.root.leaf(&[DOMAIN], (2026, 2030)),
            "not for mta-sts.example.org",
        ),
        (
            "stranger",
            Leaf::self_signed(&[POLICY_HOST], (2026, 2030)),
            "no known authority",
        ),
    ] {
        let (result, server) = fetch(leaf, plain(POLICY));
        let said = result.expect_err(what);
        assert!(said.contains(words), "{what}: {said}");
        assert_eq!(*server.request.lock().unwrap(), "", "{what}");
    }
    // No address, and none that may be asked.
    let nobody = house.policies(Zone::new(), 443);
    let said = async_io::block_on(nobody.inner.fetcher.fetch(DOMAIN, None)).unwrap_err();
    assert!(said.contains("does not exist"), "{said}");
    let server = serve_web(house.leaf(), plain(POLICY));
    let mut careful = house.policies(announcing("1"), server.port);
    Arc::get_mut(&mut careful.inner)
        .unwrap()
        .fetcher
        .local_networks = false;
    let said = async_io::block_on(careful.inner.fetcher.fetch(DOMAIN, None)).unwrap_err();
    assert!(
        said.contains("no address that can be used") || said.contains("not exist"),
        "{said}"
    );
    assert_eq!(server.asked.load(Ordering::SeqCst), 0);
}

#[test]
fn a_policy_is_kept_until_it_runs_out_or_another_comes() {
    let house = House::new();
    let good = serve_web(house.leaf(), plain(POLICY));
    let broken = serve_web(
        house.leaf(),
        Web::Says("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n".to_owned()),
    );
    let other = serve_web(house.leaf(), plain(&POLICY.replace("enforce", "testing")));
    let seen = |server: &WebServer| server.asked.swap(0, Ordering::SeqCst);
    let mode = |zone: Zone, server: &WebServer| {
        let policies = house.policies(zone, server.port);
        let first = destination(&policies).sts.map(|sts| (sts.id, sts.mode));
        // Asking again at once changes nothing, and fetches nothing again.
        let again = destination(&policies).sts.map(|sts| (sts.id, sts.mode));
        assert_eq!(first, again);
        first
    };
    let is = |id: &str, mode| Some((id.to_owned(), mode));
    assert_eq!(mode(announcing(""), &good), None);
    assert_eq!(seen(&good), 0, "no record, no question");
    assert_eq!(mode(announcing("a"), &broken), None);
    assert_eq!(seen(&broken), 1, "left alone after a failure");
    assert_eq!(mode(announcing("a"), &good), is("a", StsMode::Enforce));
    assert_eq!(seen(&good), 1);
    // Known: not fetched again, nor forgotten when the record goes, or the DNS fails.
    assert_eq!(mode(announcing("a"), &good), is("a", StsMode::Enforce));
    assert_eq!(mode(announcing(""), &good), is("a", StsMode::Enforce));
    let mut mute = announcing("");
    mute.insert(("_mta-sts.example.org", TXT), None);
    assert_eq!(mode(mute, &good), is("a", StsMode::Enforce));
    assert_eq!(seen(&good), 0);
    // A new one that cannot be fetched leaves the old one.
    assert_eq!(mode(announcing("b"), &broken), is("a", StsMode::Enforce));
    assert_eq!(seen(&broken), 1);
    assert_eq!(mode(announcing("b"), &other), is("b", StsMode::Testing));
    // A clock that is not trusted: it counts as running; run out: it is fetched again.
    house.wall.store(0, Ordering::SeqCst);
    assert_eq!(mode(announcing("b"), &broken), is("b", StsMode::Testing));
    house.wall.store(TODAY + 604_799, Ordering::SeqCst);
    assert_eq!(mode(announcing("b"), &broken), is("b", StsMode::Testing));
    assert_eq!(seen(&broken), 0);
    house.wall.store(TODAY + 604_800, Ordering::SeqCst);
    assert_eq!(mode(announcing("b"), &broken), None);
    assert_eq!(mode(announcing("b"), &good), is("b", StsMode::Enforce));
    // Address literals have none.
    let policies = house.policies(Zone::new(), 443);
    let literal = async_io::block_on(policies.destination("[192.0.2.1]", MX)).unwrap();
    assert!(literal.sts.is_none());
}

#[test]
fn policies_of_those_written_to_are_renewed_each_day() {
    let house = House::new();
    let good = serve_web(house.leaf(), plain(POLICY));
    let fetched = || {
        let read = house.store.read().unwrap();
        read.destination_notes(DOMAIN)
            .unwrap()
            .unwrap()
            .sts
            .unwrap()
            .fetched
    };
    let refresh = |after: i64| {
        house.wall.store(TODAY + after, Ordering::SeqCst);
        let policies = house.policies(announcing("a"), good.port);
        async_io::block_on(policies.refresh()).unwrap();
        fetched() - TODAY
    };
    destination(&house.policies(announcing("a"), good.port));
    assert_eq!(refresh(2 * 24 * 3600), 0, "nobody wrote to it");
    let policies = house.policies(Zone::new(), 443);
    async_io::block_on(
        policies
            .inner
            .note(DOMAIN, |notes| notes.verified_tls = Some(TODAY)),
    )
    .unwrap();
    assert_eq!(refresh(24 * 3600 - 1), 0);
    assert_eq!(refresh(24 * 3600), 24 * 3600);
    assert_eq!(refresh(24 * 3600 + 1), 24 * 3600);
    // Failing leaves what there is.
    house.wall.store(TODAY + 3 * 24 * 3600, Ordering::SeqCst);
    async_io::block_on(house.policies(announcing("a"), 9).refresh()).unwrap();
    assert_eq!(fetched(), TODAY + 24 * 3600);
}

#[test]
fn tlsa_is_asked_for_only_where_everything_is_signed() {
    let house = House::new();
    let host = "mx.example.org";
    let record = || [&[3, 1, 1][..], &[7; 32]].concat();
    let ruling = |zone: Zone, mx_signed: bool, signed: bool, canonical: &str| {
        let policies = house.policies(zone, 443);
        let facts = MxFacts {
            canonical: "alias.example.org",
            validated: mx_signed,
            implicit: false,
        };
        async_io::block_on(async {
            let destination = policies.destination(DOMAIN, facts).await.unwrap();
            let addresses = AddressFacts {
                canonical,
                validated: signed,
            };
            policies
                .ruling(&destination, host, addresses, 25, Wishes::default())
                .await
        })
    };
    let word = |ruling: Ruling| match ruling {
        Ruling::Go(TlsDemand {
            trust: Trust::Dane { names, .. },
            must: true,
            ..
        }) => names.join(" "),
        Ruling::Go(TlsDemand {
            trust: Trust::Any,
            must,
            ..
        }) => format!("any {must}"),
        Ruling::Go(demand) => format!("{demand:?}"),
        Ruling::NotThisHost { words, permanent } => {
            assert!(words.contains("DANE") && !permanent, "{words}");
            "not now".to_owned()
        }
    };
    const AT: &str = "_25._tcp.mx.example.org";
    const BEHIND: &str = "_25._tcp.real.example.net";
    let at = |name, what| Zone::from([((name, TLSA), what)]);
    let has = |signed| Some((vec![record()], signed));
    let own = "mx.example.org example.org alias.example.org";
    for (zone, mx_signed, signed, canonical, expected) in [
        (at(AT, has(true)), true, true, host, own),
        (at(AT, has(true)), false, true, host, "any false"),
        (at(AT, has(true)), true, false, host, "any false"),
        (at(AT, has(false)), true, true, host, "any false"),
        (Zone::new(), true, true, host, "any false"),
        (at(AT, Some((vec![], true))), true, true, host, "any false"),
        // What cannot be found out (bogus is SERVFAIL) is no downgrade.
        (at(AT, None), true, true, host, "not now"),
        (at(AT, None), true, false, host, "any false"),
        (at(AT, None), false, true, host, "any false"),
        // Behind an alias: first the name at its end.
        (
            at(BEHIND, has(true)),
            true,
            true,
            "real.example.net",
            "real.example.net example.org alias.example.org",
        ),
        (at(AT, has(true)), true, true, "real.example.net", own),
        (at(BEHIND, None), true, true, "real.example.net", "not now"),
        // Known numbers only.
        (
            at(AT, Some((vec![[&[1, 1, 1][..], &[7; 32]].concat()], true))),
            true,
            true,
            host,
            "any true",
        ),
    ] {
        let row = format!("{zone:?} {mx_signed} {signed} {canonical}");
        assert_eq!(
            word(ruling(zone, mx_signed, signed, canonical)),
            expected,
            "{row}"
        );
    }
}

#[test]
fn the_ratchet_turns_and_lets_go() {
    let house = House::new();
    let policies = house.policies(Zone::new(), 443);
    let day = 24 * 3600;
    let host = "mx.example.org";
    let addresses = AddressFacts {
        canonical: host,
        validated: false,
    };
    let at = |days: i64| house.wall.store(TODAY + days * day, Ordering::SeqCst);
    let rule = |waited_days: u64| {
        async_io::block_on(async {
            let destination = policies.destination(DOMAIN, MX).await.unwrap();
            let wishes = Wishes {
                waited: Duration::from_secs(waited_days * 24 * 3600),
                ..Wishes::default()
            };
            let ruling = policies
                .ruling(&destination, host, addresses, 25, wishes)
                .await;
            let Ruling::Go(demand) = ruling else {
                panic!("{ruling:?}")
            };
            (destination, demand)
        })
    };
    let demands = |waited_days: u64| rule(waited_days).1.must;
    let learn = |waited_days: u64, proof: Option<Proof>| {
        let (destination, demand) = rule(waited_days);
        async_io::block_on(policies.learned(&destination, &demand, proof)).unwrap();
    };
    let noted = || {
        let notes = house
            .store
            .read()
            .unwrap()
            .destination_notes(DOMAIN)
            .unwrap();
        notes
            .unwrap_or_default()
            .verified_tls
            .map(|seen| (seen - TODAY) / day)
    };
    // What proves nothing, or nothing about today, is not noted.
    for proof in [
        None,
        Some(Proof::None),
        Some(Proof::Dane),
        Some(Proof::WebPki { dated: false }),
    ] {
        learn(0, proof);
        assert_eq!(noted(), None, "{proof:?}");
    }
    at(0);
    let good = Some(Proof::WebPki { dated: true });
    learn(0, good);
    assert_eq!(noted(), Some(0));
    let (_, demand) = rule(0);
    assert!(
        demand.must && matches!(&demand.trust, Trust::WebPki { names } if names == &[host]),
        "{demand:?}"
    );
    assert!(
        demand.why.contains("before") && demand.why.contains("3 days"),
        "{}",
        demand.why
    );
    // Held for thirty days, renewed by each sight.
    at(29);
    assert!(demands(0));
    learn(0, good);
    assert_eq!(noted(), Some(29));
    at(58);
    assert!(demands(0));
    at(59);
    assert!(!demands(0));
    // A letter waits three days, not more; then the new state of things is known.
    at(58);
    assert!(demands(2));
    assert!(!demands(3));
    learn(2, Some(Proof::None));
    assert_eq!(noted(), Some(29), "nothing was sent under it");
    learn(3, None);
    assert_eq!(noted(), None);
    assert!(!demands(0));
    // Without a clock it holds, and nothing is noted.
    learn(0, good);
    house.wall.store(0, Ordering::SeqCst);
    assert!(demands(0) && !demands(3));
    learn(3, None);
    assert_eq!(noted(), Some(58));
}
