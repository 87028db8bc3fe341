//! The settings file: any text, no panic; what is refused names a line of it and says what was expected.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use pillarbox::settings::Settings;

fuzz_target!(|input: &str| {
    match Settings::parse(input, Path::new("pillarbox.toml")) {
        Ok(settings) => assert!(!settings.main_domain().is_empty()),
        Err(error) => assert!(error.to_string().contains("pillarbox.toml")),
    }
});
