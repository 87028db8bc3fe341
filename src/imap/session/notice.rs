//! News outside of commands: while a client idles, and with NOTIFY (RFC 5465) whenever it says nothing.

use store::{AccountId, Uid};

use crate::code::Code;
use crate::command::{KnownCommand, OpenCommand};
use crate::deed::{Done, World};
use crate::notify;
use crate::session::{Doing, Now, Session, State};

impl Session {
    /// Whose wakes end the waiting for octets; no account twice. In IDLE the selected mailbox's owner; with NOTIFY (RFC 5465) whoever owns
    /// a watched mailbox, in IDLE or not.
    pub fn wants_wakes(&self) -> Vec<AccountId> {
        let mut accounts = Vec::new();
        let idles = matches!(self.doing, Doing::Idling { .. });
        if let State::Open(open) = &self.state
            && (idles || (open.known.notify.is_some() && matches!(self.doing, Doing::Reading)))
        {
            accounts.push(open.view.mailbox.account);
        }
        if let (Doing::Idling { .. } | Doing::Reading, Some(known)) =
            (&self.doing, self.state.known())
            && let Some(notify) = &known.notify
        {
            for account in &notify.accounts {
                if !accounts.contains(account) {
                    accounts.push(*account);
                }
            }
        }
        accounts
    }

    /// The account's mail has changed; step again.
    pub fn woken(&mut self) {
        match &mut self.doing {
            Doing::Idling { look, .. } => *look = true,
            Doing::Reading => {
                let notify = self.state.known().map(|known| known.notify.is_some());
                self.look = notify == Some(true);
            }
            _ => {}
        }
    }

    /// Tells what is new. `idling`: EXPUNGE may be said whatever NOTIFY was. `Ok(true)`: there is more than fits.
    pub(super) fn tell(
        &mut self,
        idling: bool,
        now: Now,
        out: &mut Vec<u8>,
    ) -> store::Result<bool> {
        let tx = self.store.read()?;
        let world = World {
            store: &self.store,
            tx: &tx,
            unix: now.unix,
            limits: &self.limits,
            hostname: &self.hostname,
            tag: "",
        };
        match &mut self.state {
            State::Open(open) => {
                let immediate = (open.known.notify.as_ref()).is_some_and(|n| n.is_immediate());
                if notify::news(&world, open, idling || immediate, false, &[], out)? {
                    return Ok(true);
                }
                let selected = open.view.mailbox;
                notify::of_others(&world, &mut open.known, Some(selected), out)
            }
            State::Known(known) => notify::of_others(&world, known, None, out),
            State::Stranger(_) | State::Moving => Ok(false),
        }
    }

    /// A client need not be told what it does itself (RFC 5465 §5).
    pub(super) fn own_known(&mut self, command: &KnownCommand) {
        match command {
            KnownCommand::Create(create) => self.own(&create.mailbox),
            KnownCommand::Delete(name)
            | KnownCommand::Subscribe(name)
            | KnownCommand::Unsubscribe(name) => self.own(name),
            KnownCommand::Rename { from, to } => {
                self.own(from);
                self.own(to);
            }
            KnownCommand::SetMetadata(set) => self.own(&set.mailbox),
            _ => {}
        }
    }

    /// The same where messages go into another mailbox.
    pub(super) fn own_open(&mut self, command: &OpenCommand) {
        if let OpenCommand::Copy(transfer) | OpenCommand::Move(transfer) = command {
            self.own(&transfer.mailbox);
        }
    }

    pub(super) fn own(&mut self, name: &str) {
        if let Some(notify) = self
            .state
            .known_mut()
            .and_then(|known| known.notify.as_mut())
        {
            notify.own(name);
        }
    }
}

/// The messages that a command has made in the mailbox with this UIDVALIDITY.
pub(super) fn made(done: &Done, uid_validity: u32) -> Vec<(Uid, Uid)> {
    match &done.code {
        Some(Code::AppendUid(validity, uids)) if *validity == uid_validity => {
            vec![(*uids.start(), *uids.end())]
        }
        Some(Code::CopyUid(validity, _, to)) if *validity == uid_validity => {
            to.iter().map(|uid| (*uid, *uid)).collect()
        }
        _ => Vec::new(),
    }
}
