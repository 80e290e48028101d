//! Files that hold a secret: readable by the owner only, and never partly written.

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::Path,
};

use causeway_runtime::private_file;

/// Makes a directory that only the owner may enter. An existing directory stays unchanged.
pub(crate) fn directory(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| with_path(path, "made", &error))
}

/// Writes a file of mode 0600. A reader sees the whole old file or the whole new file.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    private_file::replace(path, text.as_bytes(), || {}).map_err(|error| with_path(path, "written", &error))
}

/// Reads a file that only the owner may read. `None`: the file does not exist.
pub(crate) fn read(path: &Path) -> io::Result<Option<String>> {
    let read = || {
        let mut text = String::new();
        open(path)?.read_to_string(&mut text)?;
        Ok::<_, io::Error>(text)
    };
    match read() {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(with_path(path, "read", &error)),
    }
}

/// Opens a file, and fails if other users may read the file.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        let shown = path.display();
        return Err(io::Error::other(format!("it holds a secret and others may read it; chmod 600 {shown}")));
    }
    Ok(file)
}

fn with_path(path: &Path, action: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{} cannot be {action}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_file_is_readable_by_the_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        assert_eq!(read(&path).unwrap(), None);
        write(&path, "one").unwrap();
        write(&path, "two").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read(&path).unwrap().as_deref(), Some("two"));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left behind");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("chmod 600"));
    }
}
