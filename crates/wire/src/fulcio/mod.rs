//! What Fulcio's HTTP interface reads and answers (v2, and the request of v1, whose answer is PEM).

mod configuration;
mod request;
mod request_v1;
mod response;

pub use configuration::{IssuerConfiguration, IssuerUrl, configuration_json};
pub use request::{SigningCertKey, SigningCertRequest, SigningCertRequestError};
pub use request_v1::SigningCertRequestV1;
pub use response::{SigningCertResponse, SigningCertResponseError, trust_bundle_json};
