use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};

use dns::{Answer, Data, Kind};
use futures_lite::future::{block_on, pending, poll_once, yield_now};

use super::*;

/// Wants these, and with each answer of one that has a follower that one.
#[derive(Default)]
struct Curious {
    open: Vec<Question>,
    then: Vec<(Question, Question)>,
    heard: Vec<(String, bool)>,
}

impl Asks for Curious {
    fn needs(&self) -> Vec<Question> {
        self.open.clone()
    }

    fn give(&mut self, question: &Question, reply: &Reply) {
        self.open.retain(|open| open != question);
        self.heard.push((question.name.clone(), reply.is_ok()));
        let next = self.then.iter().find(|(first, _)| first == question);
        self.open.extend(next.map(|(_, next)| next.clone()));
    }
}

fn question(name: &str) -> Question {
    Question {
        name: name.to_owned(),
        kind: Kind::A,
    }
}

fn yes(name: &str) -> Reply {
    Ok(Answer {
        data: vec![Data::A(Ipv4Addr::LOCALHOST)],
        name: name.to_owned(),
        validated: false,
    })
}

#[test]
fn what_is_open_at_a_time_is_asked_at_once_and_each_question_once() {
    let mut machine = Curious {
        open: vec![question("a"), question("b"), question("a")],
        then: vec![(question("b"), question("c"))],
        ..Curious::default()
    };
    let (under_way, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let asked = std::sync::Mutex::new(Vec::new());
    block_on(answer_by(&mut machine, |question| {
        asked.lock().unwrap().push(question.name.clone());
        let (under_way, most) = (&under_way, &most);
        async move {
            let now = under_way.fetch_add(1, Ordering::Relaxed) + 1;
            most.fetch_max(now, Ordering::Relaxed);
            // The first one takes longer.
            for _ in 0..if question.name == "a" { 5 } else { 1 } {
                yield_now().await;
            }
            under_way.fetch_sub(1, Ordering::Relaxed);
            yes(&question.name)
        }
    }));
    assert_eq!(most.into_inner(), 2);
    let mut asked = asked.into_inner().unwrap();
    asked.sort_unstable();
    assert_eq!(asked, ["a", "b", "c"]);
    let heard: Vec<&str> = machine.heard.iter().map(|(name, _)| &**name).collect();
    assert_eq!(heard, ["b", "c", "a"]);
}

#[test]
fn few_are_asked_at_a_time_and_the_policy_first() {
    let names = [
        "a._domainkey.x",
        "b._domainkey.x",
        "c._domainkey.x",
        "x",
        "_dmarc.x",
        "y",
    ];
    let mut machine = Curious {
        open: names.map(question).into(),
        ..Curious::default()
    };
    let (under_way, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let asked = std::sync::Mutex::new(Vec::new());
    block_on(answer_by(&mut machine, |question| {
        asked.lock().unwrap().push(question.name.clone());
        let (under_way, most) = (&under_way, &most);
        async move {
            most.fetch_max(
                under_way.fetch_add(1, Ordering::Relaxed) + 1,
                Ordering::Relaxed,
            );
            yield_now().await;
            under_way.fetch_sub(1, Ordering::Relaxed);
            yes(&question.name)
        }
    }));
    assert_eq!(most.into_inner(), OPEN_MAX);
    let first = asked.into_inner().unwrap();
    assert_eq!(first[..3], ["_dmarc.x", "x", "y"]);
    assert_eq!(machine.heard.len(), names.len());
}

#[test]
fn what_nobody_answers_can_be_given_up_and_what_was_answered_stays() {
    let mut machine = Curious {
        open: vec![question("a"), question("silent")],
        then: vec![(question("silent"), question("next"))],
        ..Curious::default()
    };
    let asking = answer_by(&mut machine, |question| async move {
        match question.name.as_str() {
            "a" => yes("a"),
            _ => pending().await,
        }
    });
    let ended = block_on(poll_once(async {
        let mut asking = std::pin::pin!(asking);
        for _ in 0..10 {
            if poll_once(asking.as_mut()).await.is_some() {
                return true;
            }
        }
        false
    }));
    assert_eq!(ended, Some(false));
    assert_eq!(machine.heard, [("a".to_owned(), true)]);
    give_up(&mut machine);
    assert!(machine.open.is_empty());
    let failed = ["silent", "next"].map(|name| (name.to_owned(), false));
    assert_eq!(machine.heard.split_off(1), failed);
}

#[test]
fn a_machine_that_never_ends_is_left_at_last() {
    struct Endless(RefCell<u32>);
    impl Asks for Endless {
        fn needs(&self) -> Vec<Question> {
            vec![question(&self.0.borrow().to_string())]
        }

        fn give(&mut self, _: &Question, _: &Reply) {
            *self.0.borrow_mut() += 1;
        }
    }
    let mut machine = Endless(RefCell::new(0));
    give_up(&mut machine);
    assert_eq!(machine.0.into_inner() as usize, ROUNDS_MAX);
}
