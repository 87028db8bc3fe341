//! What MAIL and RCPT ask about the delivery and its reports: RFC 3461 (DSN), RFC 2852 (DELIVERBY), RFC 4865 (FUTURERELEASE). Shared by
//! both ends: the server reads these, the client writes them.

use std::fmt;

/// `NOTIFY=`: which reports are wanted for a recipient (RFC 3461 §4.1). All false is `NEVER`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Notify {
    /// `SUCCESS`: when it was delivered.
    pub success: bool,
    /// `FAILURE`: when it cannot be delivered.
    pub failure: bool,
    /// `DELAY`: when it takes long.
    pub delay: bool,
}

impl Notify {
    /// `NEVER`: no report under any conditions.
    pub const NEVER: Notify = Notify {
        success: false,
        failure: false,
        delay: false,
    };
}

/// As in `NOTIFY=`: `NEVER` or a list such as `SUCCESS,DELAY`.
impl fmt::Display for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Notify::NEVER {
            return f.write_str("NEVER");
        }
        let mut separator = "";
        for (wanted, keyword) in [
            (self.success, "SUCCESS"),
            (self.failure, "FAILURE"),
            (self.delay, "DELAY"),
        ] {
            if wanted {
                write!(f, "{separator}{keyword}")?;
                separator = ",";
            }
        }
        Ok(())
    }
}

/// `RET=`: how much of the message a report of failure carries (RFC 3461 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ret {
    /// `FULL`: the whole message.
    Full,
    /// `HDRS`: its header.
    Headers,
}

/// `BY=`: by when it must be delivered (RFC 2852 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct By {
    /// Seconds from now. Zero or below: the time has passed, which only mode N may say.
    pub seconds: i64,
    /// What happens then.
    pub mode: ByMode,
    /// `T`: whether every relay is to be reported.
    pub trace: bool,
}

/// What happens when [`By::seconds`] are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByMode {
    /// `N`: the sender is told, and delivery goes on.
    Notify,
    /// `R`: the message is returned, and delivery stops.
    Return,
}

/// `HOLDFOR=` or `HOLDUNTIL=`: from when on it may be delivered (RFC 4865 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hold {
    /// So many seconds from now; at least 1.
    For(u64),
    /// Until this moment, in seconds of Unix time.
    Until(i64),
}
