//! Which rows of a letter travel in one transaction. (Those of one destination that are due are claimed together.)

use store::{Letter, QueueTime};

/// Recipients in one transaction where the host announces no RCPTMAX (RFC 9422): what every host must take (RFC 5321 §4.5.3.1.8).
pub const RECIPIENTS_MAX: usize = 100;

/// The claimed rows cut into transactions of equal size where they are too many for one. `announced`: the host's RCPTMAX; `limit`: the box's
/// own, from the settings.
pub fn batches<T>(
    rows: &[T],
    announced: Option<usize>,
    limit: usize,
) -> impl Iterator<Item = &[T]> {
    let most = announced.unwrap_or(RECIPIENTS_MAX).min(limit).max(1);
    // 101 rows are 51 and 50, not 100 and 1.
    let transactions = rows.len().div_ceil(most).max(1);
    rows.chunks(rows.len().div_ceil(transactions).max(1))
}

/// What is left of the time that the sender gave (the by-time to pass on, RFC 2852 §4.1.4), seconds; negative when it is over.
/// `None`: the sender gave none.
pub fn seconds_left(letter: &Letter, now: QueueTime) -> Option<i64> {
    /// The range of a by-time.
    const MOST: i128 = 999_999_999;
    let by = letter.deliver_by.as_ref()?;
    let left = i128::from(by.at.0) - i128::from(now.0);
    i64::try_from(left.clamp(-MOST, MOST)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(rows: usize, announced: Option<usize>, limit: usize) -> Vec<usize> {
        let rows = vec![0; rows];
        batches(&rows, announced, limit).map(<[i32]>::len).collect()
    }

    #[test]
    fn no_transaction_is_larger_than_either_side_allows() {
        assert_eq!(sizes(0, None, 100), Vec::<usize>::new());
        assert_eq!(sizes(1, Some(0), 0), [1]);
        assert_eq!(sizes(101, None, 1000), [51, 50]);
        assert_eq!(sizes(10, Some(4), 100), [4, 4, 2]);
        assert_eq!(sizes(10, Some(100), 3), [3, 3, 3, 1]);
    }
}
