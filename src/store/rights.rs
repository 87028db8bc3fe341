//! Who may do what with a mailbox: the rights of RFC 4314.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, Flags};

/// Rights to a mailbox (RFC 4314 §2.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Rights(pub u16);

/// The letters in the order in which they are printed; bit `n` of [`Rights`] is the letter at `n`.
const LETTERS: &str = "lrswipkxtea";

impl Rights {
    /// `l`: the mailbox is seen by LIST and can be subscribed.
    pub const LOOKUP: Rights = Rights(1);
    /// `r`: SELECT, STATUS, and reading.
    pub const READ: Rights = Rights(1 << 1);
    /// `s`: keeps `\Seen` across sessions.
    pub const SEEN: Rights = Rights(1 << 2);
    /// `w`: flags other than `\Seen` and `\Deleted`.
    pub const WRITE: Rights = Rights(1 << 3);
    /// `i`: APPEND and COPY into it.
    pub const INSERT: Rights = Rights(1 << 4);
    /// `p`: sending mail to it.
    pub const POST: Rights = Rights(1 << 5);
    /// `k`: CREATE below it, RENAME to below it.
    pub const CREATE_CHILD: Rights = Rights(1 << 6);
    /// `x`: DELETE, RENAME away.
    pub const DELETE_MAILBOX: Rights = Rights(1 << 7);
    /// `t`: `\Deleted`.
    pub const DELETE_MESSAGES: Rights = Rights(1 << 8);
    /// `e`: EXPUNGE, MOVE out of it.
    pub const EXPUNGE: Rights = Rights(1 << 9);
    /// `a`: SETACL, DELETEACL, GETACL, LISTRIGHTS.
    pub const ADMIN: Rights = Rights(1 << 10);
    /// All of them.
    pub const ALL: Rights = Rights((1 << 11) - 1);
    /// None of them.
    pub const NONE: Rights = Rights(0);
    /// What RFC 2086's `c` stands for (RFC 4314 §2.1.1).
    pub const VIRTUAL_CREATE: Rights = Rights::CREATE_CHILD.union(Rights::DELETE_MAILBOX);
    /// What RFC 2086's `d` stands for (RFC 4314 §2.1.1).
    pub const VIRTUAL_DELETE: Rights = Rights::DELETE_MESSAGES.union(Rights::EXPUNGE);

    /// Rights from their letters, `c` and `d` included (RFC 4314 §2.1.1); `None` if one of them is no right.
    pub fn parse(letters: &str) -> Option<Rights> {
        letters.chars().try_fold(Rights::NONE, |rights, letter| {
            let right = match letter {
                'c' => Rights::VIRTUAL_CREATE,
                'd' => Rights::VIRTUAL_DELETE,
                other => Rights(1 << LETTERS.find(other)?),
            };
            Some(rights.union(right))
        })
    }

    /// Whether every right of `other` is here.
    #[must_use]
    pub const fn contains(self, other: Rights) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether some right of `other` is here.
    #[must_use]
    pub const fn intersects(self, other: Rights) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The rights of both.
    #[must_use]
    pub const fn union(self, other: Rights) -> Rights {
        Rights(self.0 | other.0)
    }

    /// These rights but not those of `other`.
    #[must_use]
    pub const fn without(self, other: Rights) -> Rights {
        Rights(self.0 & !other.0)
    }

    /// The flags that whoever has these rights may change (RFC 4314 §4, STORE).
    #[must_use]
    pub fn flags(self) -> Flags {
        let mut flags = Flags(0);
        if self.contains(Rights::SEEN) {
            flags = flags.union(Flags::SEEN);
        }
        if self.contains(Rights::DELETE_MESSAGES) {
            flags = flags.union(Flags::DELETED);
        }
        if self.contains(Rights::WRITE) {
            flags = flags.union(Flags::ALL.without(Flags::SEEN).without(Flags::DELETED));
        }
        flags
    }
}

impl fmt::Display for Rights {
    /// The letters in RFC 4314's order, without `c` and `d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        LETTERS
            .chars()
            .enumerate()
            .filter(|(bit, _)| self.0 >> bit & 1 == 1)
            .try_for_each(|(_, letter)| fmt::Write::write_char(f, letter))
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rights({self})")
    }
}

/// An identifier of an access control list (RFC 4314 §2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Who {
    /// `anyone`: everybody in the house.
    Anyone,
    /// One person.
    Account(AccountId),
}

/// One line of an access control list (RFC 4314 §2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AclEntry {
    /// Whom it is about.
    pub who: Who,
    /// Whether it takes the rights away (`-` before the identifier) instead of granting them.
    pub negative: bool,
    /// Which rights; never none.
    pub rights: Rights,
}

/// What a list grants to somebody who does not own the mailbox: all that is granted to them or to anyone, less all that is taken away
/// (RFC 4314 §2).
pub(crate) fn granted(acl: &[AclEntry], viewer: AccountId) -> Rights {
    let (mut plus, mut minus) = (Rights::NONE, Rights::NONE);
    for entry in acl {
        if entry.who == Who::Anyone || entry.who == Who::Account(viewer) {
            let side = if entry.negative {
                &mut minus
            } else {
                &mut plus
            };
            *side = side.union(entry.rights);
        }
    }
    plus.without(minus)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_become_rights_and_letters_again() {
        assert_eq!(Rights::parse("lrswipkxtea"), Some(Rights::ALL));
        assert_eq!(Rights::ALL.to_string(), "lrswipkxtea");
        assert_eq!(Rights::parse("aerl").unwrap().to_string(), "lrea");
        assert_eq!(Rights::parse("cd").unwrap().to_string(), "kxte");
        assert_eq!(Rights::parse(""), Some(Rights::NONE));
        for odd in ["L", "z", "l0", "l r", "é"] {
            assert_eq!(Rights::parse(odd), None, "{odd}");
        }
        assert_eq!(Rights::ALL.flags(), Flags::ALL);
        assert_eq!(Rights::SEEN.flags(), Flags::SEEN);
    }

    #[test]
    fn what_is_taken_away_is_gone_whoever_granted_it() {
        let (ann, bob) = (AccountId(1), AccountId(2));
        let line = |who, negative, rights: &str| AclEntry {
            who,
            negative,
            rights: Rights::parse(rights).unwrap(),
        };
        let acl = [
            line(Who::Anyone, false, "lrs"),
            line(Who::Account(ann), false, "w"),
            line(Who::Account(bob), true, "s"),
        ];
        assert_eq!(granted(&acl, ann).to_string(), "lrsw");
        assert_eq!(granted(&acl, bob).to_string(), "lr");
        assert_eq!(granted(&acl, AccountId(3)).to_string(), "lrs");
    }
}
