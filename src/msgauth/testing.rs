//! What the tests share: a DNS written by hand, and machines driven against it.

use std::collections::BTreeMap;

use dns::{Answer, Data, Failure, Kind};

use crate::question::{Question, Reply};
use crate::spf::{Client, Identity, Spf, SpfVerdict};

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
