//! What deriving a key from a password costs.

use scrypt::Params;
use zeroize::Zeroizing;

use super::KeyFileError;

/// The costs of scrypt in a key file: only those that a released cosign has written.
///
/// The file is read before its password is checked, so whoever wrote it would otherwise choose how much memory and
/// time are spent here. The dearest takes 128 MiB.
///
/// Source: go-securesystemslib `encrypted`, the parameters legacy, standard and OWASP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScryptCost {
    /// 2^15, of cosign before version 2.
    Legacy,
    /// 2^16, of cosign since.
    Standard,
    /// 2^17, of other programs with the same format.
    Owasp,
    /// 2^4, which no file can ask for.
    #[cfg(test)]
    Cheap,
}

impl ScryptCost {
    pub(super) const ALL: [Self; 3] = [Self::Legacy, Self::Standard, Self::Owasp];
    /// The block size.
    pub(super) const R: u32 = 8;
    /// The parallelism.
    pub(super) const P: u32 = 1;

    /// Finds the cost with these parameters.
    pub(super) fn from_parameters(n: u64, r: u64, p: u64) -> Result<Self, KeyFileError> {
        let known = (r, p) == (u64::from(Self::R), u64::from(Self::P));
        Self::ALL
            .into_iter()
            .find(|cost| known && cost.n() == n)
            .ok_or(KeyFileError::ScryptCost { n, r, p })
    }

    fn log_n(self) -> u8 {
        match self {
            Self::Legacy => 15,
            Self::Standard => 16,
            Self::Owasp => 17,
            #[cfg(test)]
            Self::Cheap => 4,
        }
    }

    /// The cost parameter.
    pub(super) fn n(self) -> u64 {
        1 << self.log_n()
    }

    /// The known cost parameters, for a message.
    pub(super) fn known_n() -> String {
        Self::ALL.map(|cost| cost.n().to_string()).join(", ")
    }

    /// Derives the key that a password stands for.
    pub(super) fn derive(
        self,
        password: &[u8],
        salt: &[u8],
    ) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
        let parameters =
            Params::new(self.log_n(), Self::R, Self::P).map_err(|_| KeyFileError::Library)?;
        let mut key = Zeroizing::new([0; 32]);
        scrypt::scrypt(password, salt, &parameters, key.as_mut_slice())
            .map_err(|_| KeyFileError::Library)?;
        Ok(key)
    }
}
