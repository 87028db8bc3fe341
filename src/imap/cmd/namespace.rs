//! NAMESPACE (RFC 9051 §6.3.10, RFC 2342): the person's own mailboxes without a prefix, and those of the others of the house under
//! `Other Users/`. What is shared with `anyone` has its owner's name, too: there is no third namespace.

use crate::cmd::access::OTHER_USERS_PREFIX;
use crate::deed::{Done, Known, Turn, Verb};
use crate::print;

/// NAMESPACE.
pub(super) fn verb() -> Box<dyn Verb<Known>> {
    super::verb(|_, _, out| {
        out.extend_from_slice(b"* NAMESPACE ((\"\" \"/\")) ((");
        print::string(OTHER_USERS_PREFIX.as_bytes(), false, out);
        out.extend_from_slice(b" \"/\")) NIL\r\n");
        Ok(Turn::Done(Done::ok("NAMESPACE completed")))
    })
}
