//! One part's structure out of a message's BODYSTRUCTURE (RFC 5524 §3.2: BODYPARTSTRUCTURE is what BODYSTRUCTURE has of the part).
//!
//! Promises: total, linear, no recursion. Cannot: it reads what this box prints and nothing else.

/// The structure of the part with this number (RFC 9051 §6.4.5.1); the empty number is the message itself.
pub(super) fn part<'s>(structure: &'s [u8], number: &[u32]) -> Option<&'s [u8]> {
    let mut at = element(structure)?.0;
    // Whether `at` is a whole message's structure and not a body part's.
    let mut message = true;
    for wanted in number {
        let nth = usize::try_from(wanted.checked_sub(1)?).ok()?;
        if !message && is_message(at) {
            // type, subtype, parameters, id, description, encoding, size, envelope, body
            at = nth_element(inside(at)?, 8)?;
        } else if !message && !is_multipart(at) {
            return None;
        }
        if is_multipart(at) {
            at = nth_element(inside(at)?, nth).filter(|child| child.first() == Some(&b'('))?;
        } else if nth != 0 {
            return None;
        }
        message = false;
    }
    Some(at)
}

fn is_multipart(structure: &[u8]) -> bool {
    structure.starts_with(b"((")
}

fn is_message(structure: &[u8]) -> bool {
    [
        &b"(\"message\" \"rfc822\" "[..],
        b"(\"message\" \"global\" ",
    ]
    .iter()
    .any(|start| {
        structure
            .get(..start.len())
            .is_some_and(|own| own.eq_ignore_ascii_case(start))
    })
}

/// What stands between the parentheses.
fn inside(list: &[u8]) -> Option<&[u8]> {
    list.strip_prefix(b"(")?.strip_suffix(b")")
}

/// The element with this index.
fn nth_element(mut rest: &[u8], nth: usize) -> Option<&[u8]> {
    for _ in 0..nth {
        rest = element(rest)?.1;
    }
    Some(element(rest)?.0)
}

/// The first element: a list, a string, a literal or an atom; and what stands behind it and one space.
fn element(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut at, mut depth) = (0_usize, 0_usize);
    loop {
        match text.get(at)? {
            b'(' => {
                depth = depth.checked_add(1)?;
                at = at.checked_add(1)?;
            }
            b')' => {
                depth = depth.checked_sub(1)?;
                at = at.checked_add(1)?;
            }
            b' ' => at = at.checked_add(1)?,
            b'"' => {
                at = at.checked_add(1)?;
                loop {
                    match text.get(at)? {
                        b'"' => break,
                        b'\\' => at = at.checked_add(2)?,
                        _ => at = at.checked_add(1)?,
                    }
                }
                at = at.checked_add(1)?;
            }
            b'{' => {
                let rest = text.get(at..)?;
                let end = memchr::memchr(b'\n', rest)?;
                let digits: String = rest
                    .get(1..end)?
                    .iter()
                    .take_while(|octet| octet.is_ascii_digit())
                    .map(|octet| char::from(*octet))
                    .collect();
                let length: usize = digits.parse().ok()?;
                at = at.checked_add(end)?.checked_add(1)?.checked_add(length)?;
            }
            _ => {
                let rest = text.get(at..)?;
                let length = rest
                    .iter()
                    .position(|octet| matches!(octet, b' ' | b'(' | b')'))
                    .unwrap_or(rest.len());
                at = at.checked_add(length)?;
            }
        }
        if depth == 0 {
            let (element, rest) = text.split_at_checked(at)?;
            return Some((element, rest.strip_prefix(b" ").unwrap_or(rest)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(structure: &str, number: &[u32]) -> Option<String> {
        part(structure.as_bytes(), number).map(|found| String::from_utf8(found.to_vec()).unwrap())
    }

    #[test]
    fn parts_of_parts() {
        let plain =
            "(\"text\" \"plain\" (\"charset\" \"a)(b\\\"\") NIL NIL \"7bit\" 5 1 NIL NIL NIL NIL)";
        assert_eq!(text(plain, &[]).unwrap(), plain);
        assert_eq!(text(plain, &[1]).unwrap(), plain);
        assert_eq!(text(plain, &[2]), None);
        assert_eq!(text(plain, &[1, 1]), None);
        let image = "(\"image\" \"png\" NIL {3}\r\n)(\" NIL \"base64\" 9)";
        let inner = format!("({plain}{image} \"mixed\" NIL NIL NIL NIL)");
        let envelope = "(NIL \"x (y\" NIL NIL NIL NIL NIL NIL NIL NIL)";
        let message =
            format!("(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 99 {envelope} {inner} 7)");
        let whole = format!("({image}{message} \"mixed\" (\"boundary\" \"b\") NIL NIL NIL)");
        assert_eq!(text(&whole, &[1]).unwrap(), image);
        assert_eq!(text(&whole, &[2]).unwrap(), message);
        assert_eq!(text(&whole, &[2, 1]).unwrap(), plain);
        assert_eq!(text(&whole, &[2, 2]).unwrap(), image);
        for none in [&[3][..], &[2, 3], &[1, 1], &[2, 1, 1], &[4, 1]] {
            assert_eq!(text(&whole, none), None, "{none:?}");
        }
        let single = format!(
            "((\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 99 {envelope} {plain} 7) \"digest\")"
        );
        assert_eq!(text(&single, &[1, 1]).unwrap(), plain);
        for cut in 0..whole.len() {
            let _ = part(&whole.as_bytes()[..cut], &[2, 1]);
        }
    }
}
