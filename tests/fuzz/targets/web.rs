//! What browsers send to the setup page: forms and queries, hosts, languages. Bounded, total, and the same when it is read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pillarbox::web::{Authority, Form, Language, MOST_FIELDS};

fuzz_target!(|input: &[u8]| {
    if let Ok(form) = Form::parse(input) {
        let shown = format!("{form:?}");
        assert!(shown.matches(", ").count() <= MOST_FIELDS * 64);
        for name in ["csrf", "name", "", "a"] {
            assert_eq!(form.has(name), form.all(name).next().is_some());
            assert!(form.all(name).count() <= MOST_FIELDS);
            assert!(!form.text(name).contains('\0'));
        }
    }
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Some(authority) = Authority::parse(text) {
        let printed = authority.text();
        assert!(!printed.contains(['/', '@', ' ', '\r', '\n', '\0', '"', '<']));
        assert_eq!(Authority::parse(&printed), Some(authority.clone()));
        let names = ["mail.example.org".to_owned()];
        let ours = authority.is_ours(&names, [192, 168, 1, 2].into());
        assert!(!(ours && authority.host.ends_with(".evil.example")));
    }
    if let Some(language) = Language::preferred(text) {
        assert!(text.to_ascii_lowercase().contains(language.code()));
    }
});
