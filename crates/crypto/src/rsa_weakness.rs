//! Patterns in an RSA modulus that betray a broken generator.

use der::{Decode as _, Sequence, asn1::UintRef};

use crate::WeakKeyError;

#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

/// Primes tried as factors: those below 752, the bound of boulder and of the baseline requirements' practice.
const SMALL_PRIME_BOUND: u32 = 752;

/// For each small prime of the ROCA test, its residues that keys of the flawed library can have: the powers of 65537.
/// A healthy modulus passes all of them with a chance of about 2^-28.
const ROCA_PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Checks the modulus of a PKCS#1 `RSAPublicKey`.
pub(crate) fn check_modulus(pkcs1: &[u8]) -> Result<(), WeakKeyError> {
    // The caller has parsed these bytes before; failing closed costs nothing.
    let Ok(key) = RsaPublicKey::from_der(pkcs1) else {
        return Err(WeakKeyError::RsaSize { bits: 0 });
    };
    let modulus = key.modulus.as_bytes();
    for factor in (2..SMALL_PRIME_BOUND).filter(|candidate| is_prime(*candidate)) {
        if residue(modulus, factor) == 0 {
            return Err(WeakKeyError::RsaSmallFactor { factor });
        }
    }
    if ROCA_PRIMES
        .iter()
        .all(|prime| is_power_of_65537(residue(modulus, *prime), *prime))
    {
        return Err(WeakKeyError::Roca);
    }
    Ok(())
}

fn residue(big_endian: &[u8], divisor: u32) -> u32 {
    big_endian
        .iter()
        .fold(0, |rest, byte| (rest << 8 | u32::from(*byte)) % divisor)
}

fn is_prime(candidate: u32) -> bool {
    (2..candidate)
        .take_while(|divisor| divisor * divisor <= candidate)
        .all(|divisor| !candidate.is_multiple_of(divisor))
}

/// Whether `value` is in the group that 65537 generates modulo `prime`.
fn is_power_of_65537(value: u32, prime: u32) -> bool {
    let generator = 65_537 % prime;
    let mut power = 1;
    for _ in 0..prime {
        if power == value {
            return true;
        }
        power = power * generator % prime;
    }
    false
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use der::Encode as _;

    use super::*;

    fn pkcs1(modulus: &[u8]) -> Vec<u8> {
        let key = RsaPublicKey {
            modulus: UintRef::new(modulus).unwrap(),
            exponent: UintRef::new(&[1, 0, 1]).unwrap(),
        };
        key.to_der().unwrap()
    }

    #[test]
    fn finds_small_factors() {
        // 751 * 2^16 + ... would be arbitrary; 751 itself and 3 * 257 are enough to see both ends.
        assert_eq!(
            check_modulus(&pkcs1(&[0x02, 0xef])),
            Err(WeakKeyError::RsaSmallFactor { factor: 751 })
        );
        assert_eq!(
            check_modulus(&pkcs1(&[0x03, 0x03])),
            Err(WeakKeyError::RsaSmallFactor { factor: 3 })
        );
    }

    #[test]
    fn finds_the_roca_pattern() {
        // 65537^n mod every prime is a power of 65537 by construction; 65537 itself has no small factor.
        assert_eq!(
            check_modulus(&pkcs1(&[0x01, 0x00, 0x01])),
            Err(WeakKeyError::Roca)
        );
    }

    #[test]
    fn passes_a_large_prime_product() {
        // 1000003 * 1000033
        assert_eq!(
            check_modulus(&pkcs1(&1_000_036_000_099_u64.to_be_bytes()[2..])),
            Ok(())
        );
    }
}
