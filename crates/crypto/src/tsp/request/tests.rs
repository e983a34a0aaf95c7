#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;

const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const MINIMAL: &str = "30360201013031300d0609608648016503040201050004202cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const SHA_512_OID: &str = "0609608648016503040203";

fn query(parts: &[&str]) -> Vec<u8> {
    let body: Vec<u8> = parts
        .iter()
        .flat_map(|part| hex::decode(part).unwrap())
        .collect();
    sequence(&body)
}

fn sequence(body: &[u8]) -> Vec<u8> {
    let mut der = match u8::try_from(body.len()).unwrap() {
        short @ 0..=127 => vec![0x30, short],
        long => vec![0x30, 0x81, long],
    };
    der.extend_from_slice(body);
    der
}

fn imprint(oid: &str, parameters: &str, digest: &str) -> String {
    let algorithm = query(&[oid, parameters]);
    let digest = hex::decode(digest).unwrap();
    let mut body = algorithm;
    body.extend_from_slice(&[0x04, u8::try_from(digest.len()).unwrap()]);
    body.extend_from_slice(&digest);
    hex::encode(sequence(&body))
}

fn sha256_imprint() -> String {
    imprint("0609608648016503040201", "0500", ABC)
}

#[test]
fn reads_and_rewrites_the_recorded_query() {
    let der = hex::decode(MINIMAL).unwrap();
    let request = TimeStampRequest::parse(&der).unwrap();
    assert_eq!(request.hash(), HashAlgorithm::Sha2_256);
    assert_eq!(request.digest(), &der[der.len() - 32..]);
    assert_eq!(
        (request.policy(), request.nonce(), request.cert_req()),
        (None, None, false)
    );
    assert!(!request.has_extensions());
    assert_eq!(request.to_der().unwrap(), der);
}

#[test]
fn round_trips_every_field() {
    for (hash, length) in [
        (HashAlgorithm::Sha2_256, 32),
        (HashAlgorithm::Sha2_384, 48),
        (HashAlgorithm::Sha2_512, 64),
    ] {
        let request = TimeStampRequest::new(hash, vec![7; length])
            .unwrap()
            .with_nonce(Nonce::from_unsigned(&[0, 0, 0x8f, 1]).unwrap())
            .with_policy(super::super::DEFAULT_POLICY)
            .with_certificates();
        let again = TimeStampRequest::parse(&request.to_der().unwrap()).unwrap();
        assert_eq!(again, request);
        assert_eq!(again.nonce().unwrap().der_octets(), [0, 0x8f, 1]);
        assert_eq!(again.nonce().unwrap().to_string(), "008f01");
    }
}

#[test]
fn accepts_absent_parameters_and_a_spelt_out_default() {
    let bare = imprint("0609608648016503040201", "", ABC);
    let request = TimeStampRequest::parse(&query(&["020101", &bare, "010100"])).unwrap();
    assert_eq!(
        request.to_der().unwrap(),
        query(&["020101", &sha256_imprint()])
    );
}

#[test]
fn sees_extensions_but_not_an_empty_list() {
    let extension = "a00e300c06022a03040604040102030400";
    let with = TimeStampRequest::parse(&query(&["020101", &sha256_imprint(), "a0023000"])).unwrap();
    assert!(
        with.has_extensions(),
        "one empty extension is one extension: {extension}"
    );
    let without = TimeStampRequest::parse(&query(&["020101", &sha256_imprint(), "a000"])).unwrap();
    assert!(!without.has_extensions());
}

#[test]
fn copies_a_negative_nonce_as_it_is() {
    let request =
        TimeStampRequest::parse(&query(&["020101", &sha256_imprint(), "0201ff"])).unwrap();
    assert_eq!(request.nonce().unwrap().der_octets(), [0xff]);
}

#[test]
fn nonce_of_64_bytes_passes_and_of_65_does_not() {
    assert_eq!(
        Nonce::from_unsigned(&[0x7f; 64])
            .unwrap()
            .der_octets()
            .len(),
        64
    );
    for (bytes, found) in [(vec![0x80; 64], 65), (vec![0x7f; 65], 65)] {
        let error = Nonce::from_unsigned(&bytes).unwrap_err();
        assert!(
            matches!(error, TspRequestError::NonceTooLong { limit: 64, found: f } if f == found),
            "{error}"
        );
    }
    let long = format!("0241{}", "7f".repeat(65));
    let error = TimeStampRequest::parse(&query(&["020101", &sha256_imprint(), &long])).unwrap_err();
    assert!(
        matches!(
            error,
            TspRequestError::NonceTooLong {
                limit: 64,
                found: 65
            }
        ),
        "{error}"
    );
}

#[test]
fn names_the_broken_rule() {
    type Check = fn(&TspRequestError) -> bool;
    let sha1 = imprint("06052b0e03021a", "0500", &"00".repeat(20));
    let md5 = imprint("06082a864886f70d0205", "0500", &"00".repeat(16));
    let parameters = imprint("0609608648016503040201", "020100", ABC);
    let short = imprint(SHA_512_OID, "0500", ABC);
    let table: [(&str, Vec<u8>, Check); 9] = [
        ("empty", Vec::new(), |e| {
            matches!(e, TspRequestError::Malformed { .. })
        }),
        (
            "trailing byte",
            [query(&["020101", &sha256_imprint()]), vec![0]].concat(),
            |e| matches!(e, TspRequestError::Malformed { .. }),
        ),
        (
            "indefinite length",
            hex::decode("30800201010000").unwrap(),
            |e| matches!(e, TspRequestError::Malformed { .. }),
        ),
        ("version 2", query(&["020102", &sha256_imprint()]), |e| {
            matches!(
                e,
                TspRequestError::Version {
                    expected: 1,
                    found: 2
                }
            )
        }),
        (
            "SHA-1",
            query(&["020101", &sha1]),
            |e| matches!(e, TspRequestError::WeakHash { found } if *found == oid::SHA_1),
        ),
        (
            "MD5",
            query(&["020101", &md5]),
            |e| matches!(e, TspRequestError::UnsupportedHash { found } if found.to_string() == "1.2.840.113549.2.5"),
        ),
        ("parameters", query(&["020101", &parameters]), |e| {
            matches!(
                e,
                TspRequestError::HashParameters {
                    hash: HashAlgorithm::Sha2_256
                }
            )
        }),
        ("digest length", query(&["020101", &short]), |e| {
            matches!(
                e,
                TspRequestError::DigestLength {
                    hash: HashAlgorithm::Sha2_512,
                    expected: 64,
                    found: 32
                }
            )
        }),
        (
            "nonce not minimal",
            query(&["020101", &sha256_imprint(), "02020001"]),
            |e| matches!(e, TspRequestError::Malformed { .. }),
        ),
    ];
    for (name, der, check) in table {
        let error = TimeStampRequest::parse(&der).unwrap_err();
        assert!(check(&error), "{name}: {error:?}");
    }
}
