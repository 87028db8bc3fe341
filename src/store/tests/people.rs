//! People, aliases, keywords, mailboxes and subscriptions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::*;
use store::*;

#[test]
fn a_person_comes_changes_and_goes() {
    let mut store = Checked::new();
    let ann = person(&store, "Ann@Example.org");
    let again = address("ann@example.ORG");
    let twice = store
        .write(move |tx| tx.create_account(&again, &Credentials::default(), 0))
        .wait();
    assert!(matches!(twice, Err(Error::Exists)));

    let credentials = Credentials {
        password: Some("$argon2id$secret".into()),
        scram: Some(ScramRecord {
            salt: vec![1],
            iterations: 4096,
            stored_key: [2; 32],
            server_key: [3; 32],
        }),
        app_passwords: vec![AppPassword {
            id: 1,
            label: "phone".into(),
            hash: "secret".into(),
            created: 5,
        }],
    };
    let shown = format!("{credentials:?} {:?}", credentials.app_passwords);
    assert!(
        shown.contains("phone") && !shown.contains("secret") && !shown.contains("2, 2"),
        "{shown}"
    );
    let kept = credentials.clone();
    store
        .write(move |tx| tx.set_credentials(ann, &kept))
        .wait()
        .unwrap();
    store.reopen();
    assert_eq!(store.read().unwrap().credentials(ann).unwrap(), credentials);

    let inbox = mailbox(&store, ann, "INBOX");
    let before = store.facts().unwrap().used;
    deliver(&store, &octets(500_000, 1), &[(inbox, Flags::default())]).unwrap();
    store
        .write(move |tx| tx.remove_account(ann))
        .wait()
        .unwrap();
    settle(&store);
    assert!(
        store.facts().unwrap().used <= before,
        "the mail's room did not come back"
    );
    let tx = store.read().unwrap();
    assert!(matches!(tx.account(ann), Err(Error::NoSuchAccount)));
    assert!(matches!(tx.mailboxes(ann), Err(Error::NoSuchAccount)));
    assert!(matches!(tx.counters(inbox), Err(Error::NoSuchMailbox)));
    drop(tx);
    assert_ne!(person(&store, "ann@example.org"), ann, "a number came back");
}

#[test]
fn aliases_lead_to_people_and_go_with_them() {
    let store = Checked::new();
    let (ann, bob) = (
        person(&store, "ann@example.org"),
        person(&store, "bob@example.org"),
    );
    let far = address("far@example.com");
    let both = vec![
        AliasTarget::Account(ann),
        AliasTarget::Account(bob),
        AliasTarget::Remote(far.clone()),
    ];
    let sent = both.clone();
    store
        .write(move |tx| {
            tx.set_alias(&address("Us@example.org"), &sent)?;
            tx.set_alias(&address("a.nn@example.org"), &[AliasTarget::Account(ann)])?;
            tx.set_catch_all("Example.org", &[AliasTarget::Account(ann)])
        })
        .wait()
        .unwrap();
    let taken = store
        .write(|tx| {
            tx.set_alias(
                &address("ANN@example.org"),
                &[AliasTarget::Account(AccountId(2))],
            )
        })
        .wait();
    assert!(matches!(taken, Err(Error::Exists)));
    let nobody = store
        .write(|tx| {
            tx.set_alias(
                &address("x@example.org"),
                &[AliasTarget::Account(AccountId(77))],
            )
        })
        .wait();
    assert!(matches!(nobody, Err(Error::NoSuchAccount)));
    {
        let tx = store.read().unwrap();
        assert_eq!(tx.alias(&address("us@EXAMPLE.org")).unwrap(), Some(both));
        assert_eq!(
            tx.catch_all("example.ORG").unwrap(),
            Some(vec![AliasTarget::Account(ann)])
        );
        assert_eq!(tx.catch_all(&"x".repeat(1000)).unwrap(), None);
        let names: Vec<String> = tx
            .aliases()
            .unwrap()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(
            names,
            ["a.nn@example.org", "us@example.org", "@example.org"]
        );
        let addresses: Vec<String> = tx
            .addresses_of(ann)
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            addresses,
            ["ann@example.org", "a.nn@example.org", "us@example.org"]
        );
    }
    store
        .write(move |tx| tx.remove_account(ann))
        .wait()
        .unwrap();
    let left = store.read().unwrap().aliases().unwrap();
    assert_eq!(
        left,
        [(
            "us@example.org".to_owned(),
            vec![AliasTarget::Account(bob), AliasTarget::Remote(far)]
        )]
    );
    store
        .write(|tx| tx.remove_alias("US@example.org"))
        .wait()
        .unwrap();
    for gone in [
        "us@example.org",
        "@example.org",
        "example.org",
        &"x".repeat(1000),
    ] {
        let gone = gone.to_owned();
        assert!(matches!(
            store.write(move |tx| tx.remove_alias(&gone)).wait(),
            Err(Error::NoSuchAlias)
        ));
    }
}

