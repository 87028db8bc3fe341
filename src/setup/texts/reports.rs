//! What other mail hosts report of the house: on its page, and by `pillarbox reports`.

use super::section;

section!(
    /// The sentences.
    Reports {
        title, lead, none, from, passed, left_out,
        forger, forger_refused, forger_aside, forger_taken, forger_partly,
        relay, forwarded, more_sources,
        tls_well, tls_expired, tls_mismatch, tls_untrusted, tls_plain, tls_other,
        what_to_do,
    }
);
