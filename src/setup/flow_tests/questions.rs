//! The five questions, answered rightly and wrongly.

use mail::Address;
use store::Read as _;

use super::*;
use crate::setup::world::relay_of;

#[test]
fn five_questions_and_the_box_is_theirs() {
    let world = TestWorld::new("five");
    let mut phone = Phone::new(&world);
    let (status, hello) = phone.get("/");
    assert!(status == 200 && hello.contains("This is your mail box"));
    assert!(hello.contains("href=\"/setup/you\""));
    assert!(phone.get("/welcome/not-mine").1.contains("stop here"));

    // 1: what was typed is kept, but passwords; what is wrong is said beside the field and on top.
    let (status, again) = phone.post(
        "/setup/you",
        &[
            ("name", "Maria <b>"),
            ("local", "ma ria"),
            ("password", "short"),
            ("again", "short"),
        ],
    );
    assert_eq!(status, 422);
    assert!(again.contains("value=\"Maria &lt;b&gt;\"") && again.contains("value=\"ma ria\""));
    assert!(!again.contains("value=\"short\""));
    assert!(again.contains("href=\"#password\"") && again.contains("id=\"password-wrong\""));
    phone.claim();
    assert_eq!(phone.owner_address(), "maria@pillarbox.local");
    assert!(phone.owner.is_some());

    // 2: the person moves to the new domain.
    assert_eq!(
        phone.get("/").1,
        "/setup/address",
        "a lost line leads back to the open question"
    );
    let (status, again) = phone.post(
        "/setup/address",
        &[("kind", "own"), ("domain", "me@gmail.com")],
    );
    assert!(status == 422 && again.contains("large provider") && again.contains("me@gmail.com"));
    let own = [("kind", "own"), ("domain", "https://Example.ORG/")];
    assert_eq!(phone.post("/setup/address", &own).1, "/setup/sending");
    assert_eq!(phone.owner_address(), "maria@example.org");
    assert_eq!(world.now().settings.domains, ["example.org"]);

    // 3: a wrong password is said plainly and not kept; the second try needs it alone.
    assert!(phone.get("/setup/sending").1.contains("Gmail"));
    let gmail = "/setup/sending/provider?provider=gmail";
    assert!(phone.get(gmail).1.contains("smtp.gmail.com"));
    let form = |password| {
        [
            ("provider", "gmail"),
            ("host", "smtp.gmail.com"),
            ("port", "465"),
            ("user", "me@gmail.com"),
            ("password", password),
        ]
    };
    assert_eq!(phone.post(gmail, &form("wrong")).1, "/setup/sending/trial");
    let page = phone.settled("/setup/sending/trial");
    assert!(page.contains("did not accept the user name") && page.contains("&lt;b&gt;no"));
    assert!(relay_of(&world.now().accounts).unwrap().is_none());
    let form_again = phone.get(gmail).1;
    assert!(form_again.contains("value=\"me@gmail.com\"") && form_again.contains("stays empty"));
    assert!(!form_again.contains("wrong\""));
    phone.post(gmail, &form("abcd efgh ijkl mnop"));
    assert!(phone.settled("/setup/sending/trial").contains("That works"));
    let relay = relay_of(&world.now().accounts).unwrap().unwrap();
    assert_eq!((relay.host.as_str(), relay.port), ("smtp.gmail.com", 465));
    assert_eq!(*world.afresh.lock().unwrap(), 1);

    // 4: the line's number, and the box's name.
    assert_eq!(phone.get("/setup").1, "/setup/arriving");
    assert!(
        phone
            .get("/setup/arriving")
            .1
            .contains("value=\"mail.example.org\"")
    );
    assert_eq!(
        phone.post("/setup/arriving", &[("deed", "look")]).1,
        "/setup/arriving"
    );
    let told = phone.settled("/setup/arriving");
    assert!(told.contains("203.0.113.9"));
    // Where the box is not heard at the usual port, the router is to lead to the other one.
    assert!(told.contains("To port 2525 of the box."), "{told}");
    assert!(!told.contains("To port 993"), "{told}");
    let wrong = [("deed", "name"), ("hostname", "example.org")];
    assert!(
        phone
            .post("/setup/arriving", &wrong)
            .1
            .contains("a name of its own")
    );
    let name = [("deed", "name"), ("hostname", "mail.example.org")];
    assert_eq!(phone.post("/setup/arriving", &name).1, "/setup/place");
    assert_eq!(world.now().settings.hostname, "mail.example.org");

    // 5
    assert!(
        phone
            .get("/setup/place?region=America")
            .1
            .contains("Argentina, Buenos Aires")
    );
    let place = [("zone", "Europe/Athens"), ("language", "el")];
    assert_eq!(phone.post("/setup/place", &place).1, "/setup/done");
    let settings = world.now().settings;
    assert_eq!(settings.house.time_zone.as_deref(), Some("Europe/Athens"));
    assert_eq!(settings.house.language.as_deref(), Some("el"));
    assert!(!settings.light.unread);
    let done = phone.get("/setup/done").1;
    for said in [
        "Μαρία Παππά",
        "maria@example.org",
        "smtp.gmail.com",
        "mail.example.org",
        "Europe/Athens",
    ] {
        assert!(done.contains(said), "{said}");
    }
    assert_eq!(phone.get("/").1, "/household");
    let (_, closed) = phone.post("/close", &[]);
    assert!(closed.contains("pages are closed") && !world.window.is_open());
}

