//! The pages of the five questions, as functions of plain data: what is in force, and what was typed when it was wrong.
//!
//! ```text
//! hello   is this my box?      you  1   address  2   sending  3 (provider, trial, direct)   arriving  4   place  5   done
//! ```

pub mod address;
pub mod arriving;
pub mod direct;
pub mod done;
pub mod hello;
pub mod place;
pub mod provider;
pub mod sending;
pub mod you;
