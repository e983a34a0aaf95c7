//! The handlers of the certificate authority; each reads as its recipe.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use sigbox_crypto::{Certificate, Sct};
use sigbox_service_kit::limits::read_parts;
use sigbox_service_kit::logging::Untrusted;
use sigbox_service_kit::respond::raw_json;
use sigbox_wire::{SigningCertRequest, SigningCertResponse};

use crate::challenge::ProvenKey;
use crate::identity::{IdentityToken, Principal, authenticate};
use crate::issue::issue;
use crate::problem::Problem;
use crate::state::Fulcio;
use crate::wanted_key::WantedKey;

pub(crate) mod v1;

/// Longest request, in bytes: a token has at most 16 KiB, a key or request a few more.
const MAX_REQUEST_BYTES: usize = 64 * 1024;

/// `POST /api/v2/signingCert`: the token in body or header, the chain as JSON.
pub(crate) async fn signing_cert(
    State(fulcio): State<Fulcio>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let body = read_parts(&parts.headers, body, MAX_REQUEST_BYTES).await?;
    let SigningCertRequest {
        oidc_identity_token,
        key,
    } = SigningCertRequest::parse(&body)?; // shape
    let token = IdentityToken::find(oidc_identity_token, &parts.headers)?;
    let certificates = certify(&fulcio, &token, key.into()).await?;
    let answer = SigningCertResponse { certificates }.to_json()?;
    Ok(raw_json(StatusCode::OK, answer))
}

/// From a token and a key to a chain in PEM, leaf first, root last: the way of both versions.
async fn certify(
    fulcio: &Fulcio,
    token: &IdentityToken,
    wanted: WantedKey,
) -> Result<Vec<String>, Problem> {
    let longest = fulcio.config().longest_token_lifetime;
    let principal = authenticate(token, fulcio.issuers(), fulcio.now(), longest).await?; // who
    let key = ProvenKey::prove(wanted, &principal, &fulcio.config().key_algorithms)?; // with which key
    let certificate = issue(fulcio, &principal, &key).await?; // logged, then signed
    record(token, &principal, &certificate);
    let leaf = std::iter::once(certificate.to_pem());
    Ok(leaf.chain(fulcio.chain_pem().iter().cloned()).collect())
}

/// One line for every certificate: enough to find it in the CT log, nothing that could be used again.
fn record(token: &IdentityToken, principal: &Principal, certificate: &Certificate) {
    metrics::counter!("fulcio_new_certs").increment(1);
    let sct = Sct::from_certificate(certificate)
        .ok()
        .and_then(|scts| scts.into_iter().next());
    tracing::info!(
        serial = hex::encode(certificate.serial()),
        issuer = %Untrusted(principal.issuer()),
        name = %Untrusted(principal.name()),
        key_sha256 = hex::encode(certificate.public_key().key_id()),
        token_sha256 = hex::encode(token.fingerprint()),
        sct_timestamp_ms = sct.map(|sct| sct.timestamp.0),
        "certificate issued"
    );
}

pub(crate) async fn trust_bundle(State(fulcio): State<Fulcio>) -> Response {
    raw_json(StatusCode::OK, fulcio.trust_bundle().to_owned())
}

pub(crate) async fn configuration(State(fulcio): State<Fulcio>) -> Response {
    raw_json(StatusCode::OK, fulcio.configuration().to_owned())
}

pub(crate) async fn not_found() -> Problem {
    Problem::not_found()
}

pub(crate) async fn wrong_method() -> Problem {
    Problem::wrong_method()
}
