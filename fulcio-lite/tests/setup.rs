//! Authorities and logs that do not start, each for its reason.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod harness;

use std::sync::Arc;

use fulcio_lite::ctlog::{CtLog, CtSetupError};
use fulcio_lite::identity::IssuerConfigError;
use fulcio_lite::{Fulcio, FulcioConfig, FulcioParts, SetupError};
use harness::{World, ca_request};
use jiff::SignedDuration;
use sigbox_crypto::profile::{IntermediateKind, Issuer, make_intermediate, make_root};
use sigbox_crypto::{Certificate, KeyAlgorithm, SigningKey};

fn parts(world: &World) -> FulcioParts {
    FulcioParts {
        config: FulcioConfig::default(),
        signer: world.ca_key.clone(),
        chain: vec![world.intermediate.clone(), world.root.clone()],
        ct_log: world.ct.clone(),
        clock: world.clock.as_clock(),
    }
}

fn refused(parts: FulcioParts) -> SetupError {
    match Fulcio::new(parts) {
        Ok(_) => panic!("it started"),
        Err(error) => error,
    }
}

fn p256() -> Arc<SigningKey> {
    Arc::new(SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap())
}

/// Another root, and an intermediate under it for `subject`.
fn hierarchy(
    world: &World,
    subject: &SigningKey,
    kind: IntermediateKind,
) -> (Certificate, Certificate, Arc<SigningKey>) {
    let root_key = p256();
    let now = world.clock.now();
    let root = make_root(root_key.as_ref(), &ca_request("another root", now)).unwrap();
    let issuer = Issuer {
        certificate: &root,
        signer: root_key.as_ref(),
    };
    let request = ca_request("another intermediate", now);
    let intermediate = make_intermediate(&issuer, subject.public_key(), &request, kind).unwrap();
    (intermediate, root, root_key)
}

#[tokio::test]
async fn chains_that_are_none() {
    let world = World::new().await;
    assert!(Fulcio::new(parts(&world)).is_ok());
    let name = world.intermediate.display_name();
    for (chain, found) in [(vec![], 0), (vec![world.intermediate.clone()], 1)] {
        let error = refused(FulcioParts {
            chain,
            ..parts(&world)
        });
        assert!(
            matches!(error, SetupError::ChainLength { found: f } if f == found),
            "{error}"
        );
    }
    let error = refused(FulcioParts {
        chain: vec![world.root.clone()],
        ..parts(&world)
    });
    assert!(
        matches!(error, SetupError::RootIssues { subject } if subject == world.root.display_name())
    );

    let error = refused(FulcioParts {
        signer: p256(),
        ..parts(&world)
    });
    assert!(matches!(error, SetupError::SignerMismatch { subject } if subject == name));

    let (_, other_root, other_root_key) =
        hierarchy(&world, &world.ca_key, IntermediateKind::CodeSigning);
    let chain = vec![world.intermediate.clone(), other_root.clone()];
    let error = refused(FulcioParts {
        chain,
        ..parts(&world)
    });
    assert!(matches!(error, SetupError::NotIssuedBy { subject, .. } if subject == name));

    let chain = vec![other_root.clone(), other_root];
    let error = refused(FulcioParts {
        chain,
        signer: other_root_key,
        ..parts(&world)
    });
    assert!(matches!(error, SetupError::RootIssues { .. }));
}

#[tokio::test]
async fn authorities_for_other_uses() {
    let world = World::new().await;
    let (stamps, root, _) = hierarchy(&world, &world.ca_key, IntermediateKind::TimeStamping);
    let name = stamps.display_name();
    let error = refused(FulcioParts {
        chain: vec![stamps, root],
        ..parts(&world)
    });
    assert!(matches!(error, SetupError::NotForCodeSigning { subject } if subject == name));

    let (below, root, _) = hierarchy(&world, &world.ca_key, IntermediateKind::CodeSigning);
    let error = refused(FulcioParts {
        chain: vec![below.clone(), root, below],
        ..parts(&world)
    });
    assert!(matches!(error, SetupError::NotIssuedBy { .. }), "{error}");
}

#[tokio::test]
async fn configurations_out_of_range() {
    let world = World::new().await;
    let with = |config| {
        refused(FulcioParts {
            config,
            ..parts(&world)
        })
    };
    let long = SignedDuration::from_secs(601);
    let error = with(FulcioConfig {
        certificate_lifetime: long,
        ..FulcioConfig::default()
    });
    assert!(
        matches!(error, SetupError::Duration { key: "certificate_lifetime", found, .. } if found == long)
    );
    let error = with(FulcioConfig {
        backdate: SignedDuration::from_secs(61),
        ..FulcioConfig::default()
    });
    assert!(matches!(
        error,
        SetupError::Duration {
            key: "backdate",
            ..
        }
    ));
    let issuer = || {
        harness::issuer(
            "not a url",
            harness::email_kind(),
            Arc::new(world.people.static_jwks()),
        )
    };
    let error = with(FulcioConfig {
        issuers: vec![issuer()],
        ..FulcioConfig::default()
    });
    let SetupError::Issuers(error) = error else {
        panic!("{error}")
    };
    assert_eq!(
        error,
        IssuerConfigError::Url {
            url: "not a url".to_owned()
        }
    );
}

#[tokio::test]
async fn logs_that_cannot_be() {
    let world = World::new().await;
    let setup =
        |signer: Arc<SigningKey>, accepted| CtLog::new(world.ct_log(), signer, accepted).err();
    let p384 = Arc::new(SigningKey::generate(KeyAlgorithm::EcdsaP384).unwrap());
    assert_eq!(
        setup(p384, vec![world.root.clone()]),
        Some(CtSetupError::Key {
            found: KeyAlgorithm::EcdsaP384
        })
    );
    assert_eq!(
        setup(p256(), vec![]),
        Some(CtSetupError::NoRoot { found: 0 })
    );
    assert_eq!(
        setup(p256(), vec![world.intermediate.clone()]),
        Some(CtSetupError::NoRoot { found: 1 })
    );
    // One key for both would let the authority speak as its own log.
    let shared = CtLog::new(
        world.ct_log(),
        world.ca_key.clone(),
        vec![world.root.clone(), world.intermediate.clone()],
    );
    let error = refused(FulcioParts {
        ct_log: shared.unwrap(),
        ..parts(&world)
    });
    assert!(matches!(error, SetupError::SharedKey));
}
