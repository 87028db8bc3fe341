//! The box itself.

use super::section;

section!(
    /// The box itself.
    Machine {
        title,
        system,
        version,
        slot, slot_none,
        other, other_none,
        updated,
        /// `{version}`
        updated_kept,
        /// `{version}`, `{step}`
        updated_given_up,
        no_card,
        log, log_text, log_load, log_failed,
        last_words,
        off, off_text, off_button, off_title, off_lead,
        restart_text, restart_button, restart_title, restart_lead,
    }
);
