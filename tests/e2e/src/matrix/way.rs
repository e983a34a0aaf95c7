//! The questions of the compatibility matrix: who signs what, with what and where to.

/// A program under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The real cosign.
    Cosign,
    /// sigstore-python's command.
    Python,
    /// sigstore-js, and as a verifier the one of its release.
    Js,
    /// The verifier of the sigstore-js release after it.
    JsNewer,
    /// Our cosign.
    Ours,
}

/// The API of the log that a signature goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    /// Rekor v1.
    V1,
    /// Rekor v2.
    V2,
}

/// What answers for a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// An identity, by a certificate.
    Keyless,
    /// A key pair of one's own.
    Key,
}

/// What is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A file.
    Blob,
    /// An in-toto statement about a file, in a DSSE envelope.
    Attestation,
}

/// One way to sign.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// The program that signs.
    pub program: Program,
    /// Where to.
    pub log: Log,
    /// With what.
    pub signer: Signer,
    /// What.
    pub content: Content,
}

/// Whom a verification expects to have signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Who did.
    Right,
    /// Another identity, or another key.
    Other,
}

impl Program {
    /// Its name in the document.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cosign => "cosign",
            Self::Python => "sigstore-python",
            Self::Js => "sigstore-js",
            Self::JsNewer => "newer @sigstore/verify",
            Self::Ours => "ours",
        }
    }
}

impl Log {
    /// Its name in the document.
    pub fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

impl Way {
    /// Every way of these programs, in the document's order.
    pub fn all(programs: &[Program]) -> Vec<Self> {
        let mut ways = Vec::new();
        for content in [Content::Blob, Content::Attestation] {
            for signer in [Signer::Keyless, Signer::Key] {
                for program in programs {
                    ways.extend([Log::V1, Log::V2].map(|log| Self {
                        program: *program,
                        log,
                        signer,
                        content,
                    }));
                }
            }
        }
        ways
    }
}
