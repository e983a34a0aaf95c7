//! The one image of an index that runs on a platform.

use sigbox_oci::{Descriptor, Manifest, Platform};

use crate::ui::Escaped;

/// There is no such image, or more than one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PlatformError {
    #[error("parsing platform: too many slashes in platform spec: {}", Escaped(.found))]
    Spec { found: String },
    #[error("specified reference is not a multiarch image")]
    NoIndex,
    #[error("unable to find an entity for {}", Escaped(.platform))]
    NotFound { platform: String },
    #[error("platform spec matches more than one image architecture: {}", Escaped(.found))]
    Several { found: String },
}

/// Reads `OS`, `OS/ARCH` or `OS/ARCH/VARIANT`.
///
/// # Errors
/// [`PlatformError::Spec`].
///
/// Source: go-containerregistry `v1.ParsePlatform`.
pub(crate) fn parse_platform(text: &str) -> Result<Platform, PlatformError> {
    let mut parts = text.split('/').map(ToOwned::to_owned);
    let os = parts.next().unwrap_or_default();
    let architecture = parts.next().unwrap_or_default();
    let variant = parts.next();
    if parts.next().is_some() {
        let found = text.to_owned();
        return Err(PlatformError::Spec { found });
    }
    Ok(Platform {
        architecture,
        os,
        variant,
        ..Platform::default()
    })
}

/// The member of an index that runs on a platform; what the platform leaves open fits always.
///
/// # Errors
/// [`PlatformError`].
///
/// Source: cosign `pkg/oci/platform`.
pub(crate) fn of_platform<'a>(
    manifest: &'a Manifest,
    platform: &str,
) -> Result<&'a Descriptor, PlatformError> {
    let Manifest::Index(index) = manifest else {
        return Err(PlatformError::NoIndex);
    };
    let wanted = parse_platform(platform)?;
    let members = index.manifests.iter();
    let fitting: Vec<&Descriptor> = members.filter(|one| fits(one, &wanted)).collect();
    match fitting.as_slice() {
        [only] => Ok(only),
        [] => Err(PlatformError::NotFound {
            platform: platform.to_owned(),
        }),
        several => {
            let found = names(several.iter().copied());
            Err(PlatformError::Several { found })
        }
    }
}

/// The platforms of an index, as they are typed; nothing of an image.
pub(crate) fn platforms(manifest: &Manifest) -> Option<String> {
    match manifest {
        Manifest::Index(index) => Some(names(&index.manifests)),
        Manifest::Image(_) => None,
    }
}

fn names<'a>(members: impl IntoIterator<Item = &'a Descriptor>) -> String {
    let platforms = members.into_iter().filter_map(|one| one.platform.as_ref());
    let names: Vec<String> = platforms.map(name).collect();
    names.join(", ")
}

fn fits(member: &Descriptor, wanted: &Platform) -> bool {
    let same = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
    member.platform.as_ref().is_some_and(|found| {
        let variant = found.variant.as_deref().unwrap_or_default();
        same(&wanted.os, &found.os)
            && same(&wanted.architecture, &found.architecture)
            && same(wanted.variant.as_deref().unwrap_or_default(), variant)
    })
}

fn name(platform: &Platform) -> String {
    let mut name = format!("{}/{}", platform.os, platform.architecture);
    if let Some(variant) = &platform.variant {
        name = format!("{name}/{variant}");
    }
    name
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{PlatformError, of_platform};
    use sigbox_oci::{Manifest, RawManifest, media_type};

    fn index(platforms: &[&str]) -> Manifest {
        let members: Vec<String> = platforms
            .iter()
            .enumerate()
            .map(|(at, platform)| {
                format!(
                    r#"{{"mediaType":"{}","size":2,"digest":"sha256:{at:064}","platform":{platform}}}"#,
                    media_type::OCI_MANIFEST
                )
            })
            .collect();
        let text = format!(
            r#"{{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}}"#,
            media_type::OCI_INDEX,
            members.join(",")
        );
        Manifest::parse(&RawManifest::new(media_type::OCI_INDEX, text.into_bytes())).unwrap()
    }

    #[test]
    fn one_member_runs_on_a_platform_or_none_is_taken() {
        let index = index(&[
            r#"{"os":"linux","architecture":"amd64"}"#,
            r#"{"os":"linux","architecture":"arm","variant":"v6"}"#,
            r#"{"os":"linux","architecture":"arm","variant":"v7"}"#,
            r#"{"os":"windows","architecture":"amd64"}"#,
        ]);
        for (platform, at) in [
            ("linux/amd64", 0),
            ("linux/arm/v7", 2),
            ("windows", 3),
            ("windows/amd64", 3),
        ] {
            let found = of_platform(&index, platform).unwrap();
            assert!(found.digest.hex().ends_with(&format!("{at}")), "{platform}");
        }
        let refused = |platform: &str| of_platform(&index, platform).unwrap_err();
        let several = |found: &str| PlatformError::Several {
            found: found.to_owned(),
        };
        assert_eq!(refused("linux/arm"), several("linux/arm/v6, linux/arm/v7"));
        assert_eq!(refused("/amd64"), several("linux/amd64, windows/amd64"));
        let platform = "linux/s390x".to_owned();
        assert_eq!(
            refused(&platform.clone()),
            PlatformError::NotFound { platform }
        );
        let found = "a/b/c/d".to_owned();
        assert_eq!(refused(&found.clone()), PlatformError::Spec { found });
    }
}
