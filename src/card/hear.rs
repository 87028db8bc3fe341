//! What init tells, and whom it concerns.

use std::net::IpAddr;
use std::time::Duration;

use async_io::Timer;
use firmware::talk::{DataState, Finding, Network, News, Reach, Systems};
use futures_lite::FutureExt as _;

use super::{Card, Progress};
use crate::health::{Fact, Health, Part};
use crate::life::Ground;
use crate::log;

/// A box that has run so long without falling again is well.
const FORGOTTEN: Duration = Duration::from_secs(24 * 3600);
/// Octets of last words in a fact: its sentence is to be read by people, the page has the whole.
const WORDS_IN_A_FACT: usize = 200;

impl Card {
    /// Hears init for ever.
    pub(crate) async fn hear(self, ground: Ground) {
        let (clock, health) = (ground.clock.clone(), ground.health.clone());
        self.listen(&health, |servers| clock.dhcp_servers(servers))
            .await;
    }

    /// The same where there is no clock to be set: a rescue.
    pub(crate) async fn hear_only(self, health: Health) {
        self.listen(&health, |_| ()).await;
    }

    async fn listen(&self, health: &Health, time_servers: impl Fn(&[IpAddr])) {
        let heard = async {
            loop {
                match self.inner.channel.hear().await {
                    Ok(Some(news)) => self.take_note(news, health, &time_servers),
                    Ok(None) => break log::error(0, "card: init is gone"),
                    Err(error) => {
                        break log::error(0, format_args!("card: init cannot be heard: {error}"));
                    }
                }
            }
            std::future::pending::<()>().await;
        };
        let forgets = async {
            Timer::after(FORGOTTEN).await;
            health.well(Part::Restarts);
            std::future::pending::<()>().await;
        };
        heard.or(forgets).await;
    }

    fn take_note(&self, news: News, health: &Health, time_servers: &impl Fn(&[IpAddr])) {
        match news {
            News::Network(network) => {
                time_servers(&network.ntp);
                about_network(&network, health);
                self.tell(|told| told.network = Some(network));
            }
            News::Systems(systems) => {
                about_systems(&systems, health);
                self.tell(|told| told.systems = Some(systems));
            }
            News::Data(state) => {
                about_data(state, health);
                self.tell(|told| told.data = Some(state));
            }
            News::LastWords { times, text } => {
                health.report(Fact::Restarted {
                    times,
                    words: last_line(&text),
                });
                self.tell(|told| told.last_words = Some(text));
            }
            News::Log { path } => self.tell(|told| {
                told.log = Some(path);
                told.logs += 1;
            }),
            News::Progress {
                phase,
                done,
                total,
                why,
            } => self.tell(|told| {
                told.progress = Some(Progress {
                    phase,
                    done,
                    total,
                    why,
                });
            }),
        }
    }
}

fn about_network(network: &Network, health: &Health) {
    match network.reach {
        Reach::NoInterface => health.report(Fact::NoNetwork),
        Reach::NoCable => health.report(Fact::NoCable),
        Reach::Own => health.report(Fact::OwnAddress {
            address: own_address(network),
        }),
        Reach::Given | Reach::Fixed => health.well(Part::Network),
        // It may still come: what was said before stays until it is known.
        Reach::Asking => {}
    }
}

/// The one that the box gave itself.
fn own_address(network: &Network) -> String {
    let own = network.addresses.iter().find(|(ip, _)| match ip {
        IpAddr::V4(four) => four.is_link_local(),
        IpAddr::V6(_) => false,
    });
    own.map(|(ip, _)| ip.to_string()).unwrap_or_default()
}

fn about_systems(systems: &Systems, health: &Health) {
    match (&systems.updated_to, systems.given_up) {
        (Some(version), Some(step)) => health.report(Fact::UpdateGivenUp {
            version: version.clone(),
            step,
        }),
        _ => health.well(Part::Update),
    }
}

fn about_data(state: DataState, health: &Health) {
    match state.finding {
        Finding::Wounded => health.report(Fact::CardWounded),
        Finding::Sound => health.well(Part::Card),
        // Known to whoever runs without data.
        Finding::Away | Finding::Formatting | Finding::FormatFailed => {}
    }
}

/// What was said last, short enough for a sentence.
fn last_line(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let line = lines
        .rev()
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let end = line.floor_char_boundary(WORDS_IN_A_FACT);
    line.get(..end).unwrap_or_default().to_owned()
}
