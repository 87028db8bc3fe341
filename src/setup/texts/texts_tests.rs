use std::collections::BTreeSet;

use super::*;

/// Texts that are the same in English and Greek, rightly: names.
const SAME: &[&str] = &[];

#[test]
fn every_language_fills_the_same_places() {
    let english = Language::English.texts().each();
    for language in Language::ALL {
        let other = language.texts().each();
        assert_eq!(english.len(), other.len());
        for ((name, text), (_, theirs)) in english.iter().zip(&other) {
            assert_eq!(places(text), places(theirs), "{name} in {language:?}");
        }
    }
}

#[test]
fn nothing_is_empty_untrimmed_or_left_in_english() {
    let english = Language::English.texts().each();
    let greek = Language::Greek.texts().each();
    for (name, text) in english.iter().chain(&greek) {
        assert!(!text.is_empty(), "{name}");
        assert_eq!(text.trim(), *text, "{name}");
        assert!(!text.contains("  "), "{name}: two blanks");
        assert!(!text.contains(['<', '>']), "{name}: texts are no markup");
    }
    for ((name, english), (_, greek)) in english.iter().zip(&greek) {
        if *name == "Common.switch_language" {
            continue;
        }
        assert!(
            english != greek || SAME.contains(name),
            "{name} is the same in both: {english}"
        );
        let is_greek = greek
            .chars()
            .any(|c| matches!(c, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}'));
        assert!(is_greek || SAME.contains(name), "{name}: {greek}");
        // The Latin question mark means nothing in Greek, and a Greek one is U+003B.
        assert!(!greek.contains('?'), "{name}: {greek}");
        assert!(!greek.contains('\u{37e}'), "{name}: {greek}");
        assert_eq!(
            english.ends_with(['.', '!']),
            greek.ends_with(['.', '!']),
            "{name}: {greek}"
        );
        assert_eq!(
            english.ends_with('?'),
            greek.ends_with(';'),
            "{name}: {greek}"
        );
    }
}

#[test]
fn greek_words_of_more_than_one_syllable_have_their_accent() {
    // Names that are read as in their own language, and capitals of words.
    for (name, text) in Language::Greek.texts().each() {
        for word in text.split(|c: char| !c.is_alphabetic() && c != '’') {
            let greek = |c: char| matches!(c, '\u{370}'..='\u{3ff}');
            if !word.chars().all(greek) || word.is_empty() {
                continue;
            }
            let accents = word
                .chars()
                .filter(|c| "άέήίόύώΐΰΆΈΉΊΌΎΏ".contains(*c))
                .count();
            let vowels = syllables(word);
            assert!(
                if vowels > 1 { accents >= 1 } else { true },
                "{name}: «{word}» lacks its accent"
            );
            assert!(accents <= 2, "{name}: «{word}»");
        }
    }
}

/// Groups of vowels that make one sound each, roughly: what is in doubt counts as one.
fn syllables(word: &str) -> usize {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let vowel = |c: char| "αεηιουωάέήίόύώϊϋΐΰ".contains(c);
    let mut count = 0;
    let mut before = false;
    for c in word {
        let now = vowel(c);
        count += usize::from(now && !before);
        before = now;
    }
    count
}

#[test]
fn a_place_is_filled_once_and_a_value_fills_nothing() {
    assert_eq!(
        fill("{a} and {b}", &[("a", "{b}"), ("b", "x")]),
        "{b} and x"
    );
    assert_eq!(fill("no {such", &[("such", "x")]), "no {such");
    assert_eq!(fill("{other}", &[("such", "x")]), "{other}");
    let bold = fill_markup("<{a}>", &[("a", html! { b { "<" } })]);
    assert_eq!(bold.into_string(), "&lt;<b>&lt;</b>&gt;");
    let seen: BTreeSet<&str> = places("{a} {b} {a}");
    assert_eq!(seen.len(), 2);
}
