//! Key pairs on disk: generated, imported, read back, and everything that cannot be a key.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::command::Cosign;
use insta::assert_snapshot;
use sigbox_crypto::{EncryptedKey, PublicKey, pem};

/// Written by cosign v3.1.3 with the password `pw`.
const REAL: &str = include_str!("../../../crates/crypto/tests/key_files/cosign-v3.1.3.key");
const REAL_PUBLIC: &str = include_str!("../../../crates/crypto/tests/key_files/cosign-v3.1.3.pub");
const PLAIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/plain_keys");

fn in_directory(directory: &Path, arguments: &[&str]) -> Cosign {
    Cosign::new(arguments).directory(directory)
}

/// The same with the password `pw`.
fn with_password(directory: &Path, arguments: &[&str]) -> String {
    in_directory(directory, arguments)
        .env("COSIGN_PASSWORD", "pw")
        .run()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Demands that both files are a pair under the password.
fn assert_pair(directory: &Path, prefix: &str, password: &str) {
    let (key, public) = (
        directory.join(format!("{prefix}.key")),
        directory.join(format!("{prefix}.pub")),
    );
    assert_eq!((mode(&key), mode(&public)), (0o600, 0o644), "{prefix}");
    let key = EncryptedKey::parse(&fs::read_to_string(key).unwrap())
        .unwrap()
        .open(password.as_bytes())
        .unwrap();
    let public = PublicKey::from_pem(&fs::read_to_string(public).unwrap()).unwrap();
    assert_eq!(*key.public_key(), public, "{prefix}");
}

#[test]
fn a_key_pair_is_written_and_the_private_half_is_the_owners_alone() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    assert_snapshot!(
        "generated",
        with_password(directory, &["generate-key-pair"])
    );
    assert_pair(directory, "cosign", "pw");
    with_password(
        directory,
        &["generate-key-pair", "--output-key-prefix", "release"],
    );
    assert_pair(directory, "release", "pw");
    let names = fs::read_dir(directory).unwrap().count();
    assert_eq!(names, 4, "nothing is left behind");
}

#[test]
fn a_key_is_overwritten_only_after_yes() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let key = directory.join("cosign.key");
    let answer = directory.join("answer");
    let generate = |said: &str| {
        fs::write(&answer, said).unwrap();
        in_directory(directory, &["generate-key-pair"])
            .env("COSIGN_PASSWORD", "pw")
            .stdin(&answer)
            .run()
    };
    fs::write(&key, "precious").unwrap();
    let mut shown = Vec::new();
    for said in ["", "n\n", "maybe\n"] {
        shown.push(format!("# stdin {said:?}\n{}", generate(said)));
        assert_eq!(fs::read_to_string(&key).unwrap(), "precious", "{said:?}");
    }
    shown.push(format!("# stdin \"y\\n\"\n{}", generate("y\n")));
    assert_snapshot!("overwrite", shown.join("\n"));
    assert_pair(directory, "cosign", "pw");
    // The rest of stdin is the password, where no variable holds one.
    fs::write(&answer, "y\nsecret").unwrap();
    let shown = in_directory(directory, &["generate-key-pair"])
        .stdin(&answer)
        .run();
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    assert_pair(directory, "cosign", "secret");
}

#[test]
fn a_link_is_asked_about_and_written_through_with_the_right_mode() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let (target, link) = (directory.join("target"), directory.join("cosign.key"));
    fs::write(&target, "precious").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o644)).unwrap();
    symlink(&target, &link).unwrap();
    let declined = with_password(directory, &["generate-key-pair"]);
    assert!(declined.contains("user declined the prompt"), "{declined}");
    let answer = directory.join("answer");
    fs::write(&answer, "y\n").unwrap();
    let shown = in_directory(directory, &["generate-key-pair"])
        .env("COSIGN_PASSWORD", "pw")
        .stdin(&answer)
        .run();
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_pair(directory, "cosign", "pw");
}

