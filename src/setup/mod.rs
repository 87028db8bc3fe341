//! The household's setup page: what a person who has never seen a terminal sees on their phone.
//!
//! ```text
//! window     who may see it, and when                 texts     every sentence, in every language
//! layout     the frame around a page                  style     its look; the script that nobody needs
//! forms      fields, and what is wrong with them      lamp      the light's rhythm, drawn
//! questions  the first page, the five, and the last   presets   providers that deliver letters
//! site       which path is which page, for whom       visit     one request, and what is in force
//! desk       what each page fetches, judges and does  world     what is asked of the rest of the box
//! errand     what takes longer than a page may        sign_in   the door's pages
//! household  the pages after setup
//! two_steps  the second step of the sign-in   used       when a password was last used
//! names      addresses out of what people type        passwords whether one is good enough
//! ```
//!
//! A page is a pure function of its [`layout::Frame`] and plain data to markup. It promises: no step needs a script or, before sign-in, a cookie; a whole
//! page is less than 50 KB; every form that changes something is a POST with the visit's token; what people typed is escaped wherever it is shown.

mod desk;
mod errand;
pub mod forms;
pub mod household;
pub mod lamp;
pub mod layout;
pub mod names;
pub mod passwords;
pub mod presets;
pub mod questions;
pub mod sign_in;
mod site;
pub mod style;
pub mod texts;
pub mod two_steps;
pub mod used;
mod visit;
mod window;
pub mod world;

pub use site::{Annex, Site};
pub use window::Window;
pub use world::World;

#[cfg(test)]
mod flow_tests;
#[cfg(test)]
mod gallery_tests;
