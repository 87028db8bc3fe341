//! From a box that is nobody's to mail, to a forgotten owner, and back to the same mail; and the plug pulled on the way.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use house::{House, Plan, Result, Wire};

use super::browser::{Browser, Page};

const ANN: &str = "ann@house.test";
const FIRST: &str = "seven green tulips";
const SECOND: &str = "eight blue lupins";
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn unowned() -> House {
    House::start(&Plan {
        program: env!("CARGO_BIN_EXE_pillarbox").into(),
        people: Vec::new(),
        settings: "[setup]\nready_made = false\n".into(),
    })
    .unwrap()
}

pub(crate) fn press(house: &House, gesture: &str) {
    house.command(&["press", gesture], "").unwrap();
}

fn owner(house: &House) -> String {
    house.command(&["owner"], "").unwrap().trim().to_owned()
}

fn until(what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn claim(browser: &mut Browser<'_>, password: &str) -> Page {
    let page = browser.get("/setup/you");
    assert_eq!(page.status, 200, "{page:?}");
    browser.send(
        &page,
        "/setup/you",
        &[
            ("name", "Ann Smith"),
            ("local", "ann"),
            ("password", password),
            ("again", password),
        ],
    )
}

/// Logs in for reading; an error: refused.
fn reads(house: &House, password: &str) -> Result<Wire> {
    let mut wire = house.connect("imaps")?;
    wire.expect("* OK")?;
    wire.send(format!("a LOGIN {ANN} \"{password}\"\r\n").as_bytes())?;
    wire.until("a OK")?;
    Ok(wire)
}

fn finds(house: &House, password: &str, subject: &str) {
    let mut wire = reads(house, password).unwrap();
    wire.send(b"b SELECT INBOX\r\nc FETCH 1:* BODY[HEADER.FIELDS (SUBJECT)]\r\n")
        .unwrap();
    wire.until(&format!("Subject: {subject}")).unwrap();
    wire.until("c OK").unwrap();
}

fn submits(house: &House, password: &str, subject: &str) -> Result<()> {
    let mut wire = house.connect("submissions")?;
    wire.until("220 ")?;
    wire.send(b"EHLO phone.house.test\r\n")?;
    wire.until("250 ")?;
    let plain = STANDARD.encode(format!("\0{ANN}\0{password}"));
    wire.send(format!("AUTH PLAIN {plain}\r\n").as_bytes())?;
    wire.expect("235")?;
    wire.send(format!("MAIL FROM:<{ANN}>\r\nRCPT TO:<{ANN}>\r\nDATA\r\n").as_bytes())?;
    wire.until("354")?;
    wire.send(
        format!("From: <{ANN}>\r\nTo: <{ANN}>\r\nSubject: {subject}\r\n\r\nHello\r\n.\r\n")
            .as_bytes(),
    )?;
    wire.expect("250")?;
    Ok(())
}

#[test]
fn a_box_is_claimed_used_forgotten_and_claimed_again() {
    let house = unowned();
    assert!(owner(&house).starts_with("nobody's"));
    // It opens by itself at the start of a box that is nobody's; a press opens it as well.
    press(&house, "3s");
    until("the window opens", || {
        house.command(&["status"], "").unwrap().contains("open")
    });
    let mut browser = Browser::new(&house);
    let next = claim(&mut browser, FIRST);
    assert_eq!(
        (next.status, next.path.as_str()),
        (200, "/setup/address"),
        "{}",
        next.body
    );
    assert_eq!(owner(&house), ANN);
    // Nobody else claims it.
    let again = claim_blindly(&house);
    assert!(!again.path.starts_with("/setup/"), "{again:?}");
    submits(&house, FIRST, "the first letter").unwrap();
    finds(&house, FIRST, "the first letter");

    // A question that changes the settings: the services begin anew, and the visit goes on.
    let page = browser.get("/setup/place");
    let next = browser.send(&page, "/setup/place", &[("unread", "on")]);
    assert_eq!(next.status, 200, "{next:?}");
    until("the box serves", || reads(&house, FIRST).is_ok());

    let app = house
        .command(
            &["account", "app-password", "add", ANN, "--label", "phone"],
            "",
        )
        .unwrap();
    let app = app.lines().last().unwrap().trim().to_owned();
    let mut phone = reads(&house, &app).unwrap();
    let mut person = reads(&house, FIRST).unwrap();

    press(&house, "10s");
    until("the owner is forgotten", || {
        owner(&house).contains("it was ann@house.test's")
    });
    // The phone goes on in the session that it has; the old password is out everywhere.
    phone.send(b"n NOOP\r\n").unwrap();
    phone.until("n OK").unwrap();
    let _ = person.send(b"n NOOP\r\n");
    assert!(person.until("n OK").is_err());
    assert!(reads(&house, FIRST).is_err() && submits(&house, FIRST, "no").is_err());
    finds(&house, &app, "the first letter");
    submits(&house, &app, "from the phone").unwrap();
    let visit = browser.get("/setup/address");
    assert_ne!(visit.path, "/setup/address", "the visit is over: {visit:?}");
    let page = browser.get("/sign-in");
    if page.body.contains("name=\"password\"") {
        let kept = browser.send(&page, "/sign-in", &[("address", ANN), ("password", FIRST)]);
        assert!(!kept.path.starts_with("/setup/"), "{kept:?}");
    }

    let mut browser = Browser::new(&house);
    let next = claim(&mut browser, SECOND);
    assert_eq!(next.status, 200, "{next:?}");
    assert_eq!(owner(&house), ANN);
    finds(&house, SECOND, "the first letter");
    finds(&house, SECOND, "from the phone");
    assert!(reads(&house, FIRST).is_err());
    finds(&house, &app, "from the phone");
    assert!(house.command(&["check"], "").unwrap().contains("sound"));
}

/// A second visitor who asks for the first page as well.
fn claim_blindly(house: &House) -> Page {
    Browser::new(house).get("/setup/you")
}

#[test]
fn a_plug_pulled_while_a_box_is_claimed_or_forgotten_leaves_one_or_the_other() {
    let mut house = unowned();
    let mut claimed = 0;
    for round in 0..10_u64 {
        let forgotten = round % 2 == 1;
        if forgotten && !owner(&house).eq(ANN) {
            continue;
        }
        let (started, delay) = (Instant::now(), Duration::from_millis(round * 137 % 700));
        std::thread::scope(|scope| {
            let inside = &house;
            let deed = scope.spawn(move || {
                // It ends in the middle, so that what it says is not heard.
                let _ = std::panic::catch_unwind(|| {
                    if forgotten {
                        let _ = inside.command(&["owner", "forget"], "");
                    } else if !owner(inside).eq(ANN) {
                        claim(&mut Browser::new(inside), FIRST);
                    }
                });
            });
            std::thread::sleep(delay.saturating_sub(started.elapsed()));
            let pid = rustix::process::Pid::from_raw(house.pid().cast_signed()).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
            deed.join().ok();
        });
        house.kill();
        house.start_again().unwrap();
        let now = owner(&house);
        let opens = reads(&house, FIRST).is_ok();
        assert_eq!(opens, now == ANN, "after {delay:?}: {now}");
        assert!(now == ANN || now.starts_with("nobody's"), "{now}");
        claimed += usize::from(now == ANN);
        let found = house.command(&["check"], "").unwrap();
        assert!(found.contains("sound"), "{found}");
    }
    println!("{claimed} of the rounds ended with an owner");
}
