//! Authorities that the user brings.

use std::path::PathBuf;

use crate::trust::OwnRoots;

/// Authorities that the user brings, believed instead of those of the trusted root.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Authorities of your own, instead of the trusted root's")]
pub(crate) struct RootsArgs {
    /// The authority that must have certified the signer: intermediates and, last, the root, PEM
    #[arg(long, alias = "cert-chain", value_name = "FILE")]
    pub(crate) certificate_chain: Option<PathBuf>,

    /// Roots, one of which must have certified the signer, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_roots: Option<PathBuf>,

    /// Intermediates below the roots of --ca-roots, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_intermediates: Option<PathBuf>,

    /// The timestamp authority that must have stamped the signature, with its intermediates and its root, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) timestamp_certificate_chain: Option<PathBuf>,

    /// Use the intermediates that a bundle brings along to reach a trusted root
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", action = clap::ArgAction::Set, value_parser = clap::builder::BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true)]
    pub(crate) allow_certificate_chain: bool,
}

impl RootsArgs {
    /// What is brought, if anything is.
    pub(crate) fn own(&self) -> Option<OwnRoots> {
        let own = OwnRoots {
            certificate_chain: self.certificate_chain.clone(),
            ca_roots: self.ca_roots.clone(),
            ca_intermediates: self.ca_intermediates.clone(),
            timestamp_chain: self.timestamp_certificate_chain.clone(),
            authority: None,
        };
        (!own.is_empty()).then_some(own)
    }
}
