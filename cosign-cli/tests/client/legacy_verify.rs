//! Verifying what clients wrote before there were bundles, through the program.

use crate::legacy_files::{Files, VARIABLES, VERIFIED, certificate, old, signature};
use sigbox_crypto::{KeyAlgorithm, SigningKey};
use sigbox_wire::proto_json::encode_base64;
use sigbox_wire::{
    Bundle, BundleContent, BundleVersion, DsseEnvelope, DsseSignature, LocalSignedPayload,
    VerificationContent, signed_timestamp_json,
};

const TLOG: &str = "WARNING: Skipping tlog verification is an insecure practice that lacks transparency and auditability \
                    verification for the blob.\n";

fn refused(shown: &str, headline: &str, check: &str) {
    let head = format!("exit 1\n--- stdout\n--- stderr\nError: {headline}");
    assert!(shown.starts_with(&head), "{shown}");
    if !check.is_empty() {
        assert!(shown.contains(&format!("\n  check: {check}\n")), "{shown}");
    }
}

#[test]
fn an_old_bundle_verifies_with_nothing_but_the_four_variables() {
    let files = Files::new();
    let bundle = files.keyless("hello.txt");
    files.write("old.json", old(&bundle).to_json().unwrap());
    let verify = "verify-blob --bundle old.json @ID hello.txt";
    assert_eq!(files.cosign(verify, &VARIABLES), VERIFIED);
    assert_eq!(
        files.cosign(verify, &[("COSIGN_TRUSTED_ROOT", "trusted_root.json")]),
        VERIFIED
    );
    // No timestamp is judged here, so nobody has to be believed for one.
    assert_eq!(files.cosign(verify, &VARIABLES[..3]), VERIFIED);
    // The certificate as PEM, as some clients wrote it.
    let pem = serde_json::to_string(&certificate(&bundle)).unwrap();
    let json = old(&bundle).to_json().unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    value["cert"] = serde_json::from_str(&pem).unwrap();
    files.write("old.json", value.to_string());
    assert_eq!(files.cosign(verify, &VARIABLES), VERIFIED);
    let other = files.cosign("verify-blob --bundle old.json @ID other.txt", &VARIABLES);
    refused(
        &other,
        "failed to verify log inclusion: verifying log entry:",
        "entry-binding",
    );
    let who = "--certificate-identity bob@example.test --certificate-oidc-issuer";
    let bob = files.cosign(
        &format!("verify-blob --bundle old.json {who} https://oidc.example.test hello.txt"),
        &VARIABLES,
    );
    refused(
        &bob,
        "failed to verify certificate identity: no matching CertificateIdentity found, last error: expected SAN value \
         \"bob@example.test\", got \"alice@example.test\"\n",
        "certificate-identity",
    );
}

