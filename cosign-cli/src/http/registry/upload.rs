//! What is sent to a registry, piece by piece: a file is never in memory as a whole.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use sigbox_oci::transport;
use tokio::fs::File;
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::sync::Notify;

use crate::ui::Meter;

/// What is shorter is gone before anybody could read of it.
pub(super) const METERED_BYTES: u64 = 1024 * 1024;

/// The largest piece.
pub(super) const PIECE_BYTES: usize = 64 * 1024;

/// A body cannot be read on this machine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(super) enum UploadError {
    /// The file cannot be opened or read.
    #[error("{}", crate::ui::io_reason(.0))]
    Read(#[from] io::Error),
    /// The file is not as long as it was.
    #[error("the file has changed: expected {expected} bytes, found {found}")]
    Length { expected: u64, found: u64 },
}

/// A body with a known length, and the news that some of it was taken.
#[derive(Debug)]
pub(super) struct Upload {
    source: Source,
    length: u64,
    left: u64,
    taken: Arc<Notify>,
    meter: Option<Meter>,
}

#[derive(Debug)]
enum Source {
    Bytes(Bytes),
    File(File),
}

impl Upload {
    /// The body of a request; `taken` hears of each piece that goes out.
    ///
    /// # Errors
    /// [`UploadError`] if a file is not there or has another length by now.
    pub(super) async fn open(
        body: &transport::Body,
        taken: Arc<Notify>,
    ) -> Result<Self, UploadError> {
        let source = match body {
            transport::Body::Empty => Source::Bytes(Bytes::new()),
            transport::Body::Bytes(bytes) => Source::Bytes(bytes.clone()),
            transport::Body::File { path, length } => {
                let file = File::open(path).await?;
                let found = file.metadata().await?.len();
                if found != *length {
                    let expected = *length;
                    return Err(UploadError::Length { expected, found });
                }
                Source::File(file)
            }
        };
        let length = body.len();
        Ok(Self {
            source,
            length,
            left: length,
            taken,
            meter: meter(body),
        })
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Result<Bytes, UploadError>> {
        let wanted = usize::try_from(self.left).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES));
        match &mut self.source {
            Source::Bytes(bytes) => Poll::Ready(Ok(bytes.split_to(wanted.min(bytes.len())))),
            Source::File(file) => {
                let mut piece = BytesMut::zeroed(wanted);
                let mut buffer = ReadBuf::new(&mut piece);
                ready!(Pin::new(file).poll_read(context, &mut buffer))?;
                let count = buffer.filled().len();
                piece.truncate(count);
                Poll::Ready(Ok(piece.freeze()))
            }
        }
    }
}

/// Files are worth telling of, if they are long.
fn meter(body: &transport::Body) -> Option<Meter> {
    match body {
        transport::Body::File { path, length } if *length >= METERED_BYTES => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            Some(Meter::new("Uploading", name.into_owned(), Some(*length)))
        }
        _ => None,
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = UploadError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UploadError>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let piece = ready!(self.poll_piece(context))?;
        if piece.is_empty() {
            // The length was announced, so the request breaks off.
            let (expected, found) = (self.length, self.length - self.left);
            return Poll::Ready(Some(Err(UploadError::Length { expected, found })));
        }
        self.left = self.left.saturating_sub(piece.len() as u64);
        if let Some(meter) = &mut self.meter {
            meter.add(piece.len());
        }
        self.taken.notify_one();
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::Write as _;
    use std::path::Path;

    use super::*;

    async fn pieces(body: transport::Body) -> Result<(Vec<usize>, Vec<u8>), UploadError> {
        let mut upload = Upload::open(&body, Arc::default()).await?;
        let (mut sizes, mut content) = (Vec::new(), Vec::new());
        while let Some(frame) = poll_fn(|context| Pin::new(&mut upload).poll_frame(context)).await {
            let piece = frame?.into_data().unwrap();
            sizes.push(piece.len());
            content.extend_from_slice(&piece);
        }
        Ok((sizes, content))
    }

    fn file(path: &Path, length: u64) -> transport::Body {
        transport::Body::File {
            path: path.to_owned(),
            length,
        }
    }

    #[tokio::test]
    async fn a_file_and_bytes_go_out_in_pieces_of_bounded_size() {
        let content: Vec<u8> = (0..u8::MAX).cycle().take(3 * PIECE_BYTES + 7).collect();
        let mut written = tempfile::NamedTempFile::new().unwrap();
        written.write_all(&content).unwrap();
        let (sizes, read) = pieces(file(written.path(), content.len() as u64))
            .await
            .unwrap();
        assert!(sizes.iter().all(|size| *size <= PIECE_BYTES), "{sizes:?}");
        assert!(read == content);
        let bytes = transport::Body::Bytes(content.clone().into());
        let (sizes, read) = pieces(bytes).await.unwrap();
        assert_eq!(sizes, [PIECE_BYTES, PIECE_BYTES, PIECE_BYTES, 7]);
        assert!(read == content);
        assert_eq!(
            pieces(transport::Body::Empty).await.unwrap(),
            (Vec::new(), Vec::new())
        );
    }

    #[tokio::test]
    async fn a_file_of_another_length_is_not_sent() {
        let mut written = tempfile::NamedTempFile::new().unwrap();
        written.write_all(b"12345").unwrap();
        for expected in [4, 6] {
            let error = pieces(file(written.path(), expected)).await.unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the file has changed: expected {expected} bytes, found 5")
            );
        }
        let missing = pieces(file(Path::new("none"), 1)).await.unwrap_err();
        assert_eq!(missing.to_string(), "no such file or directory");
    }

    #[tokio::test]
    async fn a_file_that_shrinks_while_it_is_sent_breaks_the_request_off() {
        let mut written = tempfile::NamedTempFile::new().unwrap();
        written.write_all(b"12345").unwrap();
        let body = file(written.path(), 5);
        let mut upload = Upload::open(&body, Arc::default()).await.unwrap();
        written.as_file().set_len(0).unwrap();
        let frame = poll_fn(|context| Pin::new(&mut upload).poll_frame(context)).await;
        assert!(matches!(
            frame,
            Some(Err(UploadError::Length {
                expected: 5,
                found: 0
            }))
        ));
    }
}
