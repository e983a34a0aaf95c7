//! Bundles in which one place lies: the real client and ours refuse them with the same code, for the same reason.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use sigbox_e2e::{Outcome, cosign, peers, run};
use sigbox_testkit::virtual_sigstore::{Identity, Lie, Signed, VirtualSigstore};
use tempfile::TempDir;

const ARTIFACT: &[u8] = b"what was signed\n";
/// Its certificates have ended long ago, whenever this runs.
const SIGNED_AT: &str = "2025-06-01T12:00:00Z";
const ALICE: &str = "alice@example.test";
const OIDC: &str = "https://oidc.example.test";
const LOG: &str = "failed to verify log inclusion";
const TIME: &str = "failed to verify timestamps";
const CHAIN: &str = "failed to verify leaf certificate";
const OLD_FORMAT: &str = "--trusted-root only supported with --new-bundle-format";

/// A directory with what is verified, and both clients.
struct Scene {
    files: TempDir,
    sigstore: VirtualSigstore,
    real: PathBuf,
}

/// What is asked of a bundle.
struct Question<'a> {
    blob: &'a str,
    who: &'a str,
    issuer: &'a str,
    more: &'a [&'a str],
}

const HONEST: Question<'_> = Question {
    blob: "artifact",
    who: ALICE,
    issuer: OIDC,
    more: &[],
};

impl Scene {
    fn new() -> Result<Option<Self>> {
        let Some(real) = peers::cosign() else {
            return Ok(None);
        };
        let scene = Self {
            files: tempfile::tempdir()?,
            sigstore: VirtualSigstore::at(SIGNED_AT.parse()?),
            real,
        };
        std::fs::write(scene.files.path().join("artifact"), ARTIFACT)?;
        std::fs::write(scene.files.path().join("other"), "what was not signed\n")?;
        Ok(Some(scene))
    }

    fn signed(&mut self, artifact: &[u8], lie: Lie) -> Result<()> {
        let signed = self.sigstore.sign_with(artifact, &Identity::default(), lie);
        self.write(&signed)
    }

    fn write(&self, signed: &Signed) -> Result<()> {
        let path = self.files.path();
        std::fs::write(path.join("bundle.json"), signed.bundle_json())?;
        std::fs::write(path.join("root.json"), signed.trusted_root_json())?;
        Ok(())
    }

    fn verify(&self, program: &Path, question: &Question<'_>) -> Result<Outcome> {
        let mut verify = Command::new(program);
        verify
            .env_clear()
            .env("HOME", self.files.path())
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .current_dir(self.files.path())
            .args(["verify-blob", "--bundle", "bundle.json"])
            .args(["--trusted-root", "root.json"])
            .args(["--certificate-identity", question.who])
            .args(["--certificate-oidc-issuer", question.issuer])
            .args(question.more)
            .arg(question.blob);
        run(&mut verify)
    }

    /// What the real client and ours make of it: the class of the error, nothing if it is accepted.
    fn verdicts(&self, question: &Question<'_>) -> Result<[Option<String>; 2]> {
        let real = class(&self.verify(&self.real, question)?)?;
        let ours = class(&self.verify(&cosign(), question)?)?;
        Ok([real, ours])
    }

    fn is_accepted(&self, question: &Question<'_>) -> Result<()> {
        let verdicts = self.verdicts(question)?;
        ensure!(verdicts == [None, None], "{verdicts:?}");
        Ok(())
    }

    fn is_refused(&self, question: &Question<'_>, class: &str) -> Result<()> {
        let verdicts = self.verdicts(question)?;
        let refused = || Some(class.to_owned());
        ensure!(verdicts == [refused(), refused()], "{verdicts:?}");
        Ok(())
    }
}

/// The class of a refusal: what stands before the first colon of the error. Both end with 1, or with 0 and no error.
fn class(outcome: &Outcome) -> Result<Option<String>> {
    let error = outcome
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("Error: "));
    match outcome.code {
        Some(0) => {
            ensure!(outcome.stderr.ends_with("Verified OK\n"), "{outcome:?}");
            Ok(None)
        }
        Some(1) => {
            ensure!(outcome.stdout.is_empty(), "{outcome:?}");
            let error = error.with_context(|| format!("{outcome:?}"))?;
            Ok(error.split(": ").next().map(ToOwned::to_owned))
        }
        _ => anyhow::bail!("expected 0 or 1: {outcome:?}"),
    }
}

