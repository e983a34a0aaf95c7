//! Values of YAML, in bounds: what anchors stand for is put in place, and counted for each use.

use std::collections::{BTreeMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::{KubernetesError, MAX_DEPTH, MAX_NODES};

/// Tags of values that change nothing of what is read here.
const CORE: [&str; 7] = ["str", "null", "bool", "int", "float", "map", "seq"];

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Text(String),
    Null,
    /// A number, or a truth value.
    Other,
    Sequence(Vec<Node>),
    Mapping(Vec<(String, Node)>),
}

impl Node {
    /// A member of an object; nothing if it is none.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Mapping(members) = self else {
            return None;
        };
        let mut members = members.iter();
        members
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// The values of an object's members.
    pub(super) fn values(&self) -> impl Iterator<Item = &Self> {
        let members = match self {
            Self::Mapping(members) => members.as_slice(),
            _ => &[],
        };
        members.iter().map(|(_, value)| value)
    }

    /// Depth is bounded when a node is put together, so this is bounded, too.
    fn size(&self) -> usize {
        1 + match self {
            Self::Text(_) | Self::Null | Self::Other => 0,
            Self::Sequence(members) => members.iter().map(Self::size).sum(),
            Self::Mapping(members) => members.iter().map(|(_, value)| value.size()).sum(),
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::Text(_) | Self::Null | Self::Other => 0,
            Self::Sequence(members) => 1 + members.iter().map(Self::depth).max().unwrap_or(0),
            Self::Mapping(members) => {
                let depths = members.iter().map(|(_, value)| value.depth());
                1 + depths.max().unwrap_or(0)
            }
        }
    }
}

enum Open {
    Sequence(Vec<Node>),
    /// The members, their names, and the name that waits for its value.
    Mapping(Vec<(String, Node)>, HashSet<String>, Option<String>),
}

/// The documents of a stream.
pub(super) fn documents(text: &str) -> Result<Vec<Node>, KubernetesError> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, _) = event?;
        builder.take(event)?;
    }
    Ok(builder.documents)
}

#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    /// What is open, each with its anchor.
    open: Vec<(Open, usize)>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), KubernetesError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let kind = kind(tag.as_deref())?;
                // The name of a member is text, whatever it looks like.
                let is_name = matches!(self.open.last(), Some((Open::Mapping(_, _, None), _)));
                let is_plain = style == ScalarStyle::Plain && kind != Some("str") && !is_name;
                self.put(scalar(text.into_owned(), is_plain), anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                kind(tag.as_deref())?;
                self.open(Open::Sequence(Vec::new()), anchor)
            }
            Event::MappingStart(anchor, tag) => {
                kind(tag.as_deref())?;
                self.open(Open::Mapping(Vec::new(), HashSet::new(), None), anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).ok_or(KubernetesError::Alias)?;
                if node.depth() + self.open.len() > MAX_DEPTH {
                    return Err(KubernetesError::TooDeep);
                }
                // Anchors of anchors grow fast: every use counts, before it is made.
                let size = node.size();
                self.count(size)?;
                let node = self.anchors.get(&anchor).cloned();
                self.put(node.ok_or(KubernetesError::Alias)?, 0)
            }
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn count(&mut self, more: usize) -> Result<(), KubernetesError> {
        self.nodes = self.nodes.saturating_add(more);
        if self.nodes > MAX_NODES {
            return Err(KubernetesError::TooMany);
        }
        Ok(())
    }

    fn open(&mut self, open: Open, anchor: usize) -> Result<(), KubernetesError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(KubernetesError::TooDeep);
        }
        self.open.push((open, anchor));
        Ok(())
    }

    fn close(&mut self) -> Result<(), KubernetesError> {
        let (node, anchor) = match self.open.pop() {
            Some((Open::Sequence(members), anchor)) => (Node::Sequence(members), anchor),
            Some((Open::Mapping(members, names, _), anchor)) => (merged(members, names), anchor),
            None => return Ok(()),
        };
        self.put(node, anchor)
    }

    fn put(&mut self, node: Node, anchor: usize) -> Result<(), KubernetesError> {
        self.count(1)?;
        if anchor != 0 {
            self.count(node.size())?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None => self.documents.push(node),
            Some((Open::Sequence(members), _)) => members.push(node),
            Some((Open::Mapping(members, names, waiting), _)) => {
                if let Some(name) = waiting.take() {
                    members.push((name, node));
                    return Ok(());
                }
                let Node::Text(name) = node else {
                    return Err(KubernetesError::Name);
                };
                if !names.insert(name.clone()) {
                    return Err(KubernetesError::Repeated(name));
                }
                *waiting = Some(name);
            }
        }
        Ok(())
    }
}

/// The name of a tag, which must be one of those that every reader knows.
fn kind(tag: Option<&Tag>) -> Result<Option<&str>, KubernetesError> {
    match tag {
        None => Ok(None),
        Some(tag) if CORE.contains(&tag.suffix.as_str()) => Ok(Some(&tag.suffix)),
        Some(tag) => Err(KubernetesError::Tag(tag.suffix.clone())),
    }
}

/// What Kubernetes takes for no text is none here.
fn scalar(text: String, is_plain: bool) -> Node {
    match text.as_str() {
        _ if !is_plain => Node::Text(text),
        "" | "~" | "null" | "Null" | "NULL" => Node::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Node::Other,
        number if number.parse::<f64>().is_ok() => Node::Other,
        _ => Node::Text(text),
    }
}

/// Takes over from `<<` what the object does not say itself.
fn merged(mut members: Vec<(String, Node)>, mut names: HashSet<String>) -> Node {
    let Some(at) = members.iter().position(|(name, _)| name == "<<") else {
        return Node::Mapping(members);
    };
    let (_, merge) = members.remove(at);
    let sources = match merge {
        Node::Sequence(sources) => sources,
        one => vec![one],
    };
    for source in sources {
        let Node::Mapping(source) = source else {
            continue;
        };
        for (name, value) in source {
            if names.insert(name.clone()) {
                members.push((name, value));
            }
        }
    }
    Node::Mapping(members)
}
