//! Subjects, references and stored records: base subjects have one form, threading notes and records of any octets are read without panic, and
//! what is stored of a message is what its header says.
#![no_main]

use imap::record::{self, Address, FieldFilter, Record, Threading};
use libfuzzer_sys::fuzz_target;
use mail::subject::base_subject;

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else {
        return;
    };
    match kind % 4 {
        0 => subject(rest),
        1 => {
            if let Some(threading) = Threading::new(rest) {
                let _ = (threading.root(), format!("{threading:?}"));
            }
        }
        2 => read(rest),
        _ => {
            let mut parser = mail::Parser::new();
            parser.feed(rest);
            let message = parser.finish();
            let stored = record::render(&message);
            let again = Record::new(&stored).unwrap();
            assert!(
                again
                    .threading()
                    .is_some_and(|notes| Threading::new(notes).is_some())
            );
            assert!(
                again
                    .preview()
                    .is_none_or(|preview| preview.chars().count() <= 200)
            );
            read(&stored);
            // Broken anywhere, it is still read to its end.
            if let Some(at) = rest
                .first_chunk()
                .map(|four| u32::from_be_bytes(*four) as usize % stored.len().max(1))
            {
                let mut broken = stored;
                if let Some(octet) = broken.get_mut(at) {
                    *octet ^= kind | 1;
                }
                read(&broken);
            }
        }
    }
});

fn subject(value: &[u8]) {
    let first = base_subject(value);
    assert!(!first.text.contains("  "));
    if !value.windows(2).any(|two| two == b"=?") && std::str::from_utf8(value).is_ok() {
        let second = base_subject(first.text.as_bytes());
        assert_eq!(second.text, first.text);
        assert!(!second.reply, "{:?} still has a mark", first.text);
        let replied = [b"Re: ", value].concat();
        assert_eq!(base_subject(&replied).text, first.text);
    }
}

fn read(stored: &[u8]) {
    let Some(record) = Record::new(stored) else {
        return;
    };
    let mut out = Vec::new();
    for utf8 in [false, true] {
        out.extend_from_slice(record.envelope(utf8));
        record.body(utf8, &mut out);
        record.body_structure(utf8, &mut out);
    }
    let _ = (record.preview(), record.sent_day());
    if let Some(notes) = record.threading()
        && let Some(threading) = Threading::new(notes)
    {
        let _ = (threading.root(), format!("{threading:?}"));
    }
    let said = record.said();
    let _ = said.subject();
    for of in [Address::From, Address::To, Address::Cc] {
        let _ = (said.mailbox(of), said.display(of));
    }
    for part in record.parts().take(1_000) {
        let _ = Record::preview_from(&part, b"<p>octets</p> =C3=A4 of any kind");
        let _ = FieldFilter::new(&["subject"], false);
    }
    let _ = (
        record.part(&[]),
        record.part(&[1]),
        record.part(&[2, 1, 3]),
        record.preview_part(),
    );
}
