//! Who signed a message: DKIM signatures made (and, one day, judged), as machines.
//!
//! Everything here is fed octets and asked for values: no socket, no clock, no store. Time is an argument.

pub mod dkim;
