//! Material of another site, out of its time, or of no such kind.

use std::fs;

use super::site::{BY_KEY_V1, KEYLESS, Kind, Site};
use super::{CT, FILES, REKOR, ROOT, TSA};
use crate::instance::SUBJECT;
use jiff::SignedDuration;
use sigbox_crypto::{Certificate, PublicKey};
use sigbox_wire::Bundle;
use sigbox_wire::proto_json::encode_base64;
use trust_root::TrustFiles;

/// The lines below the headline, of the files of `site` with one of `other`.
fn refused(site: &Site, how: Kind, variable: &str) -> String {
    let files = FILES.map(|one| {
        let file = if one.0 == variable {
            "other.pem"
        } else {
            one.1
        };
        (one.0, file)
    });
    let shown = site.verify_with(how, &[], &files);
    let start = "exit 1\n--- stdout\n--- stderr\n";
    shown.strip_prefix(start).expect(&shown).to_owned()
}

#[test]
fn another_sites_material_is_refused_by_name() {
    let (site, other) = (Site::new(), Site::new());
    let published = TrustFiles::read(site.path()).unwrap();
    let theirs = TrustFiles::read(other.path()).unwrap();
    let hex = |bytes: &[u8]| hex::encode(bytes);
    let hint = |variable: &str| {
        format!(
            "hint: b.json is damaged, or it was made with another instance than the one of {variable} (other.pem): get \
             both again from where they are published\n"
        )
    };
    site.sign(KEYLESS, None).unwrap();
    let bundle = Bundle::parse(site.read("b.json").as_bytes()).unwrap();

    site.write("other.pem", other.read("fulcio_chain.pem"));
    let (issuer, root) = (&published.ca_chain[0], &theirs.ca_chain[1]);
    assert_eq!(
        refused(&site, KEYLESS, ROOT),
        format!(
            "Error: failed to verify leaf certificate: leaf certificate verification failed\n  check: certificate-chain\n  \
             cause: the certificate was issued by `CN=Test CA,O=example.test` (key {}), which no trusted root stands \
             above; these are `CN=Test Root,O=example.test` (SHA-256 {})\n  cause: `{SUBJECT}` names another key of \
             issuer `CN=Test CA,O=example.test`\n{}",
            hex(issuer.subject_key_id().unwrap()),
            hex(&root.fingerprint()),
            hint(ROOT)
        )
    );

    let id = |key: &PublicKey| encode_base64(&key.key_id());
    site.write("other.pem", other.read("ctfe.pub"));
    assert_eq!(
        refused(&site, KEYLESS, CT),
        format!(
            "Error: failed to verify signed certificate timestamp: only able to verify 0 SCT entries; unable to meet \
             threshold of 1\n  check: certificate-transparency\n  cause: CT log {} is not in the trusted root, which \
             holds {}\n{}",
            id(&published.ct_key),
            id(&theirs.ct_key),
            hint(CT)
        )
    );

    site.write("other.pem", other.read("rekor.pub"));
    let known: Vec<_> = theirs.rekor_keys.iter().map(id).collect();
    assert_eq!(
        refused(&site, KEYLESS, REKOR),
        format!(
            "Error: failed to verify log inclusion: not enough verified log entries from transparency log: 0 < 1\n  \
             check: transparency-log\n  cause: log {} is not in the trusted root, which holds {}\n{}",
            encode_base64(&bundle.verification_material.tlog_entries[0].log_id),
            known.join(", "),
            hint(REKOR)
        )
    );

    site.write("other.pem", other.read("tsa_chain.pem"));
    let serial = |one: &Certificate| hex(one.serial());
    assert_eq!(
        refused(&site, KEYLESS, TSA),
        format!(
            "Error: failed to verify timestamps: threshold not met for verified signed timestamps: 0 < 1\n  check: \
             signed-time\n  cause: no timestamp is by an authority that the trusted root holds, which are `CN=Test \
             TSA,O=example.test`\n  cause: token was signed by certificate {}, but the trusted authority's is {}\n{}",
            serial(&published.tsa_chain[0]),
            serial(&theirs.tsa_chain[0]),
            hint(TSA)
        )
    );

    // A file swapped for its sibling is the same as another site's.
    site.write("other.pem", site.read("ctfe.pub"));
    assert!(
        refused(&site, BY_KEY_V1, REKOR).contains("check: bundle-shape"),
        "a key was expected, and an identity signed"
    );
    site.sign(BY_KEY_V1, None).unwrap();
    let shown = refused(&site, BY_KEY_V1, REKOR);
    let wanted = format!("which holds {}\n", id(&published.ct_key));
    assert!(shown.contains(&wanted), "{shown}");
}

