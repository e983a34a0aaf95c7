//! `cosign version`.

use serde::Serialize;

use crate::args::VersionArgs;
use crate::report::Failure;
use crate::ui::Output;

/// The fields that scripts read from the real client, filled with what is true here.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the fields are the JSON members")]
#[serde(rename_all = "camelCase")]
struct Version {
    git_version: &'static str,
    git_commit: &'static str,
    git_tree_state: &'static str,
    build_date: &'static str,
    go_version: &'static str,
    compiler: &'static str,
    platform: String,
}

/// System and processor by the names that Go programs use, which is what scripts compare with.
pub(crate) fn platform() -> String {
    let processor = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{}/{processor}", std::env::consts::OS)
}

const NOT_RECORDED: &str = "unknown";

impl Version {
    fn current() -> Self {
        Self {
            git_version: concat!("v", env!("CARGO_PKG_VERSION")),
            git_commit: option_env!("SIGBOX_GIT_COMMIT").unwrap_or(NOT_RECORDED),
            git_tree_state: NOT_RECORDED,
            build_date: NOT_RECORDED,
            go_version: "none (Rust)",
            compiler: "rustc",
            platform: platform(),
        }
    }

    fn text(&self) -> String {
        format!(
            "cosign: signing and verifying against a private Sigstore (sigbox)\n\n\
             GitVersion:    {}\nGitCommit:     {}\nGitTreeState:  {}\nBuildDate:     {}\n\
             GoVersion:     {}\nCompiler:      {}\nPlatform:      {}\n",
            self.git_version,
            self.git_commit,
            self.git_tree_state,
            self.build_date,
            self.go_version,
            self.compiler,
            self.platform
        )
    }
}

/// Writes the version as text or JSON.
pub(crate) fn version(args: &VersionArgs, output: &Output) -> Result<(), Failure> {
    let version = Version::current();
    let text = if args.json {
        let json = serde_json::to_string_pretty(&version);
        json.map_err(|error| Failure::from_error(&error).unexpected())? + "\n"
    } else {
        version.text()
    };
    output
        .write(text.as_bytes())
        .map_err(|error| Failure::new("writing the version").caused_by(&error))
}
