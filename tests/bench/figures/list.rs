//! FETCH 1:* (UID FLAGS ENVELOPE INTERNALDATE RFC822.SIZE) of 10,000 messages.

use std::time::Instant;

use house::House;

use crate::talk::{deliver, house, imap, letter, phone, smtp, tagged};
use crate::{Outcome, Row, median};

const MESSAGES: u64 = 10_000;
const FILLERS: u64 = 20;
const RUNS: usize = 7;

pub fn measure() -> Outcome<Vec<Row>> {
    let server = house(1)?;
    fill(&server)?;
    let mut line = imap(&server, 0, &phone(), true)?;
    let (before, cpu) = (server.memory_kb()?, server.cpu()?);
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        line.send(b"f FETCH 1:* (UID FLAGS ENVELOPE INTERNALDATE RFC822.SIZE)\r\n")?;
        line.drain(tagged("f OK"))?;
        rates.push(MESSAGES as f64 / begun.elapsed().as_secs_f64());
    }
    let cpu = (server.cpu()? - cpu).as_secs_f64() * 1e6 / (RUNS as f64 * MESSAGES as f64);
    let grown = server.memory_kb()?.saturating_sub(before);
    Ok(vec![Row {
        what: "list 10,000: messages/s over TLS; CPU each; memory grown".into(),
        measured: format!("{:.0}; {cpu:.2} µs; {grown} KB", median(rates)),
        aim: "300,000; flat",
    }])
}

fn fill(server: &House) -> Outcome<()> {
    std::thread::scope(|scope| {
        let fillers: Vec<_> = (0..FILLERS)
            .map(|filler| {
                scope.spawn(move || -> Result<(), String> {
                    let mut line = smtp(server)?;
                    for n in 0..MESSAGES / FILLERS {
                        deliver(&mut line, 0, &letter(2048, filler * MESSAGES + n))?;
                    }
                    Ok(())
                })
            })
            .collect();
        fillers
            .into_iter()
            .try_for_each(|f| f.join().map_err(|_| "a filler panicked".to_owned())?)
    })
    .map_err(Into::into)
}
