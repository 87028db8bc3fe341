//! SIGKILL at every step of enqueueing, claiming, dialing, sending and settling: a child puts letters into its queue and sends them, and kills itself at step 1,
//! then at step 2, and so on until it gets to the end before that. The remotes live on and count what they acknowledged.
//!
//! What each kill leaves is sound; nothing acknowledged to the sender is lost; no remote hears of a letter whose attempt is not on the disk. Then the box is
//! started again, later, and again until its queue is empty: every letter arrived exactly once, but for those whose final answer was on its way into
//! the store when the kill came. These come twice, and no others.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use store::{Read as _, Store};

use crate::outbox::{self, Outbox, World};
use crate::place::Place;
use crate::remote::{Act, Manners, Remote, Rule};
use crate::zones::Zones;

const ZONES: &str =
    "far.test MX 10 mx.far.test\nmx.far.test A 127.0.0.2\nwide.test MX 10 mx.far.test";
/// Sent together; one of them has rows at two destinations, one has to wait, one comes back.
const LETTERS: [(&str, &[&str]); 4] = [
    ("one", &["bob@far.test"]),
    ("two", &["bob@far.test", "cyd@far.test", "dan@wide.test"]),
    ("slow", &["slow@far.test"]),
    ("never", &["nobody@far.test"]),
];
/// Every so many steps the next life is killed too.
const RECOVERIES: u64 = 4;
/// Fewer would mean that nobody says any more what is done.
const STEPS_AT_LEAST: u64 = 60;
const HOUR: i64 = 3600;
/// A queue that is not empty after so many lives never will be.
const LIVES: i64 = 6;
const KILLED: i32 = 9;
const PATIENCE: Duration = Duration::from_secs(20);

/// A letter's subject and one of its recipients.
type Copy = (String, String);

#[test]
fn killed_at_every_step_each_letter_arrives_once() {
    let zones = Zones::start(ZONES);
    let place = Place::new("queue");
    let base = place.folder("base");
    furnish(&base, &zones, &[]);
    let (next, steps) = (AtomicU64::new(1), AtomicU64::new(u64::MAX));
    let totals = Mutex::new(Totals::default());
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let (zones, place, base, next, steps, totals) =
                (&zones, &place, &base, &next, &steps, &totals);
            scope.spawn(move || {
                loop {
                    let step = next.fetch_add(1, Ordering::Relaxed);
                    if step > steps.load(Ordering::Relaxed) {
                        return;
                    }
                    let mut trial = Trial::new(place.folder(&format!("box-{worker}")), base, zones);
                    if !trial.live(At::Step(step), true) {
                        steps.fetch_min(step, Ordering::Relaxed);
                    } else if step % RECOVERIES == 0 {
                        trial.later += HOUR;
                        trial.live(At::Step(1 + step / RECOVERIES % 23), false);
                    }
                    trial.come_to_an_end();
                    trial.judge();
                    totals.lock().unwrap().add(&trial);
                }
            });
        }
    });
    let totals = totals.into_inner().unwrap();
    println!("{} steps; {totals:?}", steps.load(Ordering::Relaxed));
    assert!(steps.into_inner() > STEPS_AT_LEAST);
    let at_sent = totals.by_step.get("send Sent").copied().unwrap_or_default();
    // Produced on purpose: bob, two of the three at once, dan.
    assert!(at_sent.twice >= 3, "no final answer was lost: {totals:?}");
    for (step, count) in &totals.by_step {
        let before = ["send Claimed", "send Settled"].contains(&step.as_str());
        assert!(
            count.twice == 0 || !before,
            "killed at {step}, which cannot lose an answer, letters came twice: {totals:?}"
        );
    }
}

