//! Carrying out a command: stepping its verb, waiting for its write, telling the news, and the tagged reply.

use store::Store;

use crate::cmd;
use crate::cmd::append::Messages;
use crate::code::Code;
use crate::command::{Append, KnownCommand, OpenCommand};
use crate::deed::{Deed, Done, Known, Next, No, Open, Turn, Verb, World};
use crate::session::notice::made;
use crate::session::types::{Outcomes, Written};
use crate::session::{Doing, Now, Outcome, Pending, Session, State, Step, say};
use crate::table::Row;
use crate::{Limits, notify};

/// A verb under way.
pub(super) struct Running {
    tag: Box<str>,
    row: &'static Row,
    verb: Job,
}

/// Whose verb it is.
enum Job {
    Known(Box<dyn Verb<Known>>),
    Open(Box<dyn Verb<Open>>),
}

/// A write under way.
pub(super) struct Writing {
    tag: Box<str>,
    row: &'static Row,
    /// what goes on when the write is done
    then: Then,
    refused: fn(store::Error) -> No,
    /// the write itself, until the driver has it
    pending: Option<Pending>,
    /// what it came to
    outcome: Option<Outcome>,
}

/// What goes on after a write.
enum Then {
    /// the verb that asked for it
    Verb(Job),
    /// APPEND: the messages have their places
    Finish,
}

/// What a step came to, whatever the state.
enum Went {
    Done(Done),
    More,
    Write(Pending, fn(store::Error) -> No),
}

/// A finished command that has not been answered yet.
pub(super) struct News {
    tag: Box<str>,
    expunges: bool,
    /// the command's own answer is among the news, so they come whatever NOTIFY was said
    forced: bool,
    result: Result<Done, No>,
}

impl Session {
    /// Begins a verb that needs a person.
    pub(super) fn begin_known(
        &mut self,
        tag: Box<str>,
        row: &'static Row,
        mut command: KnownCommand,
        out: &mut Vec<u8>,
    ) {
        self.own_known(&command);
        if let (KnownCommand::Notify { selected, .. }, State::Open(open)) =
            (&mut command, &self.state)
        {
            *selected = Some(open.view.mailbox);
        }
        if matches!(command, KnownCommand::Select(_)) && self.close_view() {
            // Whatever comes of it, the old mailbox is closed (RFC 9051 §6.3.2), and the client knows where the new one's data begin.
            say::status(
                "*",
                b"OK",
                Some(&Code::Closed),
                "The mailbox before is closed",
                out,
            );
        }
        self.doing = Doing::Running(Box::new(Running {
            tag,
            row,
            verb: Job::Known(cmd::known(command)),
        }));
    }

    /// Begins a verb that needs a selected mailbox.
    pub(super) fn begin_open(&mut self, tag: Box<str>, row: &'static Row, command: OpenCommand) {
        self.own_open(&command);
        self.doing = Doing::Running(Box::new(Running {
            tag,
            row,
            verb: Job::Open(cmd::open(command)),
        }));
    }

    /// Gives the view up. Whether there was one.
    fn close_view(&mut self) -> bool {
        match std::mem::replace(&mut self.state, State::Moving) {
            State::Open(open) => {
                self.state = State::Known(open.known);
                true
            }
            other => {
                self.state = other;
                false
            }
        }
    }

    /// Steps the verb.
    pub(super) fn run(&mut self, running: Running, now: Now, out: &mut Vec<u8>) -> Option<Step> {
        let Running { tag, row, mut verb } = running;
        match self.step_verb(&tag, &mut verb, now, out) {
            Err(no) => self.answer(tag, row, Err(no)),
            Ok(Went::Done(done)) => self.finish(tag, row, done),
            Ok(Went::More) => {
                self.doing = Doing::Running(Box::new(Running { tag, row, verb }));
                return Some(Step::More);
            }
            Ok(Went::Write(pending, refused)) => {
                self.commit(tag, row, Then::Verb(verb), pending, refused)
            }
        }
        None
    }