/// C01, C02, C03, C05, C09: what an entry says is held against the signature, and a missing part is no success.
#[test]
fn an_old_bundle_that_was_put_together_is_refused() {
    let files = Files::new();
    let (good, other) = (files.keyless("hello.txt"), files.keyless("other.txt"));
    let again = files.keyless("hello.txt");
    let verify = |payload: &LocalSignedPayload| {
        files.write("old.json", payload.to_json().unwrap());
        files.cosign("verify-blob --bundle old.json @ID hello.txt", &VARIABLES)
    };
    assert_eq!(verify(&old(&good)), VERIFIED);
    let binding = "failed to verify log inclusion: verifying log entry: ";
    // The entry of another artifact, and the entry of another signature over the same one.
    for entry in [old(&other).entry, old(&again).entry] {
        let spliced = LocalSignedPayload {
            entry,
            ..old(&good)
        };
        refused(&verify(&spliced), binding, "entry-binding");
    }
    // Another signature beside the entry and the certificate of this one.
    let spliced = LocalSignedPayload {
        signature: signature(&again),
        ..old(&good)
    };
    refused(&verify(&spliced), binding, "entry-binding");
    let change = |change: &dyn Fn(&mut sigbox_wire::TransparencyLogEntry)| {
        let mut payload = old(&good);
        change(payload.entry.as_mut().unwrap());
        payload
    };
    let bad = change(&|entry| entry.inclusion_promise.as_mut().unwrap()[9] ^= 1);
    refused(&verify(&bad), binding, "inclusion-promise");
    let bad = change(&|entry| entry.integrated_time += 1);
    refused(&verify(&bad), binding, "inclusion-promise");
    let bad = change(&|entry| entry.log_index += 1);
    refused(&verify(&bad), binding, "inclusion-promise");
    let bad = change(&|entry| entry.canonicalized_body = b"{}".to_vec());
    refused(&verify(&bad), "reading old.json\n", "");
    let unknown = br#"{"apiVersion":"9","kind":"hashedrekord"}"#;
    let bad = change(&|entry| entry.canonicalized_body = unknown.to_vec());
    refused(&verify(&bad), "", "entry-binding");
    let unlogged = LocalSignedPayload {
        entry: None,
        ..old(&good)
    };
    refused(
        &verify(&unlogged),
        "failed to verify log inclusion: not enough verified log entries from transparency log: 0 < 1\n",
        "transparency-log",
    );
    for certificate in [None, Some(files.key.public_key().to_pem())] {
        let bad = LocalSignedPayload {
            certificate,
            ..old(&good)
        };
        let headline = "bundle does not contain cert for verification, please provide public key\n";
        refused(&verify(&bad), headline, "");
    }
    let json = old(&good).to_json().unwrap();
    for damaged in [
        json.replacen("base64Signature\":\"", "base64Signature\":\"A", 1),
        json.replacen('{', r#"{"more":1,"#, 1),
    ] {
        files.write("old.json", damaged);
        let shown = files.cosign("verify-blob --bundle old.json @ID hello.txt", &VARIABLES);
        refused(
            &shown,
            "reading old.json\n  cause: not a bundle of the old format",
            "",
        );
    }
    // A member that stands twice tells no format; such a file is refused as a bundle.
    files.write(
        "old.json",
        json.replacen('{', r#"{"base64Signature":"AA==","#, 1),
    );
    let shown = files.cosign("verify-blob --bundle old.json @ID hello.txt", &VARIABLES);
    refused(&shown, "reading bundle old.json\n", "");
}

#[test]
fn a_bundle_is_never_taken_for_an_older_one() {
    let files = Files::new();
    let bundle = files.keyless("hello.txt");
    let (json, old) = (bundle.to_json().unwrap(), old(&bundle).to_json().unwrap());
    let verify = |text: &str| {
        files.write("b.json", text);
        files.cosign("verify-blob --bundle b.json @ID hello.txt", &VARIABLES)
    };
    assert_eq!(verify(&json), VERIFIED);
    let both = old.replacen(
        '{',
        r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","#,
        1,
    );
    let later = json.replacen("v0.3", "v0.9", 1);
    let cut = &json[..json.len() - 2];
    for text in [both.as_str(), &later, cut, &old[..old.len() - 2], "", "[]"] {
        refused(&verify(text), "reading bundle b.json\n", "");
    }
    // What the bundle holds is not taken from elsewhere.
    files.write("b.json", &json);
    files.write("c.pem", certificate(&bundle).unwrap());
    for (flag, what) in [
        ("--certificate", "certificate"),
        ("--signature", "signature"),
        ("--sct", "SCT"),
        ("--rfc3161-timestamp", "RFC3161 timestamp"),
    ] {
        let line = format!("verify-blob --bundle b.json {flag} c.pem @ID hello.txt");
        let shown = files.cosign(&line, &VARIABLES);
        let error = format!(
            "\nError: unsupported: {what} must be in bundle and may not be provided using {flag} when using \
             --new-bundle-format\n"
        );
        assert!(shown.contains(&error), "{shown}");
    }
}

#[test]
fn a_key_in_an_old_bundle_is_nobodys_word() {
    let files = Files::new();
    let bundle = files.keyed("hello.txt");
    let with_key = LocalSignedPayload {
        certificate: Some(files.key.public_key().to_pem()),
        ..old(&bundle)
    };
    let other = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    files.write("other.pub", other.public_key().to_pem());
    for payload in [old(&bundle), with_key] {
        files.write("old.json", payload.to_json().unwrap());
        let verify =
            |rest: &str| files.cosign(&format!("verify-blob --bundle old.json {rest}"), &VARIABLES);
        assert_eq!(verify("--key cosign.pub hello.txt"), VERIFIED);
        let unlogged = verify("--key cosign.pub --insecure-ignore-tlog hello.txt");
        let expected = format!("exit 0\n--- stdout\n--- stderr\n{TLOG}Verified OK\n");
        assert_eq!(unlogged, expected);
        let stranger = verify("--key other.pub hello.txt");
        refused(&stranger, "failed to verify log inclusion", "entry-binding");
        let identity = verify("@ID hello.txt");
        refused(
            &identity,
            "bundle does not contain cert for verification, please provide public key\n",
            "",
        );
    }
    // A certificate is no key's signature.
    let keyless = files.keyless("hello.txt");
    files.write("old.json", old(&keyless).to_json().unwrap());
    let line = "verify-blob --bundle old.json --key cosign.pub hello.txt";
    refused(
        &files.cosign(line, &VARIABLES),
        "validating bundle",
        "bundle-shape",
    );
}

#[test]
fn detached_files_verify_by_what_can_be_checked() {
    let files = Files::new();
    let bundle = files.keyless("hello.txt");
    let bytes = signature(&bundle);
    let pem = certificate(&bundle).unwrap();
    files.write("h.sig", encode_base64(&bytes));
    files.write("raw.sig", &bytes);
    files.write("c.pem", &pem);
    files.write("c.b64", encode_base64(pem.as_bytes()));
    let chain = std::fs::read_to_string(files.path().join("fulcio_chain.pem")).unwrap();
    let split = chain.find("-----END CERTIFICATE-----\n").unwrap() + 26;
    files.write("intermediate.pem", &chain[..split]);
    files.write("root.pem", &chain[split..]);
    let said = |flags: &[&str]| {
        let hint = |flag: &str| match flag {
            "certificate" => {
                "please use --bundle with --trusted-root to provide the public certificate"
            }
            "certificate-chain" => "please use --trusted-root to provide the certificate chain",
            "signature" => "please use --bundle to provide a signature",
            _ => "please use --trusted-root to provide CA certificates",
        };
        let lines = flags
            .iter()
            .map(|flag| format!("Flag --{flag} has been deprecated, {}\n", hint(flag)));
        lines.collect::<String>()
    };
    let inline = encode_base64(&bytes);
    for (signature, certificate) in [
        ("h.sig", "c.pem"),
        ("raw.sig", "c.b64"),
        (inline.as_str(), "c.pem"),
    ] {
        let verify = |rest: &str| {
            let given = format!("--signature {signature} --certificate {certificate}");
            files.cosign(&format!("verify-blob {given} @ID {rest}"), &VARIABLES)
        };
        let expected = format!(
            "exit 0\n--- stdout\n--- stderr\n{}{TLOG}Verified OK\n",
            said(&["signature", "certificate"])
        );
        assert_eq!(verify("--insecure-ignore-tlog hello.txt"), expected);
        let other = verify("--insecure-ignore-tlog other.txt");
        assert!(other.contains("\n  check: signature\n"), "{other}");
        let logged = verify("hello.txt");
        assert!(logged.contains("\n  check: transparency-log\n"), "{logged}");
    }
    // By authorities that are named, without any variable but the CT log's.
    let given = "verify-blob --signature h.sig --certificate c.pem --insecure-ignore-tlog @ID";
    let roots = ["signature", "certificate", "ca-roots", "ca-intermediates"];
    let chain = ["signature", "certificate", "certificate-chain"];
    for (own, flags) in [
        (
            "--ca-roots root.pem --ca-intermediates intermediate.pem",
            &roots[..],
        ),
        ("--certificate-chain fulcio_chain.pem", &chain[..]),
    ] {
        let line = format!("{given} {own} hello.txt");
        let expected = format!(
            "exit 0\n--- stdout\n--- stderr\n{}{TLOG}Verified OK\n",
            said(flags)
        );
        assert_eq!(files.cosign(&line, &VARIABLES[1..2]), expected);
        // Without the CT log's key the check that needs it is named.
        let shown = files.cosign(&line, &[]);
        let missing =
            "\nError: incomplete trust material: SIGSTORE_CT_LOG_PUBLIC_KEY_FILE is not set\n";
        assert!(shown.contains(missing), "{shown}");
        let shown = files.cosign(&format!("{line} --insecure-ignore-sct"), &[]);
        assert_eq!(shown, expected);
    }
    let shown = files.cosign(
        &format!("{given} --ca-roots tsa_chain.pem hello.txt"),
        &VARIABLES,
    );
    assert!(shown.contains("\n  check: certificate-chain\n"), "{shown}");
}

#[test]
fn a_detached_timestamp_is_demanded_once_it_is_given() {
    let files = Files::new();
    let (bundle, other) = (files.stamped("hello.txt"), files.stamped("other.txt"));
    files.write("h.sig", encode_base64(&signature(&bundle)));
    files.write("c.pem", certificate(&bundle).unwrap());
    for (name, bundle) in [("t.json", &bundle), ("other.json", &other)] {
        let stamp = &bundle.verification_material.rfc3161_timestamps[0];
        files.write(name, signed_timestamp_json(stamp).unwrap());
    }
    let verify = |rest: &str, variables: &[(&str, &str)]| {
        let given = "--signature h.sig --certificate c.pem --insecure-ignore-tlog @ID";
        files.cosign(&format!("verify-blob {given} {rest} hello.txt"), variables)
    };
    let good = verify("--rfc3161-timestamp t.json", &VARIABLES);
    assert!(
        good.starts_with("exit 0\n") && good.ends_with("\nVerified OK\n"),
        "{good}"
    );
    let own = "--rfc3161-timestamp t.json --timestamp-certificate-chain tsa_chain.pem";
    let good = verify(own, &VARIABLES[..3]);
    assert!(
        good.starts_with("exit 0\n") && good.ends_with("\nVerified OK\n"),
        "{good}"
    );
    let foreign = verify("--rfc3161-timestamp other.json", &VARIABLES);
    assert!(foreign.contains("\n  check: signed-time\n"), "{foreign}");
    let nobody = verify("--rfc3161-timestamp t.json", &VARIABLES[..3]);
    let missing = "\nError: incomplete trust material: SIGSTORE_TSA_CERTIFICATE_FILE is not set\n";
    assert!(nobody.contains(missing), "{nobody}");
    let none = verify("--use-signed-timestamps", &VARIABLES);
    let missing = "\nError: failed to verify timestamps: threshold not met for verified signed timestamps: 0 < 1\n";
    assert!(none.contains(missing), "{none}");
    let broken = verify("--rfc3161-timestamp c.pem", &VARIABLES);
    assert!(
        broken.contains("\nError: reading c.pem\n  cause: not a timestamp file"),
        "{broken}"
    );
}

#[test]
fn an_old_attestation_must_be_about_the_file_and_of_the_type() {
    let files = Files::new();
    let digest = hex::encode(sigbox_crypto::sha256(b"hello"));
    let attest = |payload: &str| {
        let mut envelope = DsseEnvelope {
            payload: payload.as_bytes().to_vec(),
            payload_type: "application/vnd.in-toto+json".to_owned(),
            signatures: Vec::new(),
        };
        let sig = sigbox_crypto::Signer::sign(&*files.key, &envelope.pae()).unwrap();
        let keyid = String::new();
        envelope.signatures.push(DsseSignature { sig, keyid });
        let json = envelope.to_json().unwrap();
        files.write("a.sig", &json);
        let payload = LocalSignedPayload {
            signature: json.into_bytes(),
            certificate: None,
            entry: None,
        };
        files.write("old.json", payload.to_json().unwrap());
        ["--bundle old.json", "--signature a.sig"].map(|given| {
            let by = "--key cosign.pub --insecure-ignore-tlog --type https://e.example/p";
            files.cosign(
                &format!("verify-blob-attestation {given} {by} hello.txt"),
                &[],
            )
        })
    };
    let statement = |digest: &str, kind: &str| {
        format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"x","digest":{{"sha256":"{digest}"}}}}],{kind}"predicate":{{}}}}"#
        )
    };
    let right = r#""predicateType":"https://e.example/p","#;
    for shown in attest(&statement(&digest, right)) {
        assert!(
            shown.starts_with("exit 0\n") && shown.ends_with("\nVerified OK\n"),
            "{shown}"
        );
    }
    let wrong = [
        (
            statement(&digest, r#""predicateType":"https://e.example/q","#),
            "invalid predicate type, expected https://e.example/p got https://e.example/q\n",
        ),
        (statement(&digest, ""), "failed to verify"),
        ("{".to_owned(), "failed to verify"),
        (
            statement(&"0".repeat(64), right),
            "failed to verify signature: provided artifact digests do not match digests in statement\n",
        ),
    ];
    for (payload, headline) in wrong {
        for shown in attest(&payload) {
            assert!(shown.contains(&format!("\nError: {headline}")), "{shown}");
        }
    }
    // A blob's signature is no envelope, and an envelope is no blob's signature.
    let shown = files.cosign(
        "verify-blob --bundle old.json --key cosign.pub --insecure-ignore-tlog hello.txt",
        &[],
    );
    assert!(shown.contains("\n  check: signature\n"), "{shown}");
    files.write(
        "old.json",
        old(&files.keyed("hello.txt")).to_json().unwrap(),
    );
    let shown = files.cosign(
        "verify-blob-attestation --bundle old.json --key cosign.pub hello.txt",
        &VARIABLES,
    );
    refused(&shown, "reading the attestation\n  cause: ", "");
}

