//! What is found out about an image.

use serde::Serialize;
use sigbox_oci::{Digest, RegistryError};
use sigbox_wire::Statement;

use crate::image::collect::{CollectError, is_fatal};
use crate::image::statement::SIGN_PREDICATE;

/// What is found out about an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Diagnosis {
    /// The image's name as the user gave it.
    pub(crate) image: String,
    /// The digest that the name stands for.
    pub(crate) digest: String,
    /// Who keeps the list of what refers to the image.
    pub(crate) referrers: Keeper,
    /// What is there.
    pub(crate) found: Vec<Finding>,
    /// What is damaged, and is none of what was found.
    pub(crate) problems: Vec<String>,
    /// What is worth knowing, and is no damage.
    pub(crate) notes: Vec<String>,
    /// The forms that some readers look for in vain.
    pub(crate) missing: Vec<Missing>,
}

/// Who keeps the list of what refers to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Keeper {
    /// The registry.
    Registry,
    /// The clients, at a tag.
    Tag,
    /// Nobody: the registry keeps none, and there is none at the tag.
    Nobody,
}

/// One thing that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    /// Where it is stored.
    pub(crate) storage: Storage,
    /// Its name in the registry, of a layer that of the manifest which lists it.
    pub(crate) name: String,
    /// The digest of its manifest or of its layer.
    pub(crate) digest: String,
    /// What it is.
    pub(crate) kind: Kind,
    /// The type of its statement, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) predicate_type: Option<String>,
    /// The type that its list or its layer states.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) media_type: Option<String>,
    /// Who finds it.
    #[serde(rename = "foundBy")]
    pub(crate) readers: Vec<Reader>,
    /// What is damaged.
    pub(crate) problems: Vec<String>,
    /// What is worth knowing, and is no damage.
    pub(crate) notes: Vec<String>,
}

/// Where something is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Storage {
    /// In a manifest that refers to the image.
    Referrer,
    /// In a layer under a tag that is named after the image.
    Tag,
}

/// What something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// A signature.
    Signature,
    /// An attestation.
    Attestation,
    /// A bill of materials that nobody has signed.
    Sbom,
    /// Something else, or nobody can tell.
    Other,
}

/// Who looks for signatures, by the places that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Reader {
    /// Reads the tags alone.
    #[serde(rename = "cosign-v2")]
    CosignV2,
    /// Reads bundles, and of images without one the tags.
    #[serde(rename = "cosign-v3")]
    CosignV3,
    /// Reads both, always.
    #[serde(rename = "this-cosign")]
    ThisCosign,
}

/// A form that some readers look for in vain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Missing {
    /// What is missing.
    pub(crate) kind: Kind,
    /// Where it is looked for; both if it is nowhere.
    pub(crate) storage: Vec<Storage>,
    /// The type of the statement that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) predicate_type: Option<String>,
    /// What adds it, by a signer's key or identity.
    pub(crate) command: String,
}

impl Reader {
    /// All of them, oldest first.
    pub(super) const ALL: [Self; 3] = [Self::CosignV2, Self::CosignV3, Self::ThisCosign];

    /// What users call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CosignV2 => "cosign v1 and v2",
            Self::CosignV3 => "cosign v3",
            Self::ThisCosign => "this cosign",
        }
    }
}

impl Diagnosis {
    pub(super) fn new(image: String, digest: String) -> Self {
        Self {
            image,
            digest,
            referrers: Keeper::Nobody,
            found: Vec::new(),
            problems: Vec::new(),
            notes: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// How many things are damaged, and in how many ways.
    pub(crate) fn problem_count(&self) -> usize {
        let found = self.found.iter().map(|found| found.problems.len());
        found.sum::<usize>() + self.problems.len()
    }

    /// Whether somebody finds anything at all among what refers to the image.
    pub(super) fn finds(&self, reader: Reader) -> bool {
        let mut found = self.found.iter();
        found.any(|one| one.storage == Storage::Referrer && one.readers.contains(&reader))
    }
}

impl Finding {
    /// Something of which only the place is known yet.
    pub(super) fn new(storage: Storage, name: String, digest: &Digest) -> Self {
        Self {
            storage,
            name,
            digest: digest.to_string(),
            kind: Kind::Other,
            predicate_type: None,
            media_type: None,
            readers: Vec::new(),
            problems: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Notes what is wrong with one stored thing.
    ///
    /// # Errors
    /// The error itself if the registry is to blame, so that nothing else can be asked either.
    pub(super) fn damaged(
        &mut self,
        error: RegistryError,
        missing: &str,
    ) -> Result<(), CollectError> {
        if is_fatal(&error) {
            return Err(error.into());
        }
        self.problems.push(if error.is_not_found() {
            missing.to_owned()
        } else {
            error.to_string()
        });
        Ok(())
    }

    /// Takes over what a statement says: its type, and whether it is about the image.
    pub(super) fn read_statement(&mut self, payload: &[u8], image: &Digest) {
        let statement = match Statement::parse(payload) {
            Ok(statement) => statement,
            Err(error) => {
                self.problems.push(error.to_string());
                return;
            }
        };
        self.kind = if statement.predicate_type == SIGN_PREDICATE {
            Kind::Signature
        } else {
            Kind::Attestation
        };
        let algorithm = image.algorithm().name();
        let mut digests = statement
            .subjects
            .iter()
            .map(|one| one.digest.get(algorithm));
        if !digests.any(|one| one.is_some_and(|hex| hex == image.hex())) {
            self.problems
                .push("its statement is not about this image".to_owned());
        }
        self.predicate_type = Some(statement.predicate_type);
    }
}
