//! Blobs, read: hashed and counted while they come in.

use std::io::Write;

use http::{Method, StatusCode};

use super::call::Access;
use super::{Registry, answer};
use crate::descriptor::Descriptor;
use crate::digest::{Digest, Digester};
use crate::error::{Content, RegistryError};
use crate::reference::Repository;
use crate::transport::Response;

impl Registry {
    /// The whole blob of a descriptor, at most `limit` bytes.
    ///
    /// # Errors
    /// [`RegistryError::TooLarge`] before anything is asked for if the descriptor states more; else as [`Registry::blob_to_writer`].
    pub async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Vec<u8>, RegistryError> {
        if descriptor.size > limit {
            return Err(RegistryError::TooLarge {
                what: Content::Blob,
                limit,
                found: descriptor.size,
            });
        }
        let mut bytes = Vec::new();
        self.blob_to_writer(repository, descriptor, &mut bytes)
            .await?;
        Ok(bytes)
    }

    /// Writes a blob; on an error, what was written is worth nothing. Never more than the descriptor's size is written.
    ///
    /// # Errors
    /// [`RegistryError::SizeMismatch`] at the first byte too many, [`RegistryError::DigestMismatch`] at the end.
    pub async fn blob_to_writer(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        writer: &mut (dyn Write + Send),
    ) -> Result<(), RegistryError> {
        let path = format!("blobs/{}", descriptor.digest);
        let mut call = self
            .prepare(repository, Method::GET, &path, Access::Pull)
            .await?;
        call.deadline = self.options.blob_deadline;
        let response = self.call(repository, &call).await?;
        let response = self.follow(&call, response).await?;
        let response = self
            .expect(repository, &call, response, &[StatusCode::OK])
            .await?;
        receive(descriptor, response, writer).await
    }

    /// Whether the registry has a blob.
    ///
    /// # Errors
    /// [`RegistryError`] if it neither says yes nor no.
    pub async fn has_blob(
        &self,
        repository: &Repository,
        digest: &Digest,
    ) -> Result<bool, RegistryError> {
        let path = format!("blobs/{digest}");
        let call = self
            .prepare(repository, Method::HEAD, &path, Access::Pull)
            .await?;
        let response = self.call(repository, &call).await?;
        let response = self.follow(&call, response).await?;
        match response.status {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => {
                self.expect(repository, &call, response, &[]).await?;
                Ok(false)
            }
        }
    }
}

async fn receive(
    descriptor: &Descriptor,
    mut response: Response,
    writer: &mut (dyn Write + Send),
) -> Result<(), RegistryError> {
    let wrong_size = |found| RegistryError::SizeMismatch {
        what: Content::Blob,
        digest: descriptor.digest.clone(),
        expected: descriptor.size,
        found,
    };
    if let Some(announced) = answer::content_length(&response.headers)
        && announced != descriptor.size
    {
        return Err(wrong_size(announced));
    }
    let mut digester = Digester::new(descriptor.digest.algorithm());
    let mut length: u64 = 0;
    while let Some(chunk) = response.body.next().await? {
        length += chunk.len() as u64;
        if length > descriptor.size {
            return Err(wrong_size(descriptor.size.saturating_add(1)));
        }
        digester.update(&chunk);
        writer
            .write_all(&chunk)
            .map_err(|source| RegistryError::Write {
                what: Content::Blob,
                source,
            })?;
    }
    if length != descriptor.size {
        return Err(wrong_size(length));
    }
    let found = digester.finish();
    if found != descriptor.digest {
        return Err(RegistryError::DigestMismatch {
            what: Content::Blob,
            expected: descriptor.digest.clone(),
            found,
        });
    }
    Ok(())
}
