use super::*;
use dns::{Answer, Data, Failure};

fn reply(texts: &[&str]) -> Reply {
    let texts = texts.iter().map(|text| Data::Txt(text.as_bytes().to_vec()));
    Ok(Answer {
        data: texts.collect(),
        name: String::new(),
        validated: false,
    })
}

#[test]
fn addresses_and_sizes() {
    let read = |uri: &str| Mailto::parse(uri).map(|to| (to.address.to_string(), to.most));
    let a = "a@b.test".to_owned();
    assert_eq!(read("mailto:a@b.test"), Some((a.clone(), None)));
    assert_eq!(
        read("MAILTO:a@b.test!10m"),
        Some((a.clone(), Some(10 << 20)))
    );
    assert_eq!(read("mailto:a@b.test!50"), Some((a.clone(), Some(50))));
    assert_eq!(read("mailto:a@b.test!2K"), Some((a.clone(), Some(2048))));
    assert_eq!(read("mailto:a%40b.test"), Some((a.clone(), None)));
    assert_eq!(
        read("mailto:a@b.test?subject=x!1g"),
        Some((a, Some(1 << 30)))
    );
    for bad in [
        "a@b.test",
        "mailto:",
        "mailto:a",
        "mailto:a@b.test!10x",
        "mailto:a@b.test!",
        "mailto:a@b.test!99999999999999t",
        "mailto:a@b.test,c@d.test",
        "mailto:a%4@b.test",
        "mailto:a%zz@b.test",
        "mailto:a%0D%0ABcc:x@b.test",
        "https://b.test/",
    ] {
        assert_eq!(read(bad), None, "{bad}");
    }
}

#[test]
fn whoever_is_of_another_house_is_asked_first() {
    let name = |about, to| permission_name(about, to).map(|question| question.name);
    assert_eq!(name("a.test", "a.test"), None);
    assert_eq!(name("mail.example.co.uk", "reports.example.co.uk"), None);
    assert_eq!(
        name("example.co.uk", "other.co.uk").as_deref(),
        Some("example.co.uk._report._dmarc.other.co.uk")
    );
    let to = Mailto::parse("mailto:a@collector.example").unwrap();
    let given = Permission::of(&to, &reply(&["v=spf1 -all", "v=DMARC1;"]));
    assert_eq!(given, Permission::Given(None));
    let other = Permission::of(&to, &reply(&["v=DMARC1; rua=mailto:b@collector.example"]));
    let b = Mailto::parse("mailto:b@collector.example");
    assert_eq!(other, Permission::Given(b));
    // It may not hand on to a third.
    let third = Permission::of(&to, &reply(&["v=DMARC1; rua=mailto:victim@else.example"]));
    assert_eq!(third, Permission::Given(None));
    assert_eq!(
        Permission::of(&to, &reply(&["v=spf1"])),
        Permission::Refused
    );
    let none = Permission::of(&to, &Err(Failure::NoSuchName { validated: false }));
    assert_eq!(none, Permission::Refused);
    let silent = Permission::of(&to, &Err(Failure::TimedOut));
    assert_eq!(silent, Permission::Unknown);
}

#[test]
fn the_record_for_tls() {
    let read = |texts: &[&str]| TlsRecord::of(texts.iter().map(|text| text.as_bytes()));
    let record = read(&["v=TLSRPTv1; rua=mailto:t@a.test,https://r.a.test/v1/report;"]).unwrap();
    assert_eq!(record.addresses[0].address.to_string(), "t@a.test");
    assert_eq!(record.web, ["https://r.a.test/v1/report"]);
    assert!(read(&["v=spf1", "v=TLSRPTv1;rua=mailto:t@a.test"]).is_some());
    for none in [
        &[
            "v=TLSRPTv1; rua=mailto:t@a.test",
            "v=TLSRPTv1; rua=mailto:t@a.test",
        ][..],
        &["v=TLSRPTv2; rua=mailto:t@a.test"],
        &["v=TLSRPTv1"],
        &["v=TLSRPTv1; rua=gopher://a.test"],
        &[],
    ] {
        assert_eq!(read(none), None, "{none:?}");
    }
}
