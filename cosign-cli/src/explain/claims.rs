//! What a certificate says about the workflow that asked for it.

use std::collections::BTreeMap;

use sigbox_crypto::Certificate;

/// The number of each extension below 1.3.6.1.4.1.57264.1, and its name in JSON.
///
/// Source: Fulcio's `docs/oid-info.md`; the names are those of sigstore-go's certificate summary.
const NAMES: [(u8, &str); 20] = [
    (2, "githubWorkflowTrigger"),
    (3, "githubWorkflowSHA"),
    (4, "githubWorkflowName"),
    (5, "githubWorkflowRepository"),
    (6, "githubWorkflowRef"),
    (9, "buildSignerURI"),
    (10, "buildSignerDigest"),
    (11, "runnerEnvironment"),
    (12, "sourceRepositoryURI"),
    (13, "sourceRepositoryDigest"),
    (14, "sourceRepositoryRef"),
    (15, "sourceRepositoryIdentifier"),
    (16, "sourceRepositoryOwnerURI"),
    (17, "sourceRepositoryOwnerIdentifier"),
    (18, "buildConfigURI"),
    (19, "buildConfigDigest"),
    (20, "buildTrigger"),
    (21, "runInvocationURI"),
    (22, "sourceRepositoryVisibilityAtSigning"),
    (23, "deploymentEnvironment"),
];

/// The claims that a certificate holds, by name; issuer and identity are not among them.
pub(crate) fn claims(certificate: &Certificate) -> BTreeMap<&'static str, String> {
    let claim = |(number, name): (u8, &'static str)| {
        let value = certificate.fulcio_extension(number)?;
        Some((name, value.to_owned()))
    };
    NAMES.into_iter().filter_map(claim).collect()
}
