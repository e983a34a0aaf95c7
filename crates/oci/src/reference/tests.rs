use super::*;

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn canonical(text: &str) -> String {
    text.parse::<Reference>().unwrap().to_string()
}

fn refusal(text: &str) -> ReferenceError {
    text.parse::<Reference>().unwrap_err()
}

#[test]
fn names_are_completed_as_go_containerregistry_does() {
    for (written, read) in [
        ("ubuntu", "index.docker.io/library/ubuntu:latest"),
        (
            "docker.io/ubuntu:24.04",
            "index.docker.io/library/ubuntu:24.04",
        ),
        ("user/app", "index.docker.io/user/app:latest"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost:5000/app:v1", "localhost:5000/app:v1"),
        ("127.0.0.1:5000/a/b", "127.0.0.1:5000/a/b:latest"),
        ("[::1]:5000/app:v1", "[::1]:5000/app:v1"),
        ("[::1]/app", "[::1]/app:latest"),
        (
            "registry.example/app_x/b--c.d:V_1.0-x",
            "registry.example/app_x/b--c.d:V_1.0-x",
        ),
    ] {
        assert_eq!(canonical(written), read);
        assert_eq!(canonical(read), read);
    }
}

#[test]
fn a_digest_needs_no_tag_and_keeps_one_that_was_written() {
    let bare: Reference = format!("registry.example/app@{DIGEST}").parse().unwrap();
    assert_eq!(
        (bare.tag, bare.digest.unwrap().to_string()),
        (None, DIGEST.to_owned())
    );
    let both = format!("registry.example/app:v1@{DIGEST}");
    assert_eq!(canonical(&both), both);
}

#[test]
fn adv_c50_a_digest_in_a_name_is_parsed() {
    assert_eq!(
        refusal("registry.example/app@sha256:../../x"),
        ReferenceError::Digest(DigestError::Length {
            algorithm: crate::DigestAlgorithm::Sha256,
            expected: 64,
            found: 7
        })
    );
}

#[test]
fn abuse_b21_a_repository_is_no_path() {
    for name in [
        "../app", "a/../b", "a//b", "a/./b", "App", "a/b/", "a%2fb", "a\0b", "a___b", "",
    ] {
        let text = format!("registry.example/{name}");
        assert_eq!(
            refusal(&text),
            ReferenceError::Repository {
                found: Foreign::new(name)
            },
            "{text}"
        );
    }
}

#[test]
fn registries_with_user_names_odd_ports_or_odd_numbers_are_refused() {
    for registry in [
        "user:x@h.example",
        "h.example:0",
        "h.example:99999",
        "h.example:+1",
        "127.1",
        "[::g]",
        "-a.b",
        "a..b",
    ] {
        let text = format!("{registry}/app");
        let error = text.parse::<Repository>().unwrap_err();
        assert_eq!(
            error,
            ReferenceError::Registry {
                found: Foreign::new(registry)
            },
            "{text}"
        );
    }
}

#[test]
fn tags_have_128_characters_and_no_first_dot() {
    let longest = "t".repeat(128);
    assert_eq!(longest.parse::<Tag>().unwrap().as_str(), longest);
    for tag in [
        "t".repeat(129),
        ".t".to_owned(),
        "a b".to_owned(),
        String::new(),
    ] {
        assert_eq!(
            tag.parse::<Tag>().unwrap_err(),
            ReferenceError::Tag {
                found: Foreign::new(&tag)
            }
        );
    }
}

#[test]
fn the_referrers_tag_is_algorithm_and_hex() {
    let short: Digest = DIGEST.parse().unwrap();
    assert_eq!(short.referrers_tag().as_str(), DIGEST.replace(':', "-"));
    let long = Digest::of(crate::DigestAlgorithm::Sha512, b"");
    assert_eq!(
        long.referrers_tag().as_str(),
        format!("sha512-{}", &long.hex()[..64])
    );
}
