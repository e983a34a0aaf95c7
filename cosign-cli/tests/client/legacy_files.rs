//! What clients wrote before there were bundles, made of bundles that are known to be good.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::command::Cosign;
use crate::instance::{ISSUER, Instance, Lie, SUBJECT};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cosign_cli::{
    ArtifactSource, HttpOptions, IdentitySource, IdentityToken, SignRequest, Silent, sign_blob,
};
use jiff::Timestamp;
use sigbox_crypto::{Certificate, KeyAlgorithm, SigningKey};
use sigbox_wire::{Bundle, BundleContent, LocalSignedPayload, SigningConfig, VerificationContent};

pub(crate) const VERIFIED: &str = "exit 0\n--- stdout\n--- stderr\nVerified OK\n";
/// The variables of an instance, and the files that they name.
pub(crate) const VARIABLES: [(&str, &str); 4] = [
    ("SIGSTORE_ROOT_FILE", "fulcio_chain.pem"),
    ("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", "ctfe.pub"),
    ("SIGSTORE_REKOR_PUBLIC_KEY", "rekor.pub"),
    ("SIGSTORE_TSA_CERTIFICATE_FILE", "tsa_chain.pem"),
];

/// A directory with an instance's files, `hello.txt` and `other.txt`.
pub(crate) struct Files {
    directory: tempfile::TempDir,
    pub(crate) instance: Instance,
    pub(crate) key: Arc<SigningKey>,
}

fn alice() -> IdentitySource {
    let claims =
        format!(r#"{{"iss":"{ISSUER}","sub":"1","email":"{SUBJECT}","email_verified":true}}"#);
    let parts =
        [r#"{"alg":"RS256"}"#, &claims, "signature"].map(|part| URL_SAFE_NO_PAD.encode(part));
    IdentitySource::Token(IdentityToken::parse(&parts.join(".")).unwrap())
}

impl Files {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // The program has the wall clock, by which a certificate without a signed time is judged.
        let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
        let instance = Instance::start(now, Lie::None);
        instance.write_trust(directory.path());
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let files = Self {
            directory,
            instance,
            key: Arc::new(key),
        };
        files.write("hello.txt", "hello");
        files.write("other.txt", "other");
        files.write("cosign.pub", files.key.public_key().to_pem());
        files
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), content).unwrap();
    }

    fn sign(&self, artifact: &str, identity: IdentitySource, config: SigningConfig) -> Bundle {
        let request = SignRequest {
            ephemeral: KeyAlgorithm::EcdsaP256,
            artifact: ArtifactSource::File(self.path().join(artifact)),
            identity,
            signing_config: config,
            trust: None,
            bundle: None,
            http: HttpOptions::default(),
            clock: Arc::new(Timestamp::now),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime
            .block_on(sign_blob(request, &Silent))
            .unwrap()
            .bundle
    }

    /// Signed by an identity, logged by version 1.
    pub(crate) fn keyless(&self, artifact: &str) -> Bundle {
        self.sign(artifact, alice(), self.instance.trust().signing_config_v1())
    }

    /// Signed by an identity, logged by version 2 and stamped.
    pub(crate) fn stamped(&self, artifact: &str) -> Bundle {
        self.sign(artifact, alice(), self.instance.trust().signing_config())
    }

    /// Signed by a key, logged by version 1.
    pub(crate) fn keyed(&self, artifact: &str) -> Bundle {
        let key = IdentitySource::Key(Arc::clone(&self.key));
        self.sign(artifact, key, self.instance.trust().signing_config_v1())
    }

    /// Runs a command line, in which `@ID` stands for who signed.
    pub(crate) fn cosign(&self, line: &str, variables: &[(&str, &str)]) -> String {
        let who = format!("--certificate-identity {SUBJECT} --certificate-oidc-issuer {ISSUER}");
        let line = line.replace("@ID", &who);
        let run = Cosign::new(&line.split_whitespace().collect::<Vec<_>>()).directory(self.path());
        let set = |run: Cosign, (name, value): &(&str, &str)| run.env(name, value);
        variables.iter().fold(run, set).run()
    }
}

pub(crate) fn signature(bundle: &Bundle) -> Vec<u8> {
    match &bundle.content {
        BundleContent::MessageSignature(message) => message.signature.clone(),
        BundleContent::DsseEnvelope(envelope) => envelope.to_json().unwrap().into_bytes(),
    }
}

/// The PEM of a bundle's certificate.
pub(crate) fn certificate(bundle: &Bundle) -> Option<String> {
    match &bundle.verification_material.content {
        VerificationContent::Certificate(der) => Some(Certificate::from_der(der).unwrap().to_pem()),
        _ => None,
    }
}

/// What an older client would have written of the same signing.
pub(crate) fn old(bundle: &Bundle) -> LocalSignedPayload {
    LocalSignedPayload {
        signature: signature(bundle),
        certificate: certificate(bundle),
        entry: bundle.verification_material.tlog_entries.first().cloned(),
    }
}
