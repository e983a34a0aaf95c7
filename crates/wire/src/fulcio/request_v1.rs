//! The body of `POST /api/v1/signingCert`.

use serde::Deserialize;

use super::SigningCertRequestError;
use crate::proto_json::{Base64Bytes, bytes_or_empty, read};

/// A request for a certificate in the first version of the interface; the token is in the `Authorization` header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SigningCertRequestV1 {
    /// The key, DER of a SubjectPublicKeyInfo or its PEM text; `None` if `publicKey` is absent.
    pub public_key: Option<Vec<u8>>,
    /// The signature over the token's subject, empty if absent.
    pub signed_email_address: Vec<u8>,
    /// A certificate signing request: the bytes of its PEM text, empty if absent.
    pub certificate_signing_request: Vec<u8>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct RequestMessage {
    #[serde(alias = "public_key")]
    public_key: Option<PublicKeyMessage>,
    #[serde(alias = "signed_email_address")]
    signed_email_address: Option<Base64Bytes>,
    #[serde(alias = "certificate_signing_request")]
    certificate_signing_request: Option<Base64Bytes>,
}

// The `algorithm` member is not read: no Fulcio has ever used it.
#[derive(Deserialize)]
struct PublicKeyMessage {
    content: Option<Base64Bytes>,
}

impl SigningCertRequestV1 {
    /// Reads a request; unknown members are ignored, an empty body is an empty message.
    ///
    /// The three members are not a `oneof` here: which of them counts is for the reader to say.
    ///
    /// # Errors
    /// [`SigningCertRequestError`], never its `OneofConflict`.
    ///
    /// Source: fulcio, `fulcio_legacy.proto`, `CreateSigningCertificateRequest`.
    pub fn parse(json: &[u8]) -> Result<Self, SigningCertRequestError> {
        let message = if json.iter().all(u8::is_ascii_whitespace) {
            RequestMessage::default()
        } else {
            read(json)?
        };
        Ok(Self {
            public_key: message.public_key.map(|key| bytes_or_empty(key.content)),
            signed_email_address: bytes_or_empty(message.signed_email_address),
            certificate_signing_request: bytes_or_empty(message.certificate_signing_request),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn reads_each_member_in_either_spelling() {
        let expected = SigningCertRequestV1 {
            public_key: Some(vec![1, 2]),
            signed_email_address: vec![3],
            certificate_signing_request: vec![4],
        };
        for text in [
            r#"{"publicKey":{"content":"AQI=","algorithm":"ecdsa"},"signedEmailAddress":"Aw==",
                "certificateSigningRequest":"BA==","unknown":[]}"#,
            r#"{"public_key":{"content":"AQI","algorithm":7},"signed_email_address":"Aw","certificate_signing_request":"BA"}"#,
        ] {
            let read = SigningCertRequestV1::parse(text.as_bytes());
            assert_eq!(read.unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn absent_members_are_empty() {
        for text in ["", " \n", "{}", r#"{"publicKey":null}"#] {
            let read = SigningCertRequestV1::parse(text.as_bytes()).unwrap();
            assert_eq!(read, SigningCertRequestV1::default(), "{text}");
        }
        let keyless = SigningCertRequestV1::parse(br#"{"publicKey":{}}"#).unwrap();
        assert_eq!(keyless.public_key, Some(Vec::new()));
    }

    #[test]
    fn refuses_what_is_no_message() {
        use SigningCertRequestError::{Json, NotAnObject};
        for text in [
            "[null,null,null]",
            r#"{"publicKey":["AQI="]}"#,
            r#"{"publicKey":"AQI="}"#,
        ] {
            let refused = SigningCertRequestV1::parse(text.as_bytes());
            assert!(
                matches!(refused, Err(NotAnObject { .. })),
                "{text}: {refused:?}"
            );
        }
        for text in [
            "{",
            r#"{"publicKey":{"content":"?"}}"#,
            r#"{"signedEmailAddress":"AQ==","signed_email_address":"AQ=="}"#,
        ] {
            let refused = SigningCertRequestV1::parse(text.as_bytes());
            assert!(matches!(refused, Err(Json(_))), "{text}: {refused:?}");
        }
    }
}
