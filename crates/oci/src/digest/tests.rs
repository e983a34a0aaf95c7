use super::*;

const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn refusal(text: &str) -> DigestError {
    text.parse::<Digest>().unwrap_err()
}

#[test]
fn both_algorithms_are_read_back_as_written() {
    let short: Digest = EMPTY.parse().unwrap();
    assert_eq!(short, Digest::sha256(b""));
    assert_eq!(short.to_string(), EMPTY);
    let long = Digest::of(DigestAlgorithm::Sha512, b"");
    assert_eq!(long.to_string().parse::<Digest>().unwrap(), long);
    assert_eq!(long.hex().len(), 128);
}

#[test]
fn adv_c50_a_path_is_no_digest() {
    assert_eq!(
        refusal("sha256:../../x"),
        DigestError::Length {
            algorithm: DigestAlgorithm::Sha256,
            expected: 64,
            found: 7
        }
    );
    let long = format!("sha256:{}", "../".repeat(22).split_at(64).0);
    assert_eq!(
        refusal(&long),
        DigestError::NotLowerHex {
            found: Foreign::new(&long)
        }
    );
}

#[test]
fn adv_c50_no_colon_upper_case_short_and_other_algorithms_are_refused() {
    let bare = EMPTY.replace("sha256:", "");
    assert_eq!(
        refusal(&bare),
        DigestError::NoAlgorithm {
            found: Foreign::new(&bare)
        }
    );
    let upper = EMPTY.replace('e', "E");
    assert_eq!(
        refusal(&upper),
        DigestError::NotLowerHex {
            found: Foreign::new(&upper)
        }
    );
    assert_eq!(
        refusal(&EMPTY[..70]),
        DigestError::Length {
            algorithm: DigestAlgorithm::Sha256,
            expected: 64,
            found: 63
        }
    );
    assert_eq!(
        refusal("md5:d41d8cd98f00b204e9800998ecf8427e"),
        DigestError::Algorithm {
            found: Foreign::new("md5")
        }
    );
    assert_eq!(
        refusal("SHA256:00"),
        DigestError::Algorithm {
            found: Foreign::new("SHA256")
        }
    );
}

#[test]
fn adv_c50_json_is_held_to_the_same_rules() {
    let error = serde_json::from_str::<Digest>("\"sha256:../../x\"").unwrap_err();
    assert_eq!(
        error.to_string(),
        "a sha256 digest has 64 hexadecimal digits, found 7 characters"
    );
    let read: Digest = serde_json::from_str(&format!("\"{EMPTY}\"")).unwrap();
    assert_eq!(read.to_string(), EMPTY);
}
