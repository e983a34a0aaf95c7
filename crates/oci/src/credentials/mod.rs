//! User names, passwords and tokens by registry.

mod docker_config;
mod helper;

use std::path::PathBuf;

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::foreign::Foreign;
use crate::reference::{DEFAULT_REGISTRY, Repository};

/// The credentials of a registry cannot be had. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The file is there but cannot be read.
    #[error("registry credentials: open {}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no docker configuration.
    #[error("registry credentials: {} is no docker configuration (line {line}, column {column})", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where reading ended.
        line: usize,
        /// Where reading ended.
        column: usize,
    },
    /// The file is longer than a configuration is.
    #[error("registry credentials: {} is longer than {limit} bytes", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: u64,
    },
    /// An `auth` member is not `user:password` in base64.
    #[error("registry credentials: \"auth\" of {registry} is no user name and password in base64")]
    Auth {
        /// The registry.
        registry: Foreign,
    },
    /// A helper's name could be a path.
    #[error(
        "registry credentials: a helper's name is made of letters, digits, \".\", \"_\" and \"-\", found \"{found}\""
    )]
    HelperName {
        /// The name in the configuration.
        found: Foreign,
    },
    /// A helper did not do its work.
    #[error("registry credentials: docker-credential-{name}: {reason}")]
    Helper {
        /// The helper's name.
        name: Foreign,
        /// What went wrong; never what the helper printed.
        reason: HelperFault,
    },
}

/// What goes wrong with a helper.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HelperFault {
    /// It cannot be started or talked to.
    #[error("{0}")]
    Run(#[from] std::io::Error),
    /// It did not end in time.
    #[error("no answer within {seconds} s")]
    Timeout {
        /// How long it was waited for.
        seconds: u64,
    },
    /// It printed more than an answer has.
    #[error("an answer longer than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// It failed.
    #[error("exit status {status}")]
    Failed {
        /// The exit status, -1 for a signal.
        status: i32,
    },
    /// It printed something else than its protocol has.
    #[error("an answer that is not its protocol's")]
    Answer,
}

/// What a registry is shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// User name and password.
    Basic {
        /// The user name.
        username: String,
        /// The password.
        password: Zeroizing<String>,
    },
    /// A token that a token service exchanges for one that the registry takes.
    IdentityToken(Zeroizing<String>),
    /// A token that the registry takes.
    RegistryToken(Zeroizing<String>),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Basic { .. } => "Credentials::Basic(..)",
            Self::IdentityToken(_) => "Credentials::IdentityToken(..)",
            Self::RegistryToken(_) => "Credentials::RegistryToken(..)",
        })
    }
}

/// Where the client asks for credentials, once it has been asked for some.
#[async_trait]
pub trait CredentialSource: Send + Sync {
    /// The credentials for a repository's registry; nothing means anonymous.
    ///
    /// # Errors
    /// [`CredentialError`] if there should be some that cannot be had.
    async fn credentials(
        &self,
        repository: &Repository,
    ) -> Result<Option<Credentials>, CredentialError>;
}

/// The credentials of the command line, or else those of docker's and podman's configuration files.
#[derive(Clone, Debug, Default)]
pub struct CredentialStore {
    given: Option<Credentials>,
    files: Vec<PathBuf>,
    helper_path: Option<std::ffi::OsString>,
}

impl CredentialStore {
    /// Nobody's credentials.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// These credentials for every registry that the user names (`--registry-username`, `--registry-token`).
    pub fn given(credentials: Credentials) -> Self {
        Self {
            given: Some(credentials),
            ..Self::default()
        }
    }

    /// The first of these files that knows the registry; files that are not there are passed over.
    pub fn files(files: Vec<PathBuf>) -> Self {
        Self {
            files,
            ..Self::default()
        }
    }

    /// Looks for credential helpers in these directories instead of those of `PATH`.
    pub fn with_helper_path(mut self, path: std::ffi::OsString) -> Self {
        self.helper_path = Some(path);
        self
    }
}

#[async_trait]
impl CredentialSource for CredentialStore {
    async fn credentials(
        &self,
        repository: &Repository,
    ) -> Result<Option<Credentials>, CredentialError> {
        if self.given.is_some() {
            return Ok(self.given.clone());
        }
        for path in &self.files {
            let Some(config) = docker_config::read(path)? else {
                continue;
            };
            if let Some(name) = config.helper_for(repository) {
                let server = server_address(repository);
                let found = helper::get(name, &server, self.helper_path.as_deref()).await?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            if let Some(found) = config.credentials_for(repository)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// The name below which docker keeps a registry's credentials.
fn server_address(repository: &Repository) -> String {
    match repository.registry() {
        DEFAULT_REGISTRY => format!("https://{DEFAULT_REGISTRY}/v1/"),
        other => other.to_owned(),
    }
}

/// Text that is wiped from memory when it is no longer needed.
fn secret<'de, D>(deserializer: D) -> Result<Option<Zeroizing<String>>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    use serde::Deserialize as _;
    Ok(Option::<String>::deserialize(deserializer)?.map(Zeroizing::new))
}
