//! Certificates as the owner changes them: the light and the messages.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::folder::{Folder, text};

/// A pair for the box, in one file; the lines of the settings that name it.
fn make(folder: &Folder) -> (std::path::PathBuf, String) {
    let pem = folder.0.join("mail.pem");
    let made = rcgen::generate_simple_self_signed(vec!["mail.house.test".to_owned()]).unwrap();
    std::fs::write(
        &pem,
        format!("{}{}", made.cert.pem(), made.signing_key.serialize_pem()),
    )
    .unwrap();
    let path = pem.display();
    let lines = format!("[tls]\ncertificate = \"{path}\"\nkey = \"{path}\"\n");
    (pem, lines)
}

fn wait_for_light(folder: &Folder, light: &str) {
    let begun = Instant::now();
    while folder.light() != light {
        let status = folder.status();
        assert!(begun.elapsed() < Duration::from_secs(10), "{status}");
    }
}

#[test]
fn sighup_raises_the_light_for_a_bad_certificate_and_clears_it_for_a_good_one() {
    let folder = Folder::new("sighup");
    let (pem, lines) = make(&folder);
    let running = folder.start(&lines);
    assert_eq!(folder.light(), "well");
    let good = std::fs::read(&pem).unwrap();
    std::fs::write(&pem, "rubbish").unwrap();
    running.signal(Signal::HUP);
    wait_for_light(&folder, "attention");
    let troubles = folder.status()["troubles"].to_string();
    assert!(
        troubles.contains("mail.pem") && troubles.contains("`certificate` under [tls]"),
        "{troubles}"
    );
    std::fs::write(&pem, good).unwrap();
    running.signal(Signal::HUP);
    wait_for_light(&folder, "well");
}

#[test]
fn a_missing_certificate_is_told_with_its_key_and_the_settings_file() {
    let folder = Folder::new("no-certificate");
    std::fs::create_dir_all(folder.data()).unwrap();
    std::fs::write(
        folder.data().join("pillarbox.toml"),
        "[tls]\ncertificate = \"gone.pem\"\nkey = \"gone.pem\"\n",
    )
    .unwrap();
    let output = folder.run(&["run"]);
    assert_eq!(output.status.code(), Some(6), "{}", text(&output));
    for word in [
        "gone.pem",
        "`certificate` under [tls] in",
        "pillarbox.toml",
        "expected a PEM",
    ] {
        assert!(text(&output).contains(word), "{word}: {}", text(&output));
    }
}
