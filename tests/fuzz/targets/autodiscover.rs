//! The question of Outlook and its kin: any octets, no panic; what was read is bounded, is of the question's own letters, and is told back inside its element.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pillarbox::client_setup::autodiscover::{BODY_MAX, read};

fuzz_target!(|input: &[u8]| {
    let Ok(wish) = read(input) else {
        return;
    };
    assert!(input.len() <= BODY_MAX);
    assert!(!wish.address.is_empty() && wish.address.len() <= input.len());
    assert_eq!(wish.address, wish.address.trim());
    // A question that holds what was read asks the same.
    let escaped: String = wish.address.chars().map(|c| format!("&#{};", u32::from(c))).collect();
    if wish.address.contains(char::is_control) || escaped.len() > BODY_MAX / 2 {
        return;
    }
    let again = read(format!("<EMailAddress>{escaped}</EMailAddress>").as_bytes());
    assert_eq!(again.map(|wish| wish.address), Ok(wish.address));
});
