//! Checkpoints: the text of a signed note that commits to a tree.

use crate::hash::{Hash, HashDecodeError};
use crate::origin::{Origin, OriginError};
use crate::units::{MAX_TREE_SIZE, TreeSize};

/// What a log says about itself: origin, size and root, then any extension lines.
///
/// Source: C2SP tlog-checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log speaks.
    pub origin: Origin,
    /// Number of leaves.
    pub size: TreeSize,
    /// Root hash of the tree of that size.
    pub root: Hash,
    /// Further lines, none of them empty, without their newlines.
    pub extensions: Vec<String>,
}

/// Why a text is not a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The text does not end in a newline.
    #[error("a checkpoint ends in a newline")]
    MissingFinalNewline,
    /// The first line is not an origin.
    #[error("the first line is not an origin")]
    Origin(#[source] OriginError),
    /// There is no second line.
    #[error("the tree size is missing")]
    MissingSize,
    /// The second line is not a decimal number without leading zeros.
    #[error("the tree size is not a decimal number without leading zeros")]
    MalformedSize,
    /// The size is past what an int64 can carry.
    #[error("the tree size is larger than {MAX_TREE_SIZE}")]
    SizeTooLarge,
    /// There is no third line.
    #[error("the root hash is missing")]
    MissingRoot,
    /// The third line is not the base64 of 32 bytes.
    #[error("the third line is not a root hash")]
    Root(#[source] HashDecodeError),
    /// An extension line is empty.
    #[error("extension line {line} is empty")]
    EmptyExtension {
        /// Number of the extension line, from 1.
        line: usize,
    },
}

impl Checkpoint {
    /// Reads a checkpoint from the text of a signed note; the signatures are the caller's to verify.
    ///
    /// # Errors
    /// [`CheckpointError`], by the first rule that is broken.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let body = text
            .strip_suffix('\n')
            .ok_or(CheckpointError::MissingFinalNewline)?;
        let mut lines = body.split('\n');
        let origin =
            Origin::parse_any(lines.next().unwrap_or_default()).map_err(CheckpointError::Origin)?;
        let size = parse_size(lines.next().ok_or(CheckpointError::MissingSize)?)?;
        let root = Hash::from_base64(lines.next().ok_or(CheckpointError::MissingRoot)?)
            .map_err(CheckpointError::Root)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if let Some(position) = extensions.iter().position(String::is_empty) {
            return Err(CheckpointError::EmptyExtension { line: position + 1 });
        }
        Ok(Self {
            origin,
            size,
            root,
            extensions,
        })
    }

    /// The text that is signed, newline at the end included.
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            self.root.to_base64()
        );
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

fn parse_size(text: &str) -> Result<TreeSize, CheckpointError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || (text.starts_with('0') && text != "0") {
        return Err(CheckpointError::MalformedSize);
    }
    let size = text
        .parse()
        .map(TreeSize)
        .map_err(|_| CheckpointError::SizeTooLarge)?;
    if size > MAX_TREE_SIZE {
        Err(CheckpointError::SizeTooLarge)
    } else {
        Ok(size)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::hash::{HashLengthError, empty_root};

    const ROOT: &str = "u7wL5VikioXist5JiXLh/Yyss05WpukWkb2LLzCJj64=";

    #[test]
    fn reads_and_writes_the_same_text() {
        let text = format!("rekor.local\n1\n{ROOT}\nLog frozen — x\n");
        let checkpoint = Checkpoint::parse(&text).unwrap();
        assert_eq!(checkpoint.origin.as_str(), "rekor.local");
        assert_eq!(checkpoint.size, TreeSize(1));
        assert_eq!(checkpoint.root.to_base64(), ROOT);
        assert_eq!(checkpoint.extensions, ["Log frozen — x"]);
        assert_eq!(checkpoint.to_text(), text);
    }

    #[test]
    fn an_empty_tree_is_written_with_size_zero() {
        let origin = Origin::parse("rekor.local").unwrap();
        let checkpoint = Checkpoint {
            origin,
            size: TreeSize(0),
            root: empty_root(),
            extensions: vec![],
        };
        assert_eq!(
            checkpoint.to_text(),
            "rekor.local\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
        );
        assert_eq!(Checkpoint::parse(&checkpoint.to_text()), Ok(checkpoint));
    }

    #[test]
    fn takes_a_version_one_origin() {
        let text = format!("rekor.local - 6401520558168952664\n1\n{ROOT}\n");
        assert_eq!(
            Checkpoint::parse(&text).unwrap().origin.name(),
            "rekor.local"
        );
    }

    #[test]
    fn adv_l14_refuses_every_other_form() {
        use CheckpointError as E;
        let table = [
            (String::new(), E::MissingFinalNewline),
            (format!("a\n1\n{ROOT}"), E::MissingFinalNewline),
            (format!("\n1\n{ROOT}\n"), E::Origin(OriginError::Empty)),
            ("a\n".to_owned(), E::MissingSize),
            (format!("a\n{ROOT}\n"), E::MalformedSize),
            (format!("a\n\n{ROOT}\n"), E::MalformedSize),
            (format!("a\n01\n{ROOT}\n"), E::MalformedSize),
            (format!("a\n 1\n{ROOT}\n"), E::MalformedSize),
            (
                format!("a\n111111111111111111111\n{ROOT}\n"),
                E::SizeTooLarge,
            ),
            (format!("a\n+1\n{ROOT}\n"), E::MalformedSize),
            (format!("a\n-1\n{ROOT}\n"), E::MalformedSize),
            (format!("a\n9223372036854775808\n{ROOT}\n"), E::SizeTooLarge),
            (
                format!("a\n99999999999999999999\n{ROOT}\n"),
                E::SizeTooLarge,
            ),
            ("a\n1\n".to_owned(), E::MissingRoot),
            (
                "a\n1\nAAAA\n".to_owned(),
                E::Root(HashDecodeError::Length(HashLengthError { found: 3 })),
            ),
            (
                format!("a\n1\n{ROOT}\nx\n\n"),
                E::EmptyExtension { line: 2 },
            ),
        ];
        for (text, error) in table {
            assert_eq!(Checkpoint::parse(&text), Err(error), "{text:?}");
        }
        assert!(matches!(
            Checkpoint::parse("a\n1\n!\n"),
            Err(E::Root(HashDecodeError::Base64(_)))
        ));
        // A CR would be signed but not seen.
        assert_eq!(
            Checkpoint::parse(&format!("a\r\n1\n{ROOT}\n")),
            Err(E::Origin(OriginError::WhiteSpace))
        );
        assert_eq!(
            Checkpoint::parse(&format!("a\n1\r\n{ROOT}\n")),
            Err(E::MalformedSize)
        );
    }
}
