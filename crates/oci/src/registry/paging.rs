//! Lists that come in pages, and the list of tags.

use std::collections::HashSet;

use http::header::LINK;
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use url::Url;

use super::call::Access;
use super::{Registry, answer};
use crate::descriptor::null_is_empty;
use crate::error::{Content, PageFault, RegistryError};
use crate::foreign::Foreign;
use crate::manifest::MAX_MANIFEST;
use crate::reference::{Repository, Tag};

/// The most pages of a list.
pub(super) const MAX_PAGES: usize = 100;
const TAGS_A_PAGE: &str = "1000";
const MAX_TAGS: usize = 100_000;

/// Where a list goes on; keeps count.
#[derive(Debug)]
pub(super) struct Pages {
    seen: HashSet<String>,
}

impl Pages {
    pub(super) fn new(first: &Url) -> Self {
        Self {
            seen: HashSet::from([first.to_string()]),
        }
    }

    /// The address of the page after `current`, if there is one: on the same host, of the same list, not read before.
    ///
    /// Source: OCI distribution spec 1.1, "Listing Tags"; RFC 5988.
    pub(super) fn next(
        &mut self,
        current: &Url,
        headers: &HeaderMap,
    ) -> Result<Option<Url>, RegistryError> {
        let Some(link) = next_link(headers) else {
            return Ok(None);
        };
        let refused = |fault| RegistryError::Page {
            link: Foreign::new(&link),
            fault,
        };
        let next = current
            .join(&link)
            .map_err(|_| refused(PageFault::NoAddress))?;
        let own = next.username().is_empty() && next.password().is_none();
        if next.origin() != current.origin() || next.path() != current.path() || !own {
            return Err(refused(PageFault::Elsewhere));
        }
        if self.seen.len() >= MAX_PAGES {
            return Err(RegistryError::TooMany {
                what: "pages",
                limit: MAX_PAGES,
            });
        }
        if !self.seen.insert(next.to_string()) {
            return Err(refused(PageFault::Repeats));
        }
        Ok(Some(next))
    }
}

/// `Link: <address>; rel="next"`.
fn next_link(headers: &HeaderMap) -> Option<String> {
    headers.get_all(LINK).iter().find_map(|value| {
        let text = value.to_str().ok()?;
        let (address, parameters) = text.trim_start().strip_prefix('<')?.split_once('>')?;
        let next = parameters.split(';').any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel") && value.eq_ignore_ascii_case("next")
        });
        next.then(|| address.to_owned())
    })
}

#[derive(Deserialize)]
struct TagPage {
    #[serde(default, deserialize_with = "null_is_empty")]
    tags: Vec<String>,
}

impl Registry {
    /// All tags of a repository, in the registry's order.
    ///
    /// # Errors
    /// [`RegistryError::Page`] and [`RegistryError::TooMany`] if the list does not end.
    pub async fn tags(&self, repository: &Repository) -> Result<Vec<Tag>, RegistryError> {
        let mut call = self
            .prepare(repository, Method::GET, "tags/list", Access::Pull)
            .await?;
        call.url.query_pairs_mut().append_pair("n", TAGS_A_PAGE);
        let mut pages = Pages::new(&call.url);
        let mut tags = Vec::new();
        loop {
            let response = self.call(repository, &call).await?;
            let response = self
                .expect(repository, &call, response, &[StatusCode::OK])
                .await?;
            let next = pages.next(&call.url, &response.headers)?;
            let body = answer::read(response, MAX_MANIFEST, Content::Tags).await?;
            let page: TagPage =
                serde_json::from_slice(&body).map_err(|source| RegistryError::Answer {
                    what: "list of tags",
                    source,
                })?;
            if tags.len() + page.tags.len() > MAX_TAGS {
                return Err(RegistryError::TooMany {
                    what: "tags",
                    limit: MAX_TAGS,
                });
            }
            for tag in page.tags {
                tags.push(tag.parse()?);
            }
            match next {
                Some(url) => call.url = url,
                None => return Ok(tags),
            }
        }
    }
}
