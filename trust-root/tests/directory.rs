//! A trust directory is written, read back, and refused when its files contradict each other.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::profile::{
    CaIdentity, CaRequest, IntermediateKind, Issuer, make_intermediate, make_root, make_tsa_leaf,
};
use sigbox_crypto::{Certificate, KeyAlgorithm, SigningKey};
use sigbox_wire::TimeRange;
use trust_root::{
    FILES, FULCIO_CHAIN, Instance, LogName, PemRoots, REKOR_KEY, SIGNING_CONFIG, SIGNING_CONFIG_V1,
    Services, Shard, TRUSTED_ROOT, TSA_CHAIN, TrustFiles, TrustRootError,
};

fn key() -> SigningKey {
    SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap()
}

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

fn chains() -> (Vec<Certificate>, Vec<Certificate>) {
    let root_key = key();
    let root = make_root(&root_key, &request("root")).unwrap();
    let issuer = Issuer {
        certificate: &root,
        signer: &root_key,
    };
    let intermediate = make_intermediate(
        &issuer,
        key().public_key(),
        &request("intermediate"),
        IntermediateKind::CodeSigning,
    )
    .unwrap();
    let tsa = make_tsa_leaf(&issuer, key().public_key(), &request("tsa")).unwrap();
    (vec![intermediate, root.clone()], vec![tsa, root])
}

fn shard() -> Shard {
    Shard {
        host: "sigstore.example".to_owned(),
        base_url: "https://sigstore.example:8443".to_owned(),
        key: key().public_key().clone(),
        valid_for: TimeRange::from_start(start()),
    }
}

fn instance() -> Instance {
    let (ca_chain, tsa_chain) = chains();
    Instance {
        host: "sigstore.example".to_owned(),
        organization: "Example".to_owned(),
        start: start(),
        ca_chain,
        tsa_chain,
        ct_key: key().public_key().clone(),
        rekor: vec![shard()],
        rekor_v1: vec![shard()],
        services: Services {
            base_url: "https://sigstore.example:8443".to_owned(),
            oidc_issuer: Some("https://idp.example".to_owned()),
        },
    }
}

#[test]
fn what_is_written_is_read_back() {
    let directory = tempfile::tempdir().unwrap();
    let instance = instance();
    instance.write_all(directory.path()).unwrap();
    let files = TrustFiles::read(directory.path()).unwrap();
    assert_eq!(files.trusted_root.warnings, Vec::<String>::new());
    assert_eq!(
        files.trusted_root.tlogs[0].base_url,
        "https://sigstore.example"
    );
    assert_eq!(
        files.trusted_root.tlogs[0].log_id,
        instance.rekor[0].key.key_id()
    );
    let v1_key = &instance.rekor_v1[0].key;
    assert_eq!(files.trusted_root.tlogs.len(), 2);
    assert_eq!(files.trusted_root.tlogs[1].log_id, v1_key.key_id());
    assert_eq!(
        files.trusted_root.tlogs[1].base_url,
        "https://sigstore.example"
    );
    assert_eq!(
        files.rekor_keys,
        [v1_key.clone(), instance.rekor[0].key.clone()]
    );
    assert_eq!(
        files.signing_config.rekor_tlog_urls[0].url,
        "https://sigstore.example:8443"
    );
    assert_eq!(files.signing_config.rekor_tlog_urls[0].major_api_version, 2);
    assert_eq!(files.signing_config.ca_urls[0].major_api_version, 1);
    assert_eq!(
        files.signing_config.tsa_urls[0].url,
        "https://sigstore.example:8443/api/v1/timestamp"
    );
    let names: Vec<_> = files.ca_chain.iter().map(|c| c.subject_cn()).collect();
    assert_eq!(names, [Some("intermediate"), Some("root")]);
    assert_eq!(
        std::fs::read_dir(directory.path()).unwrap().count(),
        FILES.len()
    );
}

#[test]
fn the_signing_config_of_version_one_lists_that_log_and_no_timestamps() {
    let directory = tempfile::tempdir().unwrap();
    instance().write_all(directory.path()).unwrap();
    let path = directory.path().join(SIGNING_CONFIG_V1);
    let config = trust_root::files::read_signing_config(&path).unwrap();
    let [log] = config.rekor_tlog_urls.as_slice() else {
        panic!("{config:?}")
    };
    assert_eq!(
        (log.url.as_str(), log.major_api_version),
        ("https://sigstore.example:8443", 1)
    );
    assert_eq!(config.ca_urls[0].major_api_version, 1);
    assert_eq!(config.tsa_urls, []);
    assert_eq!(config.tsa_config, None);
}

