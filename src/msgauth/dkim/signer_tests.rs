use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{
    ED25519, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};

use super::super::{KeyKind, KeyRecord, RecordError, Records, Tags as TagList};
use super::*;

/// RFC 8463 §A.1.
const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
/// A key that signs nothing but these tests; RFC 8463's own has 1024 bits and may not sign any more (RFC 8301 §3.2).
const RSA: &[u8] = include_bytes!("test_rsa2048.pk8");
/// RFC 8463 §A.2.
const BRISBANE: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const TEST: &str = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR\
    iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC\
    DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3\
    Ip3G+2kryOTIKT+l/K4w3QIDAQAB";
/// RFC 8463 §A.3; the RFC's text shows two spaces between the sentences where the signed message has one.
const DINNER: &str = "From: Joe SixPack <joe@football.example.com>\r\n\
    To: Suzie Q <suzie@shopping.example.net>\r\n\
    Subject: Is dinner ready?\r\n\
    Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
    Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\
    \r\n\
    Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
const DINNER_SIGNATURES: [&str; 2] = [
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n \
    d=football.example.com; i=@football.example.com;\r\n \
    q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n \
    subject : date : message-id : from : subject : date;\r\n \
    bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n \
    b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n \
    Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n",
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n \
    d=football.example.com; i=@football.example.com;\r\n \
    q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n \
    date : message-id : from : subject : date;\r\n \
    bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n \
    b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n \
    DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n \
    dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n",
];

fn keys() -> SigningKeys {
    let mut ed25519 = vec![
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ];
    ed25519.extend(STANDARD.decode(SEED).unwrap());
    SigningKeys::load(&ed25519, RSA).unwrap()
}

fn sign(message: &[u8], step: usize, time: Option<i64>) -> Result<String, SignError> {
    let selectors = Selectors {
        ed25519: "pb2026e".into(),
        rsa: "pb2026r".into(),
    };
    let keys = keys();
    let mut signer = Signer::new(&keys, "House.test", selectors, HeaderList::STANDARD);
    for piece in message.chunks(step) {
        signer.feed(piece);
    }
    signer.finish(time)
}

/// The fields of a message and its body.
fn taken_apart(message: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let (mut fields, mut body) = (vec![Vec::new()], Vec::new());
    let mut splitter = Splitter::new();
    let mut sink = |piece: Piece<'_>| match piece {
        Piece::Field(octets) => fields.last_mut().unwrap().extend_from_slice(octets),
        Piece::FieldEnd => fields.push(Vec::new()),
        Piece::Body(octets) => body.extend_from_slice(octets),
    };
    splitter.feed(message, &mut sink);
    splitter.finish(&mut sink);
    fields.pop();
    (fields, body)
}

fn relaxed(field: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut machine = FieldCanonicalizer::new(Canonicalization::Relaxed);
    machine.feed(field, &mut out);
    machine.finish(&mut out);
    out
}

/// A small verifier: whether `signature` (a DKIM-Signature field) holds for `message`, by the record's key.
fn holds(signature: &str, message: &[u8], record: &str) -> bool {
    let (fields, body) = taken_apart(message);
    let tags = TagList::parse(signature.split_once(':').unwrap().1).unwrap();
    let mut hash = Context::new(&SHA256);
    let mut canonical = BodyCanonicalizer::new(Canonicalization::Relaxed);
    canonical.feed(&body, &mut |octets| hash.update(octets));
    canonical.finish(&mut |octets| hash.update(octets));
    if STANDARD.encode(hash.finish()) != tags.get("bh").unwrap() {
        return false;
    }
    let canonical: Vec<(String, Vec<u8>)> = fields
        .iter()
        .map(|field| relaxed(field))
        .map(|field| {
            let text = String::from_utf8_lossy(&field).into_owned();
            (text.split(':').next().unwrap().to_owned(), field)
        })
        .collect();
    let named: Vec<(&str, &[u8])> = canonical
        .iter()
        .map(|(name, field)| (name.as_str(), field.as_slice()))
        .collect();
    let mut data = Vec::new();
    let names = tags.get("h").unwrap().split(':').map(str::trim);
    select(&named, names, &mut data);
    let (before, _) = signature.split_once(" b=").unwrap();
    data.extend(relaxed(format!("{before} b=").as_bytes()));
    data.truncate(data.len() - 2);

    let b: String = tags.get("b").unwrap().split_whitespace().collect();
    let b = STANDARD.decode(b).unwrap();
    let key = KeyRecord::parse(record).unwrap();
    let hashed = ring::digest::digest(&SHA256, &data);
    let (algorithm, public, data): (&dyn VerificationAlgorithm, _, _) = match key.kind {
        KeyKind::Ed25519 => (&ED25519, key.public, hashed.as_ref()),
        // What stands before the RSAPublicKey in a SubjectPublicKeyInfo of these sizes.
        KeyKind::Rsa if key.public.len() < 200 => (
            &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            key.public[22..].to_vec(),
            data.as_slice(),
        ),
        KeyKind::Rsa => (
            &RSA_PKCS1_2048_8192_SHA256,
            key.public[24..].to_vec(),
            data.as_slice(),
        ),
    };
    UnparsedPublicKey::new(algorithm, public)
        .verify(data, &b)
        .is_ok()
}

