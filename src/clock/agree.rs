//! Who is right of the time servers that answered.
//!
//! Nobody signs these answers: whoever sits on the line can forge all of them. What agreement is for are servers that are broken or lie by themselves: **one among three does not win**.
//! Opinions agree if they lie within [`WINDOW`]; the largest group of those wins if it is a majority, and what it says is its median.

use super::machine::MICROS;

/// Opinions that lie no further apart agree, microseconds. An answer that took four seconds on its way may be two off; mail needs no more than seconds.
const WINDOW: i64 = 4 * MICROS;

/// What a server says that the time is, at one moment for all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Opinion {
    /// Microseconds since 1970.
    pub(super) micros: i64,
    /// By so much it may be off: half of its way and what the server says of its own doubt.
    pub(super) doubt: i64,
}

/// What came of asking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// So many agree, two at least, and they are more than half.
    Agreed { micros: i64, servers: usize },
    /// Only one has answered.
    Alone { micros: i64 },
    /// No majority; nobody, if `answers` is 0.
    Divided { answers: usize },
}

/// Judges.
pub(super) fn judge(mut opinions: Vec<Opinion>) -> Verdict {
    opinions.sort_unstable_by_key(|opinion| opinion.micros);
    let answers = opinions.len();
    if let [alone] = opinions.as_slice() {
        return Verdict::Alone {
            micros: alone.micros,
        };
    }
    let groups = (0..answers).filter_map(|first| {
        let rest = opinions.get(first..)?;
        let last = rest.first()?.micros.saturating_add(WINDOW);
        rest.get(..rest.partition_point(|opinion| opinion.micros <= last))
    });
    match groups.max_by_key(|group| group.len()) {
        Some(group) if group.len() * 2 > answers => Verdict::Agreed {
            micros: median(group),
            servers: group.len(),
        },
        _ => Verdict::Divided { answers },
    }
}

/// The one in the middle; of two, the one with less doubt.
fn median(group: &[Opinion]) -> i64 {
    let middle = group.len().saturating_sub(1) / 2;
    let upper = group.len() / 2;
    group
        .get(middle..=upper)
        .unwrap_or_default()
        .iter()
        .min_by_key(|opinion| opinion.doubt)
        .map_or(0, |opinion| opinion.micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000 * MICROS;

    fn of(offsets: &[i64]) -> Verdict {
        judge(
            offsets
                .iter()
                .map(|off| Opinion {
                    micros: NOW.saturating_add(*off),
                    doubt: 1000,
                })
                .collect(),
        )
    }

    fn agreed(off: i64, servers: usize) -> Verdict {
        Verdict::Agreed {
            micros: NOW + off,
            servers,
        }
    }

    #[test]
    fn the_majority_wins_whatever_the_others_say() {
        const YEAR: i64 = 365 * 86_400 * MICROS;
        assert_eq!(of(&[0, 2000]), agreed(0, 2));
        assert_eq!(of(&[3000, 0, 1000]), agreed(1000, 3));
        for liar in [YEAR, -YEAR, -NOW, i64::MAX, i64::MIN, 5 * MICROS] {
            for at in 0..3 {
                let mut all = vec![1000, 2000];
                all.insert(at, liar);
                assert_eq!(of(&all), agreed(1000, 2), "{liar}");
            }
        }
        assert_eq!(of(&[0, 1000, 2000, YEAR, YEAR + 1]), agreed(1000, 3));
    }

    #[test]
    fn where_there_is_no_majority_nobody_is_believed() {
        assert_eq!(of(&[]), Verdict::Divided { answers: 0 });
        assert_eq!(of(&[7]), Verdict::Alone { micros: NOW + 7 });
        assert_eq!(of(&[0, 5 * MICROS]), Verdict::Divided { answers: 2 });
        let two_and_two = [0, 1, 60 * MICROS, 60 * MICROS];
        assert_eq!(of(&two_and_two), Verdict::Divided { answers: 4 });
        assert_eq!(
            of(&[0, 10 * MICROS, 20 * MICROS]),
            Verdict::Divided { answers: 3 }
        );
    }

    #[test]
    fn of_two_the_one_with_less_doubt_is_taken() {
        let opinions = vec![
            Opinion {
                micros: 1,
                doubt: 9,
            },
            Opinion {
                micros: 2,
                doubt: 3,
            },
        ];
        let verdict = Verdict::Agreed {
            micros: 2,
            servers: 2,
        };
        assert_eq!(judge(opinions), verdict);
    }
}
