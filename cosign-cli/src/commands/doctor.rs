//! `cosign image doctor`.

use std::fmt::Write as _;

use super::explain_image;
use super::image_tools::json;
use super::one_image::{OneImage, print};
use crate::args::{DoctorArgs, GlobalArgs, ReportFormat};
use crate::image::{Diagnosis, Finding, Keeper, Kind, Limits, Missing, Storage, diagnose};
use crate::report::Failure;
use crate::ui::Escaped;

/// How many bundles are read at once.
const WORKERS: usize = 10;

/// Looks at all that an image has, and tells it; what is damaged makes the command fail.
pub(super) async fn doctor(global: &GlobalArgs, args: &DoctorArgs) -> Result<(), Failure> {
    let image = OneImage::new(global, &args.registry, &args.images)?;
    let found = image.find(None).await?;
    let limits = Limits {
        attachment: image.limit,
        workers: WORKERS,
    };
    let diagnosis = diagnose(&image.registry, &image.place, &found.digest, limits).await;
    let diagnosis = diagnosis.map_err(|error| explain_image::collect(&error))?;
    let shown = match args.output {
        ReportFormat::Text => text(&diagnosis),
        ReportFormat::Json => json(&diagnosis)?,
    };
    print(global, shown.as_bytes())?;
    match diagnosis.problem_count() {
        0 => Ok(()),
        count => Err(Failure::new(format!(
            "what is stored about {} is damaged: {count} problem{}",
            diagnosis.image,
            if count == 1 { "" } else { "s" }
        ))),
    }
}

/// Writing to a string cannot fail.
fn text(diagnosis: &Diagnosis) -> String {
    let mut text = format!(
        "{}\n  digest: {}\n  list of referrers: {}\n",
        diagnosis.image,
        diagnosis.digest,
        match diagnosis.referrers {
            Keeper::Registry => "kept by the registry",
            Keeper::Tag => "kept by clients, at a tag",
            Keeper::Nobody => "none; the registry keeps none itself",
        }
    );
    if diagnosis.found.is_empty() {
        text.push_str("\nnothing is signed or attested\n");
    }
    for found in &diagnosis.found {
        push_finding(&mut text, found);
    }
    let general = [("problem", &diagnosis.problems), ("note", &diagnosis.notes)];
    if general.iter().any(|(_, lines)| !lines.is_empty()) {
        text.push('\n');
    }
    for (label, lines) in general {
        for line in lines {
            let _ = writeln!(text, "{label}: {}", Escaped(line));
        }
    }
    for missing in &diagnosis.missing {
        push_missing(&mut text, missing);
    }
    text
}

fn push_finding(text: &mut String, found: &Finding) {
    let kind = match found.kind {
        Kind::Signature => "signature",
        Kind::Attestation => "attestation",
        Kind::Sbom => "bill of materials, unsigned",
        Kind::Other => "something else",
    };
    let of = found.predicate_type.as_ref().or(found.media_type.as_ref());
    let _ = match of {
        Some(of) => writeln!(text, "\n{kind} ({})", Escaped(of)),
        None => writeln!(text, "\n{kind}"),
    };
    let name = &found.name;
    let _ = match found.storage {
        Storage::Referrer => writeln!(text, "  refers to the image: {name}"),
        Storage::Tag => writeln!(text, "  under the tag: {name}, layer {}", found.digest),
    };
    let readers: Vec<&str> = found.readers.iter().map(|one| one.name()).collect();
    let readers = if readers.is_empty() {
        "nobody".to_owned()
    } else {
        readers.join(", ")
    };
    let _ = writeln!(text, "  found by: {readers}");
    for (label, lines) in [("problem", &found.problems), ("note", &found.notes)] {
        for line in lines {
            let _ = writeln!(text, "  {label}: {}", Escaped(line));
        }
    }
}

fn push_missing(text: &mut String, missing: &Missing) {
    let kind = match missing.kind {
        Kind::Attestation => "attestation",
        _ => "signature",
    };
    let wanted = match missing.storage.as_slice() {
        [Storage::Referrer] => "as a bundle, where readers of bundles look",
        [Storage::Tag] => "under the tag, where cosign v1 and v2 look",
        _ => "in either form",
    };
    let _ = match &missing.predicate_type {
        Some(of) => writeln!(
            text,
            "\nmissing: an {kind} of type {} {wanted}",
            Escaped(of)
        ),
        None => writeln!(text, "\nmissing: a {kind} {wanted}"),
    };
    let _ = writeln!(text, "  to add it: {}", missing.command);
}
