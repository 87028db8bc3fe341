use super::super::{RECORDS_MAX, gzip, unpack, write_aggregate};
use super::*;

/// As Google writes them.
const GOOGLE: &str = r#"<?xml version="1.0" encoding="UTF-8" ?>
<feedback>
  <report_metadata>
    <org_name>google.com</org_name>
    <email>noreply-dmarc-support@google.com</email>
    <extra_contact_info>https://support.google.com/a/answer/2466580</extra_contact_info>
    <report_id>11702817425478945632</report_id>
    <date_range>
      <begin>1795219200</begin>
      <end>1795305599</end>
    </date_range>
  </report_metadata>
  <policy_published>
    <domain>house.test</domain>
    <adkim>r</adkim>
    <aspf>r</aspf>
    <p>quarantine</p>
    <sp>reject</sp>
    <pct>100</pct>
    <np>reject</np>
  </policy_published>
  <record>
    <row>
      <source_ip>192.0.2.7</source_ip>
      <count>14</count>
      <policy_evaluated>
        <disposition>reject</disposition>
        <dkim>fail</dkim>
        <spf>fail</spf>
        <reason>
          <type>local_policy</type>
          <comment>arc=pass</comment>
        </reason>
      </policy_evaluated>
    </row>
    <identifiers>
      <header_from>house.test</header_from>
    </identifiers>
    <auth_results>
      <spf>
        <domain>spam.example</domain>
        <result>softfail</result>
      </spf>
    </auth_results>
  </record>
  <record>
    <row>
      <source_ip>2001:db8::25</source_ip>
      <count>3</count>
      <policy_evaluated>
        <disposition>none</disposition>
        <dkim>pass</dkim>
        <spf>pass</spf>
      </policy_evaluated>
    </row>
    <identifiers>
      <header_from>house.test</header_from>
    </identifiers>
    <auth_results>
      <dkim>
        <domain>house.test</domain>
        <result>pass</result>
        <selector>pb2026r</selector>
      </dkim>
      <dkim>
        <domain>house.test</domain>
        <result>neutral</result>
      </dkim>
      <spf>
        <domain>house.test</domain>
        <result>pass</result>
      </spf>
    </auth_results>
  </record>
</feedback>
"#;

/// As Microsoft writes them: attributes, another order, `envelope_to`.
const MICROSOFT: &str = r#"<?xml version="1.0"?>
<feedback xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><version>1.0</version><report_metadata><org_name>Outlook.com</org_name><email>dmarcreport@microsoft.com</email><report_id>b1c5e7d4c6f64f3c8a</report_id><date_range><begin>1795219200</begin><end>1795305600</end></date_range></report_metadata><policy_published><domain>house.test</domain><adkim>s</adkim><aspf>s</aspf><p>none</p><sp>none</sp><pct>50</pct><fo>0</fo></policy_published><record><row><source_ip>::ffff:198.51.100.9</source_ip><count>1</count><policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>pass</spf></policy_evaluated></row><identifiers><envelope_to>outlook.com</envelope_to><envelope_from>bounce.house.test</envelope_from><header_from>house.test</header_from></identifiers><auth_results><spf><domain>bounce.house.test</domain><scope>mfrom</scope><result>pass</result></spf></auth_results></record></feedback>"#;

/// As Yahoo writes them: blanks and capitals, an empty `sp`, rows that say little.
const YAHOO: &str = "\u{FEFF}<?xml version=\"1.0\"?>\r\n<!-- made by hand -->\r\n<feedback>\r\n<report_metadata><org_name>Yahoo</org_name><email> dmarchelp@yahooinc.com </email><report_id>1795305.12</report_id><date_range><begin>1795219200 </begin><end>1795305599.0</end></date_range></report_metadata><policy_published><domain>House.Test.</domain><adkim>r</adkim><aspf>r</aspf><p>REJECT</p><sp/><pct></pct></policy_published><record><row><source_ip>203.0.113.4</source_ip><count> 2 </count><policy_evaluated/></row><identifiers><header_from>house.test</header_from></identifiers><auth_results><dkim/><dkim><domain>other.example</domain><result>permerror</result></dkim><spf><domain>other.example</domain><result>hardfail</result></spf></auth_results></record></feedback>";

