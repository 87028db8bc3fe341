//! A box whose init is the test: what it tells, what it hears, when it falls silent; and the page of one that has nothing to keep mail on.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpStream, UdpSocket};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use firmware::talk::{LONGEST, Network, News, Order, Reach};
use house::Ports;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

use super::browser::Browser;
use super::folder::{Folder, PROGRAM, text};
use super::journey::claim;

/// What the box may take for anything that it does at once.
pub(crate) const SOON: Duration = Duration::from_secs(20);
/// Between two "alive", and a little.
const BEAT: Duration = Duration::from_secs(8);

/// Process 1's end.
pub(crate) struct Init(OwnedFd);

impl Init {
    /// Both ends; the box's stays open in children.
    fn new() -> (Init, OwnedFd) {
        let (ours, theirs) = rustix::net::socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::empty(),
            None,
        )
        .unwrap();
        rustix::io::fcntl_setfd(&ours, rustix::io::FdFlags::CLOEXEC).unwrap();
        (Init(ours), theirs)
    }

    pub(crate) fn says(&self, news: &News) {
        rustix::net::send(&self.0, news.print().as_bytes(), SendFlags::empty()).unwrap();
    }

    /// The next order within this time; `None`: silence, or the end.
    fn hears(&self, within: Duration) -> Option<Order> {
        let mut ready = [PollFd::from_borrowed_fd(self.0.as_fd(), PollFlags::IN)];
        let within = Timespec::try_from(within).unwrap();
        if poll(&mut ready, Some(&within)).unwrap() == 0 {
            return None;
        }
        let mut buffer = vec![0; LONGEST];
        let (_, length) = rustix::net::recv(&self.0, &mut buffer[..], RecvFlags::empty()).ok()?;
        if length == 0 {
            return None;
        }
        Some(
            Order::parse(&buffer[..length]).unwrap_or_else(|| panic!("not understood: {buffer:?}")),
        )
    }

    /// The next order but "alive".
    pub(crate) fn hears_else(&self, within: Duration) -> Option<Order> {
        let begun = Instant::now();
        loop {
            match self.hears(within.saturating_sub(begun.elapsed())) {
                Some(Order::Alive) => {}
                other => return other,
            }
        }
    }

    /// No "alive" any more: what was said before it fell silent is left aside.
    fn falls_silent(&self) {
        let begun = Instant::now();
        while self.hears(2 * BEAT).is_some() {
            assert!(begun.elapsed() < 4 * BEAT, "it says that it lives");
        }
    }
}

fn network(reach: Reach, ntp: &[&str]) -> News {
    News::Network(Network {
        cable: reach != Reach::NoCable,
        ntp: ntp.iter().map(|ip| ip.parse().unwrap()).collect(),
        reach,
        ..Network::default()
    })
}

/// A box on a card, and its init.
pub(crate) fn start(folder: &Folder, more: &str) -> (super::folder::Running, Init) {
    let (init, theirs) = Init::new();
    let number = theirs.as_raw_fd().to_string();
    let running = folder.start_with(more, &["--card", &number]);
    loop {
        match init.hears(SOON) {
            Some(Order::Name { .. }) => {}
            other => {
                assert_eq!(other, Some(Order::Ready), "{}", folder.log());
                return (running, init);
            }
        }
    }
}

fn has_trouble(folder: &Folder, words: &str) -> bool {
    folder.status()["troubles"].to_string().contains(words)
}

#[test]
fn the_box_lives_hears_of_its_network_and_has_the_board_switched_off() {
    let folder = Folder::new("card");
    // Nobody answers there, and nobody in the world is asked.
    let (running, init) = start(&folder, "[clock]\nservers = [\"127.0.0.78\"]\n");
    let status = folder.status();
    assert_eq!(
        status["owner"]["state"], "never",
        "--card says --setup: {status}"
    );
    assert_eq!(
        status["clock"]["trusted"], false,
        "its clock is its own to keep: {status}"
    );
    init.says(&network(Reach::NoCable, &[]));
    folder.status_when(|_| has_trouble(&folder, "no network cable"));
    init.says(&network(Reach::Own, &[]));
    folder.status_when(|_| has_trouble(&folder, "no router gave"));
    init.says(&network(Reach::Given, &[]));
    folder.status_when(|_| !has_trouble(&folder, "no router gave"));
    init.says(&News::LastWords {
        times: 2,
        text: "some\nthe very last\n".to_owned(),
    });
    folder.status_when(|_| has_trouble(&folder, "the very last"));
    // Only whoever may bind the port can see that it is asked.
    if let Ok(server) = UdpSocket::bind("127.0.0.77:123") {
        server.set_read_timeout(Some(SOON)).unwrap();
        init.says(&network(Reach::Given, &["127.0.0.77"]));
        let (length, _) = server
            .recv_from(&mut [0; 512])
            .expect("it asks the router's time server");
        assert_eq!(length, 48);
    }
    // Each kind of door in its turn, without a line in the log.
    for _ in 0..4 {
        assert_eq!(init.hears(BEAT), Some(Order::Alive), "{}", folder.log());
    }
    let log = folder.log();
    assert!(
        !log.contains("lost") && !log.contains("does not answer"),
        "{log}"
    );
    assert_eq!(folder.code(&["press", "double"]), 0);
    assert_eq!(
        init.hears_else(SOON),
        Some(Order::PowerOff),
        "{}",
        folder.log()
    );
    let (code, _) = running.ends();
    assert_eq!(code, Some(0));
    assert!(
        folder.log().contains("safe to unplug"),
        "before the order: {}",
        folder.log()
    );
    assert_eq!(init.hears(Duration::from_secs(1)), None);
}

