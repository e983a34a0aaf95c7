//! Bodies of Rekor v1 entries, as bundles carry them.

use serde::Deserialize;

use super::body::{BodyError, read_body};
use crate::algorithm::HashAlgorithm;
use crate::proto_json::{Base64Bytes, decode_base64};

/// A logged signature over a digest: `hashedrekord` 0.0.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashedRekordV001 {
    /// The hash that made the digest.
    pub algorithm: HashAlgorithm,
    /// The digest of what was signed.
    pub digest: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// PEM text of the public key, or of the certificate with its chain if one was sent.
    pub public_key: Vec<u8>,
}

/// A logged envelope without its payload: `dsse` 0.0.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DsseV001 {
    /// SHA-256 of the decoded payload.
    pub payload_hash: Vec<u8>,
    /// The signatures, sorted by their base64.
    pub signatures: Vec<LoggedSignature>,
}

/// A logged envelope without its payload: `intoto` 0.0.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntotoV002 {
    /// The payload's media type.
    pub payload_type: String,
    /// SHA-256 of the decoded payload.
    pub payload_hash: Vec<u8>,
    /// The signatures in the order of the envelope.
    pub signatures: Vec<LoggedSignature>,
}

/// A signature of an envelope with its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedSignature {
    /// The signature.
    pub signature: Vec<u8>,
    /// PEM text of the public key or certificate.
    pub public_key: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body<S> {
    #[serde(rename = "apiVersion")]
    _api_version: String,
    #[serde(rename = "kind")]
    _kind: String,
    spec: S,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HashedRekordSpec {
    data: Data,
    signature: SignatureAndKey,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    hash: HexHash,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HexHash {
    algorithm: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignatureAndKey {
    content: Base64Bytes,
    public_key: Content,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    content: Base64Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DsseSpec {
    /// Of the envelope's text as it was sent, which no bundle keeps.
    #[serde(rename = "envelopeHash")]
    _envelope_hash: HexHash,
    payload_hash: HexHash,
    signatures: Vec<DsseSignatureAndKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DsseSignatureAndKey {
    signature: Base64Bytes,
    verifier: Base64Bytes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IntotoSpec {
    content: IntotoContent,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct IntotoContent {
    envelope: IntotoEnvelope,
    /// Computed by the client, which no server can check.
    #[serde(rename = "hash")]
    _hash: Option<HexHash>,
    payload_hash: HexHash,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct IntotoEnvelope {
    /// Removed by real logs, kept by some test logs; the payload hash is what binds.
    #[serde(rename = "payload")]
    _payload: Option<Base64Bytes>,
    payload_type: String,
    signatures: Vec<IntotoSignature>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct IntotoSignature {
    #[serde(rename = "keyid")]
    _keyid: Option<String>,
    public_key: Base64Bytes,
    /// Base64 twice over.
    sig: Base64Bytes,
}

/// Reads a body of this kind and version; unknown and repeated members are refused.
fn parse<'de, S: Deserialize<'de>>(
    json: &'de [u8],
    kind: &str,
    version: &str,
) -> Result<S, BodyError> {
    let body: Body<S> = read_body(json, kind, version)?;
    Ok(body.spec)
}

impl HexHash {
    fn read(self) -> Result<(HashAlgorithm, Vec<u8>), BodyError> {
        let algorithm = match self.algorithm.as_str() {
            "sha256" => HashAlgorithm::Sha2_256,
            "sha384" => HashAlgorithm::Sha2_384,
            "sha512" => HashAlgorithm::Sha2_512,
            _ => {
                return Err(BodyError::HashAlgorithm {
                    found: self.algorithm,
                });
            }
        };
        let digest = hex::decode(&self.value).ok();
        let digest = digest.filter(|digest| digest.len() == algorithm.digest_len());
        let digest = digest.ok_or(BodyError::HashValue {
            algorithm,
            found: self.value,
        })?;
        Ok((algorithm, digest))
    }

    fn sha256(self) -> Result<Vec<u8>, BodyError> {
        let name = self.algorithm.clone();
        match self.read()? {
            (HashAlgorithm::Sha2_256, digest) => Ok(digest),
            _ => Err(BodyError::HashAlgorithm { found: name }),
        }
    }
}

impl HashedRekordV001 {
    /// Reads a body; unknown and repeated members, other kinds and other versions are refused.
    ///
    /// # Errors
    /// [`BodyError`], one variant for each rule.
    pub fn parse_body(json: &[u8]) -> Result<Self, BodyError> {
        let spec: HashedRekordSpec = parse(json, "hashedrekord", "0.0.1")?;
        let (algorithm, digest) = spec.data.hash.read()?;
        let SignatureAndKey {
            content,
            public_key,
        } = spec.signature;
        Ok(Self {
            algorithm,
            digest,
            signature: content.0,
            public_key: public_key.content.0,
        })
    }
}

impl DsseV001 {
    /// Reads a body; unknown and repeated members, other kinds and other versions are refused.
    ///
    /// # Errors
    /// [`BodyError`], one variant for each rule.
    pub fn parse_body(json: &[u8]) -> Result<Self, BodyError> {
        let spec: DsseSpec = parse(json, "dsse", "0.0.1")?;
        let signatures = spec.signatures.into_iter().map(|entry| LoggedSignature {
            signature: entry.signature.0,
            public_key: entry.verifier.0,
        });
        Ok(Self {
            payload_hash: spec.payload_hash.sha256()?,
            signatures: signatures.collect(),
        })
    }
}

impl IntotoV002 {
    /// Reads a body; unknown and repeated members, other kinds and other versions are refused.
    ///
    /// # Errors
    /// [`BodyError`], one variant for each rule.
    pub fn parse_body(json: &[u8]) -> Result<Self, BodyError> {
        let spec: IntotoSpec = parse(json, "intoto", "0.0.2")?;
        let IntotoContent {
            envelope,
            payload_hash,
            ..
        } = spec.content;
        let signatures = envelope.signatures.into_iter().map(|entry| {
            let inner = std::str::from_utf8(&entry.sig.0).ok();
            let signature = inner.and_then(|text| decode_base64(text).ok());
            let signature = signature.ok_or(BodyError::MissingField("signatures.sig"))?;
            Ok(LoggedSignature {
                signature,
                public_key: entry.public_key.0,
            })
        });
        Ok(Self {
            payload_type: envelope.payload_type,
            payload_hash: payload_hash.sha256()?,
            signatures: signatures.collect::<Result<_, BodyError>>()?,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    const SHA256: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    fn hashed_rekord() -> String {
        format!(
            r#"{{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{{"data":{{"hash":{{"algorithm":"sha256","value":"{SHA256}"}}}},"signature":{{"content":"AQ==","publicKey":{{"content":"UEVN"}}}}}}}}"#
        )
    }

    #[test]
    fn reads_a_hashedrekord() {
        let read = HashedRekordV001::parse_body(hashed_rekord().as_bytes()).unwrap();
        assert_eq!(read.algorithm, HashAlgorithm::Sha2_256);
        assert_eq!(hex::encode(&read.digest), SHA256);
        assert_eq!(
            (read.signature, read.public_key),
            (vec![1], b"PEM".to_vec())
        );
    }

    #[test]
    fn broken_hashes_kinds_and_members_name_the_rule() {
        let parse = |from: &str, to: &str| {
            let body = hashed_rekord();
            assert!(body.contains(from), "{from}");
            HashedRekordV001::parse_body(body.replace(from, to).as_bytes()).unwrap_err()
        };
        assert!(
            matches!(parse("\"hashedrekord\"", "\"dsse\""), BodyError::Kind { found } if found == "dsse")
        );
        assert!(
            matches!(parse("0.0.1", "0.0.2"), BodyError::ApiVersion { found } if found == "0.0.2")
        );
        assert!(
            matches!(parse("sha256", "md5"), BodyError::HashAlgorithm { found } if found == "md5")
        );
        assert!(matches!(parse("2cf2", "2c"), BodyError::HashValue { .. }));
        assert!(matches!(parse("2cf2", "xyz2"), BodyError::HashValue { .. }));
        assert!(matches!(
            parse("\"data\":", "\"extra\":1,\"data\":"),
            BodyError::Json(_)
        ));
    }

    #[test]
    fn reads_envelopes() {
        let dsse = format!(
            r#"{{"apiVersion":"0.0.1","kind":"dsse","spec":{{"envelopeHash":{{"algorithm":"sha256","value":"{SHA256}"}},"payloadHash":{{"algorithm":"sha256","value":"{SHA256}"}},"signatures":[{{"signature":"AQ==","verifier":"UEVN"}}]}}}}"#
        );
        let expected = LoggedSignature {
            signature: vec![1],
            public_key: b"PEM".to_vec(),
        };
        let read = DsseV001::parse_body(dsse.as_bytes()).unwrap();
        assert_eq!(hex::encode(&read.payload_hash), SHA256);
        assert_eq!(read.signatures, std::slice::from_ref(&expected));
        let intoto = format!(
            r#"{{"apiVersion":"0.0.2","kind":"intoto","spec":{{"content":{{"envelope":{{"payloadType":"t","signatures":[{{"publicKey":"UEVN","sig":"QVE9PQ=="}}]}},"payloadHash":{{"algorithm":"sha256","value":"{SHA256}"}}}}}}}}"#
        );
        let read = IntotoV002::parse_body(intoto.as_bytes()).unwrap();
        assert_eq!(
            (read.payload_type.as_str(), &read.signatures),
            ("t", &vec![expected])
        );
        let single = intoto.replace("QVE9PQ==", "AQ==");
        let refused = IntotoV002::parse_body(single.as_bytes());
        assert!(matches!(
            refused,
            Err(BodyError::MissingField("signatures.sig"))
        ));
    }
}
