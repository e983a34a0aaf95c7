//! C19, C20, C39, C40: strict reading, no panics, no memory of others.

use jiff::SignedDuration;
use serde_json::{Value, json};
use sigbox_crypto::{KeyAlgorithm, PublicKey, PublicKeyError, SigningKey};
use sigbox_testkit::virtual_sigstore::{Identity, Lie, Signed, VirtualSigstore};
use sigbox_verify::{Artifact, TrustMaterial, verify};
use sigbox_wire::rekor_v1::LogEntry;
use sigbox_wire::{Bundle, BundleError, TrustedRoot};

use crate::deployment::{ARTIFACT, alice, judge};
use crate::edit::{
    attested, edited, entries, hashed_rekord, honest, now, signed_with_key, timestamps,
};
use crate::rekor::Rekor;

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[test]
fn adv_c19_keys_are_read_in_one_form_only() {
    let key = SigningKey::generate(KeyAlgorithm::Ed25519).unwrap();
    let spki = key.public_key().spki_der();
    assert_eq!(
        PublicKey::from_spki_der(spki).unwrap().key_id(),
        key.public_key().key_id()
    );
    let refused = |der: &[u8]| PublicKey::from_spki_der(der).unwrap_err();
    let raw = key.public_key().ed25519_bytes().unwrap();
    assert!(matches!(refused(&raw), PublicKeyError::Malformed { .. }));
    assert!(matches!(
        refused(&[spki, &[0]].concat()),
        PublicKeyError::Malformed { .. }
    ));
    // 1.3.101.112 is Ed25519, 1.3.101.110 X25519.
    let mut unknown = spki.to_vec();
    let at = unknown
        .windows(3)
        .position(|window| window == [0x2b, 0x65, 0x70])
        .unwrap();
    unknown[at + 2] = 0x6e;
    let error = refused(&unknown);
    assert!(
        matches!(&error, PublicKeyError::UnsupportedAlgorithm { oid } if oid.to_string() == "1.3.101.110"),
        "{error:?}"
    );
}

#[test]
fn adv_c20_nothing_in_a_bundle_is_dropped_in_silence() {
    for signed in [honest(), attested(), signed_with_key().0, promised()] {
        let again = edited(&signed, |_| ()).unwrap();
        assert_eq!(again, signed);
        let json: Value = serde_json::from_str(&signed.bundle_json()).unwrap();
        let mut pointers = vec![String::new()];
        collect(&json, "", &mut pointers);
        for pointer in pointers {
            if !json.pointer(&pointer).is_some_and(Value::is_object) {
                continue;
            }
            let extended = edited(&signed, |json| {
                json.pointer_mut(&pointer).unwrap()["unheardOf"] = 1.into();
            });
            assert!(
                matches!(extended, Err(BundleError::Json(_))),
                "{pointer}: {extended:?}"
            );
        }
    }
}

/// Logged by a Rekor v1 log, whose promise is all that dates it.
fn promised() -> Signed {
    let mut signed = honest();
    timestamps(&mut signed).clear();
    let log = Rekor::trusted_by(&mut signed.trusted_root);
    let body = LogEntry::HashedRekord(hashed_rekord(&signed));
    *entries(&mut signed) = vec![log.v1(&body, now())];
    signed
}

/// JSON pointers of all members and elements.
fn collect(value: &Value, at: &str, pointers: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.clone(), member))
            .collect(),
        Value::Array(items) => (0_usize..)
            .zip(items)
            .map(|(index, item)| (index.to_string(), item))
            .collect(),
        _ => Vec::new(),
    };
    for (name, member) in members {
        let pointer = format!("{at}/{name}");
        collect(member, &pointer, pointers);
        pointers.push(pointer);
    }
}

/// Every text in which one member is replaced by something else.
fn replaced(text: &str) -> impl Iterator<Item = (String, String)> {
    let json: Value = serde_json::from_str(text).unwrap();
    let mut pointers = Vec::new();
    collect(&json, "", &mut pointers);
    assert!(pointers.len() > 15);
    pointers.into_iter().flat_map(move |pointer| {
        let wrong = [
            json!(null),
            json!(99),
            json!([]),
            json!({}),
            json!(""),
            json!(" "),
        ];
        let texts = wrong.into_iter().map(|wrong| {
            let mut json = json.clone();
            *json.pointer_mut(&pointer).unwrap() = wrong.clone();
            (format!("{wrong} at {pointer}"), json.to_string())
        });
        texts.collect::<Vec<_>>()
    })
}

/// Whether a verdict may rest on what stands there: the artifact is at hand, and a `keyid` is a hint.
fn is_harmless(place: &str) -> bool {
    place == "null at /messageSignature/messageDigest" || place.ends_with("/keyid")
}

#[test]
fn adv_c39_no_wrong_member_panics_or_passes() {
    for signed in [honest(), attested(), promised()] {
        assert!(judge(&signed, Artifact::Bytes(ARTIFACT), &alice()).is_verified());
        let root = signed.trusted_root.clone();
        for (place, text) in replaced(&signed.bundle_json()) {
            let Ok(bundle) = Bundle::parse(text.as_bytes()) else {
                continue;
            };
            let signed = Signed {
                bundle,
                trusted_root: root.clone(),
            };
            let verdict = judge(&signed, Artifact::Bytes(ARTIFACT), &alice());
            assert!(!verdict.is_verified() || is_harmless(&place), "{place}");
        }
        // Where the trusted root is damaged, no panic; what is left of it may be enough.
        for (_, text) in replaced(&signed.trusted_root_json()) {
            let trust = TrustedRoot::parse(text.as_bytes()).ok();
            let trust = trust.and_then(|root| TrustMaterial::from_trusted_root(&root).ok());
            let Some(trust) = trust else { continue };
            let _ = verify(
                &signed.bundle,
                Artifact::Bytes(ARTIFACT),
                &alice(),
                &trust,
                now(),
            );
        }
    }
}

#[test]
fn adv_c40_a_verdict_does_not_depend_on_its_neighbours() {
    let mut sigstore = VirtualSigstore::new();
    let mut root = sigstore.trusted_root();
    let log = Rekor::trusted_by(&mut root);
    let mut sign = |lie| sigstore.sign_with(ARTIFACT, &Identity::default(), lie);
    let mut all: Vec<Signed> = Lie::ALL.into_iter().map(&mut sign).collect();
    for _ in 0..14 {
        let mut signed = sign(Lie::None);
        all.push(signed.clone());
        let body = LogEntry::HashedRekord(hashed_rekord(&signed));
        *entries(&mut signed) = vec![log.v1(&body, now())];
        all.push(signed);
    }
    assert!(all.len() >= 64);
    let (trust, policy) = (TrustMaterial::from_trusted_root(&root).unwrap(), alice());
    let verdict = |signed: &Signed| {
        let artifact = Artifact::Bytes(ARTIFACT);
        let verdict = verify(&signed.bundle, artifact, &policy, &trust, now() + DAY);
        let verdict = verdict.into_result();
        verdict.map_or_else(
            |error| error.to_string(),
            |verified| format!("{verified:?}"),
        )
    };
    let alone: Vec<String> = all.iter().map(verdict).collect();
    assert!(
        alone[Lie::ALL.len()..]
            .iter()
            .all(|verdict| verdict.starts_with("VerifiedBundle"))
    );
    let (all, alone, verdict) = (&all, &alone, &verdict);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for step in 0..all.len() {
                    let index = (step * 7 + thread * 11) % all.len();
                    assert_eq!(verdict(&all[index]), alone[index]);
                }
            });
        }
    });
}
