//! A certificate for a fresh key, from the certificate authority.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use sigbox_crypto::{Certificate, CertificateError, SignError, SigningKey};
use sigbox_wire::{
    EncodeError, SigningCertKey, SigningCertRequest, SigningCertResponse, SigningCertResponseError,
};
use url::Url;

use super::{Refusal, endpoint};
use crate::http::{ClosedWorld, HttpError, Request};
use crate::oidc::IdentityToken;

const DEADLINE: Duration = Duration::from_secs(30);

/// The certificate authority gave no usable certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FulcioError {
    /// It could not be reached.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The proof of possession could not be made.
    #[error("the proof of possession could not be signed")]
    Sign(#[from] SignError),
    /// The request could not be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The token holds characters that no header can carry.
    #[error("the identity token cannot be sent in a header")]
    Token,
    /// The answer is no certificate answer.
    #[error("the certificate authority's answer cannot be used")]
    Answer(#[from] SigningCertResponseError),
    /// A certificate in the answer cannot be read.
    #[error("the certificate authority's certificate cannot be used")]
    Certificate(#[from] CertificateError),
    /// The answer is for another key.
    #[error("the certificate authority returned a certificate for another key")]
    OtherKey,
}

/// Asks for a certificate: the proof signs the token's challenge, the token travels as bearer.
///
/// The answer is the leaf. It holds our key; nothing else about it has been checked.
///
/// # Errors
/// [`FulcioError`]; the token is in none of them.
///
/// Source: fulcio `fulcio.proto`, `CreateSigningCertificate`; status exactly 200.
pub(crate) async fn request_certificate(
    world: &ClosedWorld,
    authority: &Url,
    token: &IdentityToken,
    key: &SigningKey,
) -> Result<Certificate, FulcioError> {
    let request = SigningCertRequest {
        oidc_identity_token: None,
        key: SigningCertKey::PublicKey {
            content: key.public_key().to_pem(),
            proof_of_possession: key.sign(token.challenge().as_bytes())?,
        },
    };
    let url = endpoint(authority, "/api/v2/signingCert");
    let answer = world
        .send(Request {
            method: Method::POST,
            url: &url,
            headers: headers(token)?,
            body: request.to_json()?.into_bytes(),
            deadline: DEADLINE,
        })
        .await?;
    if answer.status.as_u16() != 200 {
        return Err(Refusal::new("Fulcio", &answer).into());
    }
    let response = SigningCertResponse::parse(&answer.body)?;
    let leaf = response
        .certificates
        .first()
        .ok_or(SigningCertResponseError::NoCertificate)?;
    let leaf = Certificate::from_pem(leaf)?;
    if leaf.public_key().spki_der() != key.public_key().spki_der() {
        return Err(FulcioError::OtherKey);
    }
    Ok(leaf)
}

fn headers(token: &IdentityToken) -> Result<HeaderMap, FulcioError> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.as_str()))
        .map_err(|_| FulcioError::Token)?;
    bearer.set_sensitive(true);
    let json = HeaderValue::from_static("application/json");
    Ok(HeaderMap::from_iter([
        (AUTHORIZATION, bearer),
        (CONTENT_TYPE, json.clone()),
        (ACCEPT, json),
    ]))
}
