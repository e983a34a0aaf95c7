//! The `cosign` client for a private Sigstore: signs and verifies, as a library and as a command.
//!
//! An instance is a closed world: no request leaves for a host that the signing config or the command
//! line does not name, and nothing in here knows a public service. Verifying needs no network at all.
//! It is not a library of Sigstore formats (`sigbox-wire`), and it does not judge bundles itself
//! (`sigbox-verify`).
//!
//! ```text
//! run          command line → exit code            args       what may be said
//! commands     what each command does              report     how a failure looks
//! sign         the recipe of signing               verify     the recipe of verifying
//! oidc         who signs                           trust      what is believed
//! services     certificate, timestamp, log entry   artifact   what is signed
//! attestation  what is said about an artifact     inspect    what a bundle holds
//! explain      how a verification came about       ui         the terminal
//! http         the only place that connects   instances   trust and services by name
//! fetch        keys and artifacts by their address
//! signature_files  what stands in files of its own   policies  what attestations must pass
//! trust_documents  trusted root and signing config made of flags
//! listed       images that files name
//! keys         keys of one's own            bundle_file, output_file, environment, prompt, tls_roots
//! ```

mod args;
mod artifact;
mod attestation;
mod bundle_file;
mod commands;
mod environment;
mod explain;
mod fetch;
mod http;
mod image;
mod inspect;
mod instances;
mod keys;
mod listed;
mod oidc;
mod output_file;
mod patience;
mod policies;
mod prompt;
mod report;
mod run;
mod services;
mod sign;
mod signature_files;
mod tls_roots;
mod trust;
mod trust_documents;
mod ui;
mod verify;

/// The whole command line with its variables, hidden commands too, for what is made from it and checked against it.
pub fn command_line() -> clap::Command {
    args::command()
}

pub use artifact::{ArtifactError, ArtifactSource};
pub use attestation::{Attestation, AttestationError, PredicateType, subject};
pub use bundle_file::BundleFileError;
pub use fetch::FetchError;
pub use http::{ClientTls, ClientTlsError, ClientTlsFiles, ClosedWorld, HttpError, HttpOptions};
pub use oidc::{
    AmbientError, BrowserError, BrowserLogin, BrowserOpener, Buildkite, ClientCredentials,
    ClientCredentialsError, ClientSecret, ClientSecretError, CodeReader, DeviceError, DeviceLogin,
    GithubActions, GoogleWorkload, IdTokenError, IdentitySource, IdentityToken, LoopbackError,
    Pause, ProviderError, SourceError, TokenError, system_browser, system_pause,
};
pub use report::{Detail, Failure, Fault};
pub use run::{run, run_blocking};
pub use services::{
    FulcioError, LogApi, Refusal, RekorError, SelectedLog, SelectedServices, ServiceError,
    TimestampError,
};
pub use sign::{
    BlobError, OwnCertificate, OwnCertificateError, SignError, SignRequest, Signed, attest_blob,
    sign_blob, sign_blobs,
};
pub use signature_files::{SignatureFiles, SignatureFilesError};
pub use tls_roots::RootsError;
pub use trust::{OwnRoots, Supply, TrustSource, TrustSourceError};
pub use ui::{Escaped, Progress, Silent, StderrProgress, Step};
pub use verify::{
    Expectations, VerifyError, VerifyRequest, judge_blob, verify_attestation, verify_blob,
};
