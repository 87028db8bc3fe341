use super::*;

/// RFC 8460 appendix B, with another domain.
const EXAMPLE: &str = r#"{
  "organization-name": "Company-X",
  "date-range": {"start-datetime": "2016-04-01T00:00:00Z", "end-datetime": "2016-04-01T23:59:59Z"},
  "contact-info": "sts-reporting@company-x.example",
  "report-id": "5065427c-23d3-47ca-b6e0-946ea0e8c4be",
  "policies": [{
    "policy": {
      "policy-type": "sts",
      "policy-string": ["version: STSv1","mode: testing","mx: *.mail.house.test","max_age: 86400"],
      "policy-domain": "House.Test",
      "mx-host": ["*.mail.house.test"]
    },
    "summary": {"total-successful-session-count": 5326, "total-failure-session-count": 303},
    "failure-details": [
      {"result-type": "certificate-expired", "sending-mta-ip": "2001:db8:abcd:0012::1", "receiving-mx-hostname": "mx1.mail.house.test", "failed-session-count": 100},
      {"result-type": "starttls-not-supported", "sending-mta-ip": "2001:db8:abcd:0013::1", "receiving-mx-hostname": "mx2.mail.house.test", "receiving-ip": "203.0.113.56", "failed-session-count": 200, "additional-information": "https://reports.company-x.example/report_info ? id = 5065427 c - 23 d3# StarttlsNotSupported"},
      {"result-type": "validation-failure", "sending-mta-ip": "198.51.100.62", "receiving-ip": "203.0.113.58", "receiving-mx-hostname": "mx-backup.mail.house.test", "failed-session-count": 3, "failure-reason-code": "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED"}
    ]
  }]
}"#;

#[test]
fn the_example_is_read_and_written() {
    let report = TlsReport::read(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(report.organization, "Company-X");
    assert_eq!(rfc3339(report.begin), "2016-04-01T00:00:00Z");
    let [policy] = report.policies.as_slice() else {
        panic!("{report:#?}");
    };
    assert_eq!(
        (policy.kind, policy.domain.as_str()),
        (PolicyKind::Sts, "house.test")
    );
    assert_eq!((policy.successes, policy.failures), (5326, 303));
    assert_eq!(policy.details[1].count, 200);
    assert_eq!(
        policy.details[2].reason,
        "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED"
    );
    assert_eq!(TlsReport::read(report.write().as_bytes()).unwrap(), report);
}

/// Google's one host as a text, Microsoft's counts, Yahoo's missing parts, numbers in quotes.
#[test]
fn odd_ones_are_read() {
    let odd = r#"{"organization-name":"Google Inc.","contact-info":null,"report-id":17,"date-range":{},
        "policies":[{"policy":{"policy-type":"no-policy-found","policy-domain":"house.test.","mx-host":"mx.house.test","policy-string":null},
        "summary":{"total-successful-session-count":"4","total-failure-session-count":-1}, "failure-details": null},
        {"policy":{"policy-type":"tlsa"},"extra":[[[{}]]]}]}"#;
    let report = TlsReport::read(odd.as_bytes()).unwrap();
    assert_eq!(report.id, "17");
    assert_eq!(report.policies[0].hosts, ["mx.house.test"]);
    assert_eq!(report.policies[0].domain, "house.test");
    assert_eq!(
        (report.policies[0].successes, report.policies[0].failures),
        (4, 0)
    );
    assert_eq!(report.policies[1].kind, PolicyKind::Tlsa);
}

#[test]
fn what_is_none_is_refused_and_what_is_kept_is_bounded() {
    for bad in ["", "{", "[]", "{}", "null", "{\"organization-name\": [}"] {
        assert!(TlsReport::read(bad.as_bytes()).is_err(), "{bad}");
    }
    let deep = format!("{{\"x\":{}", "[".repeat(1 << 20));
    assert!(TlsReport::read(deep.as_bytes()).is_err());
    let many = format!(
        "{{\"contact-info\":\"x\",\"policies\":[{}{{}}]}}",
        "{},".repeat(100_000)
    );
    let report = TlsReport::read(many.as_bytes()).unwrap();
    assert_eq!(report.policies.len(), POLICIES_MAX);
    let details = format!("{}{{}}", "{},".repeat(100_000));
    let many =
        format!("{{\"contact-info\":\"x\",\"policies\":[{{\"failure-details\":[{details}]}}]}}");
    let report = TlsReport::read(many.as_bytes()).unwrap();
    assert_eq!(report.policies[0].details.len(), DETAILS_MAX);
    assert!(TlsReport::read(&vec![b' '; UNPACKED_MAX + 1]).is_err());
    for end in 0..EXAMPLE.len() {
        assert!(TlsReport::read(&EXAMPLE.as_bytes()[..end]).is_err());
    }
}
