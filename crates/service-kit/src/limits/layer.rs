//! The limit as a layer for one route: handlers may then use the `Bytes` extractor.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request};
use axum::response::{IntoResponse, Response};
use tower::{Layer, Service, ServiceExt};

use super::{BodyError, read_parts};

/// Renders a refused body in the shape that the product's clients expect.
type Render = Arc<dyn Fn(&BodyError) -> Response + Send + Sync>;

/// Limits the request body of the routes under it to `limit_bytes`; see [`body_limit`].
#[derive(Clone)]
pub struct BodyLimit {
    limit_bytes: usize,
    render: Render,
}

/// A layer that reads the whole body first and answers `render(error)` where that fails.
///
/// The handler below finds the complete body in memory, so extractors such as `Bytes` cannot fail; axum's own
/// 2 MB default no longer applies.
pub fn body_limit<F>(limit_bytes: usize, render: F) -> BodyLimit
where
    F: Fn(&BodyError) -> Response + Send + Sync + 'static,
{
    BodyLimit {
        limit_bytes,
        render: Arc::new(render),
    }
}

impl<S> Layer<S> for BodyLimit {
    type Service = BodyLimitService<<DefaultBodyLimit as Layer<S>>::Service>;

    fn layer(&self, inner: S) -> Self::Service {
        BodyLimitService {
            inner: DefaultBodyLimit::disable().layer(inner),
            limit: self.clone(),
        }
    }
}

/// The service of [`BodyLimit`].
#[derive(Clone)]
pub struct BodyLimitService<S> {
    inner: S,
    limit: BodyLimit,
}

impl<S> Service<Request> for BodyLimitService<S>
where
    S: Service<Request, Error = Infallible> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let inner = self.inner.clone();
        let limit = self.limit.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            match read_parts(&parts.headers, body, limit.limit_bytes).await {
                Ok(bytes) => {
                    let request = Request::from_parts(parts, Body::from(bytes));
                    inner
                        .oneshot(request)
                        .await
                        .map(IntoResponse::into_response)
                }
                Err(error) => Ok((limit.render)(&error)),
            }
        })
    }
}
