//! The house of a journey: a store with one person, the queue's task over it, and a clock that is moved.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_lite::FutureExt as _;
use mail::{Address, Parser};
use pillarbox::accounts::Accounts;
use pillarbox::clock::{Clock, Habits, Keeper, MICROS};
use pillarbox::health::Health;
use pillarbox::log::{self, Level};
use pillarbox::net::Closing;
use pillarbox::policy::{Policies, PolicyParts};
use pillarbox::reception::FrontDesk;
use pillarbox::reports::Tally;
use pillarbox::resolver::{Resolver, ResolverSettings};
use pillarbox::send::{Observer, QueueClock, Sender, SenderParts, Step};
use pillarbox::settings::Settings;
use pillarbox::signing::Signing;
use pillarbox::tls::outgoing::Outgoing;
use pillarbox::tls::{Certificates, Configs};
use sasl::Secret;
use store::{
    AccountId, BodyKind, Credentials, Delivery, LetterId, NewLetter, NewRow, Notify, Origin,
    QueueTime, Read as _, Row, SavedClock, Store,
};

use crate::moved::{BEGINNING, Moved, Shared};
use crate::remote::{Manners, Remote};
use crate::zones::Zones;

/// What a journey waits for and does not come is a failure after this long.
const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const MINUTE: u64 = 60;
pub(crate) const HOUR: u64 = 3600;
pub(crate) const DAY: u64 = 24 * HOUR;
/// See the module.
pub(crate) struct Post {
    folder: PathBuf,
    pub(crate) store: Store,
    pub(crate) accounts: Accounts,
    pub(crate) settings: Settings,
    clock: Arc<Moved>,
    pub(crate) queue: QueueClock,
    pub(crate) zones: Zones,
    pub(crate) health: Health,
    running: Option<Running>,
    tally: Option<Tally>,
    pub(crate) ann: AccountId,
    /// The port of all remotes.
    pub(crate) port: u16,
}

struct Running {
    thread: JoinHandle<()>,
    closing: Closing,
    sender: Sender,
    kill: async_channel::Sender<()>,
}

impl Post {
    /// A house and the first remote, at 127.0.0.2; the zones are given its port. More `settings` stand in [send].
    pub(crate) fn open(zones: &str, settings: &str, manners: Manners) -> (Post, Remote) {
        log::set_level(Level::Error);
        let remote = Remote::start(Ipv4Addr::new(127, 0, 0, 2), 0, manners);
        let port = remote.address.port();
        let folder = fresh_folder();
        let text = format!(
            "hostname = \"mail.house.test\"\ndomains = [\"house.test\"]\n[send]\nport = {port}\nlocal_networks = true\nipv6 = \"never\"\n{settings}"
        );
        let settings = Settings::parse(&text, Path::new("/settings.toml")).unwrap();
        let store = Store::open(&folder, settings.limits.store.clone()).unwrap();
        let ann = Address::parse("ann@house.test").unwrap();
        let ann = store
            .write(move |tx| tx.create_account(&ann, &Credentials::default(), 1))
            .wait()
            .unwrap();
        let accounts = Accounts::new(store.clone(), &settings).unwrap();
        let clock = Arc::new(Moved::new());
        let queue = QueueClock::resume(&store, Clock::on(Arc::new(Shared(clock.clone())))).unwrap();
        let post = Post {
            folder,
            store,
            accounts,
            settings,
            clock,
            queue,
            zones: Zones::start(zones),
            health: Health::default(),
            running: None,
            tally: None,
            ann,
            port,
        };
        (post, remote)
    }

    /// A house, one remote that takes mail for far.test, and the queue's task running.
    pub(crate) fn simple(manners: Manners) -> (Post, Remote) {
        let (mut post, remote) = Post::open(SIMPLE, "", manners);
        post.start();
        (post, remote)
    }

    /// Makes an alias of the house.
    pub(crate) fn alias(&self, name: &str, to: &[&str]) {
        let to: Vec<Address> = to.iter().map(|to| Address::parse(to).unwrap()).collect();
        async_io::block_on(self.accounts.set_alias(name, &to)).unwrap();
    }

