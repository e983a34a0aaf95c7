//! OCI registries and image layouts: a client that believes no answer.
//!
//! ```text
//! digest, reference, descriptor, manifest   names and content, parsed strictly; pure
//! transport                                 what the client needs of a network: a trait
//! registry                                  manifests, blobs, tags, referrers over a transport
//! auth, credentials                         tokens, and whose password goes where
//! layout                                    the same content in a directory
//! ```
//!
//! Every manifest and blob is hashed before it is handed out; every list has an end; nothing is fetched from an address that
//! a descriptor names; credentials go to the registry that they were saved for, and to nobody that it points to.
//!
//! Source: OCI distribution spec 1.1, OCI image spec 1.1.

mod auth;
pub mod credentials;
mod descriptor;
mod digest;
mod error;
mod foreign;
mod json;
pub mod layout;
mod manifest;
pub mod media_type;
mod reference;
mod registry;
pub mod transport;

pub use descriptor::{Descriptor, Platform};
pub use digest::{Digest, DigestAlgorithm, DigestError, Digester};
pub use error::{
    Content, FetchStatus, PageFault, RealmFault, RedirectFault, RegistryError, RegistryMessage,
};
pub use foreign::Foreign;
pub use manifest::{
    ImageIndex, ImageManifest, MAX_DESCRIPTORS, MAX_MANIFEST, Manifest, ManifestError, RawManifest,
};
pub use reference::{DEFAULT_REGISTRY, Reference, ReferenceError, Repository, Tag};
pub use registry::{
    Attached, PlainHttp, Referrers, ReferrersSource, Registry, RegistryOptions, Stored, TagContent,
};
