//! Measures a release build of pillarbox beside this machine's own limits, in one run, and prints a table.
//!
//! `cargo build --release && cargo run --release -p bench` measures everything; names of figures as arguments measure only these
//! (`start idle deliver list bodies large log-in imap imap-100k send queue setup attack`). `PILLARBOX` names another binary; `TMPDIR` another disk: with the data on tmpfs the
//! times are the program's own, and on a file system of its own the octets written to the device are the program's own. Every figure is
//! a median; machines are noisy, so compare ratios. Nothing here is asserted but that the work was done: a slow machine is not a failure.

mod figures;
mod limits;
mod machine;
mod talk;
mod world;

use std::error::Error;

/// One row of the printed table.
pub struct Row {
    pub what: String,
    pub measured: String,
    /// What this machine can do without us, from the same minute.
    pub limit: String,
    pub aim: &'static str,
}

pub type Outcome<T> = Result<T, Box<dyn Error>>;

type Figure = fn() -> Outcome<Vec<Row>>;

const FIGURES: &[(&str, Figure)] = &[
    ("start", figures::start::measure),
    ("idle", figures::idle::measure),
    ("deliver", figures::deliver::measure),
    ("list", figures::list::measure),
    ("bodies", figures::bodies::measure),
    ("large", figures::large::measure),
    ("log-in", figures::log_in::measure),
    ("imap", figures::imap::ten_thousand),
    ("imap-100k", figures::imap::hundred_thousand),
    ("send", figures::send::measure),
    ("queue", figures::queue::measure),
    ("setup", figures::setup::measure),
    ("attack", figures::attack::measure),
];

fn main() -> Outcome<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted
        .iter()
        .find(|w| !FIGURES.iter().any(|(name, _)| name == w))
    {
        let names: Vec<&str> = FIGURES.iter().map(|(name, _)| *name).collect();
        return Err(format!(
            "no figure is called {unknown}; there are {}",
            names.join(" ")
        )
        .into());
    }
    println!("{}\n", machine::describe());
    println!("| figure | measured | this machine alone | aim |\n|---|---|---|---|");
    let mut failed = false;
    for (name, measure) in FIGURES {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            match measure() {
                Ok(rows) => rows.iter().for_each(|r| {
                    println!("| {} | {} | {} | {} |", r.what, r.measured, r.limit, r.aim);
                }),
                Err(error) => {
                    failed = true;
                    println!("| {name} | failed: {error} | | |");
                }
            }
        }
    }
    if failed {
        return Err("a figure could not be measured".into());
    }
    Ok(())
}

/// The middle value; 0 of nothing.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
