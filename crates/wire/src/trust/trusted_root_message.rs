//! The protobuf JSON messages behind a trusted root.

use serde::{Deserialize, Serialize};

use super::message::{TimeRangeMessage, Unknown, warn_unknown};
use super::trusted_root::{CertificateAuthority, DOCUMENT, LogInstance, LogPublicKey, TrustedRoot};
use super::{TimeRange, TrustError};
use crate::algorithm::{HashAlgorithm, KeyDetails};
use crate::proto_json::{Base64Bytes, EnumValue, bytes_or_empty, non_empty, non_empty_text};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TrustedRootMessage {
    #[serde(alias = "media_type", skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tlogs: Option<Vec<LogMessage>>,
    #[serde(
        alias = "certificate_authorities",
        skip_serializing_if = "Option::is_none"
    )]
    certificate_authorities: Option<Vec<AuthorityMessage>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ctlogs: Option<Vec<LogMessage>>,
    #[serde(
        alias = "timestamp_authorities",
        skip_serializing_if = "Option::is_none"
    )]
    timestamp_authorities: Option<Vec<AuthorityMessage>>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogMessage {
    #[serde(alias = "base_url", skip_serializing_if = "Option::is_none")]
    base_url: Option<String>,
    #[serde(alias = "hash_algorithm", skip_serializing_if = "Option::is_none")]
    hash_algorithm: Option<EnumValue>,
    #[serde(alias = "public_key", skip_serializing_if = "Option::is_none")]
    public_key: Option<PublicKeyMessage>,
    #[serde(alias = "log_id", skip_serializing_if = "Option::is_none")]
    log_id: Option<LogIdMessage>,
    #[serde(alias = "checkpoint_key_id", skip_serializing_if = "Option::is_none")]
    checkpoint_key_id: Option<LogIdMessage>,
    // Known since version 0.2 of the document; a verifier has no use for it.
    #[serde(skip_serializing)]
    #[expect(dead_code, reason = "known member that is not reported as unknown")]
    operator: Option<String>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct PublicKeyMessage {
    #[serde(alias = "raw_bytes", skip_serializing_if = "Option::is_none")]
    raw_bytes: Option<Base64Bytes>,
    #[serde(alias = "key_details", skip_serializing_if = "Option::is_none")]
    key_details: Option<EnumValue>,
    #[serde(alias = "valid_for", skip_serializing_if = "Option::is_none")]
    valid_for: Option<TimeRangeMessage>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogIdMessage {
    #[serde(alias = "key_id", skip_serializing_if = "Option::is_none")]
    key_id: Option<Base64Bytes>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthorityMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<SubjectMessage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(alias = "cert_chain", skip_serializing_if = "Option::is_none")]
    cert_chain: Option<ChainMessage>,
    #[serde(alias = "valid_for", skip_serializing_if = "Option::is_none")]
    valid_for: Option<TimeRangeMessage>,
    #[serde(skip_serializing)]
    #[expect(dead_code, reason = "known member that is not reported as unknown")]
    operator: Option<String>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct SubjectMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    #[serde(alias = "common_name", skip_serializing_if = "Option::is_none")]
    common_name: Option<String>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize, Default)]
struct ChainMessage {
    certificates: Option<Vec<CertificateMessage>>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CertificateMessage {
    #[serde(alias = "raw_bytes", skip_serializing_if = "Option::is_none")]
    raw_bytes: Option<Base64Bytes>,
    #[serde(flatten, skip_serializing)]
    unknown: Unknown,
}

impl TrustedRootMessage {
    pub(super) fn into_root(self) -> Result<TrustedRoot, TrustError> {
        let media_type = self.media_type.unwrap_or_default();
        if !TrustedRoot::is_known_media_type(&media_type) {
            return Err(TrustError::MediaType {
                document: DOCUMENT,
                found: media_type,
            });
        }
        let mut warnings = Vec::new();
        warn_unknown(&mut warnings, "", &self.unknown);
        let warn = &mut warnings;
        Ok(TrustedRoot {
            media_type,
            tlogs: read_all(self.tlogs, "tlogs", warn, LogMessage::into_log)?,
            certificate_authorities: read_all(
                self.certificate_authorities,
                "certificateAuthorities",
                warn,
                AuthorityMessage::into_authority,
            )?,
            ctlogs: read_all(self.ctlogs, "ctlogs", warn, LogMessage::into_log)?,
            timestamp_authorities: read_all(
                self.timestamp_authorities,
                "timestampAuthorities",
                warn,
                AuthorityMessage::into_authority,
            )?,
            warnings,
        })
    }
}

fn read_all<M, T>(
    messages: Option<Vec<M>>,
    list: &str,
    warnings: &mut Vec<String>,
    read: impl Fn(M, &mut Vec<String>, &str) -> Result<T, TrustError>,
) -> Result<Vec<T>, TrustError> {
    let messages = messages.unwrap_or_default().into_iter().enumerate();
    messages
        .map(|(index, message)| read(message, warnings, &format!("{list}[{index}]")))
        .collect()
}

fn read_range(
    message: Option<TimeRangeMessage>,
    warnings: &mut Vec<String>,
    place: &str,
) -> Result<TimeRange, TrustError> {
    message
        .unwrap_or_default()
        .into_range(warnings, &format!("{place}.validFor"))
}

impl LogMessage {
    fn into_log(self, warnings: &mut Vec<String>, place: &str) -> Result<LogInstance, TrustError> {
        warn_unknown(warnings, place, &self.unknown);
        let hash_algorithm = HashAlgorithm::from_enum(self.hash_algorithm.as_ref());
        let hash_algorithm = hash_algorithm.map_err(|unknown| TrustError::HashAlgorithm {
            member: place.to_owned(),
            found: unknown.found,
        })?;
        let key_place = format!("{place}.publicKey");
        let key = self.public_key.unwrap_or_default();
        warn_unknown(warnings, &key_place, &key.unknown);
        let public_key = LogPublicKey {
            raw_bytes: bytes_or_empty(key.raw_bytes),
            key_details: KeyDetails::from_enum(key.key_details.as_ref()),
            valid_for: read_range(key.valid_for, warnings, &key_place)?,
        };
        let log_id = self
            .log_id
            .map(|id| id.into_bytes(warnings, &format!("{place}.logId")));
        let checkpoint_key_id = self.checkpoint_key_id;
        Ok(LogInstance {
            base_url: self.base_url.unwrap_or_default(),
            hash_algorithm,
            public_key,
            log_id: log_id.unwrap_or_default(),
            checkpoint_key_id: checkpoint_key_id
                .map(|id| id.into_bytes(warnings, &format!("{place}.checkpointKeyId"))),
        })
    }
}

impl LogIdMessage {
    fn new(id: &[u8]) -> Self {
        Self {
            key_id: non_empty(id),
            unknown: Unknown::default(),
        }
    }

