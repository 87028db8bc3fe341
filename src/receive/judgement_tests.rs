use msgauth::arc::{ArcResult, ArcSet, ArcVerdict};
use msgauth::dkim::{DkimResult, DkimVerdict};
use msgauth::dmarc::{DmarcRecord, DmarcResult, DmarcVerdict, NoAuthor, Policy};
use msgauth::spf::{Identity, SpfVerdict};

use super::*;

fn judged(author: &str, disposition: Policy) -> Judged {
    let record = DmarcRecord::parse(b"v=DMARC1; p=reject");
    Judged {
        verdicts: Verdicts {
            dmarc: Some(DmarcVerdict {
                result: DmarcResult::Fail,
                domain: author.to_owned(),
                policy_domain: author.to_owned(),
                policy: Some(Policy::Reject),
                disposition,
                spf: false,
                dkim: false,
                record: record.filter(|_| disposition != Policy::None),
                reason: "nothing proves it".to_owned(),
            }),
            judged: true,
            ..Verdicts::default()
        },
        peer: [192, 0, 2, 1].into(),
        own: false,
    }
}

fn signed(domain: &str, result: DkimResult) -> DkimVerdict {
    DkimVerdict {
        result,
        domain: domain.to_owned(),
        identity: format!("@{domain}"),
        selector: "s".to_owned(),
        algorithm: "rsa-sha256",
        start: String::new(),
        testing: false,
        reason: String::new(),
    }
}

fn spf(domain: &str, result: SpfResult) -> Option<SpfVerdict> {
    Some(SpfVerdict {
        result,
        identity: Identity::MailFrom,
        domain: domain.to_owned(),
        reason: String::new(),
        explanation: None,
    })
}

fn chain(judged: &mut Judged, sets: &[(&str, &str)]) {
    let set = |(domain, results): &(&str, &str)| ArcSet {
        domain: (*domain).to_owned(),
        results: (*results).to_owned(),
    };
    judged.verdicts.arc = Some(ArcVerdict {
        result: ArcResult::Pass,
        sets: sets.iter().map(set).collect(),
        reason: String::new(),
    });
}

#[test]
fn what_follows_from_what_is_not_proven() {
    for (disposition, wish) in [
        (Policy::None, Wish::Nothing),
        (Policy::Quarantine, Wish::Suspect),
        (Policy::Reject, Wish::Refuse),
    ] {
        let mut judged = judged("far.example", disposition);
        assert_eq!(judged.wish().0, wish);
        // A router that rewrites addresses, or a relay of the house, stands in for the client.
        for peer in ["192.168.1.1", "::ffff:10.0.0.1", "fd00::1", "fe80::1"] {
            judged.peer = peer.parse().unwrap();
            assert_eq!(judged.wish().0, wish.min(Wish::Suspect), "{peer}");
        }
        judged.peer = [127, 0, 0, 1].into();
        assert_eq!(judged.wish().0, wish);
    }
    for (no_author, wish) in [
        (NoAuthor::Several, Wish::Refuse),
        (NoAuthor::Missing, Wish::Suspect),
        (NoAuthor::Unreadable, Wish::Suspect),
        (NoAuthor::Domains, Wish::Suspect),
        (NoAuthor::TooLong, Wish::Suspect),
    ] {
        let mut judged = judged("", Policy::None);
        judged.verdicts.no_author = Some(no_author);
        assert_eq!(judged.wish().0, wish, "{no_author:?}");
    }
    // What might have proven it could not be asked for.
    for (policy, wish) in [
        (Policy::None, Wish::Nothing),
        (Policy::Quarantine, Wish::Suspect),
        (Policy::Reject, Wish::Suspect),
    ] {
        let mut lame = judged("far.example", Policy::None);
        if let Some(dmarc) = &mut lame.verdicts.dmarc {
            (dmarc.result, dmarc.policy) = (DmarcResult::TempError, Some(policy));
        }
        assert_eq!(lame.wish().0, wish, "{policy:?}");
    }
    let mut own = judged("house.example", Policy::None);
    own.own = true;
    assert_eq!(own.wish().0, Wish::Suspect);
    own.verdicts.dkim = vec![signed("house.example", DkimResult::Pass)];
    assert_eq!(own.wish().0, Wish::Nothing);
}

#[test]
fn proven_is_what_the_authors_organization_vouches_for() {
    let mut one = judged("news.far.example", Policy::None);
    assert_eq!(one.proven_domain(), None);
    one.verdicts.dkim = vec![
        signed("other.example", DkimResult::Pass),
        signed("far.example", DkimResult::Policy),
    ];
    one.verdicts.spf = spf("far.example", SpfResult::SoftFail);
    assert_eq!(one.proven_domain(), None);
    assert!(!one.path_is_proven());
    one.verdicts.spf = spf("bounces.far.example", SpfResult::Pass);
    assert!(one.path_is_proven());
    assert_eq!(one.proven_domain(), Some("far.example"));
    // Where there is a policy, it says what is aligned (here strictly, as the machine has found).
    let mut strict = judged("far.example", Policy::Reject);
    strict.verdicts.spf = spf("bounces.far.example", SpfResult::Pass);
    assert_eq!(strict.proven_domain(), None);
    if let Some(dmarc) = &mut strict.verdicts.dmarc {
        dmarc.dkim = true;
    }
    assert_eq!(strict.proven_domain(), Some("far.example"));
}

