//! `rekord`, `rfc3161` and `intoto` 0.0.1: files that other programs made (`data/README.md`), what is logged of them, what is
//! found again, what is refused.

use serde_json::{Value, json};
use sigbox_crypto::{HashAlgorithm, KeyAlgorithm, SigningKey, digest, sha256};

use crate::bench::{Bench, ENTRIES, RETRIEVE, STATEMENT, b64, body_of, envelope, p256};

const CONTENT: &[u8] = include_bytes!("data/content.txt");
const TIMESTAMP: &[u8] = include_bytes!("data/timestamp.tsr");

macro_rules! data {
    ($name:literal) => {
        include_bytes!(concat!("data/", $name)).as_slice()
    };
}

fn rekord(format: &str, signature: &[u8], key: &[u8]) -> Value {
    json!({"apiVersion": "0.0.1", "kind": "rekord", "spec": {
        "data": {"content": b64(CONTENT)},
        "signature": {"format": format, "content": b64(signature), "publicKey": {"content": b64(key)}},
    }})
}

pub(crate) fn x509(key: &SigningKey) -> Value {
    let signature = match key.algorithm() {
        KeyAlgorithm::Ed25519 => key.sign(CONTENT).unwrap(),
        _ => key
            .sign_digest(&digest(HashAlgorithm::Sha2_256, CONTENT))
            .unwrap(),
    };
    rekord("x509", &signature, key.public_key().to_pem().as_bytes())
}

fn timestamp(response: &[u8]) -> Value {
    json!({"apiVersion": "0.0.1", "kind": "rfc3161", "spec": {"tsr": {"content": b64(response)}}})
}

fn old_intoto(key: &SigningKey, envelope: &str) -> Value {
    json!({"apiVersion": "0.0.1", "kind": "intoto", "spec": {
        "content": {"envelope": envelope}, "publicKey": b64(key.public_key().to_pem()),
    }})
}

/// Logs `proposal` and gives the body, which leads back to the entry when it is asked for as an entry.
async fn logged(bench: &Bench, proposal: &Value) -> String {
    let answer = bench.post(ENTRIES, proposal.to_string()).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    bench.check_entry(&answer.json(), bench.size().0 - 1);
    let body = body_of(&answer.json());
    let query = json!({"entries": [serde_json::from_str::<Value>(&body).unwrap(), proposal]});
    let again = bench.post(RETRIEVE, query.to_string()).await.json();
    assert_eq!(again.as_array().unwrap().len(), 2, "{again}");
    for found in again.as_array().unwrap() {
        assert_eq!(body_of(found), body);
    }
    body
}

fn rekord_body(format: &str, signature: &[u8], key: &[u8]) -> String {
    format!(
        r#"{{"apiVersion":"0.0.1","kind":"rekord","spec":{{"data":{{"hash":{{"algorithm":"sha256","value":"{}"}}}},"signature":{{"content":"{}","format":"{format}","publicKey":{{"content":"{}"}}}}}}}}"#,
        hex::encode(sha256(CONTENT)),
        b64(signature),
        b64(key),
    )
}

/// Other line lengths, other base64 paddings: the armour as this log writes it.
fn armour(file: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(file).unwrap();
    let inner: String = text.lines().filter(|line| !line.contains('-')).collect();
    let lines: Vec<&str> = inner
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
        lines.join("\n")
    )
    .into_bytes()
}

#[tokio::test]
async fn ssh_signatures_are_logged_without_the_comment_of_the_key() {
    let bench = Bench::new().await;
    for (signature, key) in [
        (data!("ssh-ed25519.sig"), data!("ssh-ed25519.pub")),
        (data!("ssh-ecdsa.sig"), data!("ssh-ecdsa.pub")),
        (data!("ssh-rsa.sig"), data!("ssh-rsa.pub")),
    ] {
        let body = logged(&bench, &rekord("ssh", signature, key)).await;
        let words: Vec<&str> = std::str::from_utf8(key).unwrap().split(' ').collect();
        let canonical = format!("{} {}\n", words[0], words[1]);
        assert_eq!(
            body,
            rekord_body("ssh", &armour(signature), canonical.as_bytes())
        );
    }
}

