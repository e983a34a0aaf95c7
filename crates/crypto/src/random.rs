//! Randomness from the operating system, the one place where it enters.

use crate::backend;

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system's random generator failed")]
pub struct RandomError;

/// `N` unpredictable bytes, fit for serial numbers and keys.
///
/// # Errors
/// [`RandomError`] if the generator fails; the caller must not go on without.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    backend::fill_random(&mut bytes).map_err(|_| RandomError)?;
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    #[test]
    fn two_draws_differ() {
        assert_ne!(
            super::random_bytes::<32>().unwrap(),
            super::random_bytes::<32>().unwrap()
        );
    }
}
