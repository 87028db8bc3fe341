//! An update by the command line where there is no card, and by the page where the test is init: brought, judged, waiting, handed on.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blake2::{Blake2b512, Digest as _};
use firmware::talk::{FileName, News, Order, Phase, Systems};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::browser::{Browser, Page};
use super::card::{SOON, start};
use super::folder::{Folder, text};
use super::journey::claim;

/// Made by `minisign` with the key that the program was built with: pillarbox 0.0.1 pi64.
const REAL: &[u8] = include_bytes!("../../firmware/update/real.update");
const UPDATE: &str = "/household/update";
const FILE: &str = "/household/update/file";
const NAME: &str = "pillarbox-9.0.0-pc.update";

/// Somebody whose updates the box takes, once its settings say so.
struct Maker(Ed25519KeyPair);

impl Maker {
    fn new() -> Maker {
        Maker(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap())
    }

    fn key(&self) -> String {
        let mut octets = b"Ed01234567".to_vec();
        octets.extend_from_slice(self.0.public_key().as_ref());
        STANDARD.encode(octets)
    }

    fn update(&self, comment: &str, system: &[u8]) -> Vec<u8> {
        let signature = self.0.sign(&Blake2b512::digest(system));
        let mut first = b"ED01234567".to_vec();
        first.extend_from_slice(signature.as_ref());
        let said = [signature.as_ref(), comment.as_bytes()].concat();
        let global = self.0.sign(&said);
        let mut file = format!(
            "untrusted comment: a test's\n{}\ntrusted comment: {comment}\n{}\n\n",
            STANDARD.encode(first),
            STANDARD.encode(global.as_ref())
        )
        .into_bytes();
        file.extend_from_slice(system);
        file
    }
}

#[test]
fn without_a_card_an_update_is_judged_and_nothing_is_installed() {
    let folder = Folder::new("update-judged");
    folder.run_with(
        &["account", "add", "ann@house.test", "--password-stdin"],
        "ann's password\n",
    );
    let file = folder.0.join("x.update");
    std::fs::write(&file, REAL).unwrap();
    let file = file.to_str().unwrap();
    let said = folder.run(&["update", file]);
    assert_eq!(said.status.code(), Some(8), "{}", text(&said));
    assert!(
        text(&said).contains("only a card has two systems"),
        "{}",
        text(&said)
    );
    // By a box that runs as well.
    let running = folder.start("");
    assert_eq!(folder.code(&["update", file]), 8);
    drop(running);
    let maker = Maker::new();
    let said = folder.run(&["update", file, "--key", &maker.key()]);
    assert_eq!(said.status.code(), Some(5), "{}", text(&said));
    assert!(text(&said).contains("another key"), "{}", text(&said));
    assert_eq!(folder.code(&["update", file, "--key", "nonsense"]), 5);
    let mut bad = REAL.to_vec();
    *bad.last_mut().unwrap() ^= 1;
    std::fs::write(file, bad).unwrap();
    let said = folder.run(&["update", file]);
    assert_eq!(said.status.code(), Some(5));
    assert!(text(&said).contains("damaged"), "{}", text(&said));
    assert_eq!(folder.code(&["update", "/nowhere/x.update"]), 3);
    assert_eq!(folder.code(&["update"]), 2);
    assert_eq!(folder.code(&["status", "--key", "x"]), 2);
}

/// A web server that sends on once, then gives the file.
fn serve(file: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut octet = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut octet).unwrap() == 1 {
                head.push(octet[0]);
            }
            let head = String::from_utf8(head).unwrap();
            let answer = match head.starts_with("GET /file ") {
                true => format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", file.len()),
                false if head.starts_with("GET /old ") => {
                    "HTTP/1.1 302 Found\r\nLocation: file\r\nContent-Length: 0\r\n\r\n".to_owned()
                }
                false => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
            };
            stream.write_all(answer.as_bytes()).unwrap();
            if answer.contains("200 OK") {
                stream.write_all(&file).unwrap();
            }
        }
    });
    port
}

#[test]
fn an_address_is_asked_and_where_it_sends_on_to() {
    let folder = Folder::new("update-address");
    folder.run_with(
        &["account", "add", "ann@house.test", "--password-stdin"],
        "ann's password\n",
    );
    let port = serve(REAL.to_vec());
    let said = folder.run(&["update", &format!("http://127.0.0.1:{port}/old")]);
    assert_eq!(said.status.code(), Some(8), "{}", text(&said));
    let said = folder.run(&["update", &format!("http://127.0.0.1:{port}/other")]);
    assert_eq!(said.status.code(), Some(1), "{}", text(&said));
    assert!(text(&said).contains("404"), "{}", text(&said));
    assert_eq!(folder.code(&["update", "gopher://127.0.0.1/x"]), 1);
    let left = std::fs::read_dir(folder.data().join("update")).unwrap();
    assert_eq!(left.count(), 0);
}