#[test]
fn a_box_that_crashes_again_and_again_hammers_nobody() {
    const CRASHES: i64 = 20;
    const MINUTE: i64 = 60;
    for (step, between, dials) in [
        // Between the claim and the dial: the first is the only one that gets so far, and it dials nobody.
        ("send Claimed", 0, 0..=0),
        // When it has dialed: in no time once, in twenty minutes once more, as a claim holds its letter for a quarter of an hour.
        ("send Dialed", 0, 1..=1),
        ("send Dialed", MINUTE, 2..=2),
    ] {
        let zones = Zones::start(ZONES);
        let place = Place::new("loop");
        let base = place.folder("base");
        furnish(&base, &zones, &[("one", &["bob@far.test"])]);
        let mut trial = Trial::new(place.folder("box"), &base, &zones);
        fs::write(trial.folder.join("answered"), "one\n").unwrap();
        let mut killed = 0;
        for _ in 0..CRASHES {
            killed += usize::from(trial.live(At::Kind(step), false));
            trial.later += between;
        }
        let dialed = trial.remote.connections();
        println!("{killed} of {CRASHES} crashes at {step}, {between} s apart: {dialed} dials");
        assert!(killed > 0 && killed <= 2, "{killed}");
        assert!(
            dials.contains(&dialed),
            "{dialed} dials in {CRASHES} crashes"
        );
        assert_eq!(trial.remote.taken().len(), 0);
        trial.come_to_an_end();
        assert_eq!(trial.copies()[&("one".into(), "bob@far.test".into())], 1);
    }
}

/// When a child kills itself.
#[derive(Clone, Copy)]
enum At {
    Step(u64),
    Kind(&'static str),
}

/// One box, from its first letter to an empty queue.
struct Trial {
    folder: PathBuf,
    remote: Remote,
    world: World,
    /// The wall clock of the next life.
    later: i64,
    /// How often a final answer was lost.
    lost: BTreeMap<Copy, usize>,
    /// The last step before each kill, and copies whose answer it lost.
    kills: Vec<(String, usize)>,
}

impl Trial {
    fn new(folder: PathBuf, base: &Path, zones: &Zones) -> Trial {
        fs::copy(base.join("data.mdb"), folder.join("data.mdb")).unwrap();
        let manners = Manners {
            rules: vec![
                Rule {
                    at: "RCPT TO:<slow@",
                    act: Act::Say("451 4.2.0 Later"),
                    times: 1,
                },
                Rule {
                    at: "RCPT TO:<nobody@",
                    act: Act::Say("550 5.1.1 Nobody"),
                    times: usize::MAX,
                },
            ],
            ..Manners::default()
        };
        let remote = Remote::start(Ipv4Addr::new(127, 0, 0, 2), 0, manners);
        let world = World {
            name_server: zones.address,
            port: remote.address.port(),
            later: 0,
        };
        Trial {
            folder,
            remote,
            world,
            later: 0,
            lost: BTreeMap::new(),
            kills: Vec::new(),
        }
    }

