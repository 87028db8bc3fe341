//! What people's own deeds say of a message, noted in the deed itself: a mark that is due, for the learner to take when nobody waits.
//!
//! What teaches, and only if the owner of the mailbox does it:
//! * a move or copy into the mailbox whose use is `\Junk`: unwanted;
//! * a move or copy out of it, or out of [`REJECTS`], to any other but `\Trash`: wanted. To Trash: nothing, because who empties Junk says nothing;
//! * `$Junk` (or the older `Junk`), `$Phishing` set: unwanted; `$NotJunk` set: wanted. Taken away again, outside of Junk: what was said is taken back.
//!   `NonJunk` and `NotJunk` count only against an unwanted one, because mail programs write them on whatever they have looked at;
//! * APPEND with such a keyword. Into Junk without one: nothing, because it is how a whole archive moves in with what another box has thought of it;
//! * `\Answered` set, outside of Junk, Trash, Rejects, Sent and Drafts: wanted, but only if nothing was said of the message: to answer is not to
//!   mean it, and who answers junk is to be believed when they call it that.
//!
//! A delivery teaches nothing, wherever it goes: the box would believe itself. Neither does reading or deleting: what is read is not liked by that.

use super::WriteTx;
use crate::Read;
use crate::error::Result;
use crate::ids::{AccountId, Flags, Gid, MailboxId};
use crate::records::{Due, FlagChange, REJECTS, Said, SpecialUse};
use crate::schema::key;

/// Marks of one person that may wait to be learned; what comes beyond teaches nothing. A move of more messages teaches by the newest.
const DUE_MAX: usize = 4096;
/// Seconds.
const DAY: u32 = 24 * 60 * 60;

/// How a deed says what it says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum How {
    /// It is meant.
    Meant,
    /// It is concluded: only if nothing else was said.
    Concluded,
    /// Only against the opposite.
    Contradicts,
}

/// What a mailbox is, as far as moving out of it or into it says something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    Junk,
    Rejects,
    /// Trash, where nothing says anything.
    Trash,
    /// Sent or Drafts: the person's own words.
    Own,
    Other,
}

/// One mark.
pub(crate) type Lesson = (Gid, Said, How);

/// The account's keywords that say something.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Telling {
    junk: Flags,
    not_junk: Flags,
    /// Written by programs on their own.
    not_junk_maybe: Flags,
}

impl Telling {
    /// Flags whose change says something.
    pub(crate) fn all(&self) -> Flags {
        self.junk
            .union(self.not_junk)
            .union(self.not_junk_maybe)
            .union(Flags::ANSWERED)
    }

    /// What a change of flags says of a message in `place`.
    pub(crate) fn lesson(&self, place: Place, old: Flags, new: Flags) -> Option<(Said, How)> {
        let (added, removed) = (new.without(old), old.without(new));
        let any = |flags: Flags, of: Flags| flags.common(of) != Flags(0);
        if any(added, self.junk) {
            return Some((Said::Unwanted, How::Meant));
        }
        if any(added, self.not_junk) {
            return Some((Said::Wanted, How::Meant));
        }
        if any(added, self.not_junk_maybe) {
            let how = match place {
                Place::Junk | Place::Rejects => How::Meant,
                _ => How::Contradicts,
            };
            return Some((Said::Wanted, how));
        }
        let left = (any(new, self.junk), any(new, self.not_junk));
        if place != Place::Junk && (any(removed, self.junk) || any(removed, self.not_junk)) {
            return match left {
                (true, false) => Some((Said::Unwanted, How::Meant)),
                (false, true) => Some((Said::Wanted, How::Meant)),
                (false, false) => Some((Said::Nothing, How::Meant)),
                (true, true) => None,
            };
        }
        let answered = any(added, Flags::ANSWERED) && place == Place::Other;
        answered.then_some((Said::Wanted, How::Concluded))
    }

    /// What the flags of a message that a mail program puts somewhere say of it.
    pub(crate) fn appended(&self, flags: Flags) -> Option<Said> {
        let has = |of: Flags| flags.common(of) != Flags(0);
        match (has(self.junk), has(self.not_junk)) {
            (true, false) => Some(Said::Unwanted),
            (false, true) => Some(Said::Wanted),
            _ => None,
        }
    }
}

