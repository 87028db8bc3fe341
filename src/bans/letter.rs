//! What a person reads whose passwords are being guessed.

use mail::Address;

use super::guesses::Guessed;

/// Subject and text of the letter to the person, or to the owner of the box about them.
pub(super) fn text(name: &Address, guessed: &Guessed, is_person: bool) -> (String, String) {
    let mut from: Vec<String> = guessed.from.iter().map(ToString::to_string).collect();
    if guessed.more {
        from.push("many other places".to_owned());
    }
    let (whose, who) = if is_person {
        ("your password", "you have")
    } else {
        ("their password", "they have")
    };
    let subject = format!("Somebody is guessing passwords: {name}");
    let text = format!(
        "{} different wrong passwords were tried for {name}, from {}. None of them opened anything.\n\n\
         The box answers such attempts later and later, and shuts out addresses that go on. It does not shut out the people of the house: at home, and \
         wherever {who} logged in before, everything works as always; in a new place the right password takes a few seconds.\n\n\
         What to do:\n\n\
         - If these are addresses of the house: a telephone or program there still has an old password. Give it the new one.\n\n\
         - If {whose} is short, or is used anywhere else too, choose another one: pillarbox account password {name}\n\n\
         - Otherwise nothing. The owner of the box sees who is shut out, and why, with: pillarbox ban list\n\n\
         This letter comes once a day at most.\n",
        guessed.wrong,
        from.join(", "),
    );
    (subject, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_happened_and_what_to_do() {
        let ann = Address::new("ann", "house.test").unwrap();
        let guessed = Guessed {
            wrong: 42,
            from: vec![
                "192.0.2.0/24".parse().unwrap(),
                "2001:db8::/56".parse().unwrap(),
            ],
            more: true,
            due: true,
        };
        let (subject, text) = super::text(&ann, &guessed, true);
        assert_eq!(subject, "Somebody is guessing passwords: ann@house.test");
        assert!(text.starts_with(
            "42 different wrong passwords were tried for ann@house.test, from 192.0.2.0/24, 2001:db8::/56, many other places."
        ));
        assert!(text.contains("If your password is short") && text.contains("pillarbox ban list"));
        let (_, text) = super::text(&ann, &guessed, false);
        assert!(text.contains("If their password is short") && !text.contains("your"));
    }
}
