//! Two-step sign-in from the first page to the last, without script, in both languages.

use store::Read as _;

use super::*;
use crate::accounts::Enrolment;

const NOW: i64 = 2_000_000_010;

/// What stands behind `before`, up to `end`.
fn between<'p>(page: &'p str, before: &str, end: &str) -> &'p str {
    let rest = page.split(before).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no {before} on {page}"));
    rest.split(end).next().unwrap()
}

/// What an app shows that was given the key on this page.
fn code(page: &str, unix: i64) -> String {
    let key: String = between(page, "<pre class=\"code\" translate=\"no\">", "<")
        .chars()
        .filter(|c| *c != ' ')
        .collect();
    assert!(page.contains(&format!("secret={key}&amp;issuer=pillarbox")));
    Enrolment::typed(&key).code(unix)
}

struct Ready {
    phone: Phone,
    key_page: String,
    codes: Vec<String>,
}

impl TestWorld {
    fn is(&self, date: Option<i64>) {
        *self.date.lock().unwrap() = date;
    }
}

/// The owner has switched it on.
fn ready(name: &str, language: Language) -> Ready {
    let world = TestWorld::new(name);
    world.is(Some(NOW - 300));
    let mut phone = Phone::new(&world);
    phone.language = language;
    phone.claim();
    let (_, page) = phone.get("/two-steps");
    assert!(page.contains("action=\"/two-steps/begin\""), "{page}");
    assert_eq!(phone.get("/two-steps/enrol").1, "/two-steps?late=yes");
    assert_eq!(phone.post("/two-steps/begin", &[]).1, "/two-steps/enrol");
    let (_, key_page) = phone.get("/two-steps/enrol");
    assert!(key_page.contains("class=\"qr\"") && key_page.contains("href=\"otpauth://"));
    let (status, page) = phone.post("/two-steps/enrol", &[("code", "000000")]);
    assert_eq!(status, 422);
    assert_eq!(code(&page, NOW), code(&key_page, NOW), "the same secret");
    let right = code(&key_page, NOW - 300);
    let (status, page) = phone.post("/two-steps/enrol", &[("code", &right)]);
    assert_eq!(status, 200, "{page}");
    let codes = between(&page, "id=\"secret\" translate=\"no\">", "<");
    let codes: Vec<String> = codes.lines().map(str::to_owned).collect();
    assert_eq!(codes.len(), 10, "{page}");
    world.is(Some(NOW));
    Ready {
        phone,
        key_page,
        codes,
    }
}

impl Ready {
    /// Name and password: the page that asks for the code.
    fn password(&mut self, password: &str) -> String {
        self.phone.owner = None;
        let form = [("user", "maria"), ("password", password)];
        let (status, to) = self.phone.post("/sign-in", &form);
        assert!(
            status == 303 && to.starts_with("/sign-in/code?ticket="),
            "{to}"
        );
        let (status, page) = self.phone.get(&to);
        assert!(status == 200 && page.contains("name=\"code\""), "{page}");
        to
    }

    fn code(&self, unix: i64) -> String {
        code(&self.key_page, unix)
    }
}

#[test]
fn the_owner_switches_it_on_and_signs_in_with_a_code_once() {
    for language in Language::ALL {
        let mut it = ready(&format!("steps-{}", language.code()), language);
        let wrong_words = language.texts().steps.second_wrong;
        let right = it.code(NOW);
        // A wrong password and a wrong code are one and the same to whoever guesses.
        let to = it.password("not the password");
        let (status, after_wrong_password) = it.phone.post(&to, &[("code", &right)]);
        assert_eq!(status, 422);
        assert!(after_wrong_password.contains(wrong_words) && it.phone.owner.is_none());
        let other = it.password(GOOD);
        let (status, after_wrong_code) = it.phone.post(&other, &[("code", "000000")]);
        assert_eq!(status, 422);
        let bare = |page: &str, ticket: &str| page.replace(ticket.trim_start_matches('/'), "");
        assert_eq!(
            bare(&after_wrong_password, &to),
            bare(&after_wrong_code, &other)
        );

        assert_eq!(
            it.phone.post(&other, &[("code", &right)]),
            (303, "/".to_owned())
        );
        assert!(it.phone.owner.is_some());
        assert_eq!(it.phone.get(&other).1, "/", "the ticket is used");
        let to = it.password(GOOD);
        assert_eq!(
            it.phone.post(&to, &[("code", &right)]).0,
            422,
            "a code opens once"
        );
        assert!(it.phone.owner.is_none());
        // The link to the other language keeps the ticket.
        let (_, page) = it.phone.get(&to);
        let link = format!("href=\"{to}&amp;lang={}\"", language.other().code());
        assert!(page.contains(&link), "{page}");
    }
}

#[test]
fn a_recovery_code_opens_once_also_without_the_time() {
    let mut it = ready("steps-recovery", Language::English);
    it.phone.world.is(None);
    it.phone.owner = None;
    let form = [("user", "maria"), ("password", GOOD)];
    let (_, to) = it.phone.post("/sign-in", &form);
    let (_, page) = it.phone.get(&to);
    assert!(page.contains("does not know what time it is") && !page.contains("name=\"code\""));
    let right = it.code(NOW);
    assert_eq!(
        it.phone.post(&to, &[("code", &right)]).0,
        422,
        "nobody knows the time"
    );
    let first = it.codes[0].to_uppercase();
    assert_eq!(it.phone.post(&to, &[("recovery", &first)]).1, "/");
    it.phone.owner = None;
    let (_, to) = it.phone.post("/sign-in", &form);
    assert_eq!(it.phone.post(&to, &[("recovery", &first)]).0, 422, "twice");
    let (_, page) = {
        it.phone.world.is(Some(NOW));
        assert_eq!(it.phone.post(&to, &[("code", &right)]).1, "/");
        it.phone.get("/two-steps")
    };
    assert!(page.contains("Recovery codes that are left: 9."), "{page}");
}

