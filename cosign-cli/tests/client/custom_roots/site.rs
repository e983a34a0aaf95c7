//! An instance with its files in a directory, what is signed there, and how it is verified.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::command::Cosign;
use crate::instance::{ISSUER, Instance, Lie, SUBJECT};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cosign_cli::{
    ArtifactSource, Attestation, HttpOptions, IdentitySource, IdentityToken, PredicateType,
    SignError, SignRequest, Silent, TrustSource, attest_blob, sign_blob, subject,
};
use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::{KeyAlgorithm, SigningKey, sha256};
use sigbox_wire::TrustedRoot;

const PREDICATE: &str = "https://example.com/p/v1";

/// The program reads the true clock, and a log's time may not lie ahead of it.
fn now() -> Timestamp {
    Timestamp::from_second((Timestamp::now() - SignedDuration::from_mins(1)).as_second()).unwrap()
}

fn alice() -> IdentitySource {
    let claims =
        format!(r#"{{"iss":"{ISSUER}","sub":"1","email":"{SUBJECT}","email_verified":true}}"#);
    let parts =
        [r#"{"alg":"RS256"}"#, &claims, "signature"].map(|part| URL_SAFE_NO_PAD.encode(part));
    IdentitySource::Token(IdentityToken::parse(&parts.join(".")).unwrap())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// An instance and its files in a directory, with `hello.txt`, a key, and what was signed.
pub(super) struct Site {
    pub(super) instance: Instance,
    directory: tempfile::TempDir,
    key: Arc<SigningKey>,
    pub(super) now: Timestamp,
}

impl Site {
    pub(super) fn new() -> Self {
        let (directory, now) = (tempfile::tempdir().unwrap(), now());
        let instance = Instance::start(now, Lie::None);
        instance.write_trust(directory.path());
        let key = Arc::new(SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap());
        let site = Self {
            instance,
            directory,
            key,
            now,
        };
        site.write("hello.txt", "hello");
        site.write("key.pub", site.key.public_key().to_pem());
        site
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), content).unwrap();
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    fn request(&self, how: Kind, trust: Option<TrustSource>) -> SignRequest {
        let published = self.instance.trust();
        let now = self.now;
        SignRequest {
            artifact: ArtifactSource::File(self.path().join("hello.txt")),
            identity: if how.keyless {
                alice()
            } else {
                IdentitySource::Key(Arc::clone(&self.key))
            },
            signing_config: if how.v1 {
                published.signing_config_v1()
            } else {
                published.signing_config()
            },
            trust,
            bundle: Some(self.path().join("b.json")),
            http: HttpOptions::default(),
            ephemeral: KeyAlgorithm::EcdsaP256,
            clock: Arc::new(move || now),
        }
    }

    /// Signs by the library, unchecked unless trust is given, into `b.json`.
    pub(super) fn sign(&self, how: Kind, trust: Option<TrustSource>) -> Result<(), SignError> {
        let request = self.request(how, trust);
        if !how.statement {
            return block_on(sign_blob(request, &Silent)).map(drop);
        }
        let about = [subject("hello.txt", sha256(b"hello"))];
        let kind = PredicateType::new(PREDICATE);
        let attestation = Attestation::of_predicate(&about, &kind, b"{}", self.now).unwrap();
        block_on(attest_blob(request, attestation, &Silent)).map(drop)
    }

    /// Verifies by the program; who verifies knows nothing but what the test adds.
    pub(super) fn verify(&self, how: Kind, more: &[&str]) -> Cosign {
        let mut arguments = if how.statement {
            vec!["verify-blob-attestation", "--type", PREDICATE]
        } else {
            vec!["verify-blob"]
        };
        if how.keyless {
            arguments.extend(["--certificate-identity", SUBJECT]);
            arguments.extend(["--certificate-oidc-issuer", ISSUER]);
        } else {
            arguments.extend(["--key", "key.pub"]);
        }
        arguments.extend(["--bundle", "b.json"]);
        arguments.extend(more);
        arguments.push("hello.txt");
        Cosign::new(&arguments).directory(self.path())
    }

    /// The same with the files of these variables.
    pub(super) fn verify_with(&self, how: Kind, more: &[&str], files: &[(&str, &str)]) -> String {
        files
            .iter()
            .fold(self.verify(how, more), |cosign, (variable, file)| {
                cosign.env(variable, file)
            })
            .run()
    }

    /// The root's document with one list emptied, as `less.json`.
    pub(super) fn write_root_without(&self, lists: &[&str]) {
        let mut root: TrustedRoot = self.instance.trust().trusted_root().unwrap();
        for list in lists {
            match *list {
                "tlogs" => root.tlogs.clear(),
                "timestampAuthorities" => root.timestamp_authorities.clear(),
                "certificateAuthorities" => root.certificate_authorities.clear(),
                _ => root.ctlogs.clear(),
            }
        }
        self.write("less.json", root.to_json().unwrap());
    }
}

/// What is signed, by whom, and in which log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) keyless: bool,
    pub(super) statement: bool,
    pub(super) v1: bool,
}

pub(super) const KEYLESS: Kind = Kind {
    keyless: true,
    statement: false,
    v1: false,
};
pub(super) const KEYLESS_V1: Kind = Kind {
    v1: true,
    ..KEYLESS
};
pub(super) const BY_KEY: Kind = Kind {
    keyless: false,
    ..KEYLESS
};
pub(super) const BY_KEY_V1: Kind = Kind { v1: true, ..BY_KEY };

pub(super) fn attested(kind: Kind) -> Kind {
    Kind {
        statement: true,
        ..kind
    }
}