#[test]
fn the_password_is_the_variable_even_if_empty_else_all_of_stdin() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let stdin = directory.join("stdin");
    fs::write(&stdin, "pw\n").unwrap();
    let generate = |prefix| {
        in_directory(
            directory,
            &["generate-key-pair", "--output-key-prefix", prefix],
        )
    };
    let shown = generate("empty")
        .env("COSIGN_PASSWORD", "")
        .stdin(&stdin)
        .run();
    assert!(shown.starts_with("exit 0\n"), "{shown}");
    assert_pair(directory, "empty", "");
    generate("piped").stdin(&stdin).run();
    assert_pair(directory, "piped", "pw\n");
    let read = in_directory(directory, &["public-key", "--key", "piped.key"]).stdin(&stdin);
    assert!(read.run().starts_with("exit 0\n"));
    // Without anything a key file would be open to everybody, and nobody would have said so.
    assert_snapshot!("no_password", generate("none").run());
    assert!(!directory.join("none.key").exists());
}

#[test]
fn plain_keys_of_every_form_are_imported() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    for (file, prefix) in [
        ("ec_sec1.pem", "ec"),
        ("p384_pkcs8.pem", "p384"),
        ("ed25519.pem", "ed"),
        ("rsa_pkcs1.pem", "rsa"),
    ] {
        let file = format!("{PLAIN}/{file}");
        let shown = with_password(
            directory,
            &["import-key-pair", "--key", &file, "-o", prefix],
        );
        assert_eq!(
            shown,
            format!(
                "exit 0\n--- stdout\n--- stderr\nPrivate key written to {prefix}.key\nPublic key written to {prefix}.pub\n"
            )
        );
        assert_pair(directory, prefix, "pw");
    }
    let file = format!("{PLAIN}/ed25519.pem");
    let again = ["import-key-pair", "--key", &file, "-o", "ed"];
    let declined = with_password(directory, &again);
    assert!(declined.contains("user declined the prompt"), "{declined}");
    let yes = with_password(directory, &[&again[..], &["-y"]].concat());
    assert!(yes.starts_with("exit 0\n"), "{yes}");
    let unnamed = with_password(directory, &["import-key-pair", "--key", &file]);
    assert!(unnamed.contains("import-cosign.key"), "{unnamed}");
}

#[test]
fn what_is_no_strong_plain_private_key_is_not_imported() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    fs::write(directory.join("hello.txt"), "hello").unwrap();
    fs::write(directory.join("cosign.key"), REAL).unwrap();
    fs::write(directory.join("cosign.pub"), REAL_PUBLIC).unwrap();
    let plain = |name: &str| {
        fs::copy(format!("{PLAIN}/{name}"), directory.join(name)).unwrap();
        name.to_owned()
    };
    let cases = [
        plain("ec_encrypted.pem"),
        plain("ec_proc_type.pem"),
        plain("rsa_1024.pem"),
        "hello.txt".to_owned(),
        "cosign.key".to_owned(),
        "cosign.pub".to_owned(),
        "none.pem".to_owned(),
        "/dev/zero".to_owned(),
        String::new(),
    ];
    let shown = cases.map(|key| {
        let shown = with_password(directory, &["import-key-pair", "--key", &key]);
        format!("$ cosign import-key-pair --key {key}\n{shown}")
    });
    assert_snapshot!("import_refused", shown.join("\n"));
    assert!(!directory.join("import-cosign.key").exists());
}

#[test]
fn the_public_key_of_a_real_key_file_is_printed_and_written() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    fs::write(directory.join("cosign.key"), REAL).unwrap();
    let shown = with_password(directory, &["public-key", "--key", "cosign.key"]);
    assert_eq!(
        shown,
        format!("exit 0\n--- stdout\n{REAL_PUBLIC}--- stderr\n")
    );
    let from_variable = in_directory(directory, &["public-key", "--key", "env://SIGNING_KEY"])
        .env("SIGNING_KEY", REAL)
        .env("COSIGN_PASSWORD", "pw");
    assert_eq!(from_variable.run(), shown);
    let out = directory.join("p.pub");
    let shown = with_password(
        directory,
        &["public-key", "--key", "cosign.key", "--outfile", "p.pub"],
    );
    assert_eq!(
        shown,
        "exit 0\n--- stdout\n--- stderr\nPublic key written to p.pub\n"
    );
    assert_eq!(fs::read_to_string(&out).unwrap(), REAL_PUBLIC);
    assert_eq!(mode(&out), 0o600);
}

