//! The outer form of DER: tags, lengths and nesting, nothing of what they mean.

/// Whether `bytes` are one element in DER, down through `levels` levels of constructed elements in it.
///
/// What stands deeper may be a value that its reader keeps as it is, because nothing asks what it means. Tags of more
/// than one octet do not occur in our formats and are refused.
pub(crate) fn is_strict_der(bytes: &[u8], levels: usize) -> bool {
    element(bytes, levels).is_some_and(<[u8]>::is_empty)
}

/// The bytes after the first element.
fn element(bytes: &[u8], levels: usize) -> Option<&[u8]> {
    let (&tag, rest) = bytes.split_first()?;
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (length, rest) = length(rest)?;
    let (mut content, after) = rest.split_at_checked(length)?;
    if tag & 0x20 != 0 && levels > 0 {
        while !content.is_empty() {
            content = element(content, levels - 1)?;
        }
    }
    Some(after)
}

/// Definite, and as short as can be.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        return Some((usize::from(first), rest));
    }
    let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
    if octets.is_empty() || octets.len() > 4 || octets[0] == 0 {
        return None;
    }
    let length = octets
        .iter()
        .fold(0_usize, |sum, octet| sum << 8 | usize::from(*octet));
    (length >= 0x80).then_some((length, rest))
}

#[cfg(test)]
mod tests {
    use super::is_strict_der;

    #[test]
    fn only_the_one_form_is_der() {
        let table: [(&[u8], bool); 9] = [
            (&[0x30, 0], true),
            (&[0x30, 2, 5, 0], true),
            (&[0x30, 2, 5, 0, 0], false),
            (&[0x30, 3, 5, 0], false),
            (&[0x30, 0x80, 0, 0], false),
            (&[0x04, 0x81, 1, 7], false),
            (&[0x30, 3, 0x04, 0x81, 0], false),
            (&[0x1f, 0x1f, 0], false),
            (&[], false),
        ];
        for (bytes, strict) in table {
            assert_eq!(is_strict_der(bytes, 2), strict, "{bytes:02x?}");
        }
        let deep: &[u8] = &[0x30, 4, 0x30, 2, 4, 9];
        assert!(is_strict_der(deep, 1) && !is_strict_der(deep, 2));
        let long = [&[0x04, 0x81, 0x80][..], &[0; 0x80]].concat();
        assert!(is_strict_der(&long, 0));
    }
}
