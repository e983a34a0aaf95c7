//! What `bundle create` and `bundle upgrade` share: the one log that may be asked, and where the bundle goes.

use std::path::Path;

use url::Url;

use super::unreachable;
use crate::args::GlobalArgs;
use crate::bundle_file;
use crate::http::{ClosedWorld, HttpOptions};
use crate::report::Failure;
use crate::services::RekorError;
use crate::ui::Output;

/// The log that the user named, and the world in which nothing else may be contacted.
pub(super) fn log(
    address: Option<&str>,
    global: &GlobalArgs,
) -> Result<(ClosedWorld, Url), Failure> {
    let address = address
        .filter(|address| !address.is_empty())
        .ok_or_else(|| {
            Failure::new("no transparency log is named")
                .cause("no log is built in, and none was contacted")
                .hint("give the address of the log that has the signature with --rekor-url")
        })?;
    let url = Url::parse(address)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    let url = url.ok_or_else(|| {
        Failure::new(format!(
            "invalid argument \"{address}\" for --rekor-url: not an http or https URL"
        ))
    })?;
    let mut world = ClosedWorld::new(HttpOptions {
        trace: global.verbose,
        ..HttpOptions::default()
    });
    world.allow(&url);
    Ok((world, url))
}

/// Waits for the log, no longer than the user wants to.
pub(super) async fn ask<T>(
    what: &str,
    global: &GlobalArgs,
    question: impl Future<Output = Result<T, RekorError>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(global.timeout, question).await {
        Ok(answer) => answer.map_err(|error| {
            Failure::new(format!("{what}: {error}"))
                .caused_by_source(&error)
                .unreachable_if(unreachable::log(&error))
        }),
        Err(_) => {
            Err(Failure::new(format!("{what}: context deadline exceeded")).unreachable_if(true))
        }
    }
}

/// Writes the bundle: to its file whole or not at all, else with a line end to where data goes.
pub(super) fn write(json: &str, out: Option<&Path>, output: &Output) -> Result<(), Failure> {
    match out {
        Some(path) => bundle_file::write(path, json).map_err(|error| Failure::from_error(&error)),
        None => output
            .write(format!("{json}\n").as_bytes())
            .map_err(|error| Failure::new("writing the output").caused_by(&error)),
    }
}
