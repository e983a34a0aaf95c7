use super::*;

#[test]
fn a_generated_key_reads_back() {
    let pem = generate_rsa_key_pem().unwrap();
    assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(pem.lines().all(|line| line.len() <= 64));
    let key = RsaKey::from_pkcs8_pem(&pem).unwrap();
    let again = RsaKey::from_pkcs8_pem(&pem).unwrap();
    assert_eq!(key.key_id(), again.key_id());
    assert_eq!(key.key_id().len(), 43);
    assert_eq!(key.public().e, "AQAB");
    assert_eq!(key.public().n.len(), 342);
}

#[test]
fn shows_nothing_secret() {
    let key = RsaKey::from_pkcs8_pem(&generate_rsa_key_pem().unwrap()).unwrap();
    assert_eq!(
        format!("{key:?}"),
        format!("RsaKey {{ key_id: {:?}, .. }}", key.key_id())
    );
}

#[test]
fn the_key_id_is_the_thumbprint_of_the_specification() {
    // RFC 7638 §3.1.
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let jwk = Jwk::from_numbers(n.to_owned(), "AQAB".to_owned());
    assert_eq!(jwk.kid, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn refuses_other_keys() {
    match RsaKey::from_pkcs8_pem("not PEM") {
        Err(KeyError::Pem { .. }) => {}
        other => panic!("{other:?}"),
    }
    let pem = generate_rsa_key_pem().unwrap();
    let relabelled = pem.replace("PRIVATE KEY", "RSA PRIVATE KEY");
    match RsaKey::from_pkcs8_pem(&relabelled) {
        Err(KeyError::Label { found }) => assert_eq!(found, "RSA PRIVATE KEY"),
        other => panic!("{other:?}"),
    }
    let large = KeyPair::generate(KeySize::Rsa3072).unwrap();
    let large: Pkcs8V1Der<'_> = large.as_der().unwrap();
    let large = SecretDocument::try_from(large.as_ref())
        .unwrap()
        .to_pem("PRIVATE KEY", LineEnding::LF)
        .unwrap();
    match RsaKey::from_pkcs8_pem(&large) {
        Err(KeyError::Size { found }) => assert_eq!(found, 3072),
        other => panic!("{other:?}"),
    }
    // An empty SEQUENCE.
    let empty = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
    match RsaKey::from_pkcs8_pem(empty) {
        Err(KeyError::Rejected { .. }) => {}
        other => panic!("{other:?}"),
    }
}