/// The thread of this name.
fn thread(process: u32, name: &str) -> libc::pid_t {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    tasks
        .map(|task| task.unwrap())
        .find(|task| {
            let comm = std::fs::read_to_string(task.path().join("comm")).unwrap();
            comm.trim() == name
        })
        .and_then(|task| task.file_name().to_str()?.parse().ok())
        .unwrap()
}

/// Stops one thread, or lets it go on (ptrace(2)); to be called by one and the same thread of ours.
fn freeze(thread: libc::pid_t, request: libc::c_uint) {
    // SAFETY: these requests read and write no memory of either process.
    let done = unsafe { libc::ptrace(request, thread, 0, 0) };
    assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
}

#[test]
fn a_box_whose_writer_or_whose_loop_hangs_says_nothing() {
    let folder = Folder::new("hangs");
    let (running, init) = start(&folder, "");
    for name in ["store-writer", "pillarbox"] {
        let hung = thread(running.pid(), name);
        freeze(hung, libc::PTRACE_SEIZE);
        freeze(hung, libc::PTRACE_INTERRUPT);
        init.falls_silent();
        // Until it has stopped it cannot be let go.
        // SAFETY: the status is not wanted, and a null pointer says so.
        unsafe { libc::waitpid(hung, std::ptr::null_mut(), libc::__WALL) };
        freeze(hung, libc::PTRACE_DETACH);
        assert_eq!(
            init.hears(2 * BEAT),
            Some(Order::Alive),
            "{name}: it lives again"
        );
    }
}

#[test]
fn the_owner_loads_the_log_and_switches_the_box_off_on_its_page() {
    let folder = Folder::new("card-page");
    let (running, init) = start(&folder, "");
    let mut browser = Browser::at(running.https);
    assert!(
        !browser
            .get("/household/box")
            .body
            .contains("/household/box/off"),
        "to a stranger"
    );
    claim(&mut browser, "seven green tulips");
    let log = folder.0.join("ring");
    std::fs::write(&log, "what was <said>").unwrap();
    let loaded = std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            assert_eq!(init.hears_else(SOON), Some(Order::Log));
            init.says(&News::Log { path: log.clone() });
        });
        let loaded = browser.get("/household/box/log");
        asked.join().unwrap();
        loaded
    });
    assert_eq!(
        (loaded.status, loaded.body.as_str()),
        (200, "what was <said>")
    );
    let page = browser.get("/household/box");
    let off = browser.send(&page, "/household/box/off", &[]);
    assert!(off.body.contains("being switched off"), "{off:?}");
    assert_eq!(
        init.hears_else(SOON),
        Some(Order::PowerOff),
        "{}",
        folder.log()
    );
    assert_eq!(running.ends().0, Some(0));
}

/// A rescue that runs.
struct Rescue {
    child: Child,
    folder: Folder,
    port: u16,
    _held: Ports,
    init: Init,
}

