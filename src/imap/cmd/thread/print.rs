//! The untagged THREAD response (RFC 5256 §4).
//!
//! ```abnf
//! thread-data = "THREAD" [SP 1*thread-list]
//! thread-list = "(" (thread-members / thread-nested) ")"
//! thread-members = nz-number *(SP nz-number) [SP thread-nested]
//! thread-nested = 2*thread-list
//! ```

use ::store::Uid;

use super::tree::Forest;
use crate::print;

/// Walks the trees along their own links: no stack, however deep they are.
pub(super) struct Printer {
    forest: Forest,
    at: At,
}

/// What comes next.
enum At {
    Start,
    /// this message or dummy, whose parenthesis has been opened if it needs one
    Enter(u32),
    End,
}

impl Printer {
    pub(super) fn new(forest: Forest) -> Printer {
        Printer {
            forest,
            at: At::Start,
        }
    }

    /// Prints on until the end (`true`) or until `out` is full. `number` is what a UID is called in this answer.
    pub(super) fn print(
        &mut self,
        uids: &[Uid],
        number: impl Fn(Uid) -> Option<u32>,
        out: &mut Vec<u8>,
        piece: usize,
    ) -> bool {
        loop {
            if out.len() >= piece {
                return false;
            }
            self.at = match self.at {
                At::Start => {
                    out.extend_from_slice(b"* THREAD");
                    match self.forest.first() {
                        Some(root) => {
                            out.extend_from_slice(b" (");
                            At::Enter(root)
                        }
                        None => At::End,
                    }
                }
                At::Enter(node) => {
                    let uid = uids.get(node as usize).copied();
                    if let Some(number) = uid.and_then(&number) {
                        print::number(number.into(), out);
                    }
                    match self.forest.child(node) {
                        Some(child) => {
                            if uid.is_some() {
                                out.push(b' ');
                            }
                            if self.forest.splits(node) {
                                out.push(b'(');
                            }
                            At::Enter(child)
                        }
                        None => self.leave(node, out),
                    }
                }
                At::End => {
                    out.extend_from_slice(b"\r\n");
                    return true;
                }
            };
        }
    }

    /// Closes what ends with this one, and opens what follows.
    fn leave(&self, node: u32, out: &mut Vec<u8>) -> At {
        let mut node = node;
        loop {
            let parent = self.forest.parent(node);
            if parent.is_none_or(|parent| self.forest.splits(parent)) {
                out.push(b')');
                if let Some(next) = self.forest.next(node) {
                    out.push(b'(');
                    return At::Enter(next);
                }
            }
            match parent {
                Some(parent) => node = parent,
                None => return At::End,
            }
        }
    }
}
