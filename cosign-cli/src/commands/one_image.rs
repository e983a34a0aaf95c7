//! What the commands share that store or read something beside one image.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use sigbox_oci::{Descriptor, Manifest, Registry, RegistryError};

use super::explain_image::registry as explain;
use super::images::{attachment_limit, elsewhere};
use super::{argument_failure, registry};
use crate::args::{ArgumentError, GlobalArgs, RegistryArgs};
use crate::image::{Place, PushError, of_platform};
use crate::report::Failure;
use crate::ui::{Escaped, Output, io_reason};

/// Attached files are read into memory.
const MAX_FILE: u64 = 128 * 1024 * 1024;

/// One image of the command line, and a client that may contact its registry.
pub(super) struct OneImage {
    pub(super) place: Place,
    pub(super) registry: Arc<Registry>,
    /// The longest attachment that is read, in bytes.
    pub(super) limit: u64,
}

impl OneImage {
    /// Reads the name; nothing is contacted.
    pub(super) fn new(
        global: &GlobalArgs,
        args: &RegistryArgs,
        images: &[String],
    ) -> Result<Self, Failure> {
        let [name] = images else {
            let found = images.len();
            return Err(argument_failure(&ArgumentError::ArgumentCount {
                expected: 1,
                found,
            }));
        };
        let place = Place::new(name, elsewhere()?.as_ref(), &args.attachment_tag_prefix);
        let place = place.map_err(|error| {
            let headline = format!("could not parse reference: {}", Escaped(name));
            Failure::new(headline).caused_by(&error)
        })?;
        let repositories = [&place.image.repository, &place.attached];
        let registry = registry::client(global, args, repositories.into_iter())?;
        Ok(Self {
            place,
            registry,
            limit: attachment_limit()?,
        })
    }

    /// The image that the name stands for now.
    pub(super) async fn resolve(&self) -> Result<Descriptor, Failure> {
        let found = self.registry.resolve(&self.place.image).await;
        found.map_err(|error| explain(&error))
    }

    /// The same for commands that only read; with a platform, the one image of an index that runs on it.
    pub(super) async fn find(&self, platform: Option<&str>) -> Result<Descriptor, Failure> {
        let raw = match self.registry.fetch(&self.place.image).await {
            Ok(raw) => raw,
            Err(error) if error.is_not_found() => {
                let why = format!("entity not found in registry, error: {error}");
                return Err(Failure::new(why));
            }
            Err(error) => return Err(explain(&error)),
        };
        let Some(platform) = platform.filter(|platform| !platform.is_empty()) else {
            return Ok(raw.descriptor());
        };
        let manifest = Manifest::parse(&raw).map_err(|error| explain(&error.into()))?;
        let member = of_platform(&manifest, platform);
        member.cloned().map_err(|error| Failure::from_error(&error))
    }
}

/// Does the work no longer than the user wants to wait.
pub(super) async fn in_time(
    global: &GlobalArgs,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    match tokio::time::timeout(global.timeout, Box::pin(work)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::new("context deadline exceeded").unreachable_if(true)),
    }
}

/// A file that must be named.
pub(super) fn required<'a, T: ?Sized>(value: Option<&'a T>, flag: &str) -> Result<&'a T, Failure> {
    value.ok_or_else(|| Failure::new(format!("required flag(s) \"{flag}\" not set")))
}

/// The content of a file, or of stdin for `-`.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_at_most(path, MAX_FILE)
}

fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let shown = path.to_string_lossy();
    let failed =
        |error: io::Error| Failure::new(format!("open {}: {}", Escaped(&shown), io_reason(&error)));
    let reader: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    let mut content = Vec::new();
    let mut reader = reader.take(limit + 1);
    reader.read_to_end(&mut content).map_err(failed)?;
    if content.len() as u64 > limit {
        return Err(Failure::new(format!(
            "{} is larger than {limit} bytes",
            Escaped(&shown)
        )));
    }
    Ok(content)
}

/// The text of a file, or of stdin for `-`.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    read_text_at_most(path, MAX_FILE)
}

/// The same of at most `limit` bytes.
pub(super) fn read_text_at_most(path: &Path, limit: u64) -> Result<String, Failure> {
    String::from_utf8(read_at_most(path, limit)?)
        .map_err(|_| Failure::new(format!("{}: not text", Escaped(&path.to_string_lossy()))))
}

/// Writes all of a command's data at once.
pub(super) fn print(global: &GlobalArgs, data: &[u8]) -> Result<(), Failure> {
    Output::new(global.output_file.as_deref())
        .write(data)
        .map_err(|error| Failure::new("writing the output").caused_by(&error))
}

pub(super) fn not_stored(error: &PushError) -> Failure {
    match error {
        PushError::Registry(error) => explain(error),
        PushError::Collect(error) => super::explain_image::collect(error),
        other => Failure::from_error(other),
    }
}

pub(super) fn refused(error: &RegistryError) -> Failure {
    explain(error)
}
