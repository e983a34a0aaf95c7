//! `cosign bundle create`.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use sigbox_crypto::{Certificate, HashAlgorithm, PublicKey};
use sigbox_wire::proto_json::{decode_base64, encode_base64};
use sigbox_wire::{
    Bundle, LocalSignedPayload, TransparencyLogEntry, VerificationContent, VerificationMaterial,
};

use super::argument_failure;
use super::bundle_written::{ask, log, write};
use super::verifying::key;
use super::wanted::{attested, base64, signed};
use crate::args::{ArgumentError, CreateArgs, GlobalArgs};
use crate::artifact::ArtifactSource;
use crate::report::Failure;
use crate::services::rekor_v1_lookup::{Wanted, find, prove};
use crate::ui::{Output, io_reason};

/// The name of version 0.3 that the real client writes here.
const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle+json;version=0.3";
/// Larger files are no signature, certificate, timestamp or attestation.
const MAX_BYTES: u64 = 128 * 1024 * 1024;

/// `cosign bundle create`, read from the command line.
pub(crate) struct CreateBundle {
    pub(crate) global: GlobalArgs,
    pub(crate) args: CreateArgs,
    pub(crate) output: Output,
}

/// Who signed.
enum Signer {
    Certificate(Box<Certificate>),
    Key(PublicKey),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimestampFile {
    #[serde(rename = "SignedRFC3161Timestamp")]
    signed: String,
}

impl CreateBundle {
    /// Writes the bundle; whether it verifies is the business of `verify-blob`.
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let args = &self.args;
        let artifact = args
            .artifact
            .as_deref()
            .filter(|path| !path.is_empty())
            .ok_or_else(|| Failure::new("must supply --artifact"))?;
        if args.signature.is_none() && args.attestation.is_none() && args.bundle.is_none() {
            return Err(Failure::new(
                "must at least supply signature via --bundle, --signature or --attestation",
            ));
        }
        let old = self.old()?;
        let signer = self.signer(old.as_ref())?;
        let digest = ArtifactSource::from_argument(artifact)
            .digest(HashAlgorithm::Sha2_256)
            .map_err(|error| Failure::from_error(&error))?;
        let (content, wanted) = match (&old, &args.attestation, &args.signature) {
            // The old file has an attestation's whole envelope where a signature belongs.
            (Some(old), _, _) if old.signature.starts_with(b"{") => {
                attested(old.signature.clone(), &signer.pem())?
            }
            (Some(old), _, _) => signed(old.signature.clone(), digest, &signer.pem())?,
            (None, Some(path), _) => attested(read(path)?, &signer.pem())?,
            (None, None, Some(path)) => {
                let text = read(path)?;
                let signature = base64(&String::from_utf8_lossy(&text), "the signature")?;
                signed(signature, digest, &signer.pem())?
            }
            (None, None, None) => return Err(Failure::new("must at least supply signature")),
        };
        let promised = old.and_then(|old| old.entry);
        let entry = if args.ignore_tlog {
            None
        } else {
            Some(self.entry(promised.as_ref(), &wanted).await?)
        };
        let material = VerificationMaterial {
            content: match &signer {
                Signer::Certificate(leaf) => VerificationContent::Certificate(leaf.der().to_vec()),
                Signer::Key(key) => {
                    VerificationContent::PublicKeyHint(encode_base64(&key.key_id()))
                }
            },
            tlog_entries: entry.into_iter().collect(),
            rfc3161_timestamps: self.timestamp()?.into_iter().collect(),
        };
        let mut bundle = Bundle::new_v0_3(material, content);
        MEDIA_TYPE.clone_into(&mut bundle.media_type);
        let json = bundle
            .to_json()
            .map_err(|error| Failure::from_error(&error).unexpected())?;
        write(&json, args.out.as_deref(), &self.output)
    }

