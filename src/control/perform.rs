//! One wish after the other, done.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use mail::Address;
use sasl::Secret;
use serde_json::json;
use store::QueueTime;
use zeroize::Zeroizing;

use super::people;
use super::{Answer, Exit, Request, report, status};
use crate::accounts::{
    Accounts, Member, Refusal, UNLIMITED, USUAL_DOORS, parse_doors, readable_password,
};
use crate::announce::Announcer;
use crate::clock::Clock;
use crate::health::Health;
use crate::indexing;
use crate::net;
use crate::resolver::Resolver;
use crate::send;
use crate::settings::{Settings, octets};
use crate::setup::Window;
use crate::signing::Signing;
use crate::update::{Updates, update};
use crate::wanted::Blocklists;
use crate::web::Presented;

/// Groups of four letters in a password that the box makes for a person: 72 bits.
const PASSWORD_GROUPS: usize = 4;
/// Below this a password is taken with a warning: NIST SP 800-63B's least length.
const SHORT_PASSWORD: usize = 8;

/// Everything that a wish can be about.
pub struct Household {
    /// People and their store.
    pub accounts: Accounts,
    /// The settings in force.
    pub settings: Settings,
    /// Asks questions about names.
    pub resolver: Resolver,
    /// Knows the domains' keys.
    pub signing: Signing,
    /// Tries relays out.
    pub sender: send::Sender,
    /// Other systems for the box.
    pub updates: Updates,
    /// What only a running box has.
    pub running: Option<Running>,
}

/// A running box, as its owner sees it.
pub struct Running {
    /// What is wrong, and what the light shows.
    pub health: Health,
    /// The setup window.
    pub window: Window,
    /// What time it is, and whether that is to be believed.
    pub clock: Clock,
    /// What it listens on.
    pub doors: Vec<net::Door>,
    /// What the box is called on the local network.
    pub announcer: Announcer,
    /// Where the web server listens, by the names of the settings.
    pub web_doors: Arc<OnceLock<Vec<(&'static str, SocketAddr)>>>,
    /// Connections at this moment.
    pub connections: Arc<dyn Fn() -> usize + Send + Sync>,
    /// The queue's time at this moment.
    pub queue_time: Arc<dyn Fn() -> QueueTime + Send + Sync>,
    /// Hash of the key that the world meets at port 25 ([`crate::publish::tls_key_hash`]).
    pub mail_key: Arc<dyn Fn() -> Option<[u8; 32]> + Send + Sync>,
    /// The certificates that browsers are shown at this moment.
    pub presented: Arc<dyn Fn() -> Vec<Presented> + Send + Sync>,
    /// Blocklists, and what is known of them.
    pub(crate) blocklists: Blocklists,
    /// Since when.
    pub since: Instant,
}

impl Household {
    /// Does what is wanted.
    pub async fn perform(&self, request: Request) -> Answer {
        self.try_perform(request).await.unwrap_or_else(Answer::from)
    }

