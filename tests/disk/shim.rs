//! What stands between a relay and its disk: a small library in C, which SQLite's calls to
//! the system pass through. Rust of ours could not stand there without `unsafe`.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// Whether a tool is there. With CAUSEWAY_REQUIRE_ALL=1 it has to be.
pub(super) fn is_there(what: &str, there: bool) -> bool {
    if !there {
        assert!(std::env::var_os("CAUSEWAY_REQUIRE_ALL").is_none(), "{what} is not there");
        eprintln!("skipped: {what} is not there");
    }
    there
}

/// The library, built once; nothing where there is no C compiler.
pub(super) fn library() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let there = Command::new("cc").arg("--version").output().is_ok();
        if !is_there("a C compiler", there) {
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

/// A command whose journal is in a folder, and whose disk is watched.
pub(super) fn watched(binary: &Path, folder: &Path) -> Option<Command> {
    let mut command = Command::new(binary);
    command.env("LD_PRELOAD", library()?).env("DISK_FOLDER", folder.canonicalize().unwrap());
    Some(command)
}

/// The folder with our binaries, built to be sabotaged from what is here now. What they
/// depend on is built already and is not built again: only the binaries lie elsewhere.
pub(super) fn sabotaged() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let tests = std::env::current_exe().unwrap();
        let target = tests.ancestors().nth(3).unwrap();
        let mut build = Command::new(env!("CARGO"));
        build
            .args(["build", "--workspace", "--bin", "causeway-relay", "--bin", "causeway-adapter", "--quiet"])
            .args(["--features", "causeway-relay/chaos,causeway-adapter/chaos", "--target-dir"])
            .arg(target.join("chaos"))
            .env("CARGO_BUILD_BUILD_DIR", target)
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "the binaries do not build");
        target.join("chaos").join(tests.ancestors().nth(2).unwrap().file_name().unwrap())
    })
}
