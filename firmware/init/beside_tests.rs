//! A boot partition that is a folder, and a server that writes what it likes.

use super::*;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

struct Card(PathBuf);

impl Card {
    fn new(name: &str) -> Card {
        let root =
            std::env::temp_dir().join(format!("pillarbox-beside-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        for folder in ["boot", "mail", "own"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let card = Card(root);
        card.put("boot/pillarbox.toml", FIRST);
        card.put("boot/boot.scr", "script");
        card.put("boot/update.pub", "key");
        card
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    fn put(&self, path: &str, text: &str) {
        fs::write(self.at(path), text).unwrap();
    }

    fn get(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.at(path)).ok()
    }

    fn lay_out(&self) {
        lay_out(&self.at("boot"), &self.at("copy"), user()).unwrap();
    }

    fn changes(&self) -> Vec<Change> {
        changes(&self.at("boot"), &self.at("copy"), user())
    }

    fn is_due(&self) -> bool {
        is_due(&self.at("boot"), &self.at("mail"), Some(&self.at("own")))
    }

    /// Everything on the partition, by name.
    fn boot(&self) -> Vec<(String, String)> {
        let entries = fs::read_dir(self.at("boot")).unwrap();
        let mut all: Vec<(String, String)> = entries
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let text = fs::read_to_string(entry.path()).unwrap();
                (entry.file_name().into_string().unwrap(), text)
            })
            .collect();
        all.sort();
        all
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const FIRST: &str = "[relay]\nPassword = \"x\"\n";

fn user() -> u32 {
    rustix::process::getuid().as_raw()
}

#[test]
fn the_server_has_a_copy_and_its_two_files_come_back() {
    let card = Card::new("copy");
    card.put("boot/pillarbox-errors.txt", "of before");
    card.lay_out();
    assert_eq!(card.get("copy/pillarbox.toml").as_deref(), Some(FIRST));
    assert_eq!(card.get("copy/update.pub").as_deref(), Some("key"));
    assert_eq!(card.get("copy/boot.scr"), None);
    assert_eq!(fs::metadata(card.at("copy")).unwrap().mode() & 0o777, 0o700);
    assert_eq!(card.changes(), []);
    card.put("copy/pillarbox.toml", "cut");
    fs::remove_file(card.at("copy/pillarbox-errors.txt")).unwrap();
    let changes = card.changes();
    write_back(&card.at("boot"), &changes).unwrap();
    let own = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    assert_eq!(
        card.boot(),
        [
            own("boot.scr", "script"),
            own("pillarbox.toml", "cut"),
            own("update.pub", "key")
        ]
    );
    // What a server that fell before it was ready wrote is nothing.
    card.put("copy/pillarbox.toml", "half");
    card.lay_out();
    assert_eq!(card.get("copy/pillarbox.toml").as_deref(), Some("cut"));
}

/// A server that was taken over: the script that starts the board and the key of updates are out of its reach.
#[test]
fn nothing_else_comes_back_whatever_the_server_leaves() {
    let card = Card::new("taken-over");
    card.lay_out();
    let before = card.boot();
    card.put("copy/boot.scr", "evil");
    card.put("copy/update.pub", "evil");
    fs::remove_file(card.at("copy/pillarbox.toml")).unwrap();
    fs::create_dir(card.at("copy/pillarbox-errors.txt")).unwrap();
    assert_eq!(card.changes(), []);

    fs::remove_dir(card.at("copy/pillarbox-errors.txt")).unwrap();
    card.put("secret", "of root's");
    card.put("another", "of root's");
    symlink(card.at("another"), card.at("copy/pillarbox.toml")).unwrap();
    fs::hard_link(card.at("secret"), card.at("copy/pillarbox-errors.txt")).unwrap();
    assert_eq!(card.changes(), []);

    fs::remove_file(card.at("copy/pillarbox.toml")).unwrap();
    fs::remove_file(card.at("copy/pillarbox-errors.txt")).unwrap();
    let pipe = card.at("copy/pillarbox.toml");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
    let long = "x".repeat(LONGEST as usize + 1);
    card.put("copy/pillarbox-errors.txt", &long);
    assert_eq!(card.changes(), []);
    if user() == 0 {
        // Another's, as what root wrote there would be.
        card.put("copy/pillarbox-errors.txt", "short");
        assert_eq!(changes(&card.at("boot"), &card.at("copy"), 61_239), []);
    }
    assert_eq!(card.boot(), before);
    // And the next server finds it as if nothing had been.
    card.lay_out();
    assert_eq!(card.get("copy/pillarbox.toml").as_deref(), Some(FIRST));
    assert!(!card.at("copy/boot.scr").exists());
}

#[test]
fn a_file_has_its_turn_once() {
    let card = Card::new("turn");
    assert!(card.is_due());
    note_seen(&card.at("boot"), &card.at("own"));
    assert!(
        !card.is_due(),
        "also while the server says it has no settings"
    );
    card.put("boot/pillarbox.toml", "[relay]\npassword = \"y\"\n");
    card.put("mail/pillarbox.toml", "");
    assert!(card.is_due(), "another one, with secrets");
    card.put("boot/pillarbox.toml", "[light]\npin = 17\n");
    assert!(!card.is_due(), "nothing to take away");
    fs::remove_file(card.at("mail/pillarbox.toml")).unwrap();
    assert!(card.is_due(), "a first start");
    fs::remove_file(card.at("boot/pillarbox.toml")).unwrap();
    assert!(!card.is_due());
    card.put("boot/pillarbox.toml", &"#".repeat(LONGEST as usize + 1));
    assert!(!card.is_due() && is_too_long(&card.at("boot")));
}
