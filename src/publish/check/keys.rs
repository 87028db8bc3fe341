//! The two DKIM keys.

use dns::{Data, Kind};
use msgauth::dkim::{KeyRecord, RecordError};

use super::{Check, Finding, State};
use crate::publish::Said;
use crate::publish::said::say;

impl Check<'_> {
    pub(super) async fn keys(&self, findings: &mut Vec<Finding>) {
        let Some(keys) = &self.facts.dkim else {
            let said = say!(findings.keys_none, domain = self.domain);
            let name = format!("_domainkey.{}", self.domain);
            findings.push(self.finding(&name, Kind::Txt, State::Note, said));
            return;
        };
        for (selector, record) in [
            (&keys.selectors.rsa, &keys.records.rsa),
            (&keys.selectors.ed25519, &keys.records.ed25519),
        ] {
            let name = format!("{selector}._domainkey.{}", self.domain);
            findings.push(self.key(&name, record).await);
        }
    }

    async fn key(&self, name: &str, ours: &str) -> Finding {
        let answer = match self.asker.look(name, Kind::Txt).await {
            Ok(answer) => answer,
            Err(failure) if failure.is_permanent() => {
                let said = say!(findings.key_missing, name = name);
                return self.finding(name, Kind::Txt, State::Missing, said);
            }
            Err(failure) => return self.silence(name, Kind::Txt, &failure),
        };
        let texts: Vec<String> = answer
            .data
            .iter()
            .filter_map(|data| match data {
                Data::Txt(octets) => Some(String::from_utf8_lossy(octets).into_owned()),
                _ => None,
            })
            .collect();
        let (state, said) = match texts.as_slice() {
            [text] => judge(name, text, ours),
            _ => (
                State::Wrong,
                say!(
                    findings.key_many,
                    count = &texts.len().to_string(),
                    name = name
                ),
            ),
        };
        self.finding(name, Kind::Txt, state, said)
    }
}

/// A published text beside the one that should be there.
fn judge(name: &str, published: &str, ours: &str) -> (State, Said) {
    let wanted = KeyRecord::parse(ours);
    let found = KeyRecord::parse(published);
    if found.is_ok() && found == wanted {
        return (State::Right, say!(findings.key_right, name = name));
    }
    let bare = |text: &str| -> String { text.split_ascii_whitespace().collect() };
    let (short, whole) = (bare(published), bare(ours));
    let said = if short.len() < whole.len() && short.len() > 40 && whole.starts_with(&short) {
        say!(
            findings.key_cut,
            name = name,
            count = &published.len().to_string()
        )
    } else {
        match found {
            Ok(found) if found.public.is_empty() => say!(findings.key_withdrawn, name = name),
            Ok(_) => say!(findings.key_other, name = name),
            Err(RecordError::NotBase64) => say!(findings.key_altered, name = name),
            Err(error) => say!(
                findings.key_broken,
                name = name,
                reason = &error.to_string()
            ),
        }
    };
    (State::Wrong, said)
}
