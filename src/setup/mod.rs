//! The household's setup page: who may see it when (`window`), and its pages.

mod window;

pub use window::Window;
