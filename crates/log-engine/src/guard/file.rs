//! The guard as a small JSON file.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sigbox_tlog::{Hash, TreeSize};

use super::{Guard, GuardError, GuardState};
use crate::name::LogName;

/// The layout written here.
const VERSION: u64 = 1;

/// A guard kept in one JSON file (mode 0600), replaced by atomic rename; file and directory are synced.
#[derive(Debug, Clone)]
pub struct FileGuard {
    path: PathBuf,
}

type Object = Map<String, Value>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GuardFile<Line> {
    version: u64,
    logs: BTreeMap<String, Line>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GuardLine {
    size: u64,
    /// 64 lower-case hex digits.
    root: String,
}

impl FileGuard {
    /// A guard in the file `path`; its directory must be there.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn malformed(&self, source: serde_json::Error) -> GuardError {
        GuardError::Malformed {
            path: self.path.clone(),
            source,
        }
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let mut fresh = self.path.clone().into_os_string();
        fresh.push(".new");
        let mut file = open_private(Path::new(&fresh))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&fresh, &self.path)?;
        sync_directory(&self.path)
    }
}

impl Guard for FileGuard {
    fn load(&self) -> Result<Option<GuardState>, GuardError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(GuardError::Read {
                    path: self.path.clone(),
                    source,
                });
            }
        };
        let malformed = |source| self.malformed(source);
        // Objects are read as objects: a derived reader would take arrays in their place.
        let object: Object = serde_json::from_slice(&bytes).map_err(malformed)?;
        let version = object.get("version").and_then(Value::as_u64);
        if let Some(found) = version.filter(|found| *found != VERSION) {
            return Err(GuardError::Version {
                path: self.path.clone(),
                found,
                known: VERSION,
            });
        }
        let file: GuardFile<Object> =
            serde_json::from_value(Value::Object(object)).map_err(malformed)?;
        let mut state = GuardState::new();
        for (name, line) in file.logs {
            let line: GuardLine = serde_json::from_value(Value::Object(line)).map_err(malformed)?;
            let bad = |text: String| self.malformed(serde::de::Error::custom(text));
            let name = LogName::parse(&name).map_err(|error| bad(error.to_string()))?;
            let root = hash_from_hex(&line.root)
                .ok_or_else(|| bad(format!("the root of `{name}` is not a hash")))?;
            state.insert(name, (TreeSize(line.size), root));
        }
        Ok(Some(state))
    }

    fn store(&self, state: &GuardState) -> Result<(), GuardError> {
        let line = |size: &TreeSize, root: &Hash| GuardLine {
            size: size.0,
            root: root.to_string(),
        };
        let logs = state
            .iter()
            .map(|(name, (size, root))| (name.to_string(), line(size, root)))
            .collect();
        let mut bytes = serde_json::to_vec_pretty(&GuardFile {
            version: VERSION,
            logs,
        })
        .map_err(|source| self.malformed(source))?;
        bytes.push(b'\n');
        self.replace(&bytes).map_err(|source| GuardError::Write {
            path: self.path.clone(),
            source,
        })
    }
}

#[cfg(unix)]
fn open_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}

#[cfg(not(unix))]
fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
}

/// Makes the rename itself survive power loss: the directory entry is data of the directory.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn hash_from_hex(text: &str) -> Option<Hash> {
    if text.len() != 64
        || !text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    {
        return None;
    }
    let mut bytes = [0u8; 32];
    for (position, byte) in bytes.iter_mut().enumerate() {
        let digits = text.get(2 * position..2 * position + 2)?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(Hash::from_bytes(bytes))
}
