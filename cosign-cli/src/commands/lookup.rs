//! The log entry of a signature that brings none: looked up in the one log that the user named.

use std::thread;

use sigbox_crypto::{Certificate, HashAlgorithm, PublicKey};
use sigbox_wire::{BundleContent, TransparencyLogEntry, VerificationContent};

use super::bundle_written::log;
use super::unreachable;
use super::wanted::{attested, hashed};
use crate::args::{DetachedArgs, GlobalArgs, VerifyingArgs};
use crate::artifact::ArtifactSource;
use crate::report::Failure;
use crate::services::RekorError;
use crate::services::rekor_v1_lookup::{Wanted, find_earliest};
use crate::signature_files::{Detached, SignatureFiles, SignatureOver};

/// Where an entry may be looked up.
pub(super) struct Lookup<'a> {
    pub(super) global: &'a GlobalArgs,
    pub(super) verifying: &'a VerifyingArgs,
    pub(super) detached: &'a DetachedArgs,
}

impl Lookup<'_> {
    /// Puts the entry to the files, if they hold none, one is demanded, and a log is named.
    ///
    /// The log is asked for the entry of this very signature, artifact and signer, and what it answers is held against the
    /// question. Whether the entry holds is judged later, as if it had come with the signature. A blob on standard input
    /// is read for it, and known by its digest from then on.
    ///
    /// Source: cosign `pkg/cosign/tlog.go`, `FindTlogEntry`; GHSA-8pmp-678w-c8xx.
    pub(super) fn add(
        &self,
        files: &mut SignatureFiles,
        over: SignatureOver,
        artifact: &mut ArtifactSource,
        key: Option<&PublicKey>,
    ) -> Result<(), Failure> {
        let log = self.detached.rekor_url.as_deref();
        let offline = self.verifying.offline == Some(true);
        if log.is_none() || offline || self.verifying.evidence.ignores_tlog() {
            return Ok(());
        }
        // What cannot be read is told when it is verified.
        let Ok(found) = files.read(over, key.is_none()) else {
            return Ok(());
        };
        let Some(detached) = found.detached.filter(|detached| !detached.has_entry) else {
            return Ok(());
        };
        let signer = signer(&found.bundle.verification_material.content, key)?;
        let wanted = match &found.bundle.content {
            BundleContent::MessageSignature(_) => of_blob(&detached, artifact, &signer)?,
            BundleContent::DsseEnvelope(_) => attested(detached.signature, &signer.pem)?.1,
        };
        files.entry = Some(self.ask(&wanted)?);
        Ok(())
    }

    /// Waits for the log, in a thread with a runtime of its own: verifying needs none otherwise.
    fn ask(&self, wanted: &[Wanted]) -> Result<TransparencyLogEntry, Failure> {
        let (world, url) = log(self.detached.rekor_url.as_deref(), self.global)?;
        let question = async {
            let asked = find_earliest(&world, &url, wanted);
            tokio::time::timeout(self.global.timeout, asked).await
        };
        let broken = |error: std::io::Error| {
            Failure::new("starting the runtime")
                .caused_by(&error)
                .unexpected()
        };
        let answer = thread::scope(|scope| {
            let asking = scope.spawn(|| {
                let mut runtime = tokio::runtime::Builder::new_current_thread();
                Ok(runtime.enable_all().build()?.block_on(question))
            });
            asking
                .join()
                .unwrap_or_else(|_| Err(std::io::ErrorKind::BrokenPipe.into()))
        });
        match answer.map_err(broken)? {
            Ok(found) => found.map_err(|error| not_found(&error)),
            Err(_) => Err(Failure::new("context deadline exceeded").unreachable_if(true)),
        }
    }
}

fn not_found(error: &RekorError) -> Failure {
    Failure::from_error(error).unreachable_if(unreachable::log(error))
}

/// Who must have signed, as the log has it.
struct Signer {
    pem: Vec<u8>,
    hash: HashAlgorithm,
}

fn signer(content: &VerificationContent, key: Option<&PublicKey>) -> Result<Signer, Failure> {
    if let Some(key) = key {
        let (pem, hash) = (key.to_pem(), key.algorithm().default_hash());
        let pem = pem.into_bytes();
        return Ok(Signer { pem, hash });
    }
    let leaf = match content {
        VerificationContent::Certificate(leaf) => Some(leaf),
        VerificationContent::CertificateChain(chain) => chain.first(),
        VerificationContent::PublicKeyHint(_) => None,
    };
    let leaf = leaf.ok_or_else(|| Failure::new("no certificate found on signature"))?;
    let leaf = Certificate::from_der(leaf).map_err(|error| Failure::from_error(&error))?;
    Ok(Signer {
        hash: leaf.public_key().algorithm().default_hash(),
        pem: leaf.to_pem().into_bytes(),
    })
}

/// The real client logs SHA-256 whatever the key, ours the hash that goes with the key.
fn of_blob(
    detached: &Detached,
    artifact: &mut ArtifactSource,
    signer: &Signer,
) -> Result<Vec<Wanted>, Failure> {
    let mut algorithms = vec![HashAlgorithm::Sha2_256];
    if signer.hash != HashAlgorithm::Sha2_256 && *artifact != ArtifactSource::Stdin {
        algorithms.push(signer.hash);
    }
    let mut wanted = Vec::new();
    for algorithm in algorithms {
        let digest = artifact.digest(algorithm);
        let digest = digest.map_err(|error| Failure::from_error(&error))?;
        if *artifact == ArtifactSource::Stdin {
            let digest = digest.clone();
            *artifact = ArtifactSource::Digest { algorithm, digest };
        }
        let signature = detached.signature.clone();
        wanted.push(hashed(algorithm, digest, signature, &signer.pem)?);
    }
    Ok(wanted)
}
