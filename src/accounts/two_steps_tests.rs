//! The second step, judged.

use super::*;
use crate::accounts::tests::{HOME, House, SETTINGS, WORLD, address};
use futures_lite::future::{block_on, zip};

const NOW: i64 = 2_000_000_010;
const ANN: &str = "ann@house.test";

struct Ann {
    house: House,
    account: AccountId,
    enrolment: Enrolment,
    codes: Vec<Zeroizing<String>>,
}

impl Ann {
    fn new(name: &str) -> Ann {
        let house = House::new(name, SETTINGS);
        let account = house.add(ANN, "ann's password");
        let enrolment = Enrolment::new().unwrap();
        let codes = block_on(house.accounts.switch_on(
            &address(ANN),
            &enrolment,
            &enrolment.code(NOW - 60),
            Some(NOW - 60),
        ));
        Ann {
            house,
            account,
            enrolment,
            codes: codes.unwrap(),
        }
    }

    fn judge(&self, code: &str, time: Option<i64>) -> SecondStep {
        self.judge_from(HOME, Some(self.account), code, time)
    }

    fn judge_from(
        &self,
        peer: IpAddr,
        found: Option<AccountId>,
        code: &str,
        time: Option<i64>,
    ) -> SecondStep {
        let judged = self
            .house
            .accounts
            .second_step(found, ANN, code, peer, time);
        block_on(judged).unwrap()
    }

    fn left(&self) -> usize {
        let on = self.house.accounts.two_steps(self.account).unwrap();
        on.unwrap().recovery_codes
    }
}

#[test]
fn it_is_switched_on_by_a_right_code_only() {
    let house = House::new("enrol", SETTINGS);
    let account = house.add(ANN, "ann's password");
    let enrolment = Enrolment::new().unwrap();
    let who = address(ANN);
    let on = |code: &str, time| {
        let on = house.accounts.switch_on(&who, &enrolment, code, time);
        block_on(on)
            .map(|codes| codes.len())
            .map_err(|no| no.reason.map(|no| *no))
    };
    let right = enrolment.code(NOW);
    let wrong = enrolment.code(NOW + 90);
    for code in ["", "abcdef", "12345", &wrong, &format!("{right}0")] {
        assert_eq!(on(code, Some(NOW)), Err(Some(Reason::CodeWrong)), "{code}");
    }
    assert_eq!(on(&right, None), Err(Some(Reason::TimeUnknown)));
    assert_eq!(house.accounts.two_steps(account).unwrap(), None);
    let (first, rest) = right.split_at(3);
    let typed = format!(" {first} {rest} ");
    assert_eq!(on(&typed, Some(NOW)), Ok(10));
    let is = house.accounts.two_steps(account).unwrap().unwrap();
    assert_eq!((is.since, is.recovery_codes), (NOW, 10));
    assert_eq!(house.accounts.store().check().unwrap(), [""; 0]);
}

#[test]
fn a_code_opens_once_and_of_two_at_once_only_one() {
    let ann = Ann::new("replay");
    let code = ann.enrolment.code(NOW);
    assert_eq!(
        ann.judge_from(HOME, None, &code, Some(NOW)),
        SecondStep::Wrong
    );
    let accounts = &ann.house.accounts;
    let judge = || accounts.second_step(Some(ann.account), ANN, &code, HOME, Some(NOW));
    let (one, other) = block_on(zip(judge(), judge()));
    let mut both = [one.unwrap(), other.unwrap()];
    both.sort_by_key(|judged| *judged == SecondStep::Wrong);
    assert_eq!(both, [SecondStep::Right, SecondStep::Wrong]);
    assert_eq!(
        ann.judge(&code, Some(NOW)),
        SecondStep::Wrong,
        "a third time"
    );
    let before = ann.enrolment.code(NOW - 30);
    assert_eq!(
        ann.judge(&before, Some(NOW)),
        SecondStep::Wrong,
        "an earlier one"
    );
    let next = ann.enrolment.code(NOW + 30);
    assert_eq!(ann.judge(&next, Some(NOW)), SecondStep::Right);
    // The used step is on the disk.
    let again = ann
        .house
        .accounts
        .store()
        .read()
        .unwrap()
        .safeguards(ann.account);
    let step = u64::try_from(NOW / 30 + 1).unwrap();
    assert_eq!(again.unwrap().totp.unwrap().last_step, step);
}

#[test]
fn without_the_time_only_recovery_codes_open_each_once() {
    let ann = Ann::new("recovery");
    assert_eq!(ann.judge(&ann.enrolment.code(NOW), None), SecondStep::Wrong);
    for (used, code) in ann.codes.iter().enumerate().take(3) {
        let typed = code.to_uppercase().replace('-', " ");
        assert_eq!(ann.judge(&typed, None), SecondStep::Right);
        assert_eq!(ann.judge(code, None), SecondStep::Wrong, "twice");
        assert_eq!(ann.left(), 9 - used);
    }
    let fresh = block_on(ann.house.accounts.new_recovery_codes(&address(ANN))).unwrap();
    assert_eq!(ann.left(), 10);
    assert_eq!(
        ann.judge(&ann.codes[5], None),
        SecondStep::Wrong,
        "an old one"
    );
    assert_eq!(ann.judge(&fresh[0], None), SecondStep::Right);
}

