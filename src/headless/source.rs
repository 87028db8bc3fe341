//! The file that somebody laid on the card: settings, and perhaps [first_person] and [relay], which hold secrets. Read whole and judged whole.
//!
//! It cannot: take these two tables written in another way than under a header of their own, because they are cut out of the text again line by line.

use std::path::Path;

use mail::Address;
use sasl::Secret;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use crate::accounts::{acceptable_hash, acceptable_password};
use crate::control::{Scope, relay_of};
use crate::settings::{Settings, SettingsError, headers};

/// The tables that are no settings.
const SECRET_TABLES: [&str; 2] = ["first_person", "relay"];

/// What the file says.
pub(super) struct Source {
    pub(super) settings: Settings,
    /// The file without what is secret: what becomes the settings file.
    pub(super) plain: String,
    /// Nothing was secret in it.
    pub(super) holds_secrets: bool,
    pub(super) person: Option<Person>,
    pub(super) relay: Option<store::Relay>,
}

/// Whose the box will be.
pub(super) struct Person {
    pub(super) address: Address,
    pub(super) name: String,
    pub(super) password: Password,
}

pub(super) enum Password {
    /// argon2id, as a PHC string.
    Hash(String),
    /// To sign in with once, on the setup page.
    Once(Secret),
}

/// Reads and judges everything. `path` is where the file lies, for messages; `target` is where its settings will stand.
pub(super) fn read(text: &str, path: &Path, target: &Path) -> Result<Source, SettingsError> {
    let about = |text: String| SettingsError::about(path, text);
    // Lines are emptied, not taken away: what is wrong is told with its line in the file.
    let settings = Settings::parse(&emptied(text), path)?;
    if let Some((key, file)) = relative_files(&settings, path) {
        return Err(about(format!(
            "`{key}` names {file}, and the settings move into the data folder {}; write a whole path",
            target.parent().unwrap_or(target).display()
        )));
    }
    let settings = Settings {
        file: Some(target.to_owned()),
        ..settings
    };
    let root = DeTable::parse(text).map_err(|error| about(error.message().to_owned()))?;
    let table = |name: &str| -> Result<Option<&DeTable<'_>>, SettingsError> {
        let Some(value) = root.get_ref().get(name) else {
            return Ok(None);
        };
        let headed = headers(text).any(|(_, names)| names == [name]);
        match value.get_ref() {
            DeValue::Table(table) if headed => Ok(Some(table)),
            _ => Err(about(format!(
                "write `[{name}]` on a line of its own and its keys below"
            ))),
        }
    };
    let person = table("first_person")?
        .map(|table| person(table, &settings))
        .transpose();
    let person = person.map_err(|text| about(format!("[first_person]: {text}")))?;
    let relay = table("relay")?.map(relay).transpose();
    let relay = relay.map_err(|text| about(format!("[relay]: {text}")))?;
    Ok(Source {
        settings,
        plain: cut(text),
        holds_secrets: person.is_some() || relay.is_some(),
        person,
        relay,
    })
}

/// The text without the secret tables; a comment stands in the place of each.
pub(super) fn cut(text: &str) -> String {
    without(text, |name, end| {
        format!("# [{name}] was taken over by the box; what was in it is gone from here.{end}")
    })
}

fn emptied(text: &str) -> String {
    let mut emptied = String::with_capacity(text.len());
    for (line, secret) in lines(text) {
        match secret {
            Some(_) if line.ends_with('\n') => emptied.push('\n'),
            Some(_) => {}
            None => emptied.push_str(line),
        }
    }
    emptied
}

fn without(text: &str, in_place: impl Fn(&str, &str) -> String) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut before = None;
    for (line, secret) in lines(text) {
        let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
        match secret {
            Some(name) if before != Some(name) => kept.push_str(&in_place(name, end)),
            Some(_) => {}
            None => kept.push_str(line),
        }
        before = secret;
    }
    kept
}

/// Every line, and the secret table that it belongs to: from its header to the next one, comments included, as a comment may be a password that was.
fn lines(text: &str) -> Vec<(&str, Option<&'static str>)> {
    let ends: Vec<(usize, Vec<String>)> = headers(text).collect();
    let mut inside = None;
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        at += line.len();
        if let Some((_, names)) = ends.iter().find(|(end, _)| *end == at) {
            inside = SECRET_TABLES.into_iter().find(|secret| names == &[*secret]);
        } else if line.trim_start().starts_with("[[") {
            inside = None;
        }
        found.push((line, inside));
    }
    found
}

