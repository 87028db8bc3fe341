use std::process::Command;

use super::*;

#[test]
fn every_rule_of_the_table_is_understood() {
    let all: Vec<&str> = rows(PLACES)
        .chain(rows(ALIASES))
        .map(|(name, _)| name)
        .collect();
    assert!(all.len() > 590, "{}", all.len());
    for name in &all {
        let zone = Zone::named(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(zone.name(), *name);
        assert_eq!(zone.offset_at(1_800_000_000) % 60, 0, "{name}");
    }
    let sorted: std::collections::BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(sorted.len(), all.len(), "each name once");
}

#[test]
fn people_choose_from_places() {
    let names: Vec<&str> = zones().collect();
    assert!(names.is_sorted());
    assert!((400..450).contains(&names.len()));
    for name in ["Europe/Athens", "America/New_York", "UTC", "Asia/Kolkata"] {
        assert!(names.contains(&name), "{name}");
    }
    assert!(!names.contains(&"Asia/Calcutta"));
    assert_eq!(Zone::named("asia/calcutta").unwrap().offset_at(0), 19_800);
    assert_eq!(Zone::named("Europe/Atlantis"), None);
    assert_eq!(Zone::named(""), None);
}

#[test]
fn a_moment_on_the_wall() {
    let athens = Zone::named("Europe/Athens").unwrap();
    let local = athens.local(1_795_314_234);
    assert_eq!(
        local,
        Local {
            year: 2026,
            month: 11,
            day: 22,
            weekday: 0,
            hour: 4,
            minute: 23,
            second: 54,
            offset: 7200
        }
    );
    assert_eq!(
        athens.date_time(1_795_314_234).rfc5322(),
        "Sun, 22 Nov 2026 04:23:54 +0200"
    );
    let newfoundland = Zone::named("America/St_Johns").unwrap();
    assert_eq!(
        newfoundland.date_time(1_795_314_234).rfc5322(),
        "Sat, 21 Nov 2026 22:53:54 -0330"
    );
}

/// Against somebody else's reckoning: every zone, many moments of the coming years, around every change among them.
#[test]
fn python_agrees() {
    let program = r#"
import sys, zoneinfo, datetime
for name in sys.stdin.read().split():
    try: zone = zoneinfo.ZoneInfo(name)
    except Exception: continue
    told = []
    t = 1788000000
    last = None
    while t < 1788000000 + 3 * 366 * 86400:
        offset = int(datetime.datetime.fromtimestamp(t, zone).utcoffset().total_seconds())
        if last is not None and offset != last:
            low, high = t - 86400, t
            while high - low > 1:
                middle = (low + high) // 2
                if int(datetime.datetime.fromtimestamp(middle, zone).utcoffset().total_seconds()) == last: low = middle
                else: high = middle
            told += [(low, last), (high, offset)]
        told.append((t, offset)) if t % (7 * 86400) < 86400 else None
        last = offset
        t += 86400
    print(name, *(f"{t}={o}" for t, o in told))
"#;
    // Their lists of dates are not in the table.
    let ramadan = ["Africa/Casablanca", "Africa/El_Aaiun"];
    let names: Vec<&str> = rows(PLACES)
        .chain(rows(ALIASES))
        .map(|(name, _)| name)
        .collect();
    let child = Command::new("python3")
        .args(["-c", program])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    // Without Python there is nobody to ask.
    let Ok(mut child) = child else { return };
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, names.join(" ").as_bytes()).unwrap();
    drop(input);
    let told = child.wait_with_output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let mut compared = 0;
    for line in told.lines() {
        let mut words = line.split(' ');
        let name = words.next().unwrap();
        if ramadan.contains(&name) {
            continue;
        }
        let zone = Zone::named(name).unwrap();
        for word in words {
            let (unix, offset) = word.split_once('=').unwrap();
            let unix: i64 = unix.parse().unwrap();
            assert_eq!(zone.offset_at(unix).to_string(), offset, "{name} at {unix}");
            compared += 1;
        }
    }
    assert!(told.is_empty() || compared > 50_000, "{compared}");
}