/// The real key file with another cost.
fn absurd() -> String {
    let json = pem::decode_one(REAL).unwrap().der;
    let json = String::from_utf8(json.to_vec()).unwrap();
    let absurd = json.replace("\"N\":65536", "\"N\":1099511627776");
    pem::encode("ENCRYPTED SIGSTORE PRIVATE KEY", absurd.as_bytes())
}

#[test]
fn a_key_file_that_cannot_be_used_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    fs::write(directory.join("cosign.key"), REAL).unwrap();
    fs::write(directory.join("absurd.key"), absurd()).unwrap();
    fs::write(directory.join("cosign.pub"), REAL_PUBLIC).unwrap();
    fs::copy(format!("{PLAIN}/ec_sec1.pem"), directory.join("plain.pem")).unwrap();
    let mut shown = Vec::new();
    for key in [
        "absurd.key",
        "cosign.pub",
        "plain.pem",
        "none.key",
        "env://NOT_SET",
        "awskms:///alias/release",
        "ftp://keys.example/cosign.key",
        "",
    ] {
        let out = with_password(
            directory,
            &["public-key", "--key", key, "--outfile", "out.pub"],
        );
        shown.push(format!("$ cosign public-key --key {key}\n{out}"));
    }
    let wrong = in_directory(
        directory,
        &["public-key", "--key", "cosign.key", "--outfile", "out.pub"],
    );
    let wrong = wrong.env("COSIGN_PASSWORD", "hunter2").run();
    assert!(!wrong.contains("hunter2"), "{wrong}");
    shown.push(format!("# wrong password\n{wrong}"));
    assert_snapshot!("key_refused", shown.join("\n"));
    assert!(!directory.join("out.pub").exists());
}

#[test]
fn mistakes_with_key_commands() {
    let cases: [&[&str]; 6] = [
        &["public-key"],
        &["public-key", "--sk"],
        &["import-key-pair"],
        &["generate-key-pair", "--kms", "awskms:///alias/release"],
        &["generate-key-pair", "k8s://namespace/name"],
        &["generate-key-pair", "somewhere"],
    ];
    let directory = tempfile::tempdir().unwrap();
    let shown = cases.map(|case| {
        let out = with_password(directory.path(), case);
        format!("$ cosign {}\n{out}", case.join(" "))
    });
    assert_snapshot!("key_mistakes", shown.join("\n"));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

/// The kernel ends the program at the first byte of a key that it writes.
#[test]
fn fault_f37_a_killed_writer_leaves_the_old_key_and_nothing_that_others_can_read() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    fs::write(directory.join("import-cosign.key"), "precious").unwrap();
    let status = std::process::Command::new("sh")
        .args(["-c", "ulimit -f 0; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_cosign"))
        .args(["import-key-pair", "--yes", "--key"])
        .arg(format!("{PLAIN}/ec_sec1.pem"))
        .env_clear()
        .env("COSIGN_PASSWORD", "pw")
        .current_dir(directory)
        .status()
        .unwrap();
    assert!(!status.success(), "{status}");
    let key = directory.join("import-cosign.key");
    assert_eq!(fs::read_to_string(key).unwrap(), "precious");
    assert!(!directory.join("import-cosign.pub").exists());
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("import-cosign.key") {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }
}

#[test]
fn fault_f37_a_key_that_cannot_be_written_is_named_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    fs::create_dir(directory.join("import-cosign.key")).unwrap();
    let key = format!("{PLAIN}/ec_sec1.pem");
    let shown = with_password(directory, &["import-key-pair", "-y", "--key", &key]);
    assert_eq!(
        shown,
        "exit 1\n--- stdout\n--- stderr\nWARNING: File import-cosign.key already exists. Overwrite?\n\
         Error: open import-cosign.key: is a directory\n"
    );
    let missing = with_password(
        directory,
        &["import-key-pair", "--key", &key, "-o", "none/x"],
    );
    assert_eq!(
        missing,
        "exit 1\n--- stdout\n--- stderr\nError: open none/x.key: no such file or directory\n"
    );
    assert_eq!(fs::read_dir(directory).unwrap().count(), 1);
}
