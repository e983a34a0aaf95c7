//! Writing what clients wrote before there were bundles.

use std::path::{Path, PathBuf};

use sigbox_wire::proto_json::encode_base64;
use sigbox_wire::{BundleContent, LocalSignedPayload, signed_timestamp_json};
use trust_root::atomic::Access;

use super::argument_failure;
use crate::args::{ArgumentError, AttestationOutputArgs, BlobOutputArgs};
use crate::output_file;
use crate::report::Failure;
use crate::sign::{SignRequest, Signed};
use crate::ui::{Escaped, Output, say};

/// Where the parts of a signing go that a bundle would hold.
pub(super) struct OldOutputs {
    signature: Option<PathBuf>,
    statement: Option<PathBuf>,
    certificate: Option<PathBuf>,
    timestamp: Option<PathBuf>,
    /// Of signature and certificate.
    base64: bool,
    /// The command attests, and speaks of its files in other words.
    attests: bool,
}

impl From<&BlobOutputArgs> for OldOutputs {
    fn from(args: &BlobOutputArgs) -> Self {
        Self {
            signature: args.output_signature.clone().or(args.output.clone()),
            statement: None,
            certificate: args.output_certificate.clone(),
            timestamp: args.rfc3161_timestamp.clone(),
            base64: args.b64,
            attests: false,
        }
    }
}

impl From<&AttestationOutputArgs> for OldOutputs {
    fn from(args: &AttestationOutputArgs) -> Self {
        Self {
            signature: args.output_signature.clone(),
            statement: args.output_attestation.clone(),
            certificate: args.output_certificate.clone(),
            timestamp: args.rfc3161_timestamp_bundle.clone(),
            base64: false,
            attests: true,
        }
    }
}

impl OldOutputs {
    fn timestamp_flag(&self) -> &'static str {
        if self.attests {
            "rfc3161-timestamp-bundle"
        } else {
            "rfc3161-timestamp"
        }
    }

    fn used(&self) -> Vec<&'static str> {
        let given = [
            ("output-signature", self.signature.is_some()),
            ("output-attestation", self.statement.is_some()),
            ("output-certificate", self.certificate.is_some()),
            (self.timestamp_flag(), self.timestamp.is_some()),
        ];
        let used = given.into_iter().filter(|(_, used)| *used);
        used.map(|(flag, _)| flag).collect()
    }

    /// Says of the flags that they do nothing where a bundle is written; in the real client's words.
    pub(super) fn say_ignored(&self, new_format: bool) {
        for flag in self.used().iter().filter(|_| new_format) {
            say(&format_args!(
                "WARNING: --{flag} is deprecated when using --new-bundle-format and will be ignored"
            ));
        }
    }

    /// Leaves of the services those that the old format can hold something of, and writes no bundle of today's format.
    ///
    /// The old format has no place for an inclusion proof, so that a log must promise its entries; and none for a
    /// timestamp, which goes to a file of its own if one is named.
    pub(super) fn prepare(&self, request: &mut SignRequest) -> Result<Option<PathBuf>, Failure> {
        let config = &mut request.signing_config;
        let logged = !config.rekor_tlog_urls.is_empty();
        config
            .rekor_tlog_urls
            .retain(|log| log.major_api_version == 1);
        if logged && config.rekor_tlog_urls.is_empty() {
            return Err(argument_failure(&ArgumentError::NoLogForOldFormat));
        }
        if self.timestamp.is_none() {
            config.tsa_urls.clear();
            config.tsa_config = None;
        } else if config.tsa_urls.is_empty() {
            return Err(argument_failure(&ArgumentError::NoTimestampAuthority {
                flag: self.timestamp_flag(),
            }));
        }
        Ok(request.bundle.take())
    }

    /// Writes the files, and the signature to `output` if no file is named for it.
    pub(super) fn write(
        &self,
        signed: &Signed,
        bundle: Option<&Path>,
        output: &Output,
    ) -> Result<(), Failure> {
        let failed = |error: &(dyn std::error::Error + 'static)| {
            Failure::new("writing the signature").caused_by(error)
        };
        let (signature, statement) = match &signed.bundle.content {
            BundleContent::MessageSignature(message) => (message.signature.clone(), None),
            BundleContent::DsseEnvelope(envelope) => {
                let json = envelope.to_json().map_err(|error| failed(&error))?;
                (json.into_bytes(), Some(&envelope.payload))
            }
        };
        let certificate = signed
            .certificate
            .as_ref()
            .map(sigbox_crypto::Certificate::to_pem);
        let material = &signed.bundle.verification_material;
        if let Some(path) = bundle {
            let payload = LocalSignedPayload {
                signature: signature.clone(),
                certificate: certificate.clone(),
                entry: material.tlog_entries.first().cloned(),
            };
            let json = payload.to_json().map_err(|error| failed(&error))?;
            file(path, json.as_bytes())?;
            say_written("Wrote bundle to file", path);
        }
        let (wrote, ends) = if self.attests {
            (("Signature written in", "Certificate written in"), true)
        } else {
            (
                ("Wrote signature to file", "Wrote certificate to file"),
                self.base64,
            )
        };
        let encoded = |bytes: &[u8]| {
            if self.base64 {
                encode_base64(bytes).into_bytes()
            } else {
                bytes.to_vec()
            }
        };
        if let Some(path) = &self.signature {
            file(path, &encoded(&signature))?;
            say_written(wrote.0, path);
        } else {
            let mut data = encoded(&signature);
            if ends {
                data.push(b'\n');
            }
            output.write(&data).map_err(|error| failed(&error))?;
        }
        if let (Some(path), Some(statement)) = (&self.statement, statement) {
            file(path, statement)?;
            say_written("Attestation written in", path);
        }
        if let (Some(path), Some(pem)) = (&self.certificate, &certificate) {
            file(path, &encoded(pem.as_bytes()))?;
            say_written(wrote.1, path);
        }
        if let (Some(path), Some(stamp)) = (&self.timestamp, material.rfc3161_timestamps.first()) {
            let json = signed_timestamp_json(stamp).map_err(|error| failed(&error))?;
            file(path, json.as_bytes())?;
            say_written("Wrote timestamp to file", path);
        }
        Ok(())
    }
}

fn file(path: &Path, data: &[u8]) -> Result<(), Failure> {
    output_file::write(path, data, Access::Private).map_err(|error| Failure::from_error(&error))
}

fn say_written(what: &str, path: &Path) {
    say(&format_args!("{what} {}", Escaped(&path.to_string_lossy())));
}
