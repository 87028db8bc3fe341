//! What TLS clients cost the network half of the box, without any protocol: memory of idle ones, speed of busy ones.
//!
//! ```text
//! cargo run --release --example idle_tls [clients]
//! ```
//!
//! The clients live in a second process, so that the figures are the server's alone: PSS less nothing, of a process that holds no store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a measurement that fails should stop where it fails"
)]

use std::future::Future;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_executor::Executor;
use async_io::Timer;
use event_listener::Event;
use pillarbox::net::{
    Arrival, ConnectionLimits, Conversation, Listeners, Next, Reception, Secured, Service, Times,
    run,
};
use pillarbox::tls::{Certificates, Configs};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

const HOST: &str = "box.home.arpa";
const PIECE: usize = 64 * 1024;
const BULK: usize = 2 << 30;
const SMALL: usize = 1 << 20;

fn main() {
    let mut limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current = limit.maximum;
    rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).unwrap();
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("client") => client(&arguments[2], &arguments[3], arguments[4].parse().unwrap()),
        count => server(count.map_or(1000, |count| count.parse().unwrap())),
    }
}

// ---- the server ---------------------------------------------------------------------------------------------------

struct Front {
    configs: Configs,
    wake: Arc<Event>,
    woken_at: Arc<AtomicUsize>,
}

/// Prints `hello`; then `B n` prints n octets, `D n` takes n octets, and a wake prints a line.
struct Idle {
    input: Vec<u8>,
    greeted: bool,
    big: usize,
    taking: usize,
    woken: bool,
    rounds: usize,
    wake: Arc<Event>,
    woken_at: Arc<AtomicUsize>,
}

impl Reception for Front {
    fn tls(&self, service: Service) -> Option<Arc<rustls::ServerConfig>> {
        Some(self.configs.of(service))
    }

    fn converse(
        &self,
        _: &Arrival,
        _: Option<Secured>,
        _: Instant,
    ) -> Option<Box<dyn Conversation>> {
        Some(Box::new(Idle {
            input: Vec::new(),
            greeted: false,
            big: 0,
            taking: 0,
            woken: false,
            rounds: 0,
            wake: self.wake.clone(),
            woken_at: self.woken_at.clone(),
        }))
    }
}

impl Conversation for Idle {
    fn feed(&mut self, octets: &[u8]) {
        if self.taking > 0 {
            self.taking = self.taking.saturating_sub(octets.len());
            if self.taking == 0 {
                self.input.extend_from_slice(b"D 0\n");
            }
        } else {
            self.input.extend_from_slice(octets);
        }
    }

    fn step(&mut self, _: Instant, out: &mut Vec<u8>) -> Next {
        if !std::mem::replace(&mut self.greeted, true) {
            out.extend_from_slice(b"hello\n");
        }
        let rounds = self.woken_at.load(Ordering::SeqCst);
        if std::mem::take(&mut self.woken) && rounds > self.rounds {
            self.rounds = rounds;
            out.extend_from_slice(b"news\n");
        }
        if let Some(end) = self.input.iter().position(|octet| *octet == b'\n') {
            let line: Vec<u8> = std::mem::take(&mut self.input).drain(..end).collect();
            let text = String::from_utf8(line).unwrap();
            let number = text[2..].parse().unwrap();
            match (text.as_bytes()[0], number) {
                (b'D', 0) => out.extend_from_slice(b"taken\n"),
                (b'D', number) => self.taking = number,
                (_, number) => self.big = number,
            }
        }
        if self.big > 0 {
            let piece = self.big.min(PIECE);
            self.big -= piece;
            out.resize(out.len() + piece, b'x');
            return Next::More;
        }
        Next::Read
    }

