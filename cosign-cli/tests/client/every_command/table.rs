//! The table: each command with uses of it that work, and with uses that it refuses, in an order in which each finds what it
//! needs.

/// One command; its arguments apart by spaces.
pub(super) struct Row {
    pub(super) command: &'static str,
    pub(super) works: &'static [&'static str],
    pub(super) refuses: &'static [&'static str],
}

const fn row(
    command: &'static str,
    works: &'static [&'static str],
    refuses: &'static [&'static str],
) -> Row {
    Row {
        command,
        works,
        refuses,
    }
}

pub(super) const ROWS: &[Row] = &[
    row(
        "sign",
        &[
            "--key cosign.key --signing-config empty.json REG/app:v1",
            "--key cosign.key --signing-config empty.json --storage tag -a a=b REG/tagged:v1",
            "--identity-token token --signing-config signing_config.v0.2.json --trusted-root trusted_root.json REG/keyless:v1",
        ],
        &[
            "",
            "REG/app:v1",
            "--key cosign.key --signing-config empty.json REG/app:missing",
            "--key nosuch.key --signing-config empty.json REG/app:v1",
            "--key cosign.pub --signing-config empty.json REG/app:v1",
            "--identity-token nosuch --signing-config signing_config.v0.2.json REG/app:v1",
            "--key cosign.key --signing-config empty.json UPPER/CASE:v1",
        ],
    ),
    row(
        "verify",
        &[
            "--key cosign.pub --insecure-ignore-tlog REG/app:v1",
            "--certificate-identity alice@example.test --certificate-oidc-issuer https://oidc.example.test --trusted-root trusted_root.json -o text REG/keyless:v1",
        ],
        &[
            "",
            "REG/app:v1",
            "--key cosign.pub REG/app:v1",
            "--key other.pub --insecure-ignore-tlog REG/app:v1",
            "--key cosign.pub --insecure-ignore-tlog REG/unsigned:v1",
            "--key cosign.pub --insecure-ignore-tlog REG/app:missing",
            "--key cosign.pub --insecure-ignore-tlog -a a=c REG/app:v1",
            "--key cosign.pub --certificate-identity a REG/app:v1",
        ],
    ),
    row(
        "dockerfile verify",
        &["--key cosign.pub --insecure-ignore-tlog --build-arg IMAGE=REG/app:v1 Dockerfile"],
        &[
            "",
            "--key cosign.pub nosuch",
            "--key cosign.pub Dockerfile",
            "Dockerfile --build-arg IMAGE=REG/app:v1",
        ],
    ),
    row(
        "manifest verify",
        &["--key cosign.pub --insecure-ignore-tlog pod.yaml"],
        &[
            "",
            "--key cosign.pub nosuch.yaml",
            "--key cosign.pub damaged.json",
            "pod.yaml",
        ],
    ),
    row(
        "attest",
        &[
            "--key cosign.key --signing-config empty.json --predicate predicate.json REG/attested:v1",
            "--key cosign.key --signing-config empty.json --predicate predicate.json --storage tag --type https://example.test/p REG/tagged:v1",
        ],
        &[
            "",
            "--key cosign.key --signing-config empty.json REG/app:v1",
            "--key cosign.key --signing-config empty.json --predicate nosuch REG/app:v1",
            "--key cosign.key --signing-config empty.json --predicate damaged.json --type slsaprovenance REG/app:v1",
            "--predicate predicate.json REG/app:v1",
        ],
    ),
    row(
        "verify-attestation",
        &["--key cosign.pub --insecure-ignore-tlog REG/attested:v1"],
        &[
            "",
            "REG/attested:v1",
            "--key cosign.pub --insecure-ignore-tlog --type spdxjson REG/attested:v1",
            "--key other.pub --insecure-ignore-tlog REG/attested:v1",
            "--key cosign.pub --insecure-ignore-tlog REG/unsigned:v1",
        ],
    ),
    row(
        "tree",
        &[
            "REG/app:v1",
            "REG/tagged:v1",
            "REG/unsigned:v1",
            "-o json REG/tagged:v1",
        ],
        &["", "REG/app:missing"],
    ),
    row(
        "triangulate",
        &["REG/app:v1", "-o json REG/app:v1"],
        &["", "REG/app:missing"],
    ),
    row(
        "image doctor",
        &[
            "REG/app:v1",
            "-o json REG/tagged:v1",
            "REG/attested:v1",
            "REG/unsigned:v1",
        ],
        &["", "REG/app:missing", "-o yaml REG/app:v1"],
    ),
    row(
        "generate",
        &["REG/app:v1", "-a a=b REG/app:v1"],
        &["", "REG/app:missing"],
    ),
    row(
        "attach signature",
        &["--signature hello.sig --payload payload.json REG/empty:v1"],
        &[
            "--payload payload.json REG/empty:v1",
            "--signature nosuch --payload payload.json REG/empty:v1",
            "--bundle damaged.json REG/empty:v1",
        ],
    ),
    row(
        "attach sbom",
        &["--sbom sbom.json REG/empty:v1"],
        &[
            "REG/empty:v1",
            "--sbom nosuch REG/empty:v1",
            "--sbom sbom.json --type other REG/empty:v1",
        ],
    ),
    row(
        "attest-blob",
        &[
            "--key cosign.key --signing-config empty.json --predicate predicate.json --bundle a.json hello.txt",
        ],
        &[
            "--predicate predicate.json --bundle n.json hello.txt",
            "--key cosign.key --signing-config empty.json --bundle n.json hello.txt",
            "--key cosign.key --signing-config empty.json --predicate predicate.json --bundle n.json nosuch",
        ],
    ),
    row(
        "verify-blob-attestation",
        &["--key cosign.pub --insecure-ignore-tlog --bundle a.json hello.txt"],
        &[
            "--key cosign.pub --insecure-ignore-tlog --bundle a.json other.txt",
            "--key cosign.pub --insecure-ignore-tlog --bundle a.json --type spdxjson hello.txt",
            "--key cosign.pub --insecure-ignore-tlog --bundle nosuch.json hello.txt",
            "--bundle a.json hello.txt",
        ],
    ),
    row(
        "attach attestation",
        &["--attestation a.json REG/empty:v1"],
        &["REG/empty:v1", "--attestation damaged.json REG/empty:v1"],
    ),
    row(
        "download signature",
        &["REG/empty:v1"],
        &["", "REG/unsigned:v1", "REG/app:missing"],
    ),
    row(
        "download attestation",
        &["REG/attested:v1", "REG/unsigned:v1"],
        &["", "REG/app:missing"],
    ),
    row("download sbom", &["REG/empty:v1"], &["", "REG/unsigned:v1"]),
    row(
        "copy",
        &["REG/tagged:v1 REG/copy:v1"],
        &["REG/app:v1", "REG/app:missing REG/copy:v2"],
    ),
    row(
        "save",
        &["--dir saved REG/tagged:v1"],
        &["REG/app:v1", "--dir saved2 REG/app:missing"],
    ),
    row(
        "load",
        &["--dir saved REG/loaded:v1"],
        &["REG/loaded:v1", "--dir nosuch REG/loaded:v1"],
    ),
    row(
        "clean",
        &["-f REG/copy:v1"],
        &[
            "REG/app:v1",
            "-f --type other REG/app:v1",
            "-f REG/app:missing",
        ],
    ),
    row(
        "upload blob",
        &["-f hello.txt REG/blob:v1"],
        &["REG/blob:v1", "-f nosuch REG/blob:v1"],
    ),
    row(
        "upload wasm",
        &["-f module.wasm REG/wasm:v1"],
        &["REG/wasm:v1", "-f nosuch REG/wasm:v1"],
    ),
    row(
        "sign-blob",
        &[
            "--key cosign.key --signing-config empty.json --bundle k.json hello.txt",
            "--identity-token token --signing-config signing_config.v0.2.json --trusted-root trusted_root.json --bundle b.json hello.txt",
        ],
        &[
            "",
            "--bundle n.json hello.txt",
            "--key cosign.key --signing-config empty.json hello.txt",
            "--key cosign.key --signing-config empty.json --bundle n.json nosuch",
            "--identity-token token --signing-config damaged.json --bundle n.json hello.txt",
        ],
    ),
    row(
        "verify-blob",
        &[
            "--key cosign.pub --insecure-ignore-tlog --bundle k.json hello.txt",
            "--certificate-identity alice@example.test --certificate-oidc-issuer https://oidc.example.test --trusted-root trusted_root.json --bundle b.json hello.txt",
        ],
        &[
            "",
            "--bundle k.json hello.txt",
            "--key cosign.pub --insecure-ignore-tlog --bundle k.json other.txt",
            "--key other.pub --insecure-ignore-tlog --bundle k.json hello.txt",
            "--key cosign.pub --insecure-ignore-tlog --bundle damaged.json hello.txt",
            "--certificate-identity bob@example.test --certificate-oidc-issuer https://oidc.example.test --trusted-root trusted_root.json --bundle b.json hello.txt",
        ],
    ),
    row(
        "bundle create",
        &["--ignore-tlog --artifact hello.txt --signature hello.sig --key cosign.pub"],
        &[
            "",
            "--artifact hello.txt --signature hello.sig --key cosign.pub",
            "--ignore-tlog --artifact nosuch --signature hello.sig --key cosign.pub",
        ],
    ),
    row(
        "bundle upgrade",
        &["b.json"],
        &["damaged.json", "nosuch.json"],
    ),
    row(
        "bundle inspect",
        &["b.json", "-o json k.json"],
        &["damaged.json", "nosuch.json"],
    ),
    row(
        "generate-key-pair",
        &["--output-key-prefix fresh"],
        &["", "--output-key-prefix no/such/place", "--nosuch"],
    ),
    row(
        "import-key-pair",
        &["--key plain.pem --output-key-prefix imported"],
        &[
            "--key nosuch --output-key-prefix other2",
            "--key cosign.key --output-key-prefix other2",
            "",
        ],
    ),
    row(
        "public-key",
        &["--key cosign.key"],
        &["", "--key nosuch.key", "--key damaged.json"],
    ),
    row(
        "instance add",
        &["prod --from trust"],
        &[
            "prod --from trust",
            "other --from nosuch",
            "../prod --from trust",
        ],
    ),
    row("instance list", &["", "-o json"], &["more"]),
    row("instance show", &["prod", "prod -o json"], &["", "nosuch"]),
    row("instance remove", &["prod"], &["prod", ""]),
    row(
        "trusted-root create",
        &["--fulcio url=https://ca.example.test,certificate-chain=trust/fulcio_chain.pem"],
        &[
            "--fulcio url=https://ca.example.test,certificate-chain=nosuch",
            "--fulcio url=https://ca.example.test",
            "--with-default-services",
        ],
    ),
    row(
        "signing-config create",
        &[
            "",
            "--fulcio url=https://ca.example.test,api-version=1,start-time=2026-01-01T00:00:00Z,operator=o",
        ],
        &[
            "--fulcio url=https://ca.example.test",
            "--base-config damaged.json",
        ],
    ),
    row("version", &["", "--json"], &["--nosuch", "more"]),
    row("env", &["--show-descriptions=false"], &["--nosuch"]),
    row(
        "completion",
        &["bash", "zsh", "fish", "powershell"],
        &["", "tcsh"],
    ),
    row("docs reference", &[""], &["more"]),
    row("docs flags", &[""], &["more"]),
    row("docs man", &["man"], &["", "no/such/place"]),
    row(
        "conformance sign-bundle",
        &[
            "--identity-token token --signing-config signing_config.v0.2.json --trusted-root trusted_root.json --bundle c.json hello.txt",
        ],
        &[
            "--identity-token token --bundle n.json hello.txt",
            "--staging --identity-token token --bundle n.json hello.txt",
            "",
        ],
    ),
    row(
        "conformance verify-bundle",
        &[
            "--bundle c.json --certificate-identity alice@example.test --certificate-oidc-issuer https://oidc.example.test --trusted-root trusted_root.json hello.txt",
        ],
        &[
            "--bundle c.json --certificate-identity alice@example.test --certificate-oidc-issuer https://oidc.example.test --trusted-root trusted_root.json other.txt",
            "--bundle nosuch --key cosign.pub --trusted-root trusted_root.json hello.txt",
            "",
        ],
    ),
];