impl Rescue {
    fn start(reason: &str) -> Rescue {
        let folder = Folder::new(&format!("rescue-{reason}"));
        let (init, theirs) = Init::new();
        let held = Ports::hold(1).unwrap();
        let port = held.numbers().next().unwrap();
        let boot = folder.0.join("boot");
        std::fs::create_dir_all(&boot).unwrap();
        let settings = format!("setup.mdns = false\n[listen]\nhttp = [\"127.0.0.1:{port}\"]\n");
        std::fs::write(boot.join("pillarbox.toml"), &settings).unwrap();
        let mut child = Command::new(PROGRAM)
            .args(["run", "--rescue", reason, "--card"])
            .arg(theirs.as_raw_fd().to_string())
            .arg("--boot")
            .arg(&boot)
            .arg("--data")
            .arg(folder.data())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(
                std::fs::File::create(folder.0.join("log")).unwrap(),
            ))
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        assert!(said.contains("no mail is kept"), "{said}{}", folder.log());
        let rescue = Rescue {
            child,
            folder,
            port,
            _held: held,
            init,
        };
        assert_eq!(rescue.init.hears(SOON), Some(Order::Ready));
        let kept = std::fs::read_to_string(boot.join("pillarbox.toml")).unwrap();
        assert_eq!(kept, settings, "nothing beside the box is touched");
        rescue
    }

    fn ask(&self, host: &str, request: &str, form: &str) -> String {
        let mut wire = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        wire.set_read_timeout(Some(SOON)).unwrap();
        let posted = match form {
            "" => String::new(),
            form => format!(
                "Origin: http://{host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
                form.len()
            ),
        };
        write!(
            wire,
            "{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{posted}\r\n{form}"
        )
        .unwrap();
        let mut said = String::new();
        wire.read_to_string(&mut said).unwrap();
        said
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn page(&self) -> String {
        self.ask(&self.host(), "GET /", "")
    }

    /// Sends the form of the page for this.
    fn send(&self, action: &str) -> String {
        let page = self.page();
        let form = page.split(&format!("action=\"{action}\"")).nth(1).unwrap();
        let token = form.split("name=\"csrf\" value=\"").nth(1).unwrap();
        let token = token.split('"').next().unwrap();
        self.ask(
            &self.host(),
            &format!("POST {action}"),
            &format!("csrf={token}"),
        )
    }

    fn press(&self, gesture: &str) {
        let pressed = self.folder.run(&["press", gesture]);
        assert_eq!(pressed.status.code(), Some(0), "{}", text(&pressed));
    }

    /// No order but "alive" for a while.
    fn orders_nothing(&self) {
        let heard = self.init.hears_else(Duration::from_secs(2));
        assert_eq!(heard, None, "{}", self.folder.log());
    }
}

impl Drop for Rescue {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_card_is_made_anew_by_the_page_and_the_button_together() {
    let mut rescue = Rescue::start("corrupt");
    let page = rescue.page();
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("is damaged"),
        "{page}"
    );
    let greek = rescue.ask(&rescue.host(), "GET /?lang=el", "");
    assert!(
        greek.contains("lang=\"el\"") && greek.contains("έχει φθαρεί"),
        "{greek}"
    );
    // A name that is not ours is somebody's trick, and a phone that looks for the internet is led here.
    for request in ["GET /", "POST /start-anew"] {
        let tricked = rescue.ask("evil.example", request, "");
        assert!(
            tricked.starts_with("HTTP/1.1 404") && !tricked.contains("pillarbox"),
            "{tricked}"
        );
    }
    let led = rescue.ask("captive.apple.com", "GET /hotspot-detect.html", "");
    assert!(led.starts_with("HTTP/1.1 302"), "{led}");
    let light = text(&rescue.folder.run(&["light"]));
    assert!(light.starts_with("cannot-keep-mail"), "{light}");

    rescue.press("10s");
    rescue.orders_nothing();
    // Without the page's token.
    let forged = rescue.ask(&rescue.host(), "POST /start-anew", "csrf=guessed");
    assert!(forged.starts_with("HTTP/1.1 403"), "{forged}");
    // From afar nobody opens it, and not with a press that somebody makes for another reason.
    let afar = rescue.send("/start-anew");
    assert!(afar.contains("\r\nlocation: /start-anew\r\n"), "{afar}");
    let told = rescue.ask(&rescue.host(), "GET /start-anew", "");
    assert!(told.contains("Nothing was done"), "{told}");
    rescue.press("short");
    std::thread::scope(|scope| {
        let pressing = scope.spawn(|| rescue.press("10s"));
        std::thread::sleep(Duration::from_secs(2));
        let during = rescue.send("/start-anew");
        assert!(during.contains("\r\nlocation: /start-anew\r\n"), "{during}");
        pressing.join().unwrap();
    });
    rescue.orders_nothing();
    let light = text(&rescue.folder.run(&["light"]));
    assert!(light.starts_with("cannot-keep-mail"), "{light}");

    let opened = rescue.send("/start-anew");
    assert!(opened.contains("\r\nlocation: /\r\n"), "{opened}");
    assert!(rescue.page().contains("Hold the button for 10 seconds"));
    let light = text(&rescue.folder.run(&["light"]));
    assert!(light.starts_with("emptying-offered"), "{light}");
    rescue.orders_nothing();
    rescue.press("3s");
    rescue.orders_nothing();
    rescue.press("10s");
    assert_eq!(rescue.init.hears_else(SOON), Some(Order::Format));
    let page = rescue.page();
    assert!(
        page.contains("being made anew") && !page.contains("action=\"/start-anew\""),
        "{page}"
    );

    rescue.press("double");
    assert_eq!(rescue.init.hears_else(SOON), Some(Order::PowerOff));
    assert_eq!(rescue.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_card_that_is_only_locked_is_not_offered_to_be_made_anew() {
    let rescue = Rescue::start("read-only");
    let page = rescue.page();
    assert!(
        page.contains("small lock") && !page.contains("/start-anew"),
        "{page}"
    );
    let forged = rescue.ask(&rescue.host(), "POST /start-anew", "csrf=guessed");
    assert!(forged.starts_with("HTTP/1.1 403"), "{forged}");
    assert_eq!(rescue.init.hears(BEAT), Some(Order::Alive));
}
