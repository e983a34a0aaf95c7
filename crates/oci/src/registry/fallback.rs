//! The list of referrers that clients keep at a tag where the registry keeps none.

use std::collections::HashSet;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::Registry;
use super::manifests::Condition;
use super::patience::Patience;
use crate::descriptor::Descriptor;
use crate::digest::Digest;
use crate::error::RegistryError;
use crate::manifest::{MAX_DESCRIPTORS, Manifest, ManifestError, RawManifest};
use crate::reference::{Repository, Tag};
use crate::{json as strict_json, media_type};

/// Each attempt is a look and, if something is missing, a write.
const ATTEMPTS: usize = 120;

/// The list as it stands at the tag; entries are kept as they are, for other clients may say more than is read here.
struct Standing {
    document: Map<String, Value>,
    entries: Vec<Value>,
    etag: Option<String>,
    exists: bool,
}

impl Registry {
    /// Enters a referrer: writes, looks again, and writes again until its entry and all that were seen are there.
    ///
    /// Source: OCI distribution spec 1.1, "Referrers Tag Schema"; sigstore/cosign#4641 for the annotations.
    pub(super) async fn add_to_fallback(
        &self,
        repository: &Repository,
        subject: &Digest,
        descriptor: &Descriptor,
    ) -> Result<(), RegistryError> {
        let tag = subject.referrers_tag();
        let mut wanted = vec![entry(descriptor)?];
        let (mut looks, mut patience) = (0, Patience::default());
        for _ in 0..ATTEMPTS {
            let standing = self.standing(repository, &tag).await?;
            let missing = merge(&mut wanted, &standing.entries);
            if !missing {
                // A registry that compares has refused every write that would have lost something.
                let compares = self.known().compares.contains(repository.registry());
                if looks >= patience.looks() || compares {
                    return Ok(());
                }
                looks += 1;
                self.transport.pause(self.options.settle).await;
                continue;
            }
            looks = 0;
            let gone = self
                .replace(repository, &tag, &standing, wanted.clone())
                .await?;
            wanted.retain(|entry| !digest_of(entry).is_some_and(|one| gone.contains(one)));
            patience.written();
        }
        Err(RegistryError::FallbackContended {
            tag,
            attempts: ATTEMPTS,
        })
    }

    /// Takes a referrer off the list; the last one takes the list with it.
    pub(super) async fn remove_from_fallback(
        &self,
        repository: &Repository,
        subject: &Digest,
        referrer: &Digest,
    ) -> Result<(), RegistryError> {
        let tag = subject.referrers_tag();
        for _ in 0..ATTEMPTS {
            let standing = self.standing(repository, &tag).await?;
            let mut left = standing.entries.clone();
            left.retain(|entry| digest_of(entry) != Some(referrer.to_string().as_str()));
            if left.len() == standing.entries.len() {
                return Ok(());
            }
            // An empty list is written, not deleted: another client may be adding to it right now.
            self.replace(repository, &tag, &standing, left).await?;
        }
        Err(RegistryError::FallbackContended {
            tag,
            attempts: ATTEMPTS,
        })
    }

