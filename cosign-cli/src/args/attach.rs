//! `cosign attach`.

use std::path::PathBuf;

use clap::Subcommand;

use super::RegistryArgs;
use super::suggested::Suggested;

/// Store beside an image what was made elsewhere; nothing of it is verified
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct AttachArgs {
    #[command(subcommand)]
    pub(crate) command: AttachCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AttachCommand {
    Signature(Box<AttachSignatureArgs>),
    Attestation(Box<AttachAttestationArgs>),
    Sbom(Box<AttachSbomArgs>),
}

/// Store a signature beside an image
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
A bundle as the payload is stored in a manifest that refers to the image; a signature over a payload is stored
under the image's tag.

Examples:
  # a bundle that `cosign sign --upload=false --bundle` has written
  cosign attach signature --bundle image.sigstore.json registry.example.com/app@sha256:2cf24dba…8b9824

  # a signature of your own tool
  cosign generate registry.example.com/app:v1 > payload.json
  openssl dgst -sha256 -sign key.pem payload.json | base64 -w0 > payload.sig
  cosign attach signature --payload payload.json --signature payload.sig registry.example.com/app:v1")]
pub(crate) struct AttachSignatureArgs {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// The signature as base64: a file, or - for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) signature: Option<PathBuf>,

    /// What was signed, or a bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) payload: Option<PathBuf>,

    /// A bundle; the same as --payload
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,

    /// The signer's certificate (PEM)
    #[arg(long, visible_alias = "cert", value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,

    /// The authorities above that certificate, the root last (PEM)
    #[arg(long, visible_alias = "cert-chain", value_name = "FILE")]
    pub(crate) certificate_chain: Option<PathBuf>,

    /// A timestamp over the signature: DER, or as cosign writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) tsr: Option<PathBuf>,

    /// The log entry: the log's answer, or as cosign writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) rekor_response: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// Store signed attestations beside an image
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
A file holds a bundle, an envelope, or envelopes one after the other.

Examples:
  cosign attach attestation --attestation sbom.dsse.json registry.example.com/app@sha256:2cf24dba…8b9824")]
pub(crate) struct AttachAttestationArgs {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// Signed attestations
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    pub(crate) attestation: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}

/// Store a bill of materials beside an image; `cosign attest` signs it as well
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  cosign attach sbom --sbom app.spdx.json registry.example.com/app:v1

  # better: signed
  cosign attest --type spdxjson --predicate app.spdx.json registry.example.com/app:v1")]
pub(crate) struct AttachSbomArgs {
    /// The image
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// The bill of materials: a file, or - for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) sbom: Option<PathBuf>,

    /// spdx, cyclonedx or syft
    #[arg(long = "type", value_name = "TYPE", default_value = "spdx",
          value_parser = Suggested(&["spdx", "cyclonedx", "syft"]), hide_possible_values = true)]
    pub(crate) sbom_type: String,

    /// json, xml or text; without it, what the file's name says
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "",
        hide_default_value = true,
        value_parser = Suggested(&["json", "xml", "text"]),
        hide_possible_values = true
    )]
    pub(crate) input_format: String,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}
