//! Trusted root and signing config in one file.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{SigningConfig, TrustError, TrustedRoot};
use crate::encode::{EncodeError, to_json};
use crate::proto_json::check_depth;

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
        check_depth(json)?;
        let message: ReadMessage<'_> =
            serde_json::from_slice(json).map_err(|source| TrustError::Json {
                document: DOCUMENT,
                source,
            })?;
        let media_type = message.media_type.unwrap_or_default();
        if media_type != Self::MEDIA_TYPE {
            return Err(TrustError::MediaType {
                document: DOCUMENT,
                found: media_type,
            });
        }
        let part = |raw: Option<&'_ RawValue>, member| match raw {
            Some(raw) => Ok(raw.get().to_owned()),
            None => Err(TrustError::MissingMember {
                document: DOCUMENT,
                member,
            }),
        };
        let trusted_root = part(message.trusted_root, "trustedRoot")?;
        let signing_config = part(message.signing_config, "signingConfig")?;
        Ok(Self {
            trusted_root: TrustedRoot::parse(trusted_root.as_bytes())?,
            signing_config: SigningConfig::parse(signing_config.as_bytes())?,
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
