//! SQLite's URLs name a file, or memory.

use std::fmt;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::error::{Error, Result};

/// Where a SQLite database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SqliteFile {
    /// In memory, shared by the connections of one pool.
    Memory,
    /// In a file.
    Path(PathBuf),
}

/// The refusal of what follows a question mark.
pub(super) fn no_option(name: &str) -> Error {
    Error::config(format!("sqlite:// has no option {name:?}: it takes none"))
}

/// What a path keeps as it is in a URL.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

/// The URL of an absolute path; None where it is no text.
pub(super) fn url_of(path: &Path) -> Option<String> {
    Some(format!("sqlite:///{}", utf8_percent_encode(path.to_str()?, PLAIN)))
}

impl SqliteFile {
    /// What stands after `sqlite:`.
    pub(super) fn parse(rest: &str) -> Result<Self> {
        let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
        if let Some(option) = options.split('&').find(|option| !option.is_empty()) {
            let name = option.split('=').next().unwrap_or(option);
            return Err(no_option(name));
        }
        let path = match place.strip_prefix("//") {
            None | Some("") => place.trim_start_matches('/'),
            Some(":memory:") => ":memory:",
            Some(path) => path.strip_prefix('/').ok_or_else(|| {
                Error::config("a SQLite URL has three slashes before a relative path (sqlite:///file.db) and four before an absolute one")
            })?,
        };
        if matches!(path, "" | ":memory:") {
            return Ok(Self::Memory);
        }
        let path = percent_decode_str(path).decode_utf8();
        let path = path.map_err(|_| Error::config("the path of the SQLite URL is not UTF-8 after percent-decoding"))?;
        Ok(Self::Path(PathBuf::from(path.as_ref())))
    }
}

impl fmt::Display for SqliteFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("sqlite:///:memory:"),
            Self::Path(path) => write!(f, "sqlite:///{}", path.display()),
        }
    }
}
