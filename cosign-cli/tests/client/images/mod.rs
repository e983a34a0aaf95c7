//! A registry of our own with images in it, and what strangers may have put beside them.

use std::fs;
use std::path::Path;

use crate::command::Cosign;
use crate::instance::{ISSUER, Instance, Lie, SUBJECT};
use jiff::Timestamp;
use serde_json::{Value, json};
use sigbox_crypto::{EncryptedKey, KeyAlgorithm, SigningKey};
use sigbox_testkit::lying_registry::{Behaviour, LyingRegistry};
use sigbox_wire::proto_json::encode_base64;
use sigbox_wire::{
    Bundle, BundleContent, DsseEnvelope, DsseSignature, VerificationContent, VerificationMaterial,
};

// {"alg":"RS256"}.{"sub":"alice@example.test"}.signature: the instance looks at nothing else.
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZUBleGFtcGxlLnRlc3QifQ.c2lnbmF0dXJl";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
pub(crate) const SIGNATURE_LAYER: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
pub(crate) const ENVELOPE_LAYER: &str = "application/vnd.dsse.envelope.v1+json";
pub(crate) const SIGN: &str = "https://sigstore.dev/cosign/sign/v1";
const NO_SERVICES: &str = r#"{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}"#;

/// A registry, a key pair `cosign`, another `other`, an instance's trust files and a config without services.
pub(crate) struct World {
    pub(crate) registry: LyingRegistry,
    pub(crate) key: SigningKey,
    host: String,
    files: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::behaving(Behaviour::default())
    }

    pub(crate) fn behaving(behaviour: Behaviour) -> Self {
        let registry = LyingRegistry::behaving(behaviour);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let host = runtime.block_on(registry.serve()).to_string();
        let files = tempfile::tempdir().unwrap();
        let keys = ["cosign", "other"].map(|name| {
            let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
            let write = |suffix, text: &str| {
                fs::write(files.path().join(format!("{name}.{suffix}")), text).unwrap();
            };
            write("key", &EncryptedKey::seal(&key, b"pw").unwrap().to_pem());
            write("pub", &key.public_key().to_pem());
            key
        });
        let [key, _] = keys;
        fs::write(files.path().join("empty.json"), NO_SERVICES).unwrap();
        Self {
            registry,
            key,
            host,
            files,
            runtime,
        }
    }

    /// The same registry at another address as well.
    pub(crate) fn another_address(&self) -> String {
        self.runtime.block_on(self.registry.serve()).to_string()
    }

    /// Starts an instance of now, and writes its trust files and a token.
    pub(crate) fn instance(&self) -> Instance {
        let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
        let instance = Instance::start(now, Lie::None);
        instance.write_trust(self.directory());
        self.write("token", TOKEN);
        instance
    }

    pub(crate) fn directory(&self) -> &Path {
        self.files.path()
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.directory().join(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.directory().join(name)).unwrap()
    }

    /// Puts an image into a repository, under the tag `v1`; its digest.
    pub(crate) fn image(&self, repository: &str) -> String {
        let config = self.registry.put_blob("{}");
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2, "digest": config},
            "layers": [], "annotations": {"name": repository},
        });
        let manifest = manifest.to_string();
        self.registry
            .put_manifest(repository, Some("v1"), MANIFEST, manifest)
    }

    /// Puts an index of these manifests into a repository, under the tag `all`; its digest.
    pub(crate) fn index(&self, repository: &str, members: &[&str]) -> String {
        let members = members.iter().map(|digest| {
            let member = self.registry.manifest(repository, digest).unwrap();
            let is: Value = serde_json::from_slice(&member).unwrap();
            json!({"mediaType": is["mediaType"], "size": member.len(), "digest": digest})
        });
        let members: Vec<Value> = members.collect();
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": members});
        self.registry
            .put_manifest(repository, Some("all"), INDEX, index.to_string())
    }

    /// The name of an image in this registry.
    pub(crate) fn name(&self, image: &str) -> String {
        format!("{}/{image}", self.host)
    }

    /// A bundle of a statement, signed by the key `cosign`.
    pub(crate) fn bundle(&self, payload: &str) -> Bundle {
        let mut envelope = DsseEnvelope {
            payload: payload.as_bytes().to_vec(),
            payload_type: "application/vnd.in-toto+json".to_owned(),
            signatures: Vec::new(),
        };
        envelope.signatures.push(DsseSignature {
            sig: self.key.sign(&envelope.pae()).unwrap(),
            keyid: String::new(),
        });
        let material = VerificationMaterial {
            content: VerificationContent::PublicKeyHint("key".to_owned()),
            tlog_entries: Vec::new(),
            rfc3161_timestamps: Vec::new(),
        };
        Bundle::new_v0_3(material, BundleContent::DsseEnvelope(envelope))
    }

    /// Puts something into a manifest that refers to an image; that manifest's digest.
    pub(crate) fn attach(&self, repository: &str, image: &str, bundle: &str) -> String {
        let config = self.registry.put_blob("{}");
        let layer = self.registry.put_blob(bundle.to_owned());
        let size = self.registry.manifest(repository, image).unwrap().len();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": BUNDLE,
            "config": {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2, "digest": config},
            "layers": [{"mediaType": BUNDLE, "size": bundle.len(), "digest": layer}],
            "subject": {"mediaType": MANIFEST, "size": size, "digest": image},
        });
        self.registry
            .put_manifest(repository, None, MANIFEST, manifest.to_string())
    }

    /// A layer with a payload that the key `cosign` has signed.
    pub(crate) fn signed_layer(&self, payload: &str) -> Value {
        let signature = self.key.sign(payload.as_bytes()).unwrap();
        let digest = self.registry.put_blob(payload.to_owned());
        json!({
            "mediaType": SIGNATURE_LAYER, "size": payload.len(), "digest": digest,
            "annotations": {"dev.cosignproject.cosign/signature": encode_base64(&signature)},
        })
    }

    /// Puts layers under the tag of an image; `kind` is `sig` or `att`.
    pub(crate) fn tag(&self, repository: &str, image: &str, kind: &str, layers: &[Value]) {
        let config = self.registry.put_blob("{}");
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2, "digest": config},
            "layers": layers,
        });
        let tag = format!("{}.{kind}", image.replace(':', "-"));
        self.registry
            .put_manifest(repository, Some(&tag), MANIFEST, manifest.to_string());
    }

    /// A run of the program, whose output names the registry `REG`.
    pub(crate) fn cosign(&self, arguments: &[&str]) -> String {
        self.shown(self.prepared(arguments))
    }

    /// The same with a variable set.
    pub(crate) fn cosign_with(&self, name: &str, value: &str, arguments: &[&str]) -> String {
        self.shown(self.prepared(arguments).env(name, value))
    }

    fn prepared(&self, arguments: &[&str]) -> Cosign {
        Cosign::new(arguments)
            .directory(self.directory())
            .env("COSIGN_PASSWORD", "pw")
    }

    fn shown(&self, cosign: Cosign) -> String {
        cosign.run().replace(&self.host, "REG")
    }

    /// Signs with the key `cosign`, without any service.
    pub(crate) fn sign(&self, extra: &[&str], image: &str) -> String {
        let image = self.name(image);
        let keyed = [
            "sign",
            "--key",
            "cosign.key",
            "--signing-config",
            "empty.json",
        ];
        self.cosign(&[&keyed, extra, &[&image]].concat())
    }

    /// Signs with an identity, by the instance's services.
    pub(crate) fn sign_keyless(&self, config: &str, extra: &[&str], image: &str) -> String {
        let image = self.name(image);
        let keyless = [
            "sign",
            "--identity-token",
            "token",
            "--trusted-root",
            "trusted_root.json",
            "--signing-config",
            config,
        ];
        self.cosign(&[&keyless, extra, &[&image]].concat())
    }

    /// Verifies with the key `cosign`, without a log.
    pub(crate) fn verify(&self, extra: &[&str], image: &str) -> String {
        self.verify_with("verify", extra, image)
    }

    /// The same with another command.
    pub(crate) fn verify_with(&self, command: &str, extra: &[&str], image: &str) -> String {
        let image = self.name(image);
        let keyed = [command, "--key", "cosign.pub", "--private-infrastructure"];
        let shown = self.cosign(&[&keyed, extra, &[&image]].concat());
        shown.replace(
            "Flag --private-infrastructure has been deprecated, please use --insecure-ignore-tlog instead\n",
            "",
        )
    }

    /// Verifies with the identity that the instance certifies.
    pub(crate) fn verify_keyless(&self, extra: &[&str], image: &str) -> String {
        let image = self.name(image);
        let keyless = [
            "verify",
            "--trusted-root",
            "trusted_root.json",
            "--certificate-identity",
            SUBJECT,
            "--certificate-oidc-issuer",
            ISSUER,
        ];
        self.cosign(&[&keyless, extra, &[&image]].concat())
    }
}

