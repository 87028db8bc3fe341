//! What a person teaches with a few moves, with whole messages: a fourth of one kind, and two kinds told apart after a dozen of each.
#![allow(clippy::unwrap_used, reason = "a test")]

use junk::{Kind, MARKS_MIN, Memory, Score, Tokens, learn, score, tokenize, unlearn};
use mail::{Parser, source::slice};

fn tokens(text: &str) -> Tokens {
    let mut parser = Parser::new();
    parser.feed(text.as_bytes());
    let Ok(tokens) = tokenize(&parser.finish(), &mut slice(text.as_bytes()), 3);
    tokens
}

fn message(from: &str, subject: &str, number: usize, words: &str) -> Tokens {
    tokens(&format!(
        "Received: from host{number}.example ([192.0.2.{number}]) by mx.home.example; Mon, 1 Jan 2024 00:00:00 +0000\r\n\
         From: {from}{number} <{from}@{from}.example>\r\nTo: ann@home.example\r\nSubject: {subject}\r\n\
         Message-ID: <{number}@{from}.example>\r\n\r\n{words} number{number}\r\n"
    ))
}

fn of(table: &Memory, tokens: &Tokens) -> Score {
    let Ok(score) = score(table, tokens);
    score
}

const OFFER: &str = "You have been chosen: claim the cheap tablets today, no prescription, at http://pills.example/";
const LETTERS: [(&str, &str); 4] = [
    (
        "Sunday",
        "Shall we meet at the lake on Sunday? I bring the cake, you bring the boat.",
    ),
    (
        "Your code",
        "Your code is 482193. It is valid for ten minutes. Do not share it.",
    ),
    (
        "Re: cheap tablets?",
        "I have seen the cheap tablets, too, and I think that we should rather ask the doctor about it first.",
    ),
    (
        "Invoice",
        "You have been sent the invoice of December. Claim what is wrong within ten days.",
    ),
];

#[test]
fn the_fourth_of_a_kind_is_known_whoever_sends_it_and_letters_are_not_taken_for_it() {
    let mut table = Memory::default();
    for number in 1..=3 {
        let offer = message(&format!("shop{number}"), "Cheap tablets", number, OFFER);
        assert!(!of(&table, &offer).unwanted(), "{number}");
        let Ok(()) = learn(&mut table, &offer, Kind::Unwanted);
    }
    let fourth = message("another", "Cheap tablets", 4, OFFER);
    assert!(of(&table, &fourth).unwanted());
    for (number, (subject, words)) in LETTERS.into_iter().enumerate() {
        let letter = of(&table, &message("bob", subject, number, words));
        assert!(!letter.unwanted(), "{subject}: {letter:?}");
    }
    // The hand slipped: one move back, and it is as if it had not been.
    let third = message("shop3", "Cheap tablets", 3, OFFER);
    let Ok(()) = unlearn(&mut table, &third, Kind::Unwanted);
    assert!(!of(&table, &fourth).unwanted());
}

#[test]
fn two_kinds_are_told_apart_after_a_dozen_of_each() {
    let mut table = Memory::default();
    let bad = |number| {
        message(
            "pills",
            &format!("pills {number}"),
            number,
            "cheap pills without prescription click now winner pharmacy",
        )
    };
    let good = |number| {
        message(
            "fence",
            &format!("fence {number}"),
            number,
            "the minutes of our meeting about the garden fence and the school",
        )
    };
    for number in 0..usize::from(MARKS_MIN) + 2 {
        let Ok(()) = learn(&mut table, &bad(number), Kind::Unwanted);
        let Ok(()) = learn(&mut table, &good(number), Kind::Wanted);
    }
    let (bad, good) = (of(&table, &bad(99)), of(&table, &good(99)));
    assert!(bad.unwanted(), "{bad:?}");
    assert!(!good.unwanted() && good.value < 0.0, "{good:?}");
    for (number, (subject, words)) in LETTERS.into_iter().enumerate() {
        let letter = of(&table, &message("bob", subject, number, words));
        assert!(!letter.unwanted(), "{subject}: {letter:?}");
    }
}
