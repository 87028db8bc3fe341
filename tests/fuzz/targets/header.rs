//! Header fields, encoded words, parameters, transfer decodings, HTML as text: bounded output, and what we encode we can read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mail::content::{decode_transfer, html_to_text};
use mail::header::{decode_words, encode_words, fields};

fuzz_target!(|input: &[u8]| {
    let covered: usize = fields(input).map(|field| field.raw.len()).sum();
    assert!(covered <= input.len());
    let text = decode_words(input);
    assert!(text.len() <= 8 * input.len() + 16);
    let plain: String = text.chars().filter(|c| !c.is_control()).collect();
    assert!(encode_words(&plain).is_ascii());
    for encoding in ["base64", "quoted-printable", "7bit"] {
        let (mut whole, mut cut) = (Vec::new(), Vec::new());
        let mut decoder = decode_transfer(encoding).unwrap();
        let a = decoder
            .feed(input, &mut whole)
            .and_then(|()| decoder.finish(&mut whole))
            .is_ok();
        let mut decoder = decode_transfer(encoding).unwrap();
        let b = fuzz::pieces(input)
            .try_for_each(|piece| decoder.feed(piece, &mut cut))
            .and_then(|()| decoder.finish(&mut cut))
            .is_ok();
        assert_eq!(a, b);
        if a {
            assert_eq!(whole, cut);
        }
    }
    let _ = html_to_text(&String::from_utf8_lossy(input));
});