/// Whether there is anything in it that is to be cut.
pub(super) fn holds_secrets(text: &str) -> bool {
    lines(text).iter().any(|(_, secret)| secret.is_some())
}

fn person(table: &DeTable<'_>, settings: &Settings) -> Result<Person, String> {
    let mut values = Values::of(
        table,
        &["address", "name", "password_hash", "password_once"],
    )?;
    let address = values
        .take("address")
        .ok_or("`address` is missing; write it like `address = \"ann@example.org\"`")?;
    let address = Address::parse(&address)
        .map_err(|error| format!("\"{}\" is not a mail address: {error}", address.as_str()))?;
    let own = settings.domains.iter();
    let own = own.chain([&settings.hostname]);
    if !settings.domains.is_empty()
        && !own
            .into_iter()
            .any(|own| mail::domains_equal(own, address.domain()))
    {
        return Err(format!(
            "{} is not among `domains`; name it there too",
            address.domain()
        ));
    }
    let name = values.take("name").map(|name| name.to_string());
    let password = match (values.take("password_hash"), values.take("password_once")) {
        (Some(hash), None) => {
            if !acceptable_hash(&hash) {
                return Err(
                    "`password_hash` is no argon2id hash; make one with `argon2 SALT -id -e`, it begins with $argon2id$v=19$"
                        .to_owned(),
                );
            }
            Password::Hash(hash.to_string())
        }
        (None, Some(once)) => {
            let once = Secret::from(once.as_str());
            acceptable_password(&once).map_err(|refusal| refusal.text)?;
            Password::Once(once)
        }
        _ => {
            return Err(
                "write one of `password_hash` (argon2id) and `password_once` (to sign in with once)"
                    .to_owned(),
            );
        }
    };
    Ok(Person {
        address,
        name: name.unwrap_or_default(),
        password,
    })
}

fn relay(table: &DeTable<'_>) -> Result<store::Relay, String> {
    let mut values = Values::of(table, &["host", "user", "password", "tls"])?;
    let host = values
        .take("host")
        .ok_or("`host` is missing; write it like `host = \"smtp.example.org:465\"`")?;
    // As in an address with a password in it, which no message may repeat.
    if host.contains('@') {
        return Err(
            "`host` is a name and perhaps a port; write what is before the @ as `user` and `password`"
                .to_owned(),
        );
    }
    let plain = |value: Option<Zeroizing<String>>| value.map(|value| value.to_string());
    let (user, password) = (plain(values.take("user")), plain(values.take("password")));
    let tls = values.take("tls");
    relay_of(
        Scope::Everything,
        &host,
        tls.as_deref().map(String::as_str),
        user,
        password,
    )
    .map_err(|refusal| refusal.text)
}

/// Strings by their keys, all of which are known.
struct Values(Vec<(String, Zeroizing<String>)>);

impl Values {
    fn of(table: &DeTable<'_>, known: &[&str]) -> Result<Values, String> {
        let mut values = Vec::new();
        for (key, value) in table {
            let key: &str = key.get_ref();
            if !known.contains(&key) {
                return Err(format!(
                    "unknown key `{key}`; known there: {}",
                    known.join(", ")
                ));
            }
            match value.get_ref() {
                DeValue::String(text) => {
                    values.push((key.to_owned(), Zeroizing::new(text.to_string())));
                }
                _ => return Err(format!("`{key}` takes a string in double quotes")),
            }
        }
        Ok(Values(values))
    }

    fn take(&mut self, key: &str) -> Option<Zeroizing<String>> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.swap_remove(at).1)
    }
}

/// Files that are named by where the source lies.
fn relative_files(settings: &Settings, path: &Path) -> Option<(&'static str, String)> {
    let folder = path.parent()?;
    let named = [
        ("certificate", settings.tls.certificate.as_deref()),
        ("key", settings.tls.key.as_deref()),
        ("roots", settings.send.roots.as_deref()),
    ];
    let more = settings.tls.more.iter();
    let more = more.flat_map(|pair| [&pair.certificate, &pair.key]);
    let all = named
        .into_iter()
        .filter_map(|(key, file)| Some((key, file?)))
        .chain(more.map(|file| ("more", file.as_path())));
    // On the boot partition they would be no secret either, and there the file on a card lies really.
    all.filter(|(_, file)| file.starts_with(folder) || file.starts_with("/boot"))
        .map(|(key, file)| (key, file.display().to_string()))
        .next()
}
