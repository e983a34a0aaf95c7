//! Manifests by tag and by digest.

use http::header::{ACCEPT, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderName, Method, StatusCode};

use super::call::Access;
use super::{Registry, answer};
use crate::descriptor::Descriptor;
use crate::digest::Digest;
use crate::error::{Content, RegistryError};
use crate::foreign::Foreign;
use crate::manifest::{MAX_MANIFEST, RawManifest};
use crate::media_type;
use crate::reference::{Reference, Repository, Tag};
use crate::transport::Body;

/// The digest that a registry computed.
pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");

/// A registry took a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The subject that the registry has entered the manifest for as a referrer (`OCI-Subject`).
    pub subject: Option<Digest>,
}

/// When a manifest may be replaced.
pub(super) enum Condition<'a> {
    Always,
    /// Nothing stands there yet.
    Absent,
    /// What stands there has this `ETag`.
    Unchanged(&'a str),
}

impl Registry {
    /// What a name stands for now; a digest in it decides. The manifest is fetched and hashed for it.
    ///
    /// # Errors
    /// As [`Registry::fetch`].
    pub async fn resolve(&self, reference: &Reference) -> Result<Descriptor, RegistryError> {
        Ok(self.fetch(reference).await?.descriptor())
    }

    /// The manifest that a name stands for; a digest in it decides.
    ///
    /// # Errors
    /// As [`Registry::manifest`] and [`Registry::manifest_by_tag`].
    pub async fn fetch(&self, reference: &Reference) -> Result<RawManifest, RegistryError> {
        match (&reference.digest, &reference.tag) {
            (Some(digest), _) => self.manifest(&reference.repository, digest).await,
            (None, Some(tag)) => self.manifest_by_tag(&reference.repository, tag).await,
            (None, None) => {
                let latest = "latest".parse()?;
                self.manifest_by_tag(&reference.repository, &latest).await
            }
        }
    }

