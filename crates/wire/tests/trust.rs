//! Trusted root, signing config and client trust config: exact shape, unknown members, choice of services.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use jiff::Timestamp;
use sigbox_wire::{
    CertificateAuthority, ClientTrustConfig, HashAlgorithm, KeyDetails, LogInstance, LogPublicKey,
    SelectError, Service, ServiceSelector, SigningConfig, TimeRange, TrustError, TrustedRoot,
};

const ROOT: &str = concat!(
    r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","tlogs":[{"baseUrl":"https://log.example","hashAlgorithm":"SHA2_256","#,
    r#""publicKey":{"rawBytes":"AQ==","keyDetails":"PKIX_ECDSA_P256_SHA_256","validFor":{"start":"2026-01-01T00:00:00Z"}},"logId":{"keyId":"Ag=="}}],"#,
    r#""certificateAuthorities":[{"subject":{"organization":"Example","commonName":"Example Root"},"uri":"https://fulcio.example","#,
    r#""certChain":{"certificates":[{"rawBytes":"Aw=="},{"rawBytes":"BA=="}]},"validFor":{"start":"2026-01-01T00:00:00Z","end":"2026-12-31T23:59:59.999Z"}}],"#,
    r#""ctlogs":[],"timestampAuthorities":[]}"#
);
const CONFIG: &str = concat!(
    r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","#,
    r#""caUrls":[{"url":"https://fulcio.example","majorApiVersion":1,"validFor":{"start":"2026-01-01T00:00:00Z"},"operator":"example.com"}],"#,
    r#""rekorTlogUrls":[{"url":"https://log.example","majorApiVersion":2,"validFor":{"start":"2026-01-01T00:00:00Z"},"operator":"example.com"}],"#,
    r#""rekorTlogConfig":{"selector":"ANY"},"tsaConfig":{"selector":"EXACT","count":2}}"#
);

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn since(text: &str) -> TimeRange {
    TimeRange::from_start(time(text))
}

fn root() -> TrustedRoot {
    TrustedRoot {
        tlogs: vec![LogInstance {
            base_url: "https://log.example".to_owned(),
            hash_algorithm: HashAlgorithm::Sha2_256,
            public_key: LogPublicKey {
                raw_bytes: vec![1],
                key_details: KeyDetails::PkixEcdsaP256Sha256,
                valid_for: since("2026-01-01T00:00:00Z"),
            },
            log_id: vec![2],
            checkpoint_key_id: None,
        }],
        certificate_authorities: vec![CertificateAuthority {
            organization: "Example".to_owned(),
            common_name: "Example Root".to_owned(),
            uri: "https://fulcio.example".to_owned(),
            cert_chain: vec![vec![3], vec![4]],
            valid_for: TimeRange {
                start: Some(time("2026-01-01T00:00:00Z")),
                end: Some(time("2026-12-31T23:59:59.999Z")),
            },
        }],
        ..TrustedRoot::default()
    }
}

#[test]
fn trusted_root_has_the_published_shape() {
    assert_eq!(root().to_json().unwrap(), ROOT);
    assert_eq!(TrustedRoot::parse(ROOT.as_bytes()).unwrap(), root());
}

