//! `cosign trusted-root create`.

use sigbox_wire::TrustedRoot;
use trust_root::files;

use super::default_services;
use crate::args::CreateTrustedRootArgs;
use crate::report::Failure;
use crate::trust::why;
use crate::trust_documents::trusted_root::sort;
use crate::trust_documents::{LogLists, PairedLists, TrustedRootError, TrustedRootParts};
use crate::ui::Output;

/// Makes a trusted root of files; opens no connection.
///
/// # Errors
/// [`Failure`] names the flag.
pub(crate) fn create_trusted_root(
    args: &CreateTrustedRootArgs,
    instance: Option<&str>,
    output: &Output,
) -> Result<(), Failure> {
    let mut root = if args.with_default_services {
        defaults(args, instance)?
    } else {
        TrustedRoot::default()
    };
    add(args, &mut root)?;
    sort(&mut root);
    let json = root.to_json_without_empty_lists();
    let json = json.map_err(|error| Failure::from_error(&error).unexpected())?;
    default_services::write(&json, args.out.as_deref(), output)
}

fn defaults(args: &CreateTrustedRootArgs, instance: Option<&str>) -> Result<TrustedRoot, Failure> {
    let (flag, variable) = ("with-default-services", "COSIGN_TRUSTED_ROOT");
    let of_instance = |instance: &crate::instances::Instance| Some(instance.trusted_root());
    let file = default_services::file(flag, instance, variable, of_instance)?;
    let mut root = files::read_trusted_root(&file).map_err(|error| {
        Failure::new(format!("getting default trusted root: {}", why(&error)))
            .caused_by_source(&error)
    })?;
    TrustedRoot::MEDIA_TYPE.clone_into(&mut root.media_type);
    if args.no_default_fulcio {
        root.certificate_authorities.clear();
    }
    if args.no_default_ctfe {
        root.ctlogs.clear();
    }
    if args.no_default_rekor {
        root.tlogs.clear();
    }
    if args.no_default_tsa {
        root.timestamp_authorities.clear();
    }
    Ok(root)
}

fn add(args: &CreateTrustedRootArgs, root: &mut TrustedRoot) -> Result<(), Failure> {
    let old = &args.old;
    let authorities = PairedLists {
        flag: "certificate-chain",
        chains: &old.certificate_chain,
        addresses: &old.fulcio_uri,
    };
    let stampers = PairedLists {
        flag: "timestamp-certificate-chain",
        chains: &old.timestamp_certificate_chain,
        addresses: &old.timestamp_uri,
    };
    let rekor = LogLists {
        flags: ["rekor-key", "rekor-start-time", "rekor-end-time"],
        keys: &old.rekor_key,
        starts: &old.rekor_start_time,
        ends: &old.rekor_end_time,
        addresses: &old.rekor_url,
        origins: true,
    };
    let ctfe = LogLists {
        flags: ["ctfe-key", "ctfe-start-time", "ctfe-end-time"],
        keys: &old.ctfe_key,
        starts: &old.ctfe_start_time,
        ends: &old.ctfe_end_time,
        addresses: &old.ctfe_url,
        origins: false,
    };
    for (name, new, is_old) in [
        ("fulcio", &args.fulcio, authorities.is_given()),
        ("rekor", &args.rekor, rekor.is_given()),
        ("ctfe", &args.ctfe, ctfe.is_given()),
        ("tsa", &args.tsa, stampers.is_given()),
    ] {
        if is_old && !new.is_empty() {
            return Err(Failure::new(format!(
                "cannot use --{name} and old {name} flags at the same time"
            )));
        }
    }
    let parts = TrustedRootParts {
        fulcio: &args.fulcio,
        rekor: &args.rekor,
        ctfe: &args.ctfe,
        tsa: &args.tsa,
    };
    let mut add = || -> Result<(), TrustedRootError> {
        parts.add_to(root)?;
        rekor.add_to(&mut root.tlogs)?;
        ctfe.add_to(&mut root.ctlogs)?;
        let found = authorities.certificate_authorities()?;
        root.certificate_authorities.extend(found);
        let found = stampers.timestamp_authorities()?;
        root.timestamp_authorities.extend(found);
        Ok(())
    };
    add().map_err(|error| Failure::from_error(&error))
}
