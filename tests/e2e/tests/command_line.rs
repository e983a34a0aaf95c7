//! The command line itself, ours and that of real cosign v3.1.3 side by side: flags, their variables, prompts, output and time.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use sigbox_e2e::{Outcome, cosign, peers};

const NO_TRUST: &str =
    r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;

/// A directory of its own for each program.
struct Side {
    program: PathBuf,
    directory: tempfile::TempDir,
}

impl Side {
    fn new(program: PathBuf) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        std::fs::write(directory.path().join("file"), "content")?;
        std::fs::write(directory.path().join("root.json"), NO_TRUST)?;
        Ok(Self { program, directory })
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.directory.path())
            .current_dir(self.directory.path());
        command
    }

    fn run(&self, line: &str, variables: &[(&str, &str)], input: &str) -> Result<Outcome> {
        // Whoever waits for an answer that does not come must not wait for ever.
        let mut command = self.command(Path::new("/usr/bin/timeout"));
        command.arg("60").arg(&self.program);
        command.args(line.split_whitespace());
        command.envs(variables.iter().copied());
        feed(command, input)
    }

    /// The same at a terminal, into which `input` is typed; what the terminal shows is on stdout.
    fn at_terminal(&self, script: &Path, line: &str, input: &str) -> Result<Outcome> {
        let mut command = self.command(Path::new("/usr/bin/timeout"));
        let whole = format!("{} {line}", self.program.display());
        command
            .args(["--kill-after=5", "60"])
            .arg(script)
            .args(["-qec", &whole, "/dev/null"]);
        feed(command, input)
    }

    fn read(&self, name: &str) -> Result<String> {
        Ok(std::fs::read_to_string(self.directory.path().join(name))?)
    }
}

fn feed(mut command: Command, input: &str) -> Result<Outcome> {
    let text = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().context("no stdin")?;
    // Who does not read it is not at fault.
    drop(stdin.write_all(input.as_bytes()));
    drop(stdin);
    let output = child.wait_with_output()?;
    let shown = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
    Ok(Outcome {
        command: text,
        code: output.status.code(),
        stdout: shown(output.stdout),
        stderr: shown(output.stderr),
    })
}

fn both() -> Result<Option<[Side; 2]>> {
    let Some(real) = peers::cosign() else {
        return Ok(None);
    };
    Ok(Some([Side::new(real)?, Side::new(cosign())?]))
}

/// The lines that both say: the real client's last one repeats its error, and ours goes on with causes and hints.
fn talk(outcome: &Outcome) -> Vec<&str> {
    let common = |line: &&str| {
        !line.starts_with("error during command execution: ")
            && !line.starts_with("  ")
            && !line.starts_with("hint: ")
    };
    outcome.stderr.lines().filter(common).collect()
}

