//! Files of a program: every file that a program makes or reads by a path from the settings goes
//! through these functions.
//!
//! A file that a program makes belongs to its owner alone from the first byte on, is made
//! exclusively, and is never reached through a symbolic link. A file that an operator names is read
//! only if it is a regular file, so that a pipe or a device cannot hold a start up.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::{fs::OFlags, io::Errno};

/// The mode of every file that a program makes: for the owner alone.
const OWNER_ONLY: u32 = 0o600;
/// A file of the program: through no symbolic link, and without waiting for the other end of a pipe.
const OWN: i32 = bits(OFlags::NOFOLLOW.union(OFlags::NONBLOCK));
/// A file that an operator names: a symbolic link is followed.
const NAMED: i32 = bits(OFlags::NONBLOCK.union(OFlags::NOCTTY));
/// The maximum size of a file that is read as a whole: settings, secrets, certificates.
const MAX_SIZE: u64 = 16 * 1024 * 1024;

const fn bits(flags: OFlags) -> i32 {
    i32::from_ne_bytes(flags.bits().to_ne_bytes())
}

/// Makes a new file for the owner alone. Fails where the name is taken, also by a symbolic link.
pub fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create_new(true).read(true).write(true).mode(OWNER_ONLY).custom_flags(OWN).open(path)
}

/// Makes a new file in place of a leftover of that name. A symbolic link of that name is removed, and
/// not followed.
pub fn create_anew(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => create(path),
    }
}

/// Opens a file of the program to read and write, and makes the file if there is none. A symbolic
/// link, a pipe, a device and a folder are refused.
pub fn open_or_create(path: &Path) -> io::Result<File> {
    match create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made @ (Ok(_) | Err(_)) => return made,
    }
    open_own(path, File::options().read(true).write(true))
}

/// Opens an existing file of the program, which is never reached through a symbolic link.
fn open_own(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = options.custom_flags(OWN).open(path).map_err(|error| {
        if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) {
            io::Error::other("it is a symbolic link, and has to be a file")
        } else {
            error
        }
    })?;
    must_be_regular(&file.metadata()?)?;
    Ok(file)
}

/// Reads a whole file that the program made. `None`: there is no such file. A symbolic link is
/// refused.
pub fn read_own(path: &Path) -> io::Result<Option<(String, Metadata)>> {
    match open_own(path, File::options().read(true)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => text(whole(opened?)?).map(Some),
    }
}

/// Replaces a file as a whole and durably: after a power failure the file has the old content or the
/// new content. `before_rename` runs while the new content is complete under the name `PATH.new`.
pub fn replace(path: &Path, content: &[u8], before_rename: impl FnOnce()) -> io::Result<()> {
    let beside = path.with_added_extension("new");
    let mut new = create_anew(&beside)?;
    new.write_all(content)?;
    new.sync_all()?;
    before_rename();
    fs::rename(&beside, path)?;
    // The new name is durable once the folder is synced.
    File::open(folder(path))?.sync_all()
}

/// Reads a whole regular file, without waiting for a writer of a pipe.
pub fn read(path: &Path) -> io::Result<(Vec<u8>, Metadata)> {
    // The kind is looked at before the file is opened as well, because to open a device may have effects.
    must_be_regular(&fs::metadata(path)?)?;
    whole(File::options().read(true).custom_flags(NAMED).open(path)?)
}

fn whole(file: File) -> io::Result<(Vec<u8>, Metadata)> {
    let about = file.metadata()?;
    must_be_regular(&about)?;
    let mut content = Vec::new();
    let length = file.take(MAX_SIZE.saturating_add(1)).read_to_end(&mut content)?;
    if u64::try_from(length).is_ok_and(|length| length <= MAX_SIZE) {
        Ok((content, about))
    } else {
        Err(io::Error::other("it has more than 16 MiB"))
    }
}

/// Like [`read`], for text.
pub fn read_text(path: &Path) -> io::Result<(String, Metadata)> {
    text(read(path)?)
}

fn text((content, about): (Vec<u8>, Metadata)) -> io::Result<(String, Metadata)> {
    let text = String::from_utf8(content)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))?;
    Ok((text, about))
}

/// Fails unless the path names a regular file, for files that a library opens by path.
pub fn check_regular(path: &Path) -> io::Result<Metadata> {
    let about = fs::metadata(path)?;
    must_be_regular(&about)?;
    Ok(about)
}

fn must_be_regular(about: &Metadata) -> io::Result<()> {
    if about.is_file() {
        return Ok(());
    }
    let kind = if about.is_dir() { "folder" } else { "pipe, a device or a socket" };
    Err(io::Error::other(format!("it is a {kind}, and has to be a file")))
}

/// The folder of a path.
pub fn folder(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

/// The permissions of a file, as far as users other than the owner have any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposure(u32);

impl Exposure {
    /// The exposure of a file with this metadata.
    pub fn of(about: &Metadata) -> Exposure {
        Exposure(about.permissions().mode() & 0o777)
    }

    /// Whether any other user may read or write the file. Files of the program do not allow this.
    pub fn to_others(self) -> bool {
        self.0 & 0o077 != 0
    }

    /// Whether another user may change the file.
    pub fn to_writers(self) -> bool {
        self.0 & 0o022 != 0
    }

    /// Whether every user may read or write the file.
    pub fn to_everybody(self) -> bool {
        self.0 & 0o007 != 0
    }

    /// Whether a file of an operator is open to more users than a group that may read the file.
    pub fn is_loose(self) -> bool {
        self.to_everybody() || self.to_writers()
    }

    /// The sentence for the operator: the file, its mode, and the remedy.
    pub fn sentence(self, path: &Path) -> String {
        let (shown, mode) = (path.display(), self.0);
        format!("{shown} has the mode {mode:04o}, so other users have access to it; chmod 600 {shown}")
    }
}

#[cfg(test)]
mod tests;
