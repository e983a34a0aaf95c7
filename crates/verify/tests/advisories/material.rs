//! Which lists of a trusted root a bundle needs under a policy: each is missed by name, and no other is.

use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_testkit::virtual_sigstore::{Identity, Lie, Signed, VirtualSigstore};
use sigbox_verify::{
    Artifact, Check, NoTrustMaterial, Outcome, Policy, TimeError, TrustList as L, VerifyError as E,
};
use sigbox_wire::TrustedRoot;

use crate::deployment::{ARTIFACT, alice, judge, refused};
use crate::edit::{accepted, attested, entries, honest, judge_at, now, timestamps};
use crate::stamping::{Tsa, URI};
use crate::times::promised;

/// The lists that are found to be missing.
pub(crate) fn missing(signed: &Signed, policy: &Policy) -> Vec<L> {
    match refused(signed, policy) {
        E::Material(NoTrustMaterial { missing, .. }) => missing,
        other => panic!("{other:?}"),
    }
}

fn clear(root: &mut TrustedRoot, list: L) {
    match list {
        L::Tlogs => root.tlogs.clear(),
        L::TimestampAuthorities => root.timestamp_authorities.clear(),
        L::CertificateAuthorities => root.certificate_authorities.clear(),
        L::Ctlogs => root.ctlogs.clear(),
        other => panic!("{other}"),
    }
}

const ALL: [L; 4] = [
    L::Tlogs,
    L::TimestampAuthorities,
    L::CertificateAuthorities,
    L::Ctlogs,
];

/// Every subset of the lists: accepted exactly if it holds those that are needed, else each missing one is named.
fn needs(signed: &Signed, policy: &Policy, needed: &[L]) {
    // Nothing at all is another error, about the document.
    for kept in 1..16_u8 {
        let keeps = |at: usize| kept & (1 << at) != 0;
        let mut signed = signed.clone();
        for (at, list) in ALL.into_iter().enumerate() {
            if !keeps(at) {
                clear(&mut signed.trusted_root, list);
            }
        }
        let lacking: Vec<L> = (0..4)
            .filter(|at| !keeps(*at) && needed.contains(&ALL[*at]))
            .map(|at| ALL[at])
            .collect();
        if lacking.is_empty() {
            accepted(&signed, policy);
        } else {
            assert_eq!(missing(&signed, policy), lacking, "kept {kept:04b}");
        }
    }
}

#[test]
fn a_certified_signature_in_a_log_without_a_clock_needs_everybody() {
    for signed in [honest(), attested()] {
        needs(&signed, &alice(), &ALL);
        let no_scts = alice().ignore_sct_unsafe();
        needs(&signed, &no_scts, &ALL[..3]);
        needs(&signed, &alice().ignore_tlog_unsafe(), &ALL[1..]);
        let neither = alice().ignore_sct_unsafe().ignore_tlog_unsafe();
        needs(&signed, &neither, &ALL[1..3]);
    }
}

#[test]
fn where_a_log_has_signed_the_time_no_timestamp_is_needed() {
    let (mut signed, _) = promised(now());
    let without_stamps = [L::Tlogs, L::CertificateAuthorities, L::Ctlogs];
    needs(&signed, &alice(), &without_stamps);
    let tsa = Tsa::new(now());
    tsa.stamp(&mut signed, now());
    tsa.trusted_by(&mut signed, URI, sigbox_wire::TimeRange::default());
    needs(&signed, &alice(), &without_stamps);
    needs(&signed, &alice().with_times(2), &ALL);
    needs(&signed, &alice().expecting_timestamp(), &ALL);
    // A log that nobody knows signs no time.
    entries(&mut signed)[0].log_id[0] ^= 1;
    signed.trusted_root.timestamp_authorities.clear();
    assert_eq!(missing(&signed, &alice()), [L::TimestampAuthorities]);
}

