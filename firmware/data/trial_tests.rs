//! Starts after every way that an update can have gone.

use super::*;
use std::path::PathBuf;

struct Card(PathBuf);

impl Card {
    fn new(name: &str) -> Card {
        let root =
            std::env::temp_dir().join(format!("pillarbox-trial-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        for folder in ["firmware", "pillarbox"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let card = Card(root);
        card.put("data.mdb", "new");
        card.put("data.mdb.before-update", "old");
        card
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.0.join("pillarbox").join(name), text).unwrap();
    }

    fn get(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.0.join("pillarbox").join(name)).ok()
    }

    fn own(&self) -> PathBuf {
        self.0.join("firmware")
    }

    fn settle(&self, slot: Option<Slot>, trial: bool) -> (Option<Record>, bool) {
        let settled = self.settled(slot, trial);
        assert!(settled.unwritten.is_none());
        (settled.record, settled.went_back)
    }

    fn settled(&self, slot: Option<Slot>, trial: bool) -> Settled {
        settle(&self.own(), &self.0.join("pillarbox"), slot, trial).unwrap()
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn record(state: State) -> Record {
    Record {
        version: "0.2.0".to_owned(),
        slot: Slot::B,
        network: true,
        state,
        step: Step::Migrate,
    }
}

#[test]
fn a_trial_that_did_not_come_to_its_end_gives_the_store_back() {
    let card = Card::new("given-up");
    record(State::Trying).write(&card.own()).unwrap();
    let (now, went_back) = card.settle(Some(Slot::A), false);
    assert_eq!(now.unwrap(), record(State::GivenUp));
    assert!(went_back);
    assert_eq!(card.get("data.mdb").unwrap(), "old");
    assert!(card.get("data.mdb.before-update").is_none());
    // The next start finds history.
    card.put("data.mdb", "later");
    assert_eq!(
        card.settle(Some(Slot::A), false),
        (Some(record(State::GivenUp)), false)
    );
    assert_eq!(card.get("data.mdb").unwrap(), "later");
}

#[test]
fn a_cut_between_the_record_and_the_rename_is_finished() {
    let card = Card::new("cut");
    record(State::GivenUp).write(&card.own()).unwrap();
    assert!(card.settle(Some(Slot::A), false).1);
    assert_eq!(card.get("data.mdb").unwrap(), "old");
}

#[test]
fn a_kernel_started_by_hand_is_no_new_system() {
    let card = Card::new("hand");
    record(State::Trying).write(&card.own()).unwrap();
    assert!(card.settle(None, false).1);
}

#[test]
fn the_trial_itself_keeps_copy_and_record() {
    let card = Card::new("trial");
    record(State::Trying).write(&card.own()).unwrap();
    assert_eq!(
        card.settle(Some(Slot::B), true),
        (Some(record(State::Trying)), false)
    );
    assert_eq!(card.get("data.mdb.before-update").unwrap(), "old");
}

#[test]
fn a_system_that_became_the_good_one_is_kept() {
    let card = Card::new("kept");
    record(State::Trying).write(&card.own()).unwrap();
    assert_eq!(
        card.settle(Some(Slot::B), false),
        (Some(record(State::Kept)), false)
    );
    assert_eq!(card.get("data.mdb").unwrap(), "new");
    assert!(card.get("data.mdb.before-update").is_none());
    assert_eq!(Record::read(&card.own()), Some(record(State::Kept)));
}

#[test]
fn without_a_record_nothing_is_touched_but_an_unfinished_copy() {
    let card = Card::new("none");
    card.put("data.mdb.before-update.part", "hal");
    for text in [
        "",
        "version 1\nslot c\nnetwork true\nstate trying\nstep boot\n",
        "\0\u{1}",
    ] {
        fs::write(card.own().join(RECORD), text).unwrap();
        assert_eq!(card.settle(Some(Slot::A), false), (None, false));
    }
    assert_eq!(card.get("data.mdb").unwrap(), "new");
    assert!(card.get("data.mdb.before-update.part").is_none());
}

/// A partition with no room at all: the old system runs on its own store, and the next start says once more what became of the trial.
#[test]
fn a_record_that_cannot_be_written_is_no_end() {
    let card = Card::new("full");
    record(State::Trying).write(&card.own()).unwrap();
    let hindrance = card.own().join(RECORD).with_extension("new");
    fs::create_dir(&hindrance).unwrap();
    let settled = card.settled(Some(Slot::A), false);
    assert!(settled.went_back && settled.unwritten.is_some());
    assert_eq!(settled.record, Some(record(State::GivenUp)));
    assert_eq!(card.get("data.mdb").unwrap(), "old");
    card.put("data.mdb", "later");
    fs::remove_dir(hindrance).unwrap();
    assert_eq!(
        card.settle(Some(Slot::A), false),
        (Some(record(State::GivenUp)), false)
    );
    assert_eq!(card.get("data.mdb").unwrap(), "later");
}

/// A server that was taken over may leave anything under these names.
#[test]
fn folders_with_the_copy_s_names_are_no_copies() {
    for state in [State::Trying, State::Kept, State::GivenUp] {
        let card = Card::new("folders");
        record(state).write(&card.own()).unwrap();
        let mail = card.0.join("pillarbox");
        fs::remove_file(mail.join(BEFORE)).unwrap();
        for name in [BEFORE, UNFINISHED] {
            // With one in the way of getting out of the way, and without.
            fs::create_dir_all(mail.join(name).join("deep")).unwrap();
        }
        fs::create_dir_all(mail.join(format!("{BEFORE}.folder/full"))).unwrap();
        assert!(!card.settle(Some(Slot::A), false).1, "{state:?}");
        assert!(!has_copy(&mail) && !mail.join(UNFINISHED).exists());
        assert_eq!(card.get("data.mdb").unwrap(), "new");
    }
}

#[test]
fn a_record_of_what_was_not_done_does_not_stay() {
    let card = Card::new("undone");
    let own = card.own();
    let failed = || Err(io::ErrorKind::Other.into());
    let trying = record(State::Trying);
    for before in [None, Some(record(State::Kept))] {
        match &before {
            Some(before) => before.write(&own).unwrap(),
            None => forget(&own, RECORD).unwrap(),
        }
        assert!(trying.write_for(&own, failed, || true).is_err());
        assert_eq!(Record::read(&own), before);
        // Reported as failed, and written all the same: the start that follows is a trial.
        assert!(trying.write_for(&own, failed, || false).is_err());
        assert_eq!(Record::read(&own), Some(trying.clone()));
    }
    trying.write_for(&own, || Ok(()), || true).unwrap();
    assert_eq!(Record::read(&own), Some(trying));
}
