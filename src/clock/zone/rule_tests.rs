use super::*;

fn at(rule: &str, unix: i64) -> i32 {
    Rule::parse(rule).unwrap().offset_at(unix)
}

#[test]
fn rules_are_read_whole_or_not_at_all() {
    for good in [
        "UTC0",
        "EET-2EEST,M3.5.0/3,M10.5.0/4",
        "<-03>3",
        "<+0330>-3:30",
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
        "IST-1GMT0,M10.5.0,M3.5.0/1",
        "EET-2EEST,M3.4.4/50,M10.4.4/50",
        "XXX3EDT4,0/0,J365/23",
        "NZST-12NZDT,J273/2:30:15,M4.1.0/3",
    ] {
        assert!(Rule::parse(good).is_some(), "{good}");
        for length in 0..good.len() {
            // Parts of a rule are mostly none; whatever they are, an answer comes.
            if let Some(rule) = good.get(..length).and_then(Rule::parse) {
                rule.offset_at(1_800_000_000);
            }
        }
        assert_eq!(Rule::parse(&format!("{good} ")), None, "{good}");
    }
    for bad in [
        "",
        "EE-2",
        "EET",
        "EET-2EEST",
        "EET-2EEST,M3.5.0",
        "EET-2EEST,M13.5.0,M10.5.0",
        "EET-2EEST,M3.6.0,M10.5.0",
        "EET-2EEST,M3.5.7,M10.5.0",
        "EET-168",
        "EET-2:60",
        "<+03-3",
        "EET-2EEST,J0,J5",
        "EET-2EEST,J366,J5",
        "EET-2EEST,366,5",
        "EET-0000000000000000002",
        "EET-2EEST,M3.0.0,M10.5.0",
        "é3",
    ] {
        assert_eq!(Rule::parse(bad), None, "{bad}");
    }
}

#[test]
fn summer_comes_and_goes_at_the_second() {
    // Athens, 2026: 29 March 03:00 -> 04:00 and 25 October 04:00 -> 03:00, both at 01:00 UTC.
    let athens = "EET-2EEST,M3.5.0/3,M10.5.0/4";
    assert_eq!(at(athens, 1_774_746_000 - 1), 2 * 3600);
    assert_eq!(at(athens, 1_774_746_000), 3 * 3600);
    assert_eq!(at(athens, 1_792_890_000 - 1), 3 * 3600);
    assert_eq!(at(athens, 1_792_890_000), 2 * 3600);
    // South of the equator summer goes over the new year.
    let sydney = "AEST-10AEDT,M10.1.0,M4.1.0/3";
    assert_eq!(at(sydney, 1_767_225_600), 11 * 3600);
    assert_eq!(at(sydney, 1_782_864_000), 10 * 3600);
    // Ireland's winter is what changes.
    let dublin = "IST-1GMT0,M10.5.0,M3.5.0/1";
    assert_eq!(at(dublin, 1_767_225_600), 0);
    assert_eq!(at(dublin, 1_782_864_000), 3600);
}

#[test]
fn always_summer_is_summer_on_new_years_eve_too() {
    let always = "XXX3EDT4,0/0,J365/23";
    for hour in -30..30 {
        assert_eq!(at(always, 1_798_761_600 + hour * 1800), -4 * 3600, "{hour}");
    }
}

#[test]
fn any_moment_has_an_answer() {
    for unix in [i64::MIN, -1, 0, 253_402_300_800, i64::MAX] {
        let offset = at("EET-2EEST,M3.5.0/3,M10.5.0/4", unix);
        assert!(offset == 7200 || offset == 10_800);
    }
}
