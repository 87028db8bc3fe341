//! One process, many lives: SIGHUP after a change of the settings file.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use house::{House, Plan, Result, Wire};

/// Lives of one process.
const LIVES: usize = 100;
/// What a hundred lives may leave behind in memory, in KB: an allocator's odds and ends.
const MEMORY_KB: u64 = 700;
/// One change of settings in a test's house takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(15);

struct Inhabited {
    house: House,
    settings: PathBuf,
    first: String,
}

impl Inhabited {
    fn new() -> Inhabited {
        let plan = Plan {
            program: env!("CARGO_BIN_EXE_pillarbox").into(),
            people: vec![("ann@house.test".into(), "ann pass".into())],
            settings: String::new(),
        };
        let house = House::start(&plan).unwrap();
        let settings = house.folder().join("settings.toml");
        let first = fs::read_to_string(&settings).unwrap();
        Inhabited {
            house,
            settings,
            first,
        }
    }

    fn hup(&self) {
        let pid = rustix::process::Pid::from_raw(self.house.pid().cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    }

    /// Writes the file, asks for a new life, and waits until the log tells `word` once more.
    fn change(&self, settings: &str, word: &str) {
        let before = self.told(word);
        fs::write(&self.settings, settings).unwrap();
        self.hup();
        let begun = Instant::now();
        while self.told(word) == before {
            assert!(begun.elapsed() < PATIENCE, "{}", self.house.log());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn told(&self, word: &str) -> usize {
        self.house.log().matches(word).count()
    }

    /// Descriptors and threads.
    fn open(&self) -> (usize, usize) {
        let count = |of: &str| {
            let folder = format!("/proc/{}/{of}", self.house.pid());
            fs::read_dir(folder).unwrap().count()
        };
        (count("fd"), count("task"))
    }

    fn read(&self) -> Result<Wire> {
        let mut wire = self.house.connect("imaps")?;
        wire.expect("* OK")?;
        wire.send(b"a LOGIN ann@house.test \"ann pass\"\r\nb SELECT INBOX\r\n")?;
        wire.until("b OK")?;
        Ok(wire)
    }
}

const ANEW: &str = "the mail services have begun anew";

#[test]
fn a_hundred_lives_leave_nothing_behind() {
    let home = Inhabited::new();
    let settings = |life: usize| {
        home.first.replace(
            "mdns = false",
            &format!("mdns = false\nminutes = {}", 1 + life),
        )
    };
    // What is made once is made before it is counted.
    for life in 0..10 {
        home.change(&settings(life), ANEW);
    }
    home.read().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let (open, memory) = (home.open(), home.house.filled_kb().unwrap());
    for life in 10..10 + LIVES {
        home.change(&settings(life), ANEW);
    }
    std::thread::sleep(Duration::from_millis(300));
    home.read().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(home.open(), open);
    let grown = home.house.filled_kb().unwrap().saturating_sub(memory);
    assert!(grown < MEMORY_KB, "{grown} KB more after {LIVES} lives");
    home.house.command(&["check"], "").unwrap();
}

#[test]
fn a_signal_is_heard_as_soon_as_a_door_is_open() {
    // Unheard it would end the box, and only sometimes: the moment between is short.
    for _ in 0..12 {
        let home = Inhabited::new();
        home.hup();
        home.read().unwrap();
    }
}

#[test]
fn who_is_inside_hears_goodbye_and_comes_back_to_the_same_mail() {
    let home = Inhabited::new();
    let mut idle = home.read().unwrap();
    idle.send(b"c IDLE\r\n").unwrap();
    idle.expect("+").unwrap();
    home.change(&format!("# other\n{}", home.first), ANEW);
    idle.until("* BYE").unwrap();
    assert_eq!(idle.line().unwrap(), None);
    home.read().unwrap();
    // An address that the old life stands in the way of.
    let pop3 = home.house.port("pop3").unwrap();
    home.change(
        &home
            .first
            .replace(&format!("127.0.0.1:{pop3}"), &format!("0.0.0.0:{pop3}")),
        ANEW,
    );
    home.read().unwrap();
    home.change(&home.first, ANEW);
    // Doors move, are closed and opened, and two change places.
    let (imap, imaps) = (
        home.house.port("imap").unwrap(),
        home.house.port("imaps").unwrap(),
    );
    let swapped = home
        .first
        .replace(&format!(":{imap}\""), ":x\"")
        .replace(&format!(":{imaps}\""), &format!(":{imap}\""))
        .replace(":x\"", &format!(":{imaps}\""));
    home.change(&swapped, ANEW);
    let mut plain = Wire::connect(imaps, false).unwrap();
    plain.expect("* OK").unwrap();
    home.change(&home.first, ANEW);
    home.read().unwrap();
    assert!(
        home.house
            .command(&["status"], "")
            .unwrap()
            .contains("owner")
    );
}

#[test]
fn what_cannot_begin_leaves_the_old_life_and_says_why() {
    let home = Inhabited::new();
    let mut idle = home.read().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let pop3 = home.house.port("pop3").unwrap();
    const KEPT: &str = "the settings were not taken";
    for (settings, why) in [
        (
            home.first
                .replace(&format!(":{pop3}\""), &format!(":{port}\"")),
            "another program",
        ),
        (
            format!(
                "{}\n[tls]\ncertificate = \"none.pem\"\nkey = \"none.pem\"\n",
                home.first
            ),
            "none.pem",
        ),
        (
            format!("hostnam = 1\n{}", home.first),
            "unknown key `hostnam`",
        ),
    ] {
        home.change(&settings, KEPT);
        assert!(
            home.house.log().contains(why),
            "{why}: {}",
            home.house.log()
        );
        idle.send(b"d NOOP\r\n").unwrap();
        idle.expect("d OK").unwrap();
        let status = home.house.command(&["status"], "").unwrap();
        assert!(status.contains(KEPT), "{status}");
    }
    // As it was: there is nothing to begin anew, and the fact goes.
    fs::write(&home.settings, &home.first).unwrap();
    home.hup();
    let begun = Instant::now();
    while home.house.command(&["status"], "").unwrap().contains(KEPT) {
        assert!(begun.elapsed() < PATIENCE);
    }
    assert_eq!(home.told(ANEW), 0);
    idle.send(b"e NOOP\r\n").unwrap();
    idle.expect("e OK").unwrap();
}

#[test]
fn the_owner_is_shown_forgotten_and_named() {
    let home = Inhabited::new();
    let say = |words: &[&str]| home.house.command(words, "");
    assert!(say(&["owner"]).unwrap().contains("ann@house.test"));
    say(&["account", "name", "ann@house.test", "Ann", "Smith"]).unwrap();
    assert!(say(&["account", "list"]).unwrap().contains("(Ann Smith)"));
    assert!(say(&["owner", "forget"]).unwrap().contains("is nobody's"));
    assert!(say(&["owner", "forget"]).is_err());
    assert!(say(&["owner"]).unwrap().contains("it was ann@house.test's"));
    let mut wire = home.house.connect("imaps").unwrap();
    wire.expect("* OK").unwrap();
    wire.send(b"a LOGIN ann@house.test \"ann pass\"\r\n")
        .unwrap();
    wire.expect("a NO").unwrap();
    say(&["owner", "set", "ann@house.test"]).unwrap();
    assert_eq!(say(&["owner"]).unwrap().trim(), "ann@house.test");
    say(&["account", "address", "ann@house.test", "anna@house.test"]).unwrap();
    assert!(
        say(&["alias", "list"])
            .unwrap()
            .contains("ann@house.test  anna@house.test")
    );
}
