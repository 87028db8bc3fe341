//! What may come into a message: so many octets of a literal, or what a URL names (RFC 4469).
//!
//! Promises: nothing is taken before the mailbox, the rights to it and the room for all messages of the command so far are known.

use crate::cmd::append;
use crate::cmd::url::{self, Copying};
use crate::code::Code;
use crate::deed::{No, World};
use crate::session::append::body::Body;
use crate::session::append::{Appending, Phase};
use crate::session::run::lost_place;
use crate::session::{Now, Session, State};

impl Session {
    /// Whether `more` octets may come; makes the body that takes them.
    pub(super) fn admit(&self, a: &mut Appending, more: u64, now: Now) -> Result<(), No> {
        let so_far = a.body.as_ref().map_or(0, Body::len);
        if so_far.saturating_add(more) > self.limits.message {
            return Err(No::with(
                Code::TooBig,
                "This message is larger than the box takes",
            ));
        }
        let target = match a.target {
            Some(target) => target,
            None => {
                let tx = self.store.read()?;
                let world = World {
                    store: &self.store,
                    tx: &tx,
                    unix: now.unix,
                    hostname: &self.hostname,
                    limits: &self.limits,
                    tag: &a.tag,
                };
                let target = match &self.state {
                    State::Stranger(_) | State::Moving => return Err(No::bad("Log in first")),
                    State::Known(known) => append::target(&world, known, None, &mut a.append)?,
                    State::Open(open) => {
                        append::target(&world, &open.known, Some(&open.view), &mut a.append)?
                    }
                };
                *a.target.insert(target)
            }
        };
        let all = a.octets.saturating_add(so_far).saturating_add(more);
        if let Some((room, quota)) = target.room
            && all > room
        {
            return Err(::store::Error::OverQuota { quota }.into());
        }
        if let Some((places, quota)) = target.places
            && a.messages.count >= places
        {
            return Err(::store::Error::TooManyMessages { quota }.into());
        }
        if a.body.is_none() {
            a.body = Some(Body::new(&self.store));
        }
        Ok(())
    }

    /// Begins to copy what a URL names.
    pub(super) fn copy_from(&self, a: &mut Appending, text: &[u8], now: Now) -> Result<(), No> {
        self.admit(a, 0, now)?;
        let copying = {
            let tx = self.store.read()?;
            let world = World {
                store: &self.store,
                tx: &tx,
                unix: now.unix,
                hostname: &self.hostname,
                limits: &self.limits,
                tag: &a.tag,
            };
            match &self.state {
                State::Stranger(_) | State::Moving => return Err(No::bad("Log in first")),
                State::Known(known) => url::copying(&world, known, None, &self.hostname, text)?,
                State::Open(open) => {
                    url::copying(&world, &open.known, Some(&open.view), &self.hostname, text)?
                }
            }
        };
        self.admit(a, copying.at_most(), now)?;
        a.phase = Phase::Copying(Box::new(copying));
        Ok(())
    }

    /// Copies a bounded part of it; whether it is whole.
    pub(super) fn copy_step(
        &self,
        copying: &mut Copying,
        body: Option<&mut Body>,
    ) -> Result<bool, No> {
        let Some(body) = body else {
            return Err(lost_place());
        };
        let tx = self.store.read()?;
        copying.step(&tx, &mut |octets| body.take(octets, true))
    }
}
