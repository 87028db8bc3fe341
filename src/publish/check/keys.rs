//! The two DKIM keys.

use dns::{Data, Kind};
use msgauth::dkim::{KeyRecord, RecordError};

use super::{Check, Finding, State};

impl Check<'_> {
    pub(super) async fn keys(&self, findings: &mut Vec<Finding>) {
        let Some(keys) = &self.facts.dkim else {
            let sentence = format!(
                "{} has no DKIM keys yet; they are made with the first letter that is sent, or by pillarbox dns.",
                self.domain
            );
            let name = format!("_domainkey.{}", self.domain);
            findings.push(self.finding(&name, Kind::Txt, State::Note, sentence));
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
                let sentence = format!(
                    "The DKIM key at {name} is missing, so nobody can see that your letters are yours: publish it."
                );
                return self.finding(name, Kind::Txt, State::Missing, sentence);
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
        let (state, sentence) = match texts.as_slice() {
            [text] => judge(name, text, ours),
            _ => (
                State::Wrong,
                format!(
                    "There are {} texts at {name}, and receivers then heed none: leave the one key.",
                    texts.len()
                ),
            ),
        };
        self.finding(name, Kind::Txt, state, sentence)
    }
}

/// A published text beside the one that should be there.
fn judge(name: &str, published: &str, ours: &str) -> (State, String) {
    let wanted = KeyRecord::parse(ours);
    let found = KeyRecord::parse(published);
    if found.is_ok() && found == wanted {
        return (
            State::Right,
            format!("The DKIM key at {name} is this box's."),
        );
    }
    let bare = |text: &str| -> String { text.split_ascii_whitespace().collect() };
    let (short, whole) = (bare(published), bare(ours));
    let sentence = if short.len() < whole.len() && short.len() > 40 && whole.starts_with(&short) {
        format!(
            "The DKIM key at {name} was cut off after {} characters: put the whole text in, if need be in two strings.",
            published.len()
        )
    } else {
        match found {
            Ok(found) if found.public.is_empty() => format!(
                "The DKIM key at {name} is marked as withdrawn (p= is empty): publish this box's key."
            ),
            Ok(_) => format!(
                "The DKIM key at {name} is another one than this box's, so its signatures do not hold: replace it."
            ),
            Err(RecordError::NotBase64) => format!(
                "The DKIM key at {name} was altered on its way into the DNS (p= is not base64): replace it."
            ),
            Err(error) => format!("The text at {name} is no DKIM key ({error}): replace it."),
        }
    };
    (State::Wrong, sentence)
}
