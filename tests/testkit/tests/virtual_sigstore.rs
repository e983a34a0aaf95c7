//! The virtual Sigstore tells the truth unless asked, and then lies in one place only.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::collections::BTreeSet;

use jiff::Timestamp;
use sigbox_crypto::tsp::TimeStampResponse;
use sigbox_crypto::{
    Certificate, ChainPurpose, HashAlgorithm, KeyAlgorithm, PublicKey, Sct, SigningKey,
    SubjectAltName, note_verifier, sha256, verify_chain,
};
use sigbox_testkit::virtual_sigstore::{
    IN_TOTO, Identity, LOG_ORIGIN, Lie, Signed, VirtualSigstore,
};
use sigbox_tlog::{Checkpoint, Hash, LeafIndex, SignedNote, TreeSize, leaf_hash, verify_inclusion};
use sigbox_wire::{
    Bundle, BundleContent, HashedRekordV002, TransparencyLogEntry, TrustedRoot,
    VerificationContent, VerifierKey, pae,
};

const ARTIFACT: &[u8] = b"an artifact";

/// The questions that this test asks, each on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    Shape,
    Signature,
    MessageDigest,
    Chain,
    Sct,
    Time,
    TimeInCertificate,
    Binding,
    Log,
    Inclusion,
    Checkpoint,
}

/// Which questions are answered badly. `message` is what the signature should be over.
fn broken(signed: &Signed, message: &[u8]) -> BTreeSet<Question> {
    use Question as Q;
    let (bundle, root) = (&signed.bundle, &signed.trusted_root);
    let material = &bundle.verification_material;
    let VerificationContent::Certificate(der) = &material.content else {
        panic!("keyless bundles only")
    };
    let certificate = Certificate::from_der(der).unwrap();
    let (signature, declared) = match &bundle.content {
        BundleContent::MessageSignature(content) => {
            (&content.signature, content.message_digest.as_ref())
        }
        BundleContent::DsseEnvelope(envelope) => (&envelope.signatures[0].sig, None),
    };
    let times: Vec<_> = material
        .rfc3161_timestamps
        .iter()
        .map(|token| time(token, signature, root))
        .collect();
    let entry = material.tlog_entries.first();
    let answers = [
        (
            Q::Shape,
            all_differ(&material.tlog_entries) && all_differ(&material.rfc3161_timestamps),
        ),
        (
            Q::Signature,
            certificate
                .public_key()
                .verify(HashAlgorithm::Sha2_256, message, signature)
                .is_ok(),
        ),
        (
            Q::MessageDigest,
            declared.is_none_or(|declared| declared.digest == sha256(message)),
        ),
        (Q::Chain, chain_holds(&certificate, root)),
        (Q::Sct, sct_holds(&certificate, root)),
        (
            Q::Time,
            !times.is_empty() && times.iter().all(Option::is_some),
        ),
        (
            Q::TimeInCertificate,
            times
                .iter()
                .flatten()
                .all(|at| (certificate.not_before()..=certificate.not_after()).contains(at)),
        ),
        (
            Q::Binding,
            entry.is_none_or(|entry| binds(entry, der, signature, message)),
        ),
        (
            Q::Log,
            entry.is_some_and(|entry| log_is_known(entry, &certificate, root)),
        ),
        (Q::Inclusion, entry.is_none_or(is_included)),
        (
            Q::Checkpoint,
            entry.is_none_or(|entry| checkpoint_holds(entry, root)),
        ),
    ];
    answers
        .into_iter()
        .filter(|(_, good)| !good)
        .map(|(question, _)| question)
        .collect()
}

fn all_differ<T: PartialEq>(items: &[T]) -> bool {
    items
        .iter()
        .enumerate()
        .all(|(at, item)| !items[..at].contains(item))
}

fn time(token: &[u8], signature: &[u8], root: &TrustedRoot) -> Option<Timestamp> {
    let authority = &root.timestamp_authorities[0];
    let verified = TimeStampResponse::parse(token)
        .unwrap()
        .verify(signature, &chain(&authority.cert_chain))
        .ok()?;
    authority
        .valid_for
        .contains(verified.gen_time)
        .then_some(verified.gen_time)
}

fn chain(certificates: &[Vec<u8>]) -> Vec<Certificate> {
    certificates
        .iter()
        .map(|der| Certificate::from_der(der).unwrap())
        .collect()
}

/// The chain at the certificate's own beginning, when the authority must have been trusted.
fn chain_holds(certificate: &Certificate, root: &TrustedRoot) -> bool {
    let authority = &root.certificate_authorities[0];
    let [intermediate, anchor] =
        <[Certificate; 2]>::try_from(chain(&authority.cert_chain)).unwrap();
    let at = certificate.not_before();
    authority.valid_for.contains(at)
        && verify_chain(
            certificate,
            &[intermediate],
            &[anchor],
            at,
            ChainPurpose::CodeSigning,
        )
        .is_ok()
}