    fn work(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {})
    }

    fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_secs(1800)
    }

    fn appetite(&self) -> usize {
        PIECE
    }

    fn wakes(&self) -> &[Arc<Event>] {
        std::slice::from_ref(&self.wake)
    }

    fn woken(&mut self) {
        self.woken = true;
    }

    fn shutdown(&mut self, _: &mut Vec<u8>) {}

    fn tls_started(&mut self, _: Secured) {}
}

fn server(count: usize) {
    let folder = std::env::temp_dir().join(format!("idle-tls-{}", std::process::id()));
    let certificates = Certificates::open(&folder, HOST, Vec::new()).unwrap();
    let pem = folder.join("client.der");
    std::fs::write(&pem, certificates.default_certificate().unwrap()).unwrap();
    let limits = ConnectionLimits {
        total: count + 10,
        per_address: count + 10,
    };
    let door = (Service::Imaps, SocketAddr::from(([127, 0, 0, 1], 0)));
    let listeners = Listeners::bind([door], limits, Times::default()).unwrap();
    let address = listeners.doors().next().unwrap().address.to_string();
    let executor = Arc::new(Executor::new());
    let (wake, woken_at) = (Arc::new(Event::new()), Arc::new(AtomicUsize::new(0)));
    let front = Front {
        configs: Configs::new(&certificates).unwrap(),
        wake: wake.clone(),
        woken_at: woken_at.clone(),
    };
    let open = listeners.open(&executor, Arc::new(front));
    async_io::block_on(run(&executor, async {
        Timer::after(Duration::from_millis(300)).await;
        let empty = pss();
        println!("0 clients: {empty} KB");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "client",
                &address,
                pem.to_str().unwrap(),
                &count.to_string(),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut child_in = child.stdin.take().unwrap();
        let (said, heard) = async_channel::unbounded();
        let out = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines() {
                said.send_blocking(line.unwrap()).unwrap();
            }
        });
        let each = |pss: u64| (pss.saturating_sub(empty)) as f64 / count as f64;
        let cpu = cpu_seconds();
        println!("{}", heard.recv().await.unwrap());
        let cpu = (cpu_seconds() - cpu) * 1000.0 / count as f64;
        println!("server CPU a handshake with accept, greeting: {cpu:.3} ms");
        Timer::after(Duration::from_millis(500)).await;
        println!(
            "{count} idle clients: {} KB, {:.2} KB each",
            pss(),
            each(pss())
        );
        for _ in 0..2 {
            writeln!(child_in, "download").unwrap();
            println!("{}", heard.recv().await.unwrap());
            Timer::after(Duration::from_millis(300)).await;
            println!("  idle again: {} KB, {:.2} KB each", pss(), each(pss()));
        }
        for _ in 0..3 {
            let start = Instant::now();
            woken_at.fetch_add(1, Ordering::SeqCst);
            wake.notify(usize::MAX);
            println!(
                "{} (notified {:?} ago)",
                heard.recv().await.unwrap(),
                start.elapsed()
            );
        }
        for direction in ["bulk", "upload"] {
            let cpu = cpu_seconds();
            writeln!(child_in, "{direction}").unwrap();
            println!("{}", heard.recv().await.unwrap());
            println!(
                "  server CPU: {:.0} MB/s",
                BULK as f64 / 1e6 / (cpu_seconds() - cpu)
            );
        }
        Timer::after(Duration::from_millis(300)).await;
        println!(
            "idle again: {} KB, {:.2} KB each; {} connections",
            pss(),
            each(pss()),
            open.connections()
        );
        drop(child_in);
        child.wait().unwrap();
    }));
    std::fs::remove_dir_all(folder).ok();
}

