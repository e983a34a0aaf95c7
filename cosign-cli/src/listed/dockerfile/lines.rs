//! The instructions of a Dockerfile: comments, line breaks and here-documents are gone.

use super::DockerfileError;

/// An instruction with its arguments.
pub(super) struct Instruction {
    /// The line that it begins in; the first one is 1.
    pub(super) line: usize,
    /// Its words, quotes kept.
    pub(super) words: Vec<String>,
}

impl Instruction {
    pub(super) fn no_image(&self) -> DockerfileError {
        DockerfileError::NoImage {
            text: self.words.join(" "),
        }
    }
}

/// Without the quotes around it.
pub(super) fn unquoted(text: &str) -> &str {
    let inside = |quote: char| {
        let text = text.strip_prefix(quote)?;
        text.strip_suffix(quote)
    };
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

/// Reads the instructions.
///
/// # Errors
/// [`DockerfileError::Unfinished`]: what stands behind a document without end cannot be told.
pub(super) fn instructions(text: &str) -> Result<Vec<Instruction>, DockerfileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let escape = escape(text);
    let mut instructions = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, first)) = lines.next() {
        let line = index + 1;
        let rest = lines.by_ref().map(|(_, next)| next);
        let joined = joined(first, rest, escape);
        let (words, closed) = words(&joined, escape);
        let Some(keyword) = words.first().map(|word| word.to_ascii_uppercase()) else {
            continue;
        };
        if keyword.starts_with('#') {
            continue;
        }
        let may_have_documents = ["RUN", "COPY", "ADD", "ONBUILD"].contains(&keyword.as_str());
        if may_have_documents && closed {
            for (word, tabs) in words.iter().filter_map(|word| here_document(word)) {
                let ends = |text: &str| {
                    let text = if tabs {
                        text.trim_start_matches('\t')
                    } else {
                        text
                    };
                    text == word
                };
                if !lines.any(|(_, text)| ends(text)) {
                    let word = word.to_owned();
                    return Err(DockerfileError::Unfinished { line, word });
                }
            }
        }
        instructions.push(Instruction { line, words });
    }
    Ok(instructions)
}

/// An instruction in one piece: comments and empty lines inside it are no end of it.
fn joined<'a>(first: &str, mut rest: impl Iterator<Item = &'a str>, escape: char) -> String {
    let mut joined = String::new();
    let is_comment = |text: &str| text.trim_start().starts_with('#');
    if is_comment(first) {
        return joined;
    }
    let mut current = first;
    loop {
        let part = current.trim_end();
        let is_skipped = !joined.is_empty() && (is_comment(part) || part.is_empty());
        if !is_skipped {
            // Two of them are one of the text.
            let continued = part
                .strip_suffix(escape)
                .filter(|part| !part.ends_with(escape));
            let Some(part) = continued else {
                joined.push_str(part);
                return joined;
            };
            joined.push_str(part);
            // Something has been read, even if it is nothing.
            if joined.is_empty() {
                joined.push(' ');
            }
        }
        match rest.next() {
            Some(next) => current = next,
            None => return joined,
        }
    }
}

/// The words, and whether every quote has an end.
fn words(text: &str, escape: char) -> (Vec<String>, bool) {
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(one) = characters.next() {
        if quote.is_none() && one.is_whitespace() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        word.push(one);
        match (quote, one) {
            (None | Some('"'), one) if one == escape => word.extend(characters.next()),
            (None, '"' | '\'') => quote = Some(one),
            (Some(open), one) if open == one => quote = None,
            _ => {}
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    (words, quote.is_none())
}

/// The character that breaks lines: a backslash, or what the file's first comments say.
fn escape(text: &str) -> char {
    for line in text.lines() {
        let Some(directive) = line.trim().strip_prefix('#') else {
            break;
        };
        match directive.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("escape") => {
                return if value.trim() == "`" { '`' } else { '\\' };
            }
            Some(_) => {}
            None => break,
        }
    }
    '\\'
}

/// The word that ends a here-document which this word begins, and whether tabs may stand before it.
///
/// Source: BuildKit `frontend/dockerfile/parser`, `ParseHeredoc`.
fn here_document(word: &str) -> Option<(&str, bool)> {
    let word = word.trim_start_matches(|one: char| one.is_ascii_digit());
    let rest = word.strip_prefix("<<")?;
    let (rest, tabs) = match rest.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let word = unquoted(rest);
    (!word.is_empty() && !word.contains('<')).then_some((word, tabs))
}
