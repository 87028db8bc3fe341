//! Another system: written to the other slot, tried once, kept or given up.
//!
//! The record of it ([`Record`]) is on the data partition before the boot chain is told to try, and each step of the trial is noted before it is taken, so that whichever
//! system starts next knows how far it came.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::addresses::has_address;
use super::course::{Down, Role, Wish};
use super::kernel_line::KernelLine;
use super::mounts::BOOT;
use super::work::Work;
use crate::boot_state;
use crate::data::{Record, State, forget_copy};
use crate::disk_map::Slot;
use crate::slot;
use crate::talk::{FileName, News, Phase, Step, Systems};
use crate::update::{Key, Place, Plan, Refusal, Rules, Turn, Verified, Writing};

/// Where the server leaves an update.
const SPOOL: &str = "update";
/// Where the image's builder left its key.
const ETC: &str = "/etc";

impl Work {
    /// What the server is told of the systems.
    pub(super) fn systems(&self) -> Systems {
        let record = self.card.record.as_ref();
        Systems {
            running: self.card.line.slot.map(Slot::letter),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            other: self.other_version(),
            trial: self.card.line.trial,
            updated_to: record.map(|record| record.version.clone()),
            given_up: record
                .filter(|record| record.state == State::GivenUp)
                .map(|record| record.step),
        }
    }

    /// An update lies in the spool: it is verified and written, a piece at each turn of the loop.
    pub(super) fn begin_update(&mut self, file: FileName) {
        if self.writing.is_some() {
            return;
        }
        match self.plan(file).and_then(Writing::begin) {
            Ok(writing) => self.writing = Some(writing),
            Err(refusal) => self.refuse(&refusal),
        }
    }

    fn plan(&self, file: FileName) -> Result<Plan, Refusal> {
        let place = self
            .card
            .place
            .as_ref()
            .filter(|_| self.card.opened.is_ok());
        let (Some(place), Some(running)) = (place, self.card.line.slot) else {
            let why = "this system was not started from a slot of a card";
            return Err(Refusal::Disk(io::Error::other(why)));
        };
        let state = boot_state::read(&place.disk).map_err(Refusal::Disk)?.state;
        if let Some(why) = keeps_slot(state, running, self.course.goes_down()) {
            return Err(Refusal::Disk(io::Error::other(why)));
        }
        let stretch = running.other().stretch();
        Ok(Plan {
            spool: place.mail().join(SPOOL),
            file,
            key: Key::in_force(Path::new(BOOT), Path::new(ETC)).map_err(Refusal::Spool)?,
            rules: Rules::here(stretch.length),
            disk: place.disk.clone(),
            place: Place {
                start: stretch.start,
                length: stretch.length,
            },
        })
    }

    /// The next piece of an update.
    pub(super) fn write_on(&mut self) {
        let Some(writing) = &mut self.writing else {
            return;
        };
        match writing.step() {
            Turn::Going { phase, done, total } => {
                self.tell(&News::Progress {
                    phase,
                    done,
                    total,
                    why: String::new(),
                });
            }
            Turn::Written(verified) => {
                self.writing = None;
                if let Err(error) = self.try_next(&verified) {
                    self.refuse(&Refusal::Disk(error));
                    return;
                }
                let (done, total) = (verified.length, verified.length);
                self.log
                    .say("the new system is written and is tried at the start that follows");
                self.tell(&News::Progress {
                    phase: Phase::Written,
                    done,
                    total,
                    why: String::new(),
                });
                let wish = self.course.go_down(Down::Restart, Instant::now());
                self.fulfil(wish);
            }
            Turn::Refused(refusal) => {
                self.writing = None;
                self.refuse(&refusal);
            }
        }
    }

    fn refuse(&mut self, refusal: &Refusal) {
        self.log
            .say(format_args!("the update is not taken: {refusal}"));
        let why = format!("{} {refusal}", refusal.word());
        self.tell(&News::Progress {
            phase: Phase::Refused,
            done: 0,
            total: 0,
            why,
        });
    }

    /// The record, and then the one sector that the boot chain reads.
    fn try_next(&mut self, verified: &Verified) -> io::Result<()> {
        let missing = || io::Error::other("there is no data partition");
        let own = self.own().ok_or_else(missing)?;
        let running = self.card.line.slot.ok_or_else(missing)?;
        let record = Record {
            version: verified.release.version.to_string(),
            slot: running.other(),
            network: self
                .network
                .as_ref()
                .is_some_and(|network| has_address(network.state())),
            state: State::Trying,
            step: Step::Boot,
        };
        let disk = self.disk()?;
        record.write_for(
            &own,
            || boot_state::try_once(&disk, running.other()),
            // What was reported as failed may have been written.
            || boot_state::read(&disk).is_ok_and(|found| found.state.once.is_none()),
        )?;
        self.card.record = Some(record);
        Ok(())
    }

    /// This system is the good one. If the card does not take that, the old one runs at the next start, with its store.
    pub(super) fn keep(&mut self, now: Instant) -> Wish {
        if let Err(error) = self.mark_good() {
            self.log.say(format_args!(
                "the new system cannot be made the good one: {error}"
            ));
            return Wish::GiveUp(Step::Doors);
        }
        self.log
            .say("the new system has passed its trial and is the good one");
        self.note(Step::Doors, State::Kept);
        if let Some(place) = &self.card.place
            && let Err(error) = forget_copy(&place.mail())
        {
            self.log.say(format_args!(
                "the store of before the update cannot be deleted: {error}"
            ));
        }
        self.card.line.trial = false;
        self.course.kept(now)
    }

