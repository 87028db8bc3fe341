use super::*;
use crate::samples::said;
use smtp::client::Stage;

#[test]
fn a_host_speaks_for_itself_and_a_recipient_for_all() {
    let turned_away = said(Stage::Greeting, "554 5.7.1 not from there");
    assert!(Round::goes_on(&turned_away));
    assert!(Round::goes_on(&said(Stage::Hello, "421 4.3.2 busy")));
    assert!(Round::goes_on(&Finding::of(Cause::Refused, "no")));
    assert!(Round::goes_on(&Finding::of(Cause::Tls, "no TLS")));
    assert!(!Round::goes_on(&said(Stage::Rcpt, "550 5.1.1 nobody")));
    assert!(!Round::goes_on(&said(Stage::End, "451 4.3.0 later")));
    assert!(!Round::goes_on(&said(Stage::End, "250 2.0.0 done")));
    assert!(!Round::goes_on(&Finding::of(Cause::Own, "the box stops")));
    for cause in [Cause::NoHost, Cause::Dns, Cause::Loop] {
        assert!(!Round::goes_on(&Finding::of(cause, "the domain")));
        assert!(Round::goes_on(&Finding::of_one_host(cause, "one host")));
    }
    assert!(!Round::goes_on(&Finding::of(Cause::Unreadable, "the disk")));
    let lost = Finding {
        answer_lost: true,
        scope: Scope::Session,
        ..said(Stage::End, "closed")
    };
    assert!(!Round::goes_on(&lost));
}

#[test]
fn never_only_when_all_say_never_in_the_words_that_tell_most() {
    let sum = |findings: Vec<(&str, Finding)>| {
        let mut round = Round::default();
        for (host, finding) in findings {
            round.add(host, finding);
        }
        round.sum()
    };
    assert!(sum(vec![]).is_none());
    let no = || said(Stage::Greeting, "554 5.7.1 not from there");
    let (host, finding) = sum(vec![("a", no()), ("b", no())]).unwrap();
    assert_eq!((host.as_str(), finding.fate), ("a", Fate::Never));
    let (host, finding) = sum(vec![
        ("a", Finding::of(Cause::TimedOut, "silence")),
        ("b", no()),
        ("c", Finding::of(Cause::Refused, "refused")),
    ])
    .unwrap();
    assert_eq!((host.as_str(), finding.fate), ("b", Fate::Later));
    assert_eq!(finding.words, "554 5.7.1 not from there");
    let (host, finding) = sum(vec![
        ("a", Finding::of(Cause::NoNetwork, "no way")),
        ("b", Finding::of(Cause::TimedOut, "silence")),
    ])
    .unwrap();
    assert_eq!((host.as_str(), finding.cause), ("b", Cause::TimedOut));
    let gone = || Finding::of_one_host(Cause::NoHost, "no address");
    let (host, finding) = sum(vec![
        ("a", gone()),
        ("b", Finding::of_one_host(Cause::Dns, "SERVFAIL")),
    ])
    .unwrap();
    assert_eq!((host.as_str(), finding.fate), ("b", Fate::Later));
    let (_, finding) = sum(vec![
        ("a", gone()),
        ("b", Finding::of_one_host(Cause::Loop, "us")),
    ])
    .unwrap();
    assert_eq!((finding.fate, finding.cause), (Fate::Never, Cause::NoHost));
    let (_, finding) = sum(vec![("a", no()), ("b", said(Stage::End, "250 ok"))]).unwrap();
    assert_eq!(finding.fate, Fate::Delivered);
}
