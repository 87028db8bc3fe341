//! The page of a box that cannot keep mail.

use super::section;

section!(
    /// The page of a box that cannot keep mail.
    Rescue {
        title,
        // What is wrong.
        no_card, absent, empty, corrupt, read_only, full, unreadable, store, newer, unknown,
        todo,
        // What to do.
        do_off, do_seat, do_right_card, do_not_format, do_save, do_anew, do_lock, do_other_card, do_room, do_newer,
        senders,
        // The offer.
        anew, anew_lost, anew_how, anew_press, anew_tap, anew_button, anew_first,
        open_title, open, open_light, open_hold, open_let_go,
        /// `{minutes}`
        open_left,
        open_no,
        working_title, working, working_wait,
        failed,
    }
);