    /// The trial has failed: which step, is noted already; the next start is the old system's.
    pub(super) fn give_up(&mut self, step: Step) {
        self.log.say(format_args!(
            "the new system fails at the step `{step}` and is given up"
        ));
        self.note(step, State::Trying);
        if let Some(child) = &self.child {
            child.signal(rustix::process::Signal::KILL);
        }
    }

    /// Notes which step of a trial begins.
    pub(super) fn note_step(&mut self, role: Role) {
        let step = match role {
            Role::Check => Step::Check,
            Role::Migrate => Step::Migrate,
            Role::SelfTest => Step::SelfTest,
            Role::Trial => Step::Doors,
            Role::PutBack | Role::Server | Role::Rescue(_) => return,
        };
        self.note(step, State::Trying);
    }

    /// The boot chain starts this system from now on.
    fn mark_good(&self) -> io::Result<()> {
        let slot = self.card.line.slot.ok_or(io::ErrorKind::NotFound)?;
        boot_state::mark_good(&self.disk()?, slot)
    }

    /// A child is ready: see [`settling`].
    pub(super) fn settle_boot_state(&mut self) {
        let role = self.child.as_ref().map(|child| child.role);
        let Some(settling) = settling(role, &self.card.line).filter(|_| !self.boot_settled) else {
            return;
        };
        self.boot_settled = true;
        let settled = match settling {
            Settling::MarkGood => {
                self.log
                    .say("the good system could not be read; this one is the good one from now on");
                self.mark_good()
            }
            Settling::Mend => self
                .disk()
                .and_then(|disk| match boot_state::read(&disk)?.whole {
                    true => Ok(()),
                    false => boot_state::mend(&disk),
                }),
        };
        if let Err(error) = settled {
            self.log
                .say(format_args!("the boot state cannot be written: {error}"));
        }
    }

    /// The card's own node.
    fn disk(&self) -> io::Result<PathBuf> {
        let place = self.card.place.as_ref().ok_or(io::ErrorKind::NotFound)?;
        Ok(place.disk.clone())
    }

    /// What the other slot holds, if that is whole.
    fn other_version(&self) -> Option<String> {
        let other = self.card.line.slot?.other();
        let node = self.card.place.as_ref()?.slot(other);
        Some(slot::read_head(&node).ok()??.version)
    }

    /// Notes how the trial stands.
    fn note(&mut self, step: Step, state: State) {
        let Some(own) = self.own() else { return };
        let Some(record) = self
            .card
            .record
            .as_mut()
            .filter(|record| record.state == State::Trying)
        else {
            return;
        };
        (record.step, record.state) = (step, state);
        if let Err(error) = record.write(&own) {
            self.log.say(format_args!(
                "the record of the update cannot be written: {error}"
            ));
        }
    }
}

/// What becomes of the boot state.
#[derive(PartialEq, Eq, Debug)]
enum Settling {
    /// This system runs because the good one is spoilt, and is the good one now.
    MarkGood,
    /// What a torn sector left of it is mended.
    Mend,
}

/// What follows when this child says that it is ready. Only a server shows that its system is good: a rescue would make the one for good whose trouble with the store it is.
fn settling(role: Option<Role>, line: &KernelLine) -> Option<Settling> {
    if role != Some(Role::Server) || line.trial || line.slot.is_none() {
        return None;
    }
    Some(match line.instead {
        true => Settling::MarkGood,
        false => Settling::Mend,
    })
}

/// Why the other slot must not be written now. During a trial the other system is the good one. And what the boot chain was told to try was verified: whoever could write over
/// it in the seconds until the box is down, with a file that changes under way, would have anything tried.
fn keeps_slot(state: boot_state::State, running: Slot, goes_down: bool) -> Option<&'static str> {
    if state.good != running {
        Some("the other system is the good one until this one has shown itself")
    } else if state.once.is_some() || goes_down {
        Some("the box is about to start anew; send the update again afterwards")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot_state::State;
    use crate::talk::RescueReason;

    #[test]
    fn a_rescue_makes_no_system_the_good_one() {
        let line = |trial, instead| KernelLine {
            slot: Some(Slot::B),
            trial,
            instead,
            ..KernelLine::parse("")
        };
        let server = Some(Role::Server);
        let good = Some(Settling::MarkGood);
        assert_eq!(settling(server, &line(false, true)), good);
        assert_eq!(settling(server, &line(false, false)), Some(Settling::Mend));
        assert_eq!(settling(server, &KernelLine::parse("")), None);
        assert_eq!(settling(server, &line(true, true)), None);
        for role in [None, Some(Role::Rescue(RescueReason::Store))] {
            assert_eq!(settling(role, &line(false, true)), None);
            assert_eq!(settling(role, &line(false, false)), None);
        }
    }

    #[test]
    fn what_is_to_be_tried_or_is_good_is_not_written_over() {
        let new = State::NEW;
        let trying = State {
            once: Some(Slot::B),
            ..new
        };
        assert_eq!(keeps_slot(new, Slot::A, false), None);
        assert!(keeps_slot(trying, Slot::A, false).is_some());
        assert!(keeps_slot(new, Slot::A, true).is_some());
        assert!(keeps_slot(new, Slot::B, false).is_some());
    }
}
