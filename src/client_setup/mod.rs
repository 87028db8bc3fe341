//! How every mail program finds its settings: documents made of the house's facts, and the addresses under which they are asked for.
//!
//! ```text
//! house         what programs are told: names, open doors          xml      text that can stand in XML
//! autoconfig    Thunderbird, K-9 and their kin                     plist    Apple's property lists
//! autodiscover  Outlook and its kin; read: what they ask with      apple    the configuration profile of iPhones, iPads and Macs
//! thunderbird   the code that Thunderbird for Android scans        endpoints  which path gives which document    public  for the web server
//! ```
//!
//! Pure functions of the [`House`] and what was asked. Promises: they answer everyone, always, and never tell whether an address exists: any local part of a
//! domain of ours gets the same document, every other domain nothing; only the one-time profile that [`apple`] makes for somebody holds a password; what is
//! read from strangers is bounded, and read without recursion, entities or document types. What it cannot do: it does not know how a router in between leads
//! ports; programs are told the ports that the box itself has open.

pub mod apple;
pub mod autoconfig;
pub mod autodiscover;
mod endpoints;
mod house;
mod plist;
mod public;
pub mod thunderbird;
mod xml;

pub use endpoints::{Asked, Document, answer, reply};
pub use house::{House, Protocol, Security, Server};
pub use public::Public;
