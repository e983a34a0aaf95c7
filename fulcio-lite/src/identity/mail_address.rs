//! Which mail addresses can stand in a certificate.

/// Longest address, in bytes.
///
/// Source: RFC 5321 §4.5.3.1.3 (a path of 256 with its brackets).
const MAX_ADDRESS: usize = 254;

/// Whether `text` is an ASCII address of the form `local@domain`: a dot-atom, and a domain of letter-digit-hyphen
/// labels; quoted local parts and address literals are not taken.
///
/// Source: RFC 5322 §3.4.1 (`dot-atom`), RFC 1123 §2.1; RFC 8398 names are not used.
pub(super) fn is_mail_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    text.len() <= MAX_ADDRESS
        && local.len() <= 64
        && local
            .split('.')
            .all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_byte))
        && domain.split('.').all(is_label)
}

fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_ordinary_addresses() {
        for text in [
            "alice@example.com",
            "a.b+c_d@sub.example-host.org",
            "1@2",
            "o'brien@example.com",
            "root@localhost",
        ] {
            assert!(is_mail_address(text), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("a@{}", "a.".repeat(130));
        for text in [
            "",
            "@",
            "alice",
            "alice@",
            "@example.com",
            ".a@example.com",
            "a.@example.com",
            "a..b@example.com",
            "a b@example.com",
            "a@b@example.com",
            "\"a b\"@example.com",
            "a@[127.0.0.1]",
            "a@-b.com",
            "a@b-.com",
            "a@b..com",
            "a@example.com.",
            "a@example.com\n",
            "a\u{0}@example.com",
            "älice@example.com",
            "a@exämple.com",
            "Alice <alice@example.com>",
            &long_local,
            &long,
        ] {
            assert!(!is_mail_address(text), "{text:?}");
        }
    }
}
