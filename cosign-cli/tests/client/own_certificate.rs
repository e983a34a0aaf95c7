//! Signing with a key and a certificate of one's own, and verifying by authorities of one's own.

use std::fs;

use crate::legacy_files::{Files, VARIABLES};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType, SubjectPublicKeyInfo, date_time_ymd,
};
use sigbox_crypto::{
    Certificate, EncryptedKey, KeyAlgorithm, PublicKey, Sct, SctEntry, SigningKey,
};
use sigbox_tlog::UnixMillis;
use sigbox_wire::proto_json::encode_base64;
use sigbox_wire::{Bundle, VerificationContent};

const WHO: &str = "--certificate-identity build@example.test";
const ANY: &str = "--certificate-oidc-issuer-regexp .*";
const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;
const CONTEXT: &str = "signing hello.txt: getting keypair and token: getting signer: ";

fn base(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2090, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

/// What makes a certificate authority of this name.
pub(crate) fn authority(name: &str) -> CertificateParams {
    let mut params = base(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

/// What makes the signer's certificate.
pub(crate) fn leaf() -> CertificateParams {
    let mut params = base("leaf");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    params.subject_alt_names = vec![SanType::Rfc822Name(
        "build@example.test".try_into().unwrap(),
    )];
    params
}

/// The files of an authority that knows nothing of Fulcio: `root.pem`, `intermediate.pem`, `chain.pem`, and leaves.
fn files() -> Files {
    let files = Files::new();
    let sealed = EncryptedKey::seal(&files.key, b"pw").unwrap().to_pem();
    files.write("cosign.key", sealed);
    files.write("empty.json", NO_SERVICES);
    let (root_params, root_key) = (authority("own root"), KeyPair::generate().unwrap());
    let root = root_params.self_signed(&root_key).unwrap();
    let root_issuer = Issuer::new(root_params, root_key);
    let (params, key) = (authority("own intermediate"), KeyPair::generate().unwrap());
    let intermediate = params.signed_by(&key, &root_issuer).unwrap();
    let issuer = Issuer::new(params, key);
    let certify = |params: CertificateParams, key: &PublicKey| {
        let key = SubjectPublicKeyInfo::from_der(key.spki_der()).unwrap();
        params.signed_by(&key, &issuer).unwrap().pem()
    };
    let key = files.key.public_key();
    let mut nameless = leaf();
    nameless.subject_alt_names = vec![SanType::DnsName("build.example.test".try_into().unwrap())];
    let mut expired = leaf();
    expired.not_after = date_time_ymd(2021, 1, 1);
    let other = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    files.write("leaf.pem", certify(leaf(), key));
    files.write("nameless.pem", certify(nameless, key));
    files.write("expired.pem", certify(expired, key));
    files.write("other.pem", certify(leaf(), other.public_key()));
    files.write("root.pem", root.pem());
    files.write("intermediate.pem", intermediate.pem());
    files.write("chain.pem", format!("{}{}", intermediate.pem(), root.pem()));
    files.write("nothing.pem", "");
    files
}

fn bundle(files: &Files, name: &str) -> Bundle {
    Bundle::parse(&fs::read(files.path().join(name)).unwrap()).unwrap()
}

fn keyed(files: &Files, line: &str, variables: &[(&str, &str)]) -> String {
    files.cosign(
        line,
        &[&[("COSIGN_PASSWORD", "pw")][..], variables].concat(),
    )
}

fn verified(shown: &str) {
    assert!(
        shown.starts_with("exit 0\n") && shown.ends_with("\nVerified OK\n"),
        "{shown}"
    );
}

fn refused(shown: &str, headline: &str, check: &str) {
    assert!(
        shown.starts_with("exit 1\n") && shown.contains(&format!("\nError: {headline}")),
        "{shown}"
    );
    assert!(shown.contains(&format!("\n  check: {check}\n")), "{shown}");
}

#[test]
fn a_key_signs_with_its_certificate_and_the_way_to_its_root() {
    let files = files();
    let sign = "sign-blob --key cosign.key --certificate leaf.pem --certificate-chain chain.pem --signing-config";
    let shown = keyed(
        &files,
        &format!("{sign} signing_config.v0.2.json --bundle b.json hello.txt"),
        &[("COSIGN_TRUSTED_ROOT", "trusted_root.json")],
    );
    assert!(
        shown.starts_with("exit 0\n") && shown.ends_with("\nWrote bundle to file b.json\n"),
        "{shown}"
    );
    assert!(!shown.contains("WARNING"), "{shown}");
    assert_eq!(
        files.instance.requests(),
        ["POST /api/v1/timestamp", "POST /api/v2/log/entries"]
    );
    let material = bundle(&files, "b.json").verification_material;
    let VerificationContent::CertificateChain(chain) = &material.content else {
        panic!("{material:?}");
    };
    // The root is what a verifier has from elsewhere.
    assert_eq!(chain.len(), 2);
    let verify = |rest: &str| {
        let given = "verify-blob --bundle b.json --ca-roots root.pem --insecure-ignore-sct";
        files.cosign(&format!("{given} {rest}"), &VARIABLES[2..])
    };
    let chained = "--allow-certificate-chain";
    verified(&verify(&format!("{WHO} {ANY} {chained} hello.txt")));
    refused(
        &verify(&format!("{WHO} {ANY} hello.txt")),
        "validating bundle",
        "bundle-shape",
    );
    let other = verify(&format!("{WHO} {ANY} {chained} other.txt"));
    refused(&other, "failed to verify signature", "artifact-digest");
    let bob = verify(&format!(
        "--certificate-identity bob@example.test {ANY} {chained} hello.txt"
    ));
    refused(
        &bob,
        "failed to verify certificate identity",
        "certificate-identity",
    );
}

/// C11: an issuer that is not there is the empty text where the user names the authority, and missing elsewhere.
#[test]
fn an_absent_issuer_is_the_empty_text_for_authorities_that_the_user_names() {
    let files = files();
    let sign = "sign-blob --key cosign.key --certificate leaf.pem --signing-config signing_config.rekor_v1.json";
    let shown = keyed(
        &files,
        &format!("{sign} --bundle b.json hello.txt"),
        &[("COSIGN_TRUSTED_ROOT", "trusted_root.json")],
    );
    let warning = "\nWARNING: no --certificate-chain was given, so the certificate was not checked; what log and timestamps \
                   say was\nWrote bundle to file b.json\n";
    assert!(shown.ends_with(warning), "{shown}");
    let material = bundle(&files, "b.json").verification_material;
    assert!(matches!(
        material.content,
        VerificationContent::Certificate(_)
    ));
    let verify = |roots: &str, issuer: &str, variables: &[(&str, &str)]| {
        let given = "verify-blob --bundle b.json --insecure-ignore-sct";
        files.cosign(
            &format!("{given} {WHO} {roots} {issuer} hello.txt"),
            variables,
        )
    };
    for roots in [
        "--ca-roots root.pem --ca-intermediates intermediate.pem",
        "--certificate-chain chain.pem",
    ] {
        for issuer in [ANY, "--certificate-oidc-issuer-regexp ^$"] {
            verified(&verify(roots, issuer, &VARIABLES[2..]));
        }
        for issuer in [
            "--certificate-oidc-issuer https://oidc.example.test",
            "--certificate-oidc-issuer-regexp .+",
        ] {
            let shown = verify(roots, issuer, &VARIABLES[2..]);
            let headline = "failed to verify certificate identity: no matching CertificateIdentity found, last error: expected issuer value ";
            refused(&shown, headline, "certificate-issuer");
            assert!(shown.contains("got \"\""), "{shown}");
        }
    }
    // The same authority as a trusted root's.
    let variables = [("SIGSTORE_ROOT_FILE", "chain.pem"), VARIABLES[2]];
    let shown = verify("", ANY, &variables);
    let headline = "failed to verify certificate identity: no matching CertificateIdentity found, last error: the certificate names no OpenID issuer\n";
    refused(&shown, headline, "certificate-issuer");
    // An authority that only the signer named is nobody's.
    let shown = verify("", ANY, &VARIABLES);
    assert!(shown.contains("\n  check: certificate-chain\n"), "{shown}");
    // No CT log saw it.
    let line =
        format!("verify-blob --bundle b.json {WHO} {ANY} --certificate-chain chain.pem hello.txt");
    let shown = files.cosign(&line, &VARIABLES[1..]);
    assert!(shown.starts_with("exit 1\n"), "{shown}");
    assert!(
        shown.contains("\n  check: certificate-transparency\n"),
        "{shown}"
    );
}

#[test]
fn own_certificates_in_the_old_format_and_for_attestations() {
    let files = files();
    let own = "--key cosign.key --certificate leaf.pem --certificate-chain chain.pem --signing-config empty.json";
    let old = "--new-bundle-format=false --output-signature h.sig --output-certificate h.crt";
    let shown = keyed(
        &files,
        &format!("sign-blob {own} {old} --bundle old.json hello.txt"),
        &[],
    );
    assert!(
        shown.ends_with("\nWrote signature to file h.sig\nWrote certificate to file h.crt\n"),
        "{shown}"
    );
    let by = format!(
        "{WHO} {ANY} --certificate-chain chain.pem --insecure-ignore-tlog --insecure-ignore-sct"
    );
    for given in ["--signature h.sig --certificate h.crt", "--bundle old.json"] {
        verified(&files.cosign(&format!("verify-blob {given} {by} hello.txt"), &[]));
        let other = files.cosign(&format!("verify-blob {given} {by} other.txt"), &[]);
        assert!(other.contains("\n  check: signature\n"), "{other}");
    }
    files.write("pred.json", "{}");
    let attest = "attest-blob --predicate pred.json --type https://e.example/p";
    let shown = keyed(
        &files,
        &format!("{attest} {own} --bundle a.json hello.txt"),
        &[],
    );
    assert!(
        shown.ends_with("\nWrote bundle to file a.json\n") && !shown.contains("not checked"),
        "{shown}"
    );
    let verify = "verify-blob-attestation --bundle a.json --type https://e.example/p --allow-certificate-chain";
    verified(&files.cosign(&format!("{verify} {by} hello.txt"), &[]));
    let other = files.cosign(&format!("{verify} {by} other.txt"), &[]);
    assert!(other.contains("\n  check: statement-subject\n"), "{other}");
    assert_eq!(files.instance.requests(), Vec::<String>::new());
}

#[test]
fn a_certificate_that_cannot_be_used_is_refused_before_anything_is_signed() {
    let files = files();
    for (flags, error) in [
        (
            "--certificate other.pem",
            "public key in certificate does not match the provided public key\n",
        ),
        (
            "--certificate none.pem",
            "read certificate: open none.pem: no such file or directory\n",
        ),
        (
            "--certificate cosign.pub",
            "supplied PEM file is not a certificate: cosign.pub\n",
        ),
        (
            "--certificate nameless.pem",
            "the certificate names no URI, e-mail address or user name, so that no verifier could demand its holder\n",
        ),
        (
            "--certificate-chain chain.pem",
            "no leaf certificate found or provided while specifying chain\n",
        ),
        (
            "--certificate leaf.pem --certificate-chain none.pem",
            "loading certificate chain: open none.pem: no such file or directory\n",
        ),
        (
            "--certificate leaf.pem --certificate-chain cosign.pub",
            "loading certificate chain: ",
        ),
        (
            "--certificate leaf.pem --certificate-chain nothing.pem",
            "loading certificate chain: ",
        ),
        (
            "--certificate leaf.pem --certificate-chain root.pem",
            "unable to validate certificate chain: ",
        ),
        (
            "--certificate leaf.pem --certificate-chain fulcio_chain.pem",
            "unable to validate certificate chain: ",
        ),
        (
            "--certificate expired.pem --certificate-chain chain.pem",
            "unable to validate certificate chain: ",
        ),
    ] {
        let line = format!(
            "sign-blob --key cosign.key {flags} --signing-config empty.json --bundle no.json hello.txt"
        );
        let shown = keyed(&files, &line, &[]);
        let head = format!("exit 1\n--- stdout\n--- stderr\nError: {CONTEXT}{error}");
        assert!(shown.starts_with(&head), "{flags}: {shown}");
    }
    let line =
        "sign-blob --certificate leaf.pem --signing-config empty.json --bundle no.json hello.txt";
    assert_eq!(
        files.cosign(line, &[]),
        "exit 1\n--- stdout\n--- stderr\nError: --certificate needs the key that it is for: --key\n"
    );
    assert!(!files.path().join("no.json").exists());
    assert_eq!(files.instance.requests(), Vec::<String>::new());
    // The accepted twin: a chain that ends below the root is one, too.
    let own = "--certificate leaf.pem --certificate-chain intermediate.pem";
    let line = format!(
        "sign-blob --key cosign.key {own} --signing-config empty.json --bundle b.json hello.txt"
    );
    let shown = keyed(&files, &line, &[]);
    assert!(
        shown.ends_with("\nWrote bundle to file b.json\n"),
        "{shown}"
    );
}

#[test]
fn the_search_of_a_log_for_images_is_refused_by_name() {
    let files = files();
    let line =
        format!("verify --rekor-url https://log.example.test {WHO} {ANY} registry.test/app:v1");
    assert_eq!(
        files.cosign(&line, &VARIABLES),
        "exit 1\n--- stdout\n--- stderr\nError: --rekor-url is not supported: a log is not searched for images: the entry comes \
         with the signature\n"
    );
}

/// The SCT of a certificate, as the log answers it.
pub(crate) fn sct(log: &SigningKey, entry: &[u8]) -> String {
    let time = jiff::Timestamp::now().as_millisecond();
    let time = UnixMillis(u64::try_from(time).unwrap());
    let sct = Sct::sign(log, time, SctEntry::X509(entry), Vec::new()).unwrap();
    let length = u16::try_from(sct.signature.len()).unwrap().to_be_bytes();
    let signed = [&[sct.hash_alg, sct.sig_alg][..], &length, &sct.signature].concat();
    let (id, signature) = (encode_base64(&sct.log_id), encode_base64(&signed));
    let time = sct.timestamp.0;
    format!(
        r#"{{"sct_version":0,"id":"{id}","timestamp":{time},"extensions":"","signature":"{signature}"}}"#
    )
}

/// RFC 6962 §3.2: beside the certificate an SCT is over the whole of it, and it is this certificate that it vouches for.
#[test]
fn an_sct_beside_the_certificate_vouches_for_it() {
    let files = files();
    let ct = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let strange = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    files.write("ct.pub", ct.public_key().to_pem());
    let der = |name: &str| {
        let pem = fs::read_to_string(files.path().join(name)).unwrap();
        Certificate::from_pem(&pem).unwrap().der().to_vec()
    };
    let good = sct(&ct, &der("leaf.pem"));
    files.write("good.json", &good);
    files.write("other.json", sct(&ct, &der("other.pem")));
    files.write("strange.json", sct(&strange, &der("leaf.pem")));
    files.write("cut.json", &good[..good.len() - 2]);
    let own = "--key cosign.key --certificate leaf.pem --signing-config empty.json --new-bundle-format=false";
    let line = format!("sign-blob {own} --output-signature h.sig hello.txt");
    assert!(keyed(&files, &line, &[]).starts_with("exit 0\n"));
    let verify = |sct: &str| {
        let given = "--signature h.sig --certificate leaf.pem --certificate-chain chain.pem --insecure-ignore-tlog";
        let line = format!("verify-blob {given} {sct} {WHO} {ANY} hello.txt");
        files.cosign(&line, &[("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", "ct.pub")])
    };
    verified(&verify("--sct good.json"));
    for bad in ["", "--sct other.json", "--sct strange.json"] {
        let headline = "failed to verify signed certificate timestamp: ";
        refused(&verify(bad), headline, "certificate-transparency");
    }
    let shown = verify("--sct cut.json");
    assert!(shown.contains("\nError: reading cut.json\n"), "{shown}");
}
