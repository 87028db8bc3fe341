//! Somebody else's mail server: says what the test wants at the line where the test wants it, and writes down all that came.
//!
//! Its own manners are those of a plain server that takes everything. A [`Rule`] changes one line: a reply, a hang-up, silence, a reply without end, garbage.

#[path = "talk.rs"]
mod talk;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rustls::ServerConfig;

use talk::serve;

/// A remote that waits for its client gives up after this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// What happens at a line instead of the usual reply.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// This reply, its CRLF added. A 4xx or 5xx refuses, anything else takes.
    Say(&'static str),
    /// The connection closes without a word.
    HangUp,
    /// The reply, then the end.
    SayAndHangUp(&'static str),
    /// Nothing, for ever.
    Silence,
    /// Lines of a reply without end.
    Endless,
    /// These octets instead of a reply.
    Garbage(&'static [u8]),
}

/// At which line what happens. The line begins with `at` in any case; `GREETING` is before the first, `.` the end of the content.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) at: &'static str,
    pub(crate) act: Act,
    /// How often; later lines get the usual reply.
    pub(crate) times: usize,
}

/// Always.
pub(crate) fn at(at: &'static str, act: Act) -> Rule {
    Rule {
        at,
        act,
        times: usize::MAX,
    }
}

/// The first time only.
pub(crate) fn once(at: &'static str, act: Act) -> Rule {
    Rule { at, act, times: 1 }
}

/// How a remote behaves.
#[derive(Clone)]
pub(crate) struct Manners {
    pub(crate) name: &'static str,
    /// Extensions announced behind EHLO; STARTTLS is added while TLS can still begin.
    pub(crate) announce: Vec<&'static str>,
    pub(crate) rules: Vec<Rule>,
    /// Every octet in a packet of its own.
    pub(crate) octet_by_octet: bool,
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// TLS from the first octet.
    pub(crate) implicit_tls: bool,
    /// Mail is taken only after this log-in.
    pub(crate) login: Option<(&'static str, &'static str)>,
    /// No EHLO, as before 1995.
    pub(crate) old: bool,
}

impl Default for Manners {
    fn default() -> Manners {
        Manners {
            name: "mx.remote.test",
            announce: vec![
                "PIPELINING",
                "SIZE 10000000",
                "8BITMIME",
                "ENHANCEDSTATUSCODES",
            ],
            rules: Vec::new(),
            octet_by_octet: false,
            tls: None,
            implicit_tls: false,
            login: None,
            old: false,
        }
    }
}

/// Manners with these rules.
pub(crate) fn rules(rules: impl IntoIterator<Item = Rule>) -> Manners {
    Manners {
        rules: rules.into_iter().collect(),
        ..Manners::default()
    }
}

/// Manners that announce exactly this.
pub(crate) fn announcing(announce: &[&'static str]) -> Manners {
    Manners {
        announce: announce.to_vec(),
        ..Manners::default()
    }
}

/// A message that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// The MAIL line.
    pub(crate) mail: String,
    /// The RCPT lines that were not refused.
    pub(crate) rcpt: Vec<String>,
    /// The content without dot-stuffing.
    pub(crate) data: Vec<u8>,
    pub(crate) tls: bool,
    /// It came by BDAT.
    pub(crate) chunks: bool,
    pub(crate) user: Option<String>,
    /// Which connection of the remote, from 0.
    pub(crate) connection: usize,
}

impl Taken {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }
}

/// A running remote; it ends with the value.
pub(crate) struct Remote {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    manners: Mutex<Manners>,
    used: Mutex<HashMap<usize, usize>>,
    heard: Mutex<Heard>,
    news: Condvar,
    ended: AtomicBool,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

#[derive(Default)]
struct Heard {
    connections: usize,
    lines: Vec<String>,
    taken: Vec<Taken>,
}

impl Remote {
    pub(crate) fn start(ip: impl Into<IpAddr>, port: u16, manners: Manners) -> Remote {
        let listener = TcpListener::bind((ip.into(), port)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            manners: Mutex::new(manners),
            used: Mutex::default(),
            heard: Mutex::default(),
            news: Condvar::new(),
            ended: AtomicBool::new(false),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
        });
        let remote = Remote {
            address,
            shared: shared.clone(),
        };
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if shared.ended.load(Ordering::Relaxed) {
                    return;
                }
                let number = {
                    let mut heard = shared.heard.lock().unwrap();
                    heard.connections += 1;
                    heard.connections - 1
                };
                shared.news.notify_all();
                let shared = shared.clone();
                std::thread::spawn(move || {
                    let open = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
                    shared.most_open.fetch_max(open, Ordering::SeqCst);
                    // A client that goes away is what some tests are about.
                    let _ = serve(&shared, stream, number);
                    shared.open.fetch_sub(1, Ordering::SeqCst);
                    shared.news.notify_all();
                });
            }
        });
        remote
    }

    /// Other manners from now on; rules count from nothing.
    pub(crate) fn behave(&self, manners: Manners) {
        *self.shared.manners.lock().unwrap() = manners;
        self.shared.used.lock().unwrap().clear();
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.shared.heard.lock().unwrap().taken.clone()
    }

    /// Every line so far as `0: MAIL FROM:<…>`, the connection first.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.shared.heard.lock().unwrap().lines.clone()
    }

    /// Whether some line, without its connection, begins with `start`.
    pub(crate) fn heard(&self, start: &str) -> bool {
        self.lines()
            .iter()
            .any(|line| line.split_once(": ").unwrap().1.starts_with(start))
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.heard.lock().unwrap().connections
    }

    /// The most connections that were open at one time.
    pub(crate) fn most_open(&self) -> usize {
        self.shared.most_open.load(Ordering::SeqCst)
    }

    pub(crate) fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// Waits until `count` messages were taken.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Taken> {
        let end = Instant::now() + PATIENCE;
        let mut heard = self.shared.heard.lock().unwrap();
        while heard.taken.len() < count {
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{} of {count} messages came; heard: {:#?}",
                heard.taken.len(),
                heard.lines
            );
            heard = self.shared.news.wait_timeout(heard, left).unwrap().0;
        }
        heard.taken.clone()
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    /// What a rule says to this line, if one does.
    fn act(&self, line: &str) -> Option<Act> {
        let manners = self.manners.lock().unwrap();
        let mut used = self.used.lock().unwrap();
        let upper = line.to_uppercase();
        manners.rules.iter().enumerate().find_map(|(number, rule)| {
            let count = used.entry(number).or_default();
            (upper.starts_with(&rule.at.to_uppercase()) && *count < rule.times).then(|| {
                *count += 1;
                rule.act.clone()
            })
        })
    }

    fn note(&self, number: usize, line: &str) {
        let mut heard = self.heard.lock().unwrap();
        heard.lines.push(format!("{number}: {line}"));
        drop(heard);
        self.news.notify_all();
    }
}
