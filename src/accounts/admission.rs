//! What a password that was proved right may open: its scope, and whether mail programs may use it at all.
//!
//! It stands after the proof, at every door and for every mechanism alike, and counts no guess: whoever brings a right password to a wrong door is a program that was set up
//! wrongly. Promises: with two-step sign-in on, a person's own password opens no mail, by no mechanism; an app password opens what it was made for, and one that was
//! made before there were scopes opens everything. What it cannot do: offer SCRAM to app passwords, as SCRAM names the person before it is known which password is meant.

use sasl::{Barred, Secret};
use store::{AccountId, AppPassword, Doors, Read as _, Safeguards, UsedAt};

use super::{Accounts, app_passwords};
use crate::net::Service;

/// What a new app password opens unless somebody says otherwise: what every mail program needs.
pub const USUAL_DOORS: Doors = Doors::IMAP.with(Doors::SMTP);

/// Which of a person's passwords was proved.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Proved {
    /// Their own.
    Own,
    /// An app password.
    App { id: u32, created: i64 },
}

impl Accounts {
    /// Whether somebody who proved this password (`None`: by SCRAM, which knows a person's own only) may use `service`, and which of their passwords it was.
    ///
    /// # Errors
    /// What the store cannot read: then nobody can say, and nobody comes in.
    pub(crate) fn admit(
        &self,
        account: AccountId,
        password: Option<&Secret>,
        service: Service,
    ) -> store::Result<Result<Proved, Barred>> {
        let read = self.inner.store.read()?;
        let safeguards = read.safeguards(account)?;
        let apps = match password {
            Some(_) => read.credentials(account)?.app_passwords,
            None => Vec::new(),
        };
        let app = apps.iter().find(|app| {
            password.is_some_and(|password| app_passwords::matches(password, &app.hash))
        });
        Ok(match app {
            Some(app) if doors_of(app, &safeguards).contains(door(service)) => Ok(Proved::App {
                id: app.id,
                created: app.created,
            }),
            Some(_) => Err(Barred::OtherDoor),
            None if safeguards.totp.is_some() => Err(Barred::OwnPassword),
            None => Ok(Proved::Own),
        })
    }
}

/// What an app password opens.
pub(super) fn doors_of(app: &AppPassword, safeguards: &Safeguards) -> Doors {
    let scope = safeguards
        .scopes
        .iter()
        .find(|scope| (scope.id, scope.created) == (app.id, app.created));
    scope.map_or(Doors::ALL, |scope| scope.doors)
}

fn door(service: Service) -> Doors {
    match used_at(service) {
        UsedAt::Imap => Doors::IMAP,
        UsedAt::Pop3 => Doors::POP3,
        UsedAt::Smtp | UsedAt::Page => Doors::SMTP,
    }
}

/// The protocol of a service.
pub(crate) fn used_at(service: Service) -> UsedAt {
    match service {
        Service::Imap | Service::Imaps => UsedAt::Imap,
        Service::Pop3 | Service::Pop3s => UsedAt::Pop3,
        Service::Smtp | Service::Submission | Service::Submissions => UsedAt::Smtp,
    }
}

/// The doors' names as commands and settings have them.
const DOOR_NAMES: [(Doors, &str); 3] = [
    (Doors::IMAP, "imap"),
    (Doors::POP3, "pop3"),
    (Doors::SMTP, "smtp"),
];

/// `imap,smtp` and the like; the error: what is not among them. Nothing named is nothing opened, and no set.
pub(crate) fn parse_doors(text: &str) -> Result<Doors, String> {
    let mut doors = Doors::NONE;
    for name in text.split(',').map(str::trim) {
        let folded = name.to_ascii_lowercase();
        let known = DOOR_NAMES.iter().find(|(_, known)| *known == folded);
        let (door, _) = known.ok_or_else(|| name.to_owned())?;
        doors = doors.with(*door);
    }
    Ok(doors)
}

/// The names of these doors.
pub(crate) fn door_names(doors: Doors) -> Vec<&'static str> {
    DOOR_NAMES
        .iter()
        .filter(|(door, _)| doors.contains(*door))
        .map(|(_, name)| *name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_are_read_and_told() {
        assert_eq!(parse_doors("imap,smtp"), Ok(USUAL_DOORS));
        assert_eq!(parse_doors("SMTP , pop3,imap"), Ok(Doors::ALL));
        for (wrong, named) in [("", ""), ("imap,", ""), ("imap,jmap", "jmap")] {
            assert_eq!(parse_doors(wrong), Err(named.to_owned()));
        }
        assert_eq!(door_names(Doors::POP3.with(Doors::SMTP)), ["pop3", "smtp"]);
    }

    #[test]
    fn a_scope_belongs_to_the_password_that_it_was_made_with() {
        let app = |id, created| AppPassword {
            id,
            label: String::new(),
            hash: String::new(),
            created,
        };
        let safeguards = Safeguards {
            scopes: vec![store::Scope {
                id: 1,
                created: 100,
                doors: Doors::SMTP,
            }],
            ..Safeguards::default()
        };
        assert_eq!(doors_of(&app(1, 100), &safeguards), Doors::SMTP);
        assert_eq!(
            doors_of(&app(1, 101), &safeguards),
            Doors::ALL,
            "number given away anew"
        );
        assert_eq!(doors_of(&app(2, 100), &safeguards), Doors::ALL);
    }
}
