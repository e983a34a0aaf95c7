//! The birth of an instance: its keys and certificates.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use sigbox_crypto::profile::{
    CaIdentity, CaRequest, IntermediateKind, Issuer, make_intermediate, make_root, make_tsa_leaf,
};
use sigbox_crypto::{Certificate, KeyAlgorithm, SigningKey, random_bytes};

use crate::layout::{DataDir, Role, make_private_dir, write_secret};

const YEAR: SignedDuration = SignedDuration::from_hours(24 * 365);
const ROOT_YEARS: i32 = 10;
/// Issuing certificates end well before their root.
const ISSUING_YEARS: i32 = 3;

/// What lies in `offline/` beside the root keys.
const OFFLINE_README: &str = "The root keys of this instance. The servers never read them.\n\
    Move this directory away from this machine, and keep it safe: it is needed to make the next issuing certificates.\n";

/// The certificates of a new instance.
pub(crate) struct Chains {
    /// Intermediate, root.
    pub(crate) ca: Vec<Certificate>,
    /// Timestamp signer, root.
    pub(crate) tsa: Vec<Certificate>,
}

/// Makes every key and certificate and writes the keys; nothing is overwritten.
pub(crate) fn hold(dir: &DataDir, organization: &str, now: Timestamp) -> Result<Chains> {
    make_private_dir(&dir.keys())?;
    make_private_dir(&dir.offline())?;
    write_secret(&dir.offline().join("README"), OFFLINE_README)?;
    for role in [Role::CtLog, Role::RekorV2, Role::RekorV1] {
        write_secret(&dir.key(role), &new_key()?.to_pkcs8_pem()?)?;
    }
    let name = |what: &str| CaIdentity {
        organization: organization.to_owned(),
        // A date in every issuing name: two keys must never share a name.
        common_name: format!("{organization} {what} {}", now.strftime("%Y-%m-%d")),
    };

    let (root_key, root) = new_root(dir, "ca-root.key", name("root"), now)?;
    let ca_key = new_key()?;
    let intermediate = make_intermediate(
        &Issuer {
            certificate: &root,
            signer: &root_key,
        },
        ca_key.public_key(),
        &request(name("intermediate"), now, ISSUING_YEARS)?,
        IntermediateKind::CodeSigning,
    )?;
    write_secret(&dir.key(Role::Ca), &ca_key.to_pkcs8_pem()?)?;

    let (tsa_root_key, tsa_root) = new_root(dir, "tsa-root.key", name("timestamp root"), now)?;
    let tsa_key = new_key()?;
    let signer = make_tsa_leaf(
        &Issuer {
            certificate: &tsa_root,
            signer: &tsa_root_key,
        },
        tsa_key.public_key(),
        &request(name("timestamp authority"), now, ISSUING_YEARS)?,
    )?;
    write_secret(&dir.key(Role::Tsa), &tsa_key.to_pkcs8_pem()?)?;

    Ok(Chains {
        ca: vec![intermediate, root],
        tsa: vec![signer, tsa_root],
    })
}

/// A key of the kind that every role has.
pub(crate) fn new_key() -> Result<SigningKey> {
    Ok(SigningKey::generate(KeyAlgorithm::EcdsaP256)?)
}

fn new_root(
    dir: &DataDir,
    file: &str,
    identity: CaIdentity,
    now: Timestamp,
) -> Result<(SigningKey, Certificate)> {
    let key = new_key()?;
    let root = make_root(&key, &request(identity, now, ROOT_YEARS)?)?;
    write_secret(&dir.offline().join(file), &key.to_pkcs8_pem()?)?;
    Ok((key, root))
}

fn request(identity: CaIdentity, now: Timestamp, years: i32) -> Result<CaRequest> {
    Ok(CaRequest {
        identity,
        not_before: now,
        not_after: now
            .checked_add(YEAR * years)
            .context("the clock is past what a certificate can hold")?,
        serial: random_bytes()?,
    })
}
