//! Signatures and attestations of container images: what is signed, how registries store it, and how it is judged.
//!
//! Two generations are written and read: bundles in manifests that refer to the image, and layers under a tag that is
//! named after the image's digest.
//!
//! ```text
//! statement       what a bundle signs               payload         what a layer signs
//! annotations     -a KEY=VALUE, in both             manifest        the manifests of both
//! layer           a layer, and its annotations      log_annotation  the log entry in one of them
//! tags            the names of the tags             place           an image, and where its signatures are
//! collect         what a registry holds             judge           whether one of it holds
//! claims          what it claims                    output          what the user is told
//! verify          the recipe for an image
//! attached        layers as they stand              detached        files of signatures made elsewhere
//! walk            what a name stands for            push            storing what was signed
//! joining         how layers join others           tag_layers      changing a tag that others change
//! shipment        an image on its way               local           what a saved directory holds
//! tree            the list of what is there         clean           removing it
//! doctor          who finds what, and what is damaged
//! given_certificate a certificate that was not stored
//! go_json         JSON as Go writes it             platform        the one image of an index that runs on it
//! parallel        several at once, in order         attachment_size how much of a blob is read
//! ```

mod annotations;
mod attached;
pub(crate) mod attachment_size;
mod claims;
mod clean;
mod collect;
mod detached;
mod doctor;
mod given_certificate;
mod go_json;
mod joining;
mod judge;
mod layer;
mod local;
mod log_annotation;
mod manifest;
mod output;
mod parallel;
mod payload;
mod place;
mod platform;
mod push;
mod shipment;
mod statement;
mod tag_layers;
mod tags;
mod tree;
mod verify;
mod walk;

pub(crate) use annotations::{AnnotationError, Annotations};
pub(crate) use attached::{
    Attached, Detached, fetch_attached, list_attached, predicate_type_of, push_attached,
};
pub(crate) use claims::{ANNOTATIONS, CLAIMED_IMAGE, Claims};
pub(crate) use clean::{Removing, bundles, clean};
pub(crate) use collect::{CollectError, Limits, collect};
pub(crate) use detached::{DetachedError, certificates_pem, log_entry, timestamp};
pub(crate) use doctor::{Diagnosis, Finding, Keeper, Kind, Missing, Storage, diagnose};
pub(crate) use joining::Joining;
pub(crate) use judge::{Accepted, Claim, Examined, Judge, Refusal};
pub(crate) use layer::{Layer, LayerContent};
pub(crate) use manifest::{
    BlobRef, IMAGE_INDEX, IMAGE_MANIFEST, Member, PREDICATE_TYPE, file_manifest, platform_index,
    wasm_manifest,
};
pub(crate) use output::{Checks, block, certificate_lines, element, envelope, json, text_line};
pub(crate) use parallel::in_order;
pub(crate) use payload::SimpleSigning;
pub(crate) use place::Place;
pub(crate) use platform::{of_platform, parse_platform, platforms};
pub(crate) use push::{PushError, layer_of, push_blob, push_bundle, push_bundle_json, push_layers};
pub(crate) use shipment::{
    Cargo, Parts, Shipment, ShipmentError, Target, deliver, gather, pack, unpack,
};
pub(crate) use statement::{SIGN_PREDICATE, sign_statement};
pub(crate) use tags::TagKind;
pub(crate) use tree::tree;
pub(crate) use verify::{
    Examination, ImageError, Reading, VerifiedImage, Wanted, of_type, verify_image,
    verify_local_image,
};
pub(crate) use walk::{WalkError, manifests};
