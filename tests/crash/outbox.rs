//! A box's way out, as it runs in a child that is killed and in the parent that brings its work to an end: a store with letters, and the real
//! queue's task over it. Every step of the writer and of the task can be watched, in the order in which they happened.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use async_io::Timer;
use mail::{Address, Parser};
use pillarbox::accounts::Accounts;
use pillarbox::clock::{Adjustment, Clock, MICROS, Machine, Wait};
use pillarbox::health::Health;
use pillarbox::log::{self, Level};
use pillarbox::net::Closing;
use pillarbox::send::{self, QueueClock, Sender, SenderParts};
use pillarbox::settings::Settings;
use store::{
    AccountId, BodyKind, Credentials, Delivery, LetterId, NewLetter, NewRow, Notify, Options,
    Origin, QueueTime, Read as _, Store,
};

/// The wall clock when everything begins.
pub(crate) const BEGINNING: i64 = 1_800_000_000;
/// Nothing is due and nothing happened for so long: the box is quiet.
const QUIET: Duration = Duration::from_millis(60);
/// A box that is not quiet after this long hangs.
const PATIENCE: Duration = Duration::from_secs(60);
const EXPIRE: u64 = 5 * 24 * 3600;

/// Where a box finds the world, and what time it is there.
#[derive(Clone, Copy)]
pub(crate) struct World {
    pub(crate) name_server: SocketAddr,
    /// The port at which remotes take mail.
    pub(crate) port: u16,
    /// The wall clock is so far behind the beginning, seconds.
    pub(crate) later: i64,
}

/// Told each step, as `send Claimed` or `store Committed`.
pub(crate) type Watcher = Arc<dyn Fn(&str) + Send + Sync>;

/// See the module.
pub(crate) struct Outbox {
    pub(crate) store: Store,
    accounts: Accounts,
    settings: Settings,
    queue: QueueClock,
    watcher: Watcher,
    stirred: Arc<Mutex<Instant>>,
    running: Option<(JoinHandle<()>, Closing)>,
}

impl Outbox {
    /// Opens the store in `folder`; nothing is sent yet.
    pub(crate) fn open(folder: &Path, world: World, watcher: Watcher) -> Outbox {
        log::set_level(Level::Error);
        let stirred = Arc::new(Mutex::new(Instant::now()));
        let watcher: Watcher = {
            let stirred = stirred.clone();
            Arc::new(move |step| {
                *stirred.lock().unwrap() = Instant::now();
                watcher(step);
            })
        };
        let text = format!(
            "hostname = \"mail.house.test\"\ndomains = [\"house.test\"]\n[dns]\nservers = [\"{}\"]\n[send]\nport = {}\nlocal_networks = true\nipv6 = \"never\"\nconnections = 1\nconnections_per_destination = 1\n",
            world.name_server, world.port
        );
        let settings = Settings::parse(&text, Path::new("/settings.toml")).unwrap();
        let steps = watcher.clone();
        let observer = store::Observer(Arc::new(move |step| {
            steps(&format!("store {step:?}"));
        }));
        let store = self::open(folder, Some(observer));
        let accounts = Accounts::new(store.clone(), &settings).unwrap();
        let clock = Arc::new(Behind {
            begun: Instant::now(),
            later: world.later,
        });
        let queue = QueueClock::resume(&store, Clock::on(clock)).unwrap();
        Outbox {
            store,
            accounts,
            settings,
            queue,
            watcher,
            stirred,
            running: None,
        }
    }

    /// The person who writes.
    pub(crate) fn person(&self) -> AccountId {
        let there = self.store.read().unwrap().accounts().unwrap();
        if let Some(ann) = there.first() {
            return ann.id;
        }
        let ann = Address::parse("ann@house.test").unwrap();
        let deed = self
            .store
            .write(move |tx| tx.create_account(&ann, &Credentials::default(), 1));
        deed.wait().unwrap()
    }

