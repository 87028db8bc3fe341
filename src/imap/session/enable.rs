//! ENABLE (RFC 9051 §6.3.1, RFC 5161).

use crate::deed::{Dialect, Done};
use crate::session::Session;
use crate::table::Row;

/// What can be enabled: its name, whether it is on, and how it is switched on. UIDONLY is not announced (A5) and works all the same.
type Switch = (&'static str, fn(&Dialect) -> bool, fn(&mut Dialect));

const SWITCHES: [Switch; 5] = [
    ("IMAP4rev2", |on| on.rev2, |on| on.rev2 = true),
    ("CONDSTORE", |on| on.condstore, Dialect::enable_condstore),
    ("QRESYNC", |on| on.qresync, Dialect::enable_qresync),
    (
        "UTF8=ACCEPT",
        |on| on.utf8_accept,
        |on| on.utf8_accept = true,
    ),
    ("UIDONLY", |on| on.uid_only, |on| on.uid_only = true),
];

impl Session {
    /// Names what this command has switched on, QRESYNC and CONDSTORE both where the one brings the other (RFC 7162 §3.2.3). With a mailbox
    /// selected HIGHESTMODSEQ follows (§3.1), which [`crate::sync`] says.
    pub(super) fn enable(
        &mut self,
        tag: Box<str>,
        row: &'static Row,
        names: &[String],
        out: &mut Vec<u8>,
    ) {
        let Some(known) = self.state.known_mut() else {
            return;
        };
        let dialect = &mut known.dialect;
        let before = *dialect;
        for (name, _, on) in &SWITCHES {
            if names.iter().any(|asked| asked.eq_ignore_ascii_case(name)) {
                on(dialect);
            }
        }
        out.extend_from_slice(b"* ENABLED");
        for (name, is_on, _) in &SWITCHES {
            if is_on(dialect) && !is_on(&before) {
                out.push(b' ');
                out.extend_from_slice(name.as_bytes());
            }
        }
        out.extend_from_slice(b"\r\n");
        self.finish(tag, row, Done::ok("ENABLE completed"));
    }
}
