//! What each command does: from arguments to a recipe of the library, and from its outcome to the user.

mod attest_blob;
mod bundle_create;
mod bundle_upgrade;
mod bundle_written;
mod completion;
mod conformance;
mod env;
mod explain;
mod explain_keys;
mod explain_verify;
mod identity;
mod inspect;
mod key_pair;
mod old_outputs;
mod said;
mod sign_blob;
mod signing;
mod telling;
mod verify_blob;
mod verify_blob_attestation;
mod verifying;
mod version;

pub(crate) use self::attest_blob::AttestBlob;
pub(crate) use self::bundle_create::CreateBundle;
pub(crate) use self::bundle_upgrade::UpgradeBundle;
pub(crate) use self::completion::completion;
pub(crate) use self::conformance::{SignBundle, VerifyBundle};
pub(crate) use self::env::env;
pub(crate) use self::explain::argument_failure;
pub(crate) use self::inspect::inspect_bundle;
pub(crate) use self::key_pair::{generate_key_pair, import_key_pair, public_key};
pub(crate) use self::sign_blob::SignBlob;
pub(crate) use self::signing::Signing;
pub(crate) use self::verify_blob::VerifyBlob;
pub(crate) use self::verify_blob_attestation::VerifyBlobAttestation;
pub(crate) use self::version::{platform, version};
