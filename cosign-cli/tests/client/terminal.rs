//! On a terminal long work tells how far it has come, and short work does not. The terminal is that of util-linux's `script`.

use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, thread};

use sigbox_crypto::{EncryptedKey, KeyAlgorithm, SigningKey};

const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;
const SIGN: &str =
    "sign-blob --key cosign.key --signing-config empty.json --bundle blob.bundle blob";
const EMPTY_LINE: &str = "\r\u{1b}[K";
/// What is left on the screen.
const SIGNED: &str =
    "Using payload from: blob\r\nSigning artifact...\r\nWrote bundle to file blob.bundle\r\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let sealed = EncryptedKey::seal(&key, b"pw").unwrap();
    fs::write(folder.path().join("cosign.key"), sealed.to_pem()).unwrap();
    fs::write(folder.path().join("empty.json"), NO_SERVICES).unwrap();
    folder
}

/// Starts `cosign` with its three streams on a terminal, whose screen is the child's stdout.
fn start(directory: &Path, arguments: &str) -> Option<Child> {
    let command = format!("{} {arguments}", env!("CARGO_BIN_EXE_cosign"));
    let started = Command::new("script")
        .args(["--quiet", "--flush", "--return", "--command", &command])
        .arg("/dev/null")
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("SHELL", "/bin/sh")
        .env("TERM", "xterm")
        .env("COSIGN_PASSWORD", "pw")
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn();
    match started {
        Ok(child) => Some(child),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
            assert!(!ci, "`script` is missing");
            let _ = std::io::stderr().write_all(b"SKIPPED: `script` is missing\n");
            None
        }
        Err(error) => panic!("script: {error}"),
    }
}

/// All that came onto the screen; `seen` hears of the first line of progress.
fn screen(child: &mut Child, seen: &AtomicBool) -> String {
    let mut stdout = child.stdout.take().unwrap();
    let (mut screen, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let count = stdout.read(&mut piece).unwrap();
        screen.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&screen);
        if text.contains("Hashing blob: ") {
            seen.store(true, Ordering::Relaxed);
        }
        if count == 0 {
            return text.into_owned();
        }
    }
}

#[test]
fn long_work_tells_how_far_it_has_come_and_cleans_up() {
    let folder = folder();
    let pipe = folder.path().join("blob");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let Some(mut child) = start(folder.path(), SIGN) else {
        return;
    };
    let seen = Arc::new(AtomicBool::new(false));
    let enough = Arc::clone(&seen);
    // The file ends once its length has been told of.
    thread::spawn(move || {
        let mut pipe = fs::OpenOptions::new().write(true).open(pipe).unwrap();
        let piece = vec![7; 1024 * 1024];
        while !enough.load(Ordering::Relaxed) && pipe.write_all(&piece).is_ok() {}
    });
    let screen = screen(&mut child, &seen);
    assert_eq!(child.wait().unwrap().code(), Some(0), "{screen:?}");
    let (progress, rest) = screen.rsplit_once(EMPTY_LINE).unwrap();
    assert_eq!(rest, SIGNED);
    let (before, first) = progress.split_once(EMPTY_LINE).unwrap();
    assert_eq!(before, "");
    assert!(first.starts_with("Hashing blob: "), "{screen:?}");
    assert!(!first.contains('\n'), "{screen:?}");
}

#[test]
fn short_work_tells_nothing() {
    let folder = folder();
    fs::write(folder.path().join("blob"), "short").unwrap();
    let Some(mut child) = start(folder.path(), SIGN) else {
        return;
    };
    let screen = screen(&mut child, &AtomicBool::new(false));
    assert_eq!(child.wait().unwrap().code(), Some(0), "{screen:?}");
    assert_eq!(screen, SIGNED);
}
