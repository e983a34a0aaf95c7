//! The first version of the interface, which older clients speak: the token in the header, the chain as PEM.

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode};
use sigbox_service_kit::limits::read_parts;
use sigbox_service_kit::respond::with_type;
use sigbox_wire::SigningCertRequestV1;

use super::{MAX_REQUEST_BYTES, certify};
use crate::identity::IdentityToken;
use crate::problem::Problem;
use crate::state::Fulcio;

const PEM_CHAIN: HeaderValue = HeaderValue::from_static("application/pem-certificate-chain");

/// `POST /api/v1/signingCert`: 201 with leaf, intermediate and root, and no line break at the end.
///
/// There is no `SCT` header, because the SCT is in the certificate.
pub(crate) async fn signing_cert(
    State(fulcio): State<Fulcio>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let body = read_parts(&parts.headers, body, MAX_REQUEST_BYTES).await?;
    let request = SigningCertRequestV1::parse(&body)?; // shape
    let token = IdentityToken::find(None, &parts.headers)?;
    let chain = certify(&fulcio, &token, request.into()).await?;
    let chain: Vec<_> = chain.iter().map(|pem| pem.trim()).collect();
    Ok(with_type(StatusCode::CREATED, PEM_CHAIN, chain.join("\n")))
}

/// `GET /api/v1/rootCert`: every chain, a blank line between certificates, and no line break at the end.
pub(crate) async fn root_cert(State(fulcio): State<Fulcio>) -> Response {
    with_type(StatusCode::OK, PEM_CHAIN, fulcio.root_cert().to_owned())
}
