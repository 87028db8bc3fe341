//! POP3 over the store: RFC 1939 with CAPA and RESP-CODES (RFC 2449), STLS (RFC 2595), AUTH (RFC 5034), AUTH-RESP-CODE (RFC 3206), UTF8 and LANG (RFC 6856).
//!
//! A [`Session`] is pure: octets in with [`Session::feed`], octets and a [`Step`] out with [`Session::step`], time as an argument. It
//! reads the store itself, in transactions that are closed before a step returns, and hands its one write (the deletes
//! of QUIT) to its driver as [`Pending`].
//!
//! What it promises: the maildrop is what INBOX held at log-in, under one lock a person; nothing is deleted but by QUIT, and QUIT's `+OK` comes
//! after the commit; passwords are taken under TLS only, unless the profile says otherwise; memory does not grow with a
//! message, and a message in the maildrop costs 8 octets and a bit. What it cannot do: APOP and LAST are not spoken, and a message that IMAP
//! expunges meanwhile is refused by RETR, because its octets may be gone.
//!
//! | RFC | what | done |
//! |---|---|---|
//! | 1939 | POP3; without APOP, which needs passwords kept in clear | yes |
//! | 2449 | CAPA, RESP-CODES, PIPELINING, EXPIRE, IMPLEMENTATION | yes |
//! | 2595 §4 | STLS | yes |
//! | 3206 | SYS and AUTH response codes | yes |
//! | 5034 | AUTH with initial response | yes |
//! | 6856 | UTF8 (USER), and surrogate headers for clients without it; LANG (English) | yes |

mod authorization;
mod command;
mod limits;
mod line;
mod listing;
mod maildrop;
mod pending;
mod profile;
mod reply;
mod session;
mod stuffing;
mod surrogate;
mod transaction;
mod transfer;

#[cfg(test)]
#[path = "player_tests.rs"]
mod player;

pub use limits::Limits;
pub use pending::{Committed, Pending};
pub use profile::{Profile, Tls, Verified};
pub use session::{Session, Step};
