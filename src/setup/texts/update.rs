//! Another system for the box: what runs, what waits, how to bring one, why one was not taken.

use firmware::talk::Phase;

use super::section;

section!(
    /// Another system for the box.
    Update {
        title,
        lead,
        link,
        now_title,
        running,
        running_slot,
        other,
        other_none,
        no_card,
        on_trial,
        was_kept,
        was_given_up,
        coming,
        asking,
        verifying, writing, reading, written,
        waiting_title,
        waiting,
        waiting_how,
        install,
        discard,
        file_title,
        file_label,
        file_hint,
        file_button,
        url_title,
        url_label,
        url_hint,
        url_button,
        refused_title,
        refused_unreadable, refused_no_update, refused_legacy, refused_not_ours, refused_other_target, refused_older, refused_too_large,
        refused_other_key, refused_wrong, refused_disk, refused_read_back, refused_room, refused_busy, refused_fetch, refused_broken_off,
    }
);

impl Update {
    /// What init does with an update; `None`: it is over.
    pub fn of_phase(&self, phase: Phase) -> Option<&'static str> {
        match phase {
            Phase::Verifying => Some(self.verifying),
            Phase::Writing => Some(self.writing),
            Phase::Reading => Some(self.reading),
            Phase::Written => Some(self.written),
            _ => None,
        }
    }

    /// Why an update was not taken, by its word; `None`: no word of ours.
    pub fn of_refusal(&self, word: &str) -> Option<&'static str> {
        Some(match word {
            "unreadable" => self.refused_unreadable,
            "no-update" => self.refused_no_update,
            "legacy" => self.refused_legacy,
            "not-ours" => self.refused_not_ours,
            "other-target" => self.refused_other_target,
            "older" => self.refused_older,
            "too-large" => self.refused_too_large,
            "other-key" => self.refused_other_key,
            "wrong" => self.refused_wrong,
            "disk" => self.refused_disk,
            "read-back" => self.refused_read_back,
            "room" => self.refused_room,
            "busy" => self.refused_busy,
            "fetch" => self.refused_fetch,
            "broken-off" => self.refused_broken_off,
            _ => return None,
        })
    }
}
