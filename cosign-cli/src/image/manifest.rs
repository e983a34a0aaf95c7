//! The manifests that signatures are stored in: one a bundle beside the image, or one tag with a layer a signature.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use sigbox_oci::{Descriptor, Platform};

use super::go_json;

/// The media type of an OCI image manifest.
pub(crate) const IMAGE_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The media type of a bundle, which is the manifest's artifact type as well.
pub(crate) const BUNDLE_MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// The blob that stands where an image has its configuration: an empty object.
pub(crate) const EMPTY_CONFIG: &[u8] = b"{}";
/// The annotation that tells the predicate's type without opening the bundle.
pub(crate) const PREDICATE_TYPE: &str = "dev.sigstore.bundle.predicateType";

const EMPTY_CONFIG_TYPE: &str = "application/vnd.oci.empty.v1+json";
/// The media type of an OCI index.
pub(crate) const IMAGE_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const WASM_CONFIG_TYPE: &str = "application/vnd.wasm.config.v1+json";
const WASM_LAYER_TYPE: &str = "application/vnd.wasm.content.layer.v1+wasm";
const IMAGE_CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
const CONTENT: &str = "dev.sigstore.bundle.content";
const CREATED: &str = "org.opencontainers.image.created";
/// The time that stands where none is recorded.
const NO_TIME: &str = "0001-01-01T00:00:00Z";

/// A blob as manifests name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlobRef {
    pub(crate) media_type: String,
    pub(crate) size: u64,
    /// `sha256:` and hexadecimal digits.
    pub(crate) digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_type: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
}

/// An image manifest; members in the order of the real client.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    schema_version: u8,
    media_type: &'static str,
    config: BlobRef,
    layers: &'a [BlobRef],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a BlobRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<&'static str>,
}

/// The configuration of a signatures' image; members in the order of the real client.
#[derive(Serialize)]
struct Config<'a> {
    architecture: &'static str,
    created: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    history: Vec<History<'a>>,
    os: &'static str,
    rootfs: RootFs<'a>,
    #[serde(rename = "config")]
    process: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct History<'a> {
    created: &'a str,
}

#[derive(Serialize)]
struct RootFs<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Go writes a list that was never made as `null`.
    diff_ids: Option<Vec<&'a str>>,
}

/// An index of images for several platforms; members in the order of the real client.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index<'a> {
    schema_version: u8,
    media_type: &'static str,
    manifests: &'a [Member],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
}

/// An image in an index.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    media_type: &'static str,
    size: u64,
    digest: String,
    platform: Platform,
    artifact_type: &'static str,
}

impl Member {
    /// The member of an image's manifest.
    pub(crate) fn of(manifest: &[u8], platform: Platform) -> Self {
        Self {
            media_type: IMAGE_MANIFEST,
            size: manifest.len() as u64,
            digest: digest(manifest),
            platform,
            artifact_type: IMAGE_CONFIG_TYPE,
        }
    }
}

impl BlobRef {
    /// A blob of this content.
    pub(crate) fn of(media_type: &str, content: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            size: content.len() as u64,
            digest: digest(content),
            artifact_type: None,
            annotations: BTreeMap::new(),
        }
    }

    /// The same with annotations.
    pub(crate) fn with_annotations(mut self, annotations: BTreeMap<String, String>) -> Self {
        self.annotations = annotations;
        self
    }
}

impl From<&Descriptor> for BlobRef {
    fn from(descriptor: &Descriptor) -> Self {
        Self {
            media_type: descriptor.media_type.clone(),
            size: descriptor.size,
            digest: descriptor.digest.to_string(),
            artifact_type: descriptor.artifact_type.clone(),
            annotations: descriptor.annotations.clone(),
        }
    }
}

/// The digest of a blob as registries name it.
pub(crate) fn digest(content: &[u8]) -> String {
    format!("sha256:{}", hex::encode(sigbox_crypto::sha256(content)))
}