/// The two fields that a signer gave.
fn two(fields: &str) -> [&str; 2] {
    let second = fields.rfind("DKIM-Signature:").unwrap();
    let (first, second) = fields.split_at(second);
    [first, second]
}

fn both_hold(fields: &str, message: &[u8]) -> [bool; 2] {
    let records = Records::of(&keys());
    let [ed25519, rsa] = two(fields);
    [
        holds(ed25519, message, &records.ed25519),
        holds(rsa, message, &records.rsa),
    ]
}

#[test]
fn the_example_of_rfc_8463() {
    let message = DINNER.replace("game.  Are", "game. Are");
    assert!(holds(DINNER_SIGNATURES[0], message.as_bytes(), BRISBANE));
    assert!(holds(DINNER_SIGNATURES[1], message.as_bytes(), TEST));
    let other = message.replace("hungry", "thirsty");
    assert!(!holds(DINNER_SIGNATURES[0], other.as_bytes(), BRISBANE));
    let other = message.replace("ready", "steady");
    assert!(!holds(DINNER_SIGNATURES[0], other.as_bytes(), BRISBANE));
    assert!(!holds(DINNER_SIGNATURES[1], other.as_bytes(), TEST));
    // Ed25519 is deterministic: the same key over the same canonical octets is the RFC's very signature, and its public half the RFC's record.
    let keys = keys();
    assert_eq!(Records::of(&keys).ed25519, BRISBANE);
    let (fields, _) = taken_apart(message.as_bytes());
    let mut data: Vec<u8> = fields
        .iter()
        .flat_map(|field| {
            // from, to, subject, date, message-id is also their order.
            relaxed(field)
        })
        .collect();
    let (before, b) = DINNER_SIGNATURES[0].split_once(" b=").unwrap();
    data.extend(relaxed(format!("{before} b=").as_bytes()));
    data.truncate(data.len() - 2);
    let b: String = b.split_whitespace().collect();
    assert_eq!(STANDARD.encode(keys.sign_ed25519(&data)), b);
}

#[test]
fn the_hashes_of_an_empty_body() {
    // RFC 6376 §3.4.3 and §3.4.4.
    for (form, hash) in [
        (
            Canonicalization::Simple,
            "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=",
        ),
        (
            Canonicalization::Relaxed,
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        ),
    ] {
        let mut context = Context::new(&SHA256);
        BodyCanonicalizer::new(form).finish(&mut |octets| context.update(octets));
        assert_eq!(STANDARD.encode(context.finish()), hash);
    }
}

const AWKWARD: &[&str] = &[
    DINNER,
    "From: a@house.test\r\n\r\n",
    "From: a@house.test\r\n",
    "From: a@house.test",
    "from : a@house.test\r\nSUBJECT:\t folded\r\n\t and  folded \r\n again\r\nTo:\r\n b@c.test\r\n\r\nx\r\n\r\n\r\n",
    "Received: by x\r\nFrom: a@house.test\r\nReceived: by y\r\nX-Odd: 1\r\n\r\nno end",
    "From: \u{c4}nn <\u{e4}nn@house.test>\r\nSubject: Gr\u{fc}\u{df}e\r\n\r\nK\u{fc}sse \r\n \r\n\t\r\n",
    "Resent-To: q@r.test\r\nResent-To: s@t.test\r\nList-Id: <x>\r\nFrom: a@house.test\r\nTo: 1\r\nTo: 2\r\nTo: 3\r\n\r\n\r\n\r\n.dot\r\n",
    "From: a@house.test\r\nno field at all\r\nSubject: x\r\n\r\nb",
];

#[test]
fn both_signatures_hold_and_break_with_the_message() {
    for message in AWKWARD {
        let fields = sign(message.as_bytes(), 1000, Some(1_795_000_000)).unwrap();
        assert_eq!(
            both_hold(&fields, message.as_bytes()),
            [true, true],
            "{message:?}"
        );
        let added = format!("Subject: added\r\n{message}");
        assert_eq!(
            both_hold(&fields, added.as_bytes()),
            [false, false],
            "{message:?}"
        );
        let added = format!("content-type: text/html\r\n{message}");
        assert_eq!(
            both_hold(&fields, added.as_bytes()),
            [false, false],
            "{message:?}"
        );
        let added = format!("{message}\r\n\r\nmore");
        assert_eq!(
            both_hold(&fields, added.as_bytes()),
            [false, false],
            "{message:?}"
        );
        // What hops and lists may do.
        let passed_on = format!("Received: by z\r\nList-Post: <y>\r\nSender: l@z\r\n{message}");
        assert_eq!(
            both_hold(&fields, passed_on.as_bytes()),
            [true, true],
            "{message:?}"
        );
    }
}

#[test]
fn the_same_octets_whatever_the_pieces() {
    for message in AWKWARD {
        let whole = sign(message.as_bytes(), 100_000, None).unwrap();
        for step in [1, 2, 7] {
            assert_eq!(sign(message.as_bytes(), step, None).unwrap(), whole);
        }
    }
}

