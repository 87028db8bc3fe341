//! The records that make a domain's mail work: what to publish, and what is there.

use mail::idna;
use store::Read as _;

use super::{Answer, Household};
use crate::accounts::{Refusal, RefusalKind};
use crate::publish::{
    Facts, can_mail_leave, check, findings_json, findings_text, records_json, records_text,
};

impl Household {
    pub(super) async fn dns(&self, domain: Option<String>) -> Result<Answer, Refusal> {
        let domain = self.domain(domain)?;
        let facts = self.facts(&domain).await?;
        Ok(Answer::done(records_text(&domain, &facts)).with(records_json(&domain, &facts)))
    }

    pub(super) async fn dns_check(&self, domain: Option<String>) -> Result<Answer, Refusal> {
        let domain = self.domain(domain)?;
        let facts = self.facts(&domain).await?;
        let findings = check(&domain, &facts, &self.resolver).await;
        let line = can_mail_leave(&self.resolver, &facts.relay).await;
        let text = findings_text(&domain, &findings, Some(&line));
        Ok(Answer::done(text).with(findings_json(&domain, &findings, Some(&line))))
    }

    /// What is known of the box that decides about its records.
    pub(crate) async fn facts(&self, domain: &str) -> Result<Facts, Refusal> {
        let keys = self.signing.keys(domain).await;
        let keys = keys.map_err(|error| Refusal::new(RefusalKind::Failed, error.to_string()))?;
        let relays = self.accounts.store().read()?.relays()?;
        let tls_key = self
            .running
            .as_ref()
            .and_then(|running| (running.mail_key)());
        Ok(Facts {
            tls_key,
            serves_web: !self.settings.listen.http_addresses().is_empty(),
            // One that the box made itself is believed by nobody; one that was brought is taken to be from an authority.
            believed: self.settings.tls.certificate.is_some(),
            ..Facts::new(&self.settings.hostname, &relays, Some(&keys))
        })
    }

    /// The domain asked about, in A-labels; the main one if none was named. It must be the house's own: keys are made for it.
    fn domain(&self, named: Option<String>) -> Result<String, Refusal> {
        let named = named.unwrap_or_else(|| self.settings.main_domain().to_owned());
        let Some(domain) = idna::to_ascii(&named) else {
            return Err(Refusal::not_allowed(format!(
                "\"{named}\" is no domain; write it like example.org"
            )));
        };
        let read = self.accounts.store().read()?;
        if !self.accounts.is_own_domain(&read, &domain)? {
            return Err(Refusal::not_allowed(format!(
                "{named} is not a domain of this house; add it to `domains` in the settings first"
            )));
        }
        Ok(domain)
    }
}
