//! The JSON that Sigstore programs exchange, as Rust types.
//!
//! This crate decodes and encodes; it never judges. Whether a signature holds, a log is known or a
//! certificate is in time is the business of `sigbox-verify` and of the services. It has no I/O, no
//! clock and no cryptography.
//!
//! ```text
//! proto_json     the reading and writing rules of protobuf JSON (base64, 64-bit numbers, enums)
//! algorithm      HashAlgorithm, KeyDetails
//! bundle         Bundle and what it holds        dsse, statement   what is attested
//! detached       what clients wrote before there were bundles
//! log_entry      TransparencyLogEntry            rekor      Rekor v2 requests, v1 and v2 bodies
//! rekor_v1       Rekor v1 requests and canonical bodies
//! fulcio         certificate requests, answers   timestamp  the JSON form of a timestamp request
//! trust          TrustedRoot, SigningConfig, ClientTrustConfig
//! unique         is any member of any JSON given twice      strict_json   JSON of which none is
//! ```
//!
//! Reading is lenient in form: camelCase and snake_case names, standard and URL base64 with or without
//! padding, 64-bit numbers as strings or numbers, enums by name or number, `null` for absent. Unknown
//! members are refused in bundles, log entries and Rekor requests, ignored in Fulcio and timestamp
//! requests, and ignored with a warning in trusted roots and signing configs. Refused everywhere are a
//! known member that stands twice (in either spelling), a message that is not a JSON object, deep nesting,
//! and anything after the document.

pub mod proto_json;
pub mod rekor_v1;
pub mod strict_json;

mod algorithm;
mod bundle;
mod detached;
mod dsse;
mod encode;
mod fulcio;
mod log_entry;
mod rekor;
mod statement;
mod timestamp;
mod trust;
mod unique;

pub use algorithm::{HashAlgorithm, KeyDetails, UnknownHashAlgorithm};
pub use bundle::{
    Bundle, BundleContent, BundleError, BundleVersion, MessageDigest, MessageSignature,
    VerificationContent, VerificationMaterial,
};
pub use detached::{
    DetachedError, DetachedSct, LocalSignedPayload, parse_signed_timestamp, pem_text,
    signed_timestamp_json,
};
pub use dsse::{DsseEnvelope, DsseSignature, EnvelopeError, pae};
pub use encode::EncodeError;
pub use fulcio::{
    IssuerConfiguration, IssuerUrl, SigningCertKey, SigningCertRequest, SigningCertRequestError,
    SigningCertRequestV1, SigningCertResponse, SigningCertResponseError, configuration_json,
    trust_bundle_json,
};
pub use log_entry::{EntryError, InclusionProof, KindVersion, TransparencyLogEntry};
pub use rekor::{
    BodyError, CreateEntryRequest, DsseRequest, DsseV001, HashedRekordRequest, HashedRekordV001,
    HashedRekordV002, IntotoV002, LoggedSignature, RequestError, Verifier, VerifierKey,
};
pub use statement::{Statement, StatementError, Subject};
pub use timestamp::{TimestampJsonRequest, TimestampRequestError};
pub use trust::{
    CertificateAuthority, ClientTrustConfig, LogInstance, LogPublicKey, SelectError, Service,
    ServiceSelector, SigningConfig, TimeRange, TrustError, TrustedRoot,
};
