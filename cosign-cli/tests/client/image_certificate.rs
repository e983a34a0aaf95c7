//! A signer's certificate that was not stored with the signature of an image, and the SCT beside it.

use crate::images::{World, payload, refused, stderr, stdout};
use crate::own_certificate::{authority, leaf, sct};
use rcgen::{CertificateParams, Issuer, KeyPair, SubjectPublicKeyInfo};
use serde_json::json;
use sigbox_crypto::{Certificate, KeyAlgorithm, PublicKey, SigningKey};

const BUILD: [&str; 4] = [
    "--certificate-identity",
    "build@example.test",
    "--certificate-oidc-issuer-regexp",
    ".*",
];
const CHAIN: [&str; 2] = ["--certificate-chain", "chain.pem"];
const LEAF: [&str; 2] = ["--certificate", "leaf.pem"];
const WARNED: &str = "WARNING: Skipping tlog verification is an insecure practice that lacks transparency and auditability \
                      verification for the signature.\n";

/// An image with a signature of the key `cosign` under its tag, and an authority that certified this key as `leaf.pem`.
fn world() -> (World, String) {
    let world = World::new();
    let image = world.image("app");
    world.tag(
        "app",
        &image,
        "sig",
        &[world.signed_layer(&payload(&image))],
    );
    let (params, key) = (authority("own root"), KeyPair::generate().unwrap());
    let root = params.self_signed(&key).unwrap();
    let above = Issuer::new(params, key);
    let (params, key) = (authority("own intermediate"), KeyPair::generate().unwrap());
    let intermediate = params.signed_by(&key, &above).unwrap();
    let issuer = Issuer::new(params, key);
    let certify = |params: CertificateParams, key: &PublicKey| {
        let key = SubjectPublicKeyInfo::from_der(key.spki_der()).unwrap();
        params.signed_by(&key, &issuer).unwrap().pem()
    };
    let other = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    world.write("leaf.pem", &certify(leaf(), world.key.public_key()));
    world.write("again.pem", &certify(leaf(), world.key.public_key()));
    world.write("other.pem", &certify(leaf(), other.public_key()));
    world.write(
        "chain.pem",
        &format!("{}{}", intermediate.pem(), root.pem()),
    );
    (world, image)
}

/// A shown run without what is said of flags of the old formats.
fn undated(shown: &str) -> String {
    let lines = shown.split_inclusive('\n');
    lines.filter(|line| !line.starts_with("Flag --")).collect()
}

fn verify(world: &World, flags: &[&[&str]]) -> String {
    let name = world.name("app:v1");
    let head: [&[&str]; 3] = [&["verify", "--insecure-ignore-tlog"], &BUILD, &CHAIN];
    let words = [&head.concat(), &flags.concat()[..], &[name.as_str()]].concat();
    undated(&world.cosign(&words))
}

#[test]
fn a_certificate_that_was_not_stored_is_brought_along() {
    let (world, image) = world();
    let no_sct = ["--insecure-ignore-sct"];
    let shown = verify(&world, &[&LEAF, &no_sct]);
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    assert!(stdout(&shown).contains(&image), "{shown}");
    // Who signed is told as of a certificate that was stored.
    assert!(
        stdout(&shown).contains("\"Subject\":\"build@example.test\""),
        "{shown}"
    );
    let says = |shown: &str, code: u8, text: &str| {
        assert!(shown.starts_with(&format!("exit {code}\n")), "{shown}");
        assert!(
            stderr(shown).starts_with(&format!("{WARNED}Error: {text}")),
            "{shown}"
        );
        assert_eq!(stdout(shown), "");
    };
    // Nothing stored says who signed.
    says(
        &verify(&world, &[&no_sct]),
        13,
        "no matching signatures: no certificate found on signature\n",
    );
    says(
        &verify(&world, &[&["--certificate", "other.pem"], &no_sct]),
        12,
        "no matching signatures: failed to verify signature: ",
    );
    says(
        &verify(&world, &[&["--certificate", "none.pem"], &no_sct]),
        1,
        "loading verifier from key opts: open none.pem: no such file or directory\n",
    );
    says(
        &verify(&world, &[&["--certificate", "cosign.pub"], &no_sct]),
        1,
        "loading verifier from key opts: loading certificate from cosign.pub: no certificate in it\n",
    );
    let bob = [
        "verify",
        "--insecure-ignore-tlog",
        "--certificate-identity",
        "bob@example.test",
    ];
    let name = world.name("app:v1");
    let bob = [
        &bob[..],
        &BUILD[2..],
        &CHAIN,
        &LEAF,
        &no_sct,
        &[name.as_str()],
    ]
    .concat();
    says(
        &undated(&world.cosign(&bob)),
        12,
        "no matching signatures: failed to verify certificate identity: ",
    );
    // The authority of another certificate.
    world.instance();
    let strange = ["--certificate-chain", "fulcio_chain.pem"];
    let words = [
        &["verify", "--insecure-ignore-tlog"][..],
        &BUILD,
        &strange,
        &LEAF,
        &no_sct,
        &[&name],
    ];
    let shown = world.cosign(&words.concat());
    assert!(shown.starts_with("exit 12\n"), "{shown}");
}

