//! SSH: an armoured SSHSIG, and a key as `authorized_keys` has it.
//!
//! ```text
//! signature  the armour taken off, and what was signed
//! key        the line, and whether it signed
//! spki       keys and signatures in the form in which X.509 has them
//! ```

mod key;
mod signature;
mod spki;

pub(super) use key::SshKey;
pub(super) use signature::SshSignature;