#[test]
fn a_clock_that_stood_in_the_future_is_mended_by_a_recovery_code() {
    let ann = Ann::new("future");
    let far = NOW + 1_000_000;
    assert_eq!(
        ann.judge(&ann.enrolment.code(far), Some(far)),
        SecondStep::Right
    );
    assert_eq!(
        ann.judge(&ann.enrolment.code(NOW), Some(NOW)),
        SecondStep::Wrong
    );
    assert_eq!(ann.judge(&ann.codes[0], Some(NOW)), SecondStep::Right);
    let later = NOW + 60;
    assert_eq!(
        ann.judge(&ann.enrolment.code(later), Some(later)),
        SecondStep::Right
    );
}

#[test]
fn after_ten_wrong_codes_none_is_judged_for_a_while_and_a_recovery_code_is() {
    let mut ann = Ann::new("pause");
    // Without the delays that so many guesses earn.
    let path = std::path::Path::new("pillarbox.toml");
    let mut settings = crate::settings::Settings::parse(SETTINGS, path).unwrap();
    settings.limits.login.free_guesses = 1000;
    ann.house.accounts = ann.house.accounts.under(&settings).unwrap();
    let wrong = ann.enrolment.code(NOW + 900);
    // Somebody who does not know the password counts for nobody.
    for _ in 0..30 {
        assert_eq!(
            ann.judge_from(HOME, None, &wrong, Some(NOW)),
            SecondStep::Wrong
        );
    }
    for _ in 0..9 {
        assert_eq!(ann.judge(&wrong, Some(NOW)), SecondStep::Wrong);
    }
    assert_eq!(
        ann.judge(&ann.enrolment.code(NOW), Some(NOW)),
        SecondStep::Right
    );
    for _ in 0..10 {
        assert_eq!(ann.judge(&wrong, Some(NOW)), SecondStep::Wrong);
    }
    let later = NOW + 60;
    let right = ann.enrolment.code(later);
    assert_eq!(
        ann.judge(&right, Some(later)),
        SecondStep::Wrong,
        "none is judged"
    );
    assert_eq!(ann.judge(&ann.codes[0], Some(later)), SecondStep::Right);
    assert_eq!(
        ann.judge(&right, Some(later)),
        SecondStep::Right,
        "and then it is"
    );
    let codes = WrongCodes::default();
    let begun = Instant::now();
    for _ in 0..WRONG_MOST {
        assert!(codes.may_judge(ann.account, begun));
    }
    assert!(!codes.may_judge(ann.account, begun + PAUSE / 2));
    assert!(codes.may_judge(ann.account, begun + PAUSE));
}

#[test]
fn wrong_codes_are_guesses_also_behind_a_wrong_password() {
    let ann = Ann::new("throttle");
    let accounts = &ann.house.accounts;
    let delay = |peer| {
        let (memory, bob) = (&accounts.inner.memory, accounts.whom("bob@house.test"));
        let delay = memory.begin_unseen(peer, bob, Instant::now());
        memory.unseen_was_right(peer, bob, Instant::now());
        delay.unwrap()
    };
    // Right ones are none.
    for code in &ann.codes {
        let judged = ann.judge_from(WORLD, Some(ann.account), code, Some(NOW));
        assert_eq!(judged, SecondStep::Right);
    }
    let tries = [
        (Some(ann.account), ANN, WORLD),
        (None, "eve@house.test", ip("203.0.113.9")),
    ];
    for (found, user, peer) in tries {
        assert_eq!(delay(peer), Duration::ZERO);
        for _ in 0..5 {
            let judged = accounts.second_step(found, user, "000000x", peer, Some(NOW));
            assert_eq!(block_on(judged).unwrap(), SecondStep::Wrong);
        }
        assert!(delay(peer) > Duration::ZERO, "{found:?}");
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn forgetting_the_owner_and_the_terminal_switch_it_off() {
    let ann = Ann::new("off");
    let accounts = &ann.house.accounts;
    let on = || accounts.two_steps(ann.account).unwrap().is_some();
    assert!(on());
    block_on(accounts.set_password(&address(ANN), &"another password".into())).unwrap();
    assert!(on(), "another password keeps it");
    let forgotten = block_on(accounts.forget_owner()).unwrap();
    assert!(forgotten.is_some() && !on(), "the button forgets it");
    let off = block_on(accounts.switch_off(&address(ANN))).unwrap_err();
    assert_eq!(off.kind, crate::accounts::RefusalKind::NotFound);
    let enrolment = Enrolment::new().unwrap();
    let code = enrolment.code(NOW);
    block_on(accounts.switch_on(&address(ANN), &enrolment, &code, Some(NOW))).unwrap();
    block_on(accounts.switch_off(&address(ANN))).unwrap();
    assert!(!on());
    block_on(accounts.switch_on(&address(ANN), &enrolment, &code, Some(NOW))).unwrap();
    block_on(accounts.remove(&address(ANN))).unwrap();
    assert_eq!(accounts.store().check().unwrap(), [""; 0], "leftovers");
}
