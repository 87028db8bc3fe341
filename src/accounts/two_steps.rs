//! The second step before the setup page: a one-time code, or a recovery code.
//!
//! Promises: it is switched on only by somebody who shows a code, so that nobody shuts themselves out; a code is judged and used up in one deed, so that of two who bring the
//! same one only one comes in; while the time is not known no one-time code is judged, for a clock that stands wrong would take old codes and refuse new ones: a recovery
//! code opens all the same, and so does the button, which forgets the second step with the password. Wrong codes are slowed down with wrong passwords, and after [`WRONG_MOST`]
//! of somebody who knew the password none is judged for [`PAUSE`]: nobody but who knows it can cause that, and the answer is the same as for a wrong code. What it cannot do: help
//! somebody who gives code and password away at the same moment.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_io::Timer;
use mail::Address;
use store::{AccountId, Read as _, Totp};
use zeroize::Zeroizing;

use super::{Accounts, Refusal, recovery, totp};
use crate::log;
use crate::reason::Reason;

/// One-time codes of one person that may be wrong in a row. Three of a million are right at any moment (RFC 6238 §5.2, RFC 4226 §7.3): 960 guesses a day find one
/// in a year.
const WRONG_MOST: u32 = 10;
/// For so long none is judged then.
const PAUSE: Duration = Duration::from_secs(15 * 60);

/// That a person's second step is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TwoSteps {
    /// Since when, unix seconds.
    pub since: i64,
    /// Recovery codes that have not been used.
    pub recovery_codes: usize,
}

impl TwoSteps {
    pub(super) fn of(totp: &Totp) -> TwoSteps {
        TwoSteps {
            since: totp.since,
            recovery_codes: totp.recovery.len(),
        }
    }
}

/// What came of a second step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecondStep {
    /// The code was right, and is used up.
    Right,
    /// It was not, or the password before it was not: it is not said which.
    Wrong,
    /// Too many guesses: later.
    TryLater,
}

/// A secret on its way into an app, not in force yet. Debug would show it, so there is none.
#[derive(Clone)]
pub struct Enrolment {
    secret: Zeroizing<[u8; totp::SECRET]>,
}

impl Enrolment {
    /// A new secret.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn new() -> std::io::Result<Enrolment> {
        Ok(Enrolment {
            secret: totp::secret()?,
        })
    }

    /// For a keyboard.
    pub fn readable(&self) -> Zeroizing<String> {
        totp::readable(&self.secret)
    }

    /// For a camera, or the app on the same device.
    pub fn uri(&self, account: &str) -> Zeroizing<String> {
        totp::uri(&self.secret, account)
    }

    /// The one that was typed into an app, in base32 without blanks.
    #[cfg(test)]
    pub(crate) fn typed(key: &str) -> Enrolment {
        let bits = key.bytes().map(|letter| match letter {
            b'A'..=b'Z' => letter - b'A',
            digit => digit - b'2' + 26,
        });
        let (mut secret, mut held, mut count) = (Vec::new(), 0_u32, 0);
        for five in bits {
            held = held << 5 | u32::from(five);
            count += 5;
            if count >= 8 {
                count -= 8;
                secret.push((held >> count & 0xff) as u8);
            }
        }
        Enrolment {
            secret: Zeroizing::new(secret.try_into().unwrap()),
        }
    }

    /// The code at this time, for tests.
    #[cfg(test)]
    pub(crate) fn code(&self, unix: i64) -> String {
        String::from_utf8(totp::code_at(&*self.secret, totp::step_at(unix)).to_vec()).unwrap()
    }
}

/// How often in a row somebody's one-time code was wrong, and since when none is judged. Only of people who have a second step.
#[derive(Default)]
pub(super) struct WrongCodes {
    rows: Mutex<HashMap<AccountId, (u32, Instant)>>,
}

impl WrongCodes {
    /// Counts one before it is judged, so that many at once are not all the first; false: none is judged now.
    fn may_judge(&self, account: AccountId, now: Instant) -> bool {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, since) = rows.entry(account).or_insert((0, now));
        if *count >= WRONG_MOST {
            if now.saturating_duration_since(*since) < PAUSE {
                return false;
            }
            *count = 0;
        }
        *count += 1;
        *since = now;
        true
    }

    fn forget(&self, account: AccountId) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.remove(&account);
    }
}