    /// What submission does; back when it is on the disk.
    pub(crate) fn submit(&self, subject: &str, to: &[&str]) -> LetterId {
        let now = self.queue.now();
        let row = |to: &&str| {
            let recipient = Address::parse(to).unwrap();
            NewRow {
                destination: recipient.domain().to_owned(),
                recipient,
                orcpt: None,
                notify: Notify::default(),
                due: now,
            }
        };
        let letter = NewLetter {
            sender: Some(self.person()),
            reverse_path: Some(Address::parse("ann@house.test").unwrap()),
            body: BodyKind::SevenBit,
            smtputf8: false,
            require_tls: false,
            tls_optional: false,
            envid: None,
            ret: None,
            priority: 0,
            accepted: BEGINNING,
            enqueued: now,
            expires: QueueTime(now.0 + EXPIRE),
            deliver_by: None,
            origin: Origin::Submission,
            rows: to.iter().map(row).collect(),
        };
        // From elsewhere, so that no signing keys have to be made first.
        let text = format!(
            "Return-Path: <ann@house.test>\r\nReceived: from phone by mail.house.test; Mon, 1 Jan 2024 00:00:00 +0000\r\nFrom: Ann <ann@elsewhere.test>\r\nSubject: {subject}\r\nMessage-ID: <{subject}@house.test>\r\n\r\nHow are you?\r\n"
        );
        let mut spool = self.store.spool();
        spool.write(text.as_bytes()).unwrap();
        let mut parser = Parser::new();
        parser.feed(text.as_bytes());
        let message = parser.finish();
        let delivery = Delivery {
            body: self.store.stage(spool).wait().unwrap(),
            head: imap::record::head(&message, BEGINNING, 0),
            record: imap::record::render(&message),
            into: Vec::new(),
            letters: vec![letter],
        };
        let deed = self.store.write(move |tx| tx.deliver(&delivery));
        deed.wait().unwrap().letters[0]
    }

    /// Starts the queue's task.
    pub(crate) fn send(&mut self) {
        let closing = Closing::default();
        let watcher = self.watcher.clone();
        let sender = Sender::new(SenderParts {
            steps: Some(send::Observer(Arc::new(move |step| {
                watcher(&format!("send {step:?}"));
            }))),
            ..SenderParts::new(
                &self.settings,
                &self.accounts,
                self.queue.clone(),
                &Health::default(),
                Vec::new(),
                closing.clone(),
            )
        });
        let thread = std::thread::spawn(move || async_io::block_on(sender.run()));
        self.running = Some((thread, closing));
    }

    /// Waits until nothing is due and nothing happens any more, and stops in order.
    pub(crate) fn finish(mut self) {
        let begun = Instant::now();
        while !self.is_quiet() {
            assert!(begun.elapsed() < PATIENCE, "the box never comes to rest");
            std::thread::sleep(Duration::from_millis(5));
        }
        if let Some((thread, closing)) = self.running.take() {
            closing.begin();
            thread.join().unwrap();
        }
    }

    fn is_quiet(&self) -> bool {
        let now = self.queue.now();
        let due = self.store.read().unwrap().queue_wake(now).unwrap();
        due.is_none_or(|due| due > now) && self.stirred.lock().unwrap().elapsed() > QUIET
    }
}

/// Opens the store in `folder`, as soon as a box of this process that ended in order has let go of it.
pub(crate) fn open(folder: &Path, steps: Option<store::Observer>) -> Store {
    let options = Options {
        map_size: 24 << 20,
        steps,
        ..Options::default()
    };
    let begun = Instant::now();
    loop {
        match Store::open(folder, options.clone()) {
            Err(store::Error::InUse(_)) if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(1));
            }
            opened => return opened.unwrap(),
        }
    }
}

/// A wall clock that somebody vouches for.
struct Behind {
    begun: Instant,
    later: i64,
}

impl Machine for Behind {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn system(&self) -> i64 {
        let passed = i64::try_from(self.begun.elapsed().as_micros()).unwrap();
        (BEGINNING + self.later) * MICROS + passed
    }

    fn is_disciplined(&self) -> bool {
        true
    }

    fn is_set(&self) -> Wait {
        Box::pin(std::future::pending())
    }

    fn adjust(&self, _: Adjustment) -> std::io::Result<()> {
        Err(std::io::ErrorKind::PermissionDenied.into())
    }

    fn sleep_until(&self, at: Instant) -> Wait {
        Box::pin(async move {
            Timer::at(at).await;
        })
    }
}
