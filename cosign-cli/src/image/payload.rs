//! The simple-signing payload: what a signature in the tag storage signs.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::annotations::Annotations;
use super::go_json;
use crate::ui::Escaped;

/// The type of every payload.
pub(super) const PAYLOAD_TYPE: &str = "cosign container image signature";

/// What the signer claims about an image.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SimpleSigning {
    /// The image's repository by the signer's word; nothing binds it.
    pub(crate) docker_reference: String,
    /// The image's digest, `sha256:` and hexadecimal digits.
    pub(crate) digest: String,
    /// The signer's annotations, sorted; `None` stands as `null`.
    pub(crate) annotations: Option<BTreeMap<String, Value>>,
}

/// A payload that makes no claim about an image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PayloadError {
    #[error("payload is not JSON, or names a member twice")]
    Json(#[source] serde_json::Error),
    #[error("payload has no text at `{member}`")]
    Missing { member: &'static str },
    #[error("payload was of an unknown type: {:?}, expected {PAYLOAD_TYPE:?}", Escaped(.found).to_string())]
    Type { found: String },
    #[error("`optional` of the payload is not an object")]
    Optional,
}

#[derive(Serialize)]
struct Message<'a> {
    critical: Critical<'a>,
    optional: &'a Option<BTreeMap<String, Value>>,
}

#[derive(Serialize)]
struct Critical<'a> {
    identity: Identity<'a>,
    image: Image<'a>,
    #[serde(rename = "type")]
    payload_type: &'static str,
}

#[derive(Serialize)]
struct Identity<'a> {
    #[serde(rename = "docker-reference")]
    docker_reference: &'a str,
}

#[derive(Serialize)]
struct Image<'a> {
    #[serde(rename = "docker-manifest-digest")]
    docker_manifest_digest: &'a str,
}

impl SimpleSigning {
    /// The claim that is signed for an image.
    pub(crate) fn new(docker_reference: &str, digest: &str, annotations: &Annotations) -> Self {
        let values = annotations
            .iter()
            .map(|(name, value)| (name.to_owned(), Value::String(value.to_owned())));
        Self {
            docker_reference: docker_reference.to_owned(),
            digest: digest.to_owned(),
            annotations: (!annotations.is_empty()).then(|| values.collect()),
        }
    }

    /// The bytes that are signed: compact JSON as Go writes it, without a line end.
    ///
    /// # Errors
    /// The JSON writer's error.
    ///
    /// Source: sigstore `pkg/signature/payload`, `Cosign.MarshalJSON`.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        go_json::to_vec(&Message {
            critical: Critical {
                identity: Identity {
                    docker_reference: &self.docker_reference,
                },
                image: Image {
                    docker_manifest_digest: &self.digest,
                },
                payload_type: PAYLOAD_TYPE,
            },
            optional: &self.annotations,
        })
    }

    /// Reads a payload whose bytes have been verified as they are.
    ///
    /// # Errors
    /// [`PayloadError`], one variant for each rule.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, PayloadError> {
        let value = sigbox_wire::strict_json::parse(payload).map_err(PayloadError::Json)?;
        let text = |pointer| {
            let found = value.pointer(pointer).and_then(Value::as_str);
            found.ok_or(PayloadError::Missing { member: pointer })
        };
        let found = text("/critical/type")?;
        if found != PAYLOAD_TYPE {
            let found = found.to_owned();
            return Err(PayloadError::Type { found });
        }
        let digest = text("/critical/image/docker-manifest-digest")?.to_owned();
        let docker_reference = text("/critical/identity/docker-reference")?.to_owned();
        let annotations = match value.get("optional") {
            None | Some(Value::Null) => None,
            Some(Value::Object(members)) => Some(members.clone().into_iter().collect()),
            Some(_) => return Err(PayloadError::Optional),
        };
        Ok(Self {
            docker_reference,
            digest,
            annotations,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Annotations, PayloadError, SimpleSigning};

    const DIGEST: &str = "sha256:ff88dbd4c1a9a1a9c7bb2ae8a6a1a3f6b2f0b1d5f2d2d7c9a2b9c3e7a0e74e1a";

    fn annotations(arguments: &[&str]) -> Annotations {
        let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        Annotations::parse(&arguments).unwrap()
    }

    /// The form of the real client's payloads, which are 243 and 235 bytes long for `127.0.0.1:PORT/leg`.
    #[test]
    fn the_bytes_are_the_real_clients() {
        let plain = SimpleSigning::new("127.0.0.1:5001/leg", DIGEST, &Annotations::default());
        let expected = format!(
            r#"{{"critical":{{"identity":{{"docker-reference":"127.0.0.1:5001/leg"}},"image":{{"docker-manifest-digest":"{DIGEST}"}},"type":"cosign container image signature"}},"optional":null}}"#
        );
        assert_eq!(plain.to_bytes().unwrap(), expected.as_bytes());
        let annotated = annotations(&["who=me", "cmd=a<b>&c"]);
        let annotated = SimpleSigning::new("127.0.0.1:5001/leg", DIGEST, &annotated);
        let expected = expected.replace("null", r#"{"cmd":"a\u003cb\u003e\u0026c","who":"me"}"#);
        assert_eq!(annotated.to_bytes().unwrap(), expected.as_bytes());
    }

    #[test]
    fn what_is_written_is_read() {
        for arguments in [&[][..], &["who=me", "a=<"]] {
            let written = SimpleSigning::new("r/x", DIGEST, &annotations(arguments));
            let read = SimpleSigning::parse(&written.to_bytes().unwrap()).unwrap();
            assert_eq!(read, written);
        }
    }

    #[test]
    fn every_rule_refuses() {
        let good = SimpleSigning::new("r/x", DIGEST, &Annotations::default());
        let good = String::from_utf8(good.to_bytes().unwrap()).unwrap();
        let read = |from: &str, to: &str| SimpleSigning::parse(good.replace(from, to).as_bytes());
        assert!(matches!(read("null", "nul"), Err(PayloadError::Json(_))));
        let twice = read(r#""image":{"#, r#""image":{},"image":{"#);
        assert!(matches!(twice, Err(PayloadError::Json(_))));
        let digest = "/critical/image/docker-manifest-digest";
        for to in ["other", r#"docker-manifest-digest":1,"x"#] {
            let missing = read("docker-manifest-digest", to);
            assert!(
                matches!(missing, Err(PayloadError::Missing { member }) if member == digest),
                "{to}"
            );
        }
        let other = read("cosign container image", "atomic container");
        assert!(
            matches!(other, Err(PayloadError::Type { found }) if found == "atomic container signature")
        );
        let optional = read("null", "[]");
        assert!(matches!(optional, Err(PayloadError::Optional)));
    }
}
