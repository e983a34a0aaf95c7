//! The images that a Dockerfile builds on.

mod lines;
mod variables;

use std::collections::{BTreeMap, HashMap};

use self::lines::{Instruction, instructions, unquoted};
use self::variables::Variables;
use crate::ui::Escaped;

/// A Dockerfile whose images cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DockerfileError {
    #[error("no image found in line \"{}\" (is a build arg missing from the environment?)", Escaped(.text))]
    NoImage { text: String },
    #[error("line {line}: variable {} has no value (is a build arg missing from the environment?)", Escaped(.name))]
    NoValue { line: usize, name: String },
    #[error("line {line}: a variable is written in a form that is not read")]
    Variable { line: usize },
    #[error("line {line}: the document `{}` has no end", Escaped(.word))]
    Unfinished { line: usize, word: String },
}

/// What a Dockerfile names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dockerfile {
    /// Every image, in the order of the file, as often as it is named.
    pub(crate) images: Vec<String>,
    /// The image below the last stage, or the last one of a `FROM` if that stage starts from nothing.
    pub(crate) base: Option<String>,
    /// What was left out, and why.
    pub(crate) ignored: Vec<String>,
}

struct Reader<'a> {
    variables: Variables<'a>,
    /// The image below each stage.
    bases: Vec<Option<String>>,
    /// The stages that have a name, by that name in lower case.
    names: HashMap<String, usize>,
    file: Dockerfile,
}

/// Reads a Dockerfile: what `FROM`, `COPY --from` and `RUN --mount=from` name, less earlier stages and `scratch`.
///
/// A variable has the value that is given for its `ARG`, else the default of its `ARG`, else that of the environment.
///
/// # Errors
/// [`DockerfileError`]: an image that cannot be told would not be verified.
///
/// Source: Dockerfile reference, "FROM", "ARG", "COPY --from", "RUN --mount", "Here-documents", "escape".
pub(crate) fn images(
    text: &str,
    given: &BTreeMap<String, String>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Dockerfile, DockerfileError> {
    let mut reader = Reader {
        variables: Variables::new(given, environment),
        bases: Vec::new(),
        names: HashMap::new(),
        file: Dockerfile::default(),
    };
    for instruction in instructions(text)? {
        reader.read(&instruction)?;
    }
    let mut bases = reader.bases.iter().rev();
    reader.file.base = bases.find_map(Clone::clone);
    Ok(reader.file)
}

impl Reader<'_> {
    fn read(&mut self, instruction: &Instruction) -> Result<(), DockerfileError> {
        let mut words = instruction.words.iter().map(String::as_str);
        let mut keyword = words.next().unwrap_or_default().to_ascii_uppercase();
        if keyword == "ONBUILD" {
            keyword = words.next().unwrap_or_default().to_ascii_uppercase();
        }
        let rest: Vec<&str> = words.collect();
        match keyword.as_str() {
            "ARG" => self.variables.declare(&rest, instruction.line),
            "FROM" => self.from(&rest, instruction)?,
            "COPY" | "ADD" | "RUN" => self.sources(&rest, instruction)?,
            _ => {}
        }
        Ok(())
    }

    fn from(&mut self, words: &[&str], instruction: &Instruction) -> Result<(), DockerfileError> {
        self.variables.begin_stage();
        let mut words = words.iter().filter(|word| !word.starts_with("--"));
        let image = words.next().ok_or_else(|| instruction.no_image())?;
        let image = self.variables.in_from(unquoted(image), instruction.line)?;
        let named = words
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case("as"));
        let name = named.then(|| words.next()).flatten();
        let base = if let Some(stage) = self.stage(&image) {
            let base = self.bases.get(stage).cloned().flatten();
            self.file
                .ignored
                .push(format!("stage reference ignored: {image}"));
            base
        } else if image == "scratch" {
            self.file.ignored.push("scratch image ignored".to_owned());
            None
        } else if image.is_empty() {
            return Err(instruction.no_image());
        } else {
            self.file.images.push(image.clone());
            Some(image)
        };
        if let Some(name) = name {
            let name = name.to_ascii_lowercase();
            self.names.insert(name, self.bases.len());
        }
        self.bases.push(base);
        Ok(())
    }

    /// The last stage of a name.
    fn stage(&self, name: &str) -> Option<usize> {
        self.names.get(&name.to_ascii_lowercase()).copied()
    }

    /// `--from=X`, and `from=X` in a `--mount`.
    fn sources(
        &mut self,
        words: &[&str],
        instruction: &Instruction,
    ) -> Result<(), DockerfileError> {
        for word in words.iter().take_while(|word| word.starts_with("--")) {
            let from = if let Some(from) = word.strip_prefix("--from=") {
                Some(from)
            } else if let Some(mount) = word.strip_prefix("--mount=") {
                unquoted(mount)
                    .split(',')
                    .find_map(|part| part.strip_prefix("from="))
            } else {
                None
            };
            let Some(from) = from else { continue };
            let image = self.variables.in_stage(unquoted(from), instruction.line)?;
            if image.is_empty() {
                return Err(instruction.no_image());
            }
            let is_index = image
                .parse()
                .is_ok_and(|index: usize| index < self.bases.len());
            if image != "scratch" && !is_index && self.stage(&image).is_none() {
                self.file.images.push(image);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "dockerfile/tests.rs"]
mod tests;