    /// The file from before there were bundles; it holds all that other files could say otherwise.
    fn old(&self) -> Result<Option<LocalSignedPayload>, Failure> {
        let args = &self.args;
        let Some(path) = &args.bundle else {
            return Ok(None);
        };
        let twice = [
            (args.signature.is_some(), "--signature"),
            (args.certificate.is_some(), "--certificate"),
            (args.attestation.is_some(), "--attestation"),
        ];
        if let Some((_, second)) = twice.into_iter().find(|(given, _)| *given) {
            let first = "--bundle";
            let error = ArgumentError::Conflict { first, second };
            return Err(argument_failure(&error));
        }
        let name = path.to_string_lossy();
        let old = LocalSignedPayload::parse(&read(path)?)
            .map_err(|error| Failure::new(format!("reading {name}")).caused_by(&error))?;
        if old.signature.is_empty() {
            return Err(Failure::new(format!("{name} holds no signature")));
        }
        Ok(Some(old))
    }

    /// The certificate or the key; a public key in the old file is the signer's own word, and not read.
    fn signer(&self, old: Option<&LocalSignedPayload>) -> Result<Signer, Failure> {
        let unreadable = "unable to decode provided certificate";
        let inside = old.and_then(|old| old.certificate.as_deref());
        if let Some(pem) = inside.filter(|pem| pem.contains("BEGIN CERTIFICATE")) {
            let certificate = Certificate::from_pem(pem)
                .map_err(|error| Failure::new(unreadable).caused_by(&error))?;
            return Ok(Signer::Certificate(Box::new(certificate)));
        }
        if let Some(path) = &self.args.certificate {
            let text = read(path)?;
            let text = String::from_utf8_lossy(&text);
            // The real client writes base64 of PEM, people have PEM.
            let pem = match decode_base64(text.trim()) {
                Ok(pem) => String::from_utf8_lossy(&pem).into_owned(),
                Err(_) => text.into_owned(),
            };
            let certificate = Certificate::from_pem(&pem)
                .map_err(|error| Failure::new(unreadable).caused_by(&error))?;
            return Ok(Signer::Certificate(Box::new(certificate)));
        }
        key(self.args.key.as_deref())?
            .map(Signer::Key)
            .ok_or_else(|| Failure::new("must supply the signer via --certificate or --key"))
    }

    fn timestamp(&self) -> Result<Option<Vec<u8>>, Failure> {
        let Some(path) = &self.args.rfc3161_timestamp else {
            return Ok(None);
        };
        let file: TimestampFile = serde_json::from_slice(&read(path)?).map_err(|error| {
            Failure::new("the file of --rfc3161-timestamp is no timestamp").caused_by(&error)
        })?;
        base64(&file.signed, "the timestamp").map(Some)
    }

    /// The entry with its proof: the promised one, or the one that a search finds.
    async fn entry(
        &self,
        promised: Option<&TransparencyLogEntry>,
        wanted: &[Wanted],
    ) -> Result<TransparencyLogEntry, Failure> {
        if let Some(promised) = promised {
            demand_same(promised, wanted)?;
        }
        let (world, url) = log(self.args.rekor_url.as_deref(), &self.global)?;
        if let Some(promised) = promised {
            let what = "fetching the log entry by index";
            return ask(what, &self.global, prove(&world, &url, promised)).await;
        }
        ask(
            "finding the log entry",
            &self.global,
            find(&world, &url, wanted),
        )
        .await
    }
}

impl Signer {
    fn pem(&self) -> Vec<u8> {
        match self {
            Self::Certificate(certificate) => certificate.to_pem(),
            Self::Key(key) => key.to_pem(),
        }
        .into_bytes()
    }
}

/// Refuses an entry of the old file that is about something else; of kinds that are not searched for, only `verify-blob` can
/// tell.
fn demand_same(promised: &TransparencyLogEntry, wanted: &[Wanted]) -> Result<(), Failure> {
    let kind = &promised.kind_version.kind;
    if !matches!(kind.as_str(), "hashedrekord" | "dsse") {
        return Ok(());
    }
    for one in wanted {
        let body = one
            .entry
            .canonical_body()
            .map_err(|error| Failure::from_error(&error).unexpected())?;
        if body == promised.canonicalized_body {
            return Ok(());
        }
    }
    Err(Failure::new(
        "the log entry in the file of --bundle is not about this artifact, signature and signer",
    ))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = path.to_string_lossy();
    let failed =
        |error: std::io::Error| Failure::new(format!("open {name}: {}", io_reason(&error)));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Failure::new(format!(
            "{name} is larger than {MAX_BYTES} bytes"
        )));
    }
    Ok(bytes)
}
