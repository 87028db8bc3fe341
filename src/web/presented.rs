//! The certificates that browsers are shown, told where somebody can compare them with what the page or the browser says: at a start, by `pillarbox light` and by
//! `pillarbox status`.
//!
//! Promises: one entry for each certificate, under the name by which most devices of the house meet it first; words in both languages, as pages show them in the
//! reader's. What it cannot do: say which of them a certain browser was shown; the SHA-256 that the browser tells says that.

use serde_json::{Value, json};

use super::{Fingerprint, Language};
use crate::tls::Certificates;

/// One certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Presented {
    /// A name for which browsers are shown it.
    pub name: String,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
}

/// What browsers are shown that ask for these names, each certificate once.
pub fn presented(certificates: &Certificates, names: &[&str]) -> Vec<Presented> {
    let mut list: Vec<Presented> = Vec::new();
    for name in names {
        let Some(certificate) = certificates.browsers_certificate(name) else {
            continue;
        };
        let fingerprint = Fingerprint::of(&certificate);
        if !list.iter().any(|known| known.fingerprint == fingerprint) {
            list.push(Presented {
                name: (*name).to_owned(),
                fingerprint,
            });
        }
    }
    list
}

impl Presented {
    /// The words as a page shows them.
    pub fn words(&self, language: Language) -> String {
        self.fingerprint.words(language).join(" · ")
    }

    /// Lines for a terminal: what stands on the left, and what is said.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let (name, hex) = (&self.name, self.fingerprint.hex());
        let mut lines = vec![("certificate", format!("{name}, SHA-256 {hex}"))];
        let words = Language::ALL.map(|language| self.words(language));
        lines.extend(["words", ""].into_iter().zip(words));
        lines
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        let words = |language| json!(self.fingerprint.words(language));
        let words = Language::ALL.map(|language| (language.code().to_owned(), words(language)));
        json!({
            "name": self.name,
            "sha256": self.fingerprint.hex(),
            "words": Value::Object(words.into_iter().collect()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::test_support::Folder;

    #[test]
    fn each_certificate_is_told_once_as_the_page_tells_it() {
        let folder = Folder::new();
        let certificates = Certificates::open(&folder.0, "pillarbox.local", Vec::new()).unwrap();
        let names = ["pillarbox.local", "pillarbox.local", "192.168.1.7"];
        let list = presented(&certificates, &names);
        let [one] = list.as_slice() else {
            panic!("{list:?}");
        };
        let shown = certificates.browsers_certificate("pillarbox.local");
        let page = Fingerprint::of(&shown.unwrap());
        assert_eq!(one.fingerprint, page);
        let lines = one.lines();
        assert_eq!(
            lines[0].1,
            format!("pillarbox.local, SHA-256 {}", page.hex())
        );
        assert_eq!(lines[1].1, page.words(Language::English).join(" · "));
        assert_eq!(lines[2].1, page.words(Language::Greek).join(" · "));
        assert_eq!(one.json()["sha256"], page.hex());
        assert_eq!(one.json()["words"]["el"][5], page.words(Language::Greek)[5]);
    }
}
