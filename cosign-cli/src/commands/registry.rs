//! From the flags about registries to a client.

use std::path::PathBuf;
use std::sync::Arc;

use sigbox_oci::credentials::{CredentialStore, Credentials};
use sigbox_oci::{PlainHttp, Registry, RegistryOptions, Repository};
use url::Url;
use zeroize::Zeroizing;

use super::argument_failure;
use crate::args::{ArgumentError, GlobalArgs, RegistryArgs};
use crate::environment;
use crate::http::{HttpOptions, RegistryTls, RegistryTransport};
use crate::report::Failure;
use crate::ui::{Escaped, say};

/// A client that may contact the registries of these repositories, and hosts that those point to.
pub(super) fn client<'a>(
    global: &GlobalArgs,
    args: &RegistryArgs,
    repositories: impl Iterator<Item = &'a Repository>,
) -> Result<Arc<Registry>, Failure> {
    let plain_http = if args.allow_http_registry || args.allow_insecure_registry {
        PlainHttp::Everywhere
    } else {
        PlainHttp::LoopbackOnly
    };
    if args.allow_insecure_registry {
        say(
            &"WARNING: --allow-insecure-registry: whoever can answer in the registry's place is taken for it",
        );
    }
    let mut origins = Vec::new();
    for repository in repositories {
        let named = Registry::origins(repository, plain_http);
        origins.extend(named.map_err(|error| Failure::from_error(&error))?);
    }
    let options = HttpOptions {
        trace: global.verbose,
        ..HttpOptions::default()
    };
    let transport = RegistryTransport::new(&origins, options, &tls(args)?)
        .map_err(|error| Failure::new(format!("TLS to registries: {error}")))?;
    let options = RegistryOptions {
        plain_http,
        trusted_realms: token_hosts(&args.registry_token_host)?,
        ..RegistryOptions::default()
    };
    let credentials = Arc::new(credentials(args)?);
    Ok(Arc::new(Registry::new(
        Arc::new(transport),
        credentials,
        options,
    )))
}

fn tls(args: &RegistryArgs) -> Result<RegistryTls, Failure> {
    let identity = match (&args.registry_client_cert, &args.registry_client_key) {
        (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
        (None, None) => None,
        _ => {
            return Err(Failure::new(
                "--registry-client-cert and --registry-client-key are only of use together",
            ));
        }
    };
    Ok(RegistryTls {
        authorities: args.registry_cacert.clone(),
        identity,
        server_name: args.registry_server_name.clone(),
        insecure: args.allow_insecure_registry,
    })
}

/// `host` or `host:port`, as the addresses of token services have them.
fn token_hosts(named: &[String]) -> Result<Vec<String>, Failure> {
    let host = |name: &String| {
        let url = Url::parse(&format!("https://{name}")).ok();
        let url = url.filter(|url| url.username().is_empty() && url.password().is_none());
        url.filter(|url| !name.contains('/') && url.query().is_none() && url.fragment().is_none())
            .map(|url| url.authority().to_owned())
            .ok_or_else(|| {
                Failure::new(format!(
                    "--registry-token-host: expected HOST or HOST:PORT, found {}",
                    Escaped(name)
                ))
            })
    };
    named.iter().map(host).collect()
}

/// Those of the command line, else those that a login has saved.
fn credentials(args: &RegistryArgs) -> Result<CredentialStore, Failure> {
    let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    let name = given(&args.registry_username);
    let password = given(&args.registry_password);
    match (name, password, given(&args.registry_token)) {
        (Some(username), Some(password), None) => {
            let password = Zeroizing::new(password);
            Ok(CredentialStore::given(Credentials::Basic {
                username,
                password,
            }))
        }
        (None, None, Some(token)) => Ok(CredentialStore::given(Credentials::RegistryToken(
            Zeroizing::new(token),
        ))),
        (None, None, None) => Ok(CredentialStore::files(saved())),
        (_, _, Some(_)) => Err(argument_failure(&ArgumentError::Conflict {
            first: "--registry-token",
            second: "--registry-username",
        })),
        _ => Err(Failure::new(
            "--registry-username and --registry-password are only of use together",
        )),
    }
}

/// Where logins are saved, the first that knows the registry counts.
fn saved() -> Vec<PathBuf> {
    let mut files = Vec::new();
    if let Some(directory) = environment::path("DOCKER_CONFIG") {
        files.push(directory.join("config.json"));
    } else if let Some(home) = environment::path("HOME") {
        files.push(home.join(".docker/config.json"));
    }
    if let Some(file) = environment::path("REGISTRY_AUTH_FILE") {
        files.push(file);
    } else if let Some(directory) = environment::path("XDG_RUNTIME_DIR") {
        files.push(directory.join("containers/auth.json"));
    }
    files
}
