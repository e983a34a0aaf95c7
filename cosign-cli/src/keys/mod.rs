//! Keys of the user's own: where they are, under which password, and how a pair is written.
//!
//! ```text
//! reference   --key: a file or a variable
//! password    COSIGN_PASSWORD, the terminal, or stdin
//! pair        cosign.key and cosign.pub on disk
//! load        from a reference to a key that signs or verifies
//! ```

mod error;
mod load;
mod pair;
mod password;
mod reference;

pub(crate) use self::error::KeyError;
pub(crate) use self::load::{private_key, private_key_to_import, private_key_while, public_key};
pub(crate) use self::pair::PairFiles;
pub(crate) use self::password::{PasswordError, PasswordFor, password};
pub(crate) use self::reference::KeyReference;
