//! What the pages ask of the rest of the box, and through it of the world: so that a test can be the world.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use dns::{Data, Kind};
use futures_lite::future::Boxed;
use mail::date::DateTime;
use store::{Read as _, Relay};

use super::Window;
use super::questions::provider::Failure;
use crate::accounts::Accounts;
use crate::life::Ground;
use crate::publish::{LineReport, RelayUse, can_mail_leave};
use crate::resolver::{Resolver, ResolverSettings};
use crate::settings::{Change, Settings, SettingsError};

/// Resolvers of OpenDNS, which answer one name with the address that the question came from.
const MIRRORS: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(208, 67, 222, 222)), 53),
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(208, 67, 220, 220)), 53),
];
/// The name.
const MIRROR_NAME: &str = "myip.opendns.com";

/// What holds in the present life.
#[derive(Clone)]
pub struct Present {
    /// The household.
    pub accounts: Accounts,
    /// The settings in force.
    pub settings: Settings,
    /// Services by the names of the settings, and the ports at which they are heard.
    pub heard: Vec<(&'static str, u16)>,
}

/// The box around the pages.
pub trait World: Send + Sync {
    /// The present life; waits while a new one begins.
    fn present(&self) -> Boxed<Present>;
    /// Changes settings and begins a new life; ready when it serves. `Err`: what was expected.
    fn change(&self, changes: Vec<Change>) -> Boxed<Result<(), SettingsError>>;
    /// Signs in at a relay and sends nothing.
    fn try_relay(&self, relay: Relay) -> Boxed<Result<(), Failure>>;
    /// The relays have changed: mail that waits is tried anew.
    fn relays_changed(&self) -> Boxed<()>;
    /// Whether mail can leave the line.
    fn try_line(&self) -> Boxed<LineReport>;
    /// The line's address as the world sees it; `None`: nobody said.
    fn line_address(&self) -> Boxed<Option<IpAddr>>;
    /// The window.
    fn window(&self) -> &Window;
    /// Unix seconds, if they are trusted: what one-time codes are judged by.
    fn date(&self) -> Option<i64>;
    /// A time as the box's own place tells it.
    fn date_time(&self, unix: i64) -> DateTime;
}

impl World for Ground {
    fn present(&self) -> Boxed<Present> {
        let household = self.household.clone();
        let web = self.web_doors.get().cloned().unwrap_or_default();
        Box::pin(async move {
            let household = household.get().await;
            let mail = household.running.iter().flat_map(|running| &running.doors);
            let mail = mail.map(|door| (door.service.name(), door.address));
            let heard = mail.chain(web);
            Present {
                accounts: household.accounts.clone(),
                settings: household.settings.clone(),
                heard: heard
                    .map(|(name, address)| (name, address.port()))
                    .collect(),
            }
        })
    }

    fn change(&self, changes: Vec<Change>) -> Boxed<Result<(), SettingsError>> {
        let ground = self.clone();
        Box::pin(async move { ground.change_settings(&changes).await })
    }

    fn try_relay(&self, relay: Relay) -> Boxed<Result<(), Failure>> {
        let household = self.household.clone();
        Box::pin(async move {
            // The life itself is not kept for as long as a far host is silent.
            let sender = household.get().await.sender.clone();
            let tried = sender.trial(&relay).await;
            tried.map(|_| ()).map_err(|finding| Failure {
                cause: Some(finding.cause),
                words: finding.words,
            })
        })
    }

    fn relays_changed(&self) -> Boxed<()> {
        let household = self.household.clone();
        Box::pin(async move { household.get().await.sender.start_afresh() })
    }

    fn try_line(&self) -> Boxed<LineReport> {
        let household = self.household.clone();
        Box::pin(async move {
            let resolver = household.get().await.resolver.clone();
            // Whatever relay there is: the question is what the line does.
            can_mail_leave(&resolver, &RelayUse::Direct).await
        })
    }

    fn line_address(&self) -> Boxed<Option<IpAddr>> {
        Box::pin(async {
            let mirrors = Resolver::new(ResolverSettings {
                servers: MIRRORS.to_vec(),
                ..ResolverSettings::default()
            });
            let answer = mirrors.lookup(MIRROR_NAME, Kind::A).await.ok()?;
            answer.data.iter().find_map(|data| match data {
                Data::A(address) => Some(IpAddr::V4(*address)),
                _ => None,
            })
        })
    }

    fn window(&self) -> &Window {
        &self.window
    }

    fn date(&self) -> Option<i64> {
        self.clock.date()
    }

    fn date_time(&self, unix: i64) -> DateTime {
        self.clock.date_time(unix)
    }
}

/// The relay for everything, if there is one.
pub(super) fn relay_of(accounts: &Accounts) -> store::Result<Option<Relay>> {
    let relays = accounts.store().read()?.relays()?;
    let mut relays = relays.into_iter();
    Ok(relays.find(|relay| relay.scope == store::RelayScope::Everything))
}

/// Where the box is within the house, as `peer` reaches it. Nothing is sent.
pub(super) fn address_towards(peer: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = match peer {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((peer, 9)).ok()?;
    let address = socket.local_addr().ok()?.ip().to_canonical();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

/// An IPv6 address of the box that the world can reach. Nothing is sent.
pub(super) fn public_v6() -> Option<IpAddr> {
    // A root server's; any address outside would do.
    let outside = Ipv6Addr::new(0x2001, 0x503, 0xba3e, 0, 0, 0, 2, 0x30);
    let address = address_towards(outside.into())?;
    match address {
        IpAddr::V6(v6)
            if v6
                .segments()
                .first()
                .is_some_and(|first| first & 0xe000 == 0x2000) =>
        {
            Some(address)
        }
        _ => None,
    }
}
