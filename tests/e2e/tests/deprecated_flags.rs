//! What both clients say of flags and commands that real cosign v3.1.3 calls deprecated, word for word, before anything else.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use sigbox_e2e::{Outcome, cosign, peers, run};

const SERVICES: &str = "--tlog-upload=true --rekor-url http://127.0.0.1:9 --fulcio-url http://127.0.0.1:9 \
    --timestamp-server-url http://127.0.0.1:9 --oidc-issuer http://127.0.0.1:9 --new-bundle-format=true --issue-certificate=false";
const ROOTS: &str = "--certificate-chain x --ca-roots x --ca-intermediates x --timestamp-certificate-chain x \
    --private-infrastructure --experimental-oci11 --new-bundle-format";
/// A command, and every flag of it that is deprecated and that both have; none of these lines comes as far as a service.
const LINES: [(&str, &str); 18] = [
    ("sign", SERVICES),
    (
        "sign",
        "--output-signature x --output-payload x --output-certificate x --payload x --sign-container-identity x \
         --record-creation-timestamp --attachment-tag-prefix x",
    ),
    ("sign-blob", SERVICES),
    (
        "sign-blob",
        "--rfc3161-timestamp x --output x --b64=false --output-signature x --output-certificate x",
    ),
    ("attest", SERVICES),
    (
        "attest",
        "--replace --record-creation-timestamp --rekor-entry-type intoto --attachment-tag-prefix x",
    ),
    ("attest-blob", SERVICES),
    (
        "attest-blob",
        "--output-signature x --output-attestation x --output-certificate x --rfc3161-timestamp-bundle x",
    ),
    ("verify", ROOTS),
    ("verify", "--sct x --certificate x"),
    ("verify-attestation", ROOTS),
    ("verify-attestation", "--certificate x --sct x"),
    ("verify-blob", ROOTS),
    (
        "verify-blob",
        "--certificate x --sct x --signature x --rfc3161-timestamp x --signature-digest-algorithm sha384 \
         --rekor-url http://127.0.0.1:9",
    ),
    (
        "verify-blob-attestation",
        "--sct x --certificate x --rfc3161-timestamp x --signature x --private-infrastructure=false",
    ),
    (
        "tree",
        "--experimental-oci11=false --attachment-tag-prefix x",
    ),
    ("bundle create", "--rekor-url http://127.0.0.1:9"),
    (
        "trusted-root create",
        "--certificate-chain x --fulcio-uri x --ctfe-key x --ctfe-start-time x --ctfe-end-time x --ctfe-url x --rekor-key x \
         --rekor-start-time x --rekor-end-time x --rekor-url x --timestamp-certificate-chain x --timestamp-uri x",
    ),
];
/// Other names of flags are told by the name that they stand for.
const ALIASES: [(&str, &str); 5] = [
    // Each time that it stands there.
    (
        "sign",
        "--sign-container-identity a,b --output-payload x --sign-container-identity c",
    ),
    ("sign", "--output-cert x"),
    ("verify", "--cert-chain x"),
    ("verify-blob", "--cert x --cert-chain x"),
    ("attest-blob", "--output-cert x"),
];
const COMMANDS: [&str; 9] = [
    "attach signature",
    "attach sbom",
    "attach attestation",
    "generate",
    "upload blob",
    "upload wasm",
    "dockerfile verify",
    "manifest verify",
    "download sbom",
];

fn client(program: &Path, line: &str) -> Result<Outcome> {
    let home = tempfile::tempdir()?;
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("HOME", home.path())
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .current_dir(home.path())
        .args(line.split_whitespace());
    run(&mut command)
}

/// The lines of a kind that begin stderr; nothing but they stands before the last of them.
fn first_lines(outcome: &Outcome, begins: &str) -> Result<Vec<String>> {
    let lines = outcome.stderr.lines();
    let first: Vec<String> = lines
        .take_while(|line| line.starts_with(begins))
        .map(str::to_owned)
        .collect();
    let all = outcome
        .stderr
        .lines()
        .filter(|line| line.starts_with(begins));
    ensure!(all.count() == first.len(), "not first: {outcome:?}");
    Ok(first)
}

fn alike(real: &Path, line: &str, begins: &str) -> Result<Option<String>> {
    let [theirs, mine] = [client(real, line)?, client(&cosign(), line)?];
    let [expected, found] = [first_lines(&theirs, begins)?, first_lines(&mine, begins)?];
    Ok((expected != found).then(|| {
        format!(
            "{line}\nexpected {expected:#?}\nfound {found:#?}\n{}",
            mine.stderr
        )
    }))
}

#[test]
fn compat_34_deprecated_flags_are_told_in_the_real_clients_words() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let mut wrong = Vec::new();
    for (command, flags) in LINES.into_iter().chain(ALIASES) {
        let line = format!("{command} {flags}");
        wrong.extend(alike(&real, &line, "Flag --")?);
        let told = first_lines(&client(&real, &line)?, "Flag --")?.len();
        let given = flags
            .split_whitespace()
            .filter(|word| word.starts_with("--"));
        ensure!(told == given.count(), "{line}: {told} are told");
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What stands in a variable is told by neither.
    let tell_nothing = |program: &Path| -> Result<()> {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("COSIGN_PRIVATE_INFRASTRUCTURE", "true");
        let said = run(command.arg("verify"))?;
        ensure!(first_lines(&said, "Flag --")?.is_empty(), "{said:?}");
        Ok(())
    };
    tell_nothing(&real)?;
    tell_nothing(&cosign())
}

/// The two that are told otherwise here, or not at all (`docs/spec-divergences.md`).
#[test]
fn compat_34_two_flags_are_not_what_the_real_client_says() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let skip = "sign-blob --insecure-skip-verify";
    let begins = "Flag --insecure-skip-verify has been deprecated, ";
    for program in [&real, &cosign()] {
        ensure!(first_lines(&client(program, skip)?, begins)?.len() == 1);
    }
    ensure!(alike(&real, skip, begins)?.is_some());
    let offline = "verify-blob --offline";
    ensure!(first_lines(&client(&real, offline)?, "Flag --offline")?.len() == 1);
    ensure!(first_lines(&client(&cosign(), offline)?, "Flag --")?.is_empty());
    Ok(())
}

#[test]
fn compat_34_deprecated_commands_are_told_in_the_real_clients_words() -> Result<()> {
    let Some(real) = peers::cosign() else {
        return Ok(());
    };
    let mut wrong = Vec::new();
    for command in COMMANDS {
        wrong.extend(alike(&real, command, "Command \"")?);
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
