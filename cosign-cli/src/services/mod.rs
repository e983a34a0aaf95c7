//! The services of an instance, and what the client asks each of them.
//!
//! ```text
//! selected   which services the signing config names for now
//! fulcio     a certificate for a fresh key
//! timestamp  a timestamp over the signature
//! rekor      an entry in the transparency log; rekor_v1 for logs of version 1, rekor_v1_lookup for what they hold
//! refusal    the sentence in a service's error answer
//! ```

pub(crate) mod fulcio;
mod refusal;
pub(crate) mod rekor;
pub(crate) mod rekor_v1;
pub(crate) mod rekor_v1_lookup;
mod selected;
pub(crate) mod timestamp;

pub use fulcio::FulcioError;
pub use refusal::Refusal;
pub use rekor::RekorError;
pub use selected::{LogApi, SelectedLog, SelectedServices, ServiceError};
pub use timestamp::TimestampError;

use url::Url;

/// Appends an API path to a service's address, which may have a path of its own.
fn endpoint(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let joined = format!("{}{path}", base.path().trim_end_matches('/'));
    url.set_path(&joined);
    url
}

#[cfg(test)]
mod tests {
    use super::{Url, endpoint};

    #[test]
    fn paths_are_appended() {
        for (base, expected) in [
            ("https://ca.test", "https://ca.test/api/v2/signingCert"),
            ("https://ca.test/", "https://ca.test/api/v2/signingCert"),
            (
                "http://box.test:8080/a/",
                "http://box.test:8080/a/api/v2/signingCert",
            ),
        ] {
            let url = endpoint(&Url::parse(base).unwrap(), "/api/v2/signingCert");
            assert_eq!(url.as_str(), expected);
        }
    }
}
