//! A queue of 100,000 rows for 100,000 destinations that cannot be reached: what it costs on disk and in memory, how long opening takes, and how
//! long an urgent letter waits for its turn. `cargo run --release -p store --example queue [rows]`
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "../checked.rs"]
#[allow(dead_code, unreachable_pub, reason = "the tests' own")]
mod checked;

use std::time::Instant;

use checked::Folder;
use store::*;

/// Rows of each letter.
const ROWS: u64 = 100;

fn letter(rows: Vec<NewRow>) -> NewLetter {
    NewLetter {
        sender: None,
        reverse_path: Some(mail::Address::parse("ann@example.org").unwrap()),
        body: BodyKind::EightBit,
        smtputf8: false,
        require_tls: false,
        tls_optional: false,
        envid: None,
        ret: None,
        priority: 0,
        accepted: 0,
        enqueued: QueueTime(0),
        expires: QueueTime(432_000),
        deliver_by: None,
        origin: Origin::Submission,
        rows,
    }
}

fn row(n: u64) -> NewRow {
    NewRow {
        recipient: mail::Address::parse(&format!("someone@host{n}.example.com")).unwrap(),
        destination: format!("host{n}.example.com"),
        orcpt: None,
        notify: Notify::default(),
        due: QueueTime(0),
    }
}

fn enqueue(store: &Store, letter: NewLetter) -> LetterId {
    let mut spool = store.spool();
    spool.write(&[b'x'; 2000]).unwrap();
    let body = store.stage(spool).wait().unwrap();
    let head = Head {
        received: 0,
        zone: 0,
        sent: 0,
        size: 2000,
    };
    let delivery = Delivery {
        body,
        head,
        record: vec![b'r'; 300],
        into: Vec::new(),
        letters: vec![letter],
    };
    let done = store.write(move |tx| tx.deliver(&delivery));
    done.wait().unwrap().letters[0]
}

/// Private memory of this process, octets.
fn heap() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("RssAnon"))
        .unwrap();
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse::<u64>().unwrap() * 1024
}

fn main() {
    let total: u64 = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(100_000);
    let folder = Folder::new();
    let open = || {
        let begun = Instant::now();
        let store = Store::open(folder.path(), Options::default()).unwrap();
        (store, begun.elapsed())
    };
    let (store, _) = open();
    let begun = Instant::now();
    for first in (0..total).step_by(ROWS as usize) {
        enqueue(
            &store,
            letter((first..(first + ROWS).min(total)).map(row).collect()),
        );
    }
    println!("enqueued {total} rows in {:?}", begun.elapsed());
    let begun = Instant::now();
    let mut claims = 0;
    loop {
        // Every destination is tried once, and waits for an hour.
        let claimed = store.write(|tx| {
            let mut count = 0;
            while count < 100
                && let Some(destination) = tx.queue_next(QueueTime(0), &mut |_| Choice::Take)?
            {
                let claim = tx.claim(&destination, QueueTime(0), 100, &|_, row| {
                    QueueTime(3600 + row.recipient.domain().len() as u64 * 7)
                })?;
                let claim = claim.unwrap();
                for row in claim.rows {
                    let settlement = Settlement::Wait {
                        due: row.due,
                        last: Attempt {
                            at: 0,
                            host: String::new(),
                            words: "no answer within 30 s".into(),
                        },
                        warned: false,
                    };
                    tx.settle(claim.letter.id, row.number, settlement)?;
                }
                count += 1;
            }
            Ok(count)
        });
        match claimed.wait().unwrap() {
            0 => break,
            count => claims += count,
        }
    }
    println!(
        "claimed and settled {claims} destinations in {:?}",
        begun.elapsed()
    );
    let used = store.facts().unwrap().used;
    println!("on disk {} KiB, {} octets a row", used >> 10, used / total);
    let begun = Instant::now();
    let findings = store.check().unwrap();
    println!("check in {:?}: {findings:?}", begun.elapsed());
    drop(store);

    let before = heap();
    let (store, opening) = open();
    println!("opened in {opening:?}");
    let begun = Instant::now();
    let none = store
        .read()
        .unwrap()
        .queue_next(QueueTime(10), &mut |_| Choice::Take);
    assert_eq!(none.unwrap(), None);
    println!("a look that finds nothing due: {:?}", begun.elapsed());
    let begun = Instant::now();
    let wake = store.read().unwrap().queue_wake(QueueTime(10)).unwrap();
    println!("queue_wake {wake:?}: {:?}", begun.elapsed());
    for now in [10, 10_000] {
        let id = enqueue(&store, letter(vec![row(total + now)]));
        let begun = Instant::now();
        let mut offers = 0;
        let mut choose = |_: &DueDestination<'_>| {
            offers += 1;
            Choice::Take
        };
        let next = store
            .read()
            .unwrap()
            .queue_next(QueueTime(now), &mut choose)
            .unwrap();
        let picked = begun.elapsed();
        assert_eq!(next, Some(format!("host{}.example.com", total + now)));
        let claim = store.write(move |tx| {
            tx.claim(&next.unwrap_or_default(), QueueTime(now), 100, &|_, _| {
                QueueTime(now + 60)
            })
        });
        assert_eq!(claim.wait().unwrap().unwrap().letter.id, id);
        println!(
            "at {now} ({} rows due) a fresh letter is picked in {picked:?} ({offers} offers), claimed on the device in {:?}",
            if now > 3600 { total } else { 0 },
            begun.elapsed()
        );
        let settled = Instant::now();
        store
            .write(move |tx| tx.settle(id, 1, Settlement::Gone))
            .wait()
            .unwrap();
        println!("settled on the device in {:?}", settled.elapsed());
    }
    println!(
        "heap grew by {} KiB since before opening",
        heap().saturating_sub(before) >> 10
    );
}
