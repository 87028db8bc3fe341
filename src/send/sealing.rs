//! What a stranger's letter that an alias passes on gets on top: a seal over what was found out of it on arrival.

use msgauth::arc::ArcResult;
use msgauth::results::{claims, said};
use store::Letter;

use super::Office;
use super::content::Prepared;
use crate::log;

/// Octets at the start of a letter within which our own field stands: ten signatures with their reasons make it 8,000 long.
const TOP: usize = 32 * 1024;

impl Office {
    /// The fields of the seal; none if nothing was found out when it came, or it cannot be sealed.
    pub(super) async fn seal(&self, letter: &Letter, domain: &str, prepared: &Prepared) -> String {
        let Some(results) = self.results(prepared) else {
            return String::new();
        };
        let arrived = said(&results)
            .into_iter()
            .find(|one| one.method == "arc")
            .map_or(ArcResult::None, |arc| match arc.result.as_str() {
                "none" => ArcResult::None,
                "pass" => ArcResult::Pass,
                _ => ArcResult::Fail,
            });
        let wall = self.clock.machine().date();
        let read = prepared.reading();
        match self
            .signing
            .seal(domain, (arrived, &results), wall, read)
            .await
        {
            Ok(fields) => fields.unwrap_or_default(),
            Err(error) => {
                log::warn(
                    0,
                    format_args!("letter {}: goes on without a seal: {error}", letter.id),
                );
                String::new()
            }
        }
    }

    /// Our own Authentication-Results, without its name: it stands above our Received, and in our name nothing else does.
    fn results(&self, prepared: &Prepared) -> Option<String> {
        let mut reader = prepared.reader();
        let mut top = Vec::new();
        while top.len() < TOP {
            match reader.next(TOP) {
                Ok([]) | Err(_) => break,
                Ok(piece) => top.extend_from_slice(piece),
            }
        }
        find(&String::from_utf8_lossy(&top), &self.settings.hostname)
    }
}

fn find(top: &str, hostname: &str) -> Option<String> {
    let mut rest = top;
    while !rest.is_empty() {
        let (field, behind) = rest.split_at_checked(field_end(rest))?;
        let (name, value) = field.split_once(':')?;
        if name.eq_ignore_ascii_case("Received") {
            return None;
        }
        if name.eq_ignore_ascii_case("Authentication-Results") && claims(value.as_bytes(), hostname)
        {
            return Some(value.trim().to_owned());
        }
        rest = behind;
    }
    None
}

/// Where the first field ends, with its continuations.
fn field_end(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at > 0 && !line.starts_with([' ', '\t']) {
            break;
        }
        at += line.len();
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_above_our_received_is_ours() {
        let found = |top: &str| find(top, "mail.house.test");
        let ours = "X: y\r\nAuthentication-Results: mail.house.test;\r\n\tspf=pass;\r\n\tarc=none\r\nReceived: x\r\n";
        assert_eq!(
            found(ours).as_deref(),
            Some("mail.house.test;\r\n\tspf=pass;\r\n\tarc=none")
        );
        for none in [
            "",
            "Authentication-Results",
            "Received: x\r\n\ty\r\nAuthentication-Results: mail.house.test; arc=pass\r\n",
            "Authentication-Results: mail.other.test; arc=pass\r\nReceived: x\r\n",
            "no field\r\nAuthentication-Results: mail.house.test; arc=pass\r\n",
        ] {
            assert_eq!(found(none), None, "{none}");
        }
    }
}
