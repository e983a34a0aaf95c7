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

    /// The event that must have started the GitHub workflow, for example push
    #[arg(long, value_name = "EVENT")]
    pub(crate) certificate_github_workflow_trigger: Option<String>,

    /// The commit that the GitHub workflow must have run on
    #[arg(long, value_name = "SHA")]
    pub(crate) certificate_github_workflow_sha: Option<String>,

    /// The name that the GitHub workflow must have
    #[arg(long, value_name = "NAME")]
    pub(crate) certificate_github_workflow_name: Option<String>,

    /// The repository that the GitHub workflow must be of, as OWNER/NAME
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) certificate_github_workflow_repository: Option<String>,

    /// The Git reference that the GitHub workflow must have run on, for example refs/heads/main
    #[arg(long, value_name = "REF")]
    pub(crate) certificate_github_workflow_ref: Option<String>,
}

impl IdentityArgs {
    /// The further claims that are demanded: the number of the certificate's extension, and its value.
    ///
    /// Source: Fulcio's `docs/oid-info.md`, 1.3.6.1.4.1.57264.1.2 to .6.
    pub(crate) fn claims(&self) -> Vec<(u8, String)> {
        let claims = [
            (2, &self.certificate_github_workflow_trigger),
            (3, &self.certificate_github_workflow_sha),
            (4, &self.certificate_github_workflow_name),
            (5, &self.certificate_github_workflow_repository),
            (6, &self.certificate_github_workflow_ref),
        ];
        let given = |(number, value): (u8, &Option<String>)| {
            let value = value.clone().filter(|value| !value.is_empty())?;
            Some((number, value))
        };
        claims.into_iter().filter_map(given).collect()
    }

    /// Whether anything is demanded of a certificate.
    pub(crate) fn is_given(&self) -> bool {
        let identity = [
            &self.certificate_identity,
            &self.certificate_identity_regexp,
            &self.certificate_oidc_issuer,
            &self.certificate_oidc_issuer_regexp,
        ];
        let set = |value: &Option<String>| value.as_ref().is_some_and(|value| !value.is_empty());
        identity.into_iter().any(set) || !self.claims().is_empty()
    }
}
