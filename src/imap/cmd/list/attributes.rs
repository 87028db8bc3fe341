//! A LIST or LSUB response up to its name.

use ::store::SpecialUse;

use crate::cmd::special_use;
use crate::mailbox_name;

/// One response under way.
pub(crate) struct Attributes<'o> {
    out: &'o mut Vec<u8>,
    any: bool,
}

impl<'o> Attributes<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>, word: &[u8]) -> Attributes<'o> {
        out.extend_from_slice(b"* ");
        out.extend_from_slice(word);
        out.extend_from_slice(b" (");
        Attributes { out, any: false }
    }

    pub(crate) fn add(&mut self, attribute: &[u8]) {
        if std::mem::replace(&mut self.any, true) {
            self.out.push(b' ');
        }
        self.out.extend_from_slice(attribute);
    }

    pub(crate) fn special(&mut self, usage: Option<SpecialUse>) {
        if let Some(usage) = usage {
            self.add(special_use::word(usage).as_bytes());
        }
    }

    /// Closes the attributes and prints delimiter and name.
    pub(crate) fn name(self, name: &str, utf8: bool) {
        self.out.extend_from_slice(b") \"/\" ");
        mailbox_name::print(name, utf8, self.out);
    }
}
