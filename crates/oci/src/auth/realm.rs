//! Which token service is asked, and whether it sees the registry's credentials.

use url::{Host, Url};

use crate::error::{RealmFault, RegistryError};
use crate::foreign::Foreign;
use crate::registry::PlainHttp;

/// What a token service is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// The registry's credentials.
    Credentials,
    /// Nothing: it may issue a token for everybody.
    Anonymous,
}

/// The registry's own host and port, or one that the user named, sees the credentials; another host with a name and TLS is asked
/// without them; everything else is not asked.
pub(crate) fn judge_realm(
    realm: &str,
    registry: &Url,
    trusted: &[String],
    plain: PlainHttp,
) -> Result<(Url, Trust), RegistryError> {
    let refused = |fault| RegistryError::Realm {
        realm: Foreign::new(realm),
        fault,
    };
    let url = Url::parse(realm).map_err(|_| refused(RealmFault::NoAddress))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(refused(RealmFault::NoAddress));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused(RealmFault::HoldsCredentials));
    }
    if url.origin() == registry.origin() {
        return Ok((url, Trust::Credentials));
    }
    let plain_is_meant = registry.scheme() == "http" && plain.permits(&url);
    if url.scheme() == "http" && !plain_is_meant {
        return Err(refused(RealmFault::PlainHttp));
    }
    if trusted.iter().any(|name| *name == host_port(&url)) {
        return Ok((url, Trust::Credentials));
    }
    let own_machine = is_loopback(&url);
    match url.host() {
        // One machine may run both for a test; they are still two programs.
        _ if own_machine && is_loopback(registry) => Ok((url, Trust::Anonymous)),
        Some(Host::Domain(_)) if !own_machine => Ok((url, Trust::Anonymous)),
        _ => Err(refused(RealmFault::Unnamed)),
    }
}

/// `host[:port]` as in a repository's name.
pub(crate) fn host_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// `localhost`, names below it, and the loopback addresses.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(realm: &str, registry: &str) -> Result<Trust, RealmFault> {
        let registry = Url::parse(registry).unwrap();
        let trusted = ["tokens.example".to_owned()];
        match judge_realm(realm, &registry, &trusted, PlainHttp::LoopbackOnly) {
            Ok((_, trust)) => Ok(trust),
            Err(RegistryError::Realm { fault, .. }) => Err(fault),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn adv_c49_only_the_registry_itself_and_named_services_see_credentials() {
        let registry = "https://registry.example:5000/v2/";
        for (realm, wanted) in [
            (
                "https://registry.example:5000/token",
                Ok(Trust::Credentials),
            ),
            ("https://tokens.example/token", Ok(Trust::Credentials)),
            ("https://registry.example/token", Ok(Trust::Anonymous)),
            (
                "https://registry.example.evil:5000/token",
                Ok(Trust::Anonymous),
            ),
            ("https://tokens.example:444/token", Ok(Trust::Anonymous)),
            (
                "http://registry.example:5000/token",
                Err(RealmFault::PlainHttp),
            ),
            ("http://tokens.example/token", Err(RealmFault::PlainHttp)),
            ("http://localhost/token", Err(RealmFault::PlainHttp)),
            ("https://10.0.0.1/token", Err(RealmFault::Unnamed)),
            ("https://[::1]/token", Err(RealmFault::Unnamed)),
            ("https://localhost/token", Err(RealmFault::Unnamed)),
            (
                "https://a:b@registry.example:5000/token",
                Err(RealmFault::HoldsCredentials),
            ),
            ("file:///etc/passwd", Err(RealmFault::NoAddress)),
            ("/token", Err(RealmFault::NoAddress)),
        ] {
            assert_eq!(judged(realm, registry), wanted, "{realm}");
        }
    }

    #[test]
    fn adv_c49_another_port_of_this_machine_is_another_program() {
        let registry = "http://127.0.0.1:5000/v2/";
        assert_eq!(
            judged("http://127.0.0.1:5000/token", registry),
            Ok(Trust::Credentials)
        );
        assert_eq!(
            judged("http://127.0.0.1:5001/token", registry),
            Ok(Trust::Anonymous)
        );
        assert_eq!(
            judged("http://elsewhere.example/token", registry),
            Err(RealmFault::PlainHttp)
        );
    }
}
