//! Wrong issuers, look-alikes, loops and mazes.

use rcgen::{CertificateParams, KeyIdMethod, KeyPair, date_time_ymd};

use super::forge::{Node, authority, leaf, verify};
use crate::{Certificate, ChainError, SignatureError};

fn subject(name: &str) -> String {
    format!("CN={name}")
}

/// An authority that names no key, its own or its issuer's.
fn anonymous(name: &str) -> CertificateParams {
    let mut params = authority(name);
    params.use_authority_key_identifier_extension = false;
    params
}

#[test]
fn trusts_nothing_without_roots() {
    let root = Node::self_signed(authority("root"));
    assert_eq!(
        verify(&root.issue(leaf()), &[&root], &[]),
        Err(ChainError::NoRoots)
    );
}

#[test]
fn an_intermediate_never_becomes_a_root_by_being_sent() {
    let evil = Node::self_signed(authority("root"));
    let root = Node::self_signed(authority("root"));
    let forged = evil.issue(leaf());
    // The forged root carries its own key identifier: the trusted one is not even tried.
    let expected = ChainError::KeyIdentifier {
        subject: subject("leaf"),
        issuer: subject("root"),
    };
    assert_eq!(verify(&forged, &[], &[&root]), Err(expected));
    let result = verify(&forged, &[&evil], &[&root]);
    assert_eq!(
        result,
        Err(ChainError::KeyIdentifier {
            subject: subject("root"),
            issuer: subject("root")
        })
    );
}

#[test]
fn names_the_missing_issuer() {
    let root = Node::self_signed(authority("root"));
    let ca = root.issue(authority("ca"));
    let leaf = ca.issue(leaf());
    assert_eq!(
        verify(&leaf, &[], &[&root]),
        Err(ChainError::NoIssuer {
            subject: subject("leaf"),
            issuer: subject("ca")
        })
    );
    let other = Node::self_signed(authority("other"));
    assert_eq!(
        verify(&leaf, &[&ca], &[&other]),
        Err(ChainError::NoIssuer {
            subject: subject("ca"),
            issuer: subject("root")
        })
    );
}

