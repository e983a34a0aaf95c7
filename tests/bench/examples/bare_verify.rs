//! The least that a program over the `sigstore-verify` crate does: a bundle, a file, a trusted root, an identity, a verdict.

use std::error::Error;

use sigstore_verify::trust_root::TrustedRoot;
use sigstore_verify::types::Bundle;
use sigstore_verify::{VerificationPolicy, Verifier};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [root, bundle, identity, issuer, file] = words.as_slice() else {
        return Err("usage: bare_verify TRUSTED_ROOT BUNDLE IDENTITY ISSUER FILE".into());
    };
    let root = TrustedRoot::from_json(&std::fs::read_to_string(root)?)?;
    let bundle = Bundle::from_json(&std::fs::read_to_string(bundle)?)?;
    let policy = VerificationPolicy::new(identity, issuer);
    let artifact = std::fs::read(file)?;
    Verifier::new(&root)?.verify(artifact.as_slice(), &bundle, &policy)?;
    Ok(())
}
