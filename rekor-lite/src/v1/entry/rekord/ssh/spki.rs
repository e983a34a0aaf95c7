//! SSH keys and signatures in the form in which X.509 has them.

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef};
use der::{Encode as _, Sequence};
use sigbox_crypto::{HashAlgorithm, PublicKey};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use ssh_encoding::{Decode as _, Reader as _};

use super::super::error::RekordError;

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// What kind of key it is, as far as signatures differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ed25519,
    Ecdsa(&'static str, HashAlgorithm),
    Rsa,
}

#[derive(Sequence)]
struct RsaKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// The key inside, and what kind it is.
pub(super) fn read_blob(name: &str, blob: &[u8]) -> Result<(Kind, PublicKey), RekordError> {
    let part = |source| RekordError::SshEncoding {
        part: "the SSH key",
        source,
    };
    let rest = &mut &*blob;
    let inner = String::decode(rest).map_err(part)?;
    if inner != name {
        return Err(RekordError::AuthorizedKey);
    }
    let (kind, spki) = match name {
        "ssh-ed25519" => {
            let key: Vec<u8> = Vec::decode(rest).map_err(part)?;
            (Kind::Ed25519, spki_der(ED25519, None, &key)?)
        }
        "ssh-rsa" => {
            let exponent: Vec<u8> = Vec::decode(rest).map_err(part)?;
            let modulus: Vec<u8> = Vec::decode(rest).map_err(part)?;
            let key = RsaKey {
                modulus: UintRef::new(&modulus)?,
                exponent: UintRef::new(&exponent)?,
            };
            let parameters = Some(AnyRef::NULL);
            (Kind::Rsa, spki_der(RSA, parameters, &key.to_der()?)?)
        }
        _ => {
            let curve = String::decode(rest).map_err(part)?;
            let point: Vec<u8> = Vec::decode(rest).map_err(part)?;
            let (kind, oid) = curve_of(name, &curve)?;
            let parameters = Some((&oid).into());
            (kind, spki_der(EC, parameters, &point)?)
        }
    };
    rest.ensure_finished().map_err(part)?;
    Ok((kind, PublicKey::from_spki_der(&spki)?))
}

fn curve_of(name: &str, curve: &str) -> Result<(Kind, ObjectIdentifier), RekordError> {
    let known = [
        ("ecdsa-sha2-nistp256", HashAlgorithm::Sha2_256, P256),
        ("ecdsa-sha2-nistp384", HashAlgorithm::Sha2_384, P384),
        ("ecdsa-sha2-nistp521", HashAlgorithm::Sha2_512, P521),
    ];
    known
        .into_iter()
        .find(|(known, ..)| *known == name && known.ends_with(curve) && !curve.is_empty())
        .map(|(known, hash, oid)| (Kind::Ecdsa(known, hash), oid))
        .ok_or_else(|| RekordError::SshKeyType {
            found: name.to_owned(),
        })
}

fn spki_der(
    oid: ObjectIdentifier,
    parameters: Option<AnyRef<'_>>,
    key: &[u8],
) -> Result<Vec<u8>, RekordError> {
    let spki = SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef { oid, parameters },
        subject_public_key: BitStringRef::from_bytes(key)?,
    };
    Ok(spki.to_der()?)
}

/// SSH writes r and s as two mpints, ASN.1 as a SEQUENCE of two INTEGERs.
///
/// Source: RFC 5656 §3.1.2.
pub(super) fn ecdsa_der(bytes: &[u8]) -> Result<Vec<u8>, RekordError> {
    let part = |source| RekordError::SshEncoding {
        part: "the ECDSA signature",
        source,
    };
    let rest = &mut &*bytes;
    let r: Vec<u8> = Vec::decode(rest).map_err(part)?;
    let s: Vec<u8> = Vec::decode(rest).map_err(part)?;
    rest.ensure_finished().map_err(part)?;
    let signature = EcdsaSignature {
        r: UintRef::new(&r)?,
        s: UintRef::new(&s)?,
    };
    Ok(signature.to_der()?)
}
