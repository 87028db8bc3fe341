//! The household's setup page: what a person who has never seen a terminal sees on their phone.
//!
//! ```text
//! window   who may see it, and when              texts    every sentence, in every language
//! layout, style, forms   the frame around a page, its look, its fields
//! ```
//!
//! A page is a pure function of its [`layout::Frame`] and plain data to markup. It promises: no step needs a script or, before sign-in, a cookie; a whole
//! page is less than 50 KB; every form that changes something is a POST with the visit's token; what people typed is escaped wherever it is shown.

pub mod forms;
pub mod layout;
pub mod style;
pub mod texts;
mod window;

pub use window::Window;
