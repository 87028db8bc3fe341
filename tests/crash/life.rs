//! The life of a house: people, mailboxes, mail and letters to the world come, change and go, in the same order every time.
//!
//! After each deed that was answered someone is told. Deeds done together wait in the writer's queue at the same moment and share commits.

use mail::Address;
use store::{
    AccountId, AliasTarget, Answer, Credentials, Delivery, FlagChange, Flags, Head, MailboxId,
    NewLetter, Options, QueueTime, Read, Result, Settlement, SpecialUse, Store, Watch, Who,
    WriteTx,
};

use crate::{indexed, letters, sharing, sight};

const SMALL: usize = 3_000;
/// Staged in two commits; freed apart from its last reference.
const LARGE: usize = 700_000;
/// Staged in five commits and freed in two.
const VERY_LARGE: usize = 2_200_000;
/// Rounds of small changes in the middle: enough to fill blocks of 16 entries.
const ROUNDS: u32 = 6;

/// Messages of one commit of those that come in together.
const BATCH: u32 = 6;

/// Why one deed is undone after it did all its work.
const CHANGED_MIND: &str = "on second thought";

const ANN: AccountId = AccountId(1);
const BOB: AccountId = AccountId(2);

type Deed = Box<dyn FnOnce(&mut WriteTx<'_>) -> Result<()> + Send>;
/// Told after each deed: how many deeds share its group, and the how manieth of them it is (0 first).
pub(crate) type Told<'t> = dyn FnMut(&Store, usize, usize) + 't;

/// How the store of this house is opened.
pub(crate) fn options() -> Options {
    Options {
        map_size: 24 << 20,
        ..Options::default()
    }
}

/// Lives the whole life. `together`: deeds of a group really wait at once; otherwise each waits for the one before it.
pub(crate) fn live(store: &Store, together: bool, told: &mut Told<'_>) {
    let mut house = House {
        store,
        together,
        told,
        number: 0,
    };
    house.people_come();
    house.mail_comes();
    house.mailboxes_change();
    house.index();
    house.mailboxes_are_shared();
    for round in 0..ROUNDS {
        house.a_day(round);
        house.index();
    }
    house.mail_comes_in_batches();
    house.letters_go();
    house.index();
    house.large_mail_goes();
    house.mailboxes_go();
    house.index();
    house.people_go();
    house.index();
}

struct House<'t> {
    store: &'t Store,
    together: bool,
    told: &'t mut Told<'t>,
    /// Messages so far.
    number: u32,
}

