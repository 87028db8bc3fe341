//! Lives: the mail services under one set of settings. A change of the settings ends the life in good order and begins the next in the same process; what
//! does not depend on settings is the ground, and lives on.

mod current;
mod ground;

pub use current::Current;
pub use ground::Ground;
