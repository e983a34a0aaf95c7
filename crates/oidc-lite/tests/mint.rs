//! Tokens outside of any flow.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests"
)]

mod kit;

use std::sync::Arc;
use std::time::Duration;

use kit::*;
use oidc_lite::{
    Identity, IssuerKind, MintError, Provider, ProviderConfig, RandomError, RsaKey, TokenRequest,
    generate_rsa_key_pem,
};

#[tokio::test]
async fn mints_tokens_without_a_flow() {
    let kit = Kit::new();
    let config = kit.provider.config();
    for (identity, issuer) in [
        (Identity::email("bob@example.com").unwrap(), EMAIL_ISSUER),
        (
            Identity::workload("http://localhost/ci", config).unwrap(),
            WORKLOAD_ISSUER,
        ),
    ] {
        let request = TokenRequest {
            identity: identity.clone(),
            audience: "sigstore".to_owned(),
            lifetime: Some(Duration::from_secs(10)),
        };
        let token = kit.provider.mint(&request).unwrap();
        let claims = kit.verified(&token, issuer).await;
        assert_eq!(claims.sub, identity.subject());
        assert_eq!((claims.iat, claims.exp), (START, START + 10));
        assert_ne!(kit.provider.mint(&request).unwrap(), token);
    }
    assert_eq!(kit.provider.issuer(IssuerKind::Email), EMAIL_ISSUER);
}

#[test]
fn mints_nothing_unsound() {
    let kit = Kit::new();
    let sound = TokenRequest {
        identity: Identity::email("bob@example.com").unwrap(),
        audience: "sigstore".to_owned(),
        lifetime: None,
    };
    kit.provider.mint(&sound).unwrap();
    let no_audience = TokenRequest {
        audience: String::new(),
        ..sound.clone()
    };
    match kit.provider.mint(&no_audience) {
        Err(MintError::EmptyAudience) => {}
        other => panic!("{other:?}"),
    }
    for asked in [Duration::ZERO, Duration::from_millis(999), Duration::MAX] {
        let request = TokenRequest {
            lifetime: Some(asked),
            ..sound.clone()
        };
        match kit.provider.mint(&request) {
            Err(MintError::Lifetime { lifetime }) => assert_eq!(lifetime, asked),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn makes_no_token_without_randomness() {
    let key = RsaKey::from_pkcs8_pem(&generate_rsa_key_pem().unwrap()).unwrap();
    let provider = Provider::with_random(
        ProviderConfig::new(BASE).unwrap(),
        key,
        Arc::new(|| jiff::Timestamp::UNIX_EPOCH),
        Arc::new(|| Err(RandomError)),
    );
    let request = TokenRequest {
        identity: Identity::email("bob@example.com").unwrap(),
        audience: "sigstore".to_owned(),
        lifetime: None,
    };
    match provider.mint(&request) {
        Err(MintError::Random(RandomError)) => {}
        other => panic!("{other:?}"),
    }
}
