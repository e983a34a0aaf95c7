//! Names of images: `[registry/]repository[:tag][@digest]`.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::digest::{Digest, DigestError};
use crate::foreign::Foreign;

/// The registry of a name that states none.
pub const DEFAULT_REGISTRY: &str = "index.docker.io";
const DEFAULT_REGISTRY_ALIAS: &str = "docker.io";
const MAX_REPOSITORY: usize = 255;
const MAX_TAG: usize = 128;

/// A text names no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// The part before the first slash is no `host[:port]`.
    #[error("a registry is HOST[:PORT], found \"{found}\"")]
    Registry {
        /// What stands there.
        found: Foreign,
    },
    /// The repository is not made of lower-case letters, digits and single separators.
    #[error(
        "a repository is 2 to 255 of a-z, 0-9, \".\", \"_\", \"-\" and \"/\" between parts, found \"{found}\""
    )]
    Repository {
        /// What stands there.
        found: Foreign,
    },
    /// The tag has a character or a length that tags may not have.
    #[error(
        "a tag is 1 to 128 of a-z, A-Z, 0-9, \"_\", \".\" and \"-\" (not first), found \"{found}\""
    )]
    Tag {
        /// What stands there.
        found: Foreign,
    },
    /// What stands after `@` is no digest.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

/// A name inside a repository that may move from one manifest to another.
///
/// Source: OCI distribution spec 1.1, "Pulling manifests": `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(String);

impl Tag {
    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `sha256-<hex>`, cut to the 64 characters that the specification allows for a longer hash.
    pub(crate) fn of_digest(digest: &Digest) -> Self {
        let hex: String = digest.hex().chars().take(64).collect();
        Self(format!("{}-{hex}", digest.algorithm()))
    }
}

impl FromStr for Tag {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let fits = text.len() <= MAX_TAG
            && text.bytes().next().is_some_and(word)
            && text
                .bytes()
                .all(|byte| word(byte) || matches!(byte, b'.' | b'-'));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(ReferenceError::Tag {
                found: Foreign::new(text),
            })
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A registry and a repository in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Repository {
    registry: String,
    name: String,
}

impl Repository {
    /// `host[:port]`, with the brackets of an IPv6 address.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository's path, without a slash at either end.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// This repository's manifest of a digest.
    pub fn at(&self, digest: Digest) -> Reference {
        Reference {
            repository: self.clone(),
            tag: None,
            digest: Some(digest),
        }
    }

    /// This repository's manifest of a tag.
    pub fn tagged(&self, tag: Tag) -> Reference {
        Reference {
            repository: self.clone(),
            tag: Some(tag),
            digest: None,
        }
    }
}

impl FromStr for Repository {
    type Err = ReferenceError;

    /// As go-containerregistry reads it: a first part with a dot, a colon, or `localhost`, is a registry.
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let stated = text
            .split_once('/')
            .filter(|(first, _)| first.contains(['.', ':']) || *first == "localhost");
        let (registry, name) = stated.unwrap_or((DEFAULT_REGISTRY, text));
        let registry = match registry {
            DEFAULT_REGISTRY_ALIAS => DEFAULT_REGISTRY,
            other => other,
        };
        if !is_registry(registry) {
            return Err(ReferenceError::Registry {
                found: Foreign::new(registry),
            });
        }
        let name = if registry == DEFAULT_REGISTRY && !name.contains('/') {
            format!("library/{name}")
        } else {
            name.to_owned()
        };
        if !is_repository(&name) {
            return Err(ReferenceError::Repository {
                found: Foreign::new(&name),
            });
        }
        Ok(Self {
            registry: registry.to_owned(),
            name,
        })
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.name)
    }
}

/// A repository and which manifest in it; with a digest, the tag is only for show.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Where it is.
    pub repository: Repository,
    /// The tag; `latest` if neither tag nor digest was written.
    pub tag: Option<Tag>,
    /// The digest, which decides if it is there.
    pub digest: Option<Digest>,
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let (base, digest) = match text.split_once('@') {
            Some((base, digest)) => (base, Some(digest.parse::<Digest>()?)),
            None => (text, None),
        };
        // A colon before a slash belongs to a port.
        let (name, tag) = match base.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') && !name.is_empty() => {
                (name, Some(tag.parse::<Tag>()?))
            }
            _ => (base, None),
        };
        let tag = match (tag, &digest) {
            (None, None) => Some("latest".parse()?),
            (tag, _) => tag,
        };
        Ok(Self {
            repository: name.parse()?,
            tag,
            digest,
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

fn is_registry(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) if address.parse::<Ipv6Addr>().is_ok() => (None, port),
        Some(_) => return false,
        None => {
            let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            (Some(host), port)
        }
    };
    let port_fits = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| {
            digits.bytes().all(|byte| byte.is_ascii_digit())
                && digits.parse::<u16>().is_ok_and(|port| port != 0)
        });
    port_fits && host.is_none_or(is_host)
}

fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A last label of digits is an address, or one of its odd spellings (0x7f.1, 127.1).
    let numeric = host.rsplit('.').next().is_some_and(|last| {
        last.bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_digit())
    });
    if numeric && host.contains('.') || host.starts_with("0x") {
        return host.parse::<Ipv4Addr>().is_ok();
    }
    host.len() <= 253 && host.split('.').all(label)
}

/// Source: OCI distribution spec 1.1: `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`.
fn is_repository(text: &str) -> bool {
    (2..=MAX_REPOSITORY).contains(&text.len()) && text.split('/').all(is_part)
}

fn is_part(part: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = |byte: Option<u8>| byte.is_some_and(word);
    let separators = part
        .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .filter(|run| !run.is_empty())
        .all(|run| matches!(run, "." | "_" | "__") || run.bytes().all(|byte| byte == b'-'));
    ends(part.bytes().next()) && ends(part.bytes().last()) && separators
}

#[cfg(test)]
mod tests;
