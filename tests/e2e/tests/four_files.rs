//! The four files that `SIGSTORE_…` variables name are all the trust that there is: real cosign v3.1.3 verifies the old format by
//! them and refuses bundles; ours verifies both.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use sigbox_e2e::images::{ALICE, BOB, Kept, Scene};
use sigbox_e2e::{Outcome, Stack, cosign, peers, run};

const WHO: &str = "alice@example.com";
/// Each variable with its file.
const FILES: [(&str, &str); 4] = [
    ("SIGSTORE_ROOT_FILE", "fulcio_chain.pem"),
    ("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", "ctfe.pub"),
    ("SIGSTORE_REKOR_PUBLIC_KEY", "rekor.pub"),
    ("SIGSTORE_TSA_CERTIFICATE_FILE", "tsa_chain.pem"),
];

/// What each client has signed in a format.
#[derive(Clone, Copy)]
enum Format {
    Old,
    Bundle,
}

fn signed(stack: &Stack, program: &Path, format: Format) -> Result<PathBuf> {
    let config = stack.data().join("trust/signing_config.rekor_v1.json");
    let mut sign = stack.command(program)?;
    sign.args(["sign-blob", "--yes", "--identity-token", &stack.token(WHO)?]);
    match format {
        Format::Bundle => sign.arg("--signing-config").arg(config),
        Format::Old if program == cosign() => sign
            .arg("--new-bundle-format=false")
            .arg("--signing-config")
            .arg(config),
        Format::Old => sign
            .env_remove("COSIGN_SIGNING_CONFIG")
            .env_remove("COSIGN_TRUSTED_ROOT")
            .args(["--new-bundle-format=false", "--use-signing-config=false"])
            .args(["--fulcio-url", stack.url(), "--rekor-url", stack.url()]),
    };
    let bundle = stack.file("signed.json");
    // One log takes the same signature once only; a fresh key signs each time, so that the file may stay the same.
    run(sign.arg("--bundle").args([&bundle, &stack.file("file")]))?.expect(0)?;
    Ok(bundle)
}

/// Verifies with the files of `of`, without the variable `missing`, and with nothing else; no other host is reached.
fn verify(
    program: &Path,
    (stack, bundle): (&Stack, &Path),
    of: impl Fn(&str) -> Option<PathBuf>,
    file: &str,
) -> Result<Outcome> {
    let mut verify = Command::new(program);
    verify
        .env_clear()
        .env("HOME", stack.file("home"))
        .env("HTTPS_PROXY", "http://127.0.0.1:9");
    for (variable, _) in FILES {
        if let Some(path) = of(variable) {
            verify.env(variable, path);
        }
    }
    verify.args(["verify-blob", "--certificate-identity", WHO]);
    verify.arg("--certificate-oidc-issuer");
    verify.arg(format!("{}/oidc", stack.url()));
    run(verify.arg("--bundle").arg(bundle).arg(stack.file(file)))
}

/// The same for images, in both storages; keyless, so that every file is needed.
#[test]
fn compat_29_images_verify_by_the_files_as_well() -> Result<()> {
    for scene in Scene::all()? {
        let predicate = scene.stack.write("predicate.json", r#"{"a":1}"#)?;
        let predicate = predicate.display().to_string();
        for (kept, name) in [(Kept::Tag, "tagged"), (Kept::Bundle, "bundled")] {
            let image = scene.image(name)?;
            let attest = ["attest", "--predicate", &predicate, &image];
            scene
                .sign(&scene.real, ALICE, kept, &["sign", &image])?
                .expect(0)?;
            scene.sign(&scene.real, ALICE, kept, &attest)?.expect(0)?;
            for program in scene.both() {
                for verb in ["verify", "verify-attestation"] {
                    let by_files = |who: &str| -> Result<Outcome> {
                        let mut verify = scene.verifying(&program, who, kept, &[verb, &image])?;
                        run(verify.env_remove("COSIGN_TRUSTED_ROOT"))
                    };
                    if program == scene.real && kept == Kept::Bundle {
                        let refused = by_files(ALICE)?.expect(1)?;
                        ensure!(refused.stderr.contains("trusted root"), "{refused:?}");
                    } else {
                        by_files(ALICE)?.expect(0)?;
                        let refused = by_files(BOB)?;
                        ensure!(matches!(refused.code, Some(1 | 12)), "{refused:?}");
                    }
                }
            }
        }
    }
    Ok(())
}

/// The file of a variable in an instance's trust.
fn of(stack: &Stack, variable: &str) -> Option<PathBuf> {
    let (_, file) = FILES.iter().find(|(name, _)| *name == variable)?;
    Some(stack.data().join("trust").join(file))
}

#[test]
fn compat_29_the_old_format_verifies_by_the_files_for_both() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let (stack, other) = (Stack::start()?, Stack::start()?);
    stack.write("file", "trusted by four files\n")?;
    stack.write("other", "not signed\n")?;
    for signer in [&real, &cosign()] {
        let bundle = signed(&stack, signer, Format::Old)?;
        for verifier in [&real, &cosign()] {
            let by = |of: &dyn Fn(&str) -> Option<PathBuf>, file: &str| {
                verify(verifier, (&stack, &bundle), of, file)
            };
            by(&|variable| of(&stack, variable), "file")?
                .expect(0)?
                .says("Verified OK")?;
            by(&|variable| of(&stack, variable), "other")?.expect(1)?;
            // Each file that is looked at, of another instance: the timestamp authority is not asked here.
            for (wrong, _) in FILES.iter().filter(|(name, _)| !name.contains("TSA")) {
                let mixed =
                    |variable: &str| of(if variable == *wrong { &other } else { &stack }, variable);
                by(&mixed, "file")?.expect(1)?;
            }
        }
    }
    Ok(())
}

#[test]
fn compat_29_a_bundle_verifies_by_the_files_here_and_is_refused_there() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let stack = Stack::start()?;
    stack.write("file", "trusted by four files\n")?;
    stack.write("other", "not signed\n")?;
    for signer in [&real, &cosign()] {
        let bundle = signed(&stack, signer, Format::Bundle)?;
        let by = |program: &Path, file: &str| {
            let files = |variable: &str| of(&stack, variable);
            verify(program, (&stack, &bundle), files, file)
        };
        by(&cosign(), "file")?.expect(0)?.says("Verified OK")?;
        by(&cosign(), "other")?.expect(1)?;
        let refused = by(&real, "file")?.expect(1)?;
        ensure!(refused.stderr.contains("trusted root"), "{refused:?}");
    }
    Ok(())
}