/// As mail.ru writes them: CDATA, entities, an address that is none, Cyrillic.
const MAIL_RU: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feedback><report_metadata><org_name>Mail.Ru</org_name><email>dmarc_support@corp.mail.ru</email><extra_contact_info>http://corp.mail.ru/en</extra_contact_info><report_id>&lt;7&amp;8&#x20;9&gt;</report_id><date_range><begin>1795219200</begin><end>1795305600</end></date_range></report_metadata><policy_published><domain><![CDATA[house.test]]></domain><p>quarantine</p></policy_published><record><row><source_ip>unknown</source_ip><count>5</count></row></record><record><row><source_ip>192.0.2.8</source_ip><count>1</count><policy_evaluated><disposition>quarantine</disposition><dkim>fail</dkim><spf>fail</spf><reason><type>other</type><comment>Пересылка</comment></reason></policy_evaluated></row><identifiers><header_from>sub.house.test</header_from></identifiers></record></feedback>";

/// DMARCbis: another namespace, `np`, `testing`, a generator.
const BIS: &str = r#"<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0"><d:version xmlns:d="x">1.0</d:version><report_metadata><org_name>Sample Reporter</org_name><email>report_sender@example-reporter.com</email><report_id>3v98abbp8ya9n3va8yr8oa3ya</report_id><date_range><begin>1795219200</begin><end>1795305600</end></date_range><generator>Example DMARC Aggregate Reporter v1.2</generator></report_metadata><policy_published><domain>house.test</domain><p>quarantine</p><sp>none</sp><np>none</np><testing>n</testing><discovery_method>treewalk</discovery_method></policy_published><record><row><source_ip>192.0.2.123</source_ip><count>123</count><policy_evaluated><disposition>pass</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row><identifiers><envelope_from>house.test</envelope_from><header_from>house.test</header_from></identifiers><auth_results><dkim><domain>house.test</domain><result>pass</result><selector>abc123</selector></dkim></auth_results></record></feedback>"#;

fn read(text: &str) -> Aggregate {
    read_aggregate(text.as_bytes()).unwrap()
}

#[test]
fn what_the_large_ones_send() {
    let report = read(GOOGLE);
    assert_eq!(report.organization, "google.com");
    assert_eq!(report.id, "11702817425478945632");
    assert_eq!((report.begin, report.end), (1_795_219_200, 1_795_305_599));
    let policy = &report.policy;
    assert_eq!(
        (policy.policy, policy.subdomains),
        (Policy::Quarantine, Policy::Reject)
    );
    let [bad, good] = report.records.as_slice() else {
        panic!("{report:#?}");
    };
    assert_eq!(bad.source.to_string(), "192.0.2.7");
    assert_eq!((bad.count, bad.disposition), (14, Policy::Reject));
    assert!(!bad.passed());
    assert_eq!(bad.reasons[0].kind, "local_policy");
    assert_eq!(bad.reasons[0].comment, "arc=pass");
    assert_eq!(bad.senders[0].domain, "spam.example");
    assert!(good.dkim && good.spf && good.passed());
    assert_eq!(good.signatures.len(), 2);
    assert_eq!(good.signatures[0].selector, "pb2026r");
    assert_eq!(good.signatures[1].selector, "");
    assert_eq!(good.signatures[1].result, "neutral");

    let report = read(MICROSOFT);
    assert_eq!(report.organization, "Outlook.com");
    assert!(report.policy.strict_dkim && report.policy.strict_spf);
    assert_eq!(report.policy.percent, 50);
    let row = &report.records[0];
    assert_eq!(row.source.to_string(), "198.51.100.9");
    assert_eq!(row.envelope_from, "bounce.house.test");
    assert!(row.spf && !row.dkim);

    let report = read(YAHOO);
    assert_eq!(report.policy.domain, "house.test");
    assert_eq!(
        (report.policy.policy, report.policy.subdomains),
        (Policy::Reject, Policy::Reject)
    );
    assert_eq!((report.begin, report.end), (1_795_219_200, 1_795_305_599));
    let row = &report.records[0];
    assert_eq!((row.count, row.disposition), (2, Policy::None));
    assert_eq!(row.signatures[1].domain, "other.example");

    let report = read(MAIL_RU);
    assert_eq!(report.id, "<7&8 9>");
    assert_eq!(report.policy.domain, "house.test");
    assert_eq!(report.left_out, 5);
    assert_eq!(report.records[0].reasons[0].comment, "Пересылка");
    assert_eq!(
        report.policy.for_domain("sub.house.test"),
        Policy::Quarantine
    );

    let report = read(BIS);
    assert_eq!(report.records[0].count, 123);
    assert_eq!(report.records[0].disposition, Policy::None);
    assert!(report.records[0].passed());
}

