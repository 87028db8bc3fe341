//! What the box looks after while it runs: its certificates, its disk, whether names can be looked up, whether there is new mail, old copies of refused mail. What is wrong is reported to
//! [`Health`]; what is well again is taken back.
//!
//! Promises: nothing looks more often than once a minute, and what can be waited for is waited for.

use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_io::Timer;
use futures_lite::future::zip;
use store::Store;

use crate::clock::Clock;
use crate::health::{self, Fact, Health, Part};
use crate::log;
use crate::resolver::Resolver;
use crate::tls::Certificates;
use crate::wanted;

/// How often the certificates' files are looked at. They are renewed weeks ahead.
const CERTIFICATES_PERIOD: Duration = Duration::from_secs(60);
/// So many days before its end a certificate is worth a word: whoever renews by themselves does it a month ahead.
const ENDS_SOON: i64 = 14;
const DAY: i64 = 24 * 60 * 60;

/// What is looked after.
pub(crate) struct Watch {
    /// The data folder.
    pub(crate) data: PathBuf,
    pub(crate) store: Store,
    pub(crate) certificates: Arc<Certificates>,
    pub(crate) resolver: Resolver,
    pub(crate) clock: Clock,
    /// The light tells of new mail.
    pub(crate) unread: bool,
    pub(crate) health: Health,
}

impl Watch {
    /// For ever.
    pub(crate) async fn run(self) {
        let health = &self.health;
        let certificates = certificates(&self.certificates, &self.clock, health);
        let unread = async {
            if self.unread {
                health::unread(self.store.clone(), health.clone()).await;
            }
        };
        let ground = health::disk(&self.data, self.store.clone(), health.clone());
        let names = health::names(self.resolver, health.clone());
        let rejects = wanted::keep_small(self.store.clone(), self.clock.clone());
        zip(zip(zip(certificates, unread), rejects), zip(ground, names)).await;
    }
}

/// Takes changed certificate files into use, and tells when one ends soon.
async fn certificates(certificates: &Certificates, clock: &Clock, health: &Health) {
    loop {
        look_at_the_end(certificates.first_to_end(), clock.date(), health);
        Timer::after(CERTIFICATES_PERIOD).await;
        if let Some(loaded) = certificates.reload_if_changed() {
            certificates_loaded("the files have changed", loaded, health);
        }
    }
}

/// `first`: the one that ends first, and when; `now`: unix seconds. Without a clock that is trusted nothing is judged.
fn look_at_the_end(first: Option<(PathBuf, i64)>, now: Option<i64>, health: &Health) {
    let Some((file, ends)) = first else {
        return health.well(Part::CertificateTime);
    };
    let Some(now) = now else { return };
    match ends.saturating_sub(now).div_euclid(DAY) {
        days @ ..=ENDS_SOON => health.report(Fact::CertificateExpires {
            name: file.display().to_string(),
            days,
        }),
        _ => health.well(Part::CertificateTime),
    }
}

/// Loads the certificates again because somebody wants it, and tells how that went.
pub(crate) fn reload_certificates(
    reason: &str,
    certificates: &Certificates,
    clock: &Clock,
    health: &Health,
) {
    certificates_loaded(reason, certificates.reload(), health);
    look_at_the_end(certificates.first_to_end(), clock.date(), health);
}

/// Tells how loading the certificates again went, for whatever reason it was done.
fn certificates_loaded(reason: &str, loaded: Result<(), impl Display>, health: &Health) {
    match loaded {
        Ok(()) => {
            log::info(
                0,
                format_args!("{reason}: the certificates are loaded again and in use"),
            );
            health.well(Part::CertificateFiles);
        }
        Err(error) => health.report(Fact::CertificateFile {
            reason: error.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::test_support::Folder;
    use crate::tls::PemPair;

    #[test]
    fn certificates_that_are_good_again_take_the_fact_away() {
        let health = Health::default();
        certificates_loaded("SIGHUP", Err("bad.pem holds no certificate"), &health);
        assert_eq!(health.facts().len(), 1);
        assert!(health.facts()[0].sentence().contains("bad.pem"));
        certificates_loaded("SIGHUP", Ok::<(), &str>(()), &health);
        assert!(health.facts().is_empty());
    }

    /// A file with a certificate that ends at the beginning of this day of 2030's January.
    fn ending(folder: &Folder, name: &str, day: u8) -> PemPair {
        let path = folder.0.join(name);
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["a.test".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2030, 1, day);
        let made = params.self_signed(&key).unwrap();
        std::fs::write(&path, format!("{}{}", made.pem(), key.serialize_pem())).unwrap();
        PemPair {
            certificate: path.clone(),
            key: path,
            named_in: String::new(),
        }
    }

    #[test]
    fn a_certificate_that_ends_soon_is_told_until_it_is_replaced() {
        let folder = Folder::new();
        let pairs = vec![
            ending(&folder, "late.pem", 28),
            ending(&folder, "early.pem", 20),
        ];
        let certificates = Certificates::open(&folder.0, "a.test", pairs).unwrap();
        let health = Health::default();
        // The first of January 2030.
        let new_year = 1_893_456_000;
        let look = |day: i64| {
            let now = Some(new_year + (day - 1) * DAY);
            look_at_the_end(certificates.first_to_end(), now, &health);
            let facts = health.facts();
            facts.first().map(|fact| match fact {
                Fact::CertificateExpires { name, days } => {
                    assert!(
                        name.ends_with("early.pem") || name.ends_with("late.pem"),
                        "{name}"
                    );
                    *days
                }
                other => panic!("{other:?}"),
            })
        };
        assert_eq!(look(5), None);
        assert_eq!(look(6), Some(14));
        assert_eq!(look(20), Some(0));
        assert_eq!(look(21), Some(-1));
        assert_eq!(health.facts()[0].key(), "certificate-expired");
        look_at_the_end(certificates.first_to_end(), None, &health);
        assert_eq!(health.facts().len(), 1, "without a clock nothing is judged");
        ending(&folder, "early.pem", 31);
        certificates.reload().unwrap();
        assert_eq!(look(10), None, "a new one in its place");
        assert_eq!(look(14), Some(14), "the other one's turn");
    }

    #[test]
    fn the_boxs_own_certificate_is_never_told() {
        let folder = Folder::new();
        let certificates = Certificates::open(&folder.0, "a.test", Vec::new()).unwrap();
        assert_eq!(certificates.first_to_end(), None);
    }
}
