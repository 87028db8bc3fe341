//! The pages after setup: how the box is, its records, its people, their devices.
//!
//! ```text
//! overview, checks   how the box is          records   what to publish       settings  what can be set
//! people, aliases    who lives here          devices   how each signs in     qr, once  codes, and links that work once
//! desk               which path is which page          deeds                 what a POST does
//! machine            the box itself: its system, its log, switching it off
//! light              every sign of the light, what the button does
//! reports           what other mail hosts tell of the house
//! give, made         what is given away once, and the page after a POST that shows it
//! house              what programs are told of the box lists, sizes          lists over several pages, amounts
//! ```
//!
//! Pages are pure functions of their [`Frame`](super::layout::Frame) and plain data; [`Desk`] fetches the data and does the deeds. Promises: only the owner sees them,
//! but for what lies behind a link that works once; every change is a POST; a password is shown once, to the visit that made it, on the page to which its POST leads; what is
//! not on this list is somebody else's.

pub mod aliases;
pub mod checks;
mod deeds;
mod desk;
pub mod devices;
mod give;
pub mod house;
pub mod light;
pub mod lists;
pub mod machine;
pub mod made;
pub mod once;
pub mod overview;
pub mod people;
pub mod qr;
pub mod records;
pub mod reports;
pub mod settings;
mod sizes;
pub mod update;

pub use desk::Desk;

#[cfg(test)]
mod pages_tests;
