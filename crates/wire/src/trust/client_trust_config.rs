//! Trusted root and signing config in one file.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{SigningConfig, TrustError, TrustedRoot, read_document};
use crate::encode::{EncodeError, to_json};

const DOCUMENT: &str = "client trust config";

/// Everything that a client needs to sign and verify against one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientTrustConfig {
    /// What to believe when verifying.
    pub trusted_root: TrustedRoot,
    /// What to sign with.
    pub signing_config: SigningConfig,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadMessage<'a> {
    #[serde(alias = "media_type")]
    media_type: Option<String>,
    #[serde(borrow, alias = "trusted_root")]
    trusted_root: Option<&'a RawValue>,
    #[serde(borrow, alias = "signing_config")]
    signing_config: Option<&'a RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WriteMessage<'a> {
    media_type: &'a str,
    trusted_root: &'a RawValue,
    signing_config: &'a RawValue,
}

impl ClientTrustConfig {
    /// The document's media type.
    pub const MEDIA_TYPE: &'static str = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json";

    /// Reads both documents; see [`TrustedRoot::parse`] and [`SigningConfig::parse`].
    ///
    /// # Errors
    /// [`TrustError`], one variant for each rule.
    pub fn parse(json: &[u8]) -> Result<Self, TrustError> {
        let message: ReadMessage<'_> = read_document(DOCUMENT, json)?;
        let media_type = message.media_type.unwrap_or_default();
        if media_type != Self::MEDIA_TYPE {
            return Err(TrustError::MediaType {
                document: DOCUMENT,
                found: media_type,
            });
        }
        let missing = |member| TrustError::MissingMember {
            document: DOCUMENT,
            member,
        };
        let trusted_root = message.trusted_root.ok_or(missing("trustedRoot"))?;
        let signing_config = message.signing_config.ok_or(missing("signingConfig"))?;
        Ok(Self {
            trusted_root: TrustedRoot::parse(trusted_root.get().as_bytes())?,
            signing_config: SigningConfig::parse(signing_config.get().as_bytes())?,
        })
    }

    /// Writes both documents as one compact JSON object.
    ///
    /// # Errors
    /// [`EncodeError`] if the JSON writer fails.
    pub fn to_json(&self) -> Result<String, EncodeError> {
        let raw = |json: String| {
            RawValue::from_string(json).map_err(|source| EncodeError {
                message: DOCUMENT,
                source,
            })
        };
        let trusted_root = raw(self.trusted_root.to_json()?)?;
        let signing_config = raw(self.signing_config.to_json()?)?;
        let message = WriteMessage {
            media_type: Self::MEDIA_TYPE,
            trusted_root: &trusted_root,
            signing_config: &signing_config,
        };
        to_json(DOCUMENT, &message)
    }
}
