//! A view of the tree inside any transaction: what both kinds of transaction read with.

use std::ops::Bound;

use heed::types::Bytes;
use heed::{AnyTls, RoTxn};

use crate::env::Tree;
use crate::error::{Error, Result};
use crate::ids::{AccountId, Gid, MailboxId, ModSeq};
use crate::schema::{AccountHead, IndexHead, MODSEQ_MAX, MailboxHead, key};

/// Where [`crate::Read`] reads from; not for callers.
pub trait Source {
    /// The view.
    #[doc(hidden)]
    fn look(&self) -> Look<'_>;
}

/// A view of the tree.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    tree: Tree,
    txn: &'a RoTxn<'a, AnyTls>,
}

type Row<'a> = (&'a [u8], &'a [u8]);

impl<'a> Look<'a> {
    pub(crate) fn new(tree: Tree, txn: &'a RoTxn<'a, AnyTls>) -> Look<'a> {
        Look { tree, txn }
    }

    pub(crate) fn get(self, at: &[u8]) -> Result<Option<&'a [u8]>> {
        Ok(self.tree.get(self.txn, at)?)
    }

    /// The transaction's number, that of the last commit it sees.
    pub(crate) fn id(self) -> u64 {
        self.txn.id() as u64
    }

    pub(crate) fn prefixed(
        self,
        prefix: &[u8],
    ) -> Result<impl Iterator<Item = Result<Row<'a>>> + use<'a>> {
        Ok(self
            .tree
            .prefix_iter(self.txn, prefix)?
            .map(|row| row.map_err(Error::from)))
    }

    /// Rows from `first` to `last`, both included.
    pub(crate) fn between(
        self,
        first: &[u8],
        last: &[u8],
    ) -> Result<impl Iterator<Item = Result<Row<'a>>> + use<'a>> {
        self.range(Bound::Included(first), Bound::Included(last))
    }

    pub(crate) fn range(
        self,
        first: Bound<&[u8]>,
        last: Bound<&[u8]>,
    ) -> Result<impl Iterator<Item = Result<Row<'a>>> + use<'a>> {
        Ok(self
            .tree
            .range(self.txn, &(first, last))?
            .map(|row| row.map_err(Error::from)))
    }

    pub(crate) fn last_up_to(self, at: &[u8]) -> Result<Option<Row<'a>>> {
        Ok(heed::Database::<Bytes, Bytes>::get_lower_than_or_equal_to(
            &self.tree, self.txn, at,
        )?)
    }

    /// The last row before `at`.
    pub(crate) fn last_below(self, at: &[u8]) -> Result<Option<Row<'a>>> {
        Ok(self.tree.get_lower_than(self.txn, at)?)
    }

    pub(crate) fn account_head(self, account: AccountId) -> Result<AccountHead> {
        AccountHead::read(
            self.get(&key::account_head(account))?
                .ok_or(Error::NoSuchAccount)?,
        )
    }

    /// A mailbox's head and the octets of its newest block.
    pub(crate) fn mailbox_head(self, mailbox: MailboxId) -> Result<(MailboxHead, &'a [u8])> {
        if mailbox.number == 0 {
            return Err(Error::NoSuchMailbox);
        }
        MailboxHead::read(
            self.get(&key::mailbox_head(mailbox))?
                .ok_or(Error::NoSuchMailbox)?,
        )
    }

    pub(crate) fn index(self, gid: Gid) -> Result<(IndexHead, &'a [u8])> {
        IndexHead::read(self.get(&key::index(gid))?.ok_or(Error::NoSuchMessage)?)
    }

    /// Runs of the mailbox's expunge log behind `modseq`, oldest first.
    pub(crate) fn runs(
        self,
        mailbox: MailboxId,
        modseq: ModSeq,
    ) -> Result<impl Iterator<Item = Result<(ModSeq, &'a [u8])>> + use<'a>> {
        let first = key::log(mailbox, modseq.saturating_add(1).min(MODSEQ_MAX));
        let rows = self.between(&first, &key::log(mailbox, MODSEQ_MAX))?;
        Ok(rows.map(|row| {
            row.and_then(|(at, octets)| Ok((key::modseq_of(at).ok_or_else(odd_key)?, octets)))
        }))
    }
}

/// A domain's one spelling: A-labels in lower case.
pub(crate) fn fold_domain(domain: &str) -> String {
    mail::idna::to_ascii(domain).unwrap_or_else(|| domain.to_ascii_lowercase())
}

pub(crate) fn odd_key() -> Error {
    Error::Damaged("a key is of no known shape".into())
}

/// Octets of an LMDB key.
pub(crate) const KEY_MAX: usize = 511;
