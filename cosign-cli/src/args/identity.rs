//! Who must have signed.

/// The identity and issuer that a certificate must name.
#[derive(Clone, Debug, clap::Args)]
#[expect(clippy::struct_field_names, reason = "the fields are the flags")]
#[command(next_help_heading = "Who must have signed")]
pub(crate) struct IdentityArgs {
    /// The e-mail address or URI that the certificate must name
    #[arg(long, alias = "cert-identity", value_name = "IDENTITY")]
    pub(crate) certificate_identity: Option<String>,

    /// A regular expression for the identity; it may match anywhere, so anchor it with ^ and $
    #[arg(long, alias = "cert-identity-regexp", value_name = "REGEXP")]
    pub(crate) certificate_identity_regexp: Option<String>,

    /// The OpenID provider that must have vouched for the identity
    #[arg(long, alias = "cert-oidc-issuer", value_name = "URL")]
    pub(crate) certificate_oidc_issuer: Option<String>,

    /// A regular expression for the provider; it may match anywhere, so anchor it with ^ and $
    #[arg(long, alias = "cert-oidc-issuer-regexp", value_name = "REGEXP")]
    pub(crate) certificate_oidc_issuer_regexp: Option<String>,
}
