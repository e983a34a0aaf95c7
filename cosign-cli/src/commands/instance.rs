//! `cosign instance`.

use trust_root::files;

use crate::args::{InstanceArgs, InstanceCommand};
use crate::instances::{self, Instance, InstanceError};
use crate::report::Failure;
use crate::ui::{Escaped, Output, say};

/// Lists, adds, shows or removes instances.
pub(crate) fn instance(args: &InstanceArgs, output: &Output) -> Result<(), Failure> {
    let failed = |error: InstanceError| instance_failure(&error);
    let text = match &args.command {
        InstanceCommand::List => {
            let mut text = String::new();
            for name in instances::all().map_err(failed)? {
                text += name.as_str();
                text.push('\n');
            }
            text
        }
        InstanceCommand::Show { name } => {
            show(&Instance::open(name).map_err(failed)?).map_err(failed)?
        }
        InstanceCommand::Add { name, from } => {
            let Instance { name, directory } = instances::add(name, from).map_err(failed)?;
            let directory = directory.to_string_lossy();
            say(&format_args!(
                "Added instance {name} in {}",
                Escaped(&directory)
            ));
            return Ok(());
        }
        InstanceCommand::Remove { name } => {
            let Instance { name, .. } = instances::remove(name).map_err(failed)?;
            say(&format_args!("Removed instance {name}"));
            return Ok(());
        }
    };
    output
        .write(text.as_bytes())
        .map_err(|error| Failure::new("writing the output").caused_by(&error))
}

/// An instance that cannot be used, and how to come by one that can.
pub(crate) fn instance_failure(error: &InstanceError) -> Failure {
    let failure = Failure::from_error(error);
    match error {
        InstanceError::Unknown { .. } => failure
            .hint("`cosign instance add NAME --from DIR` keeps the trust files of an instance"),
        InstanceError::Conflict { .. } => failure.hint("leave one of the two out"),
        _ => failure,
    }
}

fn show(instance: &Instance) -> Result<String, InstanceError> {
    let unusable = |source| InstanceError::File {
        name: instance.name.clone(),
        source: Box::new(source),
    };
    let root = files::read_trusted_root(&instance.trusted_root()).map_err(unusable)?;
    let mut lines = vec![
        ("Name", instance.name.to_string()),
        (
            "Directory",
            instance.directory.to_string_lossy().into_owned(),
        ),
        (
            "Certificate authorities believed",
            root.certificate_authorities.len().to_string(),
        ),
        ("Logs believed", root.tlogs.len().to_string()),
    ];
    match instance.signing_config() {
        None => lines.push((
            "Services",
            "none: this instance is for verifying".to_owned(),
        )),
        Some(path) => {
            let config = files::read_signing_config(&path).map_err(unusable)?;
            for (what, services) in [
                ("Certificate authority", config.ca_urls),
                ("OpenID provider", config.oidc_urls),
                ("Log", config.rekor_tlog_urls),
                ("Timestamp authority", config.tsa_urls),
            ] {
                lines.extend(services.into_iter().map(|service| (what, service.url)));
            }
        }
    }
    let line = |(what, value): (&str, String)| format!("{what}: {}\n", Escaped(&value));
    Ok(lines.into_iter().map(line).collect())
}
