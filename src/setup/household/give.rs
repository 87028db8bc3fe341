//! What is given away once: a link and the profile behind it, a password, a code.
//!
//! Promises: a POST makes it and leads to the page that shows it, so that a reload makes nothing; asking for a head uses nothing up. What it cannot do: know whether
//! anybody has read the page.

use std::time::Instant;

use mail::Address;

use super::desk::{Visit, shown};
use super::devices::{self, Device};
use super::made::{Kept, Made};
use super::people;
use crate::accounts::Refusal;
use crate::client_setup::{apple, thunderbird};
use crate::reason::Reason;
use crate::setup::layout::Frame;
use crate::web::percent;
use crate::web::{Method, Reply, Visitor};

/// Where what was made is shown, once.
pub(super) const MADE: &str = "/household/made";
/// Where links that work once begin.
pub(super) const ONCE: &str = "/once/";
/// The profile behind one.
const PROFILE: &str = "/mail.mobileconfig";
/// What it is called on the device.
const PROFILE_NAME: &str = "mail.mobileconfig";

impl Visit<'_> {
    /// What is handed to a device: a link or a password, on the page to which this leads.
    pub(super) async fn hand_out(
        &self,
        person: &Address,
        device: Device,
    ) -> Result<Reply, Refusal> {
        let household = &self.frame.texts().household;
        let (house, label) = (self.house(), device.label(household));
        let address = person.to_string();
        let kept = if device == Device::Apple {
            let waiting = super::once::Waiting {
                person: person.clone(),
                label: label.to_owned(),
            };
            let token = self
                .desk
                .once
                .make(waiting, self.opening(), Instant::now())?;
            let path = self
                .frame
                .link(&format!("{ONCE}{}", percent::encode(&token)));
            Kept::Link(format!("https://{}{path}", self.request.authority))
        } else {
            let name = self
                .person(&address)?
                .map(|person| person.name)
                .unwrap_or_default();
            let made = self
                .household
                .accounts
                .add_app_password(person, label, device.doors())
                .await?;
            let name = if name.is_empty() {
                person.local()
            } else {
                &name
            };
            let code = thunderbird::code(&house, person, name, Some(&made.password));
            Kept::Password(made.password, code)
        };
        self.leads_to(Made::Device {
            address,
            device,
            kept,
        })
    }

    /// On to the page that shows what was made: a reload of that page makes nothing.
    pub(super) fn leads_to(&self, made: Made) -> Result<Reply, Refusal> {
        let shelf = &self.desk.shelf;
        let number = shelf.put(made, self.session(), Instant::now())?;
        let path = self.frame.link(&format!("{MADE}?number={number}"));
        Ok(Reply::see_other(path))
    }

    /// The page with what was made, or that it was seen already.
    pub(super) fn made(&self) -> Reply {
        let (shelf, now) = (&self.desk.shelf, Instant::now());
        let number = self.request.query.text("number");
        // The other language shows the page on which one begins: what was made is not shown twice.
        let frame = &Frame {
            path: "/household/devices".to_owned(),
            ..self.frame.clone()
        };
        let seen = || shown(devices::seen(frame)).with_status(410);
        if self.request.head_only {
            return match shelf.has(number, self.session(), now) {
                true => shown(maud::html! {}),
                false => seen(),
            };
        }
        let Some(made) = shelf.take(number, self.session(), now) else {
            return seen();
        };
        shown(match &made {
            Made::Password { address, password } => {
                people::password_made(frame, &people::Shown { address, password })
            }
            Made::Device {
                address,
                device,
                kept,
            } => {
                let given = match kept {
                    Kept::Link(link) => devices::Given::Link(link),
                    Kept::Password(password, code) => {
                        devices::Given::Password(password, code.as_ref().map(|code| code.as_str()))
                    }
                };
                devices::given(frame, &self.house(), address, *device, &given)
            }
        })
    }

    /// The number of the owner's visit; of a stranger, whom the desk shows nothing of this, one that none has.
    fn session(&self) -> u64 {
        match self.request.visitor {
            Visitor::Owner { session, .. } => session,
            Visitor::Stranger | Visitor::Public => u64::MAX,
        }
    }

    /// What lies behind a link that works once: the page that explains, and the profile.
    pub(super) async fn handover(&self, rest: &str) -> Option<Reply> {
        if self.request.method != Method::Get {
            return None;
        }
        let opening = self.opening();
        let (once, now) = (&self.desk.once, Instant::now());
        let spent = || shown(devices::spent(self.frame)).with_status(410);
        let Some(token) = rest.strip_suffix(PROFILE) else {
            let Some(waiting) = once.look(rest, opening, now) else {
                return Some(spent());
            };
            let file = self.frame.link(&format!("{ONCE}{rest}{PROFILE}"));
            let certificate = self.house().self_made.is_some();
            return Some(shown(devices::handover(
                self.frame,
                &file,
                &waiting.person.to_string(),
                certificate,
            )));
        };
        // Whoever previews a link asks for its head first: that is no use of it.
        if self.request.head_only {
            return Some(match once.look(token, opening, now) {
                Some(_) => Reply::file(PROFILE_NAME, apple::MEDIA_TYPE, Vec::new()),
                None => spent(),
            });
        }
        let Some(waiting) = once.take(token, opening, now) else {
            return Some(spent());
        };
        match self.profile(&waiting.person, &waiting.label).await {
            Ok(reply) => Some(reply),
            Err(refusal) => Some(self.failed(&refusal)),
        }
    }

    async fn profile(&self, person: &Address, label: &str) -> Result<Reply, Refusal> {
        let name = self
            .person(&person.to_string())?
            .map(|person| person.name)
            .unwrap_or_default();
        let made = self
            .household
            .accounts
            .add_app_password(person, label, Device::Apple.doors())
            .await?;
        let holder = apple::Holder {
            address: Some(person),
            name: &name,
            password: Some(&made.password),
        };
        let text = apple::profile(&self.house(), &holder);
        let text = text.ok_or(Reason::NoDoor)?;
        Ok(Reply::file(
            PROFILE_NAME,
            apple::MEDIA_TYPE,
            text.as_bytes().to_vec(),
        ))
    }
}