#[test]
fn a_key_needs_the_log_and_no_clock() {
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let signed = VirtualSigstore::new().sign_with_key(ARTIFACT, &key, Lie::None);
    assert_eq!(
        signed.bundle.verification_material.rfc3161_timestamps.len(),
        1
    );
    let policy = Policy::public_key(key.public_key().clone());
    needs(&signed, &policy, &[L::Tlogs]);
    needs(&signed, &policy.clone().ignore_tlog_unsafe(), &[]);
    let stamped = policy.clone().expecting_timestamp();
    needs(&signed, &stamped, &[L::Tlogs, L::TimestampAuthorities]);
    let mut strange = signed.clone();
    strange.trusted_root.timestamp_authorities.clear();
    Tsa::new(now()).trusted_by(&mut strange, URI, sigbox_wire::TimeRange::default());
    accepted(&strange, &policy);
    let error = refused(&strange, &stamped);
    assert!(
        matches!(&error, E::Time(TimeError::UnknownAuthority { known, .. }) if known.len() == 1),
        "{error:?}"
    );
    // A key that was in use for some time only is judged by the clock of somebody trusted.
    let window = sigbox_wire::TimeRange::from_start(now());
    let windowed = Policy::public_key_within(key.public_key().clone(), window);
    needs(&signed, &windowed, &[L::Tlogs, L::TimestampAuthorities]);
    // What could not be asked for is shown.
    let mut alone = signed;
    alone.trusted_root.timestamp_authorities.clear();
    let verdict = judge_at(&alone, &policy, now());
    let reason = "timestamp 0: the trusted root holds no timestamp authority";
    assert!(
        verdict
            .steps()
            .iter()
            .any(|step| step.check == Check::SignedTime
                && matches!(&step.outcome, Outcome::NotMade { reason: found, .. } if found == reason))
    );
}

#[test]
fn what_the_bundle_lacks_is_not_missed_in_the_trusted_root() {
    let mut signed = honest();
    entries(&mut signed).clear();
    signed.trusted_root.tlogs.clear();
    assert_eq!(refused(&signed, &alice()).check(), Check::TransparencyLog);
    assert!(matches!(refused(&signed, &alice()), E::Entry(_)));
    let mut signed = honest();
    timestamps(&mut signed).clear();
    signed.trusted_root.timestamp_authorities.clear();
    assert!(matches!(
        refused(&signed, &alice()),
        E::Time(TimeError::NoVerifiedTime)
    ));
    // Whether there is a timestamp is the caller's question; whose it is, is asked here.
    let policy = alice().ignore_tlog_unsafe().expecting_timestamp();
    judge_at(&signed, &policy, now()).into_result().unwrap();
    judge_at(&signed, &alice().ignore_tlog_unsafe(), now())
        .into_result()
        .unwrap();
}

#[test]
fn the_error_names_every_party_and_what_was_left_out() {
    let mut signed = honest();
    signed.trusted_root.ctlogs.clear();
    signed.trusted_root.tlogs[0].public_key.valid_for.start = None;
    let verdict = judge(&signed, Artifact::Bytes(ARTIFACT), &alice());
    let error = verdict.result().unwrap_err();
    assert_eq!(
        error.to_string(),
        "transparency-log: the trusted root holds no transparency log, no CT log"
    );
    let E::Material(NoTrustMaterial { skipped, .. }) = error else {
        panic!("{error:?}")
    };
    let skipped: Vec<_> = skipped.iter().map(|one| one.member.as_str()).collect();
    assert_eq!(skipped, ["tlogs[0]"]);
    // Another list's leftovers are not of interest.
    let mut signed = VirtualSigstore::new().sign(ARTIFACT, &Identity::default());
    let mut useless = signed.trusted_root.timestamp_authorities.clone();
    useless[0].cert_chain.clear();
    signed.trusted_root.timestamp_authorities.extend(useless);
    signed.trusted_root.ctlogs.clear();
    let error = refused(&signed, &alice());
    assert!(
        matches!(&error, E::Material(NoTrustMaterial { skipped, missing, .. })
            if skipped.is_empty() && *missing == [L::Ctlogs]),
        "{error:?}"
    );
}
