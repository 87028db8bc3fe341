//! Plays every file of `tests/transcripts`, over the network and straight into the sessions (`tests/transcripts/README.md`).
//!
//! `cargo test --test transcripts imap/idle` plays those whose names hold `imap/idle`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test may stop at once")]

mod player;

use std::fs;
use std::path::{Path, PathBuf};

use house::{House, Plan};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut trials = Vec::new();
    for file in files(&root) {
        let name = file.strip_prefix(&root).unwrap().with_extension("").display().to_string();
        let text = fs::read_to_string(&file).unwrap();
        let direct = (name.clone(), text.clone());
        trials.push(Trial::test(format!("{name} (direct)"), move || directly(&direct.0, &direct.1)));
        // A clock can be moved only where no socket is.
        if !text.lines().any(|line| line.starts_with("wait:")) {
            trials.push(Trial::test(format!("{name} (network)"), move || over_the_network(&name, &text)));
        }
    }
    assert!(!trials.is_empty(), "no transcripts found in {}", root.display());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn over_the_network(name: &str, text: &str) -> Result<(), Failed> {
    let house = House::start(&Plan {
        program: env!("CARGO_BIN_EXE_pillarbox").into(),
        people: player::PEOPLE.map(|(address, password)| (address.to_owned(), password.to_owned())).into(),
        settings: String::new(),
    })?;
    let played = player::play(text, &mut |service| Ok(Box::new(house.connect(service)?)));
    played.map_err(|why| format!("{name}.txt, {why}\n--- the box's log ---\n{}", house.log()).into())
}

fn directly(name: &str, text: &str) -> Result<(), Failed> {
    let house = player::direct::House::start(name)?;
    player::play(text, &mut |service| house.connect(service)).map_err(|why| format!("{name}.txt, {why}").into())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    files.sort();
    files
}