#[test]
fn a_signature_by_a_look_alike_is_refused() {
    let root = Node::self_signed(authority("root"));
    let real = root.issue(authority("ca"));
    // Same name and, forged, the same key identifier; another key.
    let mut params = authority("ca");
    params.key_identifier_method =
        KeyIdMethod::PreSpecified(real.certificate.subject_key_id().unwrap().to_vec());
    let evil = Node::self_signed(params);
    let forged = evil.issue(leaf());
    assert_eq!(
        forged.certificate.authority_key_id(),
        real.certificate.subject_key_id()
    );
    match verify(&forged, &[&real], &[&root]) {
        Err(ChainError::Signature {
            subject,
            issuer,
            source: SignatureError::Mismatch { .. },
        }) => {
            assert_eq!((subject.as_str(), issuer.as_str()), ("CN=leaf", "CN=ca"));
        }
        other => panic!("{other:?}"),
    }
    // With the forger's certificate in the pool the path stops one step later: no trusted key signed it.
    match verify(&forged, &[&evil, &real], &[&root]) {
        Err(ChainError::Signature {
            subject, issuer, ..
        }) => {
            assert_eq!((subject.as_str(), issuer.as_str()), ("CN=ca", "CN=ca"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_leaf_cannot_issue() {
    let root = Node::self_signed(authority("root"));
    let holder = root.issue(leaf());
    let mut params = leaf();
    params
        .distinguished_name
        .push(rcgen::DnType::OrganizationName, "victim");
    let forged = holder.issue(params);
    assert_eq!(
        verify(&forged, &[&holder], &[&root]),
        Err(ChainError::NotCa {
            subject: subject("leaf")
        })
    );
}

#[test]
fn two_authorities_of_one_name_are_told_apart_in_either_order() {
    let root = Node::self_signed(authority("root"));
    let (first, second) = (root.issue(authority("ca")), root.issue(authority("ca")));
    for issuer in [&first, &second] {
        let leaf = issuer.issue(leaf());
        for pool in [[&first, &second], [&second, &first]] {
            let certificates: Vec<Certificate> =
                pool.iter().map(|n| n.certificate.clone()).collect();
            let path = crate::verify_chain(
                &leaf.certificate,
                &certificates,
                std::slice::from_ref(&root.certificate),
                super::forge::now(),
                crate::ChainPurpose::CodeSigning,
            );
            assert_eq!(path.unwrap()[1], issuer.certificate);
        }
    }
}

#[test]
fn two_authorities_of_one_name_without_key_identifiers_are_tried_by_signature() {
    let root = Node::self_signed(authority("root"));
    let (first, second) = (root.issue(anonymous("ca")), root.issue(anonymous("ca")));
    let mut params = leaf();
    params.use_authority_key_identifier_extension = false;
    for issuer in [&first, &second] {
        let leaf = issuer.issue(params.clone());
        assert_eq!(
            verify(&leaf, &[&first, &second], &[&root]).unwrap(),
            ["leaf", "ca", "root"]
        );
    }
}

#[test]
fn finds_the_way_round_dead_ends() {
    let (old_root, new_root) = (
        Node::self_signed(authority("old")),
        Node::self_signed(authority("new")),
    );
    let by_old = old_root.issue(authority("ca"));
    let by_new = new_root.issue_for(authority("ca"), by_old.same_key());
    let mut expired = authority("ca");
    expired.not_after = date_time_ymd(2021, 1, 1);
    let expired = new_root.issue_for(expired, by_old.same_key());
    let leaf = by_old.issue(leaf());
    let pool = [&by_old, &expired, &by_new];
    assert_eq!(
        verify(&leaf, &pool, &[&new_root]).unwrap(),
        ["leaf", "ca", "new"]
    );
    assert_eq!(
        verify(&leaf, &pool, &[&old_root]).unwrap(),
        ["leaf", "ca", "old"]
    );
    // Only the expired one leads to the root: the error is its own, not that of the dead end.
    assert_eq!(
        verify(&leaf, &[&by_old, &expired], &[&new_root]),
        Err(ChainError::Expired {
            subject: subject("ca"),
            not_after: "2021-01-01T00:00:00Z".parse().unwrap(),
            at: super::forge::now()
        })
    );
}

#[test]
fn a_self_signed_leaf_is_no_root_even_if_listed() {
    let lone = Node::self_signed(leaf());
    let expected = ChainError::NoIssuer {
        subject: subject("leaf"),
        issuer: subject("leaf"),
    };
    assert_eq!(verify(&lone, &[], &[&lone]), Err(expected));
    let root = Node::self_signed(authority("root"));
    assert_eq!(
        verify(&root, &[], &[&root]),
        Err(ChainError::LeafIsCa {
            subject: subject("root")
        })
    );
}

#[test]
fn leaf_and_root_may_be_sent_along() {
    let root = Node::self_signed(authority("root"));
    let ca = root.issue(authority("ca"));
    let leaf = ca.issue(leaf());
    let pool = [&leaf, &ca, &root];
    assert_eq!(
        verify(&leaf, &pool, &[&root]).unwrap(),
        ["leaf", "ca", "root"]
    );
}

#[test]
fn a_root_need_not_be_self_signed_nor_on_top() {
    let root = Node::self_signed(authority("root"));
    let ca = root.issue(authority("ca"));
    assert_eq!(
        verify(&ca.issue(leaf()), &[], &[&ca]).unwrap(),
        ["leaf", "ca"]
    );
}

#[test]
fn loops_end() {
    // a is certified by b and b by a; no root among them.
    let (a, b) = (
        Node::self_signed(authority("a")),
        Node::self_signed(authority("b")),
    );
    let a_by_b = b.issue_for(authority("a"), a.same_key());
    let b_by_a = a.issue_for(authority("b"), b.same_key());
    let root = Node::self_signed(authority("root"));
    let leaf = a.issue(leaf());
    let result = verify(&leaf, &[&a_by_b, &b_by_a, &a, &b], &[&root]);
    assert_eq!(
        result,
        Err(ChainError::NoIssuer {
            subject: subject("b"),
            issuer: subject("a")
        })
    );
}

#[test]
fn counts_certificates() {
    let root = Node::self_signed(authority("root"));
    let leaf = root.issue(leaf());
    let padding = Node::self_signed(authority("padding"));
    assert_eq!(
        verify(&leaf, &[&padding; 9], &[&root]).unwrap(),
        ["leaf", "root"]
    );
    assert_eq!(
        verify(&leaf, &[&padding; 10], &[&root]),
        Err(ChainError::TooManyCertificates {
            found: 11,
            limit: 10
        })
    );
}

#[test]
fn limits_the_depth() {
    let root = Node::self_signed(authority("root"));
    let mut path: Vec<Node> = Vec::new();
    for name in ["one", "two", "three", "four", "five"] {
        let issued = path.last().unwrap_or(&root).issue(authority(name));
        path.push(issued);
    }
    let pool: Vec<&Node> = path.iter().collect();
    let good = path[3].issue(leaf());
    assert_eq!(verify(&good, &pool, &[&root]).unwrap().len(), 6);
    let deep = path[4].issue(leaf());
    assert_eq!(
        verify(&deep, &pool, &[&root]),
        Err(ChainError::TooDeep { limit: 6 })
    );
}

#[test]
fn a_maze_of_cross_signed_authorities_ends_by_budget() {
    // Three certificates a level for one key each, three levels, and roots that only share the last name.
    let top = Node::self_signed(anonymous("top"));
    let c = KeyPair::generate().unwrap();
    let certify = |issuer: &Node, name: &str, key: &KeyPair| -> Vec<Node> {
        (0..3)
            .map(|_| {
                issuer.issue_for(
                    anonymous(name),
                    KeyPair::from_pem(&key.serialize_pem()).unwrap(),
                )
            })
            .collect()
    };
    let c = certify(&top, "c", &c);
    let b = certify(&c[0], "b", &KeyPair::generate().unwrap());
    let a = certify(&b[0], "a", &KeyPair::generate().unwrap());
    let mut params = leaf();
    params.use_authority_key_identifier_extension = false;
    let leaf = a[0].issue(params);
    let pool: Vec<&Node> = a.iter().chain(&b).chain(&c).collect();
    let strangers: Vec<Node> = (0..3)
        .map(|_| Node::self_signed(anonymous("top")))
        .collect();
    let strangers: Vec<&Node> = strangers.iter().collect();
    assert_eq!(
        verify(&leaf, &pool, &strangers),
        Err(ChainError::TooManySignatureChecks { limit: 100 })
    );
    assert_eq!(
        verify(&leaf, &pool, &[&top]).unwrap(),
        ["leaf", "a", "b", "c", "top"]
    );
}
