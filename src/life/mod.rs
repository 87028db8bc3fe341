//! Lives: the mail services under one set of settings. A change of the settings ends the life in good order and begins the next in the same process; what
//! does not depend on settings is the ground, and lives on.
//!
//! ```text
//! services  one life: prepared, begun, ended        lives   one after the other, as ordered
//! ground    what lives on; takes the orders         current what is there only while a life is
//! ```

mod current;
mod ground;
mod lives;
mod services;

pub use current::Current;
pub use ground::Ground;
pub(crate) use lives::Lives;
pub(crate) use services::{Footing, Prepared, window_lasts};
