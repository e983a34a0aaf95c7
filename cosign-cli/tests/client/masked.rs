//! What differs from run to run, hidden, so that everything else can be compared word for word.

/// The text with `HEX` for digests, key hashes and serial numbers, `TIME` for times, `REG`-like names for addresses of this
/// machine, and `BASE64` for long encoded data.
pub(crate) fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest
            .find(|letter: char| !is_of_word(letter))
            .unwrap_or(rest.len());
        if end == 0 {
            shown.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (word, after) = rest.split_at(end);
        shown.push_str(&mask(word));
        rest = after;
    }
    shown
}

fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '=' | '-' | ':' | '.' | '_')
}

fn mask(word: &str) -> String {
    if is_time(word) {
        return "TIME".to_owned();
    }
    if word.len() == 44 && word.ends_with('=') {
        return "BASE64".to_owned();
    }
    if let Some((before, after)) = word.split_once("127.0.0.1:") {
        let path = after.trim_start_matches(|letter: char| letter.is_ascii_digit());
        return format!("{}127.0.0.1:PORT{}", mask(before), mask(path));
    }
    for separator in [':', '-', '/', '.', '='] {
        if let Some((before, after)) = word.split_once(separator)
            && (before.len() < 60 || !word.contains('+'))
        {
            return format!("{}{separator}{}", mask(before), mask(after));
        }
    }
    let is_hex = word
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match word.len() {
        36.. if is_hex => "HEX".to_owned(),
        60.. => "BASE64".to_owned(),
        _ => word.to_owned(),
    }
}

/// RFC 3339 in UTC, or a time that is only a number.
fn is_time(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    word.starts_with("20") && word.ends_with('Z') && word.contains('T') && digits >= 14
}