#[test]
fn a_chain_in_a_bundle_is_used_when_the_flag_says_so() {
    let files = Files::new();
    let mut bundle = files.stamped("hello.txt");
    let VerificationContent::Certificate(leaf) = &bundle.verification_material.content else {
        panic!("{bundle:?}");
    };
    let trust = files.instance.trust();
    let intermediate = trust.ca_chain[0].der().to_vec();
    bundle.verification_material.content =
        VerificationContent::CertificateChain(vec![leaf.clone(), intermediate]);
    assert_eq!(bundle.version, BundleVersion::V0_3);
    files.write("b.json", bundle.to_json().unwrap());
    files.write("root.pem", trust.ca_chain[1].to_pem());
    let verify = |rest: &str| {
        files.cosign(
            &format!("verify-blob --bundle b.json @ID {rest} hello.txt"),
            &VARIABLES,
        )
    };
    assert_eq!(verify("--allow-certificate-chain"), VERIFIED);
    refused(&verify(""), "validating bundle", "bundle-shape");
    let root = "Flag --ca-roots has been deprecated, please use --trusted-root to provide CA certificates\n";
    let shown = verify("--allow-certificate-chain --ca-roots root.pem");
    assert_eq!(
        shown,
        format!("exit 0\n--- stdout\n--- stderr\n{root}Verified OK\n")
    );
    // The intermediate is a way to the root, and no root.
    let stranger = Files::new().instance.trust().ca_chain[1].to_pem();
    files.write("stranger.pem", stranger);
    let shown = verify("--allow-certificate-chain --ca-roots stranger.pem");
    assert!(shown.contains("\n  check: certificate-chain\n"), "{shown}");
}

