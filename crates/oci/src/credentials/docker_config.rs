//! `config.json` of docker and `auth.json` of podman.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{CredentialError, Credentials};
use crate::foreign::Foreign;
use crate::reference::{DEFAULT_REGISTRY, Repository};

const MAX_CONFIG: u64 = 1024 * 1024;

/// The parts of the file that are about credentials.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DockerConfig {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    #[serde(deserialize_with = "super::secret")]
    auth: Option<Zeroizing<String>>,
    username: Option<String>,
    #[serde(deserialize_with = "super::secret")]
    password: Option<Zeroizing<String>>,
    #[serde(deserialize_with = "super::secret")]
    identitytoken: Option<Zeroizing<String>>,
    #[serde(deserialize_with = "super::secret")]
    registrytoken: Option<Zeroizing<String>>,
}

/// Reads a file; nothing if it is not there.
pub(super) fn read(path: &Path) -> Result<Option<DockerConfig>, CredentialError> {
    let unreadable = |source| CredentialError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    };
    let mut text = Zeroizing::new(Vec::new());
    file.take(MAX_CONFIG + 1)
        .read_to_end(&mut text)
        .map_err(unreadable)?;
    if text.len() as u64 > MAX_CONFIG {
        return Err(CredentialError::TooLarge {
            path: path.to_owned(),
            limit: MAX_CONFIG,
        });
    }
    // What the reader says may quote the file, so only the place is kept.
    let config = serde_json::from_slice(&text).map_err(|error| CredentialError::Malformed {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
    })?;
    Ok(Some(config))
}

impl DockerConfig {
    /// The helper of this registry, or of all.
    pub(super) fn helper_for(&self, repository: &Repository) -> Option<&str> {
        let own = self
            .cred_helpers
            .iter()
            .find(|(key, _)| matches(key, repository).is_some())
            .map(|(_, helper)| helper.as_str());
        own.or(self.creds_store.as_deref())
            .filter(|name| !name.is_empty())
    }

    /// The entry of this registry; of several, the one for the longest path.
    pub(super) fn credentials_for(
        &self,
        repository: &Repository,
    ) -> Result<Option<Credentials>, CredentialError> {
        let best = self
            .auths
            .iter()
            .filter_map(|(key, entry)| Some((matches(key, repository)?, entry)))
            .max_by_key(|(length, _)| *length);
        best.map_or(Ok(None), |(_, entry)| {
            entry.credentials(repository.registry())
        })
    }
}

impl Entry {
    fn credentials(&self, registry: &str) -> Result<Option<Credentials>, CredentialError> {
        let set =
            |token: &Option<Zeroizing<String>>| token.clone().filter(|token| !token.is_empty());
        if let Some(token) = set(&self.registrytoken) {
            return Ok(Some(Credentials::RegistryToken(token)));
        }
        if let Some(token) = set(&self.identitytoken) {
            return Ok(Some(Credentials::IdentityToken(token)));
        }
        if let Some(auth) = set(&self.auth) {
            let malformed = || CredentialError::Auth {
                registry: Foreign::new(registry),
            };
            let bytes = Zeroizing::new(STANDARD.decode(auth.trim()).map_err(|_| malformed())?);
            let text = std::str::from_utf8(&bytes).map_err(|_| malformed())?;
            let (username, password) = text.split_once(':').ok_or_else(malformed)?;
            return Ok(Some(Credentials::Basic {
                username: username.to_owned(),
                // Some writers end the text with NUL.
                password: Zeroizing::new(password.trim_end_matches('\0').to_owned()),
            }));
        }
        Ok(self
            .username
            .clone()
            .filter(|name| !name.is_empty())
            .map(|username| Credentials::Basic {
                username,
                password: self.password.clone().unwrap_or_default(),
            }))
    }
}

/// Whether a key means this repository: the whole `host[:port]` is the same, and its path, if any, is one of the repository's
/// first parts. The length of that path.
fn matches(key: &str, repository: &Repository) -> Option<usize> {
    let bare = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"));
    let (host, path) = bare
        .unwrap_or(key)
        .split_once('/')
        .unwrap_or((bare.unwrap_or(key), ""));
    let host = match host {
        "docker.io" | "registry-1.docker.io" => DEFAULT_REGISTRY,
        other => other,
    };
    if !host.eq_ignore_ascii_case(repository.registry()) {
        return None;
    }
    let path = path.trim_end_matches('/');
    // Docker writes addresses (`https://index.docker.io/v1/`), podman writes names (`host/group`).
    if path.is_empty() || bare.is_some() && matches!(path, "v1" | "v2") {
        return Some(0);
    }
    let rest = repository.name().strip_prefix(path)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(path.len())
}

#[cfg(test)]
mod tests;
