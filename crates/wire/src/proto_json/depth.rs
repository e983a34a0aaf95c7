//! A bound on nesting, checked before the parser sees the text.

/// How deep any of our messages may nest; the deepest real one (a trusted root) needs eight levels.
pub(crate) const MAX_DEPTH: usize = 32;

/// The text nests deeper than any message of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("JSON nests deeper than {limit} levels")]
pub struct DepthError {
    /// The deepest nesting that is read.
    pub limit: usize,
}

/// Refuses JSON text that opens more than [`MAX_DEPTH`] brackets at once.
///
/// The text need not be valid: brackets inside strings are not counted, everything else is left to the parser.
pub(crate) fn check_depth(json: &[u8]) -> Result<(), DepthError> {
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
        if depth > MAX_DEPTH {
            return Err(DepthError { limit: MAX_DEPTH });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_brackets_outside_strings() {
        let at_limit = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert_eq!(check_depth(at_limit.as_bytes()), Ok(()));
        let past_limit = format!("[{at_limit}]");
        assert_eq!(
            check_depth(past_limit.as_bytes()),
            Err(DepthError { limit: MAX_DEPTH })
        );
        let in_string = format!(r#"{{"a":"{}\"{}"}}"#, "[".repeat(40), "{".repeat(40));
        assert_eq!(check_depth(in_string.as_bytes()), Ok(()));
        let siblings = "[[],".repeat(20);
        assert_eq!(check_depth(siblings.as_bytes()), Ok(()));
    }
}
