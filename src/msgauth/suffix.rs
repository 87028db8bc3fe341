//! The public suffix list: where one organization's names begin (RFC 7489 §3.2).
//!
//! The list is a file of sorted lines in the program (about 150 KB) that is searched as it stands: nothing is built when the program starts, and a search touches a few
//! dozen lines. It is as old as the program; `suffix/update.py` makes it anew. Both of its parts count, that of the registries and that of companies
//! which give names to others: two customers of one of those are two organizations.

/// Comment lines first: a slash sorts before every name.
const LIST: &str = include_str!("suffix/list.txt");

/// The organizational domain of `domain` (lower case, A-labels, no final dot): its public suffix and one label more; a public suffix is its own.
///
/// A name under no rule has its last label as suffix, as the list's rules say.
pub fn organizational_domain(domain: &str) -> &str {
    let labels = suffix_labels(domain) + 1;
    match domain.rmatch_indices('.').nth(labels - 1) {
        Some((dot, _)) => domain.get(dot + 1..).unwrap_or(domain),
        None => domain,
    }
}

/// Whether `domain` itself is a public suffix: nobody in particular is behind it.
pub fn is_public_suffix(domain: &str) -> bool {
    suffix_labels(domain) > domain.matches('.').count()
}

/// How many labels the public suffix of `domain` has: the longest rule's, an exception's one less.
fn suffix_labels(domain: &str) -> usize {
    let mut longest = 1;
    let mut path = String::with_capacity(domain.len() + 2);
    for (count, label) in domain.rsplit('.').enumerate() {
        let parent = path.len();
        let is_listed = |path: &mut String, last: &[&str]| {
            path.truncate(parent);
            if parent > 0 {
                path.push('.');
            }
            path.extend(last.iter().copied());
            contains(path)
        };
        if count > 0 && is_listed(&mut path, &["!", label]) {
            return count;
        }
        if (count > 0 && is_listed(&mut path, &["*"])) || is_listed(&mut path, &[label]) {
            longest = count + 1;
        }
        // No rule is deeper than a rule's own parents by more than this path; the path goes on whether it is a rule itself or not.
        path.truncate(parent);
        if parent > 0 {
            path.push('.');
        }
        path.push_str(label);
    }
    longest
}

/// Whether a line of the list is `wanted`.
fn contains(wanted: &str) -> bool {
    let (mut low, mut high) = (0, LIST.len());
    while low < high {
        // The line that holds the middle.
        let middle = low + (high - low) / 2;
        let start = LIST
            .get(low..middle)
            .and_then(|before| before.rfind('\n'))
            .map_or(low, |at| low + at + 1);
        let rest = LIST.get(start..high).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        match line.cmp(wanted) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = (start + line.len() + 1).min(high),
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the list's own tests (publicsuffix.org, in the public domain).
    #[test]
    fn the_tests_of_the_list() {
        for (domain, organization) in [
            ("com", None),
            ("example.com", Some("example.com")),
            ("a.b.example.com", Some("example.com")),
            ("example", None),
            ("a.b.example.example", Some("example.example")),
            ("biz", None),
            ("a.b.domain.biz", Some("domain.biz")),
            ("uk.com", None),
            ("a.b.example.uk.com", Some("example.uk.com")),
            ("test.ac", Some("test.ac")),
            ("mm", None),
            ("c.mm", None),
            ("a.b.c.mm", Some("b.c.mm")),
            ("jp", None),
            ("www.test.jp", Some("test.jp")),
            ("ac.jp", None),
            ("www.test.ac.jp", Some("test.ac.jp")),
            ("kyoto.jp", None),
            ("ide.kyoto.jp", None),
            ("a.b.ide.kyoto.jp", Some("b.ide.kyoto.jp")),
            ("c.kobe.jp", None),
            ("a.b.c.kobe.jp", Some("b.c.kobe.jp")),
            ("city.kobe.jp", Some("city.kobe.jp")),
            ("www.city.kobe.jp", Some("city.kobe.jp")),
            ("ck", None),
            ("test.ck", None),
            ("a.b.test.ck", Some("b.test.ck")),
            ("www.ck", Some("www.ck")),
            ("www.www.ck", Some("www.ck")),
            ("us", None),
            ("www.test.us", Some("test.us")),
            ("k12.ak.us", None),
            ("www.test.k12.ak.us", Some("test.k12.ak.us")),
            ("www.xn--85x722f.com.cn", Some("xn--85x722f.com.cn")),
            (
                "xn--85x722f.xn--55qx5d.cn",
                Some("xn--85x722f.xn--55qx5d.cn"),
            ),
            ("xn--55qx5d.cn", None),
            ("shishi.xn--fiqs8s", Some("shishi.xn--fiqs8s")),
            ("xn--fiqs8s", None),
            ("someone.github.io", Some("someone.github.io")),
            ("a.co.uk", Some("a.co.uk")),
        ] {
            assert_eq!(is_public_suffix(domain), organization.is_none(), "{domain}");
            let expected = organization.unwrap_or(domain);
            assert_eq!(organizational_domain(domain), expected);
        }
        assert_eq!(organizational_domain(""), "");
    }

    #[test]
    fn every_line_is_found_and_they_are_sorted() {
        let rules: Vec<&str> = LIST
            .lines()
            .filter(|line| !line.starts_with("//"))
            .collect();
        assert!(rules.iter().all(|rule| contains(rule)));
        assert!(!contains("zz.nobody") && !contains("~") && !contains("0"));
        assert!(rules.is_sorted() && rules.len() > 9000);
    }
}
