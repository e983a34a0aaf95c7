//! Services named one by one on the command line, without a signing config and beside one.

use std::path::Path;

use crate::command::Cosign;
use crate::instance::{ISSUER, Instance, Lie, SUBJECT};
use jiff::Timestamp;
use sigbox_crypto::{EncryptedKey, KeyAlgorithm, SigningKey};
use sigbox_wire::{Bundle, VerificationContent};

// {"alg":"RS256"}.{"sub":"alice@example.test"}.signature: the instance looks at nothing else.
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZUBleGFtcGxlLnRlc3QifQ.c2lnbmF0dXJl";
const CERTIFICATE: &str = "POST /api/v2/signingCert";
const STAMP: &str = "POST /api/v1/timestamp";
const V1: &str = "POST /api/v1/log/entries";
const V2: &str = "POST /api/v2/log/entries";

const KEYLESS: [&str; 2] = ["--identity-token", TOKEN];
const ROOT: &str = "--trusted-root=trusted_root.json";
const NO_CONFIG: &str = "--use-signing-config=false";
const CONFIG: &str = "--signing-config=signing_config.v0.2.json";
const KEY: &str = "--key=cosign.key";

const SIGNED_BY_KEY: &str = "Using payload from: hello.txt\nSigning artifact...\n";
const SIGNED: &str = "Generating ephemeral keys...\nRetrieving signed certificate...\nSuccessfully verified SCT...\n\
                      Using payload from: hello.txt\nSigning artifact...\n";
const LOGGED: &str = "tlog entry created with index: 41\n";
const LOGGED_V2: &str = "tlog entry created with index: 0\n";
const WROTE: &str = "Wrote bundle to file b.json\n";

fn deprecated(name: &str, what: &str) -> String {
    format!(
        "Flag --{name} has been deprecated, please use a signing config to specify a {what} url; see `cosign \
         signing-config --help`\n"
    )
}

const NO_LOG: &str = "Flag --tlog-upload has been deprecated, prefer using a --signing-config file with no transparency \
                      log services\n";

struct Place {
    directory: tempfile::TempDir,
    instance: Instance,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
        let instance = Instance::start(now, Lie::None);
        instance.write_trust(directory.path());
        std::fs::write(directory.path().join("hello.txt"), "hello").unwrap();
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let pem = EncryptedKey::seal(&key, b"pw").unwrap().to_pem();
        std::fs::write(directory.path().join("cosign.key"), &*pem).unwrap();
        std::fs::write(
            directory.path().join("cosign.pub"),
            key.public_key().to_pem(),
        )
        .unwrap();
        Self {
            directory,
            instance,
        }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The program, with the address of the instance for `BASE`.
    fn cosign(&self, arguments: &[&str]) -> Cosign {
        let base = self.instance.base_url();
        let arguments: Vec<String> = arguments
            .iter()
            .map(|argument| argument.replace("BASE", &base))
            .collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Cosign::new(&arguments)
            .directory(self.path())
            .env("COSIGN_PASSWORD", "pw")
    }

