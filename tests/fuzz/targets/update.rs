//! The file of an update, from its first octet: bounded, total, the same whole and piece by piece, and never good without the key's own signature.
#![no_main]

use std::io::Read;

use firmware::update::{Head, Key, Release, Rules, UpdateError, Version, verify};
use libfuzzer_sys::fuzz_target;

/// Gives one octet at a time.
struct Slow<'a>(&'a [u8]);

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let (Some((first, rest)), Some(to)) = (self.0.split_first(), into.first_mut()) else {
            return Ok(0);
        };
        *to = *first;
        self.0 = rest;
        Ok(1)
    }
}

/// The one update that the built-in key signed and this program knows; everything else must be refused.
const REAL: &[u8] = include_bytes!("../../../firmware/update/real.update");

fuzz_target!(|input: &[u8]| {
    let Some(key) = Key::built_in() else {
        return;
    };
    let rules = Rules {
        target: "pi64".to_owned(),
        running: Version {
            major: 0,
            minor: 0,
            patch: 0,
        },
        most: 4096,
    };
    let whole = verify(&mut &*input, &key, &rules);
    let slow = verify(&mut Slow(input), &key, &rules);
    match (&whole, &slow) {
        (Ok(one), Ok(other)) => {
            assert_eq!(one, other);
            // The comment that nobody signs may be another one.
            let signed = |file: &[u8]| {
                file.iter()
                    .position(|octet| *octet == b'\n')
                    .map(|at| file[at..].to_vec())
            };
            assert_eq!(signed(input), signed(REAL));
        }
        (Err(one), Err(other)) => assert_eq!(one.word(), other.word()),
        _ => panic!("whole and slow differ: {whole:?} {slow:?}"),
    }
    if let Ok(head) = Head::parse(input) {
        assert!(head.length <= input.len().min(1024));
        assert_eq!(
            Release::parse(&head.release.to_string()),
            Some(head.release.clone())
        );
        assert!(!head.release.file_name().contains(['/', ' ', '\0']));
        assert!(matches!(
            head.permitted(&key, &rules),
            Ok(())
                | Err(UpdateError::OtherKey { .. }
                    | UpdateError::Wrong
                    | UpdateError::OtherTarget { .. }
                    | UpdateError::Older { .. })
        ));
    }
    if let Ok(text) = std::str::from_utf8(input) {
        Key::parse(text, firmware::update::KeySource::Person);
    }
});
