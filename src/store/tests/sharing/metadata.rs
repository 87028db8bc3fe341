//! Annotations: whose they are, with what they go, and how much of them a person may have.

use super::*;

#[test]
fn metadata_is_kept_by_whose_it_is_and_goes_with_its_mailbox() {
    let house = house(0, "lr");
    let (ann, bob, inbox) = (house.ann, house.bob, house.inbox);
    let box_ = house
        .deed(move |tx| tx.create_mailbox(ann, "x", None))
        .unwrap();
    let about = About::Mailbox(box_);
    house
        .deed(move |tx| {
            tx.set_metadata(about, None, "/Comment", Some(b"shared"))?;
            tx.set_metadata(about, Some(ann), "/comment", Some(b"ann's"))?;
            tx.set_metadata(about, Some(bob), "/comment", Some(b"bob's"))?;
            tx.set_metadata(About::Server, None, "/admin", Some(b"mailto:x"))?;
            tx.set_metadata(About::Mailbox(inbox), Some(bob), "/comment", Some(b""))?;
            tx.rename_mailbox(ann, "x", "y")
        })
        .unwrap();
    let get = |about, whose, entry: &str| {
        let tx = house.store.read().unwrap();
        tx.metadata(about, whose, entry).unwrap()
    };
    assert_eq!(get(about, None, "/COMMENT").unwrap(), b"shared");
    assert_eq!(get(about, Some(bob), "/comment").unwrap(), b"bob's");
    assert_eq!(get(About::Server, None, "/admin").unwrap(), b"mailto:x");
    assert_eq!(
        get(About::Mailbox(inbox), Some(bob), "/comment").unwrap(),
        b""
    );
    assert_eq!(get(about, None, &"x".repeat(1000)), None);
    let all = house.store.read().unwrap().metadata_all(about, Some(ann));
    assert_eq!(all.unwrap(), [("/comment".into(), b"ann's".to_vec())]);

    let large = vec![0; METADATA_VALUE_MAX + 1];
    let large = house.deed(move |tx| tx.set_metadata(about, None, "/l", Some(&large)));
    assert!(matches!(large, Err(Error::MetadataTooLarge { .. })));
    let many = house.deed(move |tx| {
        (0..=METADATA_MAX)
            .try_for_each(|n| tx.set_metadata(about, Some(ann), &format!("/n{n}"), Some(b"v")))
    });
    assert!(matches!(many, Err(Error::TooMuchMetadata { .. })));
    house
        .deed(move |tx| {
            tx.set_metadata(about, Some(ann), "/comment", None)?;
            tx.set_metadata(about, Some(ann), "/never", None)
        })
        .unwrap();
    assert_eq!(get(about, Some(ann), "/comment"), None);
    house.deed(move |tx| tx.delete_mailbox(ann, "y")).unwrap();
    assert_eq!(get(about, None, "/comment"), None);
    house.deed(move |tx| tx.remove_account(bob)).unwrap();
    assert_eq!(get(About::Mailbox(inbox), Some(bob), "/comment"), None);
}

/// RFC 5464 §7: no quota holds annotations, so that what counts for one person has an end of its own.
#[test]
fn metadata_of_a_person_has_an_end_wherever_it_lies() {
    let house = house(0, "lrw");
    let (ann, bob, inbox) = (house.ann, house.bob, house.inbox);
    let boxes: Vec<MailboxId> = (0..20)
        .map(|n| {
            let name = format!("b{n}");
            let made = house.deed(move |tx| tx.create_mailbox(ann, &name, None));
            made.unwrap()
        })
        .collect();
    let set = |about: About, whose, entry: &'static str, octets: Option<usize>| {
        let value = octets.map(|octets| vec![b'x'; octets]);
        house.deed(move |tx| tx.set_metadata(about, whose, entry, value.as_deref()))
    };
    let full = |done| matches!(done, Err(Error::MetadataFull { .. }));
    // Sixteen of the largest do not fit with their names, fifteen do.
    for (n, id) in boxes.iter().enumerate() {
        let done = set(
            About::Mailbox(*id),
            Some(bob),
            "/n",
            Some(METADATA_VALUE_MAX),
        );
        assert_eq!(full(done), n >= 15, "{n}");
    }
    // To the octet, on the server and on another's mailbox alike; an empty value counts too.
    let one = METADATA_VALUE_MAX + "/n".len() + METADATA_ROW;
    let left = METADATA_TOTAL_MAX as usize - 15 * one - "/n".len() - METADATA_ROW;
    assert!(full(set(About::Server, Some(bob), "/n", Some(left + 1))));
    set(About::Server, Some(bob), "/n", Some(left)).unwrap();
    assert!(full(set(About::Mailbox(inbox), Some(bob), "/m", Some(0))));
    // Ann has as much room as ever, for hers and for what all see, which bob writes into her mailboxes.
    set(About::Mailbox(inbox), Some(ann), "/n", Some(5)).unwrap();
    for (n, id) in boxes.iter().enumerate() {
        let done = set(About::Mailbox(*id), None, "/n", Some(METADATA_VALUE_MAX));
        assert_eq!(full(done), n >= 15, "{n}");
    }
    // Who is full may have less; what goes, by itself or with its mailbox, makes room.
    let first = About::Mailbox(boxes[0]);
    set(first, Some(bob), "/n", Some(METADATA_VALUE_MAX - 1)).unwrap();
    set(first, Some(bob), "/n", Some(METADATA_VALUE_MAX)).unwrap();
    set(first, Some(bob), "/n", None).unwrap();
    set(
        About::Mailbox(boxes[19]),
        Some(bob),
        "/n",
        Some(METADATA_VALUE_MAX),
    )
    .unwrap();
    house.deed(move |tx| tx.delete_mailbox(ann, "b1")).unwrap();
    for whose in [None, Some(bob)] {
        let done = set(
            About::Mailbox(boxes[18]),
            whose,
            "/n",
            Some(METADATA_VALUE_MAX),
        );
        done.unwrap();
    }
    assert_eq!(house.store.check().unwrap(), Vec::<String>::new());
    house.deed(move |tx| tx.remove_account(bob)).unwrap();
    assert_eq!(house.store.check().unwrap(), Vec::<String>::new());
    set(About::Mailbox(inbox), None, "/k", Some(5)).unwrap();
    house.deed(move |tx| tx.remove_account(ann)).unwrap();
    assert_eq!(house.store.check().unwrap(), Vec::<String>::new());
}
