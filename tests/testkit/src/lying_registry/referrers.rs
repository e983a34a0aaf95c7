//! Lists, and their pages.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use serde_json::{Value, json};

use super::{Asked, Inner, NextPage, ReferrersApi, parameter, refused, store};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

impl Inner {
    pub(super) fn referrers(&self, asked: &Asked, name: &str, digest: &str) -> Response {
        match self.behaviour.referrers {
            ReferrersApi::AbsentFor(repository) if repository == name => {
                return refused(StatusCode::NOT_FOUND, "UNSUPPORTED", "no such page");
            }
            ReferrersApi::Kept | ReferrersApi::Silent | ReferrersApi::AbsentFor(_) => {}
            ReferrersApi::Absent(status) => {
                let status = StatusCode::from_u16(status).unwrap();
                return refused(status, "UNSUPPORTED", "no such page");
            }
            ReferrersApi::Page => return Html("<p>Hello").into_response(),
        }
        let mut entries = match self.behaviour.referrer_count {
            Some(count) => (0..count).map(made_up).collect(),
            None => self.store.referrers(name, digest),
        };
        if matches!(self.behaviour.referrers, ReferrersApi::Silent) {
            for entry in &mut entries {
                entry["artifactType"] = json!("application/vnd.oci.empty.v1+json");
            }
        }
        let (page, link) = self.page(asked, entries);
        let body = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": page});
        let head = [(header::CONTENT_TYPE, INDEX)];
        with_link(link, (head, body.to_string()).into_response())
    }

    pub(super) fn tags(&self, asked: &Asked, name: &str) -> Response {
        let (page, link) = self.page(asked, self.store.tags(name));
        let body = json!({"name": name, "tags": page});
        let head = [(header::CONTENT_TYPE, "application/json")];
        with_link(link, (head, body.to_string()).into_response())
    }

    /// One page of a list, and where the next one is said to be.
    fn page<T: Clone>(&self, asked: &Asked, entries: Vec<T>) -> (Vec<T>, Option<String>) {
        let start: usize = parameter(asked, "at").map_or(0, |text| text.parse().unwrap());
        let size = match self.behaviour.page {
            0 => entries.len(),
            size => size,
        };
        let end = (start + size).min(entries.len());
        let page = entries.get(start..end).unwrap_or_default().to_vec();
        let path = asked.uri.path();
        let link = match &self.behaviour.next_page {
            NextPage::Honest if end < entries.len() => Some(format!("{path}?at={end}")),
            NextPage::Honest => None,
            NextPage::Same => Some(asked.uri.to_string()),
            NextPage::Endless => Some(format!("{path}?at={}", start + 1)),
            NextPage::Elsewhere(address) => Some(address.clone()),
        };
        (page, link)
    }
}

fn with_link(link: Option<String>, answer: Response) -> Response {
    match link {
        Some(link) => {
            let head = [(header::LINK, format!("<{link}>; rel=\"next\""))];
            (head, answer).into_response()
        }
        None => answer,
    }
}

fn made_up(number: usize) -> Value {
    json!({
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": store::digest(&number.to_be_bytes()),
        "size": 1,
        "artifactType": "a/b",
    })
}
