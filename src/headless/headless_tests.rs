//! A card with a file on it, and a plug that is pulled at each step.

use super::*;
use futures_lite::future::block_on;
use mail::Address;
use sasl::{Question, Secret};
use store::Store;

use crate::accounts::{Owner, Verified};

const FILE: &str = "# my box\nhostname = \"mail.house.test\"\ndomains = [\"house.test\"]\n\n[first_person]\n# an old one: tulip\naddress = \"ann@house.test\"\nname = \"Ann Smith\"\npassword_once = \"open sesame\"\n\n[relay]\nhost = \"smtp.example.org:465\"\nuser = \"ann\"\npassword = \"relay secret\"\n\n[log]\nlevel = \"debug\" # loud\n";
const SECRETS: [&str; 4] = ["open sesame", "relay secret", "tulip", "password"];

/// A card and a data folder.
struct Place {
    folder: PathBuf,
    start: Start,
}

impl Place {
    fn new(name: &str, file: &str) -> Place {
        let folder =
            std::env::temp_dir().join(format!("pillarbox-headless-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("boot")).unwrap();
        fs::create_dir_all(folder.join("data")).unwrap();
        fs::write(folder.join("boot/pillarbox.toml"), file).unwrap();
        let start = Start {
            data: folder.join("data"),
            boot: Some(folder.join("boot")),
            ..Start::default()
        };
        Place { folder, start }
    }

    fn card(&self) -> String {
        fs::read_to_string(self.folder.join("boot/pillarbox.toml")).unwrap()
    }

    fn data(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.start.data.join(name)).ok()
    }

    fn accounts(&self) -> Accounts {
        let store = Store::open(&self.start.data, store::Options::default()).unwrap();
        Accounts::new(store, &Settings::default()).unwrap()
    }

    /// A whole start; what came of it.
    fn start(&self) -> (Result<(Settings, String, bool), RunError>, Accounts, Health) {
        let health = Health::default();
        let beside = Beside::find(&self.start, &health);
        let (settings, text) = beside.settings(&self.start).unwrap();
        let accounts = self.accounts();
        let begun = beside.take_over(&self.start, &accounts, &health, settings, text);
        (begun, accounts, health)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn log_in(accounts: &Accounts, password: &str) -> bool {
    let question = Question::Password {
        authzid: String::new(),
        user: "ann@house.test".to_owned(),
        password: Secret::from(password),
    };
    let peer = [127, 0, 0, 1].into();
    matches!(
        block_on(accounts.verify(&question, peer)),
        Verified::Password(Some(_))
    )
}

fn sign_in(accounts: &Accounts, password: &str) -> bool {
    let (peer, password) = ([127, 0, 0, 1].into(), Secret::from(password));
    let judged = block_on(accounts.sign_in(&address("ann@house.test"), &password, peer));
    matches!(judged, Verified::Password(Some(_)))
}

/// Everything is taken over, and nothing secret is left on the card or in the settings.
fn complete(place: &Place, accounts: &Accounts) {
    let settings = place.data("pillarbox.toml").unwrap();
    for text in [place.card(), settings.clone()] {
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret} is left in {text}");
        }
        assert!(
            text.contains("# my box") && text.contains("# loud"),
            "{text}"
        );
    }
    let read = Settings::load(None, &place.start.data).unwrap();
    assert_eq!(read.hostname, "mail.house.test");
    assert_eq!(read.log, log::Level::Debug);
    assert!(
        matches!(accounts.owner().unwrap(), Owner::Person(_, who) if who == address("ann@house.test"))
    );
    assert_eq!(accounts.members().unwrap()[0].name, "Ann Smith");
    let relays = accounts.store().read().unwrap().relays().unwrap();
    assert_eq!(relays.len(), 1);
    assert!(place.data(NOTE).is_none());
    assert_eq!(accounts.store().check().unwrap(), [""; 0]);
}

#[test]
fn a_card_is_taken_over_whole_and_its_secrets_go() {
    let place = Place::new("whole", FILE);
    let (begun, accounts, health) = place.start();
    let (settings, text, _) = begun.unwrap();
    assert_eq!(settings.file, Some(place.start.settings_file()));
    assert_eq!(Some(text), place.data("pillarbox.toml"));
    complete(&place, &accounts);
    assert!(health.facts().is_empty());
    // A one-time password opens the page alone, until another is chosen.
    assert!(accounts.must_change_password().unwrap());
    assert!(sign_in(&accounts, "open sesame") && !log_in(&accounts, "open sesame"));
    block_on(accounts.set_password(&address("ann@house.test"), &Secret::from("my own one")))
        .unwrap();
    assert!(!accounts.must_change_password().unwrap());
    assert!(log_in(&accounts, "my own one") && sign_in(&accounts, "my own one"));
    assert!(!sign_in(&accounts, "open sesame"));
}

#[test]
fn a_plug_pulled_at_any_step_leaves_what_the_next_start_finishes() {
    for done in 0..=DEEDS {
        let place = Place::new(&format!("crash{done}"), FILE);
        {
            let found = look(&place.start).unwrap().unwrap();
            let accounts = place.accounts();
            for deed in 0..done {
                block_on(found.deed(deed, &accounts, &place.start.data)).unwrap();
            }
        }
        let (begun, accounts, _) = place.start();
        begun.unwrap();
        complete(&place, &accounts);
        assert_eq!(accounts.members().unwrap().len(), 1);
        drop(accounts);
        // And the start after that finds nothing to do.
        let before = (place.card(), place.data("pillarbox.toml"));
        let (begun, accounts, _) = place.start();
        begun.unwrap();
        complete(&place, &accounts);
        assert_eq!(before, (place.card(), place.data("pillarbox.toml")));
    }
}

#[test]
fn a_hash_is_the_password_from_the_start() {
    let house = Place::new("hashes", "");
    let made = block_on(
        house
            .accounts()
            .credentials_of(&Secret::from("tulips bloom")),
    )
    .unwrap();
    let file = format!(
        "[first_person]\naddress = \"ann@house.test\"\npassword_hash = \"{}\"\n",
        made.password.unwrap()
    );
    let place = Place::new("hash", &file);
    let (begun, accounts, _) = place.start();
    begun.unwrap();
    assert!(log_in(&accounts, "tulips bloom") && sign_in(&accounts, "tulips bloom"));
    assert!(!accounts.must_change_password().unwrap());
}

#[test]
fn what_is_wrong_is_told_beside_the_file_and_nothing_changes() {
    let person = "[first_person]\naddress = \"ann@house.test\"\n";
    for (file, line, words) in [
        (
            "\n\n[limits.smtp]\nsize = 1\n".to_owned(),
            Some(4),
            "must lie between",
        ),
        (
            format!("{person}password_once = \"x y z\"\n\n[setup]\nminuts = 1\n"),
            Some(6),
            "did you mean `minutes`",
        ),
        (person.to_owned(), None, "write one of `password_hash`"),
        (
            format!("{person}password_hash = \"$1$abc\"\n"),
            None,
            "no argon2id hash",
        ),
        (
            format!("{person}password = \"x\"\n"),
            None,
            "unknown key `password`",
        ),
        (
            "[first_person]\naddress = \"ann\"\npassword_once = \"x\"\n".to_owned(),
            None,
            "not a mail address",
        ),
        (
            format!("domains = [\"b.test\"]\n{person}password_once = \"secret word\"\n"),
            None,
            "not among `domains`",
        ),
        ("[relay]\nhost = \"a b\"\n".to_owned(), None, "is no host"),
        (
            "[relay]\nhost = \"ann:secret word@smtp.test\"\n".to_owned(),
            None,
            "before the @",
        ),
        (
            "first_person = { address = \"a@b.c\" }".to_owned(),
            None,
            "unknown key `first_person`",
        ),
        (
            "[tls]\ncertificate = \"c.pem\"\nkey = \"/k.pem\"".to_owned(),
            None,
            "write a whole path",
        ),
    ] {
        let place = Place::new("wrong", &file);
        let (begun, accounts, health) = place.start();
        let (settings, text, may_make) = begun.unwrap();
        assert!(
            settings.file.is_none() && text.is_empty() && !may_make,
            "{file}"
        );
        assert_eq!(place.card(), file);
        assert!(accounts.members().unwrap().is_empty() && place.data("pillarbox.toml").is_none());
        let told = fs::read_to_string(place.folder.join("boot").join(ERRORS)).unwrap();
        assert!(told.contains(words), "{file}: {told}");
        if let Some(line) = line {
            assert!(told.contains(&format!("pillarbox.toml:{line}: ")), "{told}");
        }
        assert!(!told.contains("secret word"));
        assert!(health.has(Part::TakeOver));
        drop(accounts);
        // Mended, it is taken over, and the complaint goes.
        fs::write(place.folder.join("boot/pillarbox.toml"), FILE).unwrap();
        let (begun, accounts, health) = place.start();
        begun.unwrap();
        complete(&place, &accounts);
        assert!(!place.folder.join("boot").join(ERRORS).exists() && !health.has(Part::TakeOver));
    }
}

#[test]
fn nobody_takes_a_box_that_is_somebodys() {
    let place = Place::new("owned", FILE);
    let accounts = place.accounts();
    block_on(accounts.add(&address("bob@house.test"), &Secret::from("bob's password"))).unwrap();
    drop(accounts);
    let (begun, accounts, health) = place.start();
    begun.unwrap();
    assert!(health.has(Part::TakeOver) && place.card() == FILE);
    assert_eq!(accounts.members().unwrap().len(), 1);
    assert!(
        accounts
            .store()
            .read()
            .unwrap()
            .relays()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_later_file_is_left_alone() {
    let place = Place::new("later", FILE);
    fs::write(place.start.settings_file(), "hostname = \"a.test\"\n").unwrap();
    let (begun, accounts, _) = place.start();
    assert_eq!(begun.unwrap().0.hostname, "a.test");
    assert!(accounts.members().unwrap().is_empty() && place.card() == FILE);
}

/// On a card init writes the copy back when the box is ready: a plug pulled before that must leave a box that does it again.
#[test]
fn on_a_card_the_note_stays_until_the_file_is_seen_without_its_secrets() {
    let mut place = Place::new("copy", FILE);
    place.start.card = Some(3);
    let (begun, accounts, _) = place.start();
    begun.unwrap();
    drop(accounts);
    let cut = place.card();
    assert!(!cut.contains("relay secret") && place.data(NOTE).is_some());
    // The copy is made anew from what the card still has.
    fs::write(place.folder.join("boot/pillarbox.toml"), FILE).unwrap();
    place.start().0.unwrap();
    assert_eq!(place.card(), cut);
    assert!(place.data(NOTE).is_some());
    // Now it was written back.
    let (begun, accounts, _) = place.start();
    begun.unwrap();
    assert_eq!(place.card(), cut);
    complete(&place, &accounts);
}