impl House<'_> {
    fn people_come(&mut self) {
        self.alone(|w| person(w, "ann@house.test", 1));
        self.group(vec![
            deed(|w| person(w, "bob@house.test", 2)),
            deed(|w| w.set_quota(ANN, Some(1 << 30), None)),
            deed(|w| {
                let there = AliasTarget::Remote(address("bob@elsewhere.test"));
                w.set_alias(
                    &address("both@house.test"),
                    &[AliasTarget::Account(ANN), AliasTarget::Account(BOB), there],
                )
            }),
            deed(|w| w.set_catch_all("house.test", &[AliasTarget::Account(BOB)])),
        ]);
        self.alone(|w| {
            let credentials = Credentials {
                password: Some("$argon2id$another".into()),
                ..Credentials::default()
            };
            w.set_credentials(ANN, &credentials)
        });
    }

    fn mail_comes(&mut self) {
        self.deliver(SMALL, &[(ANN, "INBOX", Flags::default())]);
        self.deliver(
            SMALL,
            &[
                (ANN, "INBOX", Flags::SEEN),
                (BOB, "INBOX", Flags::default()),
            ],
        );
        self.deliver(
            LARGE,
            &[
                (ANN, "INBOX", Flags::default()),
                (BOB, "INBOX", Flags::default()),
            ],
        );
        // Its sender hung up: the body is swept.
        drop(self.stage(LARGE));
        self.deliver(VERY_LARGE, &[(ANN, "INBOX", Flags::default())]);
        // Three at once; the one in the middle changes its mind when all its work is done.
        let first = self.delivery(SMALL, &[(ANN, "INBOX", Flags::default())]);
        let undone = self.delivery(SMALL, &[(ANN, "INBOX", Flags::default())]);
        let last = self.delivery(10, &[(BOB, "INBOX", Flags::default())]);
        self.group(vec![
            first,
            deed(|w| {
                undone(w)?;
                Err(store::Error::NotAllowed(CHANGED_MIND))
            }),
            last,
        ]);
    }

    fn mailboxes_change(&mut self) {
        self.alone(|w| w.create_mailbox(ANN, "Lists/Rust", None).map(|_| ()));
        self.alone(|w| w.subscribe(ANN, "Lists/Rust", true));
        self.alone(|w| {
            let flag = w.intern_keyword(ANN, "$Forwarded")?;
            let inbox = named(w, ANN, "INBOX")?;
            w.mark(ANN, inbox, &[1, 2], FlagChange::Add(flag), None)
                .map(|_| ())
        });
        self.alone(|w| {
            let (inbox, list) = (named(w, ANN, "INBOX")?, named(w, ANN, "Lists/Rust")?);
            w.copy(ANN, inbox, &[1, 2, 3], list, 7).map(|_| ())
        });
        self.alone(|w| {
            let (inbox, trash) = (
                named(w, ANN, "INBOX")?,
                w.special(ANN, SpecialUse::Trash)?
                    .map_or(absent(), |m| Ok(m.id))?,
            );
            w.move_messages(ANN, inbox, &[2], trash, 7).map(|_| ())
        });
        // Its copy in the list stays.
        self.alone(|w| {
            let inbox = named(w, ANN, "INBOX")?;
            w.expunge(inbox, &[1]).map(|_| ())
        });
        self.alone(|w| w.rename_mailbox(ANN, "Lists", "Talk/Old"));
    }

    /// Bob looks into Ann's mail, marks it, takes copies and puts some back; both leave notes.
    fn mailboxes_are_shared(&mut self) {
        self.alone(|w| sharing::share(w, ANN, "INBOX", Who::Account(BOB)));
        self.group(vec![
            deed(|w| {
                let inbox = named(w, ANN, "INBOX")?;
                sharing::mark(w, BOB, inbox, &[3, 4], FlagChange::Add(Flags::SEEN))
            }),
            deed(|w| {
                let (theirs, own) = (named(w, ANN, "INBOX")?, named(w, BOB, "INBOX")?);
                w.copy(BOB, theirs, &[3, 4], own, 7)?;
                w.move_messages(BOB, own, &[1], theirs, 7).map(|_| ())
            }),
            deed(|w| {
                let inbox = named(w, ANN, "INBOX")?;
                let change = FlagChange::Add(Flags::FLAGGED.union(Flags::DELETED));
                sharing::mark(w, ANN, inbox, &[3], change)
            }),
        ]);
        self.alone(|w| {
            let (theirs, own) = (named(w, ANN, "INBOX")?, named(w, BOB, "Junk")?);
            w.move_messages(BOB, theirs, &[5, 6], own, 7).map(|_| ())
        });
        self.group(vec![
            deed(|w| sharing::leave_notes(w, ANN, BOB)),
            deed(|w| sharing::share(w, ANN, "Talk/Old/Rust", Who::Anyone)),
            deed(|w| sharing::change_notes(w, ANN, BOB)),
            deed(|w| sharing::leave_notes(w, ANN, BOB)),
        ]);
    }

    /// Messages that come in together or not at all; of others nothing is left.
    fn mail_comes_in_batches(&mut self) {
        let (kept, dropped) = (self.store.batch(), self.store.batch());
        for _ in 0..2 {
            sharing::stage(self.store, &kept, self.number + 1, BATCH);
            sharing::stage(self.store, &dropped, self.number + 1 + BATCH, BATCH);
            self.number += 2 * BATCH;
        }
        drop(dropped);
        self.number += 1;
        let last = sharing::incoming(self.store, self.number);
        self.alone(move |w| {
            let inbox = named(w, ANN, "INBOX")?;
            sharing::append(w, BOB, &kept, last, inbox)
        });
    }

    /// What has come so far is found by words and dates from now on.
    fn index(&self) {
        indexed::build(self.store).unwrap();
    }

    /// Small deeds, some of them together, until blocks are full and the oldest mail has gone.
    fn a_day(&mut self, round: u32) {
        let morning = (0..3)
            .map(|n| {
                let size = [SMALL, 200, 9_000][n];
                self.delivery(
                    size,
                    &[
                        (ANN, "INBOX", Flags::default()),
                        (BOB, "Archive", Flags::SEEN),
                    ],
                )
            })
            .collect();
        self.group(morning);
        let oldest = 3 * round;
        self.group(vec![
            deed(move |w| {
                let archive = named(w, BOB, "Archive")?;
                let change = FlagChange::Add(Flags::DELETED);
                w.mark(ANN, archive, &[oldest + 1, oldest + 3], change, None)
                    .map(|_| ())
            }),
            deed(move |w| {
                let archive = named(w, BOB, "Archive")?;
                w.expunge_deleted(archive, None).map(|_| ())
            }),
            deed(move |w| {
                let (inbox, junk) = (named(w, ANN, "INBOX")?, named(w, ANN, "Junk")?);
                w.move_messages(ANN, inbox, &[oldest + 6, oldest + 7], junk, 7)
                    .map(|_| ())
            }),
        ]);
        // The newest message goes: its number must not come again.
        self.deliver(SMALL, &[(BOB, "INBOX", Flags::DRAFT)]);
        self.alone(move |w| {
            let inbox = named(w, BOB, "INBOX")?;
            let newest = w.counters(inbox)?.uid_next - 1;
            w.expunge(inbox, &[newest]).map(|_| ())
        });
    }

    /// Mail for the world: enqueued, claimed, settled in every way, looked after by the owner.
    fn letters_go(&mut self) {
        let inbox = [(ANN, "INBOX", Flags::default())];
        let three = ["cyd@far.test", "dan@far.test", "eve@wide.test"];
        self.post(SMALL, &inbox, &three);
        self.post(LARGE, &[], &["cyd@far.test"]);
        self.post(VERY_LARGE, &[], &["eve@wide.test", "fay@new.test"]);
        self.group(vec![
            deed(|w| letters::claim(w, "far.test", 10)),
            deed(|w| letters::claim(w, "wide.test", 10)),
            deed(|w| letters::claim(w, "far.test", 11)),
        ]);
        self.group(vec![
            deed(|w| letters::settle(w, 0, "far.test", &letters::wait(130))),
            deed(|w| letters::settle(w, 0, "wide.test", &Settlement::Gone)),
        ]);
        // The second comes back: its report and its end are one deed.
        let report = self.delivery(SMALL, &inbox);
        self.alone(|w| {
            letters::settle(w, 1, "far.test", &Settlement::Gone)?;
            report(w)
        });
        self.group(vec![
            deed(|w| letters::claim(w, "far.test", 200)),
            deed(|w| {
                let id = letters::waiting(w, 1)?;
                w.hold_letter(id, true)
            }),
            deed(|w| w.retry_all(QueueTime(300), None).map(|_| ())),
        ]);
        self.alone(|w| letters::settle(w, 0, "far.test", &letters::untried(9000)));
        self.alone(|w| w.retry_all(QueueTime(400), None).map(|_| ()));
        self.alone(|w| letters::claim(w, "far.test", 500));
        // The last of its rows: the letter goes, its body stays for the INBOX.
        self.alone(|w| letters::settle(w, 0, "far.test", &Settlement::Gone));
        self.alone(|w| {
            let id = letters::waiting(w, 0)?;
            w.hold_letter(id, false)
        });
        self.post(SMALL, &[], &["gus@new.test"]);
        self.alone(|w| {
            let id = letters::waiting(w, 0)?;
            w.drop_letter(id)
        });
    }

    /// Expunged while a session looks on, then freed when it has been told.
    fn large_mail_goes(&mut self) {
        let watch = self.watch(ANN, "INBOX");
        self.alone(|w| {
            let inbox = named(w, ANN, "INBOX")?;
            w.expunge(inbox, &[3, 4]).map(|_| ())
        });
        self.deliver(SMALL, &[(ANN, "INBOX", Flags::default())]);
        drop(watch);
        self.alone(|w| {
            let inbox = named(w, ANN, "INBOX")?;
            let change = FlagChange::Replace(Flags::SEEN);
            w.mark(ANN, inbox, &[5, 8], change, None).map(|_| ())
        });
    }

    fn mailboxes_go(&mut self) {
        self.alone(|w| w.rename_mailbox(ANN, "INBOX", "Before"));
        self.alone(|w| w.delete_mailbox(ANN, "Talk/Old/Rust"));
        self.group(vec![
            deed(|w| w.delete_mailbox(ANN, "Talk/Old")),
            deed(|w| w.create_mailbox(ANN, "Talk/Old", None).map(|_| ())),
        ]);
        let old = self.delivery(SMALL, &[(ANN, "Talk/Old", Flags::default())]);
        let inbox = self.delivery(SMALL, &[(ANN, "INBOX", Flags::default())]);
        self.group(vec![old, inbox]);
    }

    fn people_go(&mut self) {
        self.deliver(VERY_LARGE, &[(BOB, "INBOX", Flags::default())]);
        self.alone(|w| w.remove_account(BOB));
        self.group(vec![
            deed(|w| person(w, "cyd@house.test", 3)),
            deed(|w| w.remove_alias("both@house.test")),
        ]);
        self.deliver(
            LARGE,
            &[
                (AccountId(3), "INBOX", Flags::default()),
                (ANN, "INBOX", Flags::SEEN),
            ],
        );
    }

    fn alone(&mut self, one: impl FnOnce(&mut WriteTx<'_>) -> Result<()> + Send + 'static) {
        self.group(vec![deed(one)]);
    }

    fn group(&mut self, deeds: Vec<Deed>) {
        let size = deeds.len();
        let mut answer = |answer: Answer<()>, place| {
            if let Err(error) = answer.wait() {
                assert!(error.to_string().contains(CHANGED_MIND), "{error}");
            }
            (self.told)(self.store, size, place);
        };
        if self.together {
            let answers: Vec<_> = deeds.into_iter().map(|d| self.store.write(d)).collect();
            for (place, each) in answers.into_iter().enumerate() {
                answer(each, place);
            }
        } else {
            for (place, one) in deeds.into_iter().enumerate() {
                answer(self.store.write(one), place);
            }
        }
    }

    fn deliver(&mut self, size: usize, into: &[(AccountId, &'static str, Flags)]) {
        let one = self.delivery(size, into);
        self.group(vec![one]);
    }

    fn post(&mut self, size: usize, into: &[(AccountId, &'static str, Flags)], to: &[&str]) {
        let letter = letters::letter(ANN, to);
        let one = self.delivery_of(size, into, vec![letter]);
        self.group(vec![one]);
    }

    /// Stages a new message; the deed that delivers it.
    fn delivery(&mut self, size: usize, into: &[(AccountId, &'static str, Flags)]) -> Deed {
        self.delivery_of(size, into, Vec::new())
    }

    /// The same with letters to the world that it becomes.
    fn delivery_of(
        &mut self,
        size: usize,
        into: &[(AccountId, &'static str, Flags)],
        letters: Vec<NewLetter>,
    ) -> Deed {
        let body = self.stage(size);
        let (number, into) = (self.number, into.to_vec());
        deed(move |w| {
            let mut mailboxes = Vec::new();
            for (account, name, flags) in into {
                mailboxes.push((named(w, account, name)?, flags));
            }
            let delivery = Delivery {
                body,
                head: head(size),
                record: sight::record(number),
                into: mailboxes,
                letters,
            };
            w.deliver(&delivery).map(|_| ())
        })
    }

    fn stage(&mut self, size: usize) -> store::Staged {
        self.number += 1;
        stage(self.store, self.number, size)
    }

    fn watch(&self, account: AccountId, name: &str) -> Watch {
        let id = {
            let tx = self.store.read().unwrap();
            tx.mailbox_by_name(account, name).unwrap().unwrap().id
        };
        let mut watch = self.store.watch(id, 0);
        watch.seen(
            self.store
                .read()
                .unwrap()
                .counters(id)
                .unwrap()
                .highest_modseq,
        );
        watch
    }
}

/// Brings message `number` into the store.
pub(crate) fn stage(store: &Store, number: u32, size: usize) -> store::Staged {
    let mut spool = store.spool();
    spool.write(&sight::text(number, size)).unwrap();
    store.stage(spool).wait().unwrap()
}

/// The scalars of a message of this size.
pub(crate) fn head(size: usize) -> Head {
    Head {
        received: 1_000_000_000,
        zone: 60,
        sent: 999_999_999,
        size: size as u32,
    }
}

pub(crate) fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn deed(one: impl FnOnce(&mut WriteTx<'_>) -> Result<()> + Send + 'static) -> Deed {
    Box::new(one)
}

fn person(w: &mut WriteTx<'_>, text: &str, now: i64) -> Result<()> {
    let credentials = Credentials {
        password: Some(format!("$argon2id$of {text}")),
        ..Credentials::default()
    };
    w.create_account(&address(text), &credentials, now)
        .map(|_| ())
}

pub(crate) fn named(w: &WriteTx<'_>, account: AccountId, name: &str) -> Result<MailboxId> {
    w.mailbox_by_name(account, name)?
        .map_or_else(absent, |mailbox| Ok(mailbox.id))
}

fn absent<T>() -> Result<T> {
    Err(store::Error::NoSuchMailbox)
}