#[test]
fn keywords_are_numbered_without_case_and_bounded() {
    let store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let intern = |name: &str| {
        let name = name.to_owned();
        store.write(move |tx| tx.intern_keyword(ann, &name)).wait()
    };
    let forwarded = intern("$Forwarded").unwrap();
    assert_eq!(forwarded, Flags::keyword(0).unwrap());
    assert_eq!(intern("$FORWARDED").unwrap(), forwarded);
    for number in 1..KEYWORDS_MAX {
        assert_eq!(
            intern(&format!("k{number}")).unwrap(),
            Flags::keyword(number as u8).unwrap()
        );
    }
    assert!(matches!(
        intern("one too many"),
        Err(Error::TooManyKeywords)
    ));
    assert!(matches!(intern(""), Err(Error::NotAllowed(_))));
    assert_eq!(Flags::keyword(KEYWORDS_MAX as u8), None);
    assert_eq!(
        store.read().unwrap().keywords(ann).unwrap()[0],
        "$Forwarded"
    );

    let inbox = mailbox(&store, ann, "INBOX");
    let last = Flags::keyword(34).unwrap().union(Flags::DRAFT);
    deliver(&store, b"x", &[(inbox, last)]).unwrap();
    assert_eq!(
        store
            .read()
            .unwrap()
            .entry(inbox, 1)
            .unwrap()
            .unwrap()
            .flags,
        last
    );
}

#[test]
fn mailboxes_have_uses_levels_and_subscriptions() {
    let store = Checked::new();
    let ann = person(&store, "ann@example.org");
    let deed = |deed: fn(&mut WriteTx<'_>, AccountId) -> Result<()>| {
        store.write(move |tx| deed(tx, ann)).wait()
    };
    {
        let tx = store.read().unwrap();
        let first = tx.mailboxes(ann).unwrap();
        assert_eq!(first.len(), 6);
        assert!(
            first
                .iter()
                .all(|mailbox| mailbox.subscribed && mailbox.selectable)
        );
        assert_eq!(
            tx.special(ann, SpecialUse::Junk).unwrap().unwrap().name,
            "Junk"
        );
        assert_eq!(tx.special(ann, SpecialUse::Flagged).unwrap(), None);
        assert_eq!(
            tx.mailbox_by_name(ann, "iNbOx").unwrap().unwrap().name,
            "INBOX"
        );
    }
    deed(|tx, ann| tx.create_mailbox(ann, "2026/Q1/taxes/", None).map(|_| ())).unwrap();
    assert!(matches!(
        deed(|tx, ann| tx.create_mailbox(ann, "INBOX", None).map(|_| ())),
        Err(Error::Exists)
    ));
    let second_junk = deed(|tx, ann| {
        tx.create_mailbox(ann, "Spam", Some(SpecialUse::Junk))
            .map(|_| ())
    });
    assert!(matches!(second_junk, Err(Error::NotAllowed(_))));
    deed(|tx, ann| tx.delete_mailbox(ann, "2026/Q1")).unwrap();
    let level = store
        .read()
        .unwrap()
        .mailbox_by_name(ann, "2026/Q1")
        .unwrap()
        .unwrap();
    assert!(!level.selectable);
    assert!(matches!(
        store.read().unwrap().counters(level.id),
        Err(Error::NoSuchMailbox)
    ));
    assert!(matches!(
        deed(|tx, ann| tx.delete_mailbox(ann, "2026/Q1")),
        Err(Error::NotAllowed(_))
    ));
    deed(|tx, ann| tx.delete_mailbox(ann, "2026/Q1/taxes")).unwrap();
    assert_eq!(
        store
            .read()
            .unwrap()
            .mailbox_by_name(ann, "2026/Q1")
            .unwrap(),
        None,
        "an empty level stays"
    );

    deed(|tx, ann| tx.subscribe(ann, "not/there", true)).unwrap();
    deed(|tx, ann| tx.subscribe(ann, "Trash", false)).unwrap();
    let names = store.read().unwrap().subscriptions(ann).unwrap();
    assert!(names.contains(&"not/there".into()) && !names.contains(&"Trash".into()));
    assert!(
        !store
            .read()
            .unwrap()
            .mailbox_by_name(ann, "Trash")
            .unwrap()
            .unwrap()
            .subscribed
    );
}
