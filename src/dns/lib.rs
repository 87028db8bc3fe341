//! DNS questions and answers as values: what is asked, what came back, how long it holds. No socket, no clock.
//!
//! ```text
//! kind    what is asked and answered      name    names as octets        query   a question on the wire
//! message answers, read                   judge   may this be believed?  lookup  which server is asked what next
//! cache   what is known for how long      hosts   who takes a domain's mail (MX)
//! owner   names of reverse and TLSA records
//! ```
//!
//! A stub resolver's half: it asks recursive resolvers and walks no delegations. Promises: no octets from the network make it panic, loop or
//! keep more than a message's size (65,535 octets); an answer is believed only if it names this question, letter case included, and only
//! its records on the path from the name asked; the number of questions and the time a lookup takes are bounded. It cannot verify
//! signatures (DNSSEC): whether an answer was verified is the word of a resolver that the settings trust.

mod cache;
mod hosts;
mod judge;
mod kind;
mod lookup;
mod message;
mod name;
mod owner;
mod query;
#[cfg(test)]
mod testing;

pub use cache::{Cache, CacheLimits};
pub use hosts::{Hosts, MAX_HOSTS, MailHosts, mail_hosts};
pub use judge::{Judgement, MAX_CHAIN, Reply, Rest, judge};
pub use kind::{Answer, Data, Failure, Kind};
pub use lookup::{
    Ask, Found, Heard, Lookup, MAX_ASKS, MAX_STRAYS, Manners, Patience, Server, Step,
};
pub use message::{MAX_MESSAGE, MAX_RECORDS};
pub use name::Name;
pub use owner::{reverse_name, tlsa_name};
pub use query::{Entropy, Query, Transport};
