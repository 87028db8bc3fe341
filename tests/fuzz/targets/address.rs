//! Addresses: what parses prints, and what was printed parses to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mail::Address;

fuzz_target!(|input: &str| {
    if let Ok(address) = Address::parse(input) {
        let printed = address.to_string();
        assert!(!printed.bytes().any(|b| b < b' ' || b == 0x7f));
        assert_eq!(Address::parse(&printed).as_ref(), Ok(&address));
        assert_eq!(address.fold().fold(), address.fold());
    }
});
