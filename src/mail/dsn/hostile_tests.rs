use super::*;
use crate::splits::Random;

/// Whatever stands in the values: the tree is the same, every line is a field or a fold, and nothing is left of control characters.
#[test]
fn no_value_breaks_out() {
    const BITS: [&str; 16] = [
        "\r\n",
        "\r",
        "\n",
        "\0",
        "\x1b",
        "\r\n\r\n",
        "X-Pwned: 1",
        "--a4dqobyha4dqobyha4dqobyha4",
        "é",
        "\u{202E}",
        "\u{2028}",
        " ",
        "\t",
        "x",
        ";",
        "\"\\)>",
    ];
    let mut random = Random(42);
    for round in 0..500 {
        let mut value = || -> String {
            (0..random.next() % 12)
                .map(|_| BITS[(random.next() % 16) as usize])
                .collect()
        };
        let letter = format!(
            "Subject: {}\r\nMessage-ID: {}\r\nDate: {}\r\n\r\n",
            value(),
            value(),
            value()
        )
        .replace("--a4d", "a4d");
        let recipient = RecipientReport {
            original: Some(value()),
            remote: Some(value()),
            words: Some(if round % 2 == 0 {
                Words::Remote(value())
            } else {
                Words::Ours(value())
            }),
            reason: value(),
            advice: value(),
            ..failed("bob@far.example")
        };
        let report = Report {
            host: value(),
            envid: Some(value()),
            smtputf8: round % 3 == 0,
            recipients: vec![recipient],
            ..report()
        };
        let (text, needs) = written(&report, letter.as_bytes());
        assert!(!needs.binary, "{text}");
        let message = parse(&text);
        assert!(message.complete && message.parts.len() == 4, "{text}");
        // The last part is the letter's own header.
        let ours = slice_of(&text, 0..message.parts[3].header.end);
        let is_plain = |c: char| !c.is_control() || matches!(c, '\r' | '\n');
        assert!(ours.chars().all(is_plain), "{text}");
        let head = slice_of(&text, 0..message.parts[0].header.end);
        let names: Vec<_> = crate::header::fields(head.as_bytes())
            .map(|f| String::from_utf8_lossy(f.name).into_owned())
            .collect();
        let fixed = [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "MIME-Version",
            "Content-Type",
        ];
        assert_eq!(
            names
                .iter()
                .filter(
                    |n| !["In-Reply-To", "References", "Content-Transfer-Encoding"]
                        .contains(&n.as_str())
                )
                .collect::<Vec<_>>(),
            fixed
        );
        let status = slice_of(&text, message.parts[2].body.clone());
        assert!(
            status
                .split("\r\n")
                .all(|line| !line.starts_with("X-Pwned")),
            "{status}"
        );
        assert!(
            status.split("\r\n").filter(|line| line.is_empty()).count() <= 2,
            "{status}"
        );
        let plain = slice_of(&text, message.parts[1].body.clone());
        assert!(!plain.contains('\u{202E}'), "{plain}");
    }
}
