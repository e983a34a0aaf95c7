//! `cosign bundle inspect`.

use crate::args::{InspectArgs, InspectOutput};
use crate::bundle_file;
use crate::inspect::Inspection;
use crate::report::Failure;
use crate::ui::{Output, escape_json, say};

/// Prints what a bundle holds.
pub(crate) fn inspect_bundle(args: &InspectArgs, output: &Output) -> Result<(), Failure> {
    say(
        &"WARNING: This command only inspects the contents of the bundle.\n\
          It does not perform cryptographic verification or verify log inclusion.",
    );
    let bundle = bundle_file::read(&args.bundle).map_err(|error| Failure::from_error(&error))?;
    let inspection = Inspection::of(&bundle);
    let text = match args.output {
        InspectOutput::Text => inspection.to_string(),
        InspectOutput::Json => {
            let json = serde_json::to_string_pretty(&inspection);
            escape_json(&json.map_err(|error| Failure::from_error(&error).unexpected())?) + "\n"
        }
    };
    output
        .write(text.as_bytes())
        .map_err(|error| Failure::new("writing the output").caused_by(&error))
}
