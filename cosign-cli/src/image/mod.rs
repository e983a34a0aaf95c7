//! Signatures and attestations of container images: what is signed, and how registries store it.
//!
//! Two generations are written and read: bundles in manifests that refer to the image, and layers under a tag that is
//! named after the image's digest.
//!
//! ```text
//! statement       what a bundle signs               payload         what a layer signs
//! annotations     -a KEY=VALUE, in both             manifest        the manifests of both
//! layer           a layer, and its annotations      log_annotation  the log entry in one of them
//! tags            the names of the tags
//! go_json         JSON as Go writes it              strict_json     JSON of strangers
//! ```

mod annotations;
mod go_json;
mod layer;
mod log_annotation;
mod manifest;
mod payload;
mod statement;
mod strict_json;
mod tags;