/// A statement that signs an image of this SHA-256.
pub(crate) fn statement(predicate_type: &str, image: &str) -> String {
    let sha256 = image.trim_start_matches("sha256:");
    format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"digest":{{"sha256":"{sha256}"}}}}],"predicateType":"{predicate_type}","predicate":{{}}}}"#
    )
}

/// A payload that claims to be of this digest.
pub(crate) fn payload(image: &str) -> String {
    format!(
        r#"{{"critical":{{"identity":{{"docker-reference":"REG/app"}},"image":{{"docker-manifest-digest":"{image}"}},"type":"cosign container image signature"}},"optional":null}}"#
    )
}

/// What stands on stdout in a shown run.
pub(crate) fn stdout(shown: &str) -> &str {
    let (_, rest) = shown.split_once("--- stdout\n").unwrap();
    rest.split_once("--- stderr\n").unwrap().0
}

/// What stands on stderr in a shown run.
pub(crate) fn stderr(shown: &str) -> &str {
    shown.split_once("--- stderr\n").unwrap().1
}

/// Asserts the exit code, and what stderr begins with.
#[track_caller]
pub(crate) fn refused(shown: &str, code: u8, begins: &str) {
    assert!(shown.starts_with(&format!("exit {code}\n")), "{shown}");
    assert!(stderr(shown).starts_with(begins), "{shown}");
    assert_eq!(stdout(shown), "", "{shown}");
}
