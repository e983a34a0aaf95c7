//! The media type of a bill of materials.

use std::path::Path;

use crate::report::Failure;
use crate::ui::Escaped;

/// Of its kind and its format; without a format, the ending of the file's name tells JSON.
///
/// Source: cosign `cmd/cosign/cli/options/attach.go`, `MediaType`.
pub(super) fn media_type(path: &Path, kind: &str, format: &str) -> Result<&'static str, Failure> {
    let is_json = match format {
        "" => path.as_os_str().to_string_lossy().ends_with(".json"),
        format => format == "json",
    };
    let wrong = |expected: &str| {
        Err(Failure::new(format!(
            "invalid SBOM input format: \"{}\", expected ({expected})",
            Escaped(format)
        )))
    };
    match (kind, format) {
        ("spdx", "" | "json" | "text") if is_json => Ok("text/spdx+json"),
        ("spdx", "" | "json" | "text") => Ok("text/spdx"),
        ("spdx", _) => wrong("json|text"),
        ("cyclonedx", "" | "json" | "xml") if is_json => Ok("application/vnd.cyclonedx+json"),
        ("cyclonedx", "" | "json" | "xml") => Ok("application/vnd.cyclonedx+xml"),
        ("cyclonedx", _) => wrong("json|xml"),
        ("syft", "" | "json") => Ok("application/vnd.syft+json"),
        ("syft", _) => wrong("json"),
        (kind, _) => Err(Failure::new(format!(
            "unknown SBOM type: \"{}\", expected (spdx|cyclonedx|syft)",
            Escaped(kind)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::media_type;
    use std::path::Path;

    #[test]
    fn media_types_are_the_real_clients() {
        for (path, kind, format, expected) in [
            ("a.json", "spdx", "", "text/spdx+json"),
            ("a.txt", "spdx", "", "text/spdx"),
            ("a.txt", "spdx", "json", "text/spdx+json"),
            ("a.json", "spdx", "text", "text/spdx"),
            ("a.xml", "cyclonedx", "", "application/vnd.cyclonedx+xml"),
            ("a.json", "cyclonedx", "", "application/vnd.cyclonedx+json"),
            (
                "a.json",
                "cyclonedx",
                "xml",
                "application/vnd.cyclonedx+xml",
            ),
            ("a.xml", "syft", "", "application/vnd.syft+json"),
        ] {
            let found = media_type(Path::new(path), kind, format).unwrap();
            assert_eq!(found, expected, "{path} {kind} {format}");
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for (kind, format, expected) in [
            (
                "spdx",
                "xml",
                "invalid SBOM input format: \"xml\", expected (json|text)",
            ),
            (
                "cyclonedx",
                "text",
                "invalid SBOM input format: \"text\", expected (json|xml)",
            ),
            (
                "syft",
                "xml",
                "invalid SBOM input format: \"xml\", expected (json)",
            ),
            (
                "zz",
                "json",
                "unknown SBOM type: \"zz\", expected (spdx|cyclonedx|syft)",
            ),
        ] {
            let refused = media_type(Path::new("a.json"), kind, format).unwrap_err();
            assert_eq!(refused.headline, expected);
        }
    }
}
