//! The setup page: how soon its first octet comes, what a whole visit costs in memory and what stays of it, how soon settings hold, and how soon the light
//! answers a finger. The visit is a person's: real forms with their tokens, every page, a new connection each.

#[path = "../../cli/browser.rs"]
#[allow(dead_code, reason = "the journey needs more of it")]
mod browser;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use house::{HOSTNAME, House, Plan, Wire, program_beside};
use rustls::ClientConfig;

use crate::talk::phone;
use crate::{Outcome, Row, median};
use browser::{Browser, Page};

/// Pages asked for in each way.
const PAGES: usize = 50;
/// Between two pages: one address is answered ten times a second in the long run.
const PACE: Duration = Duration::from_millis(100);
/// Answers to question 5, each another than the one before.
const LIVES: usize = 10;
/// Short presses.
const PRESSES: usize = 20;
/// The window is open for a minute; one that is open after this long stays open.
const CLOSES: Duration = Duration::from_secs(75);
/// What a box keeps in use of a moment ago: threads that end, pages that the allocator gives back.
const REST: Duration = Duration::from_secs(3);
/// The shortest window, and names that nobody outside is asked for.
const SETTINGS: &str = "[log]\nlevel = \"warn\"\n[dns]\nservers = [\"127.0.0.1:1\"]\n[setup]\nready_made = false\nminutes = 1\n";
const OWNER: &str = "ann@example.org";
const PASSWORD: &str = "seven green tulips";

/// Pages that an owner finds, from the questions to the table for a mail program.
const SIGHTS: [&str; 19] = [
    "/welcome",
    "/welcome/not-mine",
    "/forgotten",
    "/setup/you",
    "/setup/address",
    "/setup/sending",
    "/setup/sending/provider?provider=gmail",
    "/setup/sending/direct",
    "/setup/arriving",
    "/setup/place",
    "/setup/done",
    "/password",
    "/household",
    "/household/people",
    "/household/people/add",
    "/household/aliases",
    "/household/devices",
    "/household/records",
    "/household/person?person=ann%40example.org",
];

pub fn measure() -> Outcome<Vec<Row>> {
    let house = House::start(&Plan {
        program: program_beside(),
        people: Vec::new(),
        settings: SETTINGS.to_owned(),
    })?;
    until_closed(&house)?;
    let idle = memory(&house)?;
    let light = edge_to_light(&house)?;
    house.command(&["press", "3s"], "")?;
    let (first, kept) = (first_pages(&house)?, kept_pages(&house)?);

    let mut browser = Browser::new(&house);
    claim(&mut browser)?;
    visit(&mut browser)?;
    let lives = lives(&mut browser)?;
    visit(&mut browser)?;
    let open = memory(&house)?;
    let done = well(browser.get("/setup/done"))?;
    well(browser.send(&done, "/close", &[]))?;
    std::thread::sleep(REST);
    let closed = memory(&house)?;
    let more = |now: Memory| {
        let part = |now: u64, before: u64| (now as f64 - before as f64) / 1024.0;
        format!(
            "{:+.2} MB ({:+.2} MB filled)",
            part(now.all, idle.all),
            part(now.filled, idle.filled)
        )
    };
    Ok(vec![
        Row {
            what: "setup page over TLS, from connect to its first octet, p50: new visitor (full handshake); on the open connection".into(),
            measured: format!("**{first:.1} ms**; {kept:.2} ms"),
            limit: format!("handshake alone {:.1} ms", handshake(&house)?),
            aim: "100 ms",
        },
        Row {
            what: format!(
                "setup, memory beside the idle box's {:.1} MB: window open, every page and question visited; closed by its page",
                idle.all as f64 / 1024.0
            ),
            measured: format!("**{}**; {}", more(open), more(closed)),
            limit: "argon2id works in 19 MB while a password is judged".into(),
            aim: "3 MB, given back",
        },
        Row {
            what: "question 5 sent to the next page there: file synced, mail services begun anew, three TLS connections, p50".into(),
            measured: format!("**{lives:.0} ms**"),
            limit: String::new(),
            aim: "",
        },
        Row {
            what: "`pillarbox press short` begun to the light seen changed by `light --watch`, p50: two processes, 30 ms of debounce".into(),
            measured: format!("**{light:.1} ms**"),
            limit: "debounce 30 ms".into(),
            aim: "50 ms",
        },
    ])
}

/// In KB.
#[derive(Clone, Copy)]
struct Memory {
    /// All but the store: the program's own pages as well, once they are touched.
    all: u64,
    /// What the process has filled itself.
    filled: u64,
}

fn memory(house: &House) -> Outcome<Memory> {
    Ok(Memory {
        all: house.memory_kb()?,
        filled: house.filled_kb()?,
    })
}

