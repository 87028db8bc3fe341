//! The web server of the box: every guard in one place, so that no page has to ask who is asking.
//!
//! ```text
//! request   what a page is asked            reply     what it answers        site      who answers
//! form      names and values, bounded       percent   %-escapes              language  which language a browser prefers
//! address   which addresses are the house
//! ```
//!
//! Promises: a [`Site`] sees only requests that passed every guard; what comes from outside is bounded before it is kept; nothing of a form is ever in a log.
//! It cannot: hide from somebody inside the house that there is a box.

mod address;
mod form;
mod language;
mod percent;
mod reply;
mod request;
mod site;

pub use address::is_house_address;
pub use form::{Form, FormError, MOST_FIELDS};
pub use language::Language;
pub use reply::Reply;
pub use request::{Method, Request, Visitor};
pub use site::{Boxed, Site};
