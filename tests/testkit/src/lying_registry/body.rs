//! Bodies that are not what they seem.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};

use super::BodyLie;

const CHUNK: &[u8] = &[b' '; 16 * 1024];

struct Endless;

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(CHUNK)))))
    }
}

/// The body as the lie has it.
pub(super) fn told(bytes: Bytes, lie: BodyLie) -> Response {
    match lie {
        BodyLie::Honest => {
            let length = bytes.len();
            ([(header::CONTENT_LENGTH, length)], Body::from(bytes)).into_response()
        }
        BodyLie::Endless { announced: None } => Body::new(Endless).into_response(),
        BodyLie::Endless {
            announced: Some(length),
        } => ([(header::CONTENT_LENGTH, length)], Body::new(Endless)).into_response(),
        BodyLie::Cut => Body::from(bytes.slice(..bytes.len() - 1)).into_response(),
        BodyLie::Longer => {
            let mut longer = bytes.to_vec();
            longer.push(b' ');
            // Without an announcement, so that it is seen on arrival.
            let stream = http_body_of(longer);
            Body::new(stream).into_response()
        }
    }
}

/// A body that does not know its length.
fn http_body_of(
    bytes: Vec<u8>,
) -> impl HttpBody<Data = Bytes, Error = Infallible> + Send + 'static {
    struct Once(Option<Bytes>);
    impl HttpBody for Once {
        type Data = Bytes;
        type Error = Infallible;
        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
        }
    }
    Once(Some(bytes.into()))
}
