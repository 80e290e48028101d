//! The shim between a relay and the disk: a small C library that SQLite's system calls pass
//! through. Rust code in this place would need `unsafe`.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::stage::external_tools::is_installed;

/// The library, built once; `None` without a C compiler.
pub(super) fn library() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        if !is_installed("a C compiler", Command::new("cc").arg("--version")) {
            return None;
        }
        let tests = std::env::current_exe().unwrap();
        let library = tests.with_file_name(format!("disk-shim-{}.so", std::process::id()));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/disk/shim.c");
        let mut build = Command::new("cc");
        build
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(&library)
            .arg(source)
            .arg("-ldl");
        assert!(build.status().unwrap().success(), "the shim does not build");
        Some(library)
    });
    built.as_deref()
}

/// A command with a journal in a folder and recorded disk calls.
pub(super) fn with_recording(binary: &Path, folder: &Path) -> Option<Command> {
    let mut command = Command::new(binary);
    command.env("LD_PRELOAD", library()?).env("DISK_FOLDER", folder.canonicalize().unwrap());
    Some(command)
}