#[test]
fn the_newest_shard_comes_first_and_is_signed_into() {
    let directory = tempfile::tempdir().unwrap();
    let mut instance = instance();
    let change = start() + SignedDuration::from_hours(1);
    for shards in [&mut instance.rekor, &mut instance.rekor_v1] {
        shards[0].valid_for.end = Some(change);
        let mut next = shard();
        next.valid_for = TimeRange::from_start(change);
        shards.push(next);
    }
    instance.rekor[1].host = "log2.example".to_owned();
    instance.rekor[1].base_url = "https://log2.example:8443".to_owned();
    instance.write_all(directory.path()).unwrap();
    let files = TrustFiles::read(directory.path()).unwrap();
    let listed: Vec<(&str, &[u8])> = files
        .trusted_root
        .tlogs
        .iter()
        .map(|log| (log.base_url.as_str(), log.public_key.raw_bytes.as_slice()))
        .collect();
    let key = |shard: &Shard| shard.key.spki_der().to_vec();
    let (two, one) = (&instance.rekor, &instance.rekor_v1);
    let expected = [
        ("https://log2.example", key(&two[1])),
        ("https://sigstore.example", key(&two[0])),
        ("https://sigstore.example", key(&one[1])),
        ("https://sigstore.example", key(&one[0])),
    ];
    let expected: Vec<(&str, &[u8])> = expected
        .iter()
        .map(|(url, key)| (*url, key.as_slice()))
        .collect();
    assert_eq!(listed, expected);
    let first = &files.rekor_keys[0];
    assert_eq!(first.spki_der(), one[1].key.spki_der());
    let [log] = files.signing_config.rekor_tlog_urls.as_slice() else {
        panic!("{:?}", files.signing_config)
    };
    assert_eq!(log.url, "https://log2.example:8443");
    assert_eq!(log.valid_for, TimeRange::from_start(change));
}

#[test]
fn an_instance_without_version_one_writes_none_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut instance = instance();
    instance.rekor_v1.clear();
    instance.write_all(directory.path()).unwrap();
    assert!(!directory.path().join(SIGNING_CONFIG_V1).exists());
    let files = TrustFiles::read(directory.path()).unwrap();
    assert_eq!(files.rekor_keys, [instance.rekor[0].key.clone()]);
    assert_eq!(files.trusted_root.tlogs.len(), 1);
}

/// The exact members that every client takes; Go clients refuse a root with any other.
#[test]
fn the_trusted_root_has_the_members_that_every_client_takes() {
    let json = instance().trusted_root().unwrap().to_json().unwrap();
    assert!(
        json.starts_with(
            r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","tlogs":[{"baseUrl":"https://sigstore.example","hashAlgorithm":"SHA2_256","publicKey":{"rawBytes":""#
        ),
        "{json}"
    );
    assert!(
        json.contains(
            r#""keyDetails":"PKIX_ECDSA_P256_SHA_256","validFor":{"start":"2026-01-01T00:00:00Z"}},"logId":{"keyId":""#
        ),
        "{json}"
    );
    assert!(
        !json.contains("checkpointKeyId") && !json.contains("operator"),
        "{json}"
    );
}

#[test]
fn files_that_contradict_each_other_are_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    for (file, other) in [
        (FULCIO_CHAIN, TRUSTED_ROOT),
        (TSA_CHAIN, TRUSTED_ROOT),
        (REKOR_KEY, TRUSTED_ROOT),
    ] {
        instance().write_all(directory.path()).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        instance().write_all(elsewhere.path()).unwrap();
        std::fs::copy(elsewhere.path().join(file), directory.path().join(file)).unwrap();
        match TrustFiles::read(directory.path()).unwrap_err() {
            TrustRootError::Contradiction {
                file: named,
                other: second,
                ..
            } => assert_eq!((named, second), (file, other)),
            error => panic!("{file}: {error}"),
        }
    }
}

#[test]
fn a_missing_file_is_named() {
    let directory = tempfile::tempdir().unwrap();
    instance().write_all(directory.path()).unwrap();
    std::fs::remove_file(directory.path().join(SIGNING_CONFIG)).unwrap();
    match TrustFiles::read(directory.path()).unwrap_err() {
        TrustRootError::Read { path, source } => {
            assert_eq!(path, directory.path().join(SIGNING_CONFIG));
            assert_eq!(source.kind(), std::io::ErrorKind::NotFound);
        }
        error => panic!("{error}"),
    }
}

#[test]
fn a_chain_without_root_makes_no_trusted_root() {
    let mut instance = instance();
    instance.ca_chain.truncate(1);
    match instance.trusted_root().unwrap_err() {
        TrustRootError::ChainShape { what, found, .. } => {
            assert_eq!(
                (what.as_str(), found.as_str()),
                ("the CA's chain", "1 certificates")
            );
        }
        error => panic!("{error}"),
    }
}

#[test]
fn pem_files_make_the_same_trust_as_the_document() {
    let directory = tempfile::tempdir().unwrap();
    let instance = instance();
    instance.write_all(directory.path()).unwrap();
    let file = |name: &str| Some(directory.path().join(name));
    let document = instance.trusted_root().unwrap();
    let name = |log: &sigbox_wire::LogInstance| LogName {
        log_id: log.log_id.clone(),
        host: "sigstore.example".to_owned(),
    };
    let names: Vec<_> = document.tlogs.iter().map(name).collect();
    let root = PemRoots {
        root: file(FULCIO_CHAIN),
        ct_log_key: file(trust_root::CTFE_KEY),
        rekor_key: file(REKOR_KEY),
        tsa_chain: file(TSA_CHAIN),
    }
    .trusted_root(&names)
    .unwrap();
    // The version 1 log stands first in the file, second in the document.
    let [v2, v1] = document.tlogs.as_slice() else {
        panic!("{:?}", document.tlogs)
    };
    for (found, expected) in root.tlogs.iter().zip([v1, v2]) {
        assert_eq!(found.log_id, expected.log_id);
        assert_eq!(found.base_url, expected.base_url);
    }
    assert_eq!(root.tlogs.len(), 2);
    assert_eq!(root.ctlogs[0].log_id, document.ctlogs[0].log_id);
    assert_eq!(
        root.certificate_authorities[0].cert_chain,
        document.certificate_authorities[0].cert_chain
    );
    assert_eq!(
        root.timestamp_authorities[0].cert_chain,
        document.timestamp_authorities[0].cert_chain
    );
}