#[test]
fn what_is_written_is_read() {
    for text in [GOOGLE, MICROSOFT, YAHOO, MAIL_RU, BIS] {
        let report = Aggregate {
            // It is told in an element of its own.
            left_out: 0,
            ..read(text)
        };
        let written = write_aggregate(&report);
        assert_eq!(read(&written), report, "{written}");
        let packed = gzip(written.as_bytes());
        assert_eq!(unpack(&packed).unwrap(), written.as_bytes());
    }
    let odd = Aggregate {
        organization: "<&>\"'\u{1}]]>".to_owned(),
        policy: Published {
            domain: "a.test".to_owned(),
            ..Published::default()
        },
        ..Aggregate::default()
    };
    let written = write_aggregate(&odd);
    assert_eq!(read(&written).organization, "<&>\"' ]]>");
}

#[test]
fn what_does_harm_is_refused() {
    let bad = |text: &str| read_aggregate(text.as_bytes()).unwrap_err().0;
    // A billion laughs.
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol1 \"&lol;&lol;&lol;&lol;\">]><feedback><org_name>&lol1;</org_name></feedback>";
    assert_eq!(bad(laughs), "the XML declares a type of its own");
    let outside = GOOGLE.replace("google.com</org_name>", "&file;</org_name>");
    assert_eq!(bad(&outside), "the XML uses an entity of its own");
    assert_eq!(bad(&"<a>".repeat(100_000)), "the XML nests too deep");
    assert_eq!(bad("<feedback>&"), "the XML breaks off");
    assert_eq!(
        bad("<feedback>& </feedback>"),
        "the XML has an & that begins nothing"
    );
    assert_eq!(bad("</a>"), "the XML ends an element that has not begun");
    assert_eq!(bad("<a b='>'"), "the XML breaks off");
    assert_eq!(bad("hello"), "it is no DMARC aggregate report");
    assert_eq!(bad(""), "it is no DMARC aggregate report");
    assert_eq!(
        bad("<feedback></feedback>"),
        "it does not say which domain it is about"
    );
    let nobody =
        "<feedback><policy_published><domain>a.test</domain></policy_published></feedback>";
    assert_eq!(bad(nobody), "it does not say who reports");
}

#[test]
fn what_is_kept_is_bounded() {
    let (head, rest) = GOOGLE.split_once("  <record>").unwrap();
    let (row, _) = rest.split_once("</record>").unwrap();
    let row = format!("<record>{row}</record>");
    let many = format!("{head}{}</feedback>", row.repeat(RECORDS_MAX + 7));
    let report = read(&many);
    assert_eq!(report.records.len(), RECORDS_MAX);
    assert_eq!(report.left_out, 7 * 14);
    let long = GOOGLE.replace(
        "google.com</org_name>",
        &format!("{}</org_name>", "é".repeat(1 << 20)),
    );
    assert_eq!(read(&long).organization.chars().count(), 255);
    let part = "<dkim><domain>a.test</domain></dkim>";
    let parts = GOOGLE.replace(
        "<auth_results>",
        &format!("<auth_results>{}", part.repeat(5000)),
    );
    assert_eq!(read(&parts).records[0].signatures.len(), DKIM_MAX);
}

#[test]
fn wherever_it_is_cut_it_ends() {
    for text in [GOOGLE, MAIL_RU, YAHOO] {
        for end in 0..text.len() {
            let _ = read_aggregate(&text.as_bytes()[..end]);
        }
    }
}

/// Octets as they come from nowhere: whatever is read is written and read again as the same.
#[test]
fn what_is_read_of_anything_is_what_it_says() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let samples = [GOOGLE, MICROSOFT, YAHOO, MAIL_RU, BIS].map(str::as_bytes);
    const ODD: &[&[u8]] = &[
        b" ",
        b".",
        b"\x01",
        b"&#1;",
        b"&amp;",
        b"</",
        b"<",
        b">",
        b"\xFF",
        b"\xEF\xBF\xBE",
        b"]]>",
        b"<spf/>",
        b"\xE2\x80\x89",
    ];
    let mut read = 0;
    for round in 0..3_000 {
        let mut octets = samples[round % samples.len()].to_vec();
        for _ in 0..=random(4) {
            let at = random(octets.len());
            match random(3) {
                0 => octets[at] = ODD[random(ODD.len())][0],
                1 => drop(octets.splice(at..at, ODD[random(ODD.len())].iter().copied())),
                _ => {
                    let end = (at + random(40)).min(octets.len());
                    octets.drain(at..end);
                }
            }
        }
        if let Ok(mut report) = read_aggregate(&octets) {
            read += 1;
            report.left_out = 0;
            let again = read_aggregate(write_aggregate(&report).as_bytes());
            assert_eq!(
                again.as_ref(),
                Ok(&report),
                "{}",
                String::from_utf8_lossy(&octets)
            );
        }
    }
    assert!(read > 500, "{read}");
}
