//! A person with a phone goes through the pages: real people in a real store, and a world that says what the test wants.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_lite::future::{Boxed, block_on};
use mail::Address;
use queue::Cause;
use sasl::Secret;
use store::{AccountId, Read as _, Relay, Store};

use super::questions::provider::Failure;
use super::style::SCRIPT_PATH;
use super::texts::Language;
use super::world::{Present, World, relay_of};
use super::{Site, Window};
use crate::accounts::{Accounts, Owner};
use crate::publish::{Leaves, LineReport, Said};
use crate::settings::{Change, Settings, Value};
use crate::web::{Form, Reply, Request, Site as _, Visitor};

const GOOD: &str = "lemon tractor window";

struct TestWorld {
    folder: PathBuf,
    store: Store,
    settings: Mutex<Settings>,
    window: Window,
    /// What the next change comes to.
    refuses: Mutex<Option<String>>,
    /// What relays say: user, password.
    lets_in: (&'static str, &'static str),
    afresh: Mutex<u32>,
}

impl TestWorld {
    fn new(name: &str) -> Arc<TestWorld> {
        let folder =
            std::env::temp_dir().join(format!("pillarbox-pages-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let settings = Settings {
            hostname: "pillarbox.local".to_owned(),
            ..Settings::default()
        };
        let window = Window::new(Duration::from_secs(900));
        window.open();
        Arc::new(TestWorld {
            store: Store::open(&folder, store::Options::default()).unwrap(),
            folder,
            settings: Mutex::new(settings),
            window,
            refuses: Mutex::new(None),
            lets_in: ("me@gmail.com", "abcdefghijklmnop"),
            afresh: Mutex::new(0),
        })
    }

    fn now(&self) -> Present {
        let settings = self.settings.lock().unwrap().clone();
        Present {
            accounts: Accounts::new(self.store.clone(), &settings).unwrap(),
            settings,
        }
    }
}

impl Drop for TestWorld {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl World for TestWorld {
    fn present(&self) -> Boxed<Present> {
        let present = self.now();
        Box::pin(async { present })
    }

    fn change(&self, changes: Vec<Change>) -> Boxed<Result<(), String>> {
        if let Some(reason) = self.refuses.lock().unwrap().take() {
            return Box::pin(async { Err(reason) });
        }
        let mut settings = self.settings.lock().unwrap();
        for change in changes {
            match (change.section, change.key, change.value) {
                ("", "domains", Some(Value::Texts(domains))) => settings.domains = domains,
                ("", "domains", None) => settings.domains.clear(),
                ("", "hostname", Some(Value::Text(name))) => settings.hostname = name,
                ("house", "time_zone", Some(Value::Text(zone))) => {
                    settings.house.time_zone = Some(zone);
                }
                ("house", "language", Some(Value::Text(code))) => {
                    settings.house.language = Some(code);
                }
                ("light", "unread", Some(Value::Truth(unread))) => settings.light.unread = unread,
                other => panic!("no such setting here: {other:?}"),
            }
        }
        Box::pin(async { Ok(()) })
    }

    fn try_relay(&self, relay: Relay) -> Boxed<Result<(), Failure>> {
        let password = relay.password.as_ref().map(|password| password.as_str());
        let good =
            (relay.user.as_deref(), password) == (Some(self.lets_in.0), Some(self.lets_in.1));
        Box::pin(async move {
            good.then_some(()).ok_or_else(|| Failure {
                cause: Some(Cause::RelayLogin),
                words: "535 5.7.8 <b>no</b>".to_owned(),
            })
        })
    }

    fn relays_changed(&self) -> Boxed<()> {
        *self.afresh.lock().unwrap() += 1;
        Box::pin(async {})
    }

    fn try_line(&self) -> Boxed<LineReport> {
        Box::pin(async {
            LineReport {
                leaves: Leaves::Yes,
                said: Said::new(|texts| texts.findings.line_open, [("host", "mx.example")]),
                tried: vec!["mx.example: 220".to_owned()],
            }
        })
    }

    fn line_address(&self) -> Boxed<Option<IpAddr>> {
        Box::pin(async { Some([203, 0, 113, 9].into()) })
    }

    fn window(&self) -> &Window {
        &self.window
    }
}

/// A browser: keeps its sign-in as a cookie would.
struct Phone {
    world: Arc<TestWorld>,
    site: Site,
    language: Language,
    owner: Option<AccountId>,
}

impl Phone {
    fn new(world: &Arc<TestWorld>) -> Phone {
        Phone {
            world: world.clone(),
            site: Site::new(world.clone(), None),
            language: Language::English,
            owner: None,
        }
    }

