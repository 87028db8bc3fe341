use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn stranger(opening: u64, last: u8) -> Scope {
    Scope::Stranger {
        opening: Some(opening),
        peer: IpAddr::from([192, 168, 1, last]),
    }
}

fn tokens() -> (Tokens, Instant) {
    let begun = Instant::now();
    (Tokens::new(begun).unwrap(), begun + SECOND)
}

#[test]
fn a_strangers_token_is_good_once_for_whom_it_was_given() {
    let (tokens, now) = tokens();
    let scope = stranger(1, 2);
    let token = tokens.give(scope, now);
    for other in [stranger(2, 2), stranger(1, 3), Scope::Owner { session: 1 }] {
        assert_eq!(tokens.take(&token, other, now), Err(Refused::Forged));
    }
    assert_eq!(tokens.take(&token, scope, now), Ok(()));
    assert_eq!(tokens.take(&token, scope, now), Err(Refused::Replayed));
    let second = tokens.give(scope, now);
    assert_ne!(token, second);
    assert_eq!(
        tokens.take(&second, scope, now + STRANGERS_LIFE),
        Err(Refused::Late)
    );
    assert_eq!(tokens.take(&second, scope, now + SECOND), Ok(()));
}

#[test]
fn the_owners_token_is_good_as_long_as_the_session() {
    let (tokens, now) = tokens();
    let scope = Scope::Owner { session: 7 };
    let token = tokens.give(scope, now);
    assert_eq!(tokens.take(&token, scope, now), Ok(()));
    assert_eq!(tokens.take(&token, scope, now + 7 * STRANGERS_LIFE), Ok(()));
    let other = Scope::Owner { session: 8 };
    assert_eq!(tokens.take(&token, other, now), Err(Refused::Forged));
    tokens.forget(now + SECOND);
    assert_eq!(tokens.take(&token, scope, now), Ok(()), "not a stranger's");
}

#[test]
fn rubbish_is_forged() {
    let (tokens, now) = tokens();
    let scope = stranger(1, 2);
    let token = tokens.give(scope, now);
    let mut changed = token.clone().into_bytes();
    for at in 0..changed.len() {
        let old = changed[at];
        changed[at] = if old == b'A' { b'B' } else { b'A' };
        let text = String::from_utf8(changed.clone()).unwrap();
        assert_eq!(tokens.take(&text, scope, now), Err(Refused::Forged), "{at}");
        changed[at] = old;
    }
    for rubbish in [
        "",
        "no-token",
        "====",
        token.get(1..).unwrap(),
        &(token.clone() + "A"),
        &"A".repeat(9000),
    ] {
        assert_eq!(tokens.take(rubbish, scope, now), Err(Refused::Forged));
    }
    let (another_run, _) = self::tokens();
    assert_eq!(another_run.take(&token, scope, now), Err(Refused::Forged));
}

#[test]
fn the_list_of_used_ones_is_bounded_and_none_comes_back() {
    let (tokens, now) = tokens();
    let scope = stranger(1, 2);
    let given: Vec<(String, Instant)> = (0..1000)
        .map(|n| {
            let at = now + Duration::from_millis(n);
            (tokens.give(scope, at), at)
        })
        .collect();
    for (token, at) in &given {
        assert_eq!(tokens.take(token, scope, *at), Ok(()));
        assert!(tokens.used().list.len() <= MOST_USED);
    }
    for (token, at) in &given {
        assert!(tokens.take(token, scope, *at).is_err());
    }
    let late = now + 2 * SECOND;
    let fresh = tokens.give(scope, late);
    tokens.forget(late);
    assert_eq!(tokens.take(&fresh, scope, late), Err(Refused::Late));
    assert_eq!(tokens.used().list.capacity(), 0);
}
