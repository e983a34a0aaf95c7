//! One authority, several services: which router owns which path.
//!
//! Each service's router is finished on its own, so that an unknown path or a wrong method below a prefix is answered in the form of the
//! service that owns the prefix.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::response::Response;
use tower::util::ServiceExt as _;

/// The routers, by owner.
#[derive(Clone)]
pub(crate) struct Owners {
    /// The signature log, version 2.
    pub(crate) rekor: Router,
    /// The signature log, version 1.
    pub(crate) rekor_v1: Router,
    /// The certificate authority.
    pub(crate) fulcio: Router,
    /// Its certificate transparency log.
    pub(crate) ct: Router,
    /// The timestamp authority.
    pub(crate) tsa: Router,
    /// The built-in OpenID provider; the operations router when it is off.
    pub(crate) oidc: Router,
    /// `/trust`.
    pub(crate) trust: Router,
    /// Health and metrics; also every path that nobody owns.
    pub(crate) operations: Router,
}

/// Picks a router.
type Pick = fn(&Owners) -> &Router;

/// Prefixes and their owners; the first that matches whole segments decides.
const PREFIXES: &[(&str, Pick)] = &[
    ("/api/v2/log", |o| &o.rekor),
    ("/api/v2/checkpoint", |o| &o.rekor),
    ("/api/v2/tile", |o| &o.rekor),
    ("/checkpoint", |o| &o.rekor),
    ("/tile", |o| &o.rekor),
    ("/api/v1/log", |o| &o.rekor_v1),
    ("/api/v1/index", |o| &o.rekor_v1),
    ("/api/v1/version", |o| &o.rekor_v1),
    ("/api/v1/timestamp", |o| &o.tsa),
    ("/api/v1/signingCert", |o| &o.fulcio),
    ("/api/v1/rootCert", |o| &o.fulcio),
    ("/api/v2", |o| &o.fulcio),
    ("/ct", |o| &o.ct),
    ("/oidc", |o| &o.oidc),
    ("/trust", |o| &o.trust),
];

impl Owners {
    /// One router over all of them.
    pub(crate) fn into_router(self) -> Router {
        Router::new().fallback(move |request: Request| {
            let owner = self.owner(request.uri().path()).clone();
            async move { answer(owner, request).await }
        })
    }

    fn owner(&self, path: &str) -> &Router {
        PREFIXES
            .iter()
            .find(|(prefix, _)| {
                path.strip_prefix(prefix)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
            .map_or(&self.operations, |(_, owner)| owner(self))
    }
}

/// Picks a router by the host that a request names, whatever its port; the first one answers for every other host.
pub(crate) fn by_host(routers: Vec<(String, Router)>) -> Router {
    let mut routers = routers.into_iter();
    let first = routers.next().map(|(_, router)| router).unwrap_or_default();
    let others: Vec<(String, Router)> = routers.collect();
    if others.is_empty() {
        return first;
    }
    Router::new().fallback(move |request: Request| {
        let other = others
            .iter()
            .find(|(host, _)| asked_host(&request).is_some_and(|asked| asked == *host));
        let owner = other.map_or(&first, |(_, router)| router).clone();
        async move { answer(owner, request).await }
    })
}

/// The host without its port: of the address in HTTP/2, of the header in HTTP/1.
fn asked_host(request: &Request) -> Option<String> {
    let of_header = || -> Option<Authority> {
        let header = request.headers().get(HOST)?;
        header.to_str().ok()?.parse().ok()
    };
    let authority = request.uri().authority().cloned().or_else(of_header)?;
    Some(authority.host().to_ascii_lowercase())
}

async fn answer(owner: Router, request: Request) -> Response<Body> {
    let answered: Result<_, Infallible> = owner.oneshot(request).await;
    match answered {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;

    fn owners() -> Owners {
        let named = |name: &'static str| Router::new().fallback(move || async move { name });
        Owners {
            rekor: named("rekor"),
            rekor_v1: named("rekor-v1"),
            fulcio: named("fulcio"),
            ct: named("ct"),
            tsa: named("tsa"),
            oidc: named("oidc"),
            trust: named("trust"),
            operations: named("operations"),
        }
    }

    #[tokio::test]
    async fn each_host_reaches_its_router() {
        let named = |name: &'static str| {
            let router = Router::new().fallback(move || async move { name });
            (name.to_owned(), router)
        };
        let router = by_host(vec![named("one.example"), named("two.example")]);
        for (host, expected) in [
            (None, "one.example"),
            (Some("one.example"), "one.example"),
            (Some("two.example:8443"), "two.example"),
            (Some("TWO.example"), "two.example"),
            (Some("two.example.org"), "one.example"),
            (Some("\u{e9}"), "one.example"),
        ] {
            let request = Request::builder().uri("/checkpoint");
            let request = host
                .into_iter()
                .fold(request, |request, host| request.header(HOST, host));
            let request = request.body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            let body = axum::body::to_bytes(response.into_body(), 100)
                .await
                .unwrap();
            assert_eq!(body, expected, "{host:?}");
        }
    }

    #[tokio::test]
    async fn each_path_reaches_its_owner() {
        for (path, owner) in [
            ("/api/v2/log/entries", "rekor"),
            ("/api/v2/checkpoint", "rekor"),
            ("/tile/0/000.p/1", "rekor"),
            ("/api/v1/log", "rekor-v1"),
            ("/api/v1/log/entries/", "rekor-v1"),
            ("/api/v1/index/retrieve", "rekor-v1"),
            ("/api/v1/version", "rekor-v1"),
            ("/api/v1/logs", "operations"),
            ("/checkpoint", "rekor"),
            ("/checkpoints", "operations"),
            ("/api/v2/signingCert", "fulcio"),
            ("/api/v2/nope", "fulcio"),
            ("/ct/v1/get-roots", "ct"),
            ("/ct/tile/0/000", "ct"),
            ("/api/v1/timestamp/certchain", "tsa"),
            ("/oidc/workload/token", "oidc"),
            ("/trust/rekor.pub", "trust"),
            ("/healthz", "operations"),
            ("/", "operations"),
        ] {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            let response = owners().into_router().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            let body = axum::body::to_bytes(response.into_body(), 100)
                .await
                .unwrap();
            assert_eq!(body, owner, "{path}");
        }
    }
}