    fn send(&mut self, mut request: Request, target: &str) -> Reply {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        request.path = path.to_owned();
        request.query = Form::parse(query.as_bytes()).unwrap();
        request.language = self.language;
        if let Some(lang) = request.query.get("lang").and_then(Language::of_code) {
            request.language = lang;
        }
        if let Some(account) = self.owner {
            request.visitor = Visitor::Owner {
                account,
                session: 1,
            };
        }
        let reply = block_on(self.site.answer(request));
        self.owner = reply.signs_in().or(self.owner);
        reply
    }

    fn get(&mut self, target: &str) -> (u16, String) {
        let reply = self.send(Request::get("/"), target);
        let text = match reply.location() {
            Some(location) => location.to_owned(),
            None => String::from_utf8(reply.body().to_vec()).unwrap(),
        };
        (reply.status(), text)
    }

    /// Status, and where to or the page.
    fn post(&mut self, target: &str, form: &[(&str, &str)]) -> (u16, String) {
        let reply = self.send(Request::post("/", form), target);
        let text = match reply.location() {
            Some(location) => location.to_owned(),
            None => String::from_utf8(reply.body().to_vec()).unwrap(),
        };
        (reply.status(), text)
    }

    /// Looks at a page until it no longer asks to be looked at again.
    fn settled(&mut self, target: &str) -> String {
        for _ in 0..500 {
            let (status, page) = self.get(target);
            assert_eq!(status, 200, "{page}");
            if !page.contains("http-equiv=\"refresh\"") {
                return page;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{target} never settles");
    }

    fn claim(&mut self) {
        let form = [
            ("name", "Μαρία Παππά"),
            ("local", ""),
            ("password", GOOD),
            ("again", GOOD),
        ];
        assert_eq!(
            self.post("/setup/you", &form),
            (303, "/setup/address".to_owned())
        );
    }

    fn owner_address(&self) -> String {
        match self.world.now().accounts.owner().unwrap() {
            Owner::Person(_, address) => address.to_string(),
            other => panic!("{other:?}"),
        }
    }
}

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
    assert!(phone.settled("/setup/arriving").contains("203.0.113.9"));
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
fn strangers_get_nothing_of_an_owned_box() {
    let world = TestWorld::new("strangers");
    let mut owner = Phone::new(&world);
    owner.claim();
    let mut stranger = Phone::new(&world);
    assert_eq!(stranger.get("/").1, "/sign-in");
    for path in [
        "/setup",
        "/setup/address",
        "/setup/sending",
        "/setup/sending/provider",
        "/setup/sending/trial",
        "/setup/sending/direct",
        "/setup/arriving",
        "/setup/place",
        "/setup/done",
        "/password",
        "/household",
        "/household/people",
    ] {
        assert_eq!(stranger.get(path), (303, "/".to_owned()), "GET {path}");
        assert!(
            stranger.post(path, &[("name", "x")]).0 == 303,
            "POST {path}"
        );
    }
    assert_eq!(stranger.get("/setup/you").1, "/sign-in");
    let claim = [
        ("name", "Eve"),
        ("local", "eve"),
        ("password", GOOD),
        ("again", GOOD),
    ];
    assert_eq!(stranger.post("/setup/you", &claim).1, "/sign-in");
    stranger.post("/close", &[]);
    assert!(world.window.is_open());
    assert_eq!(stranger.get("/nothing").0, 404);
    assert_eq!(world.now().accounts.members().unwrap().len(), 1);
    assert!(stranger.owner.is_none());
}

#[test]
fn every_route_for_the_owner_takes_what_it_says_and_no_more() {
    let world = TestWorld::new("routes");
    let mut phone = Phone::new(&world);
    phone.claim();
    assert_eq!(phone.get("/sign-out"), (303, "/".to_owned()));
    assert_eq!(phone.get("/close"), (303, "/".to_owned()));
    assert!(world.window.is_open(), "a link closes nothing");
    assert_eq!(phone.post("/setup/done", &[]).0, 405);
    let script = phone.send(Request::get("/"), SCRIPT_PATH);
    assert_eq!(script.media_type(), "text/javascript; charset=utf-8");
    for path in [
        "/setup/you",
        "/setup/address",
        "/setup/sending",
        "/setup/arriving",
        "/setup/place",
        "/setup/done",
        "/password",
        "/forgotten",
        "/welcome",
    ] {
        for language in Language::ALL {
            phone.language = language;
            let (status, page) = phone.get(path);
            assert_eq!(status, 200, "{path}");
            assert!(page.len() < 50 * 1024, "{path}");
            assert!(
                page.contains(&format!("<html lang=\"{}\"", language.code())),
                "{path}"
            );
        }
    }
}

#[test]
fn the_owner_signs_in_and_changes_the_password() {
    let world = TestWorld::new("sign-in");
    let mut phone = Phone::new(&world);
    phone.claim();
    phone.owner = None;
    let (status, page) = phone.post(
        "/sign-in",
        &[("user", "maria"), ("password", "not mine at all")],
    );
    assert!(
        status == 422 && page.contains("do not fit together") && page.contains("value=\"maria\"")
    );
    for nonsense in ["", "@", "a b@c d", "<script>"] {
        assert_eq!(
            phone
                .post("/sign-in", &[("user", nonsense), ("password", GOOD)])
                .0,
            422,
            "{nonsense}"
        );
    }
    assert!(phone.owner.is_none());
    assert_eq!(
        phone
            .post("/sign-in", &[("user", "Maria"), ("password", GOOD)])
            .1,
        "/"
    );
    assert!(phone.owner.is_some());
    let other = "another good password";
    let wrong = [("now", "no"), ("password", other), ("again", other)];
    assert!(
        phone
            .post("/password", &wrong)
            .1
            .contains("not your password until now")
    );
    let right = [("now", GOOD), ("password", other), ("again", other)];
    assert!(
        phone
            .post("/password", &right)
            .1
            .contains("Your password is changed")
    );
    phone.owner = None;
    assert_eq!(
        phone
            .post(
                "/sign-in",
                &[("user", "maria@pillarbox.local"), ("password", other)]
            )
            .1,
        "/"
    );
}

#[test]
fn a_forgotten_owner_claims_the_same_account() {
    let world = TestWorld::new("forgotten");
    let mut phone = Phone::new(&world);
    phone.claim();
    let before = phone.owner.take();
    block_on(world.now().accounts.forget_owner()).unwrap();
    let page = phone.get("/setup/you").1;
    assert!(page.contains("maria@pillarbox.local") && page.contains("value=\"maria\""));
    let form = [
        ("name", "Maria"),
        ("local", "maria"),
        ("password", "a new password"),
        ("again", "a new password"),
    ];
    assert_eq!(phone.post("/setup/you", &form).1, "/setup/address");
    assert_eq!(phone.owner, before);
}

#[test]
fn somebody_elses_address_cannot_be_claimed() {
    let world = TestWorld::new("taken");
    let mut phone = Phone::new(&world);
    phone.claim();
    phone.owner = None;
    let accounts = world.now().accounts;
    let ann = Address::parse("ann@pillarbox.local").unwrap();
    block_on(accounts.add(&ann, &Secret::from("ann has her own"))).unwrap();
    block_on(accounts.forget_owner()).unwrap();
    let form = [
        ("name", "Eve"),
        ("local", "ann"),
        ("password", GOOD),
        ("again", GOOD),
    ];
    let (status, page) = phone.post("/setup/you", &form);
    assert!(
        status == 422 && page.contains("belongs to somebody else"),
        "{page}"
    );
    assert!(phone.owner.is_none());
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
    *world.refuses.lock().unwrap() = Some("the disk is <full>".to_owned());
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

#[test]
fn the_chosen_language_goes_along() {
    let world = TestWorld::new("language");
    let mut phone = Phone::new(&world);
    let page = phone.get("/?lang=el").1;
    assert!(page.contains("<html lang=\"el\"") && page.contains("href=\"/setup/you?lang=el\""));
    let page = phone.get("/setup/you?lang=el").1;
    assert!(
        page.contains("action=\"/setup/you?lang=el\"")
            && page.contains("href=\"/setup/you?lang=en\"")
    );
    let form = [
        ("name", "Γιώργος"),
        ("local", ""),
        ("password", GOOD),
        ("again", GOOD),
    ];
    assert_eq!(
        phone.post("/setup/you?lang=el", &form).1,
        "/setup/address?lang=el"
    );
    let page = phone.get("/setup/sending/provider?provider=gmx&lang=el").1;
    assert!(
        page.contains("href=\"/setup/sending/provider?provider=gmx&amp;lang=en\""),
        "{page}"
    );
    assert!(
        phone.get("/setup/address").1.contains("<html lang=\"en\""),
        "without the link the browser decides"
    );
}
