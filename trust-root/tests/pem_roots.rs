//! The four PEM files, each in every shape that people have: what becomes of it, and which ones are refused.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::pem::{self, PemError};
use sigbox_crypto::profile::{
    CaIdentity, CaRequest, IntermediateKind, Issuer, make_intermediate, make_root, make_tsa_leaf,
};
use sigbox_crypto::{Certificate, KeyAlgorithm, PublicKey, SigningKey, rekor_v2_log_id};
use sigbox_wire::TrustedRoot;
use trust_root::{LogName, PemFault, PemRoots, PemRootsError, Variable};

/// A key that is too short for any log.
const WEAK: &str = "\
-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDbH7+0ojFKEenV6HchjnyFTVss
HPs1WawUDnVZtQDzn6WUFYGpP/9zUK+0DVe7qBZ5dnXXOeUONREPPjZo16SZfbbp
ot/FVXy8eENVCnPkb9t2iSM96iZb/m+hINeD4XSA6dEbTjaMi8DCLpNpGzNmAO4b
FxQ2Ce9HjrShBu+B4QIDAQAB
-----END PUBLIC KEY-----
";

fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn request(name: &str) -> CaRequest {
    CaRequest {
        identity: CaIdentity {
            organization: "Example".to_owned(),
            common_name: name.to_owned(),
        },
        not_before: start(),
        not_after: start() + SignedDuration::from_hours(24 * 365),
        serial: sigbox_crypto::random_bytes().unwrap(),
    }
}

fn key(algorithm: KeyAlgorithm) -> SigningKey {
    SigningKey::generate(algorithm).unwrap()
}

fn public(algorithm: KeyAlgorithm) -> PublicKey {
    key(algorithm).public_key().clone()
}

/// A root with two certificates below it: an intermediate and a timestamp authority.
struct Site {
    root: Certificate,
    intermediate: Certificate,
    tsa: Certificate,
}

impl Site {
    fn new(name: &str) -> Self {
        let root_key = key(KeyAlgorithm::EcdsaP256);
        let root = make_root(&root_key, &request(&format!("{name} root"))).unwrap();
        let issuer = Issuer {
            certificate: &root,
            signer: &root_key,
        };
        let under = public(KeyAlgorithm::EcdsaP256);
        let named = request(&format!("{name} intermediate"));
        let kind = IntermediateKind::CodeSigning;
        let intermediate = make_intermediate(&issuer, &under, &named, kind).unwrap();
        let signer = public(KeyAlgorithm::EcdsaP256);
        let tsa = make_tsa_leaf(&issuer, &signer, &request(&format!("{name} tsa"))).unwrap();
        Self {
            root,
            intermediate,
            tsa,
        }
    }
}

fn pem_of(certificates: &[&Certificate]) -> String {
    certificates.iter().map(|one| one.to_pem()).collect()
}

fn der_of(certificates: &[&Certificate]) -> Vec<Vec<u8>> {
    certificates.iter().map(|one| one.der().to_vec()).collect()
}

/// Reads one file as what one variable names.
fn read(
    variable: Variable,
    content: impl AsRef<[u8]>,
    names: &[LogName],
) -> Result<TrustedRoot, PemRootsError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file.pem");
    std::fs::write(&path, content).unwrap();
    roots(variable, path).trusted_root(names)
}

fn roots(variable: Variable, path: std::path::PathBuf) -> PemRoots {
    let mut roots = PemRoots::default();
    let slot = match variable {
        Variable::Root => &mut roots.root,
        Variable::CtLogKey => &mut roots.ct_log_key,
        Variable::RekorKey => &mut roots.rekor_key,
        Variable::TsaChain => &mut roots.tsa_chain,
    };
    *slot = Some(path);
    roots
}

fn fault(variable: Variable, content: impl AsRef<[u8]>) -> PemFault {
    let error = read(variable, content, &[]).unwrap_err();
    assert_eq!(error.variable, variable);
    let text = error.to_string();
    assert!(
        text.starts_with(variable.name()) && text.contains("file.pem`: "),
        "{text}"
    );
    *error.fault
}

