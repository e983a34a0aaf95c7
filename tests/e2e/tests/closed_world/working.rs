//! A use of each command that works. A command of the client without a row fails the test.

use crate::cases::{BOTH, Case, INSTANCE, NO_PASSWORD, NOBODY, REGISTRY, works};

/// Each command in a use of it that works, in an order in which each finds what it needs.
pub(crate) const WORKING: &[Case] = &[
    works("generate-key-pair", "", NOBODY).with(NO_PASSWORD),
    works("import-key-pair", "--key plain.pem", NOBODY).with(NO_PASSWORD),
    works("public-key", "--key cosign.key", NOBODY).with(NO_PASSWORD),
    works(
        "sign-blob",
        "--identity-token @token --bundle b.json artifact",
        INSTANCE,
    ),
    works("verify-blob", "@who --bundle b.json artifact", NOBODY),
    works(
        "attest-blob",
        "--identity-token @token --predicate predicate --bundle a.json artifact",
        INSTANCE,
    ),
    works(
        "verify-blob-attestation",
        "@who --bundle a.json artifact",
        NOBODY,
    ),
    works(
        "bundle create",
        "--ignore-tlog --artifact artifact --signature artifact.sig --key cosign.pub",
        NOBODY,
    ),
    works("bundle upgrade", "b.json", NOBODY),
    works("bundle inspect", "b.json", NOBODY),
    works("upload blob", "-f artifact registry.test/app:v1", REGISTRY),
    works(
        "upload wasm",
        "-f artifact.wasm registry.test/module:v1",
        REGISTRY,
    ),
    works("generate", "registry.test/app:v1", REGISTRY),
    works("sign", "--identity-token @token registry.test/app:v1", BOTH),
    works("verify", "@who registry.test/app:v1", REGISTRY),
    works("dockerfile verify", "@who Dockerfile", REGISTRY),
    works("manifest verify", "@who pod.yaml", REGISTRY),
    works(
        "attest",
        "--identity-token @token --predicate predicate registry.test/app:v1",
        BOTH,
    ),
    works(
        "verify-attestation",
        "@who --type custom registry.test/app:v1",
        REGISTRY,
    ),
    // Before anything is attached that is damaged.
    works("image doctor", "registry.test/app:v1", REGISTRY),
    works(
        "attach sbom",
        "--sbom artifact registry.test/app:v1",
        REGISTRY,
    ),
    works(
        "attach signature",
        "--signature artifact.sig --payload artifact registry.test/app:v1",
        REGISTRY,
    ),
    works(
        "attach attestation",
        "--attestation a.json registry.test/app:v1",
        REGISTRY,
    ),
    works("download signature", "registry.test/app:v1", REGISTRY),
    works("download attestation", "registry.test/app:v1", REGISTRY),
    works("download sbom", "registry.test/app:v1", REGISTRY),
    works("tree", "registry.test/app:v1", REGISTRY),
    works("triangulate", "registry.test/app:v1", REGISTRY),
    works(
        "copy",
        "registry.test/app:v1 registry.test/copy:v1",
        REGISTRY,
    ),
    works("save", "--dir saved registry.test/app:v1", REGISTRY),
    works("load", "--dir saved registry.test/loaded:v1", REGISTRY),
    works("clean", "-f registry.test/copy:v1", REGISTRY),
    works("instance add", "prod --from data/trust", NOBODY),
    works("instance list", "", NOBODY),
    works("instance show", "prod", NOBODY),
    works("instance remove", "spare", NOBODY),
    works(
        "trusted-root create",
        "--fulcio url=http://other.test,certificate-chain=data/trust/fulcio_chain.pem",
        NOBODY,
    ),
    works("signing-config create", "", NOBODY),
    works("version", "", NOBODY),
    works("env", "", NOBODY),
    works("completion", "bash", NOBODY),
    works("docs reference", "", NOBODY),
    works("docs flags", "", NOBODY),
    works("docs man", "man", NOBODY),
    works(
        "conformance sign-bundle",
        "--identity-token @token --signing-config @config --trusted-root @root --bundle c.json artifact",
        INSTANCE,
    ),
    works(
        "conformance verify-bundle",
        "@who --trusted-root @root --bundle c.json artifact",
        NOBODY,
    ),
];
