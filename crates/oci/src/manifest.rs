//! Manifests: the exact bytes, and what they say.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use crate::descriptor::{Descriptor, null_is_empty};
use crate::digest::Digest;
use crate::foreign::Foreign;
use crate::{json, media_type};

/// The longest manifest that is read, in bytes: what registries are asked to take at least.
///
/// Source: OCI distribution spec 1.1, "Pushing Manifests" (4 megabytes).
pub const MAX_MANIFEST: u64 = 4 * 1024 * 1024;
/// The most layers of an image, manifests of an index or referrers of a subject that are read.
pub const MAX_DESCRIPTORS: usize = 1000;

/// A manifest cannot be read, or can be read in two ways.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// It is not JSON, repeats a name, or is too deep.
    #[error("the manifest is not JSON that can be read in one way: {}", Foreign::new(&.source.to_string()))]
    Json {
        /// What the reader says.
        source: serde_json::Error,
    },
    /// It is read, but a member has another type or value than it must have.
    #[error("the {kind} is malformed: {}", Foreign::new(&.source.to_string()))]
    Malformed {
        /// `image manifest` or `index`.
        kind: &'static str,
        /// What the reader says.
        source: serde_json::Error,
    },
    /// Two parts of it say that it is two things.
    #[error("the manifest is ambiguous: expected {expected}, found {found}")]
    ManifestAmbiguous {
        /// What one part asks for.
        expected: Foreign,
        /// What the other one says.
        found: Foreign,
    },
    /// It is no image manifest and no index of version 2.
    #[error(
        "a manifest's media type is that of an OCI or Docker image manifest or index, found \"{found}\""
    )]
    MediaType {
        /// What it says.
        found: Foreign,
    },
    /// A referrer names nothing that it refers to.
    #[error("the manifest has no subject")]
    NoSubject,
    /// More layers or manifests than are read.
    #[error("at most {limit} {what} are read, found {found}")]
    TooMany {
        /// `layers` or `manifests`.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// How many there are.
        found: usize,
    },
}

/// A manifest as a registry keeps it: its bytes are what the digest names, so they are never written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawManifest {
    /// What the bytes hash to; it has been computed, not believed.
    pub digest: Digest,
    /// The `Content-Type` it was sent with, without parameters.
    pub media_type: String,
    /// The manifest.
    pub bytes: Bytes,
}

impl RawManifest {
    /// Computes the SHA-256 digest of a manifest.
    pub fn new(media_type: &str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            digest: Digest::sha256(&bytes),
            media_type: media_type.to_owned(),
            bytes,
        }
    }

    /// A pointer to it: media type, digest, size.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor {
            digest: self.digest.clone(),
            ..Descriptor::of(&self.media_type, &self.bytes)
        }
    }

    /// A pointer to it as a list of referrers shows it: with its artifact type (or its config's type) and its annotations.
    ///
    /// Source: OCI distribution spec 1.1, "Listing Referrers".
    ///
    /// # Errors
    /// As [`Manifest::parse`].
    pub fn referrer_descriptor(&self) -> Result<Descriptor, ManifestError> {
        let manifest = Manifest::parse(self)?;
        Ok(Descriptor {
            artifact_type: manifest.artifact_type().map(str::to_owned),
            annotations: manifest.annotations().clone(),
            ..self.descriptor()
        })
    }
}

/// What a manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manifest {
    /// One image, or another artifact with config and layers.
    Image(Box<ImageManifest>),
    /// A list of manifests.
    Index(Box<ImageIndex>),
}

/// An image manifest of OCI or Docker schema 2.
///
/// Source: OCI image spec 1.1, manifest.md.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageManifest {
    /// The media type it states about itself.
    pub media_type: Option<String>,
    /// The configuration.
    pub config: Descriptor,
    /// The layers, at most 1,000.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub layers: Vec<Descriptor>,
    /// What it refers to.
    pub subject: Option<Descriptor>,
    /// What kind of artifact it is.
    pub artifact_type: Option<String>,
    /// Free text by key.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// An image index of OCI or a Docker manifest list.
