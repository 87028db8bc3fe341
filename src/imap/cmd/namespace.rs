//! NAMESPACE (RFC 9051 §6.3.10, RFC 2342): one personal namespace, without a prefix.

use crate::deed::{Done, Known, Turn, Verb};

/// NAMESPACE.
pub(super) fn verb() -> Box<dyn Verb<Known>> {
    super::verb(|_, _, out| {
        out.extend_from_slice(b"* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n");
        Ok(Turn::Done(Done::ok("NAMESPACE completed")))
    })
}
