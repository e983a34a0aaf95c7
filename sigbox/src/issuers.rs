//! The OpenID issuers that the certificate authority accepts: those of `sigbox.toml`, and the built-in two with `--dev`.

use std::sync::Arc;

use anyhow::{Context, Result};
use fulcio_lite::identity::{
    DiscoveredJwks, IdpClient, IssuerConfig, IssuerKind, StaticJwks, TokenAlgorithm,
};
use oidc_lite::Provider;

use crate::config::{Config, Issuer, IssuerType};

/// Audience of the tokens that clients ask for.
const AUDIENCE: &str = "sigstore";

/// All issuers; a configured one is asked for its keys only when a token of it is seen.
pub(crate) fn accepted(config: &Config, built_in: Option<&Provider>) -> Result<Vec<IssuerConfig>> {
    let mut issuers = Vec::new();
    if !config.issuers.is_empty() {
        let client = IdpClient::new(None)?;
        issuers.extend(config.issuers.iter().map(|issuer| IssuerConfig {
            url: issuer.url.clone(),
            audience: issuer.client_id.clone(),
            kind: kind(issuer),
            keys: Arc::new(DiscoveredJwks::new(client.clone(), &issuer.url, Vec::new())),
        }));
    }
    if let Some(provider) = built_in {
        issuers.extend(two(config, provider)?);
    }
    Ok(issuers)
}

fn kind(issuer: &Issuer) -> IssuerKind {
    match issuer.kind {
        IssuerType::Email => IssuerKind::Email {
            skip_email_verification_unsafe: false,
        },
        IssuerType::Uri => IssuerKind::Uri {
            subject_domain: issuer.subject_domain.clone().unwrap_or_default(),
        },
    }
}

/// The built-in provider's two, whose keys are handed over in the process: no request to ourselves.
fn two(config: &Config, provider: &Provider) -> Result<[IssuerConfig; 2]> {
    let algorithm = TokenAlgorithm::parse("RS256").context("RS256 is a token algorithm")?;
    let keys = StaticJwks::new(provider.jwks_json().as_bytes(), vec![algorithm])?;
    let keys = Arc::new(keys);
    let issuer = |of, kind| IssuerConfig {
        url: provider.issuer(of),
        audience: AUDIENCE.to_owned(),
        kind,
        keys: Arc::clone(&keys) as _,
    };
    Ok([
        issuer(
            oidc_lite::IssuerKind::Email,
            IssuerKind::Email {
                skip_email_verification_unsafe: false,
            },
        ),
        issuer(
            oidc_lite::IssuerKind::Workload,
            IssuerKind::Uri {
                subject_domain: config.base().to_owned(),
            },
        ),
    ])
}