    /// Lives in a child that kills itself; false: it ended by itself. `submits`: it puts the letters in first.
    fn live(&mut self, at: At, submits: bool) -> bool {
        let before = self.copies();
        let _ = fs::remove_file(self.folder.join("steps"));
        let (step, kind) = match at {
            At::Step(step) => (step, ""),
            At::Kind(kind) => (u64::MAX, kind),
        };
        let child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "queue_steps::child_sends_until_a_step",
                "--test-threads=1",
            ])
            .env("OUTBOX_FOLDER", &self.folder)
            .env("OUTBOX_STEP", step.to_string())
            .env("OUTBOX_KIND", kind)
            .env("OUTBOX_SUBMITS", if submits { "1" } else { "" })
            .env("OUTBOX_PORT", self.world.port.to_string())
            .env("OUTBOX_SERVER", self.world.name_server.to_string())
            .env("OUTBOX_LATER", self.later.to_string())
            .output()
            .unwrap();
        let killed = child.status.signal() == Some(KILLED);
        assert!(
            killed || child.status.success(),
            "{}{}",
            String::from_utf8_lossy(&child.stdout),
            String::from_utf8_lossy(&child.stderr)
        );
        self.look(&before, killed);
        killed
    }

    /// Judges what a life left behind, and finds what it left to be sent again.
    fn look(&mut self, before: &BTreeMap<Copy, usize>, killed: bool) {
        let begun = Instant::now();
        while self.remote.open() > 0 {
            assert!(
                begun.elapsed() < PATIENCE,
                "the remote still hears somebody"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        let (after, steps) = (self.copies(), self.steps());
        let waiting = self.waiting();
        for (copy, count) in &after {
            let old = before.get(copy).copied().unwrap_or_default();
            let again = waiting.get(copy);
            assert!(count - old <= 1, "one life sent {copy:?} twice: {steps:#?}");
            if *count > 0 && again == Some(&0) {
                panic!("{copy:?} was taken before its attempt was on the disk: {steps:#?}");
            }
            if *count > old && again.is_some() {
                assert!(
                    killed,
                    "the box went down in order and did not note {copy:?}"
                );
                let sent = steps
                    .iter()
                    .rposition(|s| s == "send Dialed" || s == "send Sent");
                let tail = &steps[sent.expect("it had dialed")..];
                let noted = tail[0] == "send Sent" && tail.contains(&"store Committed".to_owned());
                assert!(
                    !noted,
                    "{copy:?} was noted and waits all the same: {steps:#?}"
                );
                *self.lost.entry(copy.clone()).or_default() += 1;
            }
        }
        if killed {
            let total: usize = self.lost.values().sum();
            let known: usize = self.kills.iter().map(|(_, twice)| twice).sum();
            self.kills
                .push((steps.last().cloned().unwrap_or_default(), total - known));
        }
        // Nothing that was acknowledged is lost: it waits, it is there, or it was returned.
        let returned = self.inbox();
        // Whoever was dialed, was dialed for an attempt that is written.
        let written = waiting.values().any(|attempts| *attempts > 0)
            || after.keys().any(|copy| !waiting.contains_key(copy))
            || !returned.is_empty();
        assert!(
            written || self.remote.connections() == 0,
            "dialed before an attempt was on the disk: {steps:#?}"
        );
        for copy in self.all_copies() {
            let there = waiting.contains_key(&copy) || after.contains_key(&copy);
            let back = copy.1.starts_with("nobody@") && returned.len() == 1;
            assert!(there || back, "{copy:?} is lost: {steps:#?}");
        }
    }

    /// Starts it again, an hour later each time, until nothing waits.
    fn come_to_an_end(&mut self) {
        for _ in 0..LIVES {
            self.later += HOUR;
            let before = self.copies();
            let world = World {
                later: self.later,
                ..self.world
            };
            let mut outbox = Outbox::open(&self.folder, world, Arc::new(|_| ()));
            outbox.send();
            outbox.finish();
            self.look(&before, false);
            if self.waiting().is_empty() {
                return;
            }
        }
        panic!("the queue never got empty: {:?}", self.waiting());
    }

    /// Everything arrived once, but for what is known to have lost its answer.
    fn judge(&self) {
        let copies = self.copies();
        for copy in self.all_copies() {
            let expected = if copy.1.starts_with("nobody@") {
                0
            } else {
                1 + self.lost.get(&copy).copied().unwrap_or_default()
            };
            let came = copies.get(&copy).copied().unwrap_or_default();
            assert_eq!(came, expected, "{copy:?} after {:?}", self.kills);
        }
        for (copy, came) in &copies {
            // A letter that was not acknowledged is there whole and once, or not at all.
            let most = 1 + self.lost.get(copy).copied().unwrap_or_default();
            assert!(
                *came <= most,
                "{copy:?} came {came} times: {:?}",
                self.kills
            );
        }
        let inbox = self.inbox();
        let mut all = self.all_copies().into_iter();
        let least = usize::from(all.any(|(_, to)| to.starts_with("nobody@")));
        assert!((least..=1).contains(&inbox.len()), "{inbox:#?}");
        assert!(inbox.iter().all(|text| text.contains("nobody@far.test")));
    }

    /// How often each copy arrived.
    fn copies(&self) -> BTreeMap<Copy, usize> {
        let mut copies = BTreeMap::new();
        for taken in self.remote.taken() {
            let text = taken.text();
            let subject = text.split("Subject: ").nth(1).unwrap();
            let subject = subject.split("\r\n").next().unwrap();
            for line in &taken.rcpt {
                let to = line.split(['<', '>']).nth(1).unwrap();
                *copies
                    .entry((subject.to_owned(), to.to_owned()))
                    .or_default() += 1;
            }
        }
        copies
    }

    /// All copies of letters that were acknowledged to their sender.
    fn all_copies(&self) -> Vec<Copy> {
        let answered = fs::read_to_string(self.folder.join("answered")).unwrap_or_default();
        let letters = LETTERS
            .iter()
            .filter(|(subject, _)| answered.lines().any(|line| line == *subject));
        letters
            .flat_map(|(subject, to)| {
                to.iter()
                    .map(|to| ((*subject).to_owned(), (*to).to_owned()))
            })
            .collect()
    }

    /// The child's steps, in order.
    fn steps(&self) -> Vec<String> {
        let steps = fs::read_to_string(self.folder.join("steps")).unwrap_or_default();
        steps.lines().map(str::to_owned).collect()
    }

    /// What waits, with its attempts; the store is sound.
    fn waiting(&self) -> BTreeMap<Copy, u16> {
        let store = self.open();
        let wrong = store.check().unwrap();
        assert!(wrong.is_empty(), "{wrong:#?} after {:#?}", self.steps());
        let read = store.read().unwrap();
        let mut waiting = BTreeMap::new();
        for letter in read.queue_letters(None, 100).unwrap() {
            let body = read.body(letter.gid, 0).unwrap();
            let text = String::from_utf8_lossy(body);
            let subject = text.split("Subject: ").nth(1).unwrap();
            let subject = subject.split("\r\n").next().unwrap().to_owned();
            for row in read.rows(letter.id).unwrap() {
                waiting.insert((subject.clone(), row.recipient.to_string()), row.attempts);
            }
        }
        waiting
    }

    /// What the sender has in the INBOX.
    fn inbox(&self) -> Vec<String> {
        let store = self.open();
        let read = store.read().unwrap();
        let ann = read.accounts().unwrap()[0].id;
        let inbox = read.mailbox_by_name(ann, "INBOX").unwrap().unwrap();
        let mut found = Vec::new();
        read.entries(inbox.id, 1..=u32::MAX, &mut |_, entry| {
            found.push(entry.gid);
            true
        })
        .unwrap();
        let text = |gid| String::from_utf8_lossy(read.body(gid, 0).unwrap()).into_owned();
        found.into_iter().map(text).collect()
    }

    fn open(&self) -> Store {
        outbox::open(&self.folder, None)
    }
}

/// What all trials came to, by the last step before the kill.
#[derive(Default, Debug)]
struct Totals {
    by_step: BTreeMap<String, Count>,
}

#[derive(Clone, std::marker::Copy, Default, Debug)]
struct Count {
    kills: usize,
    twice: usize,
}

impl Totals {
    fn add(&mut self, trial: &Trial) {
        for (step, twice) in &trial.kills {
            let count = self.by_step.entry(step.clone()).or_default();
            count.kills += 1;
            count.twice += twice;
        }
    }
}

/// A store with one person, and these letters.
fn furnish(folder: &Path, zones: &Zones, letters: &[(&str, &[&str])]) {
    let world = World {
        name_server: zones.address,
        port: 25,
        later: 0,
    };
    let outbox = Outbox::open(folder, world, Arc::new(|_| ()));
    outbox.person();
    for (subject, to) in letters {
        outbox.submit(subject, to);
    }
}

/// The child's part; does nothing when run as an ordinary test.
#[test]
fn child_sends_until_a_step() {
    let Some(folder) = std::env::var_os("OUTBOX_FOLDER").map(PathBuf::from) else {
        return;
    };
    let told = |name: &str| std::env::var(format!("OUTBOX_{name}")).unwrap();
    let append = |name: &str| {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        options.open(folder.join(name)).unwrap()
    };
    let last: usize = told("STEP").parse::<u64>().unwrap().try_into().unwrap();
    let (kind, count) = (told("KIND"), AtomicUsize::new(0));
    let steps = Mutex::new(append("steps"));
    let watcher = move |step: &str| {
        // One after the other: nothing is written behind the last.
        let mut steps = steps.lock().unwrap();
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        steps.write_all(format!("{step}\n").as_bytes()).unwrap();
        if number == last || step == kind {
            let _ = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::KILL,
            );
        }
    };
    let world = World {
        name_server: told("SERVER").parse().unwrap(),
        port: told("PORT").parse().unwrap(),
        later: told("LATER").parse().unwrap(),
    };
    let mut outbox = Outbox::open(&folder, world, Arc::new(watcher));
    if !told("SUBMITS").is_empty() {
        let mut answered = append("answered");
        for (subject, to) in LETTERS {
            outbox.submit(subject, to);
            answered
                .write_all(format!("{subject}\n").as_bytes())
                .unwrap();
        }
    }
    outbox.send();
    outbox.finish();
}