/// A code as it was typed.
enum Typed<'c> {
    OneTime([u8; totp::DIGITS]),
    Recovery(&'c str),
}

impl<'c> Typed<'c> {
    fn of(code: &'c str) -> Typed<'c> {
        let mut digits = [0; totp::DIGITS];
        let mut typed = code.bytes().filter(|octet| *octet != b' ');
        for digit in &mut digits {
            match typed.next() {
                Some(octet) if octet.is_ascii_digit() => *digit = octet,
                _ => return Typed::Recovery(code),
            }
        }
        match typed.next() {
            None => Typed::OneTime(digits),
            Some(_) => Typed::Recovery(code),
        }
    }
}

impl Accounts {
    /// The second step of this person, if it is on.
    ///
    /// # Errors
    /// What the store cannot read.
    pub fn two_steps(&self, account: AccountId) -> store::Result<Option<TwoSteps>> {
        let safeguards = self.inner.store.read()?.safeguards(account)?;
        Ok(safeguards.totp.as_ref().map(TwoSteps::of))
    }

    /// Judges a code as the second step of whoever gave `user` and a password at `peer`; `found`: whose they were, and `None` where they were wrong, which takes as long and
    /// says the same. `time`: unix seconds, if they are known.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn second_step(
        &self,
        found: Option<AccountId>,
        user: &str,
        code: &str,
        peer: IpAddr,
        time: Option<i64>,
    ) -> Result<SecondStep, Refusal> {
        let memory = &self.inner.memory;
        let whom = self.whom(user);
        match memory.begin_unseen(peer, whom, Instant::now()) {
            None => return Ok(SecondStep::TryLater),
            Some(Duration::ZERO) => {}
            Some(delay) => {
                Timer::after(delay).await;
            }
        }
        let right = match found {
            Some(account) => {
                let used = self.use_code(account, code, time).await;
                // The disk's failure is nobody's guess.
                used.inspect_err(|_| memory.unseen_was_right(peer, whom, Instant::now()))?
            }
            None => {
                // As much work as for a wrong code.
                let decoy = [0; totp::SECRET];
                if let (Typed::OneTime(digits), Some(time)) = (Typed::of(code), time) {
                    std::hint::black_box(totp::matching(&decoy, &digits, time, u64::MAX));
                }
                false
            }
        };
        if right {
            memory.unseen_was_right(peer, whom, Instant::now());
            return Ok(SecondStep::Right);
        }
        log::info(
            0,
            format_args!("setup page {peer}: wrong code as second step"),
        );
        memory.unseen_was_wrong(peer, whom, Instant::now());
        Ok(SecondStep::Wrong)
    }

    /// Judges a code and uses it up.
    async fn use_code(
        &self,
        account: AccountId,
        code: &str,
        time: Option<i64>,
    ) -> Result<bool, Refusal> {
        let typed = Typed::of(code);
        if matches!(typed, Typed::OneTime(_))
            && !self.inner.wrong_codes.may_judge(account, Instant::now())
        {
            return Ok(false);
        }
        let stored = self.inner.store.read()?.safeguards(account)?.totp;
        // Most are judged without a deed; whoever is right is judged again in one.
        if stored.is_none_or(|totp| used(totp, &typed, time).is_none()) {
            return Ok(false);
        }
        let (code, was_recovery) = (
            Zeroizing::new(code.to_owned()),
            matches!(typed, Typed::Recovery(_)),
        );
        let right = self
            .inner
            .store
            .write(move |write| {
                let mut safeguards = write.safeguards(account)?;
                let after = safeguards
                    .totp
                    .take()
                    .and_then(|totp| used(totp, &Typed::of(&code), time));
                let Some(after) = after else {
                    return Ok(None);
                };
                let left = after.recovery.len();
                safeguards.totp = Some(after);
                write.set_safeguards(account, &safeguards)?;
                Ok(Some(left))
            })
            .await?;
        if let (Some(left), true) = (right, was_recovery) {
            log::info(0, format_args!("a recovery code was used; {left} are left"));
        }
        if right.is_some() {
            self.inner.wrong_codes.forget(account);
        }
        Ok(right.is_some())
    }

