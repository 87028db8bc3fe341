//! The certificates, looked after while the box runs: their files, and how long they are good. What is wrong is reported to [`Health`]; what is well again is
//! taken back.

use std::fmt::Display;
use std::sync::Arc;

use crate::health::{Fact, Health, Part};
use crate::log;
use crate::tls::Certificates;

/// Takes changed certificate files into use, for ever.
pub(crate) async fn certificates(certificates: Arc<Certificates>, health: Health) {
    certificates
        .watch(|loaded| certificates_loaded("the files have changed", loaded, &health))
        .await;
}

/// Tells how loading the certificates again went, for whatever reason it was done.
pub(crate) fn certificates_loaded(reason: &str, loaded: Result<(), impl Display>, health: &Health) {
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

    #[test]
    fn certificates_that_are_good_again_take_the_fact_away() {
        let health = Health::default();
        certificates_loaded("SIGHUP", Err("bad.pem holds no certificate"), &health);
        assert_eq!(health.facts().len(), 1);
        assert!(health.facts()[0].sentence().contains("bad.pem"));
        certificates_loaded("SIGHUP", Ok::<(), &str>(()), &health);
        assert!(health.facts().is_empty());
    }
}
