//! Two-step sign-in, scopes and last uses on a running box: with a browser, mail programs and commands.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use house::{House, Wire};
use ring::hmac;

use super::browser::{Browser, Page};
use super::journey::{claim, press, unowned};

const ANN: &str = "ann@house.test";
const OWN: &str = "seven green tulips";

/// What an authenticator app shows for this key so many steps from now (RFC 6238).
fn code(key: &str, steps: i64) -> String {
    let bits: String = key
        .bytes()
        .map(|letter| match letter {
            b'A'..=b'Z' => format!("{:05b}", letter - b'A'),
            digit => format!("{:05b}", digit - b'2' + 26),
        })
        .collect();
    let octet = |at: usize| u8::from_str_radix(&bits[at..at + 8], 2).unwrap();
    let secret: Vec<u8> = (0..20).map(|at| octet(at * 8)).collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let step = i64::try_from(now.as_secs() / 30).unwrap() + steps;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap());
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

fn between<'p>(page: &'p Page, before: &str, end: &str) -> &'p str {
    let rest = page.body.split(before).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no {before} on {page:?}"));
    rest.split(end).next().unwrap()
}

/// What a log-in at this door is answered.
fn tries(house: &House, door: &str, password: &str) -> String {
    let mut wire: Wire = house.connect(door).unwrap();
    let plain = STANDARD.encode(format!("\0{ANN}\0{password}"));
    wire.line().unwrap();
    match door {
        "imaps" => wire.send(format!("a AUTHENTICATE PLAIN {plain}\r\n").as_bytes()),
        "pop3s" => wire.send(format!("AUTH PLAIN {plain}\r\n").as_bytes()),
        _ => {
            wire.send(b"EHLO phone.house.test\r\n").unwrap();
            wire.until("250 ").unwrap();
            wire.send(format!("AUTH PLAIN {plain}\r\n").as_bytes())
        }
    }
    .unwrap();
    wire.line().unwrap().unwrap_or_default()
}

fn app_password(house: &House, doors: &str) -> String {
    let add = [
        "account",
        "app-password",
        "add",
        ANN,
        "--label",
        "phone",
        "--for",
        doors,
    ];
    let told = house.command(&add, "").unwrap();
    told.lines().last().unwrap().trim().to_owned()
}

#[test]
fn the_owner_takes_two_steps_and_programs_take_app_passwords() {
    let house = unowned();
    press(&house, "3s");
    let mut browser = Browser::new(&house);
    claim(&mut browser, OWN);
    assert!(tries(&house, "imaps", OWN).starts_with("a OK"));
    let page = browser.get("/two-steps");
    assert!(page.body.contains(", IMAP, from 127.0.0.1."), "{page:?}");
    let page = browser.send(&page, "/two-steps/begin", &[]);
    let key = between(&page, "secret=", "&").to_owned();
    let page = browser.send(&page, "/two-steps/enrol", &[("code", &code(&key, -1))]);
    let codes = between(&page, "id=\"secret\" translate=\"no\">", "<").to_owned();
    assert_eq!(codes.lines().count(), 10, "{page:?}");
    assert!(
        browser.get("/two-steps").body.contains("left: 10."),
        "the visit goes on"
    );

    for (door, told) in [
        ("imaps", "a NO [ALERT] An app password is required"),
        ("pop3s", "-ERR [AUTH] An app password is required"),
        ("submissions", "534 5.7.9 An app password is required"),
    ] {
        let reply = tries(&house, door, OWN);
        assert!(reply.starts_with(told), "{reply}");
    }
    let sends = app_password(&house, "smtp");
    let reply = tries(&house, "imaps", &sends);
    assert!(
        reply.starts_with("a NO [ALERT] This app password is not"),
        "{reply}"
    );
    assert!(tries(&house, "submissions", &sends).starts_with("235"));
    let list = house
        .command(&["account", "app-password", "list", ANN], "")
        .unwrap();
    assert!(list.contains("1  phone  smtp; last used 20"), "{list}");
    assert!(list.contains("by smtp from 127.0.0.1"), "{list}");
    let show = house.command(&["account", "show", ANN], "").unwrap();
    assert!(show.contains("two-step sign-in: on since"), "{show}");
    assert!(show.contains("10 recovery codes left"), "{show}");
    let wrong = ["account", "app-password", "add", ANN, "--for", "jmap"];
    assert!(house.command(&wrong, "").is_err());

    let mut other = Browser::new(&house);
    let sign_in = |other: &mut Browser<'_>, password: &str| {
        let page = other.get("/sign-in");
        other.send(
            &page,
            "/sign-in",
            &[("user", "ann"), ("password", password)],
        )
    };
    let second = |other: &mut Browser<'_>, page: &Page, field: &str, code: &str| {
        let action = page.path.clone();
        assert!(action.starts_with("/sign-in/code?ticket="), "{page:?}");
        other.send(page, &action, &[(field, code)])
    };
    let right = code(&key, 0);
    let page = sign_in(&mut other, "wrong password");
    let refused = second(&mut other, &page, "code", &right);
    assert!(refused.status == 422 && refused.body.contains("do not fit together"));
    let page = sign_in(&mut other, OWN);
    let page = second(&mut other, &page, "code", "000000");
    assert_eq!(page.status, 422);
    let first = codes.lines().next().unwrap();
    let page = second(&mut other, &page, "recovery", first);
    assert!(
        page.status == 200 && page.path.starts_with("/setup"),
        "{page:?}"
    );
    let mut third = Browser::new(&house);
    let page = sign_in(&mut third, OWN);
    assert_eq!(
        second(&mut third, &page, "recovery", first).status,
        422,
        "twice"
    );

    house.command(&["account", "totp", "off", ANN], "").unwrap();
    assert!(house.command(&["account", "totp", "off", ANN], "").is_err());
    assert!(tries(&house, "imaps", OWN).starts_with("a OK"));
    let page = sign_in(&mut third, OWN);
    assert!(page.path.starts_with("/setup"), "{page:?}");
    let show = house.command(&["account", "show", ANN], "").unwrap();
    assert!(
        show.contains("two-step sign-in: off") && show.contains("by the setup page"),
        "{show}"
    );
}
