//! A bound on nesting, checked before the parser sees the text.

/// Whether JSON text never opens more than `limit` brackets at once.
///
/// The text need not be valid: brackets inside strings are not counted, everything else is left to the parser.
pub(super) fn is_within_depth(json: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_brackets_outside_strings() {
        let at_limit = format!("{}{}", "[".repeat(32), "]".repeat(32));
        assert!(is_within_depth(at_limit.as_bytes(), 32));
        let past_limit = format!("[{at_limit}]");
        assert!(!is_within_depth(past_limit.as_bytes(), 32));
        let in_string = format!(r#"{{"a":"{}\"{}"}}"#, "[".repeat(40), "{".repeat(40));
        assert!(is_within_depth(in_string.as_bytes(), 32));
        let siblings = "[[],".repeat(20);
        assert!(is_within_depth(siblings.as_bytes(), 32));
    }
}