    async fn standing(
        &self,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Standing, RegistryError> {
        match self.get_manifest(repository, tag.as_str(), None).await {
            Ok((raw, etag)) => read(&raw, etag),
            Err(error) if error.is_not_found() => Ok(Standing {
                document: Map::new(),
                entries: Vec::new(),
                etag: None,
                exists: false,
            }),
            Err(error) => Err(error),
        }
    }

    /// Writes the list if it still stands as it was read; that it does not is no error. What is left out is given back: some
    /// registries take no list with an entry whose manifest was deleted, and such an entry must not keep others from signing.
    async fn replace(
        &self,
        repository: &Repository,
        tag: &Tag,
        standing: &Standing,
        entries: Vec<Value>,
    ) -> Result<HashSet<String>, RegistryError> {
        let written = self.write(repository, tag, standing, &entries).await;
        let Err(error) = written else {
            return Ok(HashSet::new());
        };
        let refused = [StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND];
        if !error.status().is_some_and(|found| refused.contains(&found)) {
            return Err(error);
        }
        let gone = self.gone(repository, &standing.entries).await?;
        if gone.is_empty() {
            return Err(error);
        }
        let mut left = entries;
        left.retain(|entry| !digest_of(entry).is_some_and(|one| gone.contains(one)));
        self.write(repository, tag, standing, &left).await?;
        Ok(gone)
    }

    /// The digests of the entries whose manifests are not there.
    async fn gone(
        &self,
        repository: &Repository,
        entries: &[Value],
    ) -> Result<HashSet<String>, RegistryError> {
        let mut gone = HashSet::new();
        for name in entries.iter().filter_map(digest_of) {
            match self.manifest(repository, &name.parse()?).await {
                Err(error) if error.is_not_found() => {
                    gone.insert(name.to_owned());
                }
                Err(error) => return Err(error),
                Ok(_) => {}
            }
        }
        Ok(gone)
    }

    async fn write(
        &self,
        repository: &Repository,
        tag: &Tag,
        standing: &Standing,
        entries: &[Value],
    ) -> Result<(), RegistryError> {
        if entries.len() > MAX_DESCRIPTORS {
            return Err(RegistryError::TooMany {
                what: "referrers",
                limit: MAX_DESCRIPTORS,
            });
        }
        let mut document = standing.document.clone();
        document.insert("schemaVersion".to_owned(), json!(2));
        document.insert("mediaType".to_owned(), json!(media_type::OCI_INDEX));
        document.insert("manifests".to_owned(), Value::Array(entries.to_vec()));
        let raw = RawManifest::new(media_type::OCI_INDEX, Value::Object(document).to_string());
        let condition = match &standing.etag {
            Some(etag) => Condition::Unchanged(etag),
            None if !standing.exists => Condition::Absent,
            None => Condition::Always,
        };
        match self
            .put_if(repository, tag.as_str(), &raw, &condition)
            .await
        {
            Ok(_) => Ok(()),
            Err(error) if error.status() == Some(StatusCode::PRECONDITION_FAILED) => {
                let registry = repository.registry().to_owned();
                self.known().compares.insert(registry);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

fn read(raw: &RawManifest, etag: Option<String>) -> Result<Standing, RegistryError> {
    let Manifest::Index(_) = Manifest::parse(raw)? else {
        return Err(ManifestError::ManifestAmbiguous {
            expected: media_type::OCI_INDEX.into(),
            found: raw.media_type.as_str().into(),
        }
        .into());
    };
    let value = strict_json::strict(&raw.bytes).map_err(|source| ManifestError::Json { source })?;
    let mut document = match value {
        Value::Object(document) => document,
        _ => Map::new(),
    };
    let entries = match document.remove("manifests") {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    };
    Ok(Standing {
        document,
        entries,
        etag,
        exists: true,
    })
}

fn entry(descriptor: &Descriptor) -> Result<Value, RegistryError> {
    serde_json::to_value(descriptor).map_err(|source| RegistryError::Answer {
        what: "list of referrers",
        source,
    })
}

fn digest_of(entry: &Value) -> Option<&str> {
    entry.get("digest").and_then(Value::as_str)
}

/// Adds the entries that stand there to those that are wanted, before ours; whether some that are wanted do not stand there.
fn merge(wanted: &mut Vec<Value>, standing: &[Value]) -> bool {
    let missing = wanted.iter().any(|one| {
        !standing
            .iter()
            .any(|other| digest_of(other) == digest_of(one))
    });
    let mut merged = standing.to_vec();
    merged.extend(
        wanted
            .iter()
            .filter(|one| {
                !standing
                    .iter()
                    .any(|other| digest_of(other) == digest_of(one))
            })
            .cloned(),
    );
    *wanted = merged;
    missing
}