#[test]
fn a_file_that_is_none_of_the_kind_is_refused_by_variable_and_file() {
    let site = Site::new();
    site.sign(KEYLESS, None).unwrap();
    site.write("empty", "");
    site.write("garbage", "not PEM\n");
    site.write(
        "private",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    );
    fs::create_dir(site.path().join("folder")).unwrap();
    let certificates = "PEM certificates";
    let keys = "PEM public keys";
    for (variable, kind, wrong) in [
        (ROOT, certificates, "ctfe.pub"),
        (TSA, certificates, "ctfe.pub"),
        (CT, keys, "fulcio_chain.pem"),
        (REKOR, keys, "fulcio_chain.pem"),
    ] {
        let label = if kind == keys {
            "CERTIFICATE"
        } else {
            "PUBLIC KEY"
        };
        for (file, said) in [
            (
                "none",
                format!("{variable}: open none: no such file or directory\n"),
            ),
            (
                "folder",
                format!("{variable}: open folder: is a directory\n"),
            ),
            (
                "empty",
                format!("{variable} `empty`: expected {kind}\n  cause: no PEM block found\n"),
            ),
            (
                "garbage",
                format!("{variable} `garbage`: expected {kind}\n  cause: no PEM block found\n"),
            ),
            (
                "private",
                format!("{variable} `private`: expected {kind}, but block 1 is `PRIVATE KEY`\n"),
            ),
            (
                wrong,
                format!("{variable} `{wrong}`: expected {kind}, but block 1 is `{label}`\n"),
            ),
        ] {
            let files = FILES.map(|one| {
                let name = if one.0 == variable { file } else { one.1 };
                (one.0, name)
            });
            assert_eq!(
                site.verify_with(KEYLESS, &[], &files),
                format!("exit 1\n--- stdout\n--- stderr\nError: setting trusted material: {said}")
            );
        }
    }
    // The two kinds of chain taken for one another.
    let swapped = |variable: &str, file| site.verify_with(KEYLESS, &[], &[(variable, file)]);
    assert_eq!(
        swapped(ROOT, "tsa_chain.pem"),
        format!(
            "exit 1\n--- stdout\n--- stderr\nError: setting trusted material: {ROOT} `tsa_chain.pem`: expected \
             certificates of authorities, but `CN=Test TSA,O=example.test` is none\n"
        )
    );
    assert_eq!(
        swapped(TSA, "fulcio_chain.pem"),
        format!(
            "exit 1\n--- stdout\n--- stderr\nError: setting trusted material: {TSA} `fulcio_chain.pem`: expected the \
             certificate of a timestamp authority, found authorities only: `CN=Test CA,O=example.test`, `CN=Test \
             Root,O=example.test`\n"
        )
    );
}

#[test]
fn an_authority_that_was_retired_before_is_refused_by_its_window() {
    let site = Site::new();
    site.sign(KEYLESS, None).unwrap();
    let mut root = site.instance.trust().trusted_root().unwrap();
    let end = site.now - SignedDuration::from_hours(1);
    root.certificate_authorities[0].valid_for.end = Some(end);
    site.write("less.json", root.to_json().unwrap());
    let shown = site.verify(KEYLESS, &["--trusted-root", "less.json"]).run();
    let start = root.certificate_authorities[0].valid_for.start.unwrap();
    let said = format!(
        "  check: certificate-chain\n  cause: certificate authority https://log.example.test was trusted from {start} \
         until {end}, but the signature was made at {}\n",
        site.now
    );
    assert!(shown.contains(&said), "{shown}");
}
