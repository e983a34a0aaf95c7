//! What the real client says of the flags of the old formats, in its words.

use crate::ui::say;

const SIGNED: &str =
    "please use --bundle to provide the output bundle location, which will include the";

/// Each flag with what takes its place.
const INSTEAD: [(&str, &str, &str); 12] = [
    (
        "certificate",
        "please use --bundle with --trusted-root to provide the public certificate",
        "",
    ),
    (
        "certificate-chain",
        "please use --trusted-root to provide the certificate chain",
        "",
    ),
    (
        "ca-roots",
        "please use --trusted-root to provide CA certificates",
        "",
    ),
    (
        "ca-intermediates",
        "please use --trusted-root to provide CA certificates",
        "",
    ),
    (
        "sct",
        "a Signed Certificate Timestamp is now provided via a Sigstore bundle",
        "",
    ),
    (
        "signature",
        "please use --bundle to provide a signature",
        "",
    ),
    ("rfc3161-timestamp", SIGNED, " signed timestamp"),
    (
        "timestamp-certificate-chain",
        "please use --trusted-root to provide the timestamp authority certificate chain",
        "",
    ),
    ("output-signature", SIGNED, " signature"),
    ("output-attestation", SIGNED, " attestation"),
    ("output-certificate", SIGNED, " certificate"),
    ("rfc3161-timestamp-bundle", SIGNED, " signed timestamp"),
];

/// Says it of those that are used, in their order.
pub(super) fn say_deprecated<'a>(used: impl IntoIterator<Item = &'a str>) {
    for flag in used {
        let known = INSTEAD.iter().find(|(name, _, _)| *name == flag);
        if let Some((_, instead, what)) = known {
            say(&format_args!(
                "Flag --{flag} has been deprecated, {instead}{what}"
            ));
        }
    }
}
