//! How layers join those that a tag holds: none is lost, none stands there twice.

use jiff::Timestamp;
use sigbox_crypto::{PublicKey, digest};
use sigbox_oci::{MAX_DESCRIPTORS, RegistryError};

use super::layer::{Layer, LayerContent};
use super::manifest::BlobRef;
use super::tags::TagKind;

/// The annotation by which attestations of one type are found.
const PREDICATE_TYPE: &str = "predicateType";

/// How layers join those that are there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Joining<'a> {
    /// What the tag is for.
    pub(crate) kind: TagKind,
    /// Whether attestations of the same predicate type go.
    pub(crate) replace: bool,
    /// The time to record; none is recorded without.
    pub(crate) created: Option<Timestamp>,
    /// Whose signature of the same payload makes another one needless.
    pub(crate) signer: Option<&'a PublicKey>,
}

/// Layers on their way to a tag.
pub(super) struct Joined<'a> {
    wanted: Vec<(&'a Layer, BlobRef)>,
    joining: Joining<'a>,
    /// What is replaced: of what stood there at the first look, and nothing that others add later.
    leaving: Option<Vec<BlobRef>>,
    /// Signatures that stood there at the last look.
    seen: Vec<BlobRef>,
}

impl<'a> Joined<'a> {
    /// Layers that shall stand at the tag.
    ///
    /// # Errors
    /// The JSON writer's error.
    pub(super) fn new(
        layers: &'a [Layer],
        joining: Joining<'a>,
    ) -> Result<Self, serde_json::Error> {
        let wanted = layers.iter().map(|layer| {
            let blob = BlobRef::of(layer.media_type(), layer.blob());
            Ok((layer, blob.with_annotations(layer.annotations()?)))
        });
        Ok(Self {
            wanted: wanted.collect::<Result<_, _>>()?,
            joining,
            leaving: None,
            seen: Vec::new(),
        })
    }

    /// All layers that shall stand at a tag that holds these; nothing if it holds what it shall.
    ///
    /// # Errors
    /// [`RegistryError::TooMany`]: more layers than verifiers read.
    pub(super) fn join(
        &mut self,
        present: Vec<BlobRef>,
    ) -> Result<Option<Vec<BlobRef>>, RegistryError> {
        let before = present.len();
        let leaving = match self.leaving.take() {
            Some(leaving) => leaving,
            None => self.leaving(&present),
        };
        let mut all = present;
        all.retain(|one| !leaving.contains(one));
        self.leaving = Some(leaving);
        let mut changed = all.len() != before;
        changed |= self.put_back(&mut all);
        for (layer, blob) in &self.wanted {
            if !all
                .iter()
                .any(|one| one == blob || self.covers(one, layer, blob))
            {
                all.push(blob.clone());
                changed = true;
            }
        }
        if changed && all.len() > MAX_DESCRIPTORS {
            return Err(RegistryError::TooMany {
                what: "layers",
                limit: MAX_DESCRIPTORS,
            });
        }
        if self.joining.kind == TagKind::Signature {
            self.seen.clone_from(&all);
        }
        Ok(changed.then_some(all))
    }

    /// A signature goes with its whole tag and never alone, unless somebody wrote who had not seen it: it is put back. An
    /// attestation may have been replaced on purpose.
    fn put_back(&mut self, all: &mut Vec<BlobRef>) -> bool {
        if all.is_empty() {
            self.seen.clear();
        }
        let before = all.len();
        for one in self.seen.drain(..) {
            if !all.contains(&one) {
                all.push(one);
            }
        }
        all.len() != before
    }

    fn leaving(&self, present: &[BlobRef]) -> Vec<BlobRef> {
        if !self.joining.replace {
            return Vec::new();
        }
        let replaced = |one: &&BlobRef| {
            self.wanted.iter().any(|(_, blob)| {
                blob.annotations.get(PREDICATE_TYPE) == one.annotations.get(PREDICATE_TYPE)
            }) && self.wanted.iter().all(|(_, blob)| blob != *one)
        };
        present.iter().filter(replaced).cloned().collect()
    }

    /// Whether a layer that is there says all that a new one says: the same payload, signed by the same key and certificate, with
    /// no less evidence of when.
    ///
    /// Source: cosign `pkg/cosign/remote/remote.go`, `DupeDetector`, which does not ask for the evidence.
    fn covers(&self, present: &BlobRef, layer: &Layer, blob: &BlobRef) -> bool {
        let (LayerContent::Signature { payload, .. }, Some(signer)) =
            (&layer.content, self.joining.signer)
        else {
            return false;
        };
        if (&present.media_type, &present.digest) != (&blob.media_type, &blob.digest) {
            return false;
        }
        let Ok(present) = Layer::read(&present.media_type, &present.annotations, payload.clone())
        else {
            return false;
        };
        let LayerContent::Signature { signature, .. } = &present.content else {
            return false;
        };
        let der = |layer: &Layer| layer.certificate.as_ref().map(|one| one.der().to_vec());
        der(&present) == der(layer)
            && (layer.entry.is_none() || present.entry.is_some())
            && (layer.timestamp.is_none() || present.timestamp.is_some())
            && signed_by(signer, payload, signature)
    }
}

/// Also if the key signed the digest, which is another signature for an Ed25519 key.
fn signed_by(signer: &PublicKey, payload: &[u8], signature: &[u8]) -> bool {
    let hash = signer.algorithm().default_hash();
    signer.verify(hash, payload, signature).is_ok()
        || signer
            .verify_digest(hash, &digest(hash, payload), signature)
            .is_ok()
}

#[cfg(test)]
#[path = "joining/tests.rs"]
mod tests;