    fn step_verb(
        &mut self,
        tag: &str,
        verb: &mut Job,
        now: Now,
        out: &mut Vec<u8>,
    ) -> Result<Went, No> {
        let tx = self.store.read()?;
        let world = World {
            store: &self.store,
            tx: &tx,
            unix: now.unix,
            hostname: &self.hostname,
            limits: &self.limits,
            tag,
        };
        let known = |turn| went(turn, |deed| start_known(&self.store, deed));
        match (verb, &mut self.state) {
            (Job::Known(verb), State::Known(state)) => verb.step(&world, state, out).map(known),
            (Job::Known(verb), State::Open(open)) => {
                verb.step(&world, &mut open.known, out).map(known)
            }
            (Job::Open(verb), State::Open(open)) => open
                .view
                .look_at_rights(&tx)
                .map_err(No::from)
                .and_then(|()| verb.step(&world, open, out))
                .map(|turn| {
                    went(turn, |deed| {
                        (
                            Pending(Written::Open(self.store.write(deed.run))),
                            deed.refused,
                        )
                    })
                }),
            // The row was checked before; a state that is no more cannot be worked in.
            (_, State::Stranger(_) | State::Moving) | (Job::Open(_), State::Known(_)) => {
                Err(No::bad("Select a mailbox first"))
            }
        }
    }

    /// Waits for a write.
    fn commit(
        &mut self,
        tag: Box<str>,
        row: &'static Row,
        then: Then,
        pending: Pending,
        refused: fn(store::Error) -> No,
    ) {
        let writing = Writing {
            tag,
            row,
            then,
            refused,
            pending: Some(pending),
            outcome: None,
        };
        self.doing = Doing::Writing(Box::new(writing));
    }

    /// Gives the messages of a command their places.
    pub(super) fn deliver(
        &mut self,
        tag: Box<str>,
        row: &'static Row,
        append: Append,
        messages: Messages,
        out: &mut Vec<u8>,
    ) {
        let (pending, refused) = match &self.state {
            State::Open(open) if append.replace.is_some() => {
                let deed = cmd::replace::deed(open, append, messages);
                (
                    Pending(Written::Open(self.store.write(deed.run))),
                    deed.refused,
                )
            }
            State::Known(known) => start_known(
                &self.store,
                cmd::append::deed(known, append.mailbox, messages),
            ),
            State::Open(open) => start_known(
                &self.store,
                cmd::append::deed(&open.known, append.mailbox, messages),
            ),
            State::Stranger(_) | State::Moving => {
                return self.refuse(&tag, &No::bad("Log in first"), out);
            }
        };
        self.commit(tag, row, Then::Finish, pending, refused);
    }

    /// The write's outcome; step again.
    pub fn committed(&mut self, outcome: Outcome) {
        match &mut self.doing {
            Doing::Writing(writing) => writing.outcome = Some(outcome),
            Doing::Appending(appending) => appending.committed(outcome),
            _ => {}
        }
    }

    /// Hands the write out, and goes on when its outcome is there.
    pub(super) fn written(
        &mut self,
        mut writing: Box<Writing>,
        now: Now,
        out: &mut Vec<u8>,
    ) -> Option<Step> {
        if let Some(pending) = writing.pending.take() {
            self.doing = Doing::Writing(writing);
            return Some(Step::Commit(pending));
        }
        let Some(Outcome(outcome)) = writing.outcome.take() else {
            self.doing = Doing::Writing(writing);
            return Some(Step::Wait);
        };
        let Writing {
            tag,
            row,
            then,
            refused,
            ..
        } = *writing;
        match self.after(&tag, outcome, refused, now, out) {
            Err(no) => self.answer(tag, row, Err(no)),
            Ok(Done {
                next: Next::Step, ..
            }) if matches!(then, Then::Verb(_)) => {
                if let Then::Verb(verb) = then {
                    self.doing = Doing::Running(Box::new(Running { tag, row, verb }));
                }
            }
            Ok(done) => self.finish(tag, row, done),
        }
        None
    }

    /// Prints what a committed deed has to say.
    fn after(
        &mut self,
        tag: &str,
        outcome: Outcomes,
        refused: fn(store::Error) -> No,
        now: Now,
        out: &mut Vec<u8>,
    ) -> Result<Done, No> {
        let tx = self.store.read()?;
        let world = World {
            store: &self.store,
            tx: &tx,
            unix: now.unix,
            hostname: &self.hostname,
            limits: &self.limits,
            tag,
        };
        match (outcome, &mut self.state) {
            (Written::Known(result), State::Known(known)) => {
                result.map_err(refused)?(&world, known, out)
            }
            (Written::Known(result), State::Open(open)) => {
                result.map_err(refused)?(&world, &mut open.known, out)
            }
            (Written::Open(result), State::Open(open)) => {
                result.map_err(refused)?(&world, open, out)
            }
            // States do not change under a write.
            _ => Err(lost_place()),
        }
    }