#[test]
fn fields_are_folded_and_say_what_they_should() {
    let fields = sign(AWKWARD[7].as_bytes(), 1000, Some(1_795_000_000)).unwrap();
    for line in fields.split_terminator("\r\n") {
        assert!(line.len() < 78, "{line}");
        assert!(line.starts_with("DKIM-Signature: v=1; a=") || line.starts_with(' '));
    }
    let [ed25519, rsa] = two(&fields).map(|field| {
        let value = field.split_once(':').unwrap().1;
        let unfolded = value.replace("\r\n", "");
        unfolded.trim().to_owned()
    });
    assert!(ed25519.starts_with(
        "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=house.test; s=pb2026e; t=1795000000;"
    ));
    assert!(rsa.starts_with(
        "v=1; a=rsa-sha256; c=relaxed/relaxed; d=house.test; s=pb2026r; t=1795000000;"
    ));
    let tags = TagList::parse(&ed25519).unwrap();
    let names: String = tags.get("h").unwrap().split_whitespace().collect();
    assert_eq!(
        names,
        "from:from:subject:to:to:to:to:date:cc:reply-to:message-id:in-reply-to:references:\
        mime-version:content-type:content-transfer-encoding:resent-to:resent-to:list-id"
    );
    assert!(tags.get("l").is_none());
    let untimed = sign(AWKWARD[7].as_bytes(), 1000, None).unwrap();
    assert!(!untimed.contains(" t="));
}

#[test]
fn what_is_not_signed_and_why() {
    assert_eq!(
        sign(b"Subject: x\r\n\r\n", 9, None),
        Err(SignError::NoAuthor)
    );
    assert_eq!(sign(b"", 9, None), Err(SignError::NoAuthor));
    assert_eq!(
        sign(b"\r\nFrom: a@b\r\n", 9, None),
        Err(SignError::NoAuthor)
    );
    let to = |octets: usize| format!("From: a@b\r\nTo: {}\r\n\r\n", "x".repeat(octets));
    assert!(sign(to(HEADER_MAX - 100).as_bytes(), 5000, None).is_ok());
    assert_eq!(
        sign(to(HEADER_MAX).as_bytes(), 5000, None),
        Err(SignError::HeaderTooLarge)
    );
    let many = format!("From: a@b\r\n{}\r\n", "To: x\r\n".repeat(FIELDS_MAX));
    assert_eq!(
        sign(many.as_bytes(), 5000, None),
        Err(SignError::HeaderTooLarge)
    );
    let selectors = |name: &str| Selectors {
        ed25519: name.into(),
        rsa: "r".into(),
    };
    for (domain, selector) in [
        ("h\u{e4}us.test", "e"),
        ("a b", "e"),
        ("a.test", "e;"),
        ("", "e"),
    ] {
        let keys = keys();
        let mut signer = Signer::new(&keys, domain, selectors(selector), HeaderList::STANDARD);
        signer.feed(b"From: a@b\r\n\r\n");
        assert_eq!(
            signer.finish(None),
            Err(SignError::BadName),
            "{domain} {selector}"
        );
    }
}

#[test]
fn unsigned_fields_and_white_space_cost_no_memory() {
    let keys = keys();
    let selectors = Selectors {
        ed25519: "e".into(),
        rsa: "r".into(),
    };
    let mut signer = Signer::new(&keys, "house.test", selectors, HeaderList::STANDARD);
    let blank = [b' '; 4096];
    for start in ["Subject: a", "X-Long: ", "Name-without-end"] {
        signer.feed(start.as_bytes());
        for _ in 0..256 {
            signer.feed(if start.starts_with('N') {
                &[b'n'; 4096]
            } else {
                &blank
            });
        }
        signer.feed(b"\r\n");
    }
    for _ in 0..10_000 {
        signer.feed(b"Received: by somebody; on some day\r\n");
    }
    assert!(signer.header.octets.capacity() < 1024);
    signer.feed(b"From: a@b\r\n\r\n");
    assert!(signer.finish(None).is_ok());
}

#[test]
fn records_are_read_back() {
    let keys = keys();
    let records = Records::of(&keys);
    let read = KeyRecord::parse(&records.rsa).unwrap();
    assert_eq!((read.kind, read.public), (KeyKind::Rsa, keys.rsa_public()));
    let read = KeyRecord::parse(&records.ed25519).unwrap();
    assert_eq!(
        (read.kind, read.public.as_slice()),
        (KeyKind::Ed25519, keys.ed25519_public())
    );
    assert!(KeyRecord::parse("p=").unwrap().public.is_empty());
    for (text, error) in [
        ("k=rsa; v=DKIM1; p=", RecordError::NotAKey),
        ("v=DKIM1; k=rsa", RecordError::NotAKey),
        ("v=spf1 -all", RecordError::NotAKey),
        ("v=DKIM1; k=dsa; p=", RecordError::UnknownKind),
        ("v=DKIM1; p=abcde", RecordError::NotBase64),
    ] {
        assert_eq!(KeyRecord::parse(text), Err(error), "{text}");
    }
    assert!(!format!("{keys:?}").contains("key:"));
}