fn sct_holds(certificate: &Certificate, root: &TrustedRoot) -> bool {
    let log = &root.ctlogs[0];
    let key = PublicKey::from_spki_der(&log.public_key.raw_bytes).unwrap();
    // Judged with the issuer that the certificate names, trusted or not: trust is another question.
    let scts = Sct::from_certificate(certificate).unwrap();
    let [sct] = scts.as_slice() else { return false };
    let at = Timestamp::from_millisecond(sct.timestamp.0.try_into().unwrap()).unwrap();
    let issuer = chain(&root.certificate_authorities[0].cert_chain).remove(0);
    let ours = certificate.authority_key_id() == issuer.subject_key_id();
    log.public_key.valid_for.contains(at)
        && sct.log_id == key.key_id()
        && (!ours || sct.verify_embedded(certificate, &issuer, &key).is_ok())
}

fn binds(
    entry: &TransparencyLogEntry,
    certificate: &[u8],
    signature: &[u8],
    message: &[u8],
) -> bool {
    let body = HashedRekordV002::parse_body(&entry.canonicalized_body).unwrap();
    entry.kind_version.version == "0.0.2"
        && body.canonical_body().unwrap() == entry.canonicalized_body
        && body.signature == signature
        && body.digest == sha256(message)
        && body.verifier.key == VerifierKey::X509Certificate(certificate.to_vec())
}

/// The log has no clock of its own, so its window is asked at the time of signing.
fn log_is_known(
    entry: &TransparencyLogEntry,
    certificate: &Certificate,
    root: &TrustedRoot,
) -> bool {
    let log = &root.tlogs[0];
    log.log_id == entry.log_id && log.public_key.valid_for.contains(certificate.not_before())
}

fn is_included(entry: &TransparencyLogEntry) -> bool {
    let Some(proof) = &entry.inclusion_proof else {
        return false;
    };
    let hashes: Vec<Hash> = proof
        .hashes
        .iter()
        .map(|hash| Hash::try_from_slice(hash).unwrap())
        .collect();
    let (index, size) = (
        u64::try_from(proof.log_index).unwrap(),
        u64::try_from(proof.tree_size).unwrap(),
    );
    let root = Hash::try_from_slice(&proof.root_hash).unwrap();
    let leaf = leaf_hash(&entry.canonicalized_body);
    entry.log_index == proof.log_index
        && verify_inclusion(leaf, LeafIndex(index), TreeSize(size), &hashes, root).is_ok()
}

fn checkpoint_holds(entry: &TransparencyLogEntry, root: &TrustedRoot) -> bool {
    let Some(proof) = &entry.inclusion_proof else {
        return true;
    };
    let known = root.tlogs[0].log_id == entry.log_id;
    let key = PublicKey::from_spki_der(&root.tlogs[0].public_key.raw_bytes).unwrap();
    let Ok(note) = SignedNote::parse(&proof.checkpoint) else {
        return false;
    };
    let verifier = note_verifier(LOG_ORIGIN, &key).unwrap();
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    (!known || note.verify(verifier.as_ref()).is_ok())
        && checkpoint.origin.as_str() == LOG_ORIGIN
        && checkpoint.root.as_bytes().as_slice() == proof.root_hash
        && i64::try_from(checkpoint.size.0) == Ok(proof.tree_size)
}

/// Where each lie shows.
fn place(lie: Lie) -> Question {
    match lie {
        Lie::DuplicateEntry | Lie::DuplicateTimestamp => Question::Shape,
        Lie::WrongSignature => Question::Signature,
        Lie::WrongMessageDigest => Question::MessageDigest,
        Lie::UntrustedCa | Lie::CaOutsideWindow => Question::Chain,
        Lie::WrongCtKey | Lie::ForgedSct | Lie::NoSct | Lie::CtLogOutsideWindow => Question::Sct,
        Lie::NoTimestamp
        | Lie::UnauthenticatedTime
        | Lie::WrongImprint
        | Lie::UntrustedTsa
        | Lie::ForgedTimestamp
        | Lie::TimestampOutsideWindow => Question::Time,
        Lie::ExpiredCert | Lie::FutureCert | Lie::TimestampOutsideCert => {
            Question::TimeInCertificate
        }
        Lie::OtherSignature
        | Lie::OtherDigest
        | Lie::OtherKey
        | Lie::WrongKind
        | Lie::BodySpelling => Question::Binding,
        Lie::NoEntry | Lie::UnknownLog | Lie::LogOutsideWindow => Question::Log,
        Lie::NoInclusionProof | Lie::WrongIndex | Lie::WrongProofHash | Lie::ShortProof => {
            Question::Inclusion
        }
        Lie::WrongCheckpointRoot
        | Lie::WrongCheckpointSize
        | Lie::WrongCheckpointOrigin
        | Lie::WrongCheckpointKey
        | Lie::WrongKeyHint
        | Lie::NoCheckpoint => Question::Checkpoint,
        other => panic!("{other:?} has no place"),
    }
}

