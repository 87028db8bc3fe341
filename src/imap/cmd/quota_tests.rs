//! QUOTA (RFC 9208) as clients say it.

use crate::cmd::house::{Client, House, ok};

fn no(client: &mut Client, line: &str) -> String {
    let said = client.say(&format!("t {line}"));
    assert!(said.starts_with("t NO"), "{line}: {said}");
    said.split(['[', ']']).nth(1).unwrap_or("").to_owned()
}

#[test]
fn limits_are_told_and_set() {
    let house = House::new();
    let bob = house.add("bob@house.test");
    let (mut ann, mut bob) = (house.client(), house.client_of(bob));
    assert_eq!(
        ok(&mut bob, "GETQUOTAROOT INBOX"),
        "* QUOTAROOT INBOX bob@house.test\n* QUOTA bob@house.test ()\nt OK GETQUOTAROOT completed\n"
    );
    assert_eq!(
        ok(&mut ann, "SETQUOTA bob@house.test (STORAGE 3 MESSAGE 2)"),
        "* QUOTA bob@house.test (STORAGE 0 3 MESSAGE 0 2)\nt OK SETQUOTA completed\n"
    );
    let letter = |octets: usize| format!("APPEND INBOX {{{octets}+}}\n{}", "x".repeat(octets));
    ok(&mut bob, &letter(1025));
    assert_eq!(
        ok(&mut bob, "GETQUOTA bob@house.test"),
        "* QUOTA bob@house.test (STORAGE 2 3 MESSAGE 1 2)\nt OK GETQUOTA completed\n"
    );
    assert_eq!(no(&mut bob, &letter(2048)), "OVERQUOTA");
    ok(&mut bob, &letter(10));
    assert_eq!(no(&mut bob, &letter(10)), "OVERQUOTA");
    ok(&mut bob, "SELECT INBOX");
    assert_eq!(no(&mut bob, "COPY 1 Trash"), "OVERQUOTA");
    ok(&mut bob, "MOVE 1 Trash");
    // What is not named is not limited.
    assert_eq!(
        ok(&mut ann, "SETQUOTA bob@house.test (MESSAGE 5)"),
        "* QUOTA bob@house.test (MESSAGE 2 5)\nt OK SETQUOTA completed\n"
    );
    assert_eq!(
        ok(&mut ann, "SETQUOTA bob@house.test ()"),
        "* QUOTA bob@house.test ()\nt OK SETQUOTA completed\n"
    );
    ok(&mut bob, &letter(5000));
}

#[test]
fn who_may_what() {
    let house = House::new();
    let bob = house.add("bob@house.test");
    let carol = house.add("carol@house.test");
    let (mut ann, mut bob, mut carol) =
        (house.client(), house.client_of(bob), house.client_of(carol));
    ok(&mut ann, "GETQUOTA bob@house.test");
    assert_eq!(no(&mut ann, "GETQUOTA nobody"), "NONEXISTENT");
    assert_eq!(no(&mut ann, "GETQUOTA \"\""), "NONEXISTENT");
    assert_eq!(no(&mut bob, "GETQUOTA ann@house.test"), "NOPERM");
    assert_eq!(no(&mut bob, "GETQUOTA nobody"), "NOPERM");
    assert_eq!(no(&mut bob, "SETQUOTA bob@house.test ()"), "NOPERM");
    assert_eq!(
        no(&mut ann, "SETQUOTA bob@house.test (MAILBOX 5)"),
        "CANNOT"
    );
    ok(&mut bob, "CREATE Work");
    ok(&mut bob, "SETACL Work carol lr");
    assert_eq!(
        ok(&mut carol, "GETQUOTAROOT \"Other Users/bob/Work\""),
        "* QUOTAROOT \"Other Users/bob/Work\" bob@house.test\n* QUOTA bob@house.test ()\n\
         t OK GETQUOTAROOT completed\n"
    );
    // A name that is yet to be made has a root, too.
    assert!(ok(&mut carol, "GETQUOTAROOT New").starts_with("* QUOTAROOT New carol@house.test\n"));
    // What others put in counts on the owner's.
    ok(&mut ann, "SETQUOTA bob@house.test (MESSAGE 1)");
    ok(&mut bob, "SETACL Work carol lri");
    ok(&mut carol, "APPEND \"Other Users/bob/Work\" {3+}\nabc");
    assert_eq!(
        no(&mut carol, "APPEND \"Other Users/bob/Work\" {3+}\nabc"),
        "OVERQUOTA"
    );
}
