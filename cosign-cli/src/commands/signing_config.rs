//! `cosign signing-config create`.

use std::path::Path;

use sigbox_wire::SigningConfig;
use trust_root::files;

use super::default_services;
use crate::args::CreateSigningConfigArgs;
use crate::instances::Instance;
use crate::report::Failure;
use crate::trust::why;
use crate::trust_documents::SigningConfigParts;
use crate::ui::{Escaped, Output};

/// The version of the log that `--with-default-rekor-v2` asks for.
const REKOR_V2: u32 = 2;

/// Makes a signing config; opens no connection.
///
/// # Errors
/// [`Failure`] names the flag.
pub(crate) fn create_signing_config(
    args: &CreateSigningConfigArgs,
    instance: Option<&str>,
    output: &Output,
) -> Result<(), Failure> {
    let parts = SigningConfigParts {
        fulcio: &args.fulcio,
        rekor: &args.rekor,
        oidc: &args.oidc_provider,
        tsa: &args.tsa,
        rekor_config: &args.rekor_config,
        tsa_config: &args.tsa_config,
    };
    let failed = |error| Failure::from_error(&error);
    parts.check().map_err(failed)?;
    let mut config = SigningConfig::default();
    if let Some(path) = args
        .base_config
        .as_deref()
        .filter(|path| !path.as_os_str().is_empty())
    {
        base(args, path, &mut config)?;
    }
    if args.with_default_services || args.with_default_rekor_v2 {
        defaults(args, instance, &mut config)?;
    }
    parts.add_to(&mut config).map_err(failed)?;
    let json = config.to_json_with_selectors();
    let json = json.map_err(|error| Failure::from_error(&error).unexpected())?;
    default_services::write(&json, args.out.as_deref(), output)
}

/// Takes from the base what no flag takes the place of.
fn base(
    args: &CreateSigningConfigArgs,
    path: &Path,
    config: &mut SigningConfig,
) -> Result<(), Failure> {
    let found = files::read_signing_config(path).map_err(|error| {
        let name = path.to_string_lossy();
        let name = Escaped(&name);
        Failure::new(format!("loading base config from {name}: {}", why(&error)))
            .caused_by_source(&error)
    })?;
    let kept = |flags: &[String], dropped: bool| flags.is_empty() && !dropped;
    take(
        config,
        found,
        [
            kept(&args.fulcio, args.no_default_fulcio),
            kept(&args.rekor, args.no_default_rekor),
            kept(&args.oidc_provider, args.no_default_oidc),
            kept(&args.tsa, args.no_default_tsa),
        ],
    );
    Ok(())
}

/// Takes the services of the instance, beside those that flags name.
fn defaults(
    args: &CreateSigningConfigArgs,
    instance: Option<&str>,
    config: &mut SigningConfig,
) -> Result<(), Failure> {
    let flag = if args.with_default_rekor_v2 {
        "with-default-rekor-v2"
    } else {
        "with-default-services"
    };
    let file = default_services::file(
        flag,
        instance,
        "COSIGN_SIGNING_CONFIG",
        Instance::signing_config,
    )?;
    let found = files::read_signing_config(&file).map_err(|error| {
        Failure::new(format!("getting default signing config: {}", why(&error)))
            .caused_by_source(&error)
    })?;
    let is_v2 = |log: &sigbox_wire::Service| log.major_api_version == REKOR_V2;
    if args.with_default_rekor_v2 && !found.rekor_tlog_urls.iter().any(is_v2) {
        let name = file.to_string_lossy();
        return Err(Failure::new(format!(
            "--{flag}: {} names no log of version 2",
            Escaped(&name)
        )));
    }
    take(
        config,
        found,
        [
            !args.no_default_fulcio,
            !args.no_default_rekor,
            !args.no_default_oidc,
            !args.no_default_tsa,
        ],
    );
    Ok(())
}

/// Takes certificate authorities, logs, OpenID providers and timestamp authorities, as far as each is wanted.
fn take(config: &mut SigningConfig, found: SigningConfig, wanted: [bool; 4]) {
    let [fulcio, rekor, oidc, tsa] = wanted;
    if fulcio {
        config.ca_urls.extend(found.ca_urls);
    }
    if rekor {
        config.rekor_tlog_urls.extend(found.rekor_tlog_urls);
        config.rekor_tlog_config = found.rekor_tlog_config;
    }
    if oidc {
        config.oidc_urls.extend(found.oidc_urls);
    }
    if tsa {
        config.tsa_urls.extend(found.tsa_urls);
        config.tsa_config = found.tsa_config;
    }
}
