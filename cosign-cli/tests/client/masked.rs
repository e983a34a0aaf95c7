//! What differs from run to run, hidden, so that everything else can be compared word for word.

/// The text with `HEX` for digests, key hashes and serial numbers, `TIME` for times, `REG`-like names for addresses of this
/// machine, and `BASE64` for long encoded data.
pub(crate) fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        // A line end inside JSON is no part of the word after it.
        if let Some(after) = rest.strip_prefix("\\n") {
            shown.push_str("\\n");
            rest = after;
            continue;
        }
        if let Some((before, after)) = pem(rest) {
            shown.push_str(before);
            rest = after;
            continue;
        }
        let end = rest
            .find(|letter: char| !is_of_word(letter))
            .unwrap_or(rest.len());
        if end == 0 {
            shown.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (word, after) = rest.split_at(end);
        // What holds a signature differs in length as well.
        let count = word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
        if count && after.starts_with(" bytes") {
            shown.push_str("COUNT");
        } else {
            shown.push_str(&mask(word));
        }
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
    let encoded = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    let mixed = word.bytes().any(|byte| byte.is_ascii_uppercase());
    if word.bytes().all(encoded)
        && mixed
        && (word.len() >= 60 || word.len() == 44 && word.ends_with('='))
    {
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

/// The first line of a PEM block and what is left of its last one.
fn pem(text: &str) -> Option<(&str, &str)> {
    let (name, _) = text.strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let end = text.find("-----END ")?;
    Some((text.get(..16 + name.len())?, text.get(end..)?))
}

/// RFC 3339 in UTC, or a time of these years in seconds.
fn is_time(word: &str) -> bool {
    if word.len() == 10 && word.bytes().all(|byte| byte.is_ascii_digit()) {
        return ["17", "18", "19"]
            .iter()
            .any(|years| word.starts_with(years));
    }
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    word.starts_with("20") && word.ends_with('Z') && word.contains('T') && digits >= 14
}
