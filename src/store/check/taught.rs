//! What people have taught: rows of people who are there, of known shapes, as many as are counted.

use std::collections::BTreeMap;

use super::Findings;
use crate::error::Result;
use crate::ids::AccountId;
use crate::look::Look;
use crate::records::{Due, Learned, REPUTATION_KEY, TaughtCounts};
use crate::schema::{CHUNK, key};

/// Of one person.
#[derive(Default)]
struct Found {
    seed: bool,
    head: bool,
    learned: u32,
    reputations: u32,
    pieces: u32,
}

pub(super) fn check(look: Look<'_>, findings: &mut Findings) -> Result<()> {
    let mut people: BTreeMap<AccountId, Found> = BTreeMap::new();
    for row in look.prefixed(&[key::TAUGHT])? {
        let (at, octets) = row?;
        let Some((account, kind)) = key::taught_whose(at) else {
            findings.add("a row of what was taught is of no known shape".into());
            continue;
        };
        let found = people.entry(account).or_default();
        let of_message = key::taught_gid(at).is_some();
        let sound = match kind {
            key::SEED => {
                found.seed = true;
                at.len() == 6 && octets.len() == 8
            }
            key::TABLE_HEAD => {
                found.head = true;
                at.len() == 6 && !octets.is_empty()
            }
            key::COUNTS => at.len() == 6 && TaughtCounts::read(octets).is_ok(),
            key::DUE => of_message && Due::read(octets).is_ok(),
            key::LEARNED => {
                found.learned = found.learned.saturating_add(1);
                of_message && Learned::read(octets).is_ok()
            }
            key::REPUTATION => {
                found.reputations = found.reputations.saturating_add(1);
                at.len() == 6 + REPUTATION_KEY && !octets.is_empty()
            }
            key::TABLE_NOTES => {
                found.pieces = found.pieces.saturating_add(1);
                at.len() == 8 && !octets.is_empty()
            }
            key::TABLE_CHUNKS => {
                found.pieces = found.pieces.saturating_add(1);
                at.len() == 8 && octets.len() == CHUNK
            }
            _ => false,
        };
        if !sound {
            findings.add(format!(
                "a row of what account {} has taught (kind {kind}) is of no known shape",
                account.0
            ));
        }
    }
    for (account, found) in people {
        one(look, account, &found, findings)?;
    }
    Ok(())
}

fn one(look: Look<'_>, account: AccountId, found: &Found, findings: &mut Findings) -> Result<()> {
    if look.account_record(account).is_err() {
        findings.add(format!(
            "what account {} has taught belongs to nobody",
            account.0
        ));
        return Ok(());
    }
    let counts = look.taught_counts(account).unwrap_or_default();
    if (counts.learned, counts.reputations) != (found.learned, found.reputations) {
        findings.add(format!(
            "account {} counts {} messages learned and {} reputations, but there are {} and {}",
            account.0, counts.learned, counts.reputations, found.learned, found.reputations
        ));
    }
    if !found.seed && (found.learned > 0 || found.reputations > 0 || found.pieces > 0) {
        findings.add(format!(
            "what account {} has taught was learned under a seed that is gone",
            account.0
        ));
    }
    if !found.head && found.pieces > 0 {
        findings.add(format!(
            "the junk table of account {} has no head",
            account.0
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::checked::Folder;
    use crate::records::{Learned, Said};
    use crate::schema::key;
    use crate::{AccountId, Credentials, Gid, Options, Result, Store, WriteTx};

    const ANN: AccountId = AccountId(1);
    const BOB: AccountId = AccountId(2);

    fn taught(folder: &Folder) -> Store {
        let store = Store::open(folder.path(), Options::default()).unwrap();
        let address = mail::Address::parse("ann@example.org").unwrap();
        let deed = store.write(move |tx| {
            tx.create_account(&address, &Credentials::default(), 0)?;
            tx.make_taught_seed(ANN)?;
            tx.put_junk_head(ANN, &[1; 16])?;
            tx.put_junk_note(ANN, 3, &[1; 16])?;
            tx.put_junk_chunk(ANN, 1023, &[1; 4080])?;
            tx.put_reputation(ANN, &[1; 9], &[1; 8], |_| 0)?;
            let learned = Learned {
                said: Said::Wanted,
                meant: true,
                day: 1,
                version: 1,
                keys: vec![[1; 9]],
            };
            tx.put_learned(ANN, Gid(77), Some(&learned))
        });
        deed.wait().unwrap();
        store
    }

    #[test]
    fn each_kind_of_damage_is_named() {
        let folder = Folder::new();
        assert_eq!(taught(&folder).check().unwrap(), Vec::<String>::new());
        type Damage = fn(&mut WriteTx<'_>) -> Result<()>;
        let damages: [(&str, Damage); 9] = [
            ("under a seed that is gone", |tx| {
                tx.delete(&key::taught(ANN, key::SEED)).map(|_| ())
            }),
            ("has no head", |tx| {
                tx.delete(&key::taught(ANN, key::TABLE_HEAD)).map(|_| ())
            }),
            ("counts 0 messages learned and 0 reputations", |tx| {
                tx.delete(&key::taught(ANN, key::COUNTS)).map(|_| ())
            }),
            ("(kind 4)", |tx| {
                tx.put(&key::taught_of(ANN, key::LEARNED, Gid(77)), &[9])
            }),
            ("(kind 3)", |tx| {
                tx.put(&key::taught_of(ANN, key::DUE, Gid(77)), &[0, 7])
            }),
            ("(kind 7)", |tx| {
                tx.put(&key::taught_piece(ANN, key::TABLE_CHUNKS, 5), &[0; 4079])
            }),
            ("(kind 9)", |tx| tx.put(&key::taught(ANN, 9), &[0])),
            ("no known shape", |tx| tx.put(&[key::TAUGHT, 1], &[0])),
            ("belongs to nobody", |tx| {
                tx.put(&key::taught(BOB, key::SEED), &[0; 8])
            }),
        ];
        for (said, damage) in damages {
            let folder = Folder::new();
            let store = taught(&folder);
            store.write(damage).wait().unwrap();
            let found = store.check().unwrap();
            assert!(
                found.iter().any(|sentence| sentence.contains(said)),
                "{said}: {found:?}"
            );
        }
    }
}
