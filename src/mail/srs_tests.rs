use super::*;

const NOW: i64 = 1_795_314_234;

/// No real hash: enough to tell texts apart.
fn hash(text: &[u8]) -> [u8; 32] {
    let sum = text.iter().fold(0xcbf2_9ce4_8422_2325u64, |h, &b| {
        (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut out = [0; 32];
    out[..8].copy_from_slice(&sum.to_be_bytes());
    out
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

#[test]
fn what_is_forwarded_comes_back() {
    for text in [
        "ann@first.example",
        "a=b@first.example",
        "\"a b\"@first.example",
        "jörg@exämple.org",
        "x@[192.0.2.1]",
    ] {
        let srs = forward(&address(text), "ours.example", NOW, &hash).unwrap();
        assert!(
            srs.local().starts_with("SRS0=") && srs.domain() == "ours.example",
            "{srs}"
        );
        assert!(is_srs(srs.local()));
        for local in [
            srs.local().to_owned(),
            srs.local().replacen("SRS0=", "srs0+", 1),
        ] {
            assert_eq!(reverse(&local, NOW + 86_400, &hash), Ok(address(text)));
        }
        // Others may change the case: it still comes back, in the other case.
        let lower = srs.local().to_ascii_lowercase();
        assert_eq!(
            reverse(&lower, NOW, &hash).unwrap().fold(),
            address(text).fold()
        );
    }
    let own = address("ann@OURS.example");
    assert_eq!(forward(&own, "ours.example", NOW, &hash), Ok(own.clone()));
}

#[test]
fn chains_skip_the_servers_between() {
    let first = forward(&address("ann@origin.example"), "first.example", NOW, &hash).unwrap();
    let second = forward(&first, "second.example", NOW, &hash).unwrap();
    let inner = first.local().strip_prefix("SRS0").unwrap();
    assert!(
        second.local().ends_with(&format!("=first.example={inner}")),
        "{second}"
    );
    let third = forward(&second, "third.example", NOW, &hash).unwrap();
    assert!(
        third.local().starts_with("SRS1=")
            && third.local().ends_with(&format!("=first.example={inner}")),
        "{third}"
    );
    assert_eq!(reverse(third.local(), NOW, &hash), Ok(first.clone()));
    assert_eq!(reverse(second.local(), NOW, &hash), Ok(first));
}

#[test]
fn strangers_and_old_ones_are_refused() {
    let srs = forward(&address("ann@first.example"), "ours.example", NOW, &hash).unwrap();
    let local = srs.local();
    let days = |n: u32| NOW + i64::from(n) * 86_400;
    assert!(reverse(local, days(DAYS_MAX), &hash).is_ok());
    assert_eq!(
        reverse(local, days(DAYS_MAX + 1), &hash),
        Err(SrsError::Expired)
    );
    assert!(reverse(local, NOW - 86_400, &hash).is_ok());
    // Who does not know the time refuses none for its age, and still none but its own.
    assert!(reverse(local, None, &hash).is_ok());
    assert_eq!(
        reverse(&local.replace("=ann", "=bob"), None, &hash),
        Err(SrsError::Forged)
    );
    assert_eq!(
        reverse(&local.replace("=ann", "=bob"), NOW, &hash),
        Err(SrsError::Forged)
    );
    assert_eq!(
        reverse(&local.replace("SRS0=", "SRS0=A"), NOW, &hash),
        Err(SrsError::Forged)
    );
    for bad in [
        "",
        "SRS",
        "SRS0",
        "SRS0=",
        "SRS0=a=b=c",
        "SRS1=a",
        "SRS1=a=b",
        "ann",
        "SRS2=a=b=c=d",
        "é",
    ] {
        assert_eq!(reverse(bad, NOW, &hash), Err(SrsError::NotSrs), "{bad}");
    }
    assert_eq!(reverse("SRS0=a=b=c=d", NOW, &hash), Err(SrsError::Forged));
    let rest = "AA=not a domain=x";
    let forged = format!("SRS0={}={rest}", code(&hash, &[rest]));
    assert_eq!(reverse(&forged, 0, &hash), Err(SrsError::NoAddress));
    let long = address(&format!("{}@first.example", "x".repeat(120)));
    assert_eq!(
        forward(&long, "ours.example", NOW, &hash),
        Err(SrsError::TooLong)
    );
}