    /// A command succeeded: the state that it leads to, then news, then the tagged OK.
    pub(super) fn finish(&mut self, tag: Box<str>, row: &'static Row, mut done: Done) {
        match std::mem::replace(&mut done.next, Next::Same) {
            Next::Same | Next::Step => {}
            Next::Known => {
                self.close_view();
            }
            Next::Open(view) => {
                self.state = match std::mem::replace(&mut self.state, State::Moving) {
                    State::Known(known) => State::Open(Box::new(Open { known, view: *view })),
                    State::Open(open) => State::Open(Box::new(Open {
                        known: open.known,
                        view: *view,
                    })),
                    other => other,
                };
            }
        }
        self.answer(tag, row, Ok(done));
    }

    fn answer(&mut self, tag: Box<str>, row: &'static Row, result: Result<Done, No>) {
        self.doing = Doing::Finishing(Box::new(News {
            tag,
            expunges: row.expunges,
            forced: matches!(row.name, "EXPUNGE" | "MOVE" | "REPLACE"),
            result,
        }));
    }

    /// The news, and then the tagged reply.
    pub(super) fn finish_news(
        &mut self,
        news: Box<News>,
        now: Now,
        out: &mut Vec<u8>,
    ) -> Option<Step> {
        let mut lost = None;
        if let State::Open(open) = &mut self.state {
            match look(&self.store, &self.limits, &news, open, now, out) {
                Ok(true) => {
                    self.doing = Doing::Finishing(news);
                    return Some(Step::More);
                }
                Ok(false) => {}
                Err(error) => lost = Some(error),
            }
        }
        match &news.result {
            Ok(done) => {
                say::done(&news.tag, done, out);
                self.doing = Doing::Reading;
            }
            Err(no) => self.refuse(&news.tag, no, out),
        }
        lost.and_then(|error| self.lost(&error, out))
    }

    /// The selected mailbox cannot be looked at any more: it was deleted (RFC 2180 §3), or the disk failed.
    pub(super) fn lost(&mut self, error: &store::Error, out: &mut Vec<u8>) -> Option<Step> {
        let gone = matches!(
            error,
            store::Error::NoSuchMailbox | store::Error::NoSuchAccount
        );
        if error.is_the_disk() {
            self.trouble = Some(error.to_string().into());
        }
        self.hang_up(
            out,
            if gone {
                "The selected mailbox is no more"
            } else {
                "The box cannot read its store"
            },
        )
    }
}

/// Tells a client with a mailbox open what is new. Whether there is more than fits.
fn look(
    store: &Store,
    limits: &Limits,
    news: &News,
    open: &mut Open,
    now: Now,
    out: &mut Vec<u8>,
) -> store::Result<bool> {
    let tx = store.read()?;
    let world = World {
        store,
        tx: &tx,
        unix: now.unix,
        hostname: "",
        limits,
        tag: &news.tag,
    };
    let own = match &news.result {
        Ok(done) => made(done, open.view.uid_validity),
        Err(_) => Vec::new(),
    };
    notify::news(&world, open, news.expunges, news.forced, &own, out)
}

fn went<S>(
    turn: Turn<S>,
    start: impl FnOnce(Deed<S>) -> (Pending, fn(store::Error) -> No),
) -> Went {
    match turn {
        Turn::Done(done) => Went::Done(done),
        Turn::More => Went::More,
        Turn::Write(deed) => {
            let (pending, refused) = start(deed);
            Went::Write(pending, refused)
        }
    }
}

fn start_known(store: &Store, deed: Deed<Known>) -> (Pending, fn(store::Error) -> No) {
    (Pending(Written::Known(store.write(deed.run))), deed.refused)
}

/// What should not be: a step that does not fit the state.
pub(super) fn lost_place() -> No {
    No::with(Code::ServerBug, "The box lost its place in this command")
}