#[test]
fn too_many_tries_ask_for_the_password_again() {
    let mut it = ready("steps-tries", Language::English);
    let to = it.password(GOOD);
    for _ in 0..5 {
        assert_eq!(it.phone.post(&to, &[("code", "000000")]).0, 422);
    }
    let right = it.code(NOW);
    assert_eq!(it.phone.post(&to, &[("code", &right)]).1, "/sign-in");
    assert!(it.phone.owner.is_none());
}

#[test]
fn it_is_switched_off_with_password_and_code_and_codes_are_renewed() {
    let mut it = ready("steps-off", Language::English);
    let account = it.phone.owner.unwrap();
    let is_on = |it: &Ready| {
        let store = &it.phone.world.store;
        store
            .read()
            .unwrap()
            .safeguards(account)
            .unwrap()
            .totp
            .is_some()
    };
    let right = it.code(NOW);
    for wrong in [("no", right.as_str()), (GOOD, "000000"), ("", "")] {
        let form = [("password", wrong.0), ("code", wrong.1)];
        assert_eq!(it.phone.post("/two-steps/off", &form).0, 422, "{wrong:?}");
        assert!(is_on(&it));
    }
    let (status, page) = it.phone.post("/two-steps/codes", &[("fresh", &right)]);
    assert!(status == 200 && !page.contains(&it.codes[0]), "{page}");
    assert_eq!(
        it.phone.post("/two-steps/codes", &[("fresh", &right)]).0,
        422
    );
    let form = [("password", GOOD), ("code", it.codes[0].as_str())];
    assert_eq!(
        it.phone.post("/two-steps/off", &form).0,
        422,
        "an old recovery code"
    );
    let next = it.code(NOW + 30);
    let form = [("password", GOOD), ("code", next.as_str())];
    assert_eq!(it.phone.post("/two-steps/off", &form).1, "/two-steps");
    assert!(!is_on(&it));
    it.phone.owner = None;
    let form = [("user", "maria"), ("password", GOOD)];
    assert_eq!(it.phone.post("/sign-in", &form).1, "/");
}

#[test]
fn strangers_see_and_switch_nothing() {
    let mut it = ready("steps-strangers", Language::English);
    it.phone.owner = None;
    for path in ["/two-steps", "/two-steps/enrol"] {
        assert_eq!(it.phone.get(path), (303, "/".to_owned()));
    }
    for path in ["begin", "enrol", "off", "codes"] {
        let form = [("code", "1"), ("password", GOOD)];
        assert_eq!(it.phone.post(&format!("/two-steps/{path}"), &form).1, "/");
    }
    assert_eq!(it.phone.get("/sign-in/code").1, "/");
    assert_eq!(it.phone.get("/sign-in/code?ticket=0123").1, "/");
    assert_eq!(
        it.phone
            .post("/sign-in/code?ticket=0123", &[("code", "1")])
            .1,
        "/sign-in"
    );
    // Somebody without an account owes a code as well: nobody learns whose the box is.
    let form = [("user", "eve"), ("password", "x")];
    assert!(
        it.phone
            .post("/sign-in", &form)
            .1
            .starts_with("/sign-in/code?")
    );
}

#[test]
fn the_button_forgets_it_and_what_would_stop_is_told_before() {
    let mut it = ready("steps-button", Language::English);
    let accounts = it.phone.world.now().accounts;
    block_on(accounts.forget_owner()).unwrap();
    it.phone.owner = None;
    it.phone.claim();
    let (_, page) = it.phone.get("/two-steps");
    assert!(page.contains("action=\"/two-steps/begin\""), "it is off");
    assert!(page.contains("nothing will stop"));
    let account = it.phone.owner.unwrap();
    let row = |at, when| store::LastUse {
        id: 0,
        created: 0,
        at,
        network: std::net::Ipv4Addr::new(192, 168, 1, 20)
            .to_ipv6_mapped()
            .octets(),
        bits: 128,
        when,
    };
    let rows = [
        row(store::UsedAt::Imap, NOW),
        row(store::UsedAt::Page, NOW),
        store::LastUse {
            id: 3,
            ..row(store::UsedAt::Pop3, NOW)
        },
    ];
    let written = it
        .phone
        .world
        .store
        .write(move |write| write.set_last_uses(account, &rows));
    block_on(written).unwrap();
    let (_, page) = it.phone.get("/two-steps");
    assert!(page.contains("Last used 2033-05-18 03:33, IMAP, from 192.168.1.20."));
    assert!(
        !page.contains("POP3") && !page.contains("setup page, from"),
        "{page}"
    );
    it.phone.world.is(None);
    let (_, page) = it.phone.get("/two-steps");
    assert!(
        !page.contains("action=\"/two-steps/begin\""),
        "no time, no codes"
    );
}
