//! The programs that are killed, and the places and mistakes that are built into them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Builds the programs with their failpoints, and says where they are. In a debug build, what
/// they are made of is shared with this program's own.
pub(crate) fn build() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    // target/debug/deps/chaos-0123456789abcdef
    let shared = this.ancestors().nth(3).expect("it lies in target");
    let (profile, folder) = if cfg!(debug_assertions) { ("dev", "debug") } else { ("chaos", "chaos") };
    let target = shared.join("chaos");
    let mut build = Command::new(env!("CARGO"));
    build
        .args([
            "build",
            "--quiet",
            "--workspace",
            "--features",
            "causeway-relay/chaos,causeway-adapter/chaos",
        ])
        .args(["--bin", "causeway-relay", "--bin", "causeway-adapter", "--bin", "causeway", "--profile"])
        .arg(profile)
        .arg("--target-dir")
        .arg(&target)
        .env("CARGO_BUILD_BUILD_DIR", shared)
        .current_dir(ROOT);
    assert!(build.status().expect("cargo runs").success(), "the programs do not build");
    target.join(folder)
}

/// Names of places and mistakes, from the sources of the programs: `causeway::failpoint!("…")`.
pub(crate) fn named(by: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["proto", "adapter/src", "relay/src"] {
        gather(&Path::new(ROOT).join(folder), &format!("causeway::{by}!(\""), &mut names);
    }
    names
}

fn gather(folder: &Path, start: &str, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, start, names);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let found = code.flat_map(|line| line.split(start).skip(1));
            names.extend(found.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
    }
}
