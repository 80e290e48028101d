//! Comparison of generated files with the committed files.

use std::{fs, io, path::Path};

/// The environment variable that writes the generated files instead of comparing them.
pub const UPDATE: &str = "UPDATE_DOCS";

/// Why a committed file cannot stay as it is.
#[derive(Debug, thiserror::Error)]
pub enum Stale {
    /// The committed file differs from the generated text.
    #[error(
        "{file} differs from the types that describe the settings, from line {line} on; write it anew with: {UPDATE}=1 cargo test -p causeway-adapter -p causeway-relay --lib schema && {UPDATE}=1 cargo test --test stories settings_reference"
    )]
    Differs {
        /// Path of the committed file.
        file: String,
        /// The first line that differs, from 1.
        line: usize,
    },
    /// The committed file cannot be read or written.
    #[error("{file} cannot be read or written: {error}")]
    Io {
        /// Path of the committed file.
        file: String,
        /// The error of the system.
        error: io::Error,
    },
}

/// Compares a committed file with the generated text; writes the file if `UPDATE_DOCS` is set.
pub fn compare(file: &Path, generated: &str) -> Result<(), Stale> {
    let shown = file.display().to_string();
    if std::env::var_os(UPDATE).is_some() {
        return fs::write(file, generated).map_err(|error| Stale::Io { file: shown, error });
    }
    let committed = fs::read_to_string(file).map_err(|error| Stale::Io { file: shown.clone(), error })?;
    if committed == generated {
        return Ok(());
    }
    let same = committed.lines().zip(generated.lines()).take_while(|(one, other)| one == other).count();
    Err(Stale::Differs { file: shown, line: same.saturating_add(1) })
}
