//! Wanted or not: tokens, their names and dangerous attachments of any octets are bounded and the same each time; what is learned and unlearned is gone.
#![no_main]

use junk::{Evidence, Kind, Memory, counts, dangers, decide, learn, score, spell, tokenize, unlearn};
use libfuzzer_sys::fuzz_target;
use mail::{Parser, source::slice};

fuzz_target!(|input: &[u8]| {
    let mut parser = Parser::new();
    parser.feed(input);
    let message = parser.finish();
    let Ok(tokens) = tokenize(&message, &mut slice(input), 1);
    assert!(tokens.cells().windows(2).all(|two| two[0] < two[1]));
    assert!(tokens.cells().iter().all(|&cell| cell < junk::CELLS));
    assert!(tokens.cells().len() <= junk::limits::HEADER_TOKENS_MAX + junk::limits::TEXT_TOKENS_MAX);
    // Every token has a name, and the reading that names them is the same.
    let Ok(names) = spell(&message, &mut slice(input), 1, tokens.cells());
    assert_eq!(names.len(), tokens.cells().len());
    let Ok(dangers) = dangers(&message, &mut slice(input));
    assert!(dangers.len() <= junk::DANGERS_MAX);
    let mut table = Memory::default();
    for kind in [Kind::Wanted, Kind::Unwanted].repeat(10) {
        let Ok(()) = learn(&mut table, &tokens, kind);
    }
    let Ok(score) = score(&table, &tokens);
    let decision = decide(&Evidence {
        score,
        names,
        dangers: &dangers,
        ..Evidence::default()
    });
    assert!(decision.header().bytes().all(|octet| (b' '..=b'~').contains(&octet)));
    assert!(decision.lines().iter().all(|line| !line.contains(char::is_control)));
    for kind in [Kind::Wanted, Kind::Unwanted].repeat(10) {
        let Ok(()) = unlearn(&mut table, &tokens, kind);
    }
    let Ok(left) = counts(&table, &tokens);
    assert!(left.iter().all(|counts| *counts == junk::Counts::default()));
});