    /// Whether hosts on this machine may be dialed.
    pub(crate) fn allow_local(&mut self, allow: bool) {
        self.settings.send.local_networks = allow;
    }

    /// Starts the queue's task.
    pub(crate) fn start(&mut self) {
        self.start_watched(|_| ());
    }

    /// The same, counting for reports how TLS goes.
    pub(crate) fn start_counting(&mut self, tally: &Tally) {
        self.tally = Some(tally.clone());
        self.start();
    }

    /// The same, with someone who is told each step.
    pub(crate) fn start_watched(&mut self, watch: impl Fn(Step) + Send + Sync + 'static) {
        let resolver = Resolver::new(ResolverSettings {
            servers: vec![self.zones.address],
            trusted: true,
            timeout: Duration::from_millis(300),
            whole: Duration::from_secs(1),
            ..ResolverSettings::default()
        });
        let closing = Closing::default();
        let outgoing = Outgoing::new(self.settings.send.roots.clone());
        let wall = self.queue.machine().clone();
        let policies = Policies::new(PolicyParts {
            store: self.store.clone(),
            resolver: resolver.clone(),
            outgoing: outgoing.clone(),
            closing: closing.clone(),
            wall: Arc::new(move || wall.wall()),
            https_port: 1,
            local_networks: true,
        });
        let sender = Sender::new(SenderParts {
            store: self.store.clone(),
            resolver,
            policies,
            outgoing,
            signing: Signing::new(self.accounts.clone()),
            accounts: self.accounts.clone(),
            settings: self.settings.clone(),
            clock: self.queue.clone(),
            health: self.health.clone(),
            doors: vec![([127, 0, 0, 1], self.port).into()],
            closing: closing.clone(),
            steps: Some(Observer(Arc::new(watch))),
        });
        let sender = match &self.tally {
            Some(tally) => sender.counting(tally.clone()),
            None => sender,
        };
        let (kill, killed) = async_channel::bounded(1);
        let running = sender.clone();
        let thread = std::thread::spawn(move || {
            let killed = async {
                let _ = killed.recv().await;
            };
            async_io::block_on(running.run().or(killed));
        });
        self.running = Some(Running {
            thread,
            closing,
            sender,
            kill,
        });
    }

