use super::*;

fn letter(subject: &str, text: &str) -> String {
    let letter = Notice {
        host: "box.example".to_owned(),
        from: Address::parse("postmaster@box.example").unwrap(),
        to: Address::parse("ann@exämple.org").unwrap(),
        date: DateTime::utc(1_795_314_300),
        unique: [7; 16],
        subject: subject.to_owned(),
        text: text.to_owned(),
    };
    String::from_utf8(notice(&letter)).unwrap()
}

#[test]
fn the_box_writes_plain_letters() {
    assert_eq!(
        letter(
            "The relay refuses the password",
            "Hello\n\n  one two\nlast\n"
        ),
        "From: \"Mail box box.example\" <postmaster@box.example>\r\n\
         To: <ann@xn--exmple-cua.org>\r\n\
         Subject: The relay refuses the password\r\n\
         Date: Sun, 22 Nov 2026 02:25:00 +0000\r\n\
         Message-ID: <a4dqobyha4dqobyha4dqobyha4@box.example>\r\n\
         Auto-Submitted: auto-generated\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         \r\n\
         Hello\r\n\r\n  one two\r\nlast\r\n"
    );
}

#[test]
fn values_stay_in_their_places() {
    let text = letter("Grüße\r\nX-Pwned: 1", "a\r\nb\0\u{202E}é\rX\n");
    assert!(text.is_ascii());
    assert!(
        text.contains("\r\nSubject: =?utf-8?b?R3LDvMOfZQ==?= X-Pwned: 1\r\n"),
        "{text}"
    );
    assert!(
        text.ends_with("quoted-printable\r\n\r\na\r\nb =C3=A9 X\r\n"),
        "{text}"
    );
    let long = letter(&"s ".repeat(9999), &"word ".repeat(100_000));
    assert!(
        long.len() < 10_000 && long.lines().all(|line| line.len() <= 78),
        "{}",
        long.len()
    );
}
