//! The account of an image: that of each of its signatures, and what they come to together.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::Account;
use super::json::{ErrorReport, error};
use super::text::Chain;
use crate::args::ReportFormat;
use crate::image::Wanted;
use crate::report::Failure;
use crate::ui::{Escaped, escape_json};

/// One signature or attestation, told.
#[derive(Debug)]
pub(crate) enum Part {
    Text(String),
    Json(Box<RawValue>),
}

/// Everything that there is to tell about one image.
#[derive(Debug)]
pub(crate) struct ImageReport {
    /// The image, as the user named it.
    pub(crate) image: String,
    /// The digest that the name stands for, if that is known.
    pub(crate) digest: Option<String>,
    /// Who was believed.
    pub(crate) trust: String,
    /// The instance that the trusted root belongs to, if it is one's.
    pub(crate) instance: Option<String>,
    /// The time by the machine's clock.
    pub(crate) now: Timestamp,
    /// What was looked for.
    pub(crate) wanted: Wanted,
    /// What was judged.
    pub(crate) parts: Vec<Part>,
    /// How many of them hold.
    pub(crate) holding: usize,
    /// What is there, but could not be judged.
    pub(crate) unreadable: Vec<String>,
    /// How many statements of another kind were passed over.
    pub(crate) passed_over: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    verified: bool,
    image: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a str>,
    trust: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    clock: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorReport<'a>>,
    holding: usize,
    passed_over: usize,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    unreadable: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    signatures: Option<Vec<&'a RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attestations: Option<Vec<&'a RawValue>>,
}

impl Account<'_> {
    /// This signature's part of the account of its image.
    pub(crate) fn to_image_part(&self, format: ReportFormat) -> Result<Part, serde_json::Error> {
        Ok(match format {
            ReportFormat::Text => Part::Text(format!("{}\n{}", Escaped(&self.bundle), Chain(self))),
            ReportFormat::Json => Part::Json(self.to_part()?),
        })
    }
}

impl ImageReport {
    /// The report, which ends with a line end; `failure` is why the image is refused, if it is.
    ///
    /// # Errors
    /// The JSON writer's error.
    pub(crate) fn show(
        &self,
        format: ReportFormat,
        failure: Option<&Failure>,
    ) -> Result<String, serde_json::Error> {
        match format {
            ReportFormat::Text => Ok(self.text(failure)),
            ReportFormat::Json => self.json(failure),
        }
    }

    fn text(&self, failure: Option<&Failure>) -> String {
        let mut text = format!("Image: {}\n", Escaped(&self.image));
        let digest = self.digest.as_deref().unwrap_or("not known");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "Digest: {digest}");
        let _ = writeln!(text, "Trust: {}", Escaped(&self.trust));
        let _ = writeln!(text, "Clock: {}", self.clock());
        let parts = self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text),
            Part::Json(_) => None,
        });
        let (title, many) = match self.wanted {
            Wanted::Attestations => ("Attestation", "attestations"),
            _ => ("Signature", "signatures"),
        };
        let total = self.parts.len();
        for (number, part) in (1..).zip(parts) {
            let _ = write!(text, "\n{title} {number} of {total}: {part}");
        }
        if !self.unreadable.is_empty() || self.passed_over > 0 {
            text.push('\n');
        }
        for one in &self.unreadable {
            let _ = writeln!(text, "Not readable: {}", Escaped(one));
        }
        if self.passed_over > 0 {
            let _ = writeln!(text, "Passed over: {} attestations", self.passed_over);
        }
        let holding = self.holding;
        let _ = match failure {
            None => writeln!(text, "\nImage verified: {holding} of {total} {many} hold"),
            Some(failure) => {
                let headline = Escaped(&failure.headline);
                writeln!(text, "\nImage not verified: {headline}")
            }
        };
        text
    }

    fn json(&self, failure: Option<&Failure>) -> Result<String, serde_json::Error> {
        let parts = self.parts.iter().filter_map(|part| match part {
            Part::Json(value) => Some(&**value),
            Part::Text(_) => None,
        });
        let (parts, attested) = (Some(parts.collect()), self.wanted == Wanted::Attestations);
        let (signatures, attestations) = if attested {
            (None, parts)
        } else {
            (parts, None)
        };
        let report = Report {
            verified: failure.is_none(),
            image: &self.image,
            digest: self.digest.as_deref(),
            trust: &self.trust,
            instance: self.instance.as_deref(),
            clock: self.clock(),
            error: failure.map(error),
            holding: self.holding,
            passed_over: self.passed_over,
            unreadable: &self.unreadable,
            signatures,
            attestations,
        };
        Ok(escape_json(&serde_json::to_string_pretty(&report)?) + "\n")
    }

    fn clock(&self) -> Timestamp {
        Timestamp::from_second(self.now.as_second()).unwrap_or(self.now)
    }
}