    async fn try_perform(&self, request: Request) -> Result<Answer, Refusal> {
        let accounts = &self.accounts;
        match request {
            Request::AccountAdd { address, password } => {
                let address = parse(&address)?;
                let (password, told) = chosen(password)?;
                accounts.add(&address, &password).await?;
                Ok(Answer::done(format!("added {address}{}", told.text))
                    .with(json!({"address": address.to_string(), "password": told.json})))
            }
            Request::AccountPassword { address, password } => {
                let address = parse(&address)?;
                let (password, told) = chosen(password)?;
                accounts.set_password(&address, &password).await?;
                Ok(
                    Answer::done(format!("{address} has a new password{}", told.text))
                        .with(json!({"address": address.to_string(), "password": told.json})),
                )
            }
            Request::AccountRemove { address } => {
                let address = parse(&address)?;
                accounts.remove(&address).await?;
                Ok(Answer::done(format!("removed {address} with all mail")))
            }
            Request::AccountList => Ok(report::members(&accounts.members()?)),
            Request::AccountQuota { address, quota } => {
                let address = parse(&address)?;
                if let Some(number) = quota.strip_prefix("messages ") {
                    let messages = parse_messages(number)?;
                    accounts.set_message_quota(&address, messages).await?;
                    return Ok(report::message_quota(&address, messages));
                }
                let quota = parse_quota(&quota)?;
                accounts.set_quota(&address, quota).await?;
                Ok(report::quota(
                    &address,
                    quota,
                    self.settings.limits.store.default_quota,
                ))
            }
            Request::AccountName { address, name } => {
                let address = parse(&address)?;
                accounts.set_name(&address, &name).await?;
                let called = match name.trim() {
                    "" => format!("{address} has no name"),
                    name => format!("{address} is called {name}"),
                };
                Ok(Answer::done(called))
            }
            Request::AccountAddress { address, to } => {
                let (address, to) = (parse(&address)?, parse(&to)?);
                accounts.set_address(&address, &to).await?;
                Ok(Answer::done(format!(
                    "{address} is {to} from now on; mail to the old address goes there too, and programs log in with the new one"
                )))
            }
            Request::Owner(wish) => self.owner(wish).await,
            Request::Junk(wish) => self.junk(wish).await,
            Request::AppPasswordAdd {
                address,
                label,
                doors,
            } => {
                let address = parse(&address)?;
                let doors = match doors.as_deref().map(parse_doors) {
                    None => USUAL_DOORS,
                    Some(Ok(doors)) => doors,
                    Some(Err(name)) => {
                        return Err(Refusal::not_allowed(format!(
                            "\"{name}\" is nothing that an app password opens; name some of imap, pop3 and smtp, with commas between"
                        )));
                    }
                };
                let made = accounts.add_app_password(&address, &label, doors).await?;
                Ok(people::app_password_made(&address, &made, doors))
            }
            Request::AppPasswordList { address } => {
                Ok(people::app_passwords(&self.member(&address)?))
            }
            Request::AccountShow { address } => Ok(people::one(&self.member(&address)?)),
            Request::TotpOff { address } => {
                let address = parse(&address)?;
                accounts.switch_off(&address).await?;
                Ok(Answer::done(format!(
                    "two-step sign-in is off for {address}: their own password opens their mail again, and the setup page without a code"
                )))
            }
            Request::AppPasswordRemove { address, id } => {
                let address = parse(&address)?;
                accounts.remove_app_password(&address, id).await?;
                Ok(Answer::done(format!(
                    "app password {id} of {address} opens nothing any more"
                )))
            }
            Request::AliasAdd { alias, targets } => {
                let people = targets
                    .iter()
                    .map(|target| parse(target))
                    .collect::<Result<Vec<_>, _>>()?;
                accounts.set_alias(&alias, &people).await?;
                Ok(Answer::done(format!(
                    "mail to {alias} goes to {}",
                    targets.join(", ")
                )))
            }
            Request::AliasRemove { alias } => {
                accounts.remove_alias(&alias).await?;
                Ok(Answer::done(format!("removed {alias}")))
            }
            Request::AliasList => Ok(report::aliases(&accounts.aliases()?)),
            Request::Ban(wish) => self.ban(wish).await,
            Request::Queue(wish) => self.queue(wish).await,
            Request::Relay(wish) => self.relay(wish).await,
            Request::Dns { domain } => self.dns(domain).await,
            Request::DnsCheck { domain } => self.dns_check(domain).await,
            Request::Why { message } => self.why(&message),
            Request::Reports => self.reports().await,
            Request::Status => Ok(status::status(self)?),
            Request::Check { reindex } => self.check(reindex).await,
            Request::Update { source, key } => {
                let source = source.or_else(|| self.settings.update.url.clone());
                Ok(match source {
                    Some(source) => update(self, &source, key.as_deref()).await,
                    None => Answer::not_done(
                        Exit::Usage,
                        "name the file or the address of the update, or set `url` in [update]",
                    ),
                })
            }
            // The running box answers these itself: they are there whatever the mail services do.
            Request::Light | Request::LightAfter { .. } | Request::Press { .. } => {
                Ok(not_running())
            }
        }
    }

