//! A tag that several clients write: each adds to what stands there.

use bytes::Bytes;
use http::StatusCode;

use super::Registry;
use super::manifests::Condition;
use super::patience::Patience;
use crate::descriptor::Descriptor;
use crate::error::RegistryError;
use crate::manifest::RawManifest;
use crate::media_type;
use crate::reference::{Repository, Tag};
use crate::transport::Body;

/// Each attempt is a look and, if something is missing, a write.
const ATTEMPTS: usize = 120;

/// What a tag shall name.
#[derive(Clone, Debug)]
pub struct TagContent {
    /// The manifest.
    pub manifest: RawManifest,
    /// Blobs that it names and that may not be there yet.
    pub blobs: Vec<Bytes>,
}

impl Registry {
    /// Changes what a tag names, working it out anew whenever another client was faster.
    ///
    /// `change` is shown what stands at the tag, nothing if it does not exist, and gives what shall stand there, or nothing if it
    /// is as wanted. It is asked several times. A registry that honours `If-Match` loses no change of another client; with others
    /// a lost change of this client is seen and made again, unless another client takes longer between its reading and its writing
    /// than this one looks on: three looks, `settle` apart, and one more for every change that was lost.
    ///
    /// # Errors
    /// Those of `change`; [`RegistryError::TagContended`] if others never let it be.
    pub async fn change_tag<E: From<RegistryError>>(
        &self,
        repository: &Repository,
        tag: &Tag,
        mut change: impl FnMut(Option<&RawManifest>) -> Result<Option<TagContent>, E>,
    ) -> Result<(), E> {
        let (mut looks, mut patience) = (0, Patience::default());
        for _ in 0..ATTEMPTS {
            let standing = match self.get_manifest(repository, tag.as_str(), None).await {
                Ok(standing) => Some(standing),
                Err(error) if error.is_not_found() => None,
                Err(error) => return Err(error.into()),
            };
            let Some(wanted) = change(standing.as_ref().map(|(raw, _)| raw))? else {
                // A registry that compares has refused every write that would have lost something.
                let compares = self.known().compares.contains(repository.registry());
                if !patience.has_written() || compares || looks >= patience.looks() {
                    return Ok(());
                }
                looks += 1;
                self.transport.pause(self.options.settle).await;
                continue;
            };
            looks = 0;
            for blob in wanted.blobs {
                let descriptor = Descriptor::of(media_type::OCI_CONFIG, &blob);
                self.push_blob(repository, &descriptor, Body::Bytes(blob))
                    .await?;
            }
            let condition = match &standing {
                Some((_, Some(etag))) => Condition::Unchanged(etag),
                Some((_, None)) => Condition::Always,
                None => Condition::Absent,
            };
            let put = self.put_if(repository, tag.as_str(), &wanted.manifest, &condition);
            match put.await {
                Ok(_) => patience.written(),
                Err(error) if error.status() == Some(StatusCode::PRECONDITION_FAILED) => {
                    let registry = repository.registry().to_owned();
                    self.known().compares.insert(registry);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(RegistryError::TagContended {
            tag: tag.clone(),
            attempts: ATTEMPTS,
        }
        .into())
    }
}