    /// Switches the second step on, if `code` is the enrolment's at this time: the recovery codes, seen now and never again. Their own password opens no mail from
    /// here on, and what came in with it ends.
    ///
    /// # Errors
    /// A wrong code, or a time that nobody knows; no such person; the disk fails.
    pub async fn switch_on(
        &self,
        address: &Address,
        enrolment: &Enrolment,
        code: &str,
        time: Option<i64>,
    ) -> Result<Vec<Zeroizing<String>>, Refusal> {
        let account = self.person(address)?;
        let time = time.ok_or(Reason::TimeUnknown)?;
        let step = match Typed::of(code) {
            Typed::OneTime(digits) => totp::matching(&*enrolment.secret, &digits, time, 0),
            Typed::Recovery(_) => None,
        };
        let last_step = step.ok_or(Reason::CodeWrong)?;
        let made = recovery::make()?;
        let totp = Totp {
            secret: *enrolment.secret,
            since: time,
            last_step,
            recovery_salt: made.salt,
            recovery: made.tags,
        };
        self.set_totp(account, Some(totp)).await?;
        self.own_password_changed(account);
        log::info(0, format_args!("two-step sign-in is on for {address}"));
        Ok(made.codes)
    }

    /// Other recovery codes; the old ones open nothing any more.
    ///
    /// # Errors
    /// No such person; it is not on; the disk fails.
    pub async fn new_recovery_codes(
        &self,
        address: &Address,
    ) -> Result<Vec<Zeroizing<String>>, Refusal> {
        let account = self.person(address)?;
        let made = recovery::make()?;
        let (salt, tags) = (made.salt, made.tags);
        let changed = self
            .inner
            .store
            .write(move |write| {
                let mut safeguards = write.safeguards(account)?;
                let Some(totp) = &mut safeguards.totp else {
                    return Ok(false);
                };
                (totp.recovery_salt, totp.recovery) = (salt, tags);
                write.set_safeguards(account, &safeguards)?;
                Ok(true)
            })
            .await?;
        match changed {
            true => Ok(made.codes),
            false => Err(Reason::OneStep {
                address: address.clone(),
            }
            .into()),
        }
    }

    /// Switches it off: one's own password opens everything again. Who may ask for it is not judged here.
    ///
    /// # Errors
    /// No such person; it is not on; the disk fails.
    pub async fn switch_off(&self, address: &Address) -> Result<(), Refusal> {
        let account = self.person(address)?;
        if !self.set_totp(account, None).await? {
            let address = address.clone();
            return Err(Reason::OneStep { address }.into());
        }
        self.inner.wrong_codes.forget(account);
        log::info(0, format_args!("two-step sign-in is off for {address}"));
        Ok(())
    }

    /// Whether it was on before.
    async fn set_totp(&self, account: AccountId, totp: Option<Totp>) -> Result<bool, Refusal> {
        let set = self.inner.store.write(move |write| {
            let mut safeguards = write.safeguards(account)?;
            let before = std::mem::replace(&mut safeguards.totp, totp);
            write.set_safeguards(account, &safeguards)?;
            Ok(before.is_some())
        });
        Ok(set.await?)
    }
}

/// What is stored once this code was used; `None`: it is not right.
fn used(mut totp: Totp, typed: &Typed<'_>, time: Option<i64>) -> Option<Totp> {
    match typed {
        Typed::OneTime(digits) => {
            totp.last_step = totp::matching(&totp.secret, digits, time?, totp.last_step)?;
        }
        Typed::Recovery(code) => {
            let at = recovery::matching(&totp.recovery_salt, &totp.recovery, code)?;
            totp.recovery.remove(at);
            // A clock that once stood in the future has refused codes until then.
            if let Some(time) = time {
                totp.last_step = totp.last_step.min(totp::step_at(time));
            }
        }
    }
    Some(totp)
}

#[cfg(test)]
#[path = "two_steps_tests.rs"]
mod tests;
