//! What the tests share: a DNS written by hand, and machines driven against it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dns::{Answer, Data, Failure, Kind};

use crate::dkim::{
    BodyCanonicalizer, Canonicalization, FieldCanonicalizer, Records, SigningKeys, Tags,
    generate_ed25519,
};
use crate::head::Head;
use crate::question::{Question, Reply};
use crate::spf::{Client, Identity, Spf, SpfVerdict};
use crate::verify::{Circumstances, Verdicts, Verifier};

/// Names and their records; a name that is not there does not exist.
#[derive(Default)]
pub(crate) struct Zone {
    pub(crate) records: BTreeMap<String, Vec<Data>>,
    /// Names about which nobody answers, for a kind or for all.
    pub(crate) silent: Vec<(String, Option<Kind>)>,
    pub(crate) asked: Vec<Question>,
}

impl Zone {
    /// Rows of `name TXT text`, `name A address`, `name MX preference host`, `name PTR name`, `name CNAME name`, `name TIMEOUT`.
    pub(crate) fn of(rows: &str) -> Zone {
        let mut zone = Zone::default();
        for row in rows.lines().map(str::trim).filter(|row| !row.is_empty()) {
            let mut words = row.splitn(3, ' ');
            let (name, kind) = (words.next().unwrap(), words.next().unwrap());
            zone.add(name, kind, words.next().unwrap_or_default());
        }
        zone
    }

    pub(crate) fn add(&mut self, name: &str, kind: &str, value: &str) {
        let data = match kind {
            "TXT" => Data::Txt(value.as_bytes().to_vec()),
            "A" => Data::A(value.parse().unwrap()),
            "AAAA" => Data::Aaaa(value.parse().unwrap()),
            "PTR" => Data::Ptr(value.to_ascii_lowercase()),
            "CNAME" => Data::Cname(value.to_ascii_lowercase()),
            "MX" => {
                let (preference, host) = value.split_once(' ').unwrap();
                Data::Mx {
                    preference: preference.parse().unwrap(),
                    exchange: host.to_ascii_lowercase(),
                }
            }
            "TIMEOUT" => {
                self.silent.push((name.to_ascii_lowercase(), None));
                return;
            }
            other => panic!("no kind {other}"),
        };
        self.records
            .entry(name.to_ascii_lowercase())
            .or_default()
            .push(data);
    }

    pub(crate) fn reply(&mut self, question: &Question) -> Reply {
        self.asked.push(question.clone());
        let mut name = question.name.clone();
        let silent =
            |name: &str, kind: Option<Kind>| self.silent.contains(&(name.to_owned(), kind));
        for _ in 0..5 {
            if silent(&name, Some(question.kind)) || name.starts_with("error.") {
                return Err(Failure::TimedOut);
            }
            let Some(records) = self.records.get(&name) else {
                if silent(&name, None) {
                    return Err(Failure::TimedOut);
                }
                return Err(Failure::NoSuchName { validated: false });
            };
            let wanted = |data: &&Data| kind_of(data) == question.kind;
            let data: Vec<Data> = records.iter().filter(wanted).cloned().collect();
            if !data.is_empty() {
                return Ok(Answer {
                    data,
                    name,
                    validated: false,
                });
            }
            if silent(&name, None) {
                return Err(Failure::TimedOut);
            }
            let alias = records.iter().find_map(|data| match data {
                Data::Cname(target) => Some(target.clone()),
                _ => None,
            });
            match alias {
                Some(alias) => name = alias,
                None => return Err(Failure::NoData { validated: false }),
            }
        }
        Err(Failure::Refused("an endless alias".into()))
    }

    pub(crate) fn spf(&mut self, ip: &str, helo: &str, from: &str) -> SpfVerdict {
        let client = Client {
            address: ip.parse().unwrap(),
            helo: helo.into(),
            mail_from: from.into(),
        };
        let mut spf = Spf::new(
            &client,
            Identity::MailFrom,
            "receiver.test",
            Some(1_700_000_000),
        );
        while let Some(question) = spf.wants().cloned() {
            assert!(self.asked.len() < 200, "it asks for ever");
            let reply = self.reply(&question);
            spf.give(&reply);
        }
        spf.verdict().unwrap().clone()
    }
}