#[test]
fn compat_34_flags_variables_and_repairs_are_taken_alike() -> Result<()> {
    let Some([real, ours]) = both()? else {
        return Ok(());
    };
    let no_password = ("COSIGN_PASSWORD", "");
    let cases: &[(&str, &[(&str, &str)])] = &[
        // One dash too few, one too many.
        ("public-key -key nosuch", &[]),
        ("public-key --k nosuch", &[]),
        (
            "generate-key-pair -output-key-prefix no/such",
            &[no_password],
        ),
        ("verify-blob -nosuch file", &[]),
        // Variables, and flags that win over them.
        ("public-key", &[("COSIGN_KEY", "by-variable")]),
        ("public-key --key by-flag", &[("COSIGN_KEY", "by-variable")]),
        (
            "generate-key-pair",
            &[no_password, ("COSIGN_OUTPUT_KEY_PREFIX", "no/such")],
        ),
        // Other names of flags.
        ("verify-blob --bundle b --cert-identity a file", &[]),
        ("verify-blob --bundle b --cert-oidc-issuer a file", &[]),
        // Mistakes.
        ("verify-blob --nosuch file", &[]),
        ("verify-blob --bundle", &[]),
        ("public-key", &[]),
    ];
    let mut wrong = Vec::new();
    for (line, variables) in cases {
        let expected = real.run(line, variables, "")?;
        let found = ours.run(line, variables, "")?;
        if expected.code != found.code || talk(&expected) != talk(&found) {
            wrong.push(format!(
                "{line} {variables:?}: expected {:?} {:?}, found {:?} {:?}",
                expected.code,
                talk(&expected),
                found.code,
                talk(&found)
            ));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn compat_35_prompts_at_a_terminal_and_without_one() -> Result<()> {
    let (Some([real, ours]), Some(script)) = (both()?, peers::on_path("script")) else {
        return Ok(());
    };
    for (side, is_real) in [(&real, true), (&ours, false)] {
        let made = side
            .at_terminal(&script, "generate-key-pair", "pw\npw\n")?
            .expect(0)?;
        for text in [
            "Enter password for private key: \n",
            "Enter password for private key again: \n",
            "Private key written to cosign.key\n",
        ] {
            ensure!(made.stdout.contains(text), "{text}: {}", made.stdout);
        }
        // The password is the one that was typed.
        let public = side.read("cosign.pub")?;
        let typed = side.at_terminal(&script, "public-key --key cosign.key", "pw\n")?;
        ensure!(typed.expect(0)?.stdout.ends_with(&public));
        let wrong = side.at_terminal(&script, "public-key --key cosign.key", "no\n")?;
        wrong.expect(1)?;
        let line = "generate-key-pair --output-key-prefix two";
        let differing = side.at_terminal(&script, line, "pw\npx\n")?.expect(1)?;
        ensure!(differing.stdout.contains("Error: passwords do not match\n"));
        overwriting(side, &script, is_real)?;
        // Before a key's signature goes to a log that nobody has set up, its owner is asked; no is no.
        let log = "sign-blob --key cosign.key --use-signing-config=false --rekor-url http://127.0.0.1:9 --bundle b.json file";
        let refused = side.run(log, &[("COSIGN_PASSWORD", "pw")], "n\n")?;
        refused
            .expect(1)?
            .says("Are you sure you would like to continue? [y/N] ")?
            .says("user declined the prompt")?;
        ensure!(side.read("b.json").is_err());
    }
    Ok(())
}

fn overwriting(side: &Side, script: &Path, is_real: bool) -> Result<()> {
    // Whether to overwrite is asked before the password here, and after it there.
    let answers = |answer: &str| {
        if is_real {
            format!("pw\npw\n{answer}\n")
        } else {
            format!("{answer}\npw\npw\n")
        }
    };
    let question = "WARNING: File cosign.key already exists. Overwrite?\n\
                    Are you sure you would like to continue? [y/N] ";
    let before = side.read("cosign.key")?;
    for (answer, error) in [
        ("n", "Error: user declined the prompt\n"),
        (
            "maybe",
            "Error: invalid input \"maybe\" (allowed values y, n)\n",
        ),
    ] {
        let kept = side
            .at_terminal(script, "generate-key-pair", &answers(answer))?
            .expect(1)?;
        ensure!(kept.stdout.contains(question), "{}", kept.stdout);
        ensure!(kept.stdout.contains(error), "{}", kept.stdout);
        ensure!(side.read("cosign.key")? == before);
    }
    side.at_terminal(script, "generate-key-pair", &answers("y"))?
        .expect(0)?;
    ensure!(side.read("cosign.key")? != before);
    // Without a terminal the variable is the password, and stdin has the answer.
    let variable = [("COSIGN_PASSWORD", "pw")];
    let declined = side.run("generate-key-pair", &variable, "n\n")?.expect(1)?;
    declined
        .says(question)?
        .says("Error: user declined the prompt\n")?;
    side.run("generate-key-pair", &variable, "y\n")?.expect(0)?;
    Ok(())
}

#[test]
fn compat_36_output_goes_to_a_file_and_time_runs_out() -> Result<()> {
    let Some(sides) = both()? else {
        return Ok(());
    };
    // A registry that takes connections and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    let image = format!("{}/app:v1", silent.local_addr()?);
    for side in sides {
        let password = [("COSIGN_PASSWORD", "")];
        side.run("generate-key-pair", &password, "")?.expect(0)?;
        let line = "public-key --key cosign.key --output-file out";
        let shown = side.run(line, &password, "")?.expect(0)?;
        ensure!(shown.stdout.is_empty(), "{}", shown.stdout);
        ensure!(side.read("out")? == side.read("cosign.pub")?);
        let line = format!(
            "verify --timeout 1ms --key cosign.pub --trusted-root root.json --insecure-ignore-tlog {image}"
        );
        let late = side.run(&line, &[], "")?;
        ensure!(late.code.is_some_and(|code| code != 0), "{late:?}");
        ensure!(
            late.stderr.contains("context deadline exceeded"),
            "{}",
            late.stderr
        );
    }
    Ok(())
}
