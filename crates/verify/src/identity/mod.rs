//! Step 7: is the signer the expected one?

mod error;

use sigbox_crypto::{Certificate, SubjectAltName};

use crate::check::Check;
use crate::error::VerifyError;
use crate::policy::{CertificateIdentity, ExpectedSigner, Policy, Unmatched};
use crate::shape::SigningParty;
use crate::signature::SignatureVerified;
use crate::verdict::{Evidence, Omission, Trace};
use crate::verified::{Identity, LogRecord, VerifiedBundle, VerifiedSigner};

pub use error::IdentityError;

/// A bundle of which everything holds.
#[derive(Debug)]
pub(crate) struct IdentityMatched<'a> {
    signed: SignatureVerified<'a>,
    signer: VerifiedSigner,
}

impl<'a> IdentityMatched<'a> {
    pub(crate) fn new(
        signed: SignatureVerified<'a>,
        policy: &Policy,
        trace: &mut Trace,
    ) -> Result<Self, VerifyError> {
        let party = &signed.transparent.chained.timed.logged.parsed.party;
        let signer = match (party, &policy.signer) {
            (SigningParty::Certificate(leaf), ExpectedSigner::Certificate(expected)) => {
                match_certificate(leaf, expected, policy.issuerless, trace)?
            }
            (SigningParty::Key(key), ExpectedSigner::Key { .. }) => {
                for check in [
                    Check::CertificateIdentity,
                    Check::CertificateIssuer,
                    Check::CertificateExtension,
                ] {
                    let reason = "signed with the key that was given";
                    trace.not_made(check, Omission::NotPresent, reason);
                }
                VerifiedSigner::Key(key.clone())
            }
            _ => return Err(IdentityError::SignerKind.into()),
        };
        Ok(Self { signed, signer })
    }

    pub(crate) fn into_verified(self) -> VerifiedBundle {
        let transparent = self.signed.transparent;
        let timed = transparent.chained.timed;
        let entries = timed.logged.entries.iter().map(|entry| LogRecord {
            base_url: entry.log.name(),
            log_index: entry.index,
            integrated_time: entry.integrated_time,
        });
        VerifiedBundle {
            signer: self.signer,
            log_entries: entries.collect(),
            artifact_digests: timed.logged.parsed.artifact.all().to_vec(),
            times: timed.times,
            statement: self.signed.statement,
            ct_logs: transparent.ct_logs,
        }
    }
}

fn match_certificate(
    leaf: &Certificate,
    expected: &CertificateIdentity,
    issuerless: bool,
    trace: &mut Trace,
) -> Result<VerifiedSigner, IdentityError> {
    let identity = subject_of(leaf.subject_alt_names()).ok_or(IdentityError::NoSubject)?;
    let found = identity.value().to_owned();
    expected
        .subject
        .check(&found)
        .map_err(|unmatched| match unmatched {
            Unmatched::Exact(expected) => IdentityError::Subject {
                expected,
                found: found.clone(),
            },
            Unmatched::Pattern(expected) => IdentityError::SubjectPattern {
                expected,
                found: found.clone(),
            },
        })?;
    trace.passed(
        Check::CertificateIdentity,
        format!("signed by {found}"),
        vec![
            Evidence::new("expected", &expected.subject),
            Evidence::new("subject", &found),
        ],
    );
    let issuer = match_issuer(leaf, expected, issuerless, trace)?;
    match_claims(leaf, expected, trace)?;
    Ok(VerifiedSigner::Certificate {
        identity,
        issuer,
        certificate: leaf.clone(),
    })
}

/// Gives the issuer; empty if the certificate names none, where that is allowed.
fn match_issuer(
    leaf: &Certificate,
    expected: &CertificateIdentity,
    issuerless: bool,
    trace: &mut Trace,
) -> Result<String, IdentityError> {
    let issuer = match leaf.fulcio_issuer() {
        Some(issuer) => issuer.to_owned(),
        None if issuerless => String::new(),
        None => return Err(IdentityError::NoIssuer),
    };
    expected
        .issuer
        .check(&issuer)
        .map_err(|unmatched| match unmatched {
            Unmatched::Exact(expected) => IdentityError::Issuer {
                expected,
                found: issuer.clone(),
            },
            Unmatched::Pattern(expected) => IdentityError::IssuerPattern {
                expected,
                found: issuer.clone(),
            },
        })?;
    let detail = if issuer.is_empty() {
        "the certificate names no issuer, which the condition allows".to_owned()
    } else {
        format!("known to {issuer}")
    };
    trace.passed(
        Check::CertificateIssuer,
        detail,
        vec![
            Evidence::new("expected", &expected.issuer),
            Evidence::new("issuer", &issuer),
        ],
    );
    Ok(issuer)
}

fn match_claims(
    leaf: &Certificate,
    expected: &CertificateIdentity,
    trace: &mut Trace,
) -> Result<(), IdentityError> {
    for claim in &expected.extensions {
        let found = leaf.fulcio_extension(claim.number);
        if found != Some(claim.value.as_str()) {
            return Err(IdentityError::Extension {
                number: claim.number,
                expected: claim.value.clone(),
                found: found.map(str::to_owned),
            });
        }
        let detail = format!("extension {} is as demanded", claim.number);
        trace.passed(
            Check::CertificateExtension,
            detail,
            vec![Evidence::new("value", &claim.value)],
        );
    }
    if expected.extensions.is_empty() {
        trace.not_made(
            Check::CertificateExtension,
            Omission::NotDemanded,
            "the policy demands no further claims",
        );
    }
    Ok(())
}

/// The first URI, else the first e-mail address, else the first user name; other names are no identities.
///
/// Source: sigstore-go, `certificate.SummarizeCertificate`.
fn subject_of(names: &[SubjectAltName]) -> Option<Identity> {
    let uri = names.iter().find_map(|name| match name {
        SubjectAltName::Uri(uri) => Some(Identity::Uri(uri.clone())),
        _ => None,
    });
    let email = || {
        names.iter().find_map(|name| match name {
            SubjectAltName::Email(email) => Some(Identity::Email(email.clone())),
            _ => None,
        })
    };
    let username = || {
        names.iter().find_map(|name| match name {
            SubjectAltName::OtherName(username) => Some(Identity::Username(username.clone())),
            _ => None,
        })
    };
    uri.or_else(email).or_else(username)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_goes_before_an_email_before_a_username() {
        let uri = SubjectAltName::Uri("https://a".to_owned());
        let email = SubjectAltName::Email("a@b".to_owned());
        let username = SubjectAltName::OtherName("a!b".to_owned());
        let other = SubjectAltName::Other;
        for (names, expected) in [
            (
                vec![username.clone(), email.clone(), uri.clone()],
                Some(Identity::Uri("https://a".to_owned())),
            ),
            (
                vec![other.clone(), username.clone(), email],
                Some(Identity::Email("a@b".to_owned())),
            ),
            (
                vec![username, other.clone()],
                Some(Identity::Username("a!b".to_owned())),
            ),
            (vec![other], None),
            (vec![], None),
        ] {
            assert_eq!(subject_of(&names), expected, "{names:?}");
        }
    }
}
