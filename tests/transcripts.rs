//! Plays every file of `tests/transcripts`: over the network, and straight into the sessions, what the client sends coming whole and octet by octet
//! (`tests/transcripts/README.md`). After each the store is checked.
//!
//! `cargo test --test transcripts imap/idle` plays those whose names hold `imap/idle`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop at once"
)]

mod player;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use house::{House, Plan};
use libtest_mimic::{Arguments, Trial};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut trials = Vec::new();
    for file in files(&root) {
        let name = file
            .strip_prefix(&root)
            .unwrap()
            .with_extension("")
            .display()
            .to_string();
        let text: Arc<str> = fs::read_to_string(&file).unwrap().into();
        let mut trial = |how: &str, played: fn(&str) -> Result<(), String>| {
            let (file, text) = (format!("{name}.txt"), text.clone());
            let play = move || played(&text).map_err(|why| format!("{file}, {why}").into());
            trials.push(Trial::test(format!("{name} ({how})"), play));
        };
        // A file that cannot be read fails as a trial, with the number of its line.
        if player::is_played(&text, "direct").unwrap_or(true) {
            trial("direct", |text| directly(text, usize::MAX));
            trial("octet by octet", |text| directly(text, 1));
        }
        if player::is_played(&text, "network").unwrap_or(false) {
            trial("network", over_the_network);
        }
    }
    assert!(
        !trials.is_empty(),
        "no transcripts found in {}",
        root.display()
    );
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn over_the_network(text: &str) -> Result<(), String> {
    let house = House::start(&Plan {
        program: env!("CARGO_BIN_EXE_pillarbox").into(),
        people: player::PEOPLE
            .map(|(address, password)| (address.to_owned(), password.to_owned()))
            .into(),
        // The same conversation must come out the same wherever it is played, whatever the names in it are in that place's DNS.
        settings: player::settings(text)? + "[verify]\nstrangers = false\n",
    })?;
    let played = player::play(text, &house).and_then(|()| house.command(&["check"], ""));
    played
        .map(drop)
        .map_err(|why| format!("{why}\n--- the box's log ---\n{}", house.log()))
}

fn directly(text: &str, piece: usize) -> Result<(), String> {
    let house = player::direct::House::start(&player::settings(text)?, piece)?;
    player::play(text, &house)?;
    house.check()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    files.sort();
    files
}
