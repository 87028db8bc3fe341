//! Bans and known networks that are not what they say.

use super::Damage;
use crate::schema::key;
use crate::{AccountId, BanRow, KnownRow, NetworkRow};

pub(super) const DAMAGES: [(&str, Damage); 4] = [
    ("a known network belongs to nobody", |tx| {
        tx.put(&key::of(key::KNOWN, AccountId(9)), &[0, 0])
    }),
    ("a ban cannot be read", |tx| {
        let network = NetworkRow {
            address: [0; 16],
            prefix: 0,
        };
        tx.put(&key::ban(&network, 1), &[])
    }),
    ("a ban is of no network", |tx| {
        let network = NetworkRow {
            address: [1; 16],
            prefix: 64,
        };
        let ban = BanRow {
            network,
            doors: 1,
            why: 0,
            since: 0,
            until: None,
            times: 1,
        };
        tx.put_bans(&[ban])
    }),
    ("is known from what is no network", |tx| {
        let network = NetworkRow {
            address: [1; 16],
            prefix: 129,
        };
        let known = KnownRow {
            networks: vec![(network, 1)],
            told: None,
        };
        tx.set_known(AccountId(1), &known)
    }),
];