/// The page as soon as it says this.
fn page_when(browser: &mut Browser<'_>, words: &str) -> Page {
    let begun = Instant::now();
    loop {
        let page = browser.get(UPDATE);
        if page.body.contains(words) {
            return page;
        }
        assert!(begun.elapsed() < SOON, "no \"{words}\" on {page:?}");
        std::thread::sleep(Duration::from_millis(400));
    }
}

#[test]
fn the_owner_brings_an_update_by_the_page_and_init_is_asked_to_install_it() {
    let maker = Maker::new();
    let folder = Folder::new("update-page");
    let settings = format!("[update]\nkey = \"{}\"\n", maker.key());
    let (running, init) = start(&folder, &settings);
    let mut browser = Browser::at(running.https);
    claim(&mut browser, "seven green tulips");
    init.says(&News::Systems(Systems {
        running: Some('a'),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Systems::default()
    }));
    let page = page_when(&mut browser, "from slot A");
    // Wrong ones are told, each by its own sentence, and nothing waits.
    let system = vec![9; 3 << 20];
    let good = maker.update("pillarbox 9.0.0 pc", &system);
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    for (file, words) in [
        (bad, "The signature does not fit"),
        (
            good[..good.len() / 2].to_vec(),
            "The signature does not fit",
        ),
        (
            maker.update("pillarbox 9.0.0 pi64", b"x"),
            "for other boards",
        ),
        (
            maker.update("pillarbox 0.0.9 pc", b"x"),
            "older than what runs",
        ),
        (REAL.to_vec(), "signed by somebody else"),
        (b"hello".to_vec(), "no update for the box"),
        (Vec::new(), "no update for the box"),
    ] {
        let told = browser.upload(&page, FILE, &file);
        assert_eq!(told.status, 200, "{told:?}");
        assert!(told.body.contains(words), "no \"{words}\" on {told:?}");
        assert!(!told.body.contains("/household/update/install"));
    }
    // A stranger's file is not even read.
    let mut stranger = Browser::at(running.https);
    let refused = stranger.upload(&page, FILE, REAL);
    assert!(matches!(refused.status, 403 | 415), "{refused:?}");

    let waits = browser.upload(&page, FILE, &good);
    assert!(waits.body.contains("Version 9.0.0 is here"), "{waits:?}");
    let spooled = folder.data().join("update").join(NAME);
    assert_eq!(std::fs::read(&spooled).unwrap(), good);
    browser.send(&waits, "/household/update/install", &[]);
    let file = FileName::new(NAME).unwrap();
    while let Some(order) = init.hears_else(SOON) {
        if matches!(order, Order::Update { .. }) {
            assert_eq!(order, Order::Update { file });
            break;
        }
    }
    init.says(&News::Progress {
        phase: Phase::Writing,
        done: 1_000_000,
        total: 3_100_000,
        why: String::new(),
    });
    page_when(&mut browser, "writes the new system: 1.0 of 3.1 MB");
    init.says(&News::Progress {
        phase: Phase::Refused,
        done: 0,
        total: 0,
        why: "read-back the card gives back something else".to_owned(),
    });
    page_when(&mut browser, "gives back something else than was written");
    // What it was tried with lies there still at the next start, and is of no use any more, however that ended.
    drop(running);
    let (running, init) = start(&folder, &settings);
    assert!(spooled.exists());
    init.says(&News::Systems(Systems {
        running: Some('a'),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        updated_to: Some("9.0.0".to_owned()),
        given_up: Some(firmware::talk::Step::SelfTest),
        ..Systems::default()
    }));
    assert_eq!(folder.code(&["press", "3s"]), 0);
    let mut browser = Browser::at(running.https);
    let page = browser.get("/sign-in");
    let page = browser.send(
        &page,
        "/sign-in",
        &[
            ("user", "ann@house.test"),
            ("password", "seven green tulips"),
        ],
    );
    assert!(!page.path.starts_with("/sign-in"), "{page:?}");
    let page = page_when(&mut browser, "was given up");
    assert!(!page.body.contains("Version 9.0.0 is here") && !spooled.exists());
    // By an address as well.
    let port = serve(maker.update("pillarbox 9.1.0 pc", &system));
    let url = format!("http://127.0.0.1:{port}/old");
    browser.send(&page, "/household/update/fetch", &[("url", &url)]);
    let page = page_when(&mut browser, "Version 9.1.0 is here");
    let page = browser.send(&page, "/household/update/discard", &[]);
    assert!(!page.body.contains("Version 9.1.0 is here"), "{page:?}");
}