    /// Somebody as they are listed.
    fn member(&self, address: &str) -> Result<Member, Refusal> {
        let address = parse(address)?;
        let mut members = self.accounts.members()?.into_iter();
        members
            .find(|member| member.account.address.fold() == address.fold())
            .ok_or_else(|| {
                Refusal::not_found(format!(
                    "there is no person {address}; `pillarbox account list` shows who is there"
                ))
            })
    }

    /// On a thread of its own: it walks the whole file. An index that is to be built anew is built behind the mail by a running box, else here.
    async fn check(&self, reindex: bool) -> Result<Answer, Refusal> {
        let store = self.accounts.store().clone();
        let builds = self.running.is_some();
        let (send, found) = async_channel::bounded(1);
        std::thread::Builder::new()
            .name("check".into())
            .spawn(move || {
                let built = match reindex {
                    false => Ok(()),
                    true if builds => store.drop_index(),
                    true => store.drop_index().and_then(|()| indexing::build(&store)),
                };
                send.try_send(built.and_then(|()| store.check()))
            })?;
        let found = found.recv().await.map_err(|_| {
            Refusal::new(
                crate::accounts::RefusalKind::Failed,
                "the check broke off; the log says why",
            )
        })??;
        Ok(report::check(found, reindex.then_some(builds)))
    }
}

fn not_running() -> Answer {
    Answer::not_done(
        Exit::NotRunning,
        "no box runs on this data folder; `pillarbox run` starts one",
    )
}

pub(super) fn parse(text: &str) -> Result<Address, Refusal> {
    Address::parse(text).map_err(|error| {
        Refusal::not_allowed(format!(
            "\"{text}\" is not a mail address: {error}; write it like name@example.org"
        ))
    })
}

/// `None`: no limit.
fn parse_messages(text: &str) -> Result<Option<u64>, Refusal> {
    if text == "none" {
        return Ok(None);
    }
    let number = text.parse().ok().filter(|number| *number > 0);
    number.map(Some).ok_or_else(|| {
        Refusal::not_allowed(format!(
            "\"{text}\" is not a number of messages; write one from 1 on, or `none` for no limit"
        ))
    })
}

/// `None`: the box's default.
fn parse_quota(text: &str) -> Result<Option<u64>, Refusal> {
    match text {
        "default" => Ok(None),
        "none" => Ok(Some(UNLIMITED)),
        _ => match octets(text) {
            Some(quota) if quota > 0 => Ok(Some(quota)),
            _ => Err(Refusal::not_allowed(format!(
                "\"{text}\" is not a quota; write a size of at least one octet like \"2 GiB\" or \"500 MB\", `messages` and a number, `none` for no limit, or `default` for what the settings say for everybody"
            ))),
        },
    }
}

/// What is said about a password.
struct Told {
    text: String,
    json: serde_json::Value,
}

/// The password given, or one that is made and told.
fn chosen(password: Option<String>) -> Result<(Secret, Told), Refusal> {
    let nothing = serde_json::Value::Null;
    if let Some(password) = password.map(Zeroizing::new) {
        let text = if password.chars().count() < SHORT_PASSWORD {
            format!(
                "\nwarning: a password of fewer than {SHORT_PASSWORD} characters is easy to guess"
            )
        } else {
            String::new()
        };
        return Ok((
            Secret::from(password.as_str()),
            Told {
                text,
                json: nothing,
            },
        ));
    }
    let made = readable_password(PASSWORD_GROUPS)?;
    let told = Told {
        text: format!("; the password, shown only now:\n  {}", *made),
        json: json!(*made),
    };
    Ok((Secret::from(made.as_str()), told))
}