    /// Signs, and gives what is shown and which requests were made.
    fn sign(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (String, Vec<String>) {
        let before = self.instance.requests().len();
        let line = [&["sign-blob", "--bundle=b.json", "hello.txt"], arguments].concat();
        let mut cosign = self.cosign(&line);
        for (name, value) in variables {
            cosign = cosign.env(name, value.replace("BASE", &self.instance.base_url()));
        }
        let shown = cosign.run().replace(&self.instance.base_url(), "BASE");
        (shown, self.instance.requests().split_off(before))
    }

    fn assert_signs(&self, arguments: &[&str], stderr: &str, requests: &[&str]) {
        let (shown, asked) = self.sign(arguments, &[]);
        assert_eq!(
            shown,
            format!("exit 0\n--- stdout\n--- stderr\n{stderr}"),
            "{arguments:?}"
        );
        assert_eq!(asked, requests, "{arguments:?}");
    }

    fn assert_refuses(&self, arguments: &[&str], stderr: &str) {
        let (shown, asked) = self.sign(arguments, &[]);
        assert_eq!(
            shown,
            format!("exit 1\n--- stdout\n--- stderr\n{stderr}"),
            "{arguments:?}"
        );
        assert_eq!(asked, [""; 0], "{arguments:?}");
    }

    fn verify(&self, arguments: &[&str]) -> String {
        self.cosign(&[&["verify-blob", "--bundle=b.json", "hello.txt"], arguments].concat())
            .run()
    }
}

#[test]
fn addresses_alone_name_an_instance() {
    let place = Place::new();
    let (rekor, fulcio) = (
        deprecated("rekor-url", "rekor"),
        deprecated("fulcio-url", "fulcio"),
    );
    let tsa = deprecated("timestamp-server-url", "timestamp server");
    let id = [
        "--certificate-identity",
        SUBJECT,
        "--certificate-oidc-issuer",
        ISSUER,
        ROOT,
    ];
    // Version 1, as with the real client; `--use-signing-config=false` says what the absence of one says already.
    for off in [&[NO_CONFIG][..], &[]] {
        let arguments = [
            &KEYLESS,
            off,
            &[ROOT, "--rekor-url=BASE", "--fulcio-url=BASE"][..],
        ]
        .concat();
        place.assert_signs(
            &arguments,
            &format!("{rekor}{fulcio}{SIGNED}{LOGGED}{WROTE}"),
            &[CERTIFICATE, V1],
        );
        assert_eq!(
            place.verify(&id),
            "exit 0\n--- stdout\n--- stderr\nVerified OK\n"
        );
    }
    let v2 = [
        ROOT,
        "--fulcio-url=BASE",
        "--rekor-url=BASE",
        "--rekor-version=2",
        "--timestamp-server-url=BASE/api/v1/timestamp",
    ];
    place.assert_signs(
        &[&KEYLESS[..], &v2].concat(),
        &format!("{fulcio}{rekor}{tsa}{SIGNED}{LOGGED_V2}{WROTE}"),
        &[CERTIFICATE, STAMP, V2],
    );
    assert_eq!(
        place.verify(&id),
        "exit 0\n--- stdout\n--- stderr\nVerified OK\n"
    );
    place.assert_signs(
        &[KEY, ROOT, "--rekor-url=BASE"],
        &format!("{rekor}{SIGNED_BY_KEY}{LOGGED}{WROTE}"),
        &[V1],
    );
}

#[test]
fn what_no_address_names_is_not_contacted() {
    let place = Place::new();
    let rekor = deprecated("rekor-url", "rekor");
    let none = "  cause: no service is built in, and none was contacted\n";
    place.assert_refuses(
        &[&KEYLESS[..], &["--rekor-url=BASE"]].concat(),
        &format!(
            "{rekor}Error: no certificate authority: without a signing config, --fulcio-url names it\n{none}\
             hint: give --fulcio-url URL\n"
        ),
    );
    let tsa = deprecated("timestamp-server-url", "timestamp server");
    place.assert_refuses(
        &[KEY, "--timestamp-server-url=BASE/api/v1/timestamp"],
        &format!(
            "{tsa}Error: no transparency log: without a signing config, --rekor-url names it\n{none}\
             hint: give --rekor-url URL, or --tlog-upload=false to sign without a log\n"
        ),
    );
    place.assert_refuses(
        &[KEY, "--rekor-url=rekor.example.com"],
        &format!(
            "{rekor}Error: invalid argument \"rekor.example.com\" for --rekor-url: must be an http or https URL\n"
        ),
    );
    place.assert_refuses(
        &[KEY, "--rekor-version=3", "--rekor-url=BASE"],
        "Error: invalid argument \"3\" for --rekor-version: 3 is not in 1..=2\n",
    );
}

#[test]
fn without_a_log_a_key_signs_and_a_certificate_is_warned_about() {
    let place = Place::new();
    place.assert_signs(
        &[KEY, NO_CONFIG, "--tlog-upload=false"],
        &format!("{NO_LOG}{SIGNED_BY_KEY}{WROTE}"),
        &[],
    );
    assert_eq!(
        place
            .verify(&["--key=cosign.pub", "--private-infrastructure"])
            .lines()
            .next(),
        Some("exit 0")
    );
    let fulcio = deprecated("fulcio-url", "fulcio");
    let warning = "WARNING: neither a log nor a timestamp authority saw this signature: the bundle verifies only while \
                   its certificate is valid, and only with --insecure-ignore-tlog\n";
    let arguments = [
        &KEYLESS[..],
        &["--tlog-upload=false", "--fulcio-url=BASE", ROOT],
    ]
    .concat();
    place.assert_signs(
        &arguments,
        &format!("{NO_LOG}{fulcio}{SIGNED}{warning}{WROTE}"),
        &[CERTIFICATE],
    );
    // The real client refuses this beside a signing config.
    place.assert_signs(
        &[&KEYLESS[..], &[CONFIG, ROOT, "--tlog-upload=false"]].concat(),
        &format!("{NO_LOG}{SIGNED}{WROTE}"),
        &[CERTIFICATE, STAMP],
    );
    let id = [
        "--certificate-identity",
        SUBJECT,
        "--certificate-oidc-issuer",
        ISSUER,
        ROOT,
        "--use-signed-timestamps",
        "--insecure-ignore-tlog",
    ];
    assert!(
        place.verify(&id).ends_with("\nVerified OK\n"),
        "{}",
        place.verify(&id)
    );
}

#[test]
fn a_flag_takes_the_place_of_one_list_of_the_signing_config() {
    let place = Place::new();
    let rekor = deprecated("rekor-url", "rekor");
    let with = |more: &[&'static str]| [&KEYLESS[..], &[CONFIG, ROOT], more].concat();
    // The config names that log as one of version 2.
    let plain = format!("{SIGNED}{LOGGED_V2}{WROTE}");
    let v1 = format!("{SIGNED}{LOGGED}{WROTE}");
    place.assert_signs(&with(&[]), &plain, &[CERTIFICATE, STAMP, V2]);
    place.assert_signs(
        &with(&["--rekor-url=BASE"]),
        &format!("{rekor}{plain}"),
        &[CERTIFICATE, STAMP, V2],
    );
    // A log that it does not name is one of version 1.
    let elsewhere = place.instance.base_url().replace("127.0.0.1", "localhost");
    let flag = format!("--rekor-url={elsewhere}");
    let (shown, asked) = place.sign(&[&with(&[])[..], &[&flag]].concat(), &[]);
    let warning =
        "WARNING: --rekor-url takes the place of the signing config's transparency logs\n";
    assert_eq!(
        shown,
        format!("exit 0\n--- stdout\n--- stderr\n{rekor}{warning}{v1}")
    );
    assert_eq!(asked, [CERTIFICATE, STAMP, V1]);
    place.assert_refuses(
        &with(&["--rekor-version=1"]),
        "Error: --rekor-version 1: the signing config names no log of that version\n",
    );
    // On the command line the config wins over a variable, and the flag over both.
    let (shown, asked) = place.sign(&with(&[]), &[("COSIGN_REKOR_URL", "http://localhost:1")]);
    let unused = "WARNING: COSIGN_REKOR_URL is not used: --signing-config on the command line says which services sign\n";
    assert_eq!(
        shown,
        format!("exit 0\n--- stdout\n--- stderr\n{unused}{plain}")
    );
    assert_eq!(asked, [CERTIFICATE, STAMP, V2]);
    let variables = [("COSIGN_SIGNING_CONFIG", "signing_config.v0.2.json")];
    let (shown, asked) = place.sign(&[KEY, ROOT, NO_CONFIG, "--rekor-url=BASE"], &variables);
    assert_eq!(
        shown,
        format!("exit 0\n--- stdout\n--- stderr\n{rekor}{SIGNED_BY_KEY}{LOGGED}{WROTE}")
    );
    assert_eq!(asked, [V1]);
}

#[test]
fn a_log_of_unknown_owner_gets_nothing_without_a_yes() {
    let place = Place::new();
    let rekor = deprecated("rekor-url", "rekor");
    let note = "\n\tThe signature will be sent to the transparency log at BASE/, with the key or the certificate that \
                verifies it.\n\tA certificate holds your identity, for example your e-mail address. Whoever reads the \
                log can read it.\n\tWhat is in the log stays there: no one can take it back.\n\tNeither a signing config \
                nor a trusted root says whose log this is: see that its operator's terms suit you.\n\nBy typing 'y', you \
                attest that you may send this, and no one else's personal data.\n";
    place.assert_refuses(
        &[KEY, "--rekor-url=BASE"],
        &format!(
            "{rekor}{note}Are you sure you would like to continue? [y/N] \nError: signing hello.txt: upload to tlog: user \
             declined the prompt\nhint: in a script, --yes answers; with --trusted-root or --signing-config nobody is \
             asked\n"
        ),
    );
    let unchecked = "WARNING: no trusted root was given, so neither the certificate nor the finished bundle was checked\n";
    place.assert_signs(
        &[KEY, "--rekor-url=BASE", "-y"],
        &format!("{rekor}{note}{SIGNED_BY_KEY}{LOGGED}{unchecked}{WROTE}"),
        &[V1],
    );
}

#[test]
fn a_key_gets_a_certificate_if_that_is_asked_for() {
    let place = Place::new();
    let deprecated = "Flag --issue-certificate has been deprecated, support for this flag will be removed in the future\n";
    let signed = SIGNED.replace("Generating ephemeral keys...\n", "");
    place.assert_signs(
        &[&KEYLESS[..], &[KEY, "--issue-certificate", CONFIG, ROOT]].concat(),
        &format!("{deprecated}{signed}{LOGGED_V2}{WROTE}"),
        &[CERTIFICATE, STAMP, V2],
    );
    let bundle = std::fs::read(place.path().join("b.json")).unwrap();
    let content = Bundle::parse(&bundle)
        .unwrap()
        .verification_material
        .content;
    let VerificationContent::Certificate(der) = content else {
        panic!("{content:?}");
    };
    let certificate = sigbox_crypto::Certificate::from_der(&der).unwrap();
    let key = std::fs::read_to_string(place.path().join("cosign.pub")).unwrap();
    assert_eq!(certificate.public_key().to_pem(), key);
    let id = [
        "--certificate-identity",
        SUBJECT,
        "--certificate-oidc-issuer",
        ISSUER,
        ROOT,
    ];
    assert_eq!(
        place.verify(&id),
        "exit 0\n--- stdout\n--- stderr\nVerified OK\n"
    );
    place.assert_refuses(
        &[&KEYLESS[..], &[KEY, CONFIG, ROOT]].concat(),
        "Error: --key and --identity-token contradict each other\n",
    );
    // Taken, and without effect: the certificate is checked all the same.
    let skip = "Flag --insecure-skip-verify has been deprecated, the certificate is checked whenever a trusted root is at \
                hand\n";
    place.assert_signs(
        &[&KEYLESS[..], &["--insecure-skip-verify", CONFIG, ROOT]].concat(),
        &format!("{skip}{SIGNED}{LOGGED_V2}{WROTE}"),
        &[CERTIFICATE, STAMP, V2],
    );
}

#[test]
fn files_for_the_timestamp_authority_are_read_before_anything_is_contacted() {
    let place = Place::new();
    let with = |more: &[&'static str]| [&KEYLESS[..], &[CONFIG, ROOT], more].concat();
    place.assert_refuses(
        &with(&["--timestamp-client-cert=c.pem"]),
        "Error: --timestamp-client-cert is given without --timestamp-client-key\n",
    );
    place.assert_refuses(
        &with(&["--timestamp-client-key=k.pem"]),
        "Error: --timestamp-client-key is given without --timestamp-client-cert\n",
    );
    place.assert_refuses(
        &with(&["--timestamp-client-cacert=none.pem"]),
        "Error: TLS to the timestamp authority: open none.pem: no such file or directory\n",
    );
    place.assert_refuses(
        &with(&["--timestamp-client-cacert=cosign.pub"]),
        "Error: TLS to the timestamp authority: cosign.pub holds no PEM certificate\n",
    );
    place.assert_refuses(
        &with(&["--timestamp-client-cert=cosign.pub", "--timestamp-client-key=cosign.pub"]),
        "Error: TLS to the timestamp authority: cosign.pub and cosign.pub are no PEM certificate and private key\n",
    );
    place.assert_refuses(
        &with(&["--timestamp-server-name=a/b"]),
        "Error: TLS to the timestamp authority: `a/b` is not a host name\n",
    );
}
