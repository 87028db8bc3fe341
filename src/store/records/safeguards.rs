//! What stands beside a person's passwords: a second step before the setup page, what each app password opens, and when which was last used.
//!
//! It is kept apart from [`crate::Credentials`], whose form the program before this one reads and writes: that one leaves these rows alone, and knows nothing of what they
//! forbid. A store without them is one in which nobody has a second step and every app password opens everything.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most app passwords with a scope that are kept for a person: as many as they may have at all.
pub(crate) const SCOPES_MAX: usize = 100;
/// The most recovery codes that are kept for a person.
pub(crate) const RECOVERY_MAX: usize = 20;
/// The most rows of [`LastUse`] that are kept for a person: some for each app password, and some more for their own.
pub const LAST_USES_MAX: usize = 128;

/// What a password may open: a set of doors.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Doors(u8);

impl Doors {
    /// Reading by IMAP.
    pub const IMAP: Doors = Doors(1);
    /// Fetching by POP3.
    pub const POP3: Doors = Doors(2);
    /// Sending by SMTP.
    pub const SMTP: Doors = Doors(4);
    /// All of them.
    pub const ALL: Doors = Doors(7);
    /// None of them.
    pub const NONE: Doors = Doors(0);

    /// These and those.
    #[must_use]
    pub const fn with(self, other: Doors) -> Doors {
        Doors(self.0 | other.0)
    }

    /// Whether all of `other` are among them.
    pub const fn contains(self, other: Doors) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Where a password was used.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum UsedAt {
    /// IMAP.
    Imap,
    /// POP3.
    Pop3,
    /// Submission by SMTP.
    Smtp,
    /// The setup page.
    Page,
}

/// What stands beside a person's passwords. Debug shows no secret.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Safeguards {
    /// The second step, if it is on.
    pub totp: Option<Totp>,
    /// The app passwords that do not open everything.
    pub scopes: Vec<Scope>,
}

/// A second step by one-time codes (RFC 6238), and what helps when the device that shows them is lost.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totp {
    /// K (RFC 4226 §5.1): 160 bits.
    pub secret: [u8; 20],
    /// Since when it is on, unix seconds.
    pub since: i64,
    /// T of the last code that was taken: neither it nor an earlier one is taken again (RFC 6238 §5.2).
    pub last_step: u64,
    /// Salt of the recovery codes.
    pub recovery_salt: [u8; 16],
    /// HMAC-SHA256 of each recovery code that has not been used.
    pub recovery: Vec<[u8; 32]>,
}

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Totp")
            .field("since", &self.since)
            .field("recovery", &self.recovery.len())
            .finish_non_exhaustive()
    }
}

/// What one app password opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Scope {
    /// [`crate::AppPassword::id`].
    pub id: u32,
    /// [`crate::AppPassword::created`]: a program that does not know this row may have given the number away again.
    pub created: i64,
    /// What it opens.
    pub doors: Doors,
}

/// One way in which one of a person's passwords was used, and when it was last.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LastUse {
    /// [`crate::AppPassword::id`]; 0: the person's own.
    pub id: u32,
    /// [`crate::AppPassword::created`]; 0: the person's own.
    pub created: i64,
    /// Where.
    pub at: UsedAt,
    /// From where: the address of a network, without the bits of the host, as IPv6; one of IPv4 mapped (RFC 4291 §2.5.5.2).
    pub network: [u8; 16],
    /// Leading bits of `network` that count, of 128.
    pub bits: u8,
    /// Unix seconds.
    pub when: i64,
}
