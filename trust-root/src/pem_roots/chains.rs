//! Certificates in any order to chains.

use sigbox_crypto::Certificate;

use super::PemFault;

/// One chain for each root: what stands below it, then the root itself.
///
/// An intermediate whose root is not in the file belongs to no chain, and so verifies nothing.
pub(super) fn of_authorities(
    certificates: Vec<Certificate>,
) -> Result<Vec<Vec<Certificate>>, PemFault> {
    if let Some(other) = certificates.iter().find(|one| !one.is_ca()) {
        return Err(PemFault::NotAnAuthority {
            subject: other.display_name(),
        });
    }
    let (roots, others): (Vec<_>, Vec<_>) = certificates
        .into_iter()
        .partition(Certificate::is_self_issued);
    if roots.is_empty() {
        return Err(PemFault::NoRoot {
            found: names(&others),
        });
    }
    let below = |root: Certificate| {
        let mut chain = below(&root, &others);
        chain.push(root);
        chain
    };
    Ok(roots.into_iter().map(below).collect())
}

/// Everything that leads to the root, in the file's order.
fn below(root: &Certificate, others: &[Certificate]) -> Vec<Certificate> {
    let mut above = vec![root];
    loop {
        let is_above = |one: &Certificate| above.iter().any(|other| other.der() == one.der());
        let next = others
            .iter()
            .find(|one| !is_above(one) && above.iter().any(|issuer| issued(issuer, one)));
        match next {
            Some(next) => above.push(next),
            None => return others.iter().filter(|one| is_above(one)).cloned().collect(),
        }
    }
}

/// One chain for each certificate that is no authority: itself first, a root last.
pub(super) fn of_signers(certificates: &[Certificate]) -> Result<Vec<Vec<Certificate>>, PemFault> {
    let signers: Vec<_> = certificates.iter().filter(|one| !one.is_ca()).collect();
    if signers.is_empty() {
        return Err(PemFault::NoSigner {
            found: names(certificates),
        });
    }
    signers
        .into_iter()
        .map(|signer| upward(signer, certificates))
        .collect()
}

fn upward(signer: &Certificate, all: &[Certificate]) -> Result<Vec<Certificate>, PemFault> {
    let mut chain = vec![signer.clone()];
    let mut last = signer;
    while !(last.is_ca() && last.is_self_issued()) {
        let new = |one: &&Certificate| one.is_ca() && chain.iter().all(|c| c.der() != one.der());
        let issuer = all.iter().filter(new).find(|one| issued(one, last));
        last = issuer.ok_or_else(|| PemFault::NoIssuer {
            subject: last.display_name(),
            issuer: last.issuer_display_name(),
        })?;
        chain.push(last.clone());
    }
    Ok(chain)
}

fn issued(issuer: &Certificate, one: &Certificate) -> bool {
    one.issuer_der() == issuer.subject_der() && one.verify_issued_by(issuer).is_ok()
}

fn names(certificates: &[Certificate]) -> Vec<String> {
    let name = |one: &Certificate| format!("`{}`", one.display_name());
    certificates.iter().map(name).collect()
}
