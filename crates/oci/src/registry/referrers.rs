//! What refers to a manifest: asked of the registry, or read from a tag.

use std::collections::HashSet;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, StatusCode};

use super::call::Access;
use super::paging::Pages;
use super::{Registry, answer};
use crate::descriptor::Descriptor;
use crate::digest::Digest;
use crate::error::{Content, RegistryError};
use crate::manifest::{MAX_DESCRIPTORS, MAX_MANIFEST, Manifest, ManifestError, RawManifest};
use crate::media_type;
use crate::reference::Repository;

/// What refers to a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrers {
    /// At most 1,000, each once, in the registry's order.
    pub descriptors: Vec<Descriptor>,
    /// Where they were found.
    pub source: ReferrersSource,
    /// Whether the registry was asked for a list of its own; if not, it has said before that it keeps none.
    pub asked: bool,
}

/// Where referrers are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferrersSource {
    /// The registry keeps the list.
    Api,
    /// Clients keep the list, at a tag.
    TagSchema,
    /// Neither: the registry keeps no list, and there is no tag.
    None,
}

/// A referrer that a reader will find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Its descriptor, as a list shows it.
    pub descriptor: Descriptor,
    /// Where it is listed.
    pub source: ReferrersSource,
}

impl Registry {
    /// What refers to a manifest and has this artifact type, if one is given; entries that do not tell their type stay.
    ///
    /// # Errors
    /// [`RegistryError::TooMany`] past 1,000 referrers or 100 pages.
    pub async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
        artifact_type: Option<&str>,
    ) -> Result<Referrers, RegistryError> {
        let mut found = match self.listed(repository, subject, artifact_type).await? {
            Some(descriptors) => Referrers {
                descriptors,
                source: ReferrersSource::Api,
                asked: true,
            },
            None => self.tagged(repository, subject).await?,
        };
        // A registry may ignore the filter.
        if let Some(wanted) = artifact_type {
            found
                .descriptors
                .retain(|descriptor| may_be(descriptor, wanted));
        }
        Ok(found)
    }

    /// What refers to a manifest, with one request less where the registry has said 404 to such a question before.
    ///
    /// The list at the tag is looked at first there, and the registry is asked only if there is no such tag: several registries
    /// may stand behind one name. What comes of the tag alone ([`Referrers::asked`]) may thus be less than
    /// [`Registry::referrers`] finds.
    ///
    /// # Errors
    /// As [`Registry::referrers`].
    ///
    /// Source: OCI distribution spec 1.1, "Unavailable Referrers API": a registry without it answers 404.
    pub async fn referrers_by_what_is_known(
        &self,
        repository: &Repository,
        subject: &Digest,
    ) -> Result<Referrers, RegistryError> {
        if !self.known().without_lists.contains(repository.registry()) {
            return self.referrers(repository, subject, None).await;
        }
        let Ok(found) = self.tagged(repository, subject).await else {
            // Where the registry keeps the list, anything may stand at the tag.
            return self.referrers(repository, subject, None).await;
        };
        if found.source != ReferrersSource::None {
            return Ok(Referrers {
                asked: false,
                ..found
            });
        }
        Ok(match self.listed(repository, subject, None).await? {
            Some(descriptors) => Referrers {
                descriptors,
                source: ReferrersSource::Api,
                asked: true,
            },
            None => found,
        })
    }

    /// Stores a manifest that has a subject, so that it is found among the subject's referrers.
    ///
    /// On a registry without the referrers API the list at tag `sha256-<hex>` is brought up to date, entries with annotations. A
    /// registry that honours `If-Match` loses no entry; with others a lost entry is seen and put back, unless another client takes
    /// longer between its reading and its writing than this one looks on: three looks, `settle` apart, and one more for every
    /// entry that was lost.
    ///
    /// # Errors
    /// [`ManifestError::NoSubject`] before anything is sent; [`RegistryError::FallbackContended`] if others never let it be.
    pub async fn attach_referrer(
        &self,
        repository: &Repository,
        manifest: &RawManifest,
    ) -> Result<Attached, RegistryError> {
        let parsed = Manifest::parse(manifest)?;
        let subject = parsed.subject().ok_or(ManifestError::NoSubject)?;
        let descriptor = manifest.referrer_descriptor()?;
        let stored = self.put_manifest(repository, None, manifest).await?;
        let attached = |source| Attached {
            descriptor: descriptor.clone(),
            source,
        };
        if stored.subject.as_ref() == Some(&subject.digest) {
            return Ok(attached(ReferrersSource::Api));
        }
        // Some registries keep the list without saying so.
        let listed = self.listed(repository, &subject.digest, None).await?;
        let found = |list: Vec<Descriptor>| list.iter().any(|one| one.digest == descriptor.digest);
        if listed.is_some_and(found) {
            return Ok(attached(ReferrersSource::Api));
        }
        self.add_to_fallback(repository, &subject.digest, &descriptor)
            .await?;
        Ok(attached(ReferrersSource::TagSchema))
    }

    /// Takes a referrer off the list at the subject's tag, if it is there, and deletes it.
    ///
    /// # Errors
    /// [`RegistryError::FetchStatus`] if the registry deletes nothing.
    pub async fn detach_referrer(
        &self,
        repository: &Repository,
        subject: &Digest,
        referrer: &Digest,
    ) -> Result<(), RegistryError> {
        self.remove_from_fallback(repository, subject, referrer)
            .await?;
        self.delete_manifest(repository, referrer).await
    }

    /// The registry's own list; nothing if it keeps none.
    async fn listed(
        &self,
        repository: &Repository,
        subject: &Digest,
        artifact_type: Option<&str>,
    ) -> Result<Option<Vec<Descriptor>>, RegistryError> {
        let path = format!("referrers/{subject}");
        let mut call = self
            .prepare(repository, Method::GET, &path, Access::Pull)
            .await?
            .header(ACCEPT, media_type::OCI_INDEX);
        if let Some(wanted) = artifact_type {
            call.url
                .query_pairs_mut()
                .append_pair("artifactType", wanted);
        }
        let mut pages = Pages::new(&call.url);
        let mut list = List::default();
        loop {
            let response = self.call(repository, &call).await?;
            let first = list.pages == 0;
            if first && keeps_no_list(response.status) {
                // Other refusals may be about this one question.
                if response.status == StatusCode::NOT_FOUND {
                    let registry = repository.registry().to_owned();
                    self.known().without_lists.insert(registry);
                }
                return Ok(None);
            }
            let response = self
                .expect(repository, &call, response, &[StatusCode::OK])
                .await?;
            let content_type = answer::text(&response.headers, &CONTENT_TYPE).unwrap_or_default();
            let found = media_type::essence(content_type).to_owned();
            // A catch-all page of something in front of the registry.
            if first && found != media_type::OCI_INDEX {
                return Ok(None);
            }
            self.known().without_lists.remove(repository.registry());
            let next = pages.next(&call.url, &response.headers)?;
            let body = answer::read(response, MAX_MANIFEST, Content::Referrers).await?;
            list.add(&RawManifest::new(&found, body))?;
            match next {
                Some(url) => call.url = url,
                None => return Ok(Some(list.descriptors)),
            }
        }
    }

    /// The list at the subject's tag.
    async fn tagged(
        &self,
        repository: &Repository,
        subject: &Digest,
    ) -> Result<Referrers, RegistryError> {
        let tag = subject.referrers_tag();
        let raw = match self.manifest_by_tag(repository, &tag).await {
            Ok(raw) => raw,
            Err(error) if error.is_not_found() => {
                return Ok(Referrers {
                    descriptors: Vec::new(),
                    source: ReferrersSource::None,
                    asked: true,
                });
            }
            Err(error) => return Err(error),
        };
        let mut list = List::default();
        list.add(&raw)?;
        Ok(Referrers {
            descriptors: list.descriptors,
            source: ReferrersSource::TagSchema,
            asked: true,
        })
    }
}

