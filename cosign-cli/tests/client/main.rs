//! The client, seen from outside: its command line and its library, against services in the same process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::format_push_string,
    missing_docs,
    reason = "tests"
)]

mod abuse;
mod attest_blob;
mod bundle_tools;
mod cli;
mod command;
mod conformance;
mod custom_roots;
mod device;
mod every_command;
mod evidence;
mod explain;
mod explain_images;
mod explain_legacy;
mod fetched;
mod identity;
mod image_adversary;
mod image_certificate;
mod image_doctor;
mod image_flags;
mod image_registry;
mod image_requests;
mod image_sign;
mod images;
mod inspect;
mod instance;
mod instances;
mod key_pairs;
mod key_signing;
mod large_files;
mod legacy_files;
mod legacy_sign;
mod legacy_verify;
mod listed;
mod login;
mod machines;
mod many_blobs;
mod masked;
mod not_enforced;
mod online_lookup;
mod own_certificate;
mod policies;
mod recursive;
mod reference;
mod registry_attach;
mod registry_moves;
mod registry_tools;
mod registry_upload;
mod scripted;
mod services;
mod sign_blob;
mod sign_blob_v1;
mod signing_algorithms;
mod terminal;
mod timestamp_tls;
mod trust_documents;
mod unreachable;
mod verify_blob;
