//! The button and the light without a board: a press takes a finger's time, and the light is watched from a terminal.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::folder::{Folder, PROGRAM, text};

#[test]
fn a_press_takes_its_time_and_whoever_watches_sees_each_stage() {
    let folder = Folder::new("panel");
    let running = folder.start("");
    let mut watch = Command::new(PROGRAM)
        .args(["light", "--watch", "--data"])
        .arg(folder.data())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let pressed = folder.run(&["press", "3s"]);
    assert!(
        text(&pressed).contains("setup page opens"),
        "{}",
        text(&pressed)
    );
    let took = begun.elapsed();
    assert!(
        took > Duration::from_secs(3) && took < Duration::from_secs(9),
        "{took:?}"
    );
    assert_eq!(folder.light(), "setup-open");
    let shown = folder.run(&["light", "--json"]);
    assert!(
        text(&shown).contains("\"light\":\"setup-open\""),
        "{}",
        text(&shown)
    );
    let shown: serde_json::Value = serde_json::from_str(&text(&shown)).unwrap();
    let [certificate] = shown["certificates"].as_array().unwrap().as_slice() else {
        panic!("{shown}");
    };
    assert_eq!(folder.status()["certificates"], shown["certificates"]);
    let words: Vec<&str> = certificate["words"]["en"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(serde_json::Value::as_str)
        .collect();
    assert_eq!(words.len(), 6);
    let said = text(&folder.run(&["light"]));
    assert!(
        said.contains(&words.join(" · ")) && said.contains(certificate["sha256"].as_str().unwrap()),
        "{said}"
    );

    assert_eq!(folder.code(&["press", "double"]), 0);
    assert_eq!(running.ends().0, Some(0), "{}", folder.log());
    assert_eq!(
        watch.wait().unwrap().code(),
        Some(7),
        "no box runs any more"
    );
    let (mut seen, mut said) = (String::new(), String::new());
    watch.stdout.unwrap().read_to_string(&mut seen).unwrap();
    watch.stderr.unwrap().read_to_string(&mut said).unwrap();
    let places: Vec<Option<usize>> = ["pressed: ", "let-go-for-setup: ", "setup-open: "]
        .iter()
        .map(|sign| seen.find(sign))
        .collect();
    assert!(
        places.is_sorted() && places.iter().all(Option::is_some),
        "{seen}"
    );
    assert!(said.contains("the box has ended"), "{said}");
}
