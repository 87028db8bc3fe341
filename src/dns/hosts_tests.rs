use super::*;

/// Preferences and names.
type List<'a> = &'a [(u16, &'a str)];

fn mx(list: &[(u16, &str)]) -> Result<Answer, Failure> {
    Ok(Answer {
        data: list
            .iter()
            .map(|(preference, exchange)| Data::Mx {
                preference: *preference,
                exchange: (*exchange).to_owned(),
            })
            .collect(),
        name: "example".to_owned(),
        validated: true,
    })
}

fn names(list: &[(u16, &str)], seed: u64) -> Vec<(u16, String)> {
    match mail_hosts(mx(list), "example", seed) {
        MailHosts::Hosts(hosts) => {
            assert!(!hosts.implicit && hosts.validated && !hosts.hosts.is_empty());
            hosts.hosts
        }
        other => panic!("{other:?}"),
    }
}

fn owned(list: &[(u16, &str)]) -> Vec<(u16, String)> {
    list.iter().map(|(p, n)| (*p, (*n).to_owned())).collect()
}

#[test]
fn lists_are_put_in_order_and_cleaned() {
    let table: &[(List<'_>, List<'_>)] = &[
        (
            &[(20, "b.example"), (10, "a.example")],
            &[(10, "a.example"), (20, "b.example")],
        ),
        (&[(10, "A.Example.")], &[(10, "a.example")]),
        // The same host twice: its best preference.
        (
            &[(20, "a.example"), (10, "a.example")],
            &[(10, "a.example")],
        ),
        // A lone dot among others means nothing (RFC 7505 §3).
        (&[(0, "."), (10, "a.example")], &[(10, "a.example")]),
        (&[(0, "192.0.2.1"), (10, "a.example")], &[(10, "a.example")]),
        (&[(0, "::1"), (10, "a.example")], &[(10, "a.example")]),
        (
            &[(0, "[192.0.2.1]"), (10, "a.example")],
            &[(10, "a.example")],
        ),
        (&[(0, "localhost"), (10, "a.example")], &[(10, "a.example")]),
        (
            &[(0, "x.localhost"), (10, "a.example")],
            &[(10, "a.example")],
        ),
        (
            &[(0, "a\\032b.example"), (10, "a.example")],
            &[(10, "a.example")],
        ),
        (&[(65535, "mx_1.example")], &[(65535, "mx_1.example")]),
        (&[(1, "example")], &[(1, "example")]),
    ];
    for (given, wanted) in table {
        assert_eq!(names(given, 7), owned(wanted), "{given:?}");
    }
}

#[test]
fn verdicts_without_hosts() {
    let unusable = |list| matches!(mail_hosts(mx(list), "example", 0), MailHosts::Unusable(words) if words.contains("example"));
    assert_eq!(mail_hosts(mx(&[(0, ".")]), "example", 0), MailHosts::NullMx);
    assert_eq!(
        mail_hosts(mx(&[(9, "."), (3, ".")]), "example", 0),
        MailHosts::NullMx
    );
    assert!(unusable(&[(0, "192.0.2.1")]));
    assert!(unusable(&[(0, "192.0.2.1"), (0, ".")]));
    assert!(unusable(&[]));
    let of = |failure| mail_hosts(Err(failure), "Example.", 0);
    assert_eq!(
        of(Failure::NoSuchName { validated: false }),
        MailHosts::NoSuchDomain
    );
    assert_eq!(of(Failure::BadName), MailHosts::NoSuchDomain);
    assert!(matches!(of(Failure::TimedOut), MailHosts::Later(_)));
    assert_eq!(
        of(Failure::Refused("no".into())),
        MailHosts::Later("no".into())
    );
    for validated in [false, true] {
        let implicit = Hosts {
            hosts: owned(&[(0, "example")]),
            validated,
            implicit: true,
        };
        assert_eq!(
            of(Failure::NoData { validated }),
            MailHosts::Hosts(implicit)
        );
    }
}

#[test]
fn equals_are_shuffled_within_their_preference() {
    let list = [
        (10, "a.x"),
        (10, "b.x"),
        (10, "c.x"),
        (20, "d.x"),
        (20, "e.x"),
    ];
    let mut firsts = std::collections::BTreeMap::new();
    for seed in 0..600 {
        let order = names(&list, seed);
        let preferences: Vec<u16> = order.iter().map(|(p, _)| *p).collect();
        assert_eq!(preferences, [10, 10, 10, 20, 20]);
        *firsts.entry(order[0].1.clone()).or_insert(0) += 1;
    }
    assert_eq!(firsts.len(), 3);
    assert!(firsts.values().all(|count| *count > 150), "{firsts:?}");
}

#[test]
fn the_best_of_a_long_list_are_kept() {
    let all: Vec<(u16, String)> = (0..1000).map(|n| (1000 - n, format!("h{n}.x"))).collect();
    let borrowed: Vec<(u16, &str)> = all.iter().map(|(p, n)| (*p, n.as_str())).collect();
    let kept = names(&borrowed, 1);
    assert_eq!(kept.len(), MAX_HOSTS);
    assert_eq!(kept[0], (1, "h999.x".to_owned()));
}
