//! The documents for everyone, as the web server asks for them.

use super::reply;
use crate::life::Ground;
use crate::setup::household::house::{certificate, house};
use crate::web::{Boxed, Reply, Request, Site};

/// Answers what every program on earth may ask, for the house of the present life.
#[derive(Clone)]
pub struct Public {
    ground: Ground,
}

impl Public {
    /// On this ground.
    pub fn new(ground: Ground) -> Public {
        Public { ground }
    }
}

impl Site for Public {
    fn answer(&self, request: Request) -> Boxed<Reply> {
        let ground = self.ground.clone();
        Box::pin(async move {
            let household = ground.household.get().await;
            reply(&house(&household, certificate(&ground)), &request)
        })
    }
}