pub(crate) fn kind_of(data: &Data) -> Kind {
    match data {
        Data::A(_) => Kind::A,
        Data::Aaaa(_) => Kind::Aaaa,
        Data::Mx { .. } => Kind::Mx,
        Data::Txt(_) => Kind::Txt,
        Data::Ptr(_) => Kind::Ptr,
        Data::Cname(_) => Kind::Cname,
        Data::Tlsa { .. } => Kind::Tlsa,
        Data::Srv { .. } => Kind::Srv,
    }
}

/// A key that signs nothing but tests, and the record of its public half.
pub(crate) fn rsa_keys() -> (SigningKeys, String) {
    let rsa = include_bytes!("dkim/test_rsa2048.pk8");
    let keys = SigningKeys::load(&generate_ed25519().unwrap(), rsa).unwrap();
    let record = Records::of(&keys).rsa;
    (keys, record)
}

/// `message` with a field `DKIM-Signature: tags; bh=..; b=..` on top, signed with [`rsa_keys`] in the forms that the tags name. `hashed`: octets of the body that count.
pub(crate) fn signed(message: &str, tags: &str, hashed: Option<usize>) -> String {
    let (keys, _) = rsa_keys();
    let list = Tags::parse(tags).unwrap();
    let relaxed = |word: &str| match word {
        "relaxed" => Canonicalization::Relaxed,
        _ => Canonicalization::Simple,
    };
    let (header, body) = list
        .get("c")
        .unwrap_or("simple/simple")
        .split_once('/')
        .unwrap();
    let mut canonical = Vec::new();
    let mut machine = BodyCanonicalizer::new(relaxed(body));
    let text = message.split_once("\r\n\r\n").unwrap().1;
    machine.feed(text.as_bytes(), &mut |octets| {
        canonical.extend_from_slice(octets)
    });
    machine.finish(&mut |octets| canonical.extend_from_slice(octets));
    canonical.truncate(hashed.unwrap_or(usize::MAX));
    let hash = ring::digest::digest(&ring::digest::SHA256, &canonical);
    let field = format!(
        "DKIM-Signature: {tags};\r\n bh={};\r\n b=",
        STANDARD.encode(hash)
    );
    let mut head = Head::default();
    head.hear_all(message.as_bytes());
    let mut data = Vec::new();
    let names = list.get("h").unwrap().split(':').map(str::trim);
    head.select(relaxed(header), names, &mut data);
    let mut machine = FieldCanonicalizer::new(relaxed(header));
    machine.feed(field.as_bytes(), &mut data);
    machine.finish(&mut data);
    data.truncate(data.len() - 2);
    let signature = STANDARD.encode(keys.sign_rsa(&data).unwrap());
    format!("{field}{signature}\r\n{message}")
}

/// What the verifier says of a message that comes in pieces of `step` octets.
pub(crate) fn judged(
    zone: &mut Zone,
    message: &[u8],
    client: Option<&Client>,
    step: usize,
    now: Option<i64>,
) -> Verdicts {
    let circumstances = Circumstances {
        receiver: "mail.house.test".into(),
        now,
        sample: 50,
    };
    let mut verifier = Verifier::new(circumstances, client);
    for piece in message.chunks(step) {
        verifier.feed(piece);
    }
    verifier.end();
    let mut rounds = 0;
    loop {
        let needs = verifier.needs();
        if needs.is_empty() {
            return verifier.verdicts().unwrap();
        }
        assert_eq!(verifier.verdicts(), None);
        rounds += 1;
        assert!(rounds < 200, "it asks for ever");
        for question in needs {
            let reply = zone.reply(&question);
            verifier.give(&question, &reply);
        }
    }
}
