//! What contradicts itself, was left out, or leads elsewhere.

use crate::cases::{
    Case, INSTANCE, LIAR, LIAR_AND_ELSEWHERE, NO_PASSWORD, NOBODY, OTHER_AND_INSTANCE, REGISTRY,
    refuses, works,
};

/// Addresses that other clients have built in.
const PUBLIC: &[(&str, &str)] = &[
    ("COSIGN_REKOR_URL", "http://rekor.sigstore.dev"),
    ("COSIGN_FULCIO_URL", "http://fulcio.sigstore.dev"),
    ("COSIGN_TIMESTAMP_SERVER_URL", "http://tsa.sigstore.dev"),
    ("COSIGN_OIDC_ISSUER", "http://oauth2.sigstore.dev/auth"),
    ("TUF_MIRROR", "http://tuf-repo-cdn.sigstore.dev"),
    ("SIGSTORE_REKOR_URL", "http://rekor.sigstore.dev"),
];
/// Those that are of no use to verifiers.
const PUBLIC_TO_READERS: &[(&str, &str)] = &[
    ("COSIGN_FULCIO_URL", "http://fulcio.sigstore.dev"),
    ("TUF_MIRROR", "http://tuf-repo-cdn.sigstore.dev"),
    ("SIGSTORE_REKOR_URL", "http://rekor.sigstore.dev"),
];
const REKOR: &[(&str, &str)] = &[("COSIGN_REKOR_URL", "http://rekor.sigstore.dev")];
/// Each is to contact only whom it is told.
pub(crate) const CROOKED: &[Case] = &[
    // Variables say otherwise than the command line: the command line alone holds.
    works(
        "sign-blob",
        "--identity-token @token --signing-config @config --bundle b.json artifact",
        INSTANCE,
    )
    .with(PUBLIC),
    works("verify-blob", "@who --bundle b.json artifact", NOBODY).with(PUBLIC_TO_READERS),
    works(
        "verify-blob-attestation",
        "@who --bundle a.json artifact",
        NOBODY,
    )
    .with(PUBLIC_TO_READERS),
    works("verify", "@who registry.test/app:v1", REGISTRY).with(PUBLIC_TO_READERS),
    works(
        "verify-attestation",
        "@who --type custom registry.test/app:v1",
        REGISTRY,
    )
    .with(PUBLIC_TO_READERS),
    works("verify", "@who --local-image saved", NOBODY).with(PUBLIC_TO_READERS),
    // A log is searched only for what brings no entry, and not for images: there a flag is refused, and a variable is for other commands.
    works("verify-blob", "@who --bundle b.json artifact", NOBODY).with(REKOR),
    works("verify", "@who registry.test/app:v1", REGISTRY).with(REKOR),
    refuses(
        1,
        "verify",
        "@who --rekor-url http://rekor.sigstore.dev registry.test/app:v1",
        NOBODY,
    ),
    // The log of another host: that one alone, and a redirect of it leads nowhere.
    refuses(
        1,
        "verify-blob",
        "--key cosign.pub --signature artifact.sig --rekor-url http://liar.test artifact",
        LIAR,
    ),
    refuses(
        1,
        "verify-blob",
        "--key cosign.pub --signature artifact.sig --rekor-url http://liar.test --offline artifact",
        NOBODY,
    ),
    // A log of another host, named on the command line: that one, and not the instance's beside it.
    refuses(
        1,
        "sign-blob",
        "--identity-token @token --rekor-url http://other.test --bundle n.json artifact",
        OTHER_AND_INSTANCE,
    ),
    refuses(
        1,
        "sign",
        "--identity-token @token --rekor-url http://other.test registry.test/app:v1",
        &["other.test", "registry.test", "sigbox.test"],
    ),
    // An instance is used alone.
    refuses(
        1,
        "sign-blob",
        "--instance prod --identity-token @token --rekor-url http://other.test --bundle n.json artifact",
        NOBODY,
    ),
    refuses(
        1,
        "sign",
        "--instance prod --identity-token @token --fulcio-url http://other.test registry.test/app:v1",
        NOBODY,
    ),
    refuses(
        1,
        "attest",
        "--instance prod --identity-token @token --signing-config @config --predicate predicate registry.test/app:v1",
        NOBODY,
    ),
    refuses(
        1,
        "verify",
        "--instance nosuch @who registry.test/app:v1",
        NOBODY,
    ),
    // What is left out is asked for, and never filled in.
    refuses(
        1,
        "sign-blob",
        "--identity-token @token --bundle n.json artifact",
        NOBODY,
    )
    .bare(),
    refuses(
        1,
        "sign-blob",
        "--identity-token @token --tlog-upload=false --bundle n.json artifact",
        NOBODY,
    )
    .bare(),
    refuses(
        1,
        "sign-blob",
        "--identity-token @token --use-signing-config=false --bundle n.json artifact",
        NOBODY,
    ),
    refuses(
        1,
        "attest-blob",
        "--identity-token @token --predicate predicate --bundle n.json artifact",
        NOBODY,
    )
    .bare(),
    refuses(
        1,
        "sign",
        "--identity-token @token registry.test/app:v1",
        REGISTRY,
    )
    .bare(),
    refuses(
        1,
        "attest",
        "--identity-token @token --predicate predicate registry.test/app:v1",
        REGISTRY,
    )
    .bare(),
    refuses(1, "verify-blob", "@who --bundle b.json artifact", NOBODY).bare(),
    refuses(1, "verify", "@who registry.test/app:v1", NOBODY).bare(),
    refuses(
        1,
        "bundle create",
        "--artifact artifact --signature artifact.sig --key cosign.pub",
        NOBODY,
    ),
    // A bundle that names the log of another host: the trusted root says which logs are believed.
    refuses(
        1,
        "verify-blob",
        "@who --bundle elsewhere.json artifact",
        NOBODY,
    ),
    works("bundle inspect", "elsewhere.json", NOBODY),
    works("bundle upgrade", "elsewhere.json", NOBODY),
    refuses(
        1,
        "conformance verify-bundle",
        "@who --trusted-root @root --bundle elsewhere.json artifact",
        NOBODY,
    ),
    // Hosts that send whoever asks elsewhere: keys, artifacts, providers, registries.
    refuses(
        1,
        "verify-blob",
        "--key http://liar.test/cosign.pub --bundle b.json artifact",
        LIAR,
    ),
    refuses(
        1,
        "verify-blob",
        "@who --bundle b.json http://liar.test/artifact",
        LIAR,
    ),
    refuses(
        1,
        "sign-blob",
        "--key http://liar.test/cosign.key --bundle n.json artifact",
        LIAR,
    )
    .with(NO_PASSWORD),
    refuses(
        1,
        "sign-blob",
        "--fulcio-auth-flow device --oidc-issuer http://liar.test --bundle n.json artifact",
        LIAR,
    ),
    refuses(
        1,
        "sign-blob",
        "--identity-token @token --fulcio-url http://liar.test --bundle n.json artifact",
        LIAR,
    ),
    refuses(1, "verify", "@who liar.test/app:v1", LIAR),
    refuses(1, "sign", "--identity-token @token liar.test/app:v1", LIAR),
    refuses(1, "copy", "liar.test/app:v1 registry.test/copy:v2", LIAR),
    refuses(1, "tree", "liar.test/app:v1", LIAR),
    refuses(1, "download signature", "liar.test/app:v1", LIAR),
    // Where its blobs are and who issues its tokens is the registry's to say (and no credentials go there).
    refuses(
        1,
        "upload blob",
        "-f artifact liar.test/app:v1",
        LIAR_AND_ELSEWHERE,
    ),
    refuses(
        1,
        "verify",
        "@who liar.test/realm/app:v1",
        LIAR_AND_ELSEWHERE,
    ),
];