/// The manifest that ties a bundle to its subject, an image that is in the same repository or another.
///
/// # Errors
/// The JSON writer's error.
///
/// Source: cosign `specs/BUNDLE_SPEC.md`; OCI image specification 1.1, "Guidelines for Artifact Usage".
pub(crate) fn bundle_manifest(
    bundle: &[u8],
    predicate_type: &str,
    subject: &BlobRef,
    now: Timestamp,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut config = BlobRef::of(EMPTY_CONFIG_TYPE, EMPTY_CONFIG);
    config.artifact_type = Some(BUNDLE_MEDIA_TYPE.to_owned());
    go_json::to_vec(&Manifest {
        schema_version: 2,
        media_type: IMAGE_MANIFEST,
        config,
        layers: &[BlobRef::of(BUNDLE_MEDIA_TYPE, bundle)],
        annotations: bundle_annotations(predicate_type, now),
        subject: Some(subject),
        artifact_type: Some(BUNDLE_MEDIA_TYPE),
    })
}

/// The annotations of that manifest, which stand in the descriptors of a fallback index as well.
pub(crate) fn bundle_annotations(
    predicate_type: &str,
    now: Timestamp,
) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        (CONTENT, "dsse-envelope".to_owned()),
        (PREDICATE_TYPE, predicate_type.to_owned()),
        (CREATED, whole_seconds(now)),
    ])
}

/// The manifest of a tag, and its configuration; `layers` are all that the tag shall hold.
///
/// # Errors
/// The JSON writer's error.
///
/// Source: cosign `pkg/oci/static`, `pkg/oci/mutate`.
pub(crate) fn tag_manifest(
    layers: &[BlobRef],
    created: Option<Timestamp>,
) -> Result<(Vec<u8>, Vec<u8>), serde_json::Error> {
    file_manifest(layers, created, &BTreeMap::new())
}

/// The same with annotations.
///
/// # Errors
/// The JSON writer's error.
pub(crate) fn file_manifest(
    layers: &[BlobRef],
    created: Option<Timestamp>,
    annotations: &BTreeMap<String, String>,
) -> Result<(Vec<u8>, Vec<u8>), serde_json::Error> {
    let created = created.map_or_else(|| NO_TIME.to_owned(), whole_seconds);
    let config = go_json::to_vec(&Config {
        architecture: "",
        created: &created,
        history: layers
            .iter()
            .map(|_| History { created: &created })
            .collect(),
        os: "",
        rootfs: RootFs {
            kind: "layers",
            diff_ids: Some(layers.iter().map(|layer| layer.digest.as_str()).collect()),
        },
        process: BTreeMap::new(),
    })?;
    let manifest = go_json::to_vec(&Manifest {
        schema_version: 2,
        media_type: IMAGE_MANIFEST,
        config: BlobRef::of(IMAGE_CONFIG_TYPE, &config),
        layers,
        annotations: borrowed(annotations),
        subject: None,
        artifact_type: None,
    })?;
    Ok((manifest, config))
}

/// The manifest of a WebAssembly module, and its configuration.
///
/// # Errors
/// The JSON writer's error.
///
/// Source: cosign `cmd/cosign/cli/upload/wasm.go`.
pub(crate) fn wasm_manifest(module: &[u8]) -> Result<(Vec<u8>, Vec<u8>), serde_json::Error> {
    let config = go_json::to_vec(&Config {
        architecture: "",
        created: NO_TIME,
        history: Vec::new(),
        os: "",
        rootfs: RootFs {
            kind: "layers",
            diff_ids: None,
        },
        process: BTreeMap::new(),
    })?;
    let manifest = go_json::to_vec(&Manifest {
        schema_version: 2,
        media_type: IMAGE_MANIFEST,
        config: BlobRef::of(WASM_CONFIG_TYPE, &config),
        layers: &[BlobRef::of(WASM_LAYER_TYPE, module)],
        annotations: BTreeMap::new(),
        subject: None,
        artifact_type: None,
    })?;
    Ok((manifest, config))
}

