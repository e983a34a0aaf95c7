//! What each command does: from arguments to a recipe of the library, and from its outcome to the user.

mod completion;
mod env;
mod explain;
mod explain_verify;
mod sign_blob;
mod verify_blob;
mod version;

pub(crate) use self::completion::completion;
pub(crate) use self::env::env;
pub(crate) use self::explain::argument_failure;
pub(crate) use self::sign_blob::SignBlob;
pub(crate) use self::verify_blob::VerifyBlob;
pub(crate) use self::version::{platform, version};