#[test]
fn a_certificate_that_was_stored_must_be_the_one_that_is_brought() {
    let (world, image) = world();
    let mut layer = world.signed_layer(&payload(&image));
    layer["annotations"]["dev.sigstore.cosign/certificate"] = json!(world.read("leaf.pem"));
    world.tag("app", &image, "sig", &[layer]);
    let no_sct = ["--insecure-ignore-sct"];
    for good in [&LEAF[..], &[]] {
        let shown = verify(&world, &[good, &no_sct]);
        assert!(shown.starts_with("exit 0\n"), "{shown}");
    }
    // Of the same key and name, and yet another one.
    let shown = verify(&world, &[&["--certificate", "again.pem"], &no_sct]);
    refused(
        &shown,
        12,
        &format!(
            "{WARNED}Error: no matching signatures: the certificate of --certificate is not the one that is stored with the signature\n"
        ),
    );
}

#[test]
fn a_bundle_says_itself_who_signed() {
    let (world, image) = world();
    let bundle = world.bundle(&crate::images::statement(crate::images::SIGN, &image));
    let world_of_bundles = World::new();
    world_of_bundles.image("app");
    world_of_bundles.attach("app", &image, &bundle.to_json().unwrap());
    for name in ["leaf.pem", "chain.pem"] {
        world_of_bundles.write(name, &world.read(name));
    }
    let shown = verify(&world_of_bundles, &[&LEAF, &["--insecure-ignore-sct"]]);
    refused(
        &shown,
        13,
        &format!("{WARNED}Error: no matching signatures: no certificate found on signature\n"),
    );
}

#[test]
fn an_sct_beside_the_certificate_vouches_for_it_on_images_too() {
    let (world, _) = world();
    let ct = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let strange = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    world.write("ct.pub", &ct.public_key().to_pem());
    let der = |name: &str| {
        Certificate::from_pem(&world.read(name))
            .unwrap()
            .der()
            .to_vec()
    };
    world.write("good.json", &sct(&ct, &der("leaf.pem")));
    world.write("other.json", &sct(&ct, &der("other.pem")));
    world.write("strange.json", &sct(&strange, &der("leaf.pem")));
    world.write("cut.json", "{");
    let verify = |given: &[&str]| {
        let name = world.name("app:v1");
        let head: [&[&str]; 4] = [&["verify", "--insecure-ignore-tlog"], &BUILD, &CHAIN, &LEAF];
        let words = [&head.concat(), given, &[name.as_str()]].concat();
        undated(&world.cosign_with("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", "ct.pub", &words))
    };
    let shown = verify(&["--sct", "good.json"]);
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    for bad in [
        &[][..],
        &["--sct", "other.json"],
        &["--sct", "strange.json"],
    ] {
        let shown = verify(bad);
        assert!(shown.starts_with("exit 12\n"), "{shown}");
        assert!(
            stderr(&shown).contains(
                "Error: no matching signatures: failed to verify signed certificate timestamp: "
            ),
            "{shown}"
        );
    }
    let shown = verify(&["--sct", "cut.json"]);
    let says = format!("{WARNED}Error: loading verifier from key opts: reading cut.json");
    refused(&shown, 1, &says);
}

#[test]
fn a_key_and_a_certificate_are_two_signers_but_a_variable_is_none() {
    let (world, _) = world();
    let name = world.name("app:v1");
    let keyed = ["verify", "--insecure-ignore-tlog", "--key", "cosign.pub"];
    let both = [&keyed[..], &LEAF, &[name.as_str()]].concat();
    refused(
        &undated(&world.cosign(&both)),
        1,
        "Error: exactly one of: key reference (--key), certificate (--cert) or hardware token (--sk) must be provided\n",
    );
    let keyed = [&keyed[..], &[name.as_str()]].concat();
    let shown = world.cosign_with("COSIGN_CERTIFICATE", "leaf.pem", &keyed);
    assert!(shown.starts_with("exit 0\n"), "{shown}");
}
