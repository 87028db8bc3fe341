//! What the guards ask of the rest of the box.

use std::net::IpAddr;
use std::sync::Arc;

use board::Rhythm;
use event_listener::EventListener;
use rustls::ServerConfig;
use store::AccountId;

use super::{Boxed, Language};
use crate::tls::Certificates;

/// The box around the web server, which outlives lives.
pub trait Premises: Send + Sync {
    /// The number of the window's opening, while it is open; each opening has another.
    fn opening(&self) -> Option<u64>;

    /// Pages are served in clear: only where there is nothing secret, and nobody who could sign in.
    fn pages_in_clear(&self) -> bool {
        false
    }

    /// Hears the next opening or closing.
    fn window_changed(&self) -> EventListener;

    /// Whether this client may not even shake hands: it is banned from logging in.
    fn keeps_out(&self, _peer: IpAddr) -> bool {
        false
    }

    /// What holds in the present life. Waits while a new one begins.
    fn present(&self) -> Boxed<Arc<Present>>;

    /// What the box is called on the local network at this moment, with `.local`; another name from one request to the next where somebody else
    /// in the house has it. `None`: it is not announced.
    fn local_name(&self) -> Option<String>;

    /// Who owns the box now.
    fn owner(&self) -> Boxed<Option<Householder>>;

    /// The light plays this rhythm from now on, or what it would say by itself again.
    fn play(&self, rhythm: Option<Rhythm>);
}

/// The owner, and since when their password is what it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Householder {
    /// Whose account it is.
    pub account: AccountId,
    /// Another number after each change of their own password, forgetting included.
    pub password: u64,
}

/// What holds as long as a life lasts.
pub struct Present {
    /// For handshakes; ALPN `http/1.1`.
    pub tls: Arc<ServerConfig>,
    /// What browsers are shown ([`Certificates::browsers_certificate`]).
    pub certificates: Arc<Certificates>,
    /// The full names under which the box is known by its settings: the host name, and what it is called at home without mDNS. [`Premises::local_name`]
    /// comes to these.
    pub names: Vec<String>,
    /// `[setup] always`: the owner may sign in while the window is closed.
    pub always: bool,
    /// For browsers that ask for none of ours.
    pub language: Language,
}