/// Whether an entry has the type, or its list does not say: some registries show the config's type for every manifest, which is
/// that of the empty blob where `artifactType` decides.
fn may_be(descriptor: &Descriptor, wanted: &str) -> bool {
    match descriptor.artifact_type.as_deref() {
        None | Some("" | media_type::OCI_EMPTY) => true,
        Some(stated) => stated == wanted,
    }
}

/// The answers of registries that do not know the question, as they were seen: the specification says 404.
fn keeps_no_list(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NOT_FOUND
            | StatusCode::BAD_REQUEST
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::NOT_ACCEPTABLE
            | StatusCode::NOT_IMPLEMENTED
    )
}

/// Referrers of all pages, each once.
#[derive(Default)]
struct List {
    descriptors: Vec<Descriptor>,
    seen: HashSet<Digest>,
    pages: usize,
}

impl List {
    fn add(&mut self, page: &RawManifest) -> Result<(), RegistryError> {
        self.pages += 1;
        let too_many = || RegistryError::TooMany {
            what: "referrers",
            limit: MAX_DESCRIPTORS,
        };
        let index = match Manifest::parse(page) {
            Ok(Manifest::Index(index)) => index,
            Ok(Manifest::Image(_)) => {
                return Err(ManifestError::ManifestAmbiguous {
                    expected: media_type::OCI_INDEX.into(),
                    found: page.media_type.as_str().into(),
                }
                .into());
            }
            Err(ManifestError::TooMany { .. }) => return Err(too_many()),
            Err(error) => return Err(error.into()),
        };
        for descriptor in index.manifests {
            if self.seen.insert(descriptor.digest.clone()) {
                self.descriptors.push(descriptor);
            }
        }
        if self.descriptors.len() > MAX_DESCRIPTORS {
            return Err(too_many());
        }
        Ok(())
    }
}