#[test]
fn flags_that_exclude_each_other_are_named() {
    let files = Files::new();
    for (line, error) in [
        (
            "verify-blob --certificate-chain a --ca-roots b @ID hello.txt",
            "if any flags in the group [ca-roots certificate-chain] are set none of the others can be; [ca-roots \
             certificate-chain] were all set",
        ),
        (
            "verify-blob --certificate-chain a --ca-intermediates b @ID hello.txt",
            "if any flags in the group [ca-intermediates certificate-chain] are set none of the others can be; \
             [ca-intermediates certificate-chain] were all set",
        ),
        (
            "verify-blob --ca-intermediates b --signature x @ID hello.txt",
            "--ca-intermediates needs the roots that they are below: --ca-roots",
        ),
        (
            "verify-blob --signature x @ID hello.txt",
            "provide a key with --key or --sk, a certificate to verify against with --certificate, or a bundle with \
             --bundle",
        ),
        (
            "verify-blob --key cosign.pub --certificate x --signature x hello.txt",
            "exactly one of: key reference (--key), certificate (--cert) or hardware token (--sk) must be provided",
        ),
        (
            "verify-blob --key cosign.pub --insecure-ignore-tlog hello.txt",
            "missing flag '--signature'",
        ),
        (
            "verify-blob-attestation --key cosign.pub --insecure-ignore-tlog hello.txt",
            "please specify path to the DSSE envelope signature via --signature or --bundle",
        ),
        (
            "verify-blob --key cosign.pub --signature none.sig --insecure-ignore-tlog hello.txt",
            "signature none.sig is neither a file nor base64",
        ),
    ] {
        let shown = files.cosign(line, &VARIABLES);
        assert!(
            shown.starts_with("exit 1\n--- stdout\n--- stderr\n"),
            "{shown}"
        );
        assert!(
            shown.contains(&format!("Error: {error}\n")),
            "{line}: {shown}"
        );
    }
}

#[test]
fn a_bundle_that_was_read_is_a_bundle() {
    // The helper above must not lose what it turns into old files.
    let files = Files::new();
    let bundle: Bundle = files.keyless("hello.txt");
    assert!(matches!(bundle.content, BundleContent::MessageSignature(_)));
    let payload = old(&bundle);
    let json = payload.to_json().unwrap();
    assert_eq!(
        LocalSignedPayload::parse(json.as_bytes())
            .unwrap()
            .certificate,
        payload.certificate
    );
}