#[test]
fn each_file_alone_fills_its_own_list() {
    let site = Site::new("A");
    let one_key = public(KeyAlgorithm::EcdsaP256).to_pem();
    let lengths = |root: &TrustedRoot| {
        [
            root.certificate_authorities.len(),
            root.ctlogs.len(),
            root.tlogs.len(),
            root.timestamp_authorities.len(),
        ]
    };
    for (variable, content, expected) in [
        (Variable::Root, pem_of(&[&site.root]), [1, 0, 0, 0]),
        (Variable::CtLogKey, one_key.clone(), [0, 1, 0, 0]),
        (Variable::RekorKey, one_key, [0, 0, 1, 0]),
        (
            Variable::TsaChain,
            pem_of(&[&site.tsa, &site.root]),
            [0, 0, 0, 1],
        ),
    ] {
        let root = read(variable, content, &[]).unwrap();
        assert_eq!(lengths(&root), expected, "{variable:?}");
    }
    assert!(PemRoots::default().is_empty());
    let nothing = PemRoots::default().trusted_root(&[]).unwrap();
    assert_eq!(lengths(&nothing), [0; 4]);
}

#[test]
fn two_roots_with_what_stands_below_each_in_any_order() {
    let (a, b) = (Site::new("A"), Site::new("B"));
    let file = [
        &a.intermediate,
        &b.root,
        &b.intermediate,
        &a.root,
        &b.root,
        &a.intermediate,
    ];
    let root = read(Variable::Root, pem_of(&file), &[]).unwrap();
    let [first, second] = root.certificate_authorities.as_slice() else {
        panic!("{root:?}")
    };
    assert_eq!(first.cert_chain, der_of(&[&b.intermediate, &b.root]));
    assert_eq!(second.cert_chain, der_of(&[&a.intermediate, &a.root]));
    assert_eq!(second.common_name, "A root");
    assert_eq!(second.valid_for.start, Some(start()));
}

#[test]
fn two_timestamp_authorities_in_one_file_are_two() {
    let (a, b) = (Site::new("A"), Site::new("B"));
    let file = [&b.root, &a.tsa, &a.root, &b.tsa];
    let root = read(Variable::TsaChain, pem_of(&file), &[]).unwrap();
    let chains: Vec<_> = root
        .timestamp_authorities
        .iter()
        .map(|one| one.cert_chain.clone())
        .collect();
    assert_eq!(
        chains,
        [der_of(&[&a.tsa, &a.root]), der_of(&[&b.tsa, &b.root])]
    );
}

#[test]
fn keys_of_every_kind_in_one_file_each_under_its_own_id() {
    let keys = [
        public(KeyAlgorithm::EcdsaP256),
        public(KeyAlgorithm::Rsa { bits: 2048 }),
        public(KeyAlgorithm::EcdsaP384),
        public(KeyAlgorithm::Ed25519),
    ];
    let file: Vec<_> = keys
        .iter()
        .chain(&keys[..1])
        .map(|key| format!("# a comment\r\n{}\n", key.to_pem()))
        .collect();
    let file = file.concat();
    let ids: Vec<_> = keys.iter().map(|key| key.key_id().to_vec()).collect();
    let root = read(Variable::CtLogKey, &file, &[]).unwrap();
    let found: Vec<_> = root.ctlogs.iter().map(|log| log.log_id.clone()).collect();
    assert_eq!(found, ids);
    let root = read(Variable::RekorKey, &file, &[]).unwrap();
    let found: Vec<_> = root.tlogs.iter().map(|log| log.log_id.clone()).collect();
    assert_eq!(found, ids);
    // A key as DER is what some download.
    let root = read(Variable::CtLogKey, keys[1].spki_der(), &[]).unwrap();
    assert_eq!(root.ctlogs[0].log_id, ids[1]);
}

#[test]
fn a_log_key_goes_with_the_name_that_its_id_is_made_of() {
    let (old, new) = (
        public(KeyAlgorithm::EcdsaP256),
        public(KeyAlgorithm::Ed25519),
    );
    let file = old.to_pem() + &new.to_pem();
    let name = |log_id: [u8; 32], host: &str| LogName {
        log_id: log_id.to_vec(),
        host: host.to_owned(),
    };
    let id = rekor_v2_log_id("new.example", &new);
    let names = [name(id, "new.example"), name(old.key_id(), "old.example")];
    let root = read(Variable::RekorKey, &file, &names).unwrap();
    let logs: Vec<_> = root
        .tlogs
        .iter()
        .map(|log| (log.base_url.as_str(), log.log_id.clone()))
        .collect();
    assert_eq!(
        logs,
        [
            ("https://old.example", old.key_id().to_vec()),
            ("https://new.example", id.to_vec())
        ]
    );
    // A name that goes with no key names nothing, and neither does an id under another name.
    let names = [name(id, "other.example"), name([7; 32], "new.example")];
    let root = read(Variable::RekorKey, &file, &names).unwrap();
    assert!(root.tlogs.iter().all(|log| log.base_url.is_empty()));
}