#[tokio::test]
async fn minisign_and_signify_signatures_are_logged_without_comments() {
    let bench = Bench::new().await;
    for (signature, key) in [
        (data!("minisign-hashed.minisig"), data!("minisign.pub")),
        (data!("minisign-pure.minisig"), data!("minisign.pub")),
        (data!("signify.sig"), data!("signify.pub")),
    ] {
        let body = logged(&bench, &rekord("minisign", signature, key)).await;
        let line = |file| std::str::from_utf8(file).unwrap().lines().nth(1).unwrap();
        let canonical = format!("untrusted comment:\n{}", line(signature));
        assert_eq!(
            body,
            rekord_body("minisign", canonical.as_bytes(), line(key).as_bytes())
        );
        // The same key without its comment is the same entry.
        let again = rekord("minisign", signature, line(key).as_bytes());
        let answer = bench.post(ENTRIES, again.to_string()).await;
        assert_eq!(answer.status.as_u16(), 409);
    }
}

#[tokio::test]
async fn bare_signatures_are_over_sha_256_or_pure_ed25519() {
    let bench = Bench::new().await;
    for key in [p256(), SigningKey::generate(KeyAlgorithm::Ed25519).unwrap()] {
        let proposal = x509(&key);
        let signature = proposal["spec"]["signature"]["content"].as_str().unwrap();
        let body = logged(&bench, &proposal).await;
        assert!(body.contains(&format!(r#""content":"{signature}","format":"x509""#)));
    }
    // A digest beside the content is compared.
    let mut stated = x509(&p256());
    stated["spec"]["data"]["hash"] =
        json!({"algorithm": "sha256", "value": hex::encode(sha256(CONTENT))});
    logged(&bench, &stated).await;
}

#[tokio::test]
async fn timestamps_are_logged_as_they_were_sent() {
    let bench = Bench::new().await;
    let body = logged(&bench, &timestamp(TIMESTAMP)).await;
    assert_eq!(
        body,
        format!(
            r#"{{"apiVersion":"0.0.1","kind":"rfc3161","spec":{{"tsr":{{"content":"{}"}}}}}}"#,
            b64(TIMESTAMP)
        )
    );
}

#[tokio::test]
async fn the_oldest_intoto_is_logged_with_both_hashes() {
    let bench = Bench::new().await;
    let key = p256();
    let text = envelope(&[&key], STATEMENT);
    let body = logged(&bench, &old_intoto(&key, &text)).await;
    assert_eq!(
        body,
        format!(
            r#"{{"apiVersion":"0.0.1","kind":"intoto","spec":{{"content":{{"hash":{{"algorithm":"sha256","value":"{}"}},"payloadHash":{{"algorithm":"sha256","value":"{}"}}}},"publicKey":"{}"}}}}"#,
            hex::encode(sha256(text.as_bytes())),
            hex::encode(sha256(STATEMENT.as_bytes())),
            b64(key.public_key().to_pem()),
        )
    );
}

#[tokio::test]
async fn all_of_them_are_found_by_key_name_and_digest() {
    let bench = Bench::new().await;
    let ssh = rekord("ssh", data!("ssh-ed25519.sig"), data!("ssh-ed25519.pub"));
    let ssh = bench.create(&ssh).await;
    let minisign = rekord(
        "minisign",
        data!("minisign-pure.minisig"),
        data!("minisign.pub"),
    );
    let minisign = bench.create(&minisign).await;
    let stamp = bench.create(&timestamp(TIMESTAMP)).await;
    let key = p256();
    let old = bench
        .create(&old_intoto(&key, &envelope(&[&key], STATEMENT)))
        .await;
    let by =
        |format: &str, file: &[u8]| json!({"publicKey": {"format": format, "content": b64(file)}});
    let table = [
        (
            json!({"hash": hex::encode(sha256(CONTENT))}),
            vec![&ssh, &minisign],
        ),
        (json!({"email": "alice@example.com"}), vec![&ssh]),
        (by("ssh", data!("ssh-ed25519.pub")), vec![&ssh]),
        (by("minisign", data!("minisign.pub")), vec![&minisign]),
        (
            json!({"hash": hex::encode(sha256(TIMESTAMP))}),
            vec![&stamp],
        ),
        (by("x509", key.public_key().to_pem().as_bytes()), vec![&old]),
    ];
    for (query, expected) in table {
        let answer = bench
            .post("/api/v1/index/retrieve", query.to_string())
            .await;
        let mut found: Vec<String> = serde_json::from_slice(&answer.body).unwrap();
        let mut expected: Vec<String> = expected.into_iter().cloned().collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test]
async fn what_does_not_hold_is_refused_by_name() {
    let bench = Bench::new().await;
    let (ed, minisig, mini) = (
        data!("ssh-ed25519.pub"),
        data!("minisign-pure.minisig"),
        data!("minisign.pub"),
    );
    let mut other_content = rekord("ssh", data!("ssh-ed25519.sig"), ed);
    other_content["spec"]["data"]["content"] = b64("hello, log").into();
    let mut other_digest = x509(&p256());
    other_digest["spec"]["data"]["hash"] = json!({"algorithm": "sha256", "value": "0".repeat(64)});
    let mut no_content = x509(&p256());
    no_content["spec"]["data"] = json!({"hash": {"algorithm": "sha256", "value": "0".repeat(64)}});
    let mut nothing = x509(&p256());
    nothing["spec"]["data"] = json!({});
    let mut changed_stamp = TIMESTAMP.to_vec();
    *changed_stamp.last_mut().unwrap() ^= 1;
    let one = p256();
    let stranger = old_intoto(&p256(), &envelope(&[&one], STATEMENT));
    let table = [
        (other_content, "verifying signature: invalid signature: signature does not verify under the Ed25519 key".to_owned()),
        (
            rekord("ssh", data!("ssh-rsa.sig"), ed),
            "expected a signature of type ssh-ed25519, found \"rsa-sha2-512\"".to_owned(),
        ),
        (
            rekord("ssh", data!("ssh-other-namespace.sig"), ed),
            "invalid signature namespace: expected file, found \"git\"".to_owned(),
        ),
        (rekord("ssh", b"junk", ed), "expected one PEM block SSH SIGNATURE: no PEM block found".to_owned()),
        (
            rekord("ssh", data!("ssh-ed25519.sig"), b"ssh-ed25519"),
            "expected a line of authorized_keys: type, base64, comment".to_owned(),
        ),
        (
            rekord("ssh", data!("ssh-ed25519.sig"), b"ssh-dss AAAAB3NzaC1kc3M="),
            "the SSH key is malformed: length invalid".to_owned(),
        ),
        (
            rekord("minisign", minisig, data!("signify.pub")),
            "verifying signature: invalid signature: signature does not verify under the Ed25519 key".to_owned(),
        ),
        (
            rekord("minisign", b"untrusted comment:\nAAAA", mini),
            "expected a minisign or signify signature: a comment, then base64 of 74 bytes".to_owned(),
        ),
        (
            rekord("minisign", minisig, b"AAAA"),
            "expected a minisign or signify key: base64 of 42 bytes, with or without a comment before it".to_owned(),
        ),
        (
            rekord("pgp", b"x", b"y"),
            "signature format 'pgp' is not enabled on this server; this log takes x509, ssh, minisign".to_owned(),
        ),
        (
            other_digest,
            format!("SHA mismatch: expected {}, found {}", "0".repeat(64), hex::encode(sha256(CONTENT))),
        ),
        (no_content, "validation failure list:\ndata.content in body is required".to_owned()),
        (nothing, "validation failure list:\ndata.content in body is required".to_owned()),
        (
            timestamp(data!("timestamp-no-certificate.tsr")),
            "tsr verification error: none of the 0 certificates in the token is that of its signer".to_owned(),
        ),
        (
            timestamp(&changed_stamp),
            "tsr verification error: signature of the timestamp does not verify: signature does not verify under the ECDSA P-256 key".to_owned(),
        ),
        (
            timestamp(&[0x30; 10 * 1024 + 1]),
            "tsr exceeds maximum allowed size: expected at most 10240 bytes, found 10241".to_owned(),
        ),
        (
            stranger,
            "could not verify envelope: accepted signatures do not match threshold, Found: 0, Expected 1".to_owned(),
        ),
    ];
    for (proposal, message) in table {
        let text = json!({"code": 400, "message": format!("error processing entry: {message}")});
        let answer = bench.post(ENTRIES, proposal.to_string()).await;
        answer.assert_error(400, &format!("{text}\n"));
    }
    assert_eq!(bench.size().0, 0);
}
