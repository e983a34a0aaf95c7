//! What Fulcio's HTTP interface reads and answers (v2; the v1 forms are built from these).

mod configuration;
mod request;
mod response;

pub use configuration::{IssuerConfiguration, IssuerUrl, configuration_json};
pub use request::{SigningCertKey, SigningCertRequest, SigningCertRequestError};
pub use response::{SigningCertResponse, SigningCertResponseError, trust_bundle_json};
