//! The MIME parser: any split gives the same message; every range lies inside what was fed; rendering never fails.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mail::Parser;

fuzz_target!(|input: &[u8]| {
    let mut whole = Parser::new();
    whole.feed(input);
    let whole = whole.finish();
    let mut cut = Parser::new();
    fuzz::pieces(input).for_each(|piece| cut.feed(piece));
    assert_eq!(whole, cut.finish());
    assert_eq!(whole.size, input.len() as u64);
    for part in &whole.parts {
        assert!(part.header.start <= part.header.end && part.header.end <= part.body.start);
        assert!(part.body.start <= part.body.end && part.body.end <= whole.size);
    }
    let record = imap::record::render(&whole);
    assert!(record.len() < 1 << 20);
});