    fn into_bytes(self, warnings: &mut Vec<String>, place: &str) -> Vec<u8> {
        warn_unknown(warnings, place, &self.unknown);
        bytes_or_empty(self.key_id)
    }
}

impl AuthorityMessage {
    fn into_authority(
        self,
        warnings: &mut Vec<String>,
        place: &str,
    ) -> Result<CertificateAuthority, TrustError> {
        warn_unknown(warnings, place, &self.unknown);
        let subject = self.subject.unwrap_or_default();
        warn_unknown(warnings, &format!("{place}.subject"), &subject.unknown);
        let chain = self.cert_chain.unwrap_or_default();
        warn_unknown(warnings, &format!("{place}.certChain"), &chain.unknown);
        let certificates = chain
            .certificates
            .unwrap_or_default()
            .into_iter()
            .enumerate();
        let certificates = certificates.map(|(index, certificate)| {
            let place = format!("{place}.certChain.certificates[{index}]");
            warn_unknown(warnings, &place, &certificate.unknown);
            bytes_or_empty(certificate.raw_bytes)
        });
        Ok(CertificateAuthority {
            organization: subject.organization.unwrap_or_default(),
            common_name: subject.common_name.unwrap_or_default(),
            uri: self.uri.unwrap_or_default(),
            cert_chain: certificates.collect(),
            valid_for: read_range(self.valid_for, warnings, place)?,
        })
    }
}

impl TrustedRootMessage {
    /// The same without the lists that are empty.
    pub(super) fn without_empty_lists(mut self) -> Self {
        fn drop_empty<T>(list: &mut Option<Vec<T>>) {
            *list = list.take().filter(|list| !list.is_empty());
        }
        drop_empty(&mut self.tlogs);
        drop_empty(&mut self.certificate_authorities);
        drop_empty(&mut self.ctlogs);
        drop_empty(&mut self.timestamp_authorities);
        self
    }
}

impl From<&TrustedRoot> for TrustedRootMessage {
    fn from(root: &TrustedRoot) -> Self {
        let logs = |logs: &[LogInstance]| Some(logs.iter().map(LogMessage::from).collect());
        let authorities = |authorities: &[CertificateAuthority]| {
            Some(authorities.iter().map(AuthorityMessage::from).collect())
        };
        Self {
            media_type: non_empty_text(&root.media_type),
            tlogs: logs(&root.tlogs),
            certificate_authorities: authorities(&root.certificate_authorities),
            ctlogs: logs(&root.ctlogs),
            timestamp_authorities: authorities(&root.timestamp_authorities),
            unknown: Unknown::default(),
        }
    }
}

impl From<&LogInstance> for LogMessage {
    fn from(log: &LogInstance) -> Self {
        let hash_algorithm = EnumValue::Name(log.hash_algorithm.name().to_owned());
        Self {
            base_url: non_empty_text(&log.base_url),
            hash_algorithm: Some(hash_algorithm),
            public_key: Some(PublicKeyMessage {
                raw_bytes: non_empty(&log.public_key.raw_bytes),
                key_details: Some(log.public_key.key_details.to_enum()),
                valid_for: TimeRangeMessage::new(&log.public_key.valid_for),
                unknown: Unknown::default(),
            }),
            log_id: Some(LogIdMessage::new(&log.log_id)),
            checkpoint_key_id: log.checkpoint_key_id.as_deref().map(LogIdMessage::new),
            operator: None,
            unknown: Unknown::default(),
        }
    }
}

impl From<&CertificateAuthority> for AuthorityMessage {
    fn from(authority: &CertificateAuthority) -> Self {
        let certificates = authority.cert_chain.iter().map(|der| CertificateMessage {
            raw_bytes: non_empty(der),
            unknown: Unknown::default(),
        });
        Self {
            subject: Some(SubjectMessage {
                organization: non_empty_text(&authority.organization),
                common_name: non_empty_text(&authority.common_name),
                unknown: Unknown::default(),
            }),
            uri: non_empty_text(&authority.uri),
            cert_chain: Some(ChainMessage {
                certificates: Some(certificates.collect()),
                unknown: Unknown::default(),
            }),
            valid_for: TimeRangeMessage::new(&authority.valid_for),
            operator: None,
            unknown: Unknown::default(),
        }
    }
}
