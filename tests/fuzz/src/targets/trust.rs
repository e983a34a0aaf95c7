//! Trusted roots and signing configs: nothing is trusted that is not wholly understood.

use jiff::Timestamp;
use sigbox_crypto::{Certificate, KeyAlgorithm, PublicKey};
use sigbox_verify::TrustMaterial;
use sigbox_wire::{ClientTrustConfig, LogInstance, Service, SigningConfig, TimeRange, TrustedRoot};

use crate::bounds::{bounded, twice};

pub(super) fn target(data: &[u8]) {
    if let Some(mut root) = twice(data.len(), || TrustedRoot::parse(data)) {
        material(data.len(), &root);
        let json = root.to_json().unwrap();
        root.warnings.clear();
        assert_eq!(TrustedRoot::parse(json.as_bytes()).unwrap(), root);
    }
    if let Some(mut config) = twice(data.len(), || SigningConfig::parse(data)) {
        services(&config);
        let json = config.to_json().unwrap();
        config.warnings.clear();
        assert_eq!(SigningConfig::parse(json.as_bytes()).unwrap(), config);
    }
    if let Some(mut both) = twice(data.len(), || ClientTrustConfig::parse(data)) {
        let json = both.to_json().unwrap();
        both.trusted_root.warnings.clear();
        both.signing_config.warnings.clear();
        assert_eq!(ClientTrustConfig::parse(json.as_bytes()).unwrap(), both);
    }
}

/// Every instance is either believed or noted as left out, and what is believed stands in the root as it is.
fn material(input: usize, root: &TrustedRoot) {
    let lists = [
        root.tlogs.len(),
        root.ctlogs.len(),
        root.certificate_authorities.len(),
        root.timestamp_authorities.len(),
    ];
    let Ok(trust) = bounded(input, || TrustMaterial::from_trusted_root(root)) else {
        return;
    };
    let believed = [
        trust.logs().len(),
        trust.ct_logs().len(),
        trust.authorities().len(),
        trust.timestamp_authorities().len(),
    ];
    let noted = trust.skipped().len();
    assert_eq!(
        believed.iter().sum::<usize>() + noted,
        lists.iter().sum::<usize>()
    );
    for log in trust.logs() {
        named(&root.tlogs, log.key(), log.log_id(), log.valid_for());
    }
    for log in trust.ct_logs() {
        named(&root.ctlogs, log.key(), log.log_id(), log.valid_for());
    }
    let in_chain = |certificate: &Certificate, chain: &[Vec<u8>]| {
        chain.iter().any(|der| der == certificate.der())
    };
    for authority in trust.authorities() {
        assert!(root.certificate_authorities.iter().any(|listed| {
            let members = authority.intermediates().iter().chain([authority.root()]);
            listed.valid_for == authority.valid_for()
                && members
                    .into_iter()
                    .all(|one| in_chain(one, &listed.cert_chain))
        }));
    }
    for authority in trust.timestamp_authorities() {
        assert!(root.timestamp_authorities.iter().any(|listed| {
            listed.valid_for == authority.valid_for()
                && authority.chain().len() >= 2
                && authority
                    .chain()
                    .iter()
                    .all(|one| in_chain(one, &listed.cert_chain))
        }));
    }
}

fn named(listed: &[LogInstance], key: &PublicKey, id: &[u8; 32], window: TimeRange) {
    let known = matches!(
        key.algorithm(),
        KeyAlgorithm::EcdsaP256
            | KeyAlgorithm::EcdsaP384
            | KeyAlgorithm::EcdsaP521
            | KeyAlgorithm::Ed25519
            | KeyAlgorithm::Rsa { .. }
    );
    assert!(known && window.start.is_some());
    assert!(listed.iter().any(|log| {
        log.public_key.raw_bytes == key.spki_der()
            && log.log_id == id
            && log.public_key.valid_for == window
    }));
}

/// A service is chosen only within its window and in a version that was asked for.
fn services(config: &SigningConfig) {
    let now: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
    let lists = [
        (&config.ca_urls, None),
        (&config.oidc_urls, None),
        (&config.rekor_tlog_urls, config.rekor_tlog_config),
        (&config.tsa_urls, config.tsa_config),
    ];
    for (services, selector) in lists {
        let chosen = match selector {
            Some(selector) => selector.select(services, &[1, 2], now),
            None => Service::select_all(services, &[1, 2], now),
        };
        let Ok(chosen) = chosen else { continue };
        assert!(!chosen.is_empty());
        for (place, one) in chosen.iter().enumerate() {
            assert!(one.valid_for.contains(now) && [1, 2].contains(&one.major_api_version));
            let others = &chosen[place + 1..];
            assert!(
                others
                    .iter()
                    .all(|other| other.operator != one.operator || one.operator.is_empty())
            );
        }
    }
}
