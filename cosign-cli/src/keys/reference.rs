//! `--key`: where a key is.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use url::Url;
use zeroize::Zeroizing;

use super::KeyError;
use crate::http::without_query;
use crate::{environment, fetch};

const VARIABLE_SCHEME: &str = "env://";
/// Read no further than this: a key is a few kilobytes.
const MAX_KEY_BYTES: usize = 64 * 1024;

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyReference {
    /// In a file.
    File(PathBuf),
    /// In a variable, as PEM text.
    Variable(String),
    /// At an `http` or `https` address.
    Address(Url),
}

impl KeyReference {
    /// Reads a reference; those of key services are [`KeyError::Scheme`].
    pub(crate) fn parse(text: &str) -> Result<Self, KeyError> {
        if let Some(name) = text.strip_prefix(VARIABLE_SCHEME) {
            return Ok(Self::Variable(name.to_owned()));
        }
        if let Some(url) = fetch::address(text) {
            return Ok(Self::Address(url));
        }
        let scheme = match text.split_once("://") {
            Some((scheme, _)) => Some(format!("{scheme}://")),
            None => text.starts_with("pkcs11:").then(|| "pkcs11:".to_owned()),
        };
        match scheme {
            Some(scheme) => Err(KeyError::Scheme { scheme }),
            None => Ok(Self::File(PathBuf::from(text))),
        }
    }

    /// The PEM text.
    pub(super) fn read(&self) -> Result<Zeroizing<String>, KeyError> {
        let bytes = match self {
            Self::File(path) => read_file(path)?,
            Self::Address(url) => read_address(url)?,
            Self::Variable(name) => {
                let name = name.clone();
                environment::secret(&name).ok_or(KeyError::MissingVariable { name })?
            }
        };
        if bytes.len() > MAX_KEY_BYTES {
            return Err(KeyError::TooLarge {
                name: self.name(),
                limit: MAX_KEY_BYTES,
            });
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| KeyError::NotText)?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    fn name(&self) -> String {
        match self {
            Self::File(path) => path.to_string_lossy().into_owned(),
            Self::Variable(name) => format!("{VARIABLE_SCHEME}{name}"),
            Self::Address(url) => without_query(url),
        }
    }
}

fn read_address(url: &Url) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_KEY_BYTES + 2));
    fetch::open(url)?
        .take(MAX_KEY_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| KeyError::Transfer {
            url: without_query(url),
            source,
        })?;
    Ok(bytes)
}

/// At most one byte more than a key may have, into a buffer that does not move and leave copies behind.
fn read_file(path: &PathBuf) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let failed = |source| KeyError::Read {
        path: path.clone(),
        source,
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_KEY_BYTES + 2));
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_KEY_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{KeyError, KeyReference, MAX_KEY_BYTES};

    #[test]
    fn a_file_a_variable_and_nothing_else() {
        let parse = |text| KeyReference::parse(text);
        assert_eq!(
            parse("dir/cosign.key").unwrap(),
            KeyReference::File("dir/cosign.key".into())
        );
        assert_eq!(
            parse("env://KEY").unwrap(),
            KeyReference::Variable("KEY".to_owned())
        );
        let address = parse("https://keys.test/cosign.pub").unwrap();
        assert!(
            matches!(address, KeyReference::Address(url) if url.as_str() == "https://keys.test/cosign.pub")
        );
        for (text, expected) in [
            ("awskms:///alias/x", "awskms://"),
            ("k8s://ns/name", "k8s://"),
            ("ftp://keys.test/cosign.pub", "ftp://"),
            ("https://", "https://"),
            ("pkcs11:token=T", "pkcs11:"),
        ] {
            let refused = parse(text).unwrap_err();
            assert!(matches!(refused, KeyError::Scheme { scheme } if scheme == expected));
        }
    }

    #[test]
    fn what_cannot_be_a_key_is_not_read_to_its_end() {
        let read = |path: &str| KeyReference::File(path.into()).read().unwrap_err();
        assert!(matches!(
            read("/dev/zero"),
            KeyError::TooLarge {
                limit: MAX_KEY_BYTES,
                ..
            }
        ));
        let missing = read("none.key");
        assert!(matches!(missing, KeyError::Read { .. }));
        assert_eq!(
            missing.to_string(),
            "open none.key: no such file or directory"
        );
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("binary");
        std::fs::write(&path, b"\xff\xfe").unwrap();
        assert!(matches!(read(path.to_str().unwrap()), KeyError::NotText));
    }
}
