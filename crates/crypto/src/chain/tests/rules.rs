//! What a certificate must be at its place: each rule broken alone.

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    KeyUsagePurpose, NameConstraints,
};

use super::forge::{Node, authority, extension, leaf, tsa_leaf, verify, verify_for};
use crate::{ChainError, ChainPurpose, ObjectIdentifier};

/// Judges a leaf made from `params`, right under a root.
pub(super) fn leaf_verdict(
    params: CertificateParams,
    purpose: ChainPurpose,
) -> Result<Vec<String>, ChainError> {
    let root = Node::self_signed(authority("root"));
    verify_for(&root.issue(params), &[], &[&root], purpose)
}

/// Judges a good leaf under an intermediate made from tampered parameters.
pub(super) fn authority_verdict(
    tamper: impl FnOnce(&mut CertificateParams),
) -> Result<Vec<String>, ChainError> {
    let root = Node::self_signed(authority("root"));
    let mut params = authority("ca");
    tamper(&mut params);
    let ca = root.issue(params);
    verify(&ca.issue(leaf()), &[&ca], &[&root])
}

pub(super) fn with(
    mut params: CertificateParams,
    change: impl FnOnce(&mut CertificateParams),
) -> CertificateParams {
    change(&mut params);
    params
}

pub(super) fn subject(name: &str) -> String {
    format!("CN={name}")
}

#[test]
fn accepts_the_plain_chains() {
    assert_eq!(
        leaf_verdict(leaf(), ChainPurpose::CodeSigning).unwrap(),
        ["leaf", "root"]
    );
    assert_eq!(
        leaf_verdict(tsa_leaf(), ChainPurpose::TimeStamping).unwrap(),
        ["tsa", "root"]
    );
    assert_eq!(authority_verdict(|_| {}).unwrap(), ["leaf", "ca", "root"]);
}

#[test]
fn leaf_must_be_an_end_entity_that_signs() {
    let purpose = ChainPurpose::CodeSigning;
    let ca = with(leaf(), |p| {
        p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    assert_eq!(
        leaf_verdict(ca, purpose),
        Err(ChainError::LeafIsCa {
            subject: subject("leaf")
        })
    );
    let explicit = with(leaf(), |p| p.is_ca = IsCa::ExplicitNoCa);
    assert_eq!(leaf_verdict(explicit, purpose).unwrap(), ["leaf", "root"]);
    for usages in [vec![], vec![KeyUsagePurpose::KeyEncipherment]] {
        assert_eq!(
            leaf_verdict(with(leaf(), |p| p.key_usages = usages), purpose),
            Err(ChainError::DigitalSignatureNotAllowed {
                subject: subject("leaf")
            })
        );
    }
}

#[test]
fn leaf_must_name_the_purpose() {
    let purpose = ChainPurpose::CodeSigning;
    for usages in [
        vec![],
        vec![ExtendedKeyUsagePurpose::ServerAuth],
        vec![ExtendedKeyUsagePurpose::Any],
    ] {
        assert_eq!(
            leaf_verdict(with(leaf(), |p| p.extended_key_usages = usages), purpose),
            Err(ChainError::Eku {
                subject: subject("leaf"),
                purpose
            })
        );
    }
    let both = vec![
        ExtendedKeyUsagePurpose::CodeSigning,
        ExtendedKeyUsagePurpose::EmailProtection,
    ];
    assert_eq!(
        leaf_verdict(with(leaf(), |p| p.extended_key_usages = both), purpose).unwrap(),
        ["leaf", "root"]
    );
}

#[test]
fn timestamping_usage_is_critical_and_alone() {
    let purpose = ChainPurpose::TimeStamping;
    let none = with(tsa_leaf(), |p| p.custom_extensions.clear());
    assert_eq!(
        leaf_verdict(none, purpose),
        Err(ChainError::Eku {
            subject: subject("tsa"),
            purpose
        })
    );
    let not_critical = with(tsa_leaf(), |p| {
        p.custom_extensions[0].set_criticality(false);
    });
    assert_eq!(
        leaf_verdict(not_critical, purpose),
        Err(ChainError::EkuNotCritical {
            subject: subject("tsa")
        })
    );
    let two =
        b"\x30\x14\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x03";
    let not_sole = with(tsa_leaf(), |p| {
        p.custom_extensions = vec![extension(&[2, 5, 29, 37], true, two)];
    });
    assert_eq!(
        leaf_verdict(not_sole, purpose),
        Err(ChainError::EkuNotSole {
            subject: subject("tsa")
        })
    );
    let no_key_usage = with(tsa_leaf(), |p| p.key_usages.clear());
    assert_eq!(
        leaf_verdict(no_key_usage, purpose).unwrap(),
        ["tsa", "root"]
    );
    let wrong_key_usage = with(tsa_leaf(), |p| {
        p.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    });
    assert_eq!(
        leaf_verdict(wrong_key_usage, purpose),
        Err(ChainError::DigitalSignatureNotAllowed {
            subject: subject("tsa")
        })
    );
}

#[test]
fn poison_stands_in_precertificates_alone() {
    let poison = |critical| {
        with(leaf(), |p| {
            p.custom_extensions = vec![extension(
                &[1, 3, 6, 1, 4, 1, 11129, 2, 4, 3],
                critical,
                b"\x05\x00",
            )];
        })
    };
    assert_eq!(
        leaf_verdict(poison(true), ChainPurpose::Precertificate).unwrap(),
        ["leaf", "root"]
    );
    assert_eq!(
        leaf_verdict(poison(true), ChainPurpose::CodeSigning),
        Err(ChainError::Precertificate {
            subject: subject("leaf")
        })
    );
    for not_one in [leaf(), poison(false)] {
        assert_eq!(
            leaf_verdict(not_one, ChainPurpose::Precertificate),
            Err(ChainError::NotPrecertificate {
                subject: subject("leaf")
            })
        );
    }
}

#[test]
fn unknown_critical_extensions_refuse() {
    let oid = ObjectIdentifier::new_unwrap("1.2.3.4");
    let unknown = |critical| extension(&[1, 2, 3, 4], critical, b"\x05\x00");
    let critical = with(leaf(), |p| p.custom_extensions = vec![unknown(true)]);
    assert_eq!(
        leaf_verdict(critical, ChainPurpose::CodeSigning),
        Err(ChainError::UnknownCriticalExtension {
            subject: subject("leaf"),
            oid
        })
    );
    let ignored = with(leaf(), |p| p.custom_extensions = vec![unknown(false)]);
    assert_eq!(
        leaf_verdict(ignored, ChainPurpose::CodeSigning).unwrap(),
        ["leaf", "root"]
    );
    assert_eq!(
        authority_verdict(|p| p.custom_extensions = vec![unknown(true)]),
        Err(ChainError::UnknownCriticalExtension {
            subject: subject("ca"),
            oid
        })
    );
}

#[test]
fn authorities_must_be_authorities() {
    for not_ca in [IsCa::NoCa, IsCa::ExplicitNoCa] {
        assert_eq!(
            authority_verdict(|p| p.is_ca = not_ca),
            Err(ChainError::NotCa {
                subject: subject("ca")
            })
        );
    }
    for usages in [
        vec![],
        vec![KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature],
    ] {
        assert_eq!(
            authority_verdict(|p| p.key_usages = usages),
            Err(ChainError::CertSignNotAllowed {
                subject: subject("ca")
            })
        );
    }
    let constrained = NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::Rfc822Name("example.com".into())],
        excluded_subtrees: vec![],
    };
    assert_eq!(
        authority_verdict(|p| p.name_constraints = Some(constrained)),
        Err(ChainError::NameConstraints {
            subject: subject("ca")
        })
    );
}

