//! `cosign generate-key-pair`, `import-key-pair` and `public-key`.

use sigbox_crypto::{KeyAlgorithm, SigningKey};
use trust_root::atomic::Access;

use super::{argument_failure, explain_keys};
use crate::args::{
    ArgumentError, GenerateKeyPairArgs, ImportKeyPairArgs, Of, PublicKeyArgs,
    refusal_of_environment,
};
use crate::keys::{self, KeyError, KeyReference, PairFiles, PasswordFor};
use crate::output_file;
use crate::prompt::Asked;
use crate::report::Failure;
use crate::ui::{Escaped, Output, say};

/// Makes a key pair of the kind that every client signs with by default.
pub(crate) fn generate_key_pair(args: &GenerateKeyPairArgs) -> Result<(), Failure> {
    if let Some(refusal) = refusal_of_environment(Of::Generate) {
        return Err(argument_failure(&refusal));
    }
    if let Some(place) = args.places.first() {
        let scheme = KeyReference::parse(place);
        let found = args.places.len();
        return Err(match scheme {
            Err(error) => explain_keys::failure("", &error),
            Ok(_) => argument_failure(&ArgumentError::ArgumentCount { expected: 0, found }),
        });
    }
    let files = PairFiles::new(&args.output_key_prefix);
    let write = || -> Result<(), KeyError> {
        files.confirm_overwrite(Asked::Now)?;
        let key = SigningKey::generate(KeyAlgorithm::EcdsaP256).map_err(KeyError::Generate)?;
        files.write(&key)
    };
    write().map_err(|error| explain_keys::failure("", &error))
}

/// Puts a key that exists under a password.
pub(crate) fn import_key_pair(args: &ImportKeyPairArgs) -> Result<(), Failure> {
    let reference = required(args.key.as_deref(), Of::Import)?;
    let files = PairFiles::new(&args.output_key_prefix);
    let asked = if args.yes { Asked::Before } else { Asked::Now };
    let write = || -> Result<(), KeyError> {
        let key = keys::private_key_to_import(&KeyReference::parse(reference)?)?;
        files.confirm_overwrite(asked)?;
        files.write(&key)
    };
    write().map_err(|error| explain_keys::failure("", &error))
}

/// Writes the public half of a private key.
pub(crate) fn public_key(args: &PublicKeyArgs, output: &Output) -> Result<(), Failure> {
    let reference = required(args.key.as_deref(), Of::PublicKey)?;
    let load = || keys::private_key(&KeyReference::parse(reference)?, PasswordFor::Opening);
    let key = load().map_err(|error| explain_keys::failure("", &error))?;
    let pem = key.public_key().to_pem();
    let Some(path) = &args.outfile else {
        return output
            .write(pem.as_bytes())
            .map_err(|error| Failure::new("writing the public key").caused_by(&error));
    };
    output_file::write(path, pem.as_bytes(), Access::Private)
        .map_err(|error| Failure::from_error(&error))?;
    say(&format_args!(
        "Public key written to {}",
        Escaped(&path.to_string_lossy())
    ));
    Ok(())
}

fn required(key: Option<&str>, command: Of) -> Result<&str, Failure> {
    if let Some(refusal) = refusal_of_environment(command) {
        return Err(argument_failure(&refusal));
    }
    key.filter(|key| !key.is_empty())
        .ok_or_else(|| argument_failure(&ArgumentError::NoKey))
}
