//! C05, C29, C30: entries that cannot be read, or are read by the rules of another kind.

use sigbox_verify::{EntryError, EntryKind, PromiseError, VerifyError as E};
use sigbox_wire::rekor_v1::LogEntry;
use sigbox_wire::{BodyError, BundleError};

use crate::deployment::{alice, refused};
use crate::edit::{accepted, edited, entries, hashed_rekord, honest, now};
use crate::entries::logged_v1;
use crate::rekor::Rekor;

#[test]
fn adv_c05_an_entry_that_cannot_be_read() {
    accepted(&edited(&honest(), |_| ()).unwrap(), &alice());
    let mut signed = honest();
    entries(&mut signed)[0].canonicalized_body = b"{}".to_vec();
    assert!(matches!(
        refused(&signed, &alice()),
        E::Entry(EntryError::Body(BodyError::Json(_)))
    ));
    let truncated = edited(&honest(), |json| {
        let body = &mut json["verificationMaterial"]["tlogEntries"][0]["canonicalizedBody"];
        *body = body.as_str().unwrap()[..9].into();
    });
    assert!(
        matches!(truncated, Err(BundleError::Json(_))),
        "{truncated:?}"
    );
    let mut signed = honest();
    entries(&mut signed)[0].kind_version.kind = "alpine".to_owned();
    assert!(
        matches!(refused(&signed, &alice()), E::Entry(EntryError::UnknownKind { kind, .. }) if kind == "alpine")
    );
}

#[test]
fn adv_c29_an_empty_promise_and_unknown_versions() {
    let signed = honest();
    let signed = logged_v1(
        signed.clone(),
        &LogEntry::HashedRekord(hashed_rekord(&signed)),
    );
    accepted(&edited(&signed, |_| ()).unwrap(), &alice());
    let empty = edited(&signed, |json| {
        let promise = &mut json["verificationMaterial"]["tlogEntries"][0]["inclusionPromise"];
        promise["signedEntryTimestamp"] = "".into();
    });
    let error = refused(&empty.unwrap(), &alice());
    assert!(
        matches!(error, E::Promise(PromiseError::Empty)),
        "{error:?}"
    );
    for (kind, version) in [
        ("dsse", "0.0.9"),
        ("hashedrekord", "9.0.0"),
        ("hashedrekord", ""),
    ] {
        let mut signed = signed.clone();
        entries(&mut signed)[0].kind_version.kind = kind.to_owned();
        entries(&mut signed)[0].kind_version.version = version.to_owned();
        let error = refused(&signed, &alice());
        let known = matches!(&error, E::Entry(EntryError::UnknownKind { kind: k, version: v }) if (k.as_str(), v.as_str()) == (kind, version));
        assert!(known, "{error:?}");
    }
}

#[test]
fn adv_c30_a_body_of_the_other_version() {
    let signed = honest();
    let v1 = LogEntry::HashedRekord(hashed_rekord(&signed))
        .canonical_body()
        .unwrap();
    let v2 = signed.bundle.verification_material.tlog_entries[0]
        .canonicalized_body
        .clone();
    let logged = |version: &str, body: &[u8]| {
        let mut signed = signed.clone();
        let log = Rekor::trusted_by(&mut signed.trusted_root);
        *entries(&mut signed) = if version == "0.0.1" {
            vec![log.v1_body("hashedrekord", version, body, now())]
        } else {
            vec![log.v2(body)]
        };
        signed
    };
    accepted(&logged("0.0.1", &v1), &alice());
    accepted(&logged("0.0.2", &v2), &alice());
    for (version, body, kind, other) in [
        ("0.0.1", &v2, EntryKind::HashedRekordV001, "0.0.2"),
        ("0.0.2", &v1, EntryKind::HashedRekordV002, "0.0.1"),
    ] {
        let error = refused(&logged(version, body), &alice());
        let confused = matches!(&error, E::Entry(EntryError::Version { expected, found }) if *expected == kind && found == other);
        assert!(confused, "{error:?}");
    }
}