/// A box that is nobody's opens the window as it starts.
fn until_closed(house: &House) -> Outcome<()> {
    let begun = Instant::now();
    while house.command(&["light"], "")?.starts_with("setup-open") {
        if begun.elapsed() > CLOSES {
            return Err("the window does not close".into());
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    std::thread::sleep(REST);
    Ok(())
}

/// One page on this line; milliseconds from `begun` to its first octet.
fn page(line: &mut Wire, begun: Instant) -> Outcome<f64> {
    line.send(format!("GET / HTTP/1.1\r\nHost: {HOSTNAME}\r\n\r\n").as_bytes())?;
    let mut first = [0];
    line.read_exact(&mut first)?;
    let took = begun.elapsed().as_secs_f64() * 1e3;
    line.expect("TTP/1.1 200")?;
    let mut length = 0;
    loop {
        let field = line.line()?.ok_or("the page ends in its head")?;
        if field.is_empty() {
            break;
        }
        if let Some(octets) = field.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = octets.parse()?;
        }
    }
    let mut body = vec![0; length];
    line.read_exact(&mut body)?;
    std::thread::sleep(PACE);
    match String::from_utf8_lossy(&body).contains("</html>") {
        true => Ok(took),
        false => Err(format!("no whole page: {length} octets").into()),
    }
}

fn first_pages(house: &House) -> Outcome<f64> {
    let took: Outcome<Vec<f64>> = (0..PAGES)
        .map(|_| {
            // A phone that was never here: it has no session to take up again.
            let config: Arc<ClientConfig> = phone();
            let begun = Instant::now();
            let mut line = Wire::connect_tls(house.port("https")?, &config)?;
            page(&mut line, begun)
        })
        .collect();
    Ok(median(took?))
}

fn kept_pages(house: &House) -> Outcome<f64> {
    let mut line = house.connect("https")?;
    page(&mut line, Instant::now())?;
    let took: Outcome<Vec<f64>> = (0..PAGES)
        .map(|_| page(&mut line, Instant::now()))
        .collect();
    Ok(median(took?))
}

/// The same full handshake to the greeting of the mail service beside it.
fn handshake(house: &House) -> Outcome<f64> {
    let took: Outcome<Vec<f64>> = (0..PAGES)
        .map(|_| {
            let config = phone();
            let begun = Instant::now();
            Wire::connect_tls(house.port("imaps")?, &config)?.expect("* OK")?;
            Ok(begun.elapsed().as_secs_f64() * 1e3)
        })
        .collect();
    Ok(median(took?))
}

fn well(page: Page) -> Outcome<Page> {
    std::thread::sleep(PACE);
    match page.status {
        200 => Ok(page),
        _ => Err(format!("{}: {}: {}", page.path, page.status, page.body).into()),
    }
}

/// The five questions, but for the last one.
fn claim(browser: &mut Browser<'_>) -> Outcome<()> {
    let password = [("password", PASSWORD), ("again", PASSWORD)];
    let you = [&[("name", "Ann Smith"), ("local", "ann")], &password[..]].concat();
    let page = well(browser.get("/setup/you"))?;
    well(browser.send(&page, "/setup/you", &you))?;
    let page = well(browser.get("/setup/address"))?;
    let domain = [("kind", "own"), ("domain", "example.org")];
    well(browser.send(&page, "/setup/address", &domain))?;
    let page = well(browser.get("/setup/sending/direct"))?;
    well(browser.send(&page, "/setup/sending/direct", &[("deed", "use")]))?;
    let page = well(browser.get("/setup/arriving"))?;
    // The name by which the visit goes on.
    let name = [("deed", "name"), ("hostname", HOSTNAME)];
    let page = well(browser.send(&page, "/setup/arriving", &name))?;
    arrived(&page, "/setup/place")
}

/// Every page, and a deed of each kind: a person, an alias, a password for a program with its code.
fn visit(browser: &mut Browser<'_>) -> Outcome<()> {
    for path in SIGHTS {
        well(browser.get(path))?;
    }
    let add = well(browser.get("/household/people/add"))?;
    let bob = [("name", "Bob"), ("local", "bob"), ("password", PASSWORD)];
    // The second time he is there already, which is a page too.
    browser.send(&add, "/household/people/add", &bob);
    let aliases = well(browser.get("/household/aliases"))?;
    let alias = [("alias", "post"), ("targets", OWNER)];
    well(browser.send(&aliases, "/household/aliases/add", &alias))?;
    for device in ["apple", "android", "other"] {
        let devices = well(browser.get("/household/devices"))?;
        well(browser.send(
            &devices,
            "/household/devices",
            &[("person", OWNER), ("device", device)],
        ))?;
    }
    Ok(())
}

fn lives(browser: &mut Browser<'_>) -> Outcome<f64> {
    let mut took = Vec::with_capacity(LIVES);
    for life in 0..LIVES {
        let zone = ["Europe/Athens", "Europe/Rome"][life % 2];
        let question = well(browser.get("/setup/place"))?;
        let begun = Instant::now();
        let next = well(browser.send(&question, "/setup/place", &[("zone", zone)]))?;
        took.push(begun.elapsed().as_secs_f64() * 1e3);
        arrived(&next, "/setup/done")?;
    }
    Ok(median(took))
}

fn arrived(page: &Page, at: &str) -> Outcome<()> {
    match page.path == at {
        true => Ok(()),
        false => Err(format!("sent to {} and not to {at}: {}", page.path, page.body).into()),
    }
}

/// From the begin of the process that presses to the line of the one that watches.
fn edge_to_light(house: &House) -> Outcome<f64> {
    let mut watch = Command::new(program_beside())
        .args(["light", "--watch", "--data"])
        .arg(house.folder().join("data"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let took = presses(house, &mut watch);
    watch.kill()?;
    watch.wait()?;
    Ok(median(took?))
}

fn presses(house: &House, watch: &mut Child) -> Outcome<Vec<f64>> {
    let (tell, told) = std::sync::mpsc::channel();
    let seen = watch.stdout.take().ok_or("the watch has no output")?;
    std::thread::spawn(move || {
        for line in BufReader::new(seen).lines().map_while(Result::ok) {
            if line.starts_with("pressed:") && tell.send(Instant::now()).is_err() {
                return;
            }
        }
    });
    std::thread::sleep(Duration::from_millis(300));
    let mut took = Vec::with_capacity(PRESSES);
    for _ in 0..PRESSES {
        let begun = Instant::now();
        house.command(&["press", "short"], "")?;
        let lit = told.recv_timeout(Duration::from_secs(2))?;
        took.push((lit - begun).as_secs_f64() * 1e3);
        // A second press too soon would be a double one.
        std::thread::sleep(Duration::from_millis(1200));
    }
    Ok(took)
}