/// The index of images for several platforms.
///
/// # Errors
/// The JSON writer's error.
pub(crate) fn platform_index(
    members: &[Member],
    annotations: &BTreeMap<String, String>,
) -> Result<Vec<u8>, serde_json::Error> {
    go_json::to_vec(&Index {
        schema_version: 2,
        media_type: IMAGE_INDEX,
        manifests: members,
        annotations,
    })
}

fn borrowed(annotations: &BTreeMap<String, String>) -> BTreeMap<&str, String> {
    let pairs = annotations.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect()
}

fn whole_seconds(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second())
        .unwrap_or(time)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, BlobRef, bundle_manifest, digest, tag_manifest};

    fn blob(media_type: &str, size: u64) -> BlobRef {
        BlobRef {
            media_type: media_type.to_owned(),
            size,
            digest: format!("sha256:{}", "29".repeat(32)),
            artifact_type: None,
            annotations: BTreeMap::new(),
        }
    }

    #[test]
    fn a_bundles_manifest_is_the_real_clients() {
        let subject = blob("application/vnd.oci.image.manifest.v1+json", 401);
        let now = "2026-11-23T01:13:52.5Z".parse().unwrap();
        let predicate = "https://sigstore.dev/cosign/sign/v1";
        let bundle = vec![b'x'; 5022];
        let written = bundle_manifest(&bundle, predicate, &subject, now).unwrap();
        let expected = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.empty.v1+json","size":2,"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","artifactType":"application/vnd.dev.sigstore.bundle.v0.3+json"},"layers":[{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","size":5022,"digest":"BUNDLE"}],"annotations":{"dev.sigstore.bundle.content":"dsse-envelope","dev.sigstore.bundle.predicateType":"https://sigstore.dev/cosign/sign/v1","org.opencontainers.image.created":"2026-11-23T01:13:52Z"},"subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":401,"digest":"SUBJECT"},"artifactType":"application/vnd.dev.sigstore.bundle.v0.3+json"}"#
            .replace("BUNDLE", &digest(&bundle))
            .replace("SUBJECT", &subject.digest);
        assert_eq!(String::from_utf8(written.clone()).unwrap(), expected);
        // The size that a registry has reported of the real client's.
        assert_eq!(written.len(), 878);
    }

    #[test]
    fn a_tags_manifest_and_configuration_are_the_real_clients() {
        let mut layer = blob("application/vnd.dev.cosign.simplesigning.v1+json", 243);
        layer.annotations = BTreeMap::from([(
            "dev.cosignproject.cosign/signature".to_owned(),
            "MEYCIQCN".to_owned(),
        )]);
        let (manifest, config) = tag_manifest(std::slice::from_ref(&layer), None).unwrap();
        let expected = r#"{"architecture":"","created":"0001-01-01T00:00:00Z","history":[{"created":"0001-01-01T00:00:00Z"}],"os":"","rootfs":{"type":"layers","diff_ids":["LAYER"]},"config":{}}"#
            .replace("LAYER", &layer.digest);
        assert_eq!(String::from_utf8(config.clone()).unwrap(), expected);
        assert_eq!(config.len(), 233);
        let expected = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":233,"digest":"CONFIG"},"layers":[{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","size":243,"digest":"LAYER","annotations":{"dev.cosignproject.cosign/signature":"MEYCIQCN"}}]}"#
            .replace("CONFIG", &digest(&config))
            .replace("LAYER", &layer.digest);
        assert_eq!(String::from_utf8(manifest).unwrap(), expected);
        let (_, two) = tag_manifest(&[layer.clone(), layer.clone()], None).unwrap();
        assert_eq!(two.len(), 342);
        let now = "2026-11-23T01:13:52.5Z".parse().unwrap();
        let (_, dated) = tag_manifest(&[layer], Some(now)).unwrap();
        let dated = String::from_utf8(dated).unwrap();
        assert_eq!(
            dated
                .matches("\"created\":\"2026-11-23T01:13:52Z\"")
                .count(),
            2
        );
    }
}