#[test]
fn compat_06_what_another_signed_or_about_something_else_is_refused_alike() -> Result<()> {
    let Some(mut scene) = Scene::new()? else {
        return Ok(());
    };
    scene.signed(b"what was not signed\n", Lie::None)?;
    // A bundle of another file.
    scene.is_refused(&HONEST, "failed to verify signature")?;
    scene.signed(ARTIFACT, Lie::None)?;
    scene.is_accepted(&HONEST)?;
    let tampered = Question {
        blob: "other",
        ..HONEST
    };
    scene.is_refused(&tampered, "failed to verify signature")?;
    for (who, issuer) in [
        ("bob@example.test", OIDC),
        ("alice@example.tes", OIDC),
        (ALICE, "https://oidc.example.org"),
        (ALICE, "https://oidc.example.test/"),
    ] {
        let other = Question {
            who,
            issuer,
            ..HONEST
        };
        scene.is_refused(&other, "failed to verify certificate identity")?;
    }
    Ok(())
}

#[test]
fn compat_06_an_expired_certificate_without_a_timestamp_is_refused_alike() -> Result<()> {
    let Some(mut scene) = Scene::new()? else {
        return Ok(());
    };
    let unlogged = Question {
        more: &["--insecure-ignore-tlog"],
        ..HONEST
    };
    let stamped = Question {
        more: &["--insecure-ignore-tlog", "--use-signed-timestamps"],
        ..HONEST
    };
    scene.signed(ARTIFACT, Lie::None)?;
    scene.is_accepted(&stamped)?;
    scene.signed(ARTIFACT, Lie::NoTimestamp)?;
    scene.is_refused(&HONEST, TIME)?;
    // Nor is a time believed that the log has not signed.
    scene.signed(ARTIFACT, Lie::UnauthenticatedTime)?;
    scene.is_refused(&HONEST, TIME)?;
    // With neither log nor timestamp it is judged now, which the twin passes that was signed now.
    for (sigstore, expired) in [
        (VirtualSigstore::at(SIGNED_AT.parse()?), true),
        (VirtualSigstore::at(now()), false),
    ] {
        scene.sigstore = sigstore;
        let identity = Identity::default();
        let mut signed = scene
            .sigstore
            .sign_with(ARTIFACT, &identity, Lie::NoTimestamp);
        scene.write(&signed)?;
        // An entry tells no time where the log is ignored, whether or not it is there.
        let chain = expired.then(|| CHAIN.to_owned());
        ensure!(scene.verdicts(&unlogged)? == [chain.clone(), chain.clone()]);
        signed.bundle.verification_material.tlog_entries.clear();
        scene.write(&signed)?;
        ensure!(scene.verdicts(&unlogged)? == [chain.clone(), chain.clone()]);
        // Where a timestamp is demanded ours asks for it when all else holds.
        let demanded = scene.verdicts(&stamped)?;
        let time = || Some(TIME.to_owned());
        ensure!(demanded == [time(), chain.or_else(time)], "{demanded:?}");
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "both clients judge by the clock")]
fn now() -> Timestamp {
    // Certificates tell whole seconds.
    Timestamp::from_second(Timestamp::now().as_second()).unwrap()
}

/// Lies that the real client accepts or sees elsewhere: its class and ours (`docs/spec-divergences.md`, Verifier).
const SEEN_OTHERWISE: &[(Lie, Option<&str>, &str)] = &[
    (Lie::DuplicateTimestamp, None, "validating bundle"),
    (Lie::WrongKind, None, LOG),
    (Lie::DuplicateEntry, Some(LOG), "validating bundle"),
    (Lie::LogOutsideWindow, None, LOG),
    (Lie::WrongCheckpointSize, None, LOG),
    // What cannot be read as a bundle is read as the old format there.
    (Lie::NoInclusionProof, Some(OLD_FORMAT), LOG),
    (Lie::NoCheckpoint, Some(OLD_FORMAT), LOG),
];

#[test]
fn compat_06_every_lie_is_refused_alike() -> Result<()> {
    let Some(mut scene) = Scene::new()? else {
        return Ok(());
    };
    let stamped = Question {
        more: &["--use-signed-timestamps"],
        ..HONEST
    };
    scene.signed(ARTIFACT, Lie::None)?;
    scene.is_accepted(&stamped)?;
    let mut wrong = Vec::new();
    for lie in Lie::ALL {
        scene.signed(ARTIFACT, lie)?;
        let [real, ours] = scene.verdicts(&stamped)?;
        let known = SEEN_OTHERWISE.iter().find(|(known, ..)| *known == lie);
        let as_expected = match known {
            Some((_, theirs, mine)) => (real.as_deref(), ours.as_deref()) == (*theirs, Some(*mine)),
            None => real == ours,
        };
        if !as_expected || ours.is_none() {
            wrong.push(format!("{lie:?}: {real:?}, {ours:?}"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
