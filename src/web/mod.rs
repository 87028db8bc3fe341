//! The web server of the box: every guard in one place, so that no page has to ask who is asking.
//!
//! ```text
//! server   what all connections share     attend     one connection            answer   one request
//! judge    what a request is              head       its head, read strictly   authority, address   who is meant, who is in the house
//! request  what a page is asked           reply      what it answers           site, premises       who answers, and for which box
//! body, form, percent, cookie, language   what browsers send, bounded          headers  what keeps them from mischief
//! multipart, upload                       a form with a large file in it, piece by piece
//! sessions, tokens, throttle, seats, deeds the owner's visits, forms, how often, how many at once
//! plain, texts                            the server's own pages               captive  phones that look for the internet
//! fingerprint, words, beacon, presented   how one knows the box                der      who vouches for its certificate
//! standing                                the premises as they are: ground and present life
//! ```
//!
//! Promises: a [`Site`] sees only requests that passed every guard; what comes from outside is bounded before it is kept; nothing of a form is ever in a log; whoever is
//! not in the house gets client configuration and 404. It cannot: hide from somebody inside the house that there is a box; know who in the house is
//! who, before they have signed in; keep somebody out who relays every octet between a browser and a box that it does not know yet ([`Fingerprint`]).

mod address;
mod answer;
mod attend;
mod authority;
mod beacon;
mod body;
mod captive;
mod cookie;
mod deeds;
mod der;
mod fingerprint;
mod form;
mod head;
mod headers;
mod judge;
mod language;
mod multipart;
pub(crate) mod percent;
mod plain;
mod premises;
mod presented;
mod reply;
mod request;
mod seats;
mod server;
mod sessions;
mod site;
mod standing;
#[cfg(test)]
mod test_support;
mod texts;
mod throttle;
mod tokens;
mod upload;
mod words;

pub use address::is_house_address;
pub use authority::Authority;
pub use fingerprint::Fingerprint;
pub use form::{Form, FormError, MOST_FIELDS};
pub use language::Language;
pub use premises::{Householder, Premises, Present};
pub use presented::{Presented, presented};
pub use reply::Reply;
pub use request::{Method, Request, Visitor};
pub use server::{Web, WebDoors, WebTimes};
pub use site::{Boxed, Site};
pub use standing::Standing;
pub use upload::{Upload, UploadError};
