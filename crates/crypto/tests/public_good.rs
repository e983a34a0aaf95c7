//! Certificates of the public instance, from the conformance data that stand beside the checkout where they are there.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};

use sigbox_crypto::{
    Certificate, ChainError, ChainPurpose, PublicKey, Sct, SctError, SubjectAltName, oid,
    verify_chain,
};
use sigbox_wire::{Bundle, CertificateAuthority, TrustedRoot, VerificationContent};

fn conformance() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    if folder.is_dir() {
        return Some(folder);
    }
    // Past the test runner, which keeps what a passing test prints.
    let _ = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("SKIPPED: no conformance data at {}\n", folder.display()),
    );
    None
}

fn trusted_root(folder: &Path) -> TrustedRoot {
    TrustedRoot::parse(&std::fs::read(folder.join("trusted_root.public-good.json")).unwrap())
        .unwrap()
}

fn chain(authority: &CertificateAuthority) -> Vec<Certificate> {
    authority
        .cert_chain
        .iter()
        .map(|der| Certificate::from_der(der).unwrap())
        .collect()
}

/// The leaf of a bundle; `None` for one that holds no certificate or is not a bundle at all.
fn leaf(case: &Path) -> Option<Certificate> {
    let bundle = Bundle::parse(&std::fs::read(case.join("bundle.sigstore.json")).ok()?).ok()?;
    match bundle.verification_material.content {
        VerificationContent::Certificate(der) => Some(Certificate::from_der(&der).unwrap()),
        VerificationContent::CertificateChain(chain) => {
            Some(Certificate::from_der(chain.first()?).unwrap())
        }
        VerificationContent::PublicKeyHint(_) => None,
    }
}

#[test]
fn reads_every_certificate_of_the_trusted_root() {
    let Some(folder) = conformance() else { return };
    let root = trusted_root(&folder);
    let mut count = 0;
    for authority in root
        .certificate_authorities
        .iter()
        .chain(&root.timestamp_authorities)
    {
        let certificates = chain(authority);
        for (certificate, der) in certificates.iter().zip(&authority.cert_chain) {
            assert_eq!(certificate.der(), der);
            assert_eq!(certificate.precert_tbs(), certificate.tbs_der());
        }
        for pair in certificates.windows(2) {
            assert_eq!(pair[0].verify_issued_by(&pair[1]), Ok(()));
        }
        let top = certificates.last().unwrap();
        assert!(top.is_self_issued());
        assert_eq!(top.verify_issued_by(top), Ok(()));
        assert_eq!(
            certificates.last().unwrap().subject_org(),
            Some("sigstore.dev")
        );
        count += certificates.len();
    }
    assert_eq!(count, 5);
}

#[test]
fn the_leaf_of_the_happy_path_holds_with_chain_and_sct() {
    let Some(folder) = conformance() else { return };
    let root = trusted_root(&folder);
    let leaf = leaf(&folder.join("bundle-verify/happy-path-v0.3")).unwrap();
    let identity = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/\
                    .github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
    assert_eq!(
        leaf.subject_alt_names(),
        [SubjectAltName::Uri(identity.into())]
    );
    assert_eq!(
        leaf.fulcio_issuer(),
        Some("https://token.actions.githubusercontent.com")
    );
    assert_eq!(leaf.fulcio_extension(9), Some(identity));
    assert_eq!(leaf.subject_der(), [0x30, 0x00]);

    let [old, current] = root.certificate_authorities.as_slice() else {
        panic!("two authorities expected")
    };
    let certificates = chain(current);
    let (anchor, between) = certificates.split_last().unwrap();
    let roots = std::slice::from_ref(anchor);
    let purpose = ChainPurpose::CodeSigning;
    for at in [leaf.not_before(), leaf.not_after()] {
        let path = verify_chain(&leaf, between, roots, at, purpose).unwrap();
        assert_eq!(path, [std::slice::from_ref(&leaf), &certificates].concat());
    }
    let late = leaf.not_after() + jiff::SignedDuration::from_secs(1);
    assert!(matches!(
        verify_chain(&leaf, between, roots, late, purpose),
        Err(ChainError::Expired { .. })
    ));
    assert!(matches!(
        verify_chain(&leaf, &[], &chain(old), leaf.not_before(), purpose),
        Err(ChainError::NoIssuer { .. })
    ));

    let scts = Sct::from_certificate(&leaf).unwrap();
    let [sct] = scts.as_slice() else {
        panic!("{} SCTs", scts.len())
    };
    let issuer = &certificates[0];
    let [old_log, log] = &root.ctlogs.as_slice() else {
        panic!("two CT logs expected")
    };
    let key = |log: &sigbox_wire::LogInstance| {
        PublicKey::from_spki_der(&log.public_key.raw_bytes).unwrap()
    };
    assert_eq!(sct.log_id.as_slice(), log.log_id);
    sct.verify_embedded(&leaf, issuer, &key(log)).unwrap();
    let other_log = sct.verify_embedded(&leaf, issuer, &key(old_log));
    assert!(
        matches!(other_log, Err(SctError::LogId { .. })),
        "{other_log:?}"
    );
    let other_issuer = sct.verify_embedded(&leaf, anchor, &key(log));
    assert!(
        matches!(other_issuer, Err(SctError::Signature { .. })),
        "{other_issuer:?}"
    );
}

#[test]
fn every_leaf_of_the_suite_is_read_and_has_one_sct() {
    let Some(folder) = conformance() else { return };
    let mut count = 0;
    for case in std::fs::read_dir(folder.join("bundle-verify")).unwrap() {
        let case = case.unwrap().path();
        let Some(leaf) = leaf(&case) else { continue };
        count += 1;
        assert_eq!(
            Sct::from_certificate(&leaf).unwrap().len(),
            1,
            "{}",
            case.display()
        );
        assert!(leaf.has_eku(&oid::CODE_SIGNING), "{}", case.display());
        assert_ne!(leaf.precert_tbs(), leaf.tbs_der());
    }
    assert!(count >= 30, "only {count} leaves read");
}

#[test]
fn an_sct_of_a_log_that_is_not_trusted_is_of_no_known_log() {
    let Some(folder) = conformance() else { return };
    let case = folder.join("bundle-verify/invalid-ct-key_fail");
    let root = TrustedRoot::parse(&std::fs::read(case.join("trusted_root.json")).unwrap()).unwrap();
    let leaf = leaf(&case).unwrap();
    let scts = Sct::from_certificate(&leaf).unwrap();
    let issuer = chain(root.certificate_authorities.last().unwrap()).swap_remove(0);
    let mut tried = 0;
    for log in &root.ctlogs {
        // One of the logs has a PKCS#1 key, which is no SubjectPublicKeyInfo.
        let Ok(key) = PublicKey::from_spki_der(&log.public_key.raw_bytes) else {
            continue;
        };
        tried += 1;
        let result = scts[0].verify_embedded(&leaf, &issuer, &key);
        assert!(
            matches!(
                result,
                Err(SctError::LogId { .. } | SctError::Signature { .. })
            ),
            "{result:?}"
        );
    }
    assert!(tried > 0);
}