#[test]
fn unknown_members_of_a_trusted_root_become_warnings() {
    let json = ROOT
        .replace(r#""ctlogs":[]"#, r#""ctlogs":[],"news":{"deep":[1]}"#)
        .replace(
            r#""logId":{"#,
            r#""operator":"example.com","colour":null,"logId":{"x":1,"#,
        )
        .replace(r#"{"rawBytes":"BA=="}"#, r#"{"rawBytes":"BA==","y":2}"#);
    let read = TrustedRoot::parse(json.as_bytes()).unwrap();
    assert_eq!(
        read.warnings,
        [
            "unknown member `news` is ignored",
            "unknown member `tlogs[0].colour` is ignored",
            "unknown member `tlogs[0].logId.x` is ignored",
            "unknown member `certificateAuthorities[0].certChain.certificates[1].y` is ignored",
        ]
    );
    assert_eq!(
        TrustedRoot {
            warnings: Vec::new(),
            ..read
        },
        root()
    );
}

#[test]
fn broken_trusted_roots_name_the_rule() {
    let parse = |from: &str, to: &str| {
        assert!(ROOT.contains(from), "{from}");
        TrustedRoot::parse(ROOT.replace(from, to).as_bytes()).unwrap_err()
    };
    let media = parse("version=0.1", "version=0.9");
    assert!(
        matches!(media, TrustError::MediaType { document: "trusted root", found } if found.ends_with("0.9"))
    );
    let hash = parse("SHA2_256\",", "MD5\",");
    assert!(
        matches!(hash, TrustError::HashAlgorithm { member, found } if member == "tlogs[0]" && found == "MD5")
    );
    let start = parse("2026-01-01T00:00:00Z", "yesterday");
    let place = "tlogs[0].publicKey.validFor.start";
    assert!(
        matches!(start, TrustError::Time { member, found } if member == place && found == "yesterday")
    );
    assert!(matches!(
        parse("\"AQ==\"", "[]"),
        TrustError::Json {
            document: "trusted root",
            ..
        }
    ));
    let repeated = parse(r#""ctlogs":[]"#, r#""ctlogs":[],"ctlogs":[]"#);
    assert!(matches!(repeated, TrustError::Json { .. }));
}

/// What `cosign signing-config create` without flags writes, the config of a key that is not logged.
#[test]
fn a_selector_over_nothing_may_be_empty() {
    let written = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;
    let read = SigningConfig::parse(written.as_bytes()).unwrap();
    assert_eq!(read, SigningConfig::default());
    let with_a_log = written.replace(
        r#""rekorTlogConfig""#,
        r#""rekorTlogUrls":[{"url":"https://log.test"}],"rekorTlogConfig""#,
    );
    assert!(matches!(
        SigningConfig::parse(with_a_log.as_bytes()),
        Err(TrustError::Selector {
            member: "rekorTlogConfig",
            ..
        })
    ));
}

#[test]
fn signing_config_has_the_published_shape() {
    let read = SigningConfig::parse(CONFIG.as_bytes()).unwrap();
    assert_eq!(read.rekor_tlog_config, Some(ServiceSelector::Any));
    assert_eq!(read.tsa_config, Some(ServiceSelector::Exact(2)));
    assert_eq!(read.to_json().unwrap(), CONFIG);
    let old = CONFIG.replace("v0.2", "v0.1");
    let refused = SigningConfig::parse(old.as_bytes());
    assert!(matches!(
        refused,
        Err(TrustError::MediaType {
            document: "signing config",
            ..
        })
    ));
    let undefined = CONFIG.replace("\"ANY\"", "0");
    let refused = SigningConfig::parse(undefined.as_bytes());
    assert!(matches!(
        refused,
        Err(TrustError::Selector {
            member: "rekorTlogConfig",
            ..
        })
    ));
}

#[test]
fn both_documents_travel_in_one() {
    let json = format!(
        r#"{{"mediaType":"{}","trustedRoot":{ROOT},"signingConfig":{CONFIG}}}"#,
        ClientTrustConfig::MEDIA_TYPE
    );
    let read = ClientTrustConfig::parse(json.as_bytes()).unwrap();
    assert_eq!(read.trusted_root, root());
    assert_eq!(read.to_json().unwrap(), json);
    let half = json.replace("signingConfig", "signing");
    let refused = ClientTrustConfig::parse(half.as_bytes());
    assert!(matches!(
        refused,
        Err(TrustError::MissingMember {
            member: "signingConfig",
            ..
        })
    ));
}

fn service(url: &str, version: u32, start: &str, operator: &str) -> Service {
    let valid_for = since(start);
    Service {
        url: url.to_owned(),
        major_api_version: version,
        valid_for,
        operator: operator.to_owned(),
    }
}

#[test]
fn services_are_chosen_by_version_age_and_operator() {
    let mut closed = service("closed", 2, "2026-02-01T00:00:00Z", "c");
    closed.valid_for.end = Some(time("2026-03-01T00:00:00Z"));
    let services = [
        service("v1", 1, "2026-05-01T00:00:00Z", "a"),
        service("old", 2, "2025-01-01T00:00:00Z", "a"),
        service("new", 2, "2026-01-01T00:00:00Z", "a"),
        service("other", 2, "2025-06-01T00:00:00Z", "b"),
        service("future", 2, "2027-01-01T00:00:00Z", "d"),
        service("v3", 3, "2026-01-01T00:00:00Z", "e"),
        closed,
    ];
    let now = time("2026-06-01T00:00:00Z");
    let urls = |selector: ServiceSelector, versions: &[u32]| {
        let chosen = selector.select(&services, versions, now)?;
        Ok(chosen
            .into_iter()
            .map(|service| service.url.as_str())
            .collect::<Vec<_>>())
    };
    assert_eq!(urls(ServiceSelector::Any, &[1, 2]), Ok(vec!["new"]));
    assert_eq!(
        urls(ServiceSelector::All, &[1, 2]),
        Ok(vec!["new", "other"])
    );
    assert_eq!(
        urls(ServiceSelector::Exact(2), &[2]),
        Ok(vec!["new", "other"])
    );
    assert_eq!(urls(ServiceSelector::All, &[1]), Ok(vec!["v1"]));
    let too_few = urls(ServiceSelector::Exact(3), &[2]);
    assert_eq!(
        too_few,
        Err(SelectError::TooFew {
            wanted: 3,
            found: 2
        })
    );
    assert_eq!(
        urls(ServiceSelector::Exact(0), &[2]),
        Err(SelectError::TooFew {
            wanted: 0,
            found: 2
        })
    );
    assert_eq!(
        urls(ServiceSelector::Any, &[9]),
        Err(SelectError::NoService { supported: vec![9] })
    );
    let all = Service::select_all(&services, &[2], now).unwrap();
    assert_eq!(all.len(), 2);
}
