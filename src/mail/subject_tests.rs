use super::*;

#[test]
fn marks_are_taken_off() {
    for (subject, text, reply) in [
        ("", "", false),
        ("hello", "hello", false),
        ("  hello \t world  ", "hello world", false),
        ("Re: hello", "hello", true),
        ("RE:hello", "hello", true),
        ("re : hello", "hello", true),
        ("Fw: hello", "hello", true),
        ("FWD: hello", "hello", true),
        ("Re: Re: Fwd: hello", "hello", true),
        ("Re[2]: hello", "hello", true),
        ("Re [2] : hello", "hello", true),
        ("Re: [list] hello", "hello", true),
        ("[list] hello", "hello", false),
        ("[list] Re: hello", "hello", true),
        ("[a] [b] [c] Re: [d] hello", "hello", true),
        ("[only]", "[only]", false),
        ("[a][b]", "[b]", false),
        ("Re: [a]", "[a]", true),
        ("hello (fwd)", "hello", true),
        ("hello (FWD) (fwd) ", "hello", true),
        ("(fwd)", "", true),
        ("Re:", "", true),
        ("Re: (fwd)", "", true),
        ("[fwd: hello]", "hello", true),
        ("[Fwd: Re: hello (fwd)]", "hello", true),
        ("[fwd: [fwd: hello]]", "hello", true),
        ("[fwd:]", "", true),
        ("[fwd: hello] there", "there", false),
        ("Re: [fwd: hello", "[fwd: hello", true),
        ("Reply: hello", "Reply: hello", false),
        ("re hello", "re hello", false),
        ("Re[2 hello", "Re[2 hello", false),
        ("[un[balanced] hello", "[un[balanced] hello", false),
        ("AW: hello", "AW: hello", false),
        ("hello Re: world", "hello Re: world", false),
        ("Ｒｅ: hello", "Ｒｅ: hello", false),
        ("=?utf-8?q?Re=3A_gr=C3=BCn?=", "grün", true),
        (
            "Re: =?iso-8859-1?q?gr=FCn?=\r\n =?iso-8859-1?q?_blau?=",
            "grün blau",
            true,
        ),
        ("a\r\n b", "a b", false),
    ] {
        let base = base_subject(subject.as_bytes());
        assert_eq!(
            (base.text.as_str(), base.reply),
            (text, reply),
            "{subject:?}"
        );
    }
}

#[test]
fn hostile_subjects_take_linear_time() {
    let started = std::time::Instant::now();
    for text in [
        "[]".repeat(200_000) + "x",
        "[a] ".repeat(100_000) + "Re: x",
        "[fwd: ".repeat(60_000) + &"]".repeat(60_000),
        "Re: ".repeat(100_000),
        "Re[".repeat(100_000),
        "(fwd)".repeat(100_000),
        "[".repeat(300_000),
        " ".repeat(300_000),
    ] {
        base_subject(text.as_bytes());
    }
    assert!(started.elapsed().as_secs() < 10);
}
