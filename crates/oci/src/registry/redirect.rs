//! A registry may keep its blobs elsewhere; nothing else is followed.

use http::header::LOCATION;
use url::Url;

use super::Registry;
use super::call::Call;
use crate::error::{RedirectFault, RegistryError};
use crate::foreign::Foreign;
use crate::transport::{Reason, Request, Response};

const MAX_REDIRECTS: usize = 5;

impl Registry {
    /// Follows an answer to where the blob is, without credentials and without anything else that the first request had.
    pub(super) async fn follow(
        &self,
        call: &Call,
        response: Response,
    ) -> Result<Response, RegistryError> {
        let (mut response, mut url) = (response, call.url.clone());
        let mut followed = 0;
        while response.status.is_redirection() {
            followed += 1;
            url = self.target(&url, &response, followed)?;
            drop(response);
            let request = Request {
                method: call.method.clone(),
                url: url.clone(),
                headers: http::HeaderMap::new(),
                body: crate::transport::Body::Empty,
                reason: Reason::BlobRedirect,
                deadline: call.deadline,
            };
            response = self.transport.send(request).await?;
        }
        Ok(response)
    }

    fn target(
        &self,
        from: &Url,
        response: &Response,
        followed: usize,
    ) -> Result<Url, RegistryError> {
        let location = response.headers.get(LOCATION);
        let location = String::from_utf8_lossy(location.map_or(&[], |value| value.as_bytes()));
        // The query may be a signed permission, so it is not shown.
        let refused = |fault| RegistryError::Redirect {
            location: Foreign::new(location.split('?').next().unwrap_or_default()),
            fault,
        };
        if location.is_empty() {
            return Err(refused(RedirectFault::NoAddress));
        }
        let target = from
            .join(&location)
            .map_err(|_| refused(RedirectFault::NoAddress))?;
        if followed > MAX_REDIRECTS {
            return Err(refused(RedirectFault::TooMany));
        }
        if !target.username().is_empty() || target.password().is_some() {
            return Err(refused(RedirectFault::HoldsCredentials));
        }
        match (target.scheme(), from.scheme()) {
            ("https", _) => Ok(target),
            ("http", "http") if self.options.plain_http.permits(&target) => Ok(target),
            ("http", _) => Err(refused(RedirectFault::LeavesTls)),
            _ => Err(refused(RedirectFault::NoAddress)),
        }
    }
}
