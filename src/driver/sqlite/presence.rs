//! Whether a database's file is still the one that was opened.
//!
//! Unix lets an open file be deleted or replaced, and SQLite goes on with what nobody will ever find again. So the one
//! connection that writes looks before it begins.

use std::path::{Path, PathBuf};

use crate::error::{DatabaseError, DatabaseErrorKind, Result};

/// A file, and which one it was when it was opened.
#[derive(Debug)]
pub(super) struct Presence {
    path: PathBuf,
    opened: Option<Identity>,
}

/// Its device and its number there.
type Identity = (u64, u64);

impl Presence {
    /// Of a file that has just been opened.
    pub(super) fn of(path: &Path) -> Self {
        // Absolute, for a program that changes its working folder later.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Self { opened: identity(&path), path }
    }

    /// Refuses to go on with a file that is gone.
    pub(super) fn check(&self) -> Result<()> {
        if self.opened.is_none() || identity(&self.path) == self.opened {
            return Ok(());
        }
        let message = format!(
            "the SQLite database {} was deleted or replaced while it was open: what is written now would be lost; close the \
             pool, and connect again",
            self.path.display()
        );
        Err(DatabaseError::new(DatabaseErrorKind::Operational, message).into())
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// Other systems keep an open file where it is.
#[cfg(not(unix))]
fn identity(_: &Path) -> Option<Identity> {
    None
}
