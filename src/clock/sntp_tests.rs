use super::super::test_support::Board;
use super::*;
use house::time_server::Manner;

const PATIENCE: Duration = Duration::from_millis(400);

fn asked(manner: Manner) -> Result<i64, Refusal> {
    let board = Board::new(0);
    let server = board.server(1, 0, manner);
    let answer = async_io::block_on(ask(&*board, server.address, PATIENCE))?;
    assert!(answer.doubt > 0);
    let off = answer.micros + micros_since(board.now(), answer.at) - board.right();
    Ok(off)
}

#[test]
fn an_honest_server_tells_the_time_to_the_millisecond() {
    for _ in 0..20 {
        let off = asked(Manner::Tells(0)).unwrap();
        assert!(off.abs() < 30_000, "{off}");
    }
    let off = asked(Manner::Tells(3600)).unwrap();
    assert!((off - 3600 * MICROS).abs() < 30_000, "{off}");
}

#[test]
fn who_does_not_answer_in_time_or_not_to_this_question_is_not_heard() {
    assert_eq!(asked(Manner::Silent), Err(Refusal::Silent));
    assert_eq!(asked(Manner::Late(PATIENCE * 2)), Err(Refusal::Silent));
    assert_eq!(asked(Manner::Astray), Err(Refusal::Silent));
    assert_eq!(asked(Manner::Short), Err(Refusal::Silent));
    // Neither a forged answer, nor a cut one, nor one from elsewhere keeps the right one away.
    let off = asked(Manner::AstrayThenRight).unwrap();
    assert!(off.abs() < 60_000, "{off}");
}

#[test]
fn refusals_are_understood() {
    assert_eq!(asked(Manner::Kiss(*b"RATE")), Err(Refusal::TooOften));
    assert_eq!(asked(Manner::Kiss(*b"DENY")), Err(Refusal::Unwelcome));
    assert_eq!(asked(Manner::Kiss(*b"RSTR")), Err(Refusal::Unwelcome));
    assert!(matches!(
        asked(Manner::Kiss(*b"INIT")),
        Err(Refusal::Useless(_))
    ));
    assert!(matches!(
        asked(Manner::Kiss([0, 255, 10, 13])),
        Err(Refusal::Useless(_))
    ));
    assert!(matches!(
        asked(Manner::Unsynchronised),
        Err(Refusal::Useless(_))
    ));
    let year = 365 * 86_400;
    assert!(matches!(
        asked(Manner::Tells(-10 * year)),
        Err(Refusal::Useless(_))
    ));
    assert!(matches!(
        asked(Manner::Tells(70 * year)),
        Err(Refusal::Useless(_))
    ));
    // NTP's seconds come round in 2036: that is no end.
    let off = asked(Manner::Tells(20 * year)).unwrap();
    assert!((off - 20 * year * MICROS).abs() < 30_000, "{off}");
}

#[test]
fn nobody_there() {
    let board = Board::new(0);
    let gone = board.server(1, 0, Manner::Silent).address;
    std::thread::sleep(Duration::from_millis(100));
    let answer = async_io::block_on(ask(&*board, gone, PATIENCE));
    assert!(
        matches!(answer, Err(Refusal::Unreachable(_) | Refusal::Silent)),
        "{answer:?}"
    );
    let nowhere: SocketAddr = "[2001:db8::1]:123".parse().unwrap();
    let answer = async_io::block_on(ask(&*board, nowhere, PATIENCE));
    assert!(answer.is_err(), "{answer:?}");
}

#[test]
fn questions_tell_nothing_and_cannot_be_guessed() {
    let board = Board::new(0);
    let server = board.server(1, 0, Manner::Tells(0));
    for _ in 0..8 {
        async_io::block_on(ask(&*board, server.address, PATIENCE)).unwrap();
    }
    let questions = server.questions();
    let stamps: std::collections::BTreeSet<&[u8]> =
        questions.iter().map(|packet| &packet[40..48]).collect();
    assert_eq!(stamps.len(), 8);
    let near = |packet: &Vec<u8>| {
        let seconds = u32::from_be_bytes(packet[40..44].try_into().unwrap());
        let now = 1_800_000_000_u32.wrapping_add(2_208_988_800);
        seconds.abs_diff(now) < 86_400
    };
    assert!(questions.iter().filter(|packet| near(packet)).count() < 2);
    for packet in &questions {
        assert_eq!(packet.len(), 48);
        // Version 4, client; nothing else is told (RFC 4330 §5).
        assert_eq!(packet[0], 0b0010_0011);
        assert!(packet[1..40].iter().all(|octet| *octet == 0));
    }
}
