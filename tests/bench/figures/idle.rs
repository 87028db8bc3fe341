//! A thousand idle IMAP clients over TLS in IDLE: memory of each, and how soon one hears of a delivery.

use std::time::{Duration, Instant};

use house::Wire;

use crate::limits::synced_appends;
use crate::talk::{data, house, imap, letter, phone, smtp};
use crate::{Outcome, Row, median};

const CLIENTS: usize = 1000;
const PEOPLE: usize = 50;
const DELIVERIES: usize = 200;
/// A client that has not heard after this long has missed it.
const MISSED: Duration = Duration::from_secs(8);

pub fn measure() -> Outcome<Vec<Row>> {
    let server = house(PEOPLE)?;
    let config = phone();
    // One log-in of each person first: strong hashing is not what is measured here.
    for person in 0..PEOPLE {
        drop(imap(&server, person, &config, true)?);
    }
    std::thread::sleep(Duration::from_millis(300));
    let before = server.memory_kb()?;
    let mut clients = Vec::with_capacity(CLIENTS);
    for n in 0..CLIENTS {
        let mut client = imap(&server, n % PEOPLE, &config, true)?;
        client.send(b"i IDLE\r\n")?;
        client.until("+")?;
        client.patience(MISSED)?;
        clients.push(client);
    }
    std::thread::sleep(Duration::from_secs(1));
    let each = server.memory_kb()?.saturating_sub(before) as f64 / CLIENTS as f64;

    let mut sender = smtp(&server)?;
    let appends = synced_appends(server.folder())?;
    let (mut from_dot, mut from_reply, mut missed) = (Vec::new(), Vec::new(), 0);
    for n in 0..DELIVERIES {
        let (person, number) = (n % PEOPLE, n / PEOPLE + 1);
        let message = letter(4096, n as u64);
        data(&mut sender, person)?;
        let sent = Instant::now();
        sender.send(&message)?;
        sender.expect("250")?;
        let kept = Instant::now();
        // Every one of the person's clients must hear of it; the time is that of one that is not always the first.
        let own: Vec<usize> = (person..CLIENTS).step_by(PEOPLE).collect();
        let timed = own[n % own.len()];
        match hears(&mut clients[timed], number) {
            true => {
                from_dot.push(sent.elapsed().as_secs_f64() * 1e3);
                from_reply.push(kept.elapsed().as_secs_f64() * 1e3);
            }
            false => missed += 1,
        }
        missed += own
            .into_iter()
            .filter(|client| *client != timed && !hears(&mut clients[*client], number))
            .count();
    }
    let busy = server.memory_kb()?.saturating_sub(before) as f64 / CLIENTS as f64;
    let append = 2e3 / (appends.rate + synced_appends(server.folder())?.rate);
    Ok(vec![
        Row {
            what: format!(
                "{CLIENTS} clients in IDLE over TLS, a mailbox open: memory each; after {DELIVERIES} deliveries"
            ),
            measured: format!("**{each:.2} KB**; {busy:.2} KB"),
            limit: "the TLS side alone 4.6 KB (prototype)".into(),
            aim: "8 KB",
        },
        Row {
            what: "a delivery reaches its client among them, p50: from the final dot (two syncs); from the 250".into(),
            measured: format!(
                "**{:.2} ms**; {:.2} ms; {missed} of {} missed",
                median(from_dot),
                median(from_reply),
                DELIVERIES * CLIENTS / PEOPLE
            ),
            limit: format!("append {append:.2} ms"),
            aim: "3 ms, 0 missed",
        },
    ])
}

fn hears(client: &mut Wire, messages: usize) -> bool {
    client.until(&format!("* {messages} EXISTS")).is_ok()
}