    /// The manifest of a digest.
    ///
    /// # Errors
    /// [`RegistryError::DigestMismatch`] if the registry sends another one; [`RegistryError::TooLarge`] past 4 MiB.
    pub async fn manifest(
        &self,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<RawManifest, RegistryError> {
        let (raw, _) = self
            .get_manifest(repository, &digest.to_string(), Some(digest))
            .await?;
        Ok(raw)
    }

    /// The manifest that a descriptor points to: media type, digest and size agree.
    ///
    /// # Errors
    /// [`RegistryError::SizeMismatch`], [`RegistryError::MediaTypeMismatch`], and as [`Registry::manifest`].
    pub async fn manifest_of(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
    ) -> Result<RawManifest, RegistryError> {
        let raw = self.manifest(repository, &descriptor.digest).await?;
        if raw.bytes.len() as u64 != descriptor.size {
            return Err(RegistryError::SizeMismatch {
                what: Content::Manifest,
                digest: raw.digest,
                expected: descriptor.size,
                found: raw.bytes.len() as u64,
            });
        }
        if raw.media_type != descriptor.media_type {
            return Err(RegistryError::MediaTypeMismatch {
                digest: raw.digest,
                expected: Foreign::new(&descriptor.media_type),
                found: Foreign::new(&raw.media_type),
            });
        }
        Ok(raw)
    }

    /// The manifest that a tag names now.
    ///
    /// # Errors
    /// [`RegistryError::DigestMismatch`] if it is not what the answer's own header says.
    pub async fn manifest_by_tag(
        &self,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<RawManifest, RegistryError> {
        let (raw, _) = self.get_manifest(repository, tag.as_str(), None).await?;
        Ok(raw)
    }

    /// The manifest and its `ETag`.
    pub(super) async fn get_manifest(
        &self,
        repository: &Repository,
        name: &str,
        wanted: Option<&Digest>,
    ) -> Result<(RawManifest, Option<String>), RegistryError> {
        let path = format!("manifests/{name}");
        let call = self
            .prepare(repository, Method::GET, &path, Access::Pull)
            .await?
            .header(ACCEPT, media_type::ACCEPT_MANIFEST);
        let response = self.call(repository, &call).await?;
        let response = self
            .expect(repository, &call, response, &[StatusCode::OK])
            .await?;
        let stated = answer::text(&response.headers, &CONTENT_DIGEST)
            .filter(|_| wanted.is_none())
            .map(str::parse::<Digest>)
            .transpose()?;
        let content_type = answer::text(&response.headers, &CONTENT_TYPE).unwrap_or_default();
        let media_type = media_type::essence(content_type).to_owned();
        let etag = answer::text(&response.headers, &ETAG).map(str::to_owned);
        let bytes = answer::read(response, MAX_MANIFEST, Content::Manifest).await?;
        let expected = wanted.or(stated.as_ref());
        let digest = match expected {
            Some(expected) => checked(expected, &bytes)?,
            None => Digest::sha256(&bytes),
        };
        let raw = RawManifest {
            digest,
            media_type,
            bytes: bytes.into(),
        };
        Ok((raw, etag))
    }

    /// Stores a manifest under its digest, and under a tag if there is one.
    ///
    /// # Errors
    /// [`RegistryError::StoredDigest`] if the registry says that it stored something else.
    pub async fn put_manifest(
        &self,
        repository: &Repository,
        tag: Option<&Tag>,
        manifest: &RawManifest,
    ) -> Result<Stored, RegistryError> {
        let name = tag.map_or_else(|| manifest.digest.to_string(), Tag::to_string);
        self.put_if(repository, &name, manifest, &Condition::Always)
            .await
    }

    /// Stores a manifest under a name if the condition holds; 412 if the registry knows conditions and it does not.
    pub(super) async fn put_if(
        &self,
        repository: &Repository,
        name: &str,
        manifest: &RawManifest,
        condition: &Condition<'_>,
    ) -> Result<Stored, RegistryError> {
        let path = format!("manifests/{name}");
        let call = self
            .prepare(repository, Method::PUT, &path, Access::Push)
            .await?
            .header(CONTENT_TYPE, &manifest.media_type)
            .body(Body::Bytes(manifest.bytes.clone()));
        let call = match condition {
            Condition::Always => call,
            Condition::Absent => call.header(IF_NONE_MATCH, "*"),
            Condition::Unchanged(etag) => call.header(IF_MATCH, etag),
        };
        let response = self.call(repository, &call).await?;
        let accepted = [StatusCode::CREATED, StatusCode::OK, StatusCode::ACCEPTED];
        let response = self.expect(repository, &call, response, &accepted).await?;
        if let Some(found) = answer::text(&response.headers, &CONTENT_DIGEST)
            && found != manifest.digest.to_string()
        {
            return Err(RegistryError::StoredDigest {
                what: Content::Manifest,
                expected: manifest.digest.clone(),
                found: Foreign::new(found),
            });
        }
        let subject = answer::text(&response.headers, &OCI_SUBJECT);
        Ok(Stored {
            subject: subject.and_then(|text| text.parse().ok()),
        })
    }

    /// Deletes a manifest, whatever tags name it.
    ///
    /// # Errors
    /// [`RegistryError::FetchStatus`] if it is not there or the registry deletes nothing.
    pub async fn delete_manifest(
        &self,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<(), RegistryError> {
        self.delete(repository, &digest.to_string()).await
    }

    /// Deletes a tag; the manifest stays where the registry supports that, and goes with it elsewhere.
    ///
    /// # Errors
    /// [`RegistryError::FetchStatus`] if it is not there or the registry deletes no tags.
    pub async fn delete_tag(
        &self,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<(), RegistryError> {
        self.delete(repository, tag.as_str()).await
    }

    async fn delete(&self, repository: &Repository, name: &str) -> Result<(), RegistryError> {
        let path = format!("manifests/{name}");
        let call = self
            .prepare(repository, Method::DELETE, &path, Access::Delete)
            .await?;
        let response = self.call(repository, &call).await?;
        let accepted = [StatusCode::ACCEPTED, StatusCode::OK, StatusCode::NO_CONTENT];
        self.expect(repository, &call, response, &accepted).await?;
        Ok(())
    }
}

fn checked(expected: &Digest, bytes: &[u8]) -> Result<Digest, RegistryError> {
    let found = Digest::of(expected.algorithm(), bytes);
    if found == *expected {
        return Ok(found);
    }
    Err(RegistryError::DigestMismatch {
        what: Content::Manifest,
        expected: expected.clone(),
        found,
    })
}
