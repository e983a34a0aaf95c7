//! `cosign instance`.

use serde::Serialize;
use sigbox_wire::Service;
use trust_root::files;

use super::image_tools::json;
use crate::args::{InstanceArgs, InstanceCommand, ReportFormat};
use crate::instances::{self, Instance, InstanceError, InstanceName};
use crate::report::Failure;
use crate::ui::{Escaped, Output, say};

/// Lists, adds, shows or removes instances.
pub(crate) fn instance(args: &InstanceArgs, output: &Output) -> Result<(), Failure> {
    let failed = |error: InstanceError| instance_failure(&error);
    let text = match &args.command {
        InstanceCommand::List { output } => {
            let all = instances::all().map_err(failed)?;
            let names: Vec<&str> = all.iter().map(InstanceName::as_str).collect();
            match output {
                ReportFormat::Text => names.iter().flat_map(|name| [*name, "\n"]).collect(),
                ReportFormat::Json => json(&names)?,
            }
        }
        InstanceCommand::Show { name, output } => {
            let instance = Instance::open(name).map_err(failed)?;
            let shown = Shown::of(&instance).map_err(failed)?;
            match output {
                ReportFormat::Text => shown.text(),
                ReportFormat::Json => json(&shown)?,
            }
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

/// What an instance is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    name: String,
    directory: String,
    /// How many are believed.
    certificate_authorities: usize,
    /// How many are believed.
    logs: usize,
    /// `None` if the instance is for verifying.
    services: Option<Services>,
}

/// The addresses of the services to sign with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Services {
    certificate_authorities: Vec<String>,
    openid_providers: Vec<String>,
    logs: Vec<String>,
    timestamp_authorities: Vec<String>,
}

impl Shown {
    fn of(instance: &Instance) -> Result<Self, InstanceError> {
        let unusable = |source| InstanceError::File {
            name: instance.name.clone(),
            source: Box::new(source),
        };
        let root = files::read_trusted_root(&instance.trusted_root()).map_err(unusable)?;
        let config = instance.signing_config();
        let config = config.map(|path| files::read_signing_config(&path).map_err(unusable));
        let services = config.transpose()?.map(|config| {
            let urls = |services: Vec<Service>| services.into_iter().map(|one| one.url).collect();
            Services {
                certificate_authorities: urls(config.ca_urls),
                openid_providers: urls(config.oidc_urls),
                logs: urls(config.rekor_tlog_urls),
                timestamp_authorities: urls(config.tsa_urls),
            }
        });
        Ok(Self {
            name: instance.name.to_string(),
            directory: instance.directory.to_string_lossy().into_owned(),
            certificate_authorities: root.certificate_authorities.len(),
            logs: root.tlogs.len(),
            services,
        })
    }

    fn text(&self) -> String {
        let (authorities, logs) = (self.certificate_authorities, self.logs);
        let (authorities, logs) = (authorities.to_string(), logs.to_string());
        let mut lines = vec![
            ("Name", &self.name),
            ("Directory", &self.directory),
            ("Certificate authorities believed", &authorities),
            ("Logs believed", &logs),
        ];
        let none = "none: this instance is for verifying".to_owned();
        match &self.services {
            None => lines.push(("Services", &none)),
            Some(services) => {
                for (what, urls) in [
                    ("Certificate authority", &services.certificate_authorities),
                    ("OpenID provider", &services.openid_providers),
                    ("Log", &services.logs),
                    ("Timestamp authority", &services.timestamp_authorities),
                ] {
                    lines.extend(urls.iter().map(|url| (what, url)));
                }
            }
        }
        let line = |(what, value): (&str, &String)| format!("{what}: {}\n", Escaped(value));
        lines.into_iter().map(line).collect()
    }
}
