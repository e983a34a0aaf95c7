//! Trusted roots with several authorities: two intermediates below one root, and an authority that was replaced.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;

use anyhow::Result;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use serde_json::Value;
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};

const WHO: &str = "build@example.com";
const OIDC: &str = "https://idp.example.com";
/// Fulcio's extension with the OpenID issuer as plain text.
const ISSUER: [u64; 9] = [1, 3, 6, 1, 4, 1, 57264, 1, 1];

fn base(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2090, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

/// An authority: its certificate, and what it issues with.
struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str, above: Option<&Self>) -> Result<Self> {
        let mut params = base(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate()?;
        let certificate = match above {
            Some(above) => params.signed_by(&key, &above.issuer)?,
            None => params.self_signed(&key)?,
        };
        let issuer = Issuer::new(params, key);
        Ok(Self {
            certificate,
            issuer,
        })
    }

    /// Writes a signer's key (`NAME.key`) and certificate (`NAME.pem`).
    fn certify(&self, stack: &Stack, name: &str) -> Result<()> {
        let mut params = base(name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        params.subject_alt_names = vec![SanType::Rfc822Name(WHO.try_into()?)];
        let issuer = CustomExtension::from_oid_content(&ISSUER, OIDC.as_bytes().to_vec());
        params.custom_extensions = vec![issuer];
        let key = KeyPair::generate()?;
        stack.write("plain.pem", key.serialize_pem())?;
        stack.write(
            &format!("{name}.pem"),
            params.signed_by(&key, &self.issuer)?.pem(),
        )?;
        let import = [
            "import-key-pair",
            "--yes",
            "--key",
            "plain.pem",
            "--output-key-prefix",
            name,
        ];
        client(stack, &cosign(), &import)?.expect(0)?;
        Ok(())
    }
}

fn client(stack: &Stack, program: &Path, arguments: &[&str]) -> Result<Outcome> {
    let mut command = stack.command(program)?;
    command
        .current_dir(stack.file("."))
        .env_remove("COSIGN_TRUSTED_ROOT")
        .env("COSIGN_PASSWORD", "pw")
        .args(arguments);
    run(&mut command)
}

/// Makes `root.json`: these authorities, and the instance's log and timestamp authority.
fn trust(stack: &Stack, maker: &Path, authorities: &[&str]) -> Result<()> {
    let root: Value = serde_json::from_slice(&stack.trust("trusted_root.json")?)?;
    let base = root["tlogs"][0]["baseUrl"].as_str().unwrap();
    let origin = base.strip_prefix("https://").unwrap();
    let keys = String::from_utf8(stack.trust("rekor.pub")?)?;
    let keys = sigbox_crypto::PublicKey::all_from_pem(&keys)?;
    stack.write("log.pub", keys[1].to_pem())?;
    stack.write("tsa.pem", stack.trust("tsa_chain.pem")?)?;
    let log =
        format!("url={base},public-key=log.pub,start-time=2020-01-01T00:00:00Z,origin={origin}");
    let mut create = vec![
        "trusted-root",
        "create",
        "--out",
        "root.json",
        "--rekor",
        &log,
    ];
    create.extend(["--tsa", "url=https://t.example,certificate-chain=tsa.pem"]);
    for authority in authorities {
        create.extend(["--fulcio", authority]);
    }
    client(stack, maker, &create)?.expect(0)?;
    Ok(())
}

/// Signs `artifact` as one of the signers; the bundle holds the signer's certificate alone.
fn sign(stack: &Stack, name: &str) -> Result<()> {
    let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
    let bundle = format!("{name}.json");
    let sign = ["sign-blob", "--key", &key, "--certificate", &certificate];
    let sign = [&sign[..], &["--bundle", &bundle, "artifact"]].concat();
    client(stack, &cosign(), &sign)?.expect(0)?;
    Ok(())
}

fn verify(stack: &Stack, verifier: &Path, name: &str) -> Result<Outcome> {
    let bundle = format!("{name}.json");
    let verify = [
        "verify-blob",
        "--trusted-root",
        "root.json",
        "--insecure-ignore-sct",
    ];
    let who = [
        "--certificate-identity",
        WHO,
        "--certificate-oidc-issuer",
        OIDC,
    ];
    let verify = [&verify[..], &who, &["--bundle", &bundle, "artifact"]].concat();
    client(stack, verifier, &verify)
}

#[test]
fn compat_30_certificates_of_both_of_two_intermediates_are_believed() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    stack.write("artifact", "signed below two intermediates\n")?;
    let root = Authority::new("root", None)?;
    let upper = Authority::new("upper intermediate", Some(&root))?;
    let lower = Authority::new("lower intermediate", Some(&upper))?;
    let beside = Authority::new("another intermediate", Some(&root))?;
    for (authority, name) in [(&upper, "upper"), (&lower, "lower"), (&beside, "beside")] {
        authority.certify(&stack, name)?;
        sign(&stack, name)?;
    }
    let pem = |parts: &[&Authority]| {
        parts
            .iter()
            .map(|part| part.certificate.pem())
            .collect::<String>()
    };
    stack.write("way.pem", pem(&[&lower, &upper, &root]))?;
    stack.write("both.pem", pem(&[&upper, &beside, &root]))?;
    for maker in [&real, &cosign()] {
        for (file, believed, refused) in [
            ("way.pem", ["upper", "lower"], "beside"),
            ("both.pem", ["upper", "beside"], "lower"),
        ] {
            let authority = format!("url=https://f.example,certificate-chain={file}");
            trust(&stack, maker, &[&authority])?;
            for verifier in [&real, &cosign()] {
                for name in believed {
                    verify(&stack, verifier, name)?
                        .expect(0)?
                        .says("Verified OK")?;
                }
                verify(&stack, verifier, refused)?.expect(1)?;
            }
            verify(&stack, &cosign(), refused)?.says("check: certificate-chain")?;
        }
    }
    Ok(())
}

#[test]
fn compat_30_an_authority_that_was_replaced_is_believed_in_its_time_only() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    stack.write("artifact", "signed while an authority was replaced\n")?;
    for name in ["old", "new"] {
        let root = Authority::new(&format!("{name} root"), None)?;
        root.certify(&stack, name)?;
        stack.write(&format!("{name}-root.pem"), root.certificate.pem())?;
        sign(&stack, name)?;
    }
    let old =
        |end: &str| format!("url=https://f.example,certificate-chain=old-root.pem,end-time={end}");
    let new =
        "url=https://f.example,certificate-chain=new-root.pem,start-time=2021-01-01T00:00:00Z";
    let unborn =
        "url=https://f.example,certificate-chain=new-root.pem,start-time=2089-01-01T00:00:00Z";
    for maker in [&real, &cosign()] {
        for (authorities, believed, refused) in [
            (
                [old("2089-01-01T00:00:00Z").as_str(), new],
                &["old", "new"][..],
                &[][..],
            ),
            (
                [old("2021-01-01T00:00:00Z").as_str(), new],
                &["new"],
                &["old"],
            ),
            (
                [old("2089-01-01T00:00:00Z").as_str(), unborn],
                &["old"],
                &["new"],
            ),
        ] {
            trust(&stack, maker, &authorities)?;
            for verifier in [&real, &cosign()] {
                for name in believed {
                    verify(&stack, verifier, name)?
                        .expect(0)?
                        .says("Verified OK")?;
                }
                for name in refused {
                    verify(&stack, verifier, name)?.expect(1)?;
                }
            }
        }
    }
    Ok(())
}
