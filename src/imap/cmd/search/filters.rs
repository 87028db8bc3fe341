//! FILTER (RFC 5466 §3.1): a named search that a person keeps among the server's annotations takes the place of its name.
//!
//! Promises: a person's own filter comes before the shared one of the same name; names within a filter are replaced as well, [`PASSES`] deep, so
//! that filters that name each other end as a name that does not exist; what comes out is bounded as any search is
//! ([`Limits::DEPTH`], [`Limits::SEARCH_KEYS`]). A filter that is no search is as one that does not exist.

use std::borrow::Cow;

use ::store::{About, AccountId, Read};

use crate::Limits;
use crate::code::Code;
use crate::command::{Charset, Program, SearchKey};
use crate::deed::{No, World};
use crate::parse;

/// How deep filters may name filters: RFC 5466 §3.1 wants 3 at least.
const PASSES: usize = 8;

/// The program's key with every filter in its place.
pub(super) fn resolved<'p>(
    program: &'p Program,
    world: &World<'_>,
    viewer: AccountId,
) -> Result<Cow<'p, SearchKey>, No> {
    if !names_filter(&program.key) {
        return Ok(Cow::Borrowed(&program.key));
    }
    if program.charset == Charset::Other {
        // FILTER implies UTF-8 (RFC 5466 §3.1).
        return Err(No {
            bad: true,
            ..No::with(Code::BadCharset, "A filter is searched for in UTF-8")
        });
    }
    let mut resolving = Resolving {
        world,
        viewer,
        left: Limits::SEARCH_KEYS,
    };
    resolving.key(&program.key, 0, 0).map(Cow::Owned)
}

fn names_filter(key: &SearchKey) -> bool {
    match key {
        SearchKey::Filter(_) => true,
        SearchKey::And(keys) => keys.iter().any(names_filter),
        SearchKey::Or(one, other) => names_filter(one) || names_filter(other),
        SearchKey::Not(key) | SearchKey::Fuzzy(key) => names_filter(key),
        _ => false,
    }
}

struct Resolving<'r, 'w> {
    world: &'r World<'w>,
    viewer: AccountId,
    left: usize,
}

impl Resolving<'_, '_> {
    /// `depth`: parentheses around this key; `pass`: filters around it.
    fn key(&mut self, key: &SearchKey, depth: usize, pass: usize) -> Result<SearchKey, No> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| No::bad("This search has more keys than the box takes"))?;
        if depth >= Limits::DEPTH {
            return Err(No::bad("This search is nested deeper than the box takes"));
        }
        let deeper = depth.saturating_add(1);
        Ok(match key {
            SearchKey::Filter(name) => {
                let undefined = || {
                    No::with(
                        Code::UndefinedFilter(name.clone()),
                        "There is no filter of this name that can be searched with",
                    )
                };
                let filter = self.filter(name)?.filter(|_| pass < PASSES);
                let filter = filter.ok_or_else(undefined)?;
                return self.key(&filter, depth, pass.saturating_add(1));
            }
            SearchKey::And(keys) => {
                let keys = keys.iter().map(|key| self.key(key, deeper, pass));
                SearchKey::And(keys.collect::<Result<_, _>>()?)
            }
            SearchKey::Or(one, other) => SearchKey::Or(
                Box::new(self.key(one, deeper, pass)?),
                Box::new(self.key(other, deeper, pass)?),
            ),
            SearchKey::Not(key) => SearchKey::Not(Box::new(self.key(key, deeper, pass)?)),
            SearchKey::Fuzzy(key) => SearchKey::Fuzzy(Box::new(self.key(key, deeper, pass)?)),
            key => key.clone(),
        })
    }

    /// What the filter of this name searches for.
    fn filter(&self, name: &str) -> Result<Option<SearchKey>, No> {
        for (whose, scope) in [(Some(self.viewer), "private"), (None, "shared")] {
            let entry = format!("/{scope}/filters/values/{name}");
            if let Some(value) = self.world.tx.metadata(About::Server, whose, &entry)? {
                return Ok(parse::filter(&value).ok());
            }
        }
        Ok(None)
    }
}
