//! The architecture's walls (README, "The map"): which crate may import which, which words may not stand where, how long a file may be.
//!
//! Manifests already make most of this a compile error; what stands here keeps a manifest from growing a door unseen.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may stop at once"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates of ours, and which of ours each may import.
const WALLS: &[(&str, &[&str])] = &[
    ("src/mail", &[]),
    ("src/dns", &[]),
    ("src/mdns", &[]),
    ("src/sasl", &[]),
    ("src/smtp", &["mail", "sasl"]),
    ("src/msgauth", &["mail", "dns"]),
    ("src/junk", &["mail"]),
    ("src/store", &["mail"]),
    ("src/queue", &["mail", "smtp", "store"]),
    ("src/imap", &["mail", "sasl", "store"]),
    ("src/pop3", &["mail", "sasl", "store"]),
    ("board", &[]),
    ("firmware", &[]),
    ("firmware/image", &["firmware"]),
];

/// No runtime, no socket, no clock, no store engine: a session is a value that is fed and asked.
const PURE: &[&str] = &[
    "smol",
    "async_io",
    "rustls",
    "heed",
    "postcard",
    "SystemTime::now",
    "Instant::now",
    "std::net::Tcp",
];

/// Words that production code of a crate never names: sockets, runtimes, clocks, the store's engine.
const NEVER: &[(&str, &[&str])] = &[
    ("src/mail", PURE),
    ("src/dns", PURE),
    ("src/junk", PURE),
    ("src/mdns", PURE),
    ("src/msgauth", PURE),
    ("src/queue", PURE),
    ("src/sasl", PURE),
    ("src/smtp", PURE),
    (
        "src/store",
        &[
            "smol", "async_io", "rustls", "std::net", "imap", "pop3", "smtp::",
        ],
    ),
    ("src/imap", PURE),
    ("src/pop3", PURE),
];

/// heed and postcard live in the store and nowhere else.
const STORE_ONLY: &[&str] = &["heed::", "postcard::"];

/// Where the compiler believes us: each of these files or folders wraps what no safe library offers, and says at each block why it is sound. Nothing else is `unsafe`.
const UNSAFE: &[&str] = &[
    "firmware/network/taps.rs",
    "firmware/sandbox",
    "firmware/sys.rs",
    "src/card/channel.rs",
    "src/clock/machine.rs",
    "src/process.rs",
    "src/store/env.rs",
];

/// No file drifts past this many lines.
const LONGEST_FILE: usize = 500;

#[test]
fn crates_import_only_what_their_wall_allows() {
    let ours: BTreeSet<&str> = WALLS
        .iter()
        .map(|(folder, _)| folder.rsplit('/').next().unwrap())
        .collect();
    for (folder, allowed) in WALLS {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        for name in dependencies(&manifest) {
            assert!(
                !ours.contains(name.as_str()) || allowed.contains(&name.as_str()),
                "{folder}/Cargo.toml imports {name}; its wall allows {allowed:?}"
            );
        }
    }
}

#[test]
fn every_crate_of_the_workspace_has_its_wall() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members = manifest
        .split("members = [")
        .nth(1)
        .unwrap()
        .split(']')
        .next()
        .unwrap();
    for member in members
        .split(',')
        .map(|m| m.trim().trim_matches('"'))
        .filter(|m| !m.is_empty())
    {
        assert!(
            member.starts_with("tests/") || WALLS.iter().any(|(folder, _)| *folder == member),
            "{member} has no row in WALLS"
        );
    }
}

#[test]
fn code_names_nothing_from_behind_its_wall() {
    for (folder, words) in NEVER {
        for file in rust_files(&root().join(folder))
            .iter()
            .filter(|f| !is_test(f))
        {
            for (number, line) in production_lines(file) {
                for word in *words {
                    assert!(
                        !names(&line, word),
                        "{}:{number} names {word}: {line}",
                        file.display()
                    );
                }
            }
        }
    }
}

#[test]
fn only_the_store_knows_its_engine() {
    for file in rust_files(&root().join("src"))
        .iter()
        .filter(|f| !f.starts_with(root().join("src/store")))
    {
        for (number, line) in production_lines(file) {
            for word in STORE_ONLY {
                assert!(
                    !names(&line, word),
                    "{}:{number} names {word}",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn what_is_unsafe_stands_where_it_is_looked_for() {
    let mut found = BTreeSet::new();
    for folder in ["src", "board", "firmware"] {
        let files = rust_files(&root().join(folder));
        for file in files.iter().filter(|file| !is_test(file)) {
            for (number, line) in production_lines(file) {
                if !names(&line, "unsafe") {
                    continue;
                }
                let place = UNSAFE
                    .iter()
                    .find(|place| file.starts_with(root().join(place)));
                let place = place.unwrap_or_else(|| {
                    panic!("{}:{number} has no row in UNSAFE: {line}", file.display())
                });
                found.insert(*place);
            }
        }
    }
    // A row that nobody needs is a door left open.
    assert_eq!(found, UNSAFE.iter().copied().collect());
}

/// Neither may import the other, and one puts back what the other has copied.
#[test]
fn the_card_and_the_store_name_the_copy_before_an_update_alike() {
    assert_eq!(firmware::data::STORE_FILES, store::FILES);
}

#[test]
fn no_file_drifts_past_its_length() {
    let long: Vec<String> = ["src", "board", "tests", "firmware"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .filter_map(|file| {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            (lines > LONGEST_FILE).then(|| format!("{} has {lines} lines", file.display()))
        })
        .collect();
    assert!(long.is_empty(), "split by what they do: {long:#?}");
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Names under `[dependencies]`.
fn dependencies(manifest: &str) -> Vec<String> {
    manifest
        .lines()
        .skip_while(|line| line.trim() != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', '=', ' ']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

/// A file of tests by its name or folder, or one that a neighbour declares as `#[cfg(test)] mod`.
fn is_test(file: &Path) -> bool {
    let stem = file.file_stem().unwrap().to_string_lossy();
    let in_folder = |name: &str| file.components().any(|c| c.as_os_str() == name);
    stem.ends_with("tests")
        || ["tests", "examples", "benches"]
            .iter()
            .any(|f| in_folder(f))
        || declared_for_tests(file, &stem)
}

fn declared_for_tests(file: &Path, module: &str) -> bool {
    let folder = file.parent().unwrap();
    let parents = [
        folder.join("mod.rs"),
        folder.join("lib.rs"),
        folder.with_extension("rs"),
    ];
    parents
        .iter()
        .filter_map(|parent| fs::read_to_string(parent).ok())
        .any(|text| {
            text.split("#[cfg(test)]").skip(1).any(|after| {
                let declaration = after.trim_start().lines().next().unwrap_or_default();
                declaration.trim_end_matches(';').rsplit(' ').next() == Some(module)
                    && declaration.contains("mod ")
            })
        })
}

/// Lines of code before the file's own test module, comments left out.
fn production_lines(file: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(file).unwrap();
    let body = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    body.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number + 1, line.split(" // ").next().unwrap().to_owned()))
        .collect()
}

/// Whether `line` holds `word` as a word of its own (not as a part of a longer identifier or inside a string).
fn names(line: &str, word: &str) -> bool {
    let outside_strings: String = line.split('"').step_by(2).collect();
    outside_strings.match_indices(word).any(|(at, _)| {
        let before = outside_strings[..at].chars().next_back();
        let after = outside_strings[at + word.len()..].chars().next();
        let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !joins(before) && (word.ends_with(':') || !joins(after))
    })
}