    /// The box goes down as it should.
    pub(crate) fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.closing.begin();
            running.thread.join().unwrap();
        }
    }

    /// The queue's task is gone from one moment to the other.
    pub(crate) fn crash(&mut self) {
        if let Some(running) = self.running.take() {
            let _ = running.kill.send_blocking(());
            running.thread.join().unwrap();
        }
    }

    /// Before the queue's task starts: the box was off for so long, seconds, and has not been told the time yet.
    pub(crate) fn boot_without_wall(&mut self, off: u64) {
        self.clock.trust(false);
        let saved = SavedClock {
            at: self.now(),
            wall: Some(BEGINNING - i64::try_from(off).unwrap()),
        };
        let deed = self.store.write(move |tx| tx.save_queue_clock(saved));
        deed.wait().unwrap();
        self.queue =
            QueueClock::resume(&self.store, Clock::on(Arc::new(Shared(self.clock.clone()))))
                .unwrap();
    }

    /// Before the queue's task starts: a board without a clock battery is switched on for the first time, and it keeps its clock with these time servers.
    pub(crate) fn boot_in_1970(&mut self, servers: &[IpAddr]) {
        self.clock.trust(false);
        self.clock.set_system(0);
        let habits = Habits {
            keep: true,
            servers: servers.iter().map(IpAddr::to_string).collect(),
            ..Habits::default()
        };
        let clock = Clock::start(Arc::new(Shared(self.clock.clone())), &self.folder, habits);
        self.queue = QueueClock::resume(&self.store, clock).unwrap();
    }

    /// Keeps the clock until the channel closes.
    pub(crate) fn keep_time(&self, port: u16) -> async_channel::Sender<()> {
        let resolver = Resolver::new(ResolverSettings {
            servers: vec![self.zones.address],
            ..ResolverSettings::default()
        });
        let keeper = Keeper {
            port,
            patience: Duration::from_millis(200),
            ..Keeper::new(resolver, self.health.clone())
        };
        let keeps = self.time().clone().keep(keeper);
        let (end, ended) = async_channel::bounded(1);
        std::thread::spawn(move || {
            let ended = async {
                let _ = ended.recv().await;
            };
            async_io::block_on(keeps.or(ended));
        });
        end
    }

    /// The box's clock.
    pub(crate) fn time(&self) -> &Clock {
        self.queue.machine()
    }

    /// What a right clock shows, microseconds since 1970.
    pub(crate) fn right(&self) -> impl Fn() -> i64 + Send + 'static {
        let clock = self.clock.clone();
        move || BEGINNING * MICROS + clock.passed()
    }

    /// Whoever greets the clients of this house.
    pub(crate) fn front_desk(&self) -> FrontDesk {
        let certificates = Certificates::open(&self.folder, "mail.house.test", Vec::new()).unwrap();
        FrontDesk::new(
            &self.settings,
            self.accounts.clone(),
            Configs::new(&certificates).unwrap(),
            self.health.clone(),
            self.queue.clone(),
        )
    }

    /// Somebody else moves in, with a password.
    pub(crate) fn person(&self, address: &str, password: &str) {
        let address = Address::parse(address).unwrap();
        async_io::block_on(self.accounts.add(&address, &Secret::from(password))).unwrap();
    }

    /// The network tells the time. The queue's task hears of it when it is next awake.
    pub(crate) fn trust_wall(&self) {
        self.clock.trust(true);
    }

    /// What the owner does with `queue retry`.
    pub(crate) fn retry(&self, letter: LetterId) {
        let now = self.now();
        self.running.as_ref().unwrap().sender.start_afresh();
        let deed = self.store.write(move |tx| tx.retry_letter(letter, now));
        deed.wait().unwrap();
    }

    /// How often the wall clock was looked at.
    pub(crate) fn wall_looks(&self) -> u64 {
        self.clock.wall_looks()
    }

    /// Moves the clock forward, seconds.
    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.leap(Duration::from_secs(seconds));
    }

    pub(crate) fn now(&self) -> QueueTime {
        self.queue.now()
    }

    /// Sends a small letter from Ann.
    pub(crate) fn send(&self, to: &[&str]) -> LetterId {
        self.send_with(to, LETTER, |_| ())
    }

    /// The same, changed.
    pub(crate) fn send_with(
        &self,
        to: &[&str],
        message: &str,
        change: impl FnOnce(&mut NewLetter),
    ) -> LetterId {
        let now = self.now();
        let mut letter = NewLetter {
            sender: Some(self.ann),
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
            expires: QueueTime(now.0 + self.settings.send.expire.as_secs()),
            deliver_by: None,
            origin: Origin::Submission,
            rows: to.iter().map(|to| row(to, now)).collect(),
        };
        change(&mut letter);
        let text = format!(
            "Return-Path: <ann@house.test>\r\nReceived: from phone by mail.house.test; Mon, 1 Jan 2024 00:00:00 +0000\r\n{message}"
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
        let delivered = self.store.write(move |tx| tx.deliver(&delivery)).wait();
        delivered.unwrap().letters[0]
    }

    pub(crate) fn rows(&self, letter: LetterId) -> Vec<Row> {
        self.store.read().unwrap().rows(letter).unwrap()
    }

    /// Waits until the letter is gone from the queue.
    pub(crate) fn gone(&self, letter: LetterId) {
        self.until(&format!("letter {letter} to be gone"), || {
            self.rows(letter).is_empty()
        });
    }

    /// Waits until all of the letter's rows have been tried so often and wait; their last words.
    pub(crate) fn waits(&self, letter: LetterId, attempts: u16) -> Vec<String> {
        self.until(&format!("letter {letter} to wait"), || {
            let rows = self.rows(letter);
            assert!(!rows.is_empty(), "gone; INBOX: {:#?}", self.inbox());
            // A claim holds its row for a quarter of an hour; the settling says what is meant.
            rows.iter()
                .all(|row| row.attempts >= attempts && row.last.is_some())
                && self.is_settled()
        });
        self.rows(letter)
            .into_iter()
            .map(|row| row.last.unwrap().words)
            .collect()
    }

    /// Whether nothing is under way: as far as anybody outside can tell, nothing changes any more.
    pub(crate) fn is_settled(&self) -> bool {
        let look = || -> Vec<(u64, u16)> {
            let read = self.store.read().unwrap();
            let letters = read.queue_letters(None, 100).unwrap();
            let rows = letters
                .iter()
                .flat_map(|letter| read.rows(letter.id).unwrap());
            rows.map(|row| (row.due.0, row.attempts)).collect()
        };
        let before = look();
        std::thread::sleep(Duration::from_millis(150));
        before == look()
    }

    /// Ann's INBOX, whole messages.
    pub(crate) fn inbox(&self) -> Vec<String> {
        let read = self.store.read().unwrap();
        let inbox = read.mailbox_by_name(self.ann, "INBOX").unwrap().unwrap();
        let mut gids = Vec::new();
        read.entries(inbox.id, 1..=u32::MAX, &mut |_, entry| {
            gids.push(entry.gid);
            true
        })
        .unwrap();
        gids.into_iter()
            .map(|gid| {
                let mut octets = Vec::new();
                loop {
                    let piece = read.body(gid, octets.len() as u64).unwrap();
                    if piece.is_empty() {
                        return String::from_utf8_lossy(&octets).into_owned();
                    }
                    octets.extend_from_slice(piece);
                }
            })
            .collect()
    }

    /// Waits for so many messages in Ann's INBOX; the newest.
    pub(crate) fn mail(&self, count: usize) -> String {
        self.until(&format!("{count} messages in the INBOX"), || {
            self.inbox().len() >= count
        });
        let inbox = self.inbox();
        assert_eq!(inbox.len(), count, "{inbox:#?}");
        inbox[count - 1].clone()
    }

    pub(crate) fn until(&self, what: &str, done: impl Fn() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !done() {
            assert!(
                Instant::now() < end,
                "waited in vain for {what}; the queue: {:#?}",
                self.queue()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What waits, for a failure's message.
    pub(crate) fn queue(&self) -> Vec<String> {
        let read = self.store.read().unwrap();
        let letters = read.queue_letters(None, 10).unwrap();
        let rows = letters.iter().flat_map(|letter| {
            let rows = read.rows(letter.id).unwrap();
            rows.into_iter()
                .map(|row| format!("{}: now {} {row:?}", letter.id, self.now().0))
        });
        rows.collect()
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        self.crash();
        if !std::thread::panicking() {
            let faults = self.store.check().unwrap();
            assert!(faults.is_empty(), "{faults:#?}");
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Everything for far.test goes to the first remote.
pub(crate) const SIMPLE: &str = "far.test MX 10 mx.far.test\nmx.far.test A 127.0.0.2";

pub(crate) const LETTER: &str = "From: Ann <ann@elsewhere.test>\r\nTo: Bob <bob@far.test>\r\nSubject: Hello\r\nMessage-ID: <1@house.test>\r\n\r\nHow are you?\r\n";

pub(crate) fn row(to: &str, due: QueueTime) -> NewRow {
    let recipient = Address::parse(to).unwrap();
    NewRow {
        destination: mail::idna::to_ascii(recipient.domain())
            .unwrap_or_else(|| recipient.domain().to_lowercase()),
        recipient,
        orcpt: None,
        notify: Notify::default(),
        due,
    }
}

fn fresh_folder() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder =
        std::env::temp_dir().join(format!("pillarbox-journey-{}-{number}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
