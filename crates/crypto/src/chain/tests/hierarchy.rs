//! Times, and the chains that our own profile makes.

use jiff::{SignedDuration, Timestamp};
use rcgen::date_time_ymd;

use super::{
    forge::{Node, authority, leaf, now, verify},
    rules::{authority_verdict, leaf_verdict, subject, with},
};
use crate::{
    ChainError, ChainPurpose, KeyAlgorithm, SigningKey,
    hierarchy::{Hierarchy, leaf_request, request},
    profile::{IntermediateKind, Issuer, make_intermediate, make_tsa_leaf},
    verify_chain,
};

#[test]
fn every_certificate_must_be_valid_at_the_time() {
    let at = now();
    let (past, future) = (date_time_ymd(2025, 1, 1), date_time_ymd(2030, 1, 1));
    assert_eq!(
        authority_verdict(|p| p.not_after = past),
        Err(ChainError::Expired {
            subject: subject("ca"),
            not_after: "2025-01-01T00:00:00Z".parse().unwrap(),
            at
        })
    );
    assert_eq!(
        authority_verdict(|p| p.not_before = future),
        Err(ChainError::NotYetValid {
            subject: subject("ca"),
            not_before: "2030-01-01T00:00:00Z".parse().unwrap(),
            at
        })
    );
    let root = Node::self_signed(with(authority("root"), |p| p.not_after = past));
    assert!(matches!(
        verify(&root.issue(leaf()), &[], &[&root]),
        Err(ChainError::Expired { subject, .. }) if subject == "CN=root"
    ));
    assert!(matches!(
        leaf_verdict(with(leaf(), |p| p.not_before = future), ChainPurpose::CodeSigning),
        Err(ChainError::NotYetValid { subject, .. }) if subject == "CN=leaf"
    ));
}

#[test]
fn both_ends_of_the_validity_belong_to_it() {
    let hierarchy = Hierarchy::new();
    let leaf = hierarchy.leaf();
    let verify = |at: Timestamp| {
        verify_chain(
            &leaf,
            std::slice::from_ref(&hierarchy.ca),
            std::slice::from_ref(&hierarchy.root),
            at,
            ChainPurpose::CodeSigning,
        )
        .map(|path| path.len())
    };
    let (first, last) = (leaf.not_before(), leaf.not_after());
    let instant = SignedDuration::from_nanos(1);
    assert_eq!((verify(first), verify(last)), (Ok(3), Ok(3)));
    let subject = "alice@example.com".to_owned();
    assert_eq!(
        verify(first - instant),
        Err(ChainError::NotYetValid {
            subject: subject.clone(),
            not_before: first,
            at: first - instant
        })
    );
    assert_eq!(
        verify(last + instant),
        Err(ChainError::Expired {
            subject,
            not_after: last,
            at: last + instant
        })
    );
}

#[test]
fn our_own_timestamping_chain_holds_and_cannot_sign_code() {
    let hierarchy = Hierarchy::new();
    let [tsa_ca_key, tsa_key] =
        [(); 2].map(|()| SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap());
    let kind = IntermediateKind::TimeStamping;
    let tsa_ca = make_intermediate(
        &hierarchy.root_issuer(),
        tsa_ca_key.public_key(),
        &request("tsa ca", 900),
        kind,
    )
    .unwrap();
    let issuer = Issuer {
        certificate: &tsa_ca,
        signer: &tsa_ca_key,
    };
    let tsa = make_tsa_leaf(&issuer, tsa_key.public_key(), &request("tsa", 800)).unwrap();
    let roots = [hierarchy.root.clone()];
    let pool = [tsa_ca.clone(), hierarchy.ca.clone()];
    let at = Hierarchy::start();
    assert_eq!(
        verify_chain(&tsa, &pool, &roots, at, ChainPurpose::TimeStamping)
            .unwrap()
            .len(),
        3
    );
    let purpose = ChainPurpose::CodeSigning;
    assert_eq!(
        verify_chain(&tsa, &pool, &roots, at, purpose),
        Err(ChainError::Eku {
            subject: tsa.display_name(),
            purpose
        })
    );
    // A timestamping leaf signed by the code-signing authority, as a thief of that key would make.
    let stolen = make_tsa_leaf(
        &hierarchy.issuer(),
        tsa_key.public_key(),
        &request("tsa", 800),
    )
    .unwrap();
    let purpose = ChainPurpose::TimeStamping;
    assert_eq!(
        verify_chain(&stolen, &pool, &roots, at, purpose),
        Err(ChainError::Eku {
            subject: hierarchy.ca.display_name(),
            purpose
        })
    );
    // A precertificate is no certificate.
    let precert = hierarchy.precert(leaf_request(&tsa_key));
    assert_eq!(
        verify_chain(
            precert.certificate(),
            &pool,
            &roots,
            at,
            ChainPurpose::CodeSigning
        ),
        Err(ChainError::Precertificate {
            subject: "alice@example.com".into()
        })
    );
}
