//! Two-step sign-in: its pages, and what is remembered between two of them.

pub mod memory;
pub mod pages;
