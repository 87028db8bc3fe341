//! The parameters that ask about delivery, as tables.

use super::super::{Command, Dialect};
use super::*;

fn mail(parameters: &str, submission: bool) -> Result<MailParameters, CommandError> {
    let dialect = Dialect {
        submission,
        ..Dialect::default()
    };
    let line = format!("MAIL FROM:<> {parameters}");
    Command::parse(line.as_bytes(), dialect).map(|command| match command {
        Command::Mail(None, parameters) => parameters,
        other => panic!("{other:?}"),
    })
}

fn rcpt(parameters: &str) -> Result<RcptParameters, CommandError> {
    let line = format!("RCPT TO:<a@b.test> {parameters}");
    Command::parse(line.as_bytes(), Dialect::default()).map(|command| match command {
        Command::Rcpt(_, parameters) => parameters,
        other => panic!("{other:?}"),
    })
}

#[test]
fn notify_combinations() {
    let of = |success, failure, delay| {
        Ok(Notify {
            success,
            failure,
            delay,
        })
    };
    for (value, expected) in [
        ("NEVER", of(false, false, false)),
        ("never", of(false, false, false)),
        ("SUCCESS", of(true, false, false)),
        ("FAILURE", of(false, true, false)),
        ("Delay", of(false, false, true)),
        ("SUCCESS,FAILURE,DELAY", of(true, true, true)),
        ("DELAY,SUCCESS", of(true, false, true)),
        ("NEVER,SUCCESS", Err(CommandError::BadParameter)),
        ("SUCCESS,NEVER", Err(CommandError::BadParameter)),
        ("SUCCESS,SUCCESS", Err(CommandError::BadParameter)),
        ("SUCCESS,", Err(CommandError::BadParameter)),
        (",", Err(CommandError::BadParameter)),
        ("ALWAYS", Err(CommandError::BadParameter)),
    ] {
        let read = rcpt(&format!("NOTIFY={value}"));
        assert_eq!(read.map(|read| read.notify.unwrap()), expected, "{value}");
    }
    for notify in [of(true, false, true), of(false, false, false)] {
        let notify = notify.unwrap();
        let read = rcpt(&format!("NOTIFY={notify}")).unwrap();
        assert_eq!(read.notify, Some(notify), "printed and read");
    }
    for bad in ["NOTIFY", "NOTIFY=", "NOTIFY=NEVER NOTIFY=NEVER"] {
        assert_eq!(rcpt(bad), Err(CommandError::BadParameter), "{bad}");
    }
}

#[test]
fn original_recipients() {
    let longest = format!("rfc822;{}", "x".repeat(493));
    for (value, expected) in [
        ("rfc822;Bob@Example.COM", "rfc822;Bob@Example.COM"),
        ("rfc822;a+2Bb@c.test", "rfc822;a+b@c.test"),
        ("x400;/C=DE".replace('=', "+3D").as_str(), "x400;/C=DE"),
        ("utf-8;\\x{FC}@b.test", "utf-8;ü@b.test"),
        ("UTF-8;ü\\x{2B}@b.test", "UTF-8;ü+@b.test"),
        (longest.as_str(), longest.as_str()),
    ] {
        let read = rcpt(&format!("ORCPT={value}")).map(|read| read.orcpt.unwrap());
        assert_eq!(read.as_deref(), Ok(expected), "{value}");
    }
    let too_long = format!("{longest}x");
    for bad in [
        "a@b.test",
        "rfc822;",
        ";a@b.test",
        "rfc 822;a@b.test",
        "rfc822;ü@b.test",
        "rfc822;a+0Ab@c.test",
        "rfc822;a+C3+BCb@c.test",
        "rfc822;a+2",
        "r(c;a@b.test",
        "utf-8;\\ü",
        too_long.as_str(),
        "rfc822;a@b.test ORCPT=rfc822;a@b.test",
    ] {
        assert!(rcpt(&format!("ORCPT={bad}")).is_err(), "{bad}");
    }
}

#[test]
fn envelope_ids_and_what_comes_back() {
    let read = mail("RET=hdrs ENVID=QQ314159+20x", false).unwrap();
    assert_eq!(
        (read.ret, read.envid.as_deref()),
        (Some(Ret::Headers), Some("QQ314159 x"))
    );
    assert_eq!(mail("RET=FULL", false).unwrap().ret, Some(Ret::Full));
    let longest = "x".repeat(100);
    assert!(mail(&format!("ENVID={longest}"), false).is_ok());
    for bad in [
        "RET",
        "RET=ALL",
        "RET=FULL RET=FULL",
        "ENVID",
        "ENVID=a+0D",
        "ENVID=a+",
        "ENVID=ü",
        "ENVID=+C3+BC",
        "ENVID=a ENVID=b",
        &format!("ENVID={longest}x"),
    ] {
        assert_eq!(mail(bad, false), Err(CommandError::BadParameter), "{bad}");
    }
}

#[test]
fn deliver_by() {
    let of = |seconds, mode, trace| {
        Ok(Some(By {
            seconds,
            mode,
            trace,
        }))
    };
    let bad = || Err(CommandError::BadParameter);
    for (value, expected) in [
        ("120;R", of(120, ByMode::Return, false)),
        ("+120;rt", of(120, ByMode::Return, true)),
        ("0;N", of(0, ByMode::Notify, false)),
        ("-999999999;NT", of(-999_999_999, ByMode::Notify, true)),
        ("0;R", bad()),
        ("-1;R", bad()),
        ("1000000000;N", bad()),
        ("+-1;N", bad()),
        (";N", bad()),
        ("1;", bad()),
        ("1;T", bad()),
        ("1", bad()),
    ] {
        let read = mail(&format!("BY={value}"), false).map(|read| read.by);
        assert_eq!(read, expected, "{value}");
    }
    assert!(mail("BY=1;N BY=1;N", false).is_err());
}

#[test]
fn holds_and_priorities() {
    for (parameter, hold) in [
        ("HOLDFOR=1", Hold::For(1)),
        ("HOLDFOR=999999999", Hold::For(999_999_999)),
        ("HOLDUNTIL=2026-11-22T06:30:00Z", Hold::Until(1_795_329_000)),
    ] {
        assert_eq!(
            mail(parameter, true).unwrap().hold,
            Some(hold),
            "{parameter}"
        );
    }
    for bad in [
        "HOLDFOR",
        "HOLDFOR=0",
        "HOLDFOR=01",
        "HOLDFOR=-1",
        "HOLDFOR=1000000000",
        "HOLDUNTIL=tomorrow",
        "HOLDFOR=1 HOLDFOR=1",
        "HOLDFOR=1 HOLDUNTIL=2026-11-22T06:30:00Z",
        "MT-PRIORITY=10",
        "MT-PRIORITY=+1",
        "MT-PRIORITY=-0",
        "MT-PRIORITY=01",
        "MT-PRIORITY=1 MT-PRIORITY=1",
        "MT-PRIORITY",
    ] {
        assert_eq!(mail(bad, true), Err(CommandError::BadParameter), "{bad}");
    }
    for priority in -9..=9 {
        let read = mail(&format!("MT-PRIORITY={priority}"), true).unwrap();
        assert_eq!(read.priority, Some(priority));
    }
}