/// Proportional set size of this process, KB.
fn pss() -> u64 {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    let line = text.lines().find(|line| line.starts_with("Pss:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// CPU time of this process.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

// ---- the clients --------------------------------------------------------------------------------------------------

type Secure = StreamOwned<ClientConnection, TcpStream>;

fn client(address: &str, certificate: &str, count: usize) {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(std::fs::read(certificate).unwrap()))
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    let config = Arc::new(config);
    let start = Instant::now();
    let mut streams: Vec<Secure> = (0..count)
        .map(|_| {
            let name = ServerName::try_from(HOST).unwrap();
            let connection = ClientConnection::new(config.clone(), name).unwrap();
            let socket = TcpStream::connect(address).unwrap();
            socket.set_nodelay(true).unwrap();
            let mut stream = StreamOwned::new(connection, socket);
            expect(&mut stream, b"hello\n");
            stream
        })
        .collect();
    let took = start.elapsed();
    println!("{count} handshakes one after another in {took:?}");
    let mut commands = std::io::stdin().lines();
    let mut buffer = vec![0; 256 * 1024];
    for _ in 0..2 {
        commands.next().unwrap().unwrap();
        let start = Instant::now();
        for stream in &mut streams {
            stream.write_all(format!("B {SMALL}\n").as_bytes()).unwrap();
            take(stream, SMALL, &mut buffer);
        }
        println!("1 MiB to each in {:?}", start.elapsed());
    }
    for _ in 0..3 {
        let mut first = None;
        for stream in &mut streams {
            expect(stream, b"news\n");
            first.get_or_insert_with(Instant::now);
        }
        println!(
            "all {count} woken, the last {:?} after the first",
            first.unwrap().elapsed()
        );
    }
    let (stream, others) = streams.split_first_mut().unwrap();
    let mut one_at_a_time = |what: &str, stream: &mut Secure, other: &mut Secure| {
        commands.next().unwrap().unwrap();
        let busy = AtomicBool::new(true);
        let start = Instant::now();
        let answers = std::thread::scope(|scope| {
            let answers = scope.spawn(|| answer_times(other, &busy));
            match what {
                "to" => {
                    stream.write_all(format!("B {BULK}\n").as_bytes()).unwrap();
                    take(stream, BULK, &mut buffer);
                }
                _ => give(stream, BULK, &buffer),
            }
            busy.store(false, Ordering::SeqCst);
            answers.join().unwrap()
        });
        let speed = BULK as f64 / 1e6 / start.elapsed().as_secs_f64();
        println!("{what} a client: {speed:.0} MB/s; meanwhile another is answered in {answers}");
    };
    one_at_a_time("to", stream, &mut others[0]);
    one_at_a_time("from", stream, &mut others[0]);
    commands.next();
}

fn expect(stream: &mut Secure, line: &[u8]) {
    let mut got = vec![0; line.len()];
    stream.read_exact(&mut got).unwrap();
    assert_eq!(got, line);
}

fn take(stream: &mut Secure, octets: usize, buffer: &mut [u8]) {
    let mut left = octets;
    while left > 0 {
        let most = left.min(buffer.len());
        left -= stream.read(&mut buffer[..most]).unwrap();
    }
}

/// How long the server takes to answer one octet, asked every 2 ms while `busy`.
fn answer_times(stream: &mut Secure, busy: &AtomicBool) -> String {
    let mut times = Vec::new();
    while busy.load(Ordering::SeqCst) {
        let start = Instant::now();
        stream.write_all(b"B 1\n").unwrap();
        take(stream, 1, &mut [0]);
        times.push(start.elapsed());
        std::thread::sleep(Duration::from_millis(2));
    }
    times.sort();
    format!(
        "{:?} (median), {:?} (slowest)",
        times[times.len() / 2],
        times.last().unwrap()
    )
}

fn give(stream: &mut Secure, octets: usize, buffer: &[u8]) {
    stream
        .write_all(format!("D {octets}\n").as_bytes())
        .unwrap();
    // The server's protocol takes no octets in the same read as the command.
    std::thread::sleep(Duration::from_millis(100));
    let mut left = octets;
    while left > 0 {
        let piece = left.min(buffer.len());
        stream.write_all(&buffer[..piece]).unwrap();
        left -= piece;
    }
    expect(stream, b"taken\n");
}
