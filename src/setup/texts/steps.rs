//! Two-step sign-in; what an app password opens, and when a password was last used.

use super::section;

section!(
    /// Two-step sign-in, scopes, last uses.
    Steps {
        doors_legend, door_imap, door_pop3, door_smtp,
        /// `{doors}`
        opens,
        /// `{time}`, `{by}`, `{from}`
        last_used,
        never_used,
        by_page,
        own_password,
        title, link, lead,
        changes_title, changes_text,
        uses_title, uses_text, uses_none,
        clock_unknown,
        begin_button,
        enrol_title, enrol_lead,
        step_app, step_scan, step_here, step_here_link, step_key, step_code,
        qr_label, code_label, code_hint, on_button, enrolled_late,
        codes_title, codes_lead, codes_list_title, codes_keep, codes_next,
        /// `{date}`
        is_on_lead,
        /// `{left}`
        codes_left,
        codes_few,
        fresh_title, fresh_text, fresh_code, fresh_button,
        off_title, off_text, off_code, off_button,
        second_title, second_lead,
        recovery_summary, recovery_label, recovery_hint,
        second_wrong, second_hint, second_again, second_lost,
        off_wrong, fresh_wrong,
    }
);