/// Whether a change may touch flags that say something: a look at the keywords costs more.
pub(crate) fn may_tell(change: FlagChange) -> bool {
    let quiet = Flags::SEEN
        .union(Flags::FLAGGED)
        .union(Flags::DELETED)
        .union(Flags::DRAFT);
    match change {
        FlagChange::Replace(_) => true,
        FlagChange::Add(flags) | FlagChange::Remove(flags) => flags.without(quiet) != Flags(0),
    }
}

impl WriteTx<'_> {
    /// What moving or copying from one mailbox to another says of the messages.
    pub(crate) fn lesson_of_transfer(
        &self,
        viewer: AccountId,
        from: MailboxId,
        to: MailboxId,
    ) -> Result<Option<Said>> {
        if viewer != from.account || viewer != to.account || from == to {
            return Ok(None);
        }
        let (from, to) = (self.place_of(from)?, self.place_of(to)?);
        Ok(match (from, to) {
            (Place::Junk, Place::Junk) => None,
            (_, Place::Junk) => Some(Said::Unwanted),
            (_, Place::Trash | Place::Rejects) => None,
            (Place::Junk | Place::Rejects, _) => Some(Said::Wanted),
            _ => None,
        })
    }

    /// What a mailbox is.
    pub(crate) fn place_of(&self, mailbox: MailboxId) -> Result<Place> {
        for row in self.look().names(mailbox.account)? {
            let (name, record) = row?;
            if record.number == mailbox.number {
                return Ok(match record.special_use {
                    Some(SpecialUse::Junk) => Place::Junk,
                    Some(SpecialUse::Trash) => Place::Trash,
                    Some(SpecialUse::Sent | SpecialUse::Drafts) => Place::Own,
                    None if name == REJECTS => Place::Rejects,
                    _ => Place::Other,
                });
            }
        }
        Ok(Place::Other)
    }

    /// The account's keywords that say something.
    pub(crate) fn telling(&self, account: AccountId) -> Result<Telling> {
        let mut telling = Telling::default();
        for (index, name) in (0..).zip(self.keywords(account)?) {
            let to = match name.to_ascii_lowercase().as_str() {
                "$junk" | "junk" | "$phishing" => &mut telling.junk,
                "$notjunk" => &mut telling.not_junk,
                "nonjunk" | "notjunk" => &mut telling.not_junk_maybe,
                _ => continue,
            };
            *to = to.union(Flags::keyword(index).unwrap_or_default());
        }
        Ok(telling)
    }

    /// Notes what the person said; of each message the last word counts. No more than [`DUE_MAX`] wait.
    pub(crate) fn teach(&mut self, account: AccountId, lessons: &[Lesson]) -> Result<()> {
        if lessons.is_empty() {
            return Ok(());
        }
        let prefix = key::taught(account, key::DUE);
        let waiting = self.look().prefixed(&prefix)?.take(DUE_MAX).count();
        let mut room = DUE_MAX.saturating_sub(waiting);
        let day = self.run.time.now() / DAY;
        // The newest first: of too many, those say most of the mail that comes.
        for (gid, said, how) in lessons.iter().rev() {
            let at = key::taught_of(account, key::DUE, *gid);
            let due = self.get(&at)?.map(Due::read).transpose()?;
            let learned = self.look().learned(account, *gid)?;
            let before = due
                .map(|due| due.said)
                .or(learned.as_ref().map(|learned| learned.said));
            let counts = match how {
                How::Meant => true,
                How::Concluded => before.is_none(),
                How::Contradicts => before.is_some_and(|before| before != *said),
            };
            if !counts {
                continue;
            }
            let known = learned.map_or(Said::Nothing, |learned| learned.said);
            if known == *said {
                // It is counted so already: what was said in between is taken back before it was learned.
                if due.is_some() {
                    self.delete(&at)?;
                    room = room.saturating_add(1);
                }
                continue;
            }
            if due.is_none() {
                let Some(left) = room.checked_sub(1) else {
                    continue;
                };
                room = left;
            }
            let due = Due {
                said: *said,
                meant: *how != How::Concluded,
                day,
            };
            self.put(&at, &due.write())?;
            self.run.taught = true;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "teach_tests.rs"]
mod tests;
