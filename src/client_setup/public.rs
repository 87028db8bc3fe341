//! The documents for everyone, as the web server asks for them.

use std::sync::Arc;

use super::reply;
use crate::control::Household;
use crate::life::Current;
use crate::setup::household::house::house;
use crate::web::{Boxed, Reply, Request, Site};

/// Answers what every program on earth may ask.
#[derive(Clone)]
pub struct Public {
    household: Current<Household>,
    certificate: Arc<dyn Fn() -> Option<Vec<u8>> + Send + Sync>,
}

impl Public {
    /// For the house of the present life, with the certificate (DER) that mail programs get there.
    pub fn new(
        household: Current<Household>,
        certificate: Arc<dyn Fn() -> Option<Vec<u8>> + Send + Sync>,
    ) -> Public {
        Public {
            household,
            certificate,
        }
    }
}

impl Site for Public {
    fn answer(&self, request: Request) -> Boxed<Reply> {
        let this = self.clone();
        Box::pin(async move {
            let household = this.household.get().await;
            reply(&house(&household, (this.certificate)()), &request)
        })
    }
}
