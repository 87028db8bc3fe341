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

/// A pair for the box that ends in so many days, in this file.
fn write_ending(pem: &std::path::Path, days: u64) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["mail.house.test".to_owned()]).unwrap();
    let today = std::time::UNIX_EPOCH.elapsed().unwrap();
    // A minute more, so that the day has not gone by when the box looks.
    let ends = today + Duration::from_secs(days * 24 * 60 * 60 + 60);
    params.not_after = rcgen::date_time_ymd(1970, 1, 1) + ends;
    let made = params.self_signed(&key).unwrap();
    std::fs::write(pem, format!("{}{}", made.pem(), key.serialize_pem())).unwrap();
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
fn a_certificate_that_ends_soon_is_told_with_what_to_do_until_it_is_replaced() {
    let folder = Folder::new("ends-soon");
    let (pem, lines) = make(&folder);
    write_ending(&pem, 10);
    let running = folder.start(&lines);
    wait_for_light(&folder, "attention");
    let status = folder.status();
    let fact = status["facts"].as_array().unwrap().iter();
    let mut fact = fact.filter(|fact| fact["key"] == "certificate-expires");
    let fact = fact.next().unwrap_or_else(|| panic!("{status}"));
    assert_eq!(fact["values"]["days"], "10", "{status}");
    let said = text(&folder.run(&["status"]));
    assert!(
        said.contains("mail.pem ends in 10 days: put a new one"),
        "{said}"
    );
    let told = || folder.log().matches("ends in 10 days: put").count();
    let before = told();
    write_ending(&pem, 60);
    running.signal(Signal::HUP);
    wait_for_light(&folder, "well");
    let log = folder.log();
    assert!(
        log.contains("the certificates are good for a while"),
        "{log}"
    );
    // Once by itself, and once as the reason of the light.
    assert_eq!((before, told()), (2, 2), "{log}");
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