#[test]
fn a_chain_rests_on_everyone_down_to_who_saw_the_author() {
    let mut judged = judged("far.example", Policy::Reject);
    assert_eq!(judged.vouchers(), None);
    let pass = "mx.list.example; arc=none; dmarc=pass (p=reject) header.from=far.example";
    for (sets, rests_on) in [
        (&[("list.example", pass)][..], Some(&["list.example"][..])),
        (
            &[
                ("list.example", pass),
                (
                    "alias.example",
                    "mx.alias.example; arc=pass; dmarc=fail header.from=far.example",
                ),
            ],
            Some(&["alias.example", "list.example"]),
        ),
        // Whoever is below does not matter.
        (
            &[("evil.example", "x; dmarc=fail"), ("list.example", pass)],
            Some(&["list.example"]),
        ),
        (
            &[("list.example", "mx; dmarc=pass header.from=else.example")],
            None,
        ),
        (
            &[(
                "list.example",
                "mx; arc=pass; spf=pass smtp.mailfrom=x@list.example",
            )],
            None,
        ),
        (
            &[(
                "list.example",
                "mx; dmarc=fail header.from=far.example; dkim=pass header.d=far.example",
            )],
            None,
        ),
        (
            &[(
                "list.example",
                "mx; spf=fail smtp.mailfrom=x@far.example; dkim=pass header.i=@News.Far.example",
            )],
            Some(&["list.example"]),
        ),
        (
            &[("list.example", "mx; spf=pass (x) smtp.mailfrom=far.example")],
            Some(&["list.example"]),
        ),
        (&[("list.example", "")], None),
        // RFC 8617 appendix B, from the first to the last.
        (
            &[
                (
                    "lists.example.org",
                    "lists.example.org; spf=pass smtp.mfrom=jqd@far.example; dkim=pass (512-bit key) header.i=@far.example; dmarc=pass",
                ),
                (
                    "gmail.example",
                    "gmail.example; spf=fail smtp.from=jqd@far.example; dkim=fail (512-bit key) header.i=@example.org; dmarc=fail; arc=pass (as.1.lists.example.org=pass, ams.1.lists.example.org=pass)",
                ),
                (
                    "clochette.example.org",
                    "clochette.example.org; spf=fail smtp.from=jqd@far.example; dkim=fail (512-bit key) header.i=@far.example; dmarc=fail; arc=pass (as.2.gmail.example=pass, ams.2.gmail.example=pass, as.1.lists.example.org=pass, ams.1.lists.example.org=fail (message has been altered))",
                ),
            ],
            Some(&[
                "clochette.example.org",
                "gmail.example",
                "lists.example.org",
            ]),
        ),
    ] {
        chain(&mut judged, sets);
        assert_eq!(judged.vouchers().as_deref(), rests_on, "{sets:?}");
    }
    chain(&mut judged, &[("list.example", pass)]);
    if let Some(arc) = &mut judged.verdicts.arc {
        arc.result = ArcResult::Fail;
    }
    assert_eq!(judged.vouchers(), None);
}

#[test]
fn a_note_says_it_all_again_and_is_bounded() {
    let mut judged = judged("far.example", Policy::Reject);
    judged.verdicts.spf = spf("far.example", SpfResult::Fail);
    judged.verdicts.dkim = vec![
        signed("", DkimResult::PermError),
        signed("far.example", DkimResult::Fail),
    ];
    chain(&mut judged, &[("one.example", ""), ("two.example", "")]);
    let noted = Noted::read(&judged.note());
    assert_eq!(
        noted,
        Noted {
            peer: Some([192, 0, 2, 1].into()),
            author: "far.example".into(),
            proven: None,
            spf: Some(("fail".into(), "far.example".into())),
            dkim: vec![
                ("permerror".into(), "-".into()),
                ("fail".into(), "far.example".into())
            ],
            arc: "pass".into(),
            sealers: vec!["one.example".into(), "two.example".into()],
            dmarc: "fail".into(),
        }
    );
    let long = "x".repeat(250);
    judged.verdicts.dkim = vec![signed(&long, DkimResult::Pass); 50];
    assert!(judged.note().len() <= 2048);
    for odd in [
        &b""[..],
        b"\xff\xfe",
        b"ip\nproven",
        b"dkim\n\n \nfuture 1 2 3",
    ] {
        Noted::read(odd);
    }
}
