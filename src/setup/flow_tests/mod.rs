//! A person with a phone goes through the pages: real people in a real store, and a world that says what the test wants.

mod door;
mod questions;
mod steps;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_lite::future::{Boxed, block_on};
use mail::date::DateTime;
use queue::Cause;
use store::{AccountId, Relay, Store};

use super::texts::Language;
use super::world::{Present, World};
use super::{Site, Window};
use crate::accounts::{Accounts, Owner};
use crate::publish::{Leaves, LineReport, Said};
use crate::reason::Reason;
use crate::settings::{Change, Settings, SettingsError, Value};
use crate::setup::questions::provider::Failure;
use crate::web::{Form, Reply, Request, Site as _, Visitor};

const GOOD: &str = "lemon tractor window";

struct TestWorld {
    folder: PathBuf,
    store: Store,
    settings: Mutex<Settings>,
    window: Window,
    /// What the next change comes to.
    refuses: Mutex<Option<SettingsError>>,
    /// What relays say: user, password.
    lets_in: (&'static str, &'static str),
    afresh: Mutex<u32>,
    /// The time, if it is known.
    date: Mutex<Option<i64>>,
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
            date: Mutex::new(Some(2_000_000_000)),
        })
    }

    fn now(&self) -> Present {
        let settings = self.settings.lock().unwrap().clone();
        Present {
            accounts: Accounts::new(self.store.clone(), &settings).unwrap(),
            settings,
            heard: vec![("smtp", 2525), ("imaps", 993)],
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

    fn change(&self, changes: Vec<Change>) -> Boxed<Result<(), SettingsError>> {
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

    fn date(&self) -> Option<i64> {
        *self.date.lock().unwrap()
    }

    fn date_time(&self, unix: i64) -> DateTime {
        DateTime::utc(unix)
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
