//! `cosign bundle upgrade`.

use sigbox_crypto::{Certificate, SubjectAltName};
use sigbox_wire::{Bundle, BundleVersion, TransparencyLogEntry, VerificationContent};

use super::bundle_written::{ask, log, write};
use crate::args::{GlobalArgs, UpgradeArgs};
use crate::bundle_file;
use crate::report::Failure;
use crate::services::rekor_v1_lookup::prove;
use crate::ui::{Escaped, Output, say};

/// `cosign bundle upgrade`, read from the command line.
pub(crate) struct UpgradeBundle {
    pub(crate) global: GlobalArgs,
    pub(crate) args: UpgradeArgs,
    pub(crate) output: Output,
}

impl UpgradeBundle {
    /// Writes the bundle in version 0.3; nothing of it is verified but the proofs that were fetched.
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let bundle =
            bundle_file::read(&self.args.bundle).map_err(|error| Failure::from_error(&error))?;
        let upgraded = match bundle.version {
            BundleVersion::V0_3 => {
                say(&"Bundle is already at v0.3, no upgrade needed.");
                bundle
            }
            version => {
                say(&format_args!("Upgrading from v{version} to v0.3..."));
                self.upgrade(bundle).await?
            }
        };
        let json = upgraded
            .to_json()
            .map_err(|error| Failure::from_error(&error).unexpected())?;
        let out = self.args.out.as_deref();
        write(&json, out, &self.output)?;
        if let Some(path) = out {
            let path = path.to_string_lossy();
            let path = Escaped(&path);
            say(&format_args!(
                "Successfully upgraded bundle written to {path}"
            ));
        }
        Ok(())
    }

    async fn upgrade(&self, bundle: Bundle) -> Result<Bundle, Failure> {
        let mut material = bundle.verification_material;
        if let VerificationContent::CertificateChain(chain) = &material.content {
            say(&"Truncating certificate chain to only the leaf certificate...");
            for (number, der) in chain.iter().enumerate() {
                let name = name(der);
                say(&format_args!(
                    "  Certificate {number} Identity: {}",
                    Escaped(&name)
                ));
            }
            let leaf = chain
                .first()
                .ok_or_else(|| Failure::new("upgrading bundle: the certificate chain is empty"))?;
            material.content = VerificationContent::Certificate(leaf.clone());
        }
        for entry in &mut material.tlog_entries {
            if !is_proved(entry) {
                *entry = self.fetch(entry).await?;
            }
        }
        Ok(Bundle::new_v0_3(material, bundle.content))
    }

    async fn fetch(&self, entry: &TransparencyLogEntry) -> Result<TransparencyLogEntry, Failure> {
        say(&format_args!(
            "Fetching missing inclusion proof from Rekor for log index {}...",
            entry.log_index
        ));
        let (world, url) = log(self.args.rekor_url.as_deref(), &self.global)?;
        let what = "upgrading bundle: fetching log entry by index";
        ask(what, &self.global, prove(&world, &url, entry)).await
    }
}

/// Whether an entry has what version 0.3 demands: a proof with a checkpoint.
fn is_proved(entry: &TransparencyLogEntry) -> bool {
    let proof = entry.inclusion_proof.as_ref();
    proof.is_some_and(|proof| !proof.checkpoint.is_empty())
}

/// Whom a certificate names; for an authority its own name.
fn name(der: &[u8]) -> String {
    match Certificate::from_der(der) {
        Ok(certificate) => {
            let mut names = certificate.subject_alt_names().iter();
            let first = names.find_map(SubjectAltName::text);
            first.map_or_else(|| certificate.display_name(), ToOwned::to_owned)
        }
        Err(error) => format!("<unable to parse: {error}>"),
    }
}
