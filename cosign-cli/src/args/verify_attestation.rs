//! `cosign verify-attestation`.

use super::suggested::{FORMATS, PREDICATES};
use super::{RegistryArgs, VerifyImageArgs, VerifyingArgs};

/// Verify attestations of images in a registry, and print those of one type
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Attestations are looked for in both storages of the registry. No host but the registry is contacted,
and that of a --policy by its address.
Exit codes: 10 there is no attestation, 11 there is no such tag, 12 no attestation matches.

A policy is asked about the whole statement. One in Rego allows it by `allow` in the package `signature`,
and is evaluated here, without network, files or environment. One in CUE must unify with it, and is
evaluated by the `cue` program that is on PATH or that COSIGN_CUE names.

Examples:
  # verify where an image comes from, and read it
  cosign verify-attestation --type slsaprovenance1 --certificate-identity alice@example.com \\
      --certificate-oidc-issuer https://sigstore.example.com/oidc registry.example.com/app:v1 |
      jq -r .payload | base64 -d | jq .predicate

  # and demand something of what it says
  cosign verify-attestation --type slsaprovenance1 --policy builder.rego --key cosign.pub \\
      registry.example.com/app:v1")]
pub(crate) struct VerifyAttestationArgs {
    /// The images
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,

    /// The type that the attestation must have: a short name or a URI
    #[arg(
        long = "type",
        alias = "predicate-type",
        value_name = "TYPE",
        default_value = "custom",
        value_parser = PREDICATES,
        hide_possible_values = true
    )]
    pub(crate) predicate_type: String,

    /// A policy that every attestation of the type must pass, by its path or address: FILE.rego or FILE.cue (can be given several times)
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Vec<String>,

    /// How --explain prints: text, which is the default, or json; attestations are always printed one envelope a line
    #[arg(long, short, value_name = "FORMAT", value_parser = FORMATS, hide_possible_values = true)]
    pub(crate) output: Option<String>,

    #[command(flatten)]
    pub(crate) common: VerifyImageArgs,

    #[command(flatten)]
    pub(crate) verifying: VerifyingArgs,

    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
}
