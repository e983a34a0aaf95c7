//! The images that Kubernetes resources run.

mod tree;

use saphyr_parser::ScanError;

use self::tree::{Node, documents};

/// Resources nest by some ten levels.
const MAX_DEPTH: usize = 64;
/// Values of a file, those of anchors once for each use.
const MAX_NODES: usize = 200_000;
/// The lists of what runs in a pod.
const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// A manifest that cannot be read in one way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum KubernetesError {
    #[error(transparent)]
    Yaml(#[from] ScanError),
    #[error("values nest deeper than {MAX_DEPTH} levels")]
    TooDeep,
    #[error("there are more than {MAX_NODES} values")]
    TooMany,
    #[error("member `{}` stands twice in one object", crate::ui::Escaped(.0))]
    Repeated(String),
    #[error("an object has a member whose name is no text")]
    Name,
    #[error("an alias names no value before it")]
    Alias,
    #[error("`{member}` of {owner} is no text")]
    Image {
        owner: &'static str,
        member: &'static str,
    },
    #[error("a tag of values is not read: {}", crate::ui::Escaped(.0))]
    Tag(String),
}

/// Reads the images of every container in every document, lists and resources of any kind included, init containers first.
///
/// # Errors
/// [`KubernetesError`], one variant for each rule: an image that is not read would not be verified.
///
/// Source: Kubernetes API, `PodSpec`: `initContainers`, `containers`, `ephemeralContainers`, `volumes[].image`.
pub(crate) fn images(text: &str) -> Result<Vec<String>, KubernetesError> {
    let mut images = Vec::new();
    for document in documents(text)? {
        find(&document, &mut images)?;
    }
    Ok(images)
}

fn find(node: &Node, images: &mut Vec<String>) -> Result<(), KubernetesError> {
    match node {
        Node::Text(_) | Node::Null | Node::Other => {}
        Node::Sequence(members) => {
            for member in members {
                find(member, images)?;
            }
        }
        Node::Mapping(_) => {
            for name in CONTAINERS {
                for container in list(node.member(name)) {
                    named(container, "a container", "image", images)?;
                }
            }
            for volume in list(node.member("volumes")) {
                if let Some(image) = volume.member("image") {
                    named(image, "a volume's image", "reference", images)?;
                }
            }
            for value in node.values() {
                find(value, images)?;
            }
        }
    }
    Ok(())
}

fn list(node: Option<&Node>) -> &[Node] {
    match node {
        Some(Node::Sequence(members)) => members,
        _ => &[],
    }
}

fn named(
    node: &Node,
    owner: &'static str,
    member: &'static str,
    images: &mut Vec<String>,
) -> Result<(), KubernetesError> {
    match node.member(member) {
        Some(Node::Text(image)) if !image.is_empty() => images.push(image.clone()),
        // A template may leave the image to another program.
        Some(Node::Text(_) | Node::Null) | None => {}
        Some(_) => return Err(KubernetesError::Image { owner, member }),
    }
    Ok(())
}

#[cfg(test)]
#[path = "kubernetes/tests.rs"]
mod tests;
