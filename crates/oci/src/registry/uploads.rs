//! Blobs, written: one `POST` for a place, one `PUT` with everything.

use http::header::{CONTENT_TYPE, LOCATION};
use http::{Method, StatusCode};
use url::Url;

use super::call::{Access, Call};
use super::manifests::CONTENT_DIGEST;
use super::{Registry, answer};
use crate::descriptor::Descriptor;
use crate::digest::Digest;
use crate::error::{Content, RedirectFault, RegistryError};
use crate::foreign::Foreign;
use crate::reference::Repository;
use crate::transport::{Body, Response};

impl Registry {
    /// Stores a blob, unless the registry has it; the body is what the descriptor says.
    ///
    /// Source: OCI distribution spec 1.1, "POST then PUT".
    ///
    /// # Errors
    /// [`RegistryError::SizeMismatch`] before anything is sent if the body has another length than the descriptor states;
    /// [`RegistryError::Redirect`] if the registry wants it sent to another host.
    pub async fn push_blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        body: Body,
    ) -> Result<(), RegistryError> {
        if body.len() != descriptor.size {
            return Err(RegistryError::SizeMismatch {
                what: Content::Blob,
                digest: descriptor.digest.clone(),
                expected: descriptor.size,
                found: body.len(),
            });
        }
        if self.has_blob(repository, &descriptor.digest).await? {
            return Ok(());
        }
        let start = self
            .prepare(repository, Method::POST, "blobs/uploads/", Access::Push)
            .await?;
        let response = self.call(repository, &start).await?;
        let response = self
            .expect(repository, &start, response, &[StatusCode::ACCEPTED])
            .await?;
        let mut url = upload_place(&start.url, &response)?;
        url.query_pairs_mut()
            .append_pair("digest", &descriptor.digest.to_string());
        let put = Call {
            method: Method::PUT,
            url,
            deadline: self.options.blob_deadline,
            ..start
        }
        .header(CONTENT_TYPE, "application/octet-stream")
        .body(body);
        let response = self.call(repository, &put).await?;
        let response = self
            .expect(repository, &put, response, &[StatusCode::CREATED])
            .await?;
        match answer::text(&response.headers, &CONTENT_DIGEST) {
            Some(found) if found != descriptor.digest.to_string() => {
                Err(RegistryError::StoredDigest {
                    what: Content::Blob,
                    expected: descriptor.digest.clone(),
                    found: Foreign::new(found),
                })
            }
            _ => Ok(()),
        }
    }

    /// Has the registry take a blob over from another of its repositories; whether it did.
    ///
    /// # Errors
    /// [`RegistryError`] if it neither did nor offers an upload instead.
    pub async fn mount_blob(
        &self,
        repository: &Repository,
        from: &Repository,
        digest: &Digest,
    ) -> Result<bool, RegistryError> {
        if from.registry() != repository.registry() {
            return Ok(false);
        }
        let mut call = self
            .prepare(repository, Method::POST, "blobs/uploads/", Access::Push)
            .await?;
        call.url
            .query_pairs_mut()
            .append_pair("mount", &digest.to_string())
            .append_pair("from", from.name());
        call.from = Some(from.clone());
        let response = self.call(repository, &call).await?;
        let accepted = [StatusCode::CREATED, StatusCode::ACCEPTED];
        let response = self.expect(repository, &call, response, &accepted).await?;
        if response.status == StatusCode::CREATED {
            return Ok(true);
        }
        let cancel = Call {
            method: Method::DELETE,
            url: upload_place(&call.url, &response)?,
            from: None,
            ..call
        };
        // The registry forgets an upload that nobody finishes; telling it is a courtesy.
        let _ = self.call(repository, &cancel).await;
        Ok(false)
    }
}

/// Where the upload goes on: at the same host only, for it comes with credentials and content.
fn upload_place(from: &Url, response: &Response) -> Result<Url, RegistryError> {
    let location = response.headers.get(LOCATION);
    let location = String::from_utf8_lossy(location.map_or(&[], |value| value.as_bytes()));
    let refused = |fault| RegistryError::Redirect {
        location: Foreign::new(location.split('?').next().unwrap_or_default()),
        fault,
    };
    if location.is_empty() {
        return Err(refused(RedirectFault::NoAddress));
    }
    let place = from
        .join(&location)
        .map_err(|_| refused(RedirectFault::NoAddress))?;
    if place.origin() == from.origin() && place.username().is_empty() && place.password().is_none()
    {
        Ok(place)
    } else {
        Err(refused(RedirectFault::UploadElsewhere))
    }
}
