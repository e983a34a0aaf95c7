//! Names that are made of a digest.

use sigbox_oci::Digest;

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

impl TagKind {
    /// All of them, in the order in which they are shown.
    pub(crate) const ALL: [Self; 3] = [Self::Signature, Self::Attestation, Self::Sbom];

    /// What the tag ends with.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Signature => "sig",
            Self::Attestation => "att",
            Self::Sbom => "sbom",
        }
    }
}

/// The tag in which the tag storage keeps what belongs to an image, for example `sha256-<hex>.sig`.
///
/// `digest` is `sha256:<hex>`; `prefix` stands before it, usually empty.
///
/// Source: cosign `specs/SIGNATURE_SPEC.md`, "Tag-based Discovery".
pub(crate) fn tag(prefix: &str, digest: &str, kind: TagKind) -> String {
    let name = digest.replacen(':', "-", 1);
    format!("{prefix}{name}.{}", kind.suffix())
}

/// The digest and the kind that such a tag without a prefix is made of.
pub(crate) fn of_tag(tag: &str) -> Option<(Digest, TagKind)> {
    let (name, suffix) = tag.rsplit_once('.')?;
    let kind = TagKind::ALL
        .into_iter()
        .find(|kind| kind.suffix() == suffix)?;
    Some((name.replacen('-', ":", 1).parse().ok()?, kind))
}

#[cfg(test)]
mod tests {
    use super::{TagKind, of_tag, tag};

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

    #[test]
    fn a_tag_tells_what_it_is_made_of() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        for kind in TagKind::ALL {
            let found = of_tag(&tag("", &digest, kind));
            assert_eq!(found, Some((digest.parse().unwrap(), kind)));
        }
        for other in ["v1.sig", "sha256-ab.sig", "sig", "sha256-..%2f.sig"] {
            assert_eq!(of_tag(other), None, "{other}");
        }
    }
}
