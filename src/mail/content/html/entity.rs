//! Character references of HTML: numbers, and the names that mail uses.

/// Longest reference that is looked for, in octets.
const REFERENCE_MAX: usize = 12;

/// `text` begins with `&`: the character meant, and what follows. `None` is an ampersand that means itself.
pub(super) fn entity(text: &str) -> (Option<char>, &str) {
    let body = text.strip_prefix('&').unwrap_or(text);
    let end = body
        .bytes()
        .take(REFERENCE_MAX)
        .position(|b| !b.is_ascii_alphanumeric() && b != b'#');
    let Some((name, rest)) = body.split_at_checked(end.unwrap_or(body.len().min(REFERENCE_MAX)))
    else {
        return (None, body);
    };
    let found = match name.strip_prefix('#') {
        Some(number) => numbered(number),
        None => NAMED
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, c)| *c),
    };
    match found {
        Some(c) => (Some(c), rest.strip_prefix(';').unwrap_or(rest)),
        None => (None, body),
    }
}

fn numbered(number: &str) -> Option<char> {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix)
        .ok()
        .filter(|&code| code != 0);
    Some(code.and_then(char::from_u32).unwrap_or('\u{FFFD}'))
}

const NAMED: [(&str, char); 56] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("AMP", '&'),
    ("LT", '<'),
    ("GT", '>'),
    ("QUOT", '"'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("euro", '€'),
    ("pound", '£'),
    ("yen", '¥'),
    ("cent", '¢'),
    ("sect", '§'),
    ("para", '¶'),
    ("deg", '°'),
    ("middot", '·'),
    ("bull", '•'),
    ("hellip", '…'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("times", '×'),
    ("rarr", '→'),
    ("larr", '←'),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
    ("Auml", 'Ä'),
    ("Ouml", 'Ö'),
    ("Uuml", 'Ü'),
    ("szlig", 'ß'),
    ("eacute", 'é'),
    ("egrave", 'è'),
    ("ecirc", 'ê'),
    ("agrave", 'à'),
    ("aacute", 'á'),
    ("ccedil", 'ç'),
    ("ntilde", 'ñ'),
    ("oslash", 'ø'),
    ("aring", 'å'),
    ("aelig", 'æ'),
];
