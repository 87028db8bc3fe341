//! Words on the way out: xtext, address forms, domain names, SRS and reports give back what went in, and nothing breaks out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mail::dsn::{self, Content, Kind, Original, RecipientReport, Report, Words};
use mail::source::slice;
use mail::{Address, DateTime, EnhancedStatus, Parser, domains_equal, idna, srs, xtext};

fuzz_target!(|input: &str| {
    let plain: String = input
        .chars()
        .filter(|c| !c.is_control())
        .take(100)
        .collect();
    assert_eq!(
        xtext::decode(&xtext::encode(&plain)).is_some(),
        xtext::encode(&plain).len() <= xtext::XTEXT_MAX
    );
    let _ = (xtext::decode(input), xtext::decode_utf8_addr(input));
    if let Some(orcpt) = xtext::decode_orcpt(input)
        && let Some(again) = xtext::encode_orcpt(&orcpt, true)
    {
        assert_eq!(xtext::decode_orcpt(&again), Some(orcpt));
    }
    if let Some(ascii) = idna::to_ascii(input) {
        assert!(ascii.is_ascii() && ascii.len() <= idna::NAME_MAX);
        assert_eq!(idna::to_ascii(&ascii).as_ref(), Some(&ascii));
        let shown = idna::to_unicode(&ascii);
        assert_eq!(idna::to_ascii(&shown).as_ref(), Some(&ascii));
        assert!(domains_equal(&shown, &ascii));
    }
    let hash = |text: &[u8]| {
        [text.iter()
            .fold(7u8, |h, &b| h.wrapping_mul(31).wrapping_add(b)); 32]
    };
    let _ = srs::reverse(input, 0, &hash);
    if let Ok(address) = Address::parse(input) {
        if let Ok(there) = srs::forward(&address, "ours.test", 0, &hash)
            && there != address
            && !srs::is_srs(address.local())
        {
            assert_eq!(srs::reverse(there.local(), 0, &hash), Ok(address));
        }
    }
    report(input);
});

fn report(input: &str) {
    let mut words = input.split('|').map(str::to_owned);
    let mut word = || words.next().unwrap_or_default();
    let address = Address::parse("a@b.test").unwrap();
    let recipient = RecipientReport {
        action: Kind::Failed,
        original: Some(word()),
        recipient: address.clone(),
        status: EnhancedStatus::new(5, 0, 0),
        remote: Some(word()),
        words: Some(Words::Remote(word())),
        last_attempt: None,
        retry_until: None,
        reason: word(),
        advice: word(),
    };
    let report = Report {
        kind: Kind::Failed,
        host: word(),
        from: address.clone(),
        to: address,
        date: DateTime::utc(0),
        unique: [7; 16],
        arrival: None,
        envid: Some(word()),
        content: Content::Headers,
        smtputf8: input.len() % 2 == 0,
        recipients: vec![recipient],
    };
    let letter = word().replace("--", "");
    let mut out = Vec::new();
    let mut read = slice(letter.as_bytes());
    let original = Original {
        size: letter.len() as u64,
        read: &mut read,
    };
    let Ok(written) = dsn::write(&report, original, &mut |octets| {
        out.extend_from_slice(octets);
        Ok(())
    });
    assert!(!written.binary && (report.smtputf8 || out.is_ascii()));
    let mut parser = Parser::new();
    parser.feed(&out);
    assert_eq!(parser.finish().parts.len(), 4);
}
