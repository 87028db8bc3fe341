//! Why the box did not do what was asked: one whole sentence each, or two.

use super::{Texts, fill, section};
use crate::reason::Reason;

section!(
    /// Why the box did not do it.
    Refusals {
        /// What has no sentence here: the words of a disk, a system, a far host.
        words,
        password_empty, password_long, password_controls,
        person_there, alias_there, somebody_elses, nobody_moved,
        not_our_domain, no_such_person, no_such_alias,
        alias_is_person, alias_itself, alias_wrong, alias_nobody, alias_many, no_destination,
        label_wrong, name_wrong, app_passwords_many,
        tagged, dashed, literal, owned, hashing_busy, no_address, no_door,
        no_doors, code_wrong, time_unknown, one_step,
        settings_unwritable, settings_unreadable, setting_by_hand,
        no_host_name, no_zone, no_listener, certificate, going_down,
    }
);

impl Refusals {
    /// The text for this reason, to be filled with its values.
    fn of(&self, reason: &Reason) -> &'static str {
        match reason {
            Reason::PasswordEmpty => self.password_empty,
            Reason::PasswordLong { .. } => self.password_long,
            Reason::PasswordControls => self.password_controls,
            Reason::PersonThere { .. } => self.person_there,
            Reason::AliasThere { .. } => self.alias_there,
            Reason::SomebodyElses { .. } => self.somebody_elses,
            Reason::NobodyMoved { .. } => self.nobody_moved,
            Reason::NotOurDomain { .. } => self.not_our_domain,
            Reason::NoSuchPerson { .. } => self.no_such_person,
            Reason::NoSuchAlias { .. } => self.no_such_alias,
            Reason::AliasIsPerson { .. } => self.alias_is_person,
            Reason::AliasItself { .. } => self.alias_itself,
            Reason::AliasWrong { .. } => self.alias_wrong,
            Reason::AliasNobody => self.alias_nobody,
            Reason::AliasMany { .. } => self.alias_many,
            Reason::NoDestination { .. } => self.no_destination,
            Reason::LabelWrong { .. } => self.label_wrong,
            Reason::NameWrong { .. } => self.name_wrong,
            Reason::AppPasswordsMany { .. } => self.app_passwords_many,
            Reason::Tagged { .. } => self.tagged,
            Reason::Dashed { .. } => self.dashed,
            Reason::Literal { .. } => self.literal,
            Reason::Owned => self.owned,
            Reason::HashingBusy => self.hashing_busy,
            Reason::NoAddress { .. } => self.no_address,
            Reason::NoDoor => self.no_door,
            Reason::NoDoors => self.no_doors,
            Reason::CodeWrong => self.code_wrong,
            Reason::TimeUnknown => self.time_unknown,
            Reason::OneStep { .. } => self.one_step,
            Reason::SettingsUnwritable { .. } => self.settings_unwritable,
            Reason::SettingsUnreadable { .. } => self.settings_unreadable,
            Reason::SettingByHand { .. } => self.setting_by_hand,
            Reason::NoHostName { .. } => self.no_host_name,
            Reason::NoZone { .. } => self.no_zone,
            Reason::NoListener { .. } => self.no_listener,
            Reason::Certificate { .. } => self.certificate,
            Reason::GoingDown => self.going_down,
        }
    }
}

impl Texts {
    /// The reason in this language.
    pub fn refusal(&self, reason: &Reason) -> String {
        let values = reason.values();
        let values: Vec<(&str, &str)> = values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        fill(self.refusals.of(reason), &values)
    }

