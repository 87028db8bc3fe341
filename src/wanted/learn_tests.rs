//! A message counts once, as what was said of it last; a table of other tokens is learned anew; what is forgotten is forgotten.

use std::time::Instant;

use junk::{Head, Kind};
use store::{AccountId, Credentials, Delivery, FlagChange, Flags, MailboxId, Options, Uid};

use super::*;

/// What the thread may take for what it does behind the mail.
const PATIENCE: Duration = Duration::from_secs(30);
const ANN: AccountId = AccountId(1);
const INBOX: MailboxId = MailboxId {
    account: ANN,
    number: 1,
};
const JUNK: MailboxId = MailboxId {
    account: ANN,
    number: 5,
};

struct Box {
    folder: std::path::PathBuf,
    store: Store,
}

impl Drop for Box {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn a_box(name: &str) -> Box {
    let name = format!("pillarbox-learn-{name}-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let store = Store::open(&folder, Options::default()).unwrap();
    let address = mail::Address::parse("ann@example.org").unwrap();
    store
        .write(move |tx| tx.create_account(&address, &Credentials::default(), 0))
        .wait()
        .unwrap();
    let junk = store.read().unwrap().mailbox_by_name(ANN, "Junk").unwrap();
    assert_eq!(junk.unwrap().id, JUNK);
    Box { folder, store }
}

/// A message of `kind`, unlike all others of it.
fn text(kind: &str, number: usize) -> String {
    let words = match kind {
        "pills" => "cheap pills without prescription click now winner pharmacy",
        _ => "the minutes of our meeting about the garden fence and the school",
    };
    format!(
        "From: {kind}{number} <{kind}@{kind}.example>\r\nSubject: {kind} {number}\r\nMessage-ID: <{number}@{kind}.example>\r\n\r\n{words} number{number}\r\n"
    )
}

fn deliver(store: &Store, text: &str, into: MailboxId) -> Uid {
    deliver_noted(store, text, "", into)
}

/// With what was found out about its sender.
fn deliver_noted(store: &Store, text: &str, note: &str, into: MailboxId) -> Uid {
    let mut spool = store.spool();
    spool.write(text.as_bytes()).unwrap();
    let mut parser = Parser::new();
    parser.feed(text.as_bytes());
    let message = parser.finish();
    let mut record = imap::record::render(&message);
    if !note.is_empty() {
        imap::record::append_note(&mut record, note.as_bytes());
    }
    let delivery = Delivery {
        body: store.stage(spool).wait().unwrap(),
        head: imap::record::head(&message, 1, 0),
        record,
        into: vec![(into, Flags::default())],
        letters: Vec::new(),
    };
    store
        .write(move |tx| tx.deliver(&delivery))
        .wait()
        .unwrap()
        .uids[0]
}

fn go(store: &Store, from: MailboxId, to: MailboxId, uids: &[Uid]) -> Vec<Uid> {
    let uids = uids.to_vec();
    let moved = store.write(move |tx| tx.move_messages(ANN, from, &uids, to, 1));
    let pairs = moved.wait().unwrap();
    pairs.into_iter().map(|(_, uid)| uid).collect()
}

fn marks(store: &Store) -> (u16, u16) {
    let read = store.read().unwrap();
    let marks = Memory::new(&read, ANN).unwrap().head().unwrap().marks;
    (marks.wanted, marks.unwanted)
}

/// Everything that was learned, but for the notes, of which there may be more or fewer: in how many messages each token of `text` was.
fn learned(store: &Store, text: &str) -> Vec<junk::Counts> {
    let read = store.read().unwrap();
    let memory = Memory::new(&read, ANN).unwrap();
    let mut parser = Parser::new();
    parser.feed(text.as_bytes());
    let tokens = tokenize(
        &parser.finish(),
        &mut mail::source::slice(text.as_bytes()),
        memory.seed(),
    )
    .unwrap();
    junk::counts(&memory, &tokens).unwrap()
}

fn of_sender(store: &Store, address: &str) -> junk::Counts {
    let origin = Origin {
        address: Some(address.to_owned()),
        ..Origin::default()
    };
    let read = store.read().unwrap();
    let memory = Memory::new(&read, ANN).unwrap();
    let found = memory.reputation(&origin.sender()).unwrap();
    found
        .first()
        .map_or_else(junk::Counts::default, |(_, record)| record.marks)
}

#[test]
fn a_message_counts_once_as_what_was_said_last() {
    let a = a_box("once");
    let store = &a.store;
    let one = text("pills", 1);
    let mut uids = vec![deliver(store, &one, INBOX)];
    all(store).unwrap();
    assert_eq!(marks(store), (0, 0), "a delivery teaches nothing");
    assert_eq!(store.read().unwrap().taught_seed(ANN).unwrap(), None);

    uids = go(store, INBOX, JUNK, &uids);
    all(store).unwrap();
    all(store).unwrap();
    assert_eq!(marks(store), (0, 1));
    let counts = learned(store, &one);
    assert!(counts.len() > 10 && counts.iter().all(|count| count.unwanted == 1));
    assert_eq!(of_sender(store, "pills@pills.example").unwanted, 1);

    // There and back before anybody looked: nothing new.
    let there = go(store, JUNK, INBOX, &uids);
    uids = go(store, INBOX, JUNK, &there);
    all(store).unwrap();
    assert_eq!(marks(store), (0, 1));

    uids = go(store, JUNK, INBOX, &uids);
    all(store).unwrap();
    assert_eq!(marks(store), (1, 0));
    let counts = learned(store, &one);
    assert!(counts.iter().all(|c| (c.wanted, c.unwanted) == (1, 0)));
    let sender = of_sender(store, "pills@pills.example");
    assert_eq!((sender.wanted, sender.unwanted), (1, 0));

    // Taken back altogether.
    let keyword = store.write(|tx| tx.intern_keyword(ANN, "$NotJunk"));
    let keyword = keyword.wait().unwrap();
    for change in [FlagChange::Add(keyword), FlagChange::Remove(keyword)] {
        let uids = uids.clone();
        let deed = store.write(move |tx| tx.mark(ANN, INBOX, &uids, change, None));
        deed.wait().unwrap();
    }
    all(store).unwrap();
    assert_eq!(marks(store), (0, 0));
    assert!(
        learned(store, &one)
            .iter()
            .all(|c| (c.wanted, c.unwanted) == (0, 0))
    );
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn what_is_like_what_was_marked_is_told_from_what_is_not() {
    let a = a_box("told");
    let store = &a.store;
    let per_kind = usize::from(junk::MARKS_MIN) + 2;
    for number in 0..per_kind {
        let bad = deliver(store, &text("pills", number), INBOX);
        let good = deliver(store, &text("fence", number), JUNK);
        go(store, INBOX, JUNK, &[bad]);
        go(store, JUNK, INBOX, &[good]);
    }
    all(store).unwrap();
    let said = |text: &str| {
        let read = store.read().unwrap();
        let memory = Memory::new(&read, ANN).unwrap();
        let mut parser = Parser::new();
        parser.feed(text.as_bytes());
        let tokens = tokenize(
            &parser.finish(),
            &mut mail::source::slice(text.as_bytes()),
            memory.seed(),
        );
        junk::score(&memory, &tokens.unwrap()).unwrap()
    };
    assert!(said(&text("pills", 999)).unwanted());
    assert!(!said(&text("fence", 999)).unwanted());

    // Removing the person leaves nothing of it.
    store.write(|tx| tx.remove_account(ANN)).wait().unwrap();
    all(store).unwrap();
    let read = store.read().unwrap();
    assert_eq!(read.next_teacher(AccountId(0)).unwrap(), None);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_table_of_other_tokens_is_learned_anew_and_senders_stay() {
    let a = a_box("anew");
    let store = &a.store;
    let uids: Vec<Uid> = (0..20)
        .map(|number| deliver(store, &text("pills", number), INBOX))
        .collect();
    let moved = go(store, INBOX, JUNK, &uids);
    all(store).unwrap();
    assert_eq!(marks(store), (0, 20));
    // As another program would have left it, and one message gone since.
    store
        .write(move |tx| {
            let head = Head::decode(tx.junk_head(ANN)?.unwrap()).unwrap();
            let old = Head {
                version: VERSION + 1,
                ..head
            };
            tx.put_junk_head(ANN, &old.encode())?;
            for (gid, row) in tx.learned_from(ANN, Gid(0), 100)? {
                let old = Learned {
                    version: VERSION + 1,
                    ..row
                };
                tx.put_learned(ANN, gid, Some(&old))?;
            }
            tx.expunge(JUNK, &moved[..1]).map(|_| ())
        })
        .wait()
        .unwrap();
    assert_eq!(marks(store), (0, 0), "not believed");
    store
        .write(|tx| tx.taught_counts(ANN).map(|_| ()))
        .wait()
        .unwrap();
    let begun = Instant::now();
    // The expunged one is freed behind the deed.
    while store.read().unwrap().head(Gid(1)).is_ok() && begun.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(5));
    }
    all(store).unwrap();
    assert_eq!(marks(store), (0, 19));
    assert_eq!(
        store.read().unwrap().taught_counts(ANN).unwrap().learned,
        19
    );
    assert_eq!(of_sender(store, "pills@pills.example").unwanted, 20);
    all(store).unwrap();
    assert_eq!(marks(store), (0, 19));
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn many_notes_are_folded_by_parts_and_nothing_is_lost() {
    let a = a_box("folded");
    let store = &a.store;
    let notes = || {
        let read = store.read().unwrap();
        Memory::new(&read, ANN).unwrap().head().unwrap().notes
    };
    let per_round = 40;
    for round in 0..5 {
        let numbers = round * per_round..(round + 1) * per_round;
        let uids: Vec<Uid> = numbers
            .map(|number| deliver(store, &text("pills", number), INBOX))
            .collect();
        go(store, INBOX, JUNK, &uids);
        all(store).unwrap();
        assert!(notes() < junk::NOTES_MANY, "{}", notes());
    }
    assert_eq!(marks(store), (0, 200));
    let counts = learned(store, &text("pills", 7));
    assert!(counts.iter().any(|count| count.unwanted == 200));
    assert!(counts.iter().all(|count| count.unwanted >= 1));
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_message_that_is_gone_teaches_nothing_and_keeps_nobody_waiting() {
    let a = a_box("gone");
    let store = &a.store;
    let uid = deliver(store, &text("pills", 1), INBOX);
    let gid = store
        .read()
        .unwrap()
        .entry(INBOX, uid)
        .unwrap()
        .unwrap()
        .gid;
    let moved = go(store, INBOX, JUNK, &[uid]);
    store
        .write(move |tx| tx.expunge(JUNK, &moved))
        .wait()
        .unwrap();
    let begun = Instant::now();
    while store.read().unwrap().head(gid).is_ok() && begun.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(5));
    }
    all(store).unwrap();
    assert_eq!(store.read().unwrap().due(ANN, gid).unwrap(), None);
    assert_eq!(marks(store), (0, 0));
}

#[test]
fn the_thread_learns_by_itself_and_stops() {
    let a = a_box("thread");
    let store = &a.store;
    let learner = start(store.clone()).unwrap();
    let uid = deliver(store, &text("pills", 1), INBOX);
    go(store, INBOX, JUNK, &[uid]);
    let begun = Instant::now();
    while marks(store) != (0, 1) {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    learner.stop();
}

#[test]
fn a_sealer_shows_nothing_by_their_own_letters_nor_by_one_author_alone() {
    let a = a_box("vouching");
    let store = &a.store;
    let letter = |author: &str, proven: bool, number: usize| {
        let text = format!("From: <a@{author}>\r\nSubject: {number}\r\n\r\nhello {author}\r\n");
        let proof = match proven {
            true => format!("proven {author}\n"),
            false => String::new(),
        };
        let note = format!("ip 192.0.2.1\nauthor {author}\n{proof}arc pass\nseal lists.example\n");
        let uid = deliver_noted(store, &text, &note, JUNK);
        go(store, JUNK, INBOX, &[uid]);
        all(store).unwrap();
        let read = store.read().unwrap();
        let memory = Memory::new(&read, ANN).unwrap();
        (
            memory.sealer("lists.example").unwrap().marks.wanted,
            memory.sealer_is_honest("lists.example").unwrap(),
        )
    };
    for number in 0..4 {
        assert_eq!(
            letter("lists.example", true, number),
            (0, false),
            "their own"
        );
        assert_eq!(
            letter("bank.example", false, number),
            (0, false),
            "nobody's"
        );
    }
    for number in 0..4 {
        assert_eq!(letter("one.example", true, number), (1, false));
    }
    assert_eq!(letter("two.example", true, 0), (2, false));
    assert_eq!(letter("three.example", true, 0), (3, true));
}

#[test]
fn sealers_are_trusted_by_marks_of_what_came_through_them() {
    let a = a_box("sealers");
    let store = &a.store;
    let honest = |store: &Store| {
        let read = store.read().unwrap();
        let memory = Memory::new(&read, ANN).unwrap();
        memory.sealer_is_honest("lists.example").unwrap()
    };
    assert!(!honest(store));
    for (mark, expected) in [
        (Kind::Wanted, false),
        (Kind::Wanted, false),
        (Kind::Wanted, true),
        (Kind::Unwanted, false),
    ] {
        let deed = store.write(move |tx| {
            let seed = tx.make_taught_seed(ANN)?;
            let key = reputation::sealer(seed, "Lists.example");
            count(tx, ANN, &key, mark, Some(1))
        });
        deed.wait().unwrap();
        assert_eq!(honest(store), expected, "{mark:?}");
    }
}

/// `cargo test -p pillarbox --lib -- --ignored --nocapture figures_of_learning`
#[test]
#[ignore = "prints figures"]
fn figures_of_learning() {
    let a = a_box("figures");
    let store = &a.store;
    let mut seed = 1_u64;
    let mut dice = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % below
    };
    // Words as in a language: few of them often, most of them rarely.
    let mut long = |kind: &str, number: usize| {
        let mut text = text(kind, number);
        while text.len() < 10 * 1024 {
            let most = 1 << dice(16).max(1);
            let rank = dice(most);
            text.push_str(&format!("w{rank:x}{} ", if rank > 500 { kind } else { "" }));
            if text.len() % 70 < 8 {
                text.push_str("\r\n");
            }
        }
        text
    };
    let mut took = Duration::ZERO;
    for number in 0..400 {
        let kind = ["pills", "fence"][number % 2];
        let text = long(kind, number);
        let (from, to) = match number % 2 {
            0 => (INBOX, JUNK),
            _ => (JUNK, INBOX),
        };
        let uid = deliver(store, &text, from);
        go(store, from, to, &[uid]);
        let begun = Instant::now();
        all(store).unwrap();
        took += begun.elapsed();
    }
    let read = store.read().unwrap();
    let chunks =
        (0..junk::CHUNKS).filter(|number| read.junk_chunk(ANN, *number).unwrap().is_some());
    let chunks = chunks.count();
    let mut notes = 0;
    read.junk_notes(ANN, &mut |note| notes += note.len())
        .unwrap();
    let counts = read.taught_counts(ANN).unwrap();
    println!(
        "after {:?} marks of 10 KB: {chunks} chunks ({} KB), notes {notes} octets, {counts:?}; {} us a mark, sync included",
        marks(store),
        chunks * junk::CHUNK_OCTETS / 1024,
        took.as_micros() / 400
    );
}