#[test]
fn the_truth_holds_everywhere() {
    let mut sigstore = VirtualSigstore::new();
    for identity in [
        Identity::default(),
        Identity::uri("https://ci.example.test/job", "https://ci.example.test"),
    ] {
        for artifact in [ARTIFACT, b""] {
            let signed = sigstore.sign(artifact, &identity);
            assert_eq!(broken(&signed, artifact), BTreeSet::new());
        }
        let signed = sigstore.attest_with(IN_TOTO, b"{}", &identity, Lie::None);
        assert_eq!(broken(&signed, &pae(IN_TOTO, b"{}")), BTreeSet::new());
    }
}

#[test]
fn each_lie_shows_in_one_place() {
    let mut sigstore = VirtualSigstore::new();
    let distinct: BTreeSet<String> = Lie::ALL.iter().map(|lie| format!("{lie:?}")).collect();
    assert_eq!(distinct.len(), Lie::ALL.len());
    for lie in Lie::ALL {
        let signed = sigstore.sign_with(ARTIFACT, &Identity::default(), lie);
        assert_eq!(
            broken(&signed, ARTIFACT),
            BTreeSet::from([place(lie)]),
            "{lie:?}"
        );
        // A lie leaves nothing behind.
        let signed = sigstore.sign(ARTIFACT, &Identity::default());
        assert_eq!(broken(&signed, ARTIFACT), BTreeSet::new(), "after {lie:?}");
    }
}

#[test]
fn what_it_writes_can_be_read() {
    let mut sigstore = VirtualSigstore::new();
    for lie in [Lie::None].into_iter().chain(Lie::ALL) {
        let signed = sigstore.sign_with(ARTIFACT, &Identity::default(), lie);
        assert_eq!(
            Bundle::parse(signed.bundle_json().as_bytes()).unwrap(),
            signed.bundle,
            "{lie:?}"
        );
        let root = TrustedRoot::parse(signed.trusted_root_json().as_bytes()).unwrap();
        assert_eq!(root, signed.trusted_root, "{lie:?}");
    }
}

#[test]
fn the_certificate_names_the_identity() {
    let mut sigstore = VirtualSigstore::new();
    let signed = sigstore.attest(
        ARTIFACT,
        &serde_json::json!({ "ok": true }),
        &Identity::default(),
    );
    let VerificationContent::Certificate(der) = &signed.bundle.verification_material.content else {
        panic!()
    };
    let certificate = Certificate::from_der(der).unwrap();
    assert_eq!(
        certificate.subject_alt_names(),
        [SubjectAltName::Email("alice@example.test".to_owned())]
    );
    assert_eq!(
        certificate.fulcio_issuer(),
        Some("https://oidc.example.test")
    );
    assert_eq!(certificate.fulcio_extension(24), Some("alice@example.test"));
    assert_eq!(certificate.not_before(), sigstore.now());
}

#[test]
fn a_callers_key_is_logged_in_place_of_a_certificate() {
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let mut sigstore = VirtualSigstore::new();
    let signed = sigstore.sign_with_key(ARTIFACT, &key, Lie::None);
    let material = &signed.bundle.verification_material;
    assert!(matches!(
        material.content,
        VerificationContent::PublicKeyHint(_)
    ));
    let body = HashedRekordV002::parse_body(&material.tlog_entries[0].canonicalized_body).unwrap();
    assert_eq!(
        body.verifier.key,
        VerifierKey::PublicKey(key.public_key().spki_der().to_vec())
    );
    key.public_key()
        .verify(HashAlgorithm::Sha2_256, ARTIFACT, &body.signature)
        .unwrap();
    assert!(is_included(&material.tlog_entries[0]));
}

#[test]
fn time_moves_when_it_is_told_to() {
    let mut sigstore = VirtualSigstore::new();
    let later = sigstore.now() + jiff::SignedDuration::from_hours(24);
    sigstore.set_now(later);
    let signed = sigstore.sign(ARTIFACT, &Identity::default());
    assert_eq!(broken(&signed, ARTIFACT), BTreeSet::new());
    let token = &signed.bundle.verification_material.rfc3161_timestamps[0];
    assert_eq!(
        TimeStampResponse::parse(token).unwrap().gen_time(),
        sigstore.stamped_at()
    );
}
