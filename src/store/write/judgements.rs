//! What was decided on a person's mail, for those who ask why: a ring, so that it stays small whatever comes.

use super::WriteTx;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::look::Look;
use crate::schema::key;

/// Judgements that are kept of a person's mail: some weeks of a household's, below 1 MB.
pub const JUDGEMENTS_MAX: u64 = 1000;
/// Octets of one: it lies inside a leaf, so that it never takes pages of its own.
pub const JUDGEMENT_OCTETS_MAX: usize = 1500;

impl WriteTx<'_> {
    /// Keeps one more judgement, opaque, in the deed that does what it says; the oldest one beyond [`JUDGEMENTS_MAX`] goes.
    ///
    /// Errors: `NoSuchAccount`; `NotAllowed` if it is longer than [`JUDGEMENT_OCTETS_MAX`].
    pub fn note_judgement(&mut self, account: AccountId, record: &[u8]) -> Result<()> {
        self.look().account_head(account)?;
        if record.len() > JUDGEMENT_OCTETS_MAX {
            return Err(Error::NotAllowed("a judgement has at most 1500 octets"));
        }
        let last = self.look().last_judgement(account, u64::MAX)?;
        let number = last.map_or(1, |(number, _)| number.saturating_add(1));
        self.put(&key::judgement(account, number), record)?;
        if let Some(old) = number.checked_sub(JUDGEMENTS_MAX) {
            self.delete(&key::judgement(account, old))?;
        }
        Ok(())
    }

    /// All of a person who goes.
    pub(super) fn forget_judgements(&mut self, account: AccountId) -> Result<()> {
        while let Some((row, _)) = self.first_in(&key::judgements(account))? {
            self.delete(&row)?;
        }
        Ok(())
    }
}

impl<'a> Look<'a> {
    pub(crate) fn judgements(
        self,
        account: AccountId,
        each: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<()> {
        let mut upto = u64::MAX;
        // Bounded whatever the file holds.
        for _ in 0..JUDGEMENTS_MAX {
            let Some((number, record)) = self.last_judgement(account, upto)? else {
                break;
            };
            if !each(record) || number == 0 {
                break;
            }
            upto = number - 1;
        }
        Ok(())
    }

    /// The newest one whose number is not above `upto`.
    fn last_judgement(self, account: AccountId, upto: u64) -> Result<Option<(u64, &'a [u8])>> {
        let found = self.last_up_to(&key::judgement(account, upto))?;
        let theirs = found.filter(|(at, _)| at.starts_with(&key::judgements(account)));
        Ok(theirs.and_then(|(at, record)| Some((key::judgement_of(at)?, record))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Read as _;
    use crate::checked::Checked;
    use crate::records::Credentials;
    use mail::Address;

    #[test]
    fn the_newest_are_kept_of_each_person_and_go_with_them() {
        let store = Checked::new();
        let add = |name: &str| {
            let address = Address::parse(name).unwrap();
            let made =
                store.write(move |tx| tx.create_account(&address, &Credentials::default(), 1));
            made.wait().unwrap()
        };
        let (ann, bob) = (add("ann@house.test"), add("bob@house.test"));
        store
            .write(move |tx| {
                for number in 0..JUDGEMENTS_MAX + 5 {
                    tx.note_judgement(ann, &number.to_be_bytes())?;
                }
                tx.note_judgement(bob, b"one")
            })
            .wait()
            .unwrap();
        let of = |person| {
            let mut found = Vec::new();
            let read = store.read().unwrap();
            read.judgements(person, &mut |record| {
                found.push(record.to_vec());
                true
            })
            .unwrap();
            found
        };
        let anns = of(ann);
        assert_eq!(anns.len() as u64, JUDGEMENTS_MAX);
        assert_eq!(anns[0], (JUDGEMENTS_MAX + 4).to_be_bytes());
        assert_eq!(anns.last().unwrap(), &5_u64.to_be_bytes());
        assert_eq!(of(bob), [b"one"]);
        assert!(store.check().unwrap().is_empty());
        let long = vec![0; JUDGEMENT_OCTETS_MAX + 1];
        let refused = store.write(move |tx| tx.note_judgement(bob, &long)).wait();
        assert!(matches!(refused, Err(Error::NotAllowed(_))));
        store
            .write(move |tx| tx.remove_account(ann))
            .wait()
            .unwrap();
        assert!(of(ann).is_empty());
        assert!(store.check().unwrap().is_empty());
    }
}