#[test]
fn what_is_no_file_of_the_kind_is_refused_by_name() {
    let site = Site::new("A");
    let private = || pem::encode("EC PRIVATE KEY", &[1, 2, 3]);
    let (variables, expected) = (
        [
            Variable::Root,
            Variable::TsaChain,
            Variable::CtLogKey,
            Variable::RekorKey,
        ],
        ["PEM certificates", "PEM public keys"],
    );
    for (at, variable) in variables.into_iter().enumerate() {
        let wanted = expected[at / 2];
        for nothing in ["", "garbage\n", "{\"json\": true}"] {
            assert!(matches!(
                fault(variable, nothing),
                PemFault::Pem { expected, source: PemError::NoBlock } if expected == wanted
            ));
        }
        let found = fault(variable, private());
        assert!(matches!(
            found,
            PemFault::Label { expected, position: 1, found } if expected == wanted && found == "EC PRIVATE KEY"
        ));
        assert!(matches!(fault(variable, [0xff, 0xfe]), PemFault::NotText));
        let huge = vec![b' '; 1024 * 1024 + 1];
        assert!(matches!(fault(variable, huge), PemFault::TooLarge { .. }));
        let directory = tempfile::tempdir().unwrap();
        for (path, kind) in [
            (
                directory.path().to_owned(),
                std::io::ErrorKind::IsADirectory,
            ),
            (directory.path().join("none"), std::io::ErrorKind::NotFound),
        ] {
            let error = roots(variable, path.clone()).trusted_root(&[]).unwrap_err();
            assert_eq!((error.variable, &error.path), (variable, &path));
            assert!(matches!(*error.fault, PemFault::Read(source) if source.kind() == kind));
        }
    }
    // A good block does not hide the bad one behind it.
    let file = site.root.to_pem() + &private();
    let found = fault(Variable::Root, file);
    assert!(matches!(found, PemFault::Label { position: 2, .. }));
    let file = site.root.to_pem() + &pem::encode("CERTIFICATE", b"x");
    let found = fault(Variable::Root, file);
    assert!(matches!(found, PemFault::Certificate { position: 2, .. }));
    let good = public(KeyAlgorithm::EcdsaP256).to_pem();
    let found = fault(Variable::RekorKey, good.clone() + &site.root.to_pem());
    assert!(matches!(found, PemFault::Label { position: 2, found, .. } if found == "CERTIFICATE"));
    let found = fault(Variable::CtLogKey, good + &pem::encode("PUBLIC KEY", b"x"));
    assert!(matches!(found, PemFault::PublicKey { position: 2, .. }));
    let found = fault(Variable::CtLogKey, [0x30, 0x00]);
    assert!(matches!(found, PemFault::PublicKey { position: 1, .. }));
    let found = fault(Variable::RekorKey, WEAK);
    assert!(matches!(found, PemFault::KeyType { algorithm } if algorithm == "RSA-1024"));
}

#[test]
fn chains_that_lead_nowhere_are_refused_by_name() {
    let (a, b) = (Site::new("A"), Site::new("B"));
    let found = fault(Variable::Root, pem_of(&[&a.intermediate]));
    assert_eq!(
        found.to_string(),
        "expected a self-issued root certificate, found `CN=A intermediate,O=Example`"
    );
    assert!(matches!(found, PemFault::NoRoot { .. }));
    let found = fault(Variable::Root, pem_of(&[&a.tsa, &a.root]));
    assert!(
        matches!(found, PemFault::NotAnAuthority { subject } if subject == "CN=A tsa,O=Example")
    );
    let found = fault(Variable::TsaChain, pem_of(&[&a.intermediate, &a.root]));
    assert!(matches!(found, PemFault::NoSigner { found } if found.len() == 2));
    let found = fault(Variable::TsaChain, pem_of(&[&a.tsa, &b.root]));
    assert!(matches!(
        found,
        PemFault::NoIssuer { subject, issuer }
            if subject == "CN=A tsa,O=Example" && issuer == "CN=A root,O=Example"
    ));
    // One whole chain does not hide the other one.
    let found = fault(Variable::TsaChain, pem_of(&[&b.tsa, &b.root, &a.tsa]));
    assert!(matches!(found, PemFault::NoIssuer { .. }));
    // The same names under other keys are no issuers.
    let other = Site::new("A");
    let found = fault(Variable::TsaChain, pem_of(&[&a.tsa, &other.root]));
    assert!(matches!(found, PemFault::NoIssuer { .. }));
}