#[test]
fn an_authority_limited_to_other_purposes_refuses() {
    let purpose = ChainPurpose::CodeSigning;
    let eku = |usages| authority_verdict(|p| p.extended_key_usages = usages);
    assert_eq!(
        eku(vec![ExtendedKeyUsagePurpose::TimeStamping]),
        Err(ChainError::Eku {
            subject: subject("ca"),
            purpose
        })
    );
    for usages in [
        vec![ExtendedKeyUsagePurpose::CodeSigning],
        vec![ExtendedKeyUsagePurpose::Any],
    ] {
        assert_eq!(eku(usages).unwrap(), ["leaf", "ca", "root"]);
    }
    let root = Node::self_signed(with(authority("root"), |p| {
        p.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    }));
    assert_eq!(
        verify(&root.issue(leaf()), &[], &[&root]),
        Err(ChainError::Eku {
            subject: subject("root"),
            purpose
        })
    );
}

#[test]
fn path_length_counts_authorities_that_are_not_self_issued() {
    let root = Node::self_signed(with(authority("root"), |p| {
        p.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    }));
    let one = root.issue(authority("one"));
    let two = one.issue(authority("two"));
    assert_eq!(
        verify(&one.issue(leaf()), &[&one], &[&root]).unwrap(),
        ["leaf", "one", "root"]
    );
    assert_eq!(
        verify(&two.issue(leaf()), &[&two, &one], &[&root]),
        Err(ChainError::PathLen {
            subject: subject("root"),
            limit: 1,
            found: 2
        })
    );
    // A new key under the same name, certified by the old one, does not count.
    let renewed = one.issue(authority("one"));
    assert_eq!(
        renewed.certificate.subject_der(),
        renewed.certificate.issuer_der()
    );
    assert_eq!(
        verify(&renewed.issue(leaf()), &[&renewed, &one], &[&root]).unwrap(),
        ["leaf", "one", "one", "root"]
    );
}
