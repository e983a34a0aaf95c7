//! Names that are made of a digest.

/// What a tag of the tag storage is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagKind {
    /// Signatures.
    Signature,
    /// Attestations.
    Attestation,
    /// Bills of materials that nobody has signed.
    Sbom,
}

/// The tag in which the tag storage keeps what belongs to an image, for example `sha256-<hex>.sig`.
///
/// `digest` is `sha256:<hex>`; `prefix` stands before it, usually empty.
///
/// Source: cosign `specs/SIGNATURE_SPEC.md`, "Tag-based Discovery".
pub(crate) fn tag(prefix: &str, digest: &str, kind: TagKind) -> String {
    let name = digest.replacen(':', "-", 1);
    let suffix = match kind {
        TagKind::Signature => "sig",
        TagKind::Attestation => "att",
        TagKind::Sbom => "sbom",
    };
    format!("{prefix}{name}.{suffix}")
}

#[cfg(test)]
mod tests {
    use super::{TagKind, tag};

    #[test]
    fn tags_are_the_real_clients() {
        let digest = "sha256:ff88e1";
        assert_eq!(tag("", digest, TagKind::Signature), "sha256-ff88e1.sig");
        assert_eq!(tag("", digest, TagKind::Attestation), "sha256-ff88e1.att");
        assert_eq!(tag("", digest, TagKind::Sbom), "sha256-ff88e1.sbom");
        assert_eq!(
            tag("ci-", digest, TagKind::Signature),
            "ci-sha256-ff88e1.sig"
        );
    }
}
