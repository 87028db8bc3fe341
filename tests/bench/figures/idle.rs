//! A thousand idle IMAP clients over TLS in IDLE: memory of each, and how soon one hears of a delivery.

use std::time::{Duration, Instant};

use crate::talk::{deliver, house, imap, letter, phone, smtp};
use crate::{Outcome, Row, median};

const CLIENTS: usize = 1000;
const PEOPLE: usize = 50;
const DELIVERIES: usize = 200;

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
        clients.push(client);
    }
    std::thread::sleep(Duration::from_secs(1));
    let after = server.memory_kb()?;

    let mut sender = smtp(&server)?;
    let (mut times, mut missed) = (Vec::new(), 0);
    for n in 0..DELIVERIES {
        let person = n % PEOPLE;
        let client = &mut clients[person + PEOPLE * (n / PEOPLE)];
        client.patience(Duration::from_secs(2))?;
        deliver(&mut sender, person, &letter(4096, n as u64))?;
        let begun = Instant::now();
        let wanted = format!("* {} EXISTS", n / PEOPLE + 1);
        match client.until(&wanted) {
            Ok(_) => times.push(begun.elapsed().as_secs_f64() * 1e3),
            Err(_) => missed += 1,
        }
    }
    let each = (after - before) as f64 / CLIENTS as f64;
    Ok(vec![
        Row {
            what: format!("{CLIENTS} clients in IDLE over TLS, each"),
            measured: format!("{each:.2} KB"),
            aim: "8 KB",
        },
        Row {
            what: "final 250 to the client's EXISTS, p50".into(),
            measured: format!("{:.2} ms, {missed} missed", median(times)),
            aim: "3 ms, 0 missed",
        },
    ])
}
