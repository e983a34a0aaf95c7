//! What real cosign says of flags that it calls deprecated, in its words.
//!
//! One hint is ours: that of a check which the real client no longer makes, and which is made here. Of `--offline` nothing
//! is said: it is a promise that is kept.

const SIGN: &[&str] = &["sign"];
const SIGN_BLOB: &[&str] = &["sign-blob"];
const ATTEST_BLOB: &[&str] = &["attest-blob"];
const SIGN_IMAGES: &[&str] = &["sign", "attest"];
const ATTEST: &[&str] = &["attest", "attest-blob"];
const SIGNING: &[&str] = &["sign", "attest", "sign-blob", "attest-blob"];
const VERIFY: &[&str] = &["verify", "dockerfile verify", "manifest verify"];
const VERIFY_BLOBS: &[&str] = &["verify-blob", "verify-blob-attestation"];
const VERIFYING: &[&str] = &[
    "verify",
    "dockerfile verify",
    "manifest verify",
    "verify-attestation",
    "verify-blob",
    "verify-blob-attestation",
];
const TRUSTED_ROOT: &[&str] = &["trusted-root create"];
const BUNDLE_CREATE: &[&str] = &["bundle create"];
/// Whatever the command.
const ANY: &[&str] = &[];

const FUTURE: &str = "this will be the only supported format in future versions";
const CHAIN: &str = "please use --trusted-root to provide CA certificates";
const REFERRERS: &str = "OCI referrers will be the default behavior in future versions";
const IN_BUNDLE: &str = "please use --bundle, which includes the Rekor inclusion proof";
const CONFIGURED_LOG: &str =
    "please use a signing config to specify a rekor url; see `cosign signing-config --help`";
const OUT_SIGNATURE: &str =
    "please use --bundle to provide the output bundle location, which will include the signature";
const OUT_TIMESTAMP: &str = "please use --bundle to provide the output bundle location, which will include the signed timestamp";

/// Commands, a flag of theirs, and what the real client recommends instead.
#[rustfmt::skip]
const HINTS: &[(&[&str], &str, &str)] = &[
    (ANY, "attachment-tag-prefix", "please use OCI referrers"),
    (SIGNING, "tlog-upload", "prefer using a --signing-config file with no transparency log services"),
    (SIGNING, "rekor-url", CONFIGURED_LOG),
    (SIGNING, "fulcio-url", "please use a signing config to specify a fulcio url; see `cosign signing-config --help`"),
    (SIGNING, "timestamp-server-url", "please use a signing config to specify a timestamp server url; see `cosign signing-config --help`"),
    (SIGNING, "oidc-issuer", "please use a signing config to specify an OIDC issuer; see `cosign signing-config create --help`"),
    (SIGNING, "new-bundle-format", FUTURE),
    (SIGNING, "issue-certificate", "support for this flag will be removed in the future"),
    (SIGNING, "insecure-skip-verify", "the certificate is checked whenever a trusted root is at hand"),
    (SIGNING, "output-signature", OUT_SIGNATURE),
    (SIGNING, "output-certificate", "please use --bundle to provide the output bundle location, which will include the certificate"),
    (SIGN_BLOB, "output", OUT_SIGNATURE),
    (SIGN_BLOB, "b64", "please use --bundle, which already base64 encodes content as appropriate"),
    (SIGN_BLOB, "rfc3161-timestamp", OUT_TIMESTAMP),
    (ATTEST_BLOB, "output-attestation", "please use --bundle to provide the output bundle location, which will include the attestation"),
    (ATTEST_BLOB, "rfc3161-timestamp-bundle", OUT_TIMESTAMP),
    (SIGN, "output-payload", "please use --bundle to provide the output bundle location, which will include the payload"),
    (SIGN, "payload", "payload will always be generated automatically in future versions"),
    (SIGN, "sign-container-identity", "not possible when OCI referrers become the default behavior"),
    (SIGN_IMAGES, "record-creation-timestamp", "not used with the new bundle format"),
    (ATTEST, "replace", "not needed when OCI referrers become the default behavior"),
    (ATTEST, "rekor-entry-type", "support for this flag will be removed in the future. it is strongly discouraged to rely on Rekor for attestation storage, and in future releases of Rekor, this functionality will be removed."),
    (VERIFYING, "timestamp-certificate-chain", "please use --trusted-root to provide the timestamp authority certificate chain"),
    (VERIFYING, "private-infrastructure", "please use --insecure-ignore-tlog instead"),
    (VERIFYING, "experimental-oci11", REFERRERS),
    (VERIFYING, "new-bundle-format", FUTURE),
    (VERIFYING, "certificate", "please use --bundle with --trusted-root to provide the public certificate"),
    (VERIFYING, "certificate-chain", "please use --trusted-root to provide the certificate chain"),
    (VERIFYING, "ca-roots", CHAIN),
    (VERIFYING, "ca-intermediates", CHAIN),
    (VERIFYING, "sct", "a Signed Certificate Timestamp is now provided via a Sigstore bundle"),
    (VERIFYING, "rekor-url", IN_BUNDLE),
    (VERIFYING, "signature-digest-algorithm", "please use --bundle, which already includes the digest algorithm"),
    (VERIFY, "signature", "signatures are automatically fetched from the OCI registry during image verification"),
    (VERIFY, "payload", "payload will always be verified from the bundle in future versions"),
    (VERIFY, "attachment", "please use OCI referrers for attachments and verify with `--experimental-oci11`"),
    (VERIFY_BLOBS, "signature", "please use --bundle to provide a signature"),
    (VERIFY_BLOBS, "rfc3161-timestamp", OUT_TIMESTAMP),
    (&["tree"], "experimental-oci11", REFERRERS),
    (BUNDLE_CREATE, "rekor-url", CONFIGURED_LOG),
    (TRUSTED_ROOT, "certificate-chain", "use --fulcio instead"),
    (TRUSTED_ROOT, "fulcio-uri", "use --fulcio instead"),
    (TRUSTED_ROOT, "ctfe-key", "use --ctfe instead"),
    (TRUSTED_ROOT, "ctfe-start-time", "use --ctfe instead"),
    (TRUSTED_ROOT, "ctfe-end-time", "use --ctfe instead"),
    (TRUSTED_ROOT, "ctfe-url", "use --ctfe instead"),
    (TRUSTED_ROOT, "rekor-key", "use --rekor instead"),
    (TRUSTED_ROOT, "rekor-start-time", "use --rekor instead"),
    (TRUSTED_ROOT, "rekor-end-time", "use --rekor instead"),
    (TRUSTED_ROOT, "rekor-url", "use --rekor instead"),
    (TRUSTED_ROOT, "timestamp-certificate-chain", "use --tsa instead"),
    (TRUSTED_ROOT, "timestamp-uri", "use --tsa instead"),
];

/// What the real client says of a flag, without its dashes, when it stands on the command line of a command.
///
/// Source: cosign `cmd/cosign/cli/options`, the calls of `MarkDeprecated`.
pub(super) fn hint(command: &str, flag: &str) -> Option<&'static str> {
    let fits = |commands: &[&str]| commands.is_empty() || commands.contains(&command);
    let found = HINTS
        .iter()
        .find(|(commands, name, _)| *name == flag && fits(commands));
    found.map(|(_, _, hint)| *hint)
}