///
/// Source: OCI image spec 1.1, image-index.md.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageIndex {
    /// The media type it states about itself.
    pub media_type: Option<String>,
    /// The manifests, at most 1,000.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub manifests: Vec<Descriptor>,
    /// What it refers to.
    pub subject: Option<Descriptor>,
    /// What kind of artifact it is.
    pub artifact_type: Option<String>,
    /// Free text by key.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads a manifest that says one thing only.
    ///
    /// # Errors
    /// [`ManifestError::ManifestAmbiguous`] if its members, its `mediaType` and its `Content-Type` do not agree.
    pub fn parse(raw: &RawManifest) -> Result<Self, ManifestError> {
        let value = json::strict(&raw.bytes).map_err(|source| ManifestError::Json { source })?;
        let index = check_kind(&value, &raw.media_type)?;
        if index {
            let read: ImageIndex = typed("index", value)?;
            check_count("manifests", read.manifests.len())?;
            Ok(Self::Index(Box::new(read)))
        } else {
            let read: ImageManifest = typed("image manifest", value)?;
            check_count("layers", read.layers.len())?;
            Ok(Self::Image(Box::new(read)))
        }
    }

    /// What it refers to.
    pub fn subject(&self) -> Option<&Descriptor> {
        match self {
            Self::Image(image) => image.subject.as_ref(),
            Self::Index(index) => index.subject.as_ref(),
        }
    }

    /// Its annotations.
    pub fn annotations(&self) -> &BTreeMap<String, String> {
        match self {
            Self::Image(image) => &image.annotations,
            Self::Index(index) => &index.annotations,
        }
    }

    /// The kind that a list of referrers shows: `artifactType`, or the config's media type.
    pub fn artifact_type(&self) -> Option<&str> {
        match self {
            Self::Image(image) => {
                let stated = image
                    .artifact_type
                    .as_deref()
                    .filter(|text| !text.is_empty());
                Some(stated.unwrap_or(&image.config.media_type))
            }
            Self::Index(index) => index.artifact_type.as_deref(),
        }
    }
}

fn typed<T: serde::de::DeserializeOwned>(
    kind: &'static str,
    value: Value,
) -> Result<T, ManifestError> {
    serde_json::from_value(value).map_err(|source| ManifestError::Malformed { kind, source })
}

fn check_count(what: &'static str, found: usize) -> Result<(), ManifestError> {
    if found > MAX_DESCRIPTORS {
        return Err(ManifestError::TooMany {
            what,
            limit: MAX_DESCRIPTORS,
            found,
        });
    }
    Ok(())
}

/// Header, `mediaType` and members must agree; whether it is an index.
fn check_kind(value: &Value, content_type: &str) -> Result<bool, ManifestError> {
    let ambiguous = |expected: &str, found: &str| ManifestError::ManifestAmbiguous {
        expected: expected.into(),
        found: found.into(),
    };
    let Value::Object(members) = value else {
        return Err(ambiguous("a JSON object", "another JSON value"));
    };
    let content_type = media_type::essence(content_type);
    let index = media_type::is_index(content_type).ok_or_else(|| ManifestError::MediaType {
        found: content_type.into(),
    })?;
    match members.get("mediaType") {
        None => {}
        Some(Value::String(stated)) if stated == content_type => {}
        Some(Value::String(stated)) => return Err(ambiguous(content_type, stated)),
        Some(_) => return Err(ambiguous(content_type, "a mediaType that is no text")),
    }
    // Members of the other kind, and of Docker's schema 1, in any spelling that a lenient reader takes.
    let foreign: &[&str] = if index {
        &["config", "layers", "fslayers", "history"]
    } else {
        &["manifests", "fslayers", "history"]
    };
    let found = members
        .keys()
        .find(|name| foreign.contains(&name.to_ascii_lowercase().as_str()));
    match found {
        Some(name) => Err(ambiguous(
            content_type,
            &format!("a member \"{name}\" of another kind"),
        )),
        None => Ok(index),
    }
}

#[cfg(test)]
mod tests;