#[test]
fn only_in_this_house_needs_no_relay_and_no_name() {
    let world = TestWorld::new("house");
    let mut phone = Phone::new(&world);
    phone.claim();
    let (status, page) = phone.post("/setup/address", &[]);
    assert!(status == 422 && page.contains("choose one of the two"));
    assert_eq!(
        phone.post("/setup/address", &[("kind", "none")]).1,
        "/setup/sending"
    );
    assert_eq!(phone.owner_address(), "maria@pillarbox.local");
    assert!(
        phone
            .get("/setup/sending")
            .1
            .contains("stay within your house")
    );
    assert!(
        phone
            .get("/setup/arriving")
            .1
            .contains("stay within your house")
    );
    assert_eq!(
        phone.get("/setup").1,
        "/setup/place",
        "questions 3 and 4 do not ask anything"
    );
    // Later a domain comes after all, and then another.
    phone.post(
        "/setup/address",
        &[("kind", "own"), ("domain", "one.example")],
    );
    phone.post(
        "/setup/address",
        &[("kind", "own"), ("domain", "two.example"), ("keep", "yes")],
    );
    assert_eq!(world.now().settings.domains, ["two.example", "one.example"]);
    assert_eq!(phone.owner_address(), "maria@two.example");
    let read = world.store.read().unwrap();
    let old = Address::parse("maria@one.example").unwrap();
    assert!(
        read.alias(&old).unwrap().is_some(),
        "the old address goes on"
    );
}

#[test]
fn a_setting_that_is_refused_is_told_and_changes_nothing() {
    let world = TestWorld::new("refused");
    let mut phone = Phone::new(&world);
    phone.claim();
    let file = std::path::Path::new("pillarbox.toml");
    let refuses = |error| *world.refuses.lock().unwrap() = Some(error);
    let full = |words: &str| Reason::SettingsUnwritable {
        words: words.to_owned(),
    };
    // Of what the box knows nothing about but its words, these are told, and said to be somebody else's.
    refuses(SettingsError::about(file, "somebody has been here"));
    phone.language = Language::Greek;
    let (status, page) = phone.post("/setup/place", &[("zone", "Europe/Athens")]);
    assert!(
        status == 422 && page.contains("λέει «pillarbox.toml: somebody has been here»."),
        "{page}"
    );
    refuses(SettingsError::because(file, full("EROFS")));
    let (status, page) = phone.post("/setup/place", &[("zone", "Europe/Athens")]);
    assert!(
        status == 422
            && page.contains("δεν μπόρεσε να γράψει το αρχείο")
            && !page.contains("cannot"),
        "{page}"
    );
    phone.language = Language::English;
    refuses(SettingsError::because(file, full("the disk is <full>")));
    let (status, page) = phone.post(
        "/setup/address",
        &[("kind", "own"), ("domain", "example.org")],
    );
    assert!(
        status == 422
            && page.contains("the disk is &lt;full&gt;")
            && page.contains("value=\"example.org\"")
    );
    assert_eq!(phone.owner_address(), "maria@pillarbox.local");
    let (status, page) = phone.post("/setup/place", &[("zone", "Nowhere/<b>")]);
    assert!(status == 422 && page.contains("choose a place from the list"));
}

#[test]
fn the_line_is_tried_and_the_relay_goes() {
    let world = TestWorld::new("direct");
    let mut phone = Phone::new(&world);
    phone.claim();
    phone.post(
        "/setup/address",
        &[("kind", "own"), ("domain", "example.org")],
    );
    let other = [
        ("provider", "other"),
        ("host", "relay.example"),
        ("port", "587"),
        ("user", "me@gmail.com"),
        ("password", "abcdefghijklmnop"),
    ];
    phone.post("/setup/sending/provider", &other);
    phone.settled("/setup/sending/trial");
    assert!(relay_of(&world.now().accounts).unwrap().is_some());
    assert!(
        phone
            .get("/setup/sending/direct")
            .1
            .contains("See whether that works")
    );
    assert_eq!(
        phone.post("/setup/sending/direct", &[("deed", "test")]).1,
        "/setup/sending/direct"
    );
    let page = phone.settled("/setup/sending/direct");
    assert!(page.contains("Letters can go out") && page.contains("mx.example"));
    assert_eq!(
        phone.post("/setup/sending/direct", &[("deed", "use")]).1,
        "/setup/arriving"
    );
    assert!(relay_of(&world.now().accounts).unwrap().is_none());
    // What was found belongs to this opening of the window.
    world.window.close();
    world.window.open();
    assert!(
        phone
            .get("/setup/sending/direct")
            .1
            .contains("See whether that works")
    );
}

#[test]
fn a_provider_that_takes_no_passwords_gets_none() {
    let world = TestWorld::new("closed");
    let mut phone = Phone::new(&world);
    phone.claim();
    let page = phone.get("/setup/sending/provider?provider=outlook").1;
    assert!(page.contains("sadly") && !page.contains("type=\"password\""));
    let form = [
        ("provider", "outlook"),
        ("host", "smtp-mail.outlook.com"),
        ("port", "587"),
        ("user", "a"),
        ("password", "b"),
    ];
    assert_eq!(
        phone.post("/setup/sending/provider", &form).1,
        "/setup/sending"
    );
    assert_eq!(
        phone.get("/setup/sending/provider?provider=%3Cscript").1,
        "/setup/sending"
    );
    let wrong = [
        ("provider", "other"),
        ("host", "no host"),
        ("port", "99999"),
        ("user", ""),
        ("password", ""),
    ];
    let (status, page) = phone.post("/setup/sending/provider", &wrong);
    assert_eq!(status, 422);
    assert_eq!(page.matches("class=\"wrong\"").count(), 4);
}