    /// The reason in this language; where there is none, the `words` of whatever failed, marked as such, in `around`'s place for a `{reason}`.
    pub fn refused(&self, reason: Option<&Reason>, words: &str, around: &str) -> String {
        match reason {
            Some(reason) => self.refusal(reason),
            None => {
                let words = fill(self.refusals.words, &[("words", words)]);
                fill(around, &[("reason", &words)])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::Refusal;
    use crate::setup::texts::Language;

    fn every() -> Vec<Reason> {
        let address = || mail::Address::parse("ann@house.test").unwrap();
        let text = || "<value>".to_owned();
        let address_of: [fn(mail::Address) -> Reason; 9] = [
            |address| Reason::PersonThere { address },
            |address| Reason::AliasThere { address },
            |address| Reason::SomebodyElses { address },
            |address| Reason::NobodyMoved { address },
            |address| Reason::NoSuchPerson { address },
            |address| Reason::AliasIsPerson { address },
            |address| Reason::AliasItself { address },
            |address| Reason::Literal { address },
            |address| Reason::OneStep { address },
        ];
        let number_of: [fn(usize) -> Reason; 5] = [
            |most| Reason::PasswordLong { most },
            |most| Reason::AliasMany { most },
            |most| Reason::LabelWrong { most },
            |most| Reason::NameWrong { most },
            |most| Reason::AppPasswordsMany { most },
        ];
        let text_of: [fn(String) -> Reason; 12] = [
            |alias| Reason::NoSuchAlias { alias },
            |alias| Reason::AliasWrong { alias },
            |domain| Reason::NoDestination { domain },
            |domain| Reason::NotOurDomain {
                ours: domain.clone(),
                domain,
            },
            |text| Reason::NoAddress {
                words: text.clone(),
                text,
            },
            |words| Reason::SettingsUnwritable { words },
            |words| Reason::SettingsUnreadable { words },
            |key| Reason::SettingByHand {
                place: key.clone(),
                key,
            },
            |name| Reason::NoHostName {
                key: name.clone(),
                example: name.clone(),
                name,
            },
            |name| Reason::NoZone {
                key: name.clone(),
                advice: name.clone(),
                name,
            },
            |words| Reason::NoListener { words },
            |words| Reason::Certificate { words },
        ];
        let mut every = vec![
            Reason::PasswordEmpty,
            Reason::PasswordControls,
            Reason::AliasNobody,
            Reason::Owned,
            Reason::HashingBusy,
            Reason::NoDoor,
            Reason::NoDoors,
            Reason::CodeWrong,
            Reason::TimeUnknown,
            Reason::GoingDown,
            Reason::Tagged {
                address: address(),
                name: text(),
                tag: '+',
            },
            Reason::Dashed {
                address: address(),
                name: text(),
            },
        ];
        every.extend(address_of.map(|of| of(address())));
        every.extend(number_of.map(|of| of(4711)));
        every.extend(text_of.map(|of| of(text())));
        every
    }

    #[test]
    fn every_reason_is_a_sentence_of_its_own_with_its_value_in_every_language() {
        let every = every();
        for language in Language::ALL {
            let texts = language.texts();
            let mut said: Vec<String> = every.iter().map(|reason| texts.refusal(reason)).collect();
            for (sentence, reason) in said.iter().zip(&every) {
                assert!(!sentence.contains(['{', '}', '`']), "{sentence}");
                assert!(sentence.ends_with('.'), "{sentence}");
                for (_, value) in reason.values() {
                    let unsaid = matches!(reason, Reason::NotOurDomain { .. });
                    assert!(sentence.contains(&value) || unsaid, "{value}: {sentence}");
                }
            }
            said.sort();
            said.dedup();
            assert_eq!(said.len(), every.len(), "{language:?}");
            // All but the words of what failed.
            assert_eq!(every.len() + 1, texts.refusals.each().len());
        }
    }

    #[test]
    fn words_that_nobody_knows_are_told_as_somebody_elses() {
        let greek = Language::Greek.texts();
        let around = greek.problems.not_taken;
        let failed = Refusal::from(std::io::Error::other("the disk hums"));
        assert_eq!(
            greek.refused(failed.reason.as_deref(), &failed.text, around),
            "Το κουτί δεν το δέχτηκε: λέει «the disk hums»."
        );
        let typed = Refusal::from(Reason::AliasNobody);
        assert_eq!(
            greek.refused(typed.reason.as_deref(), &typed.text, around),
            greek.refusals.alias_nobody
        );
        assert!(
            typed.text.starts_with("an alias needs"),
            "commands speak English: {typed}"
        );
    }
}
