//! Programs built to be sabotaged (feature `chaos`), and the names of what is built into
//! them. Stories and the chaos test share them.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The folder with the programs, built from what is here now. In a debug build, what they are
/// made of is shared with this test's own: only the programs lie elsewhere.
pub(crate) fn programs() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let this = std::env::current_exe().unwrap();
        // target/debug/deps/chaos-0123456789abcdef
        let shared = this.ancestors().nth(3).expect("it lies in target");
        let (profile, folder) = if cfg!(debug_assertions) { ("dev", "debug") } else { ("chaos", "chaos") };
        let target = shared.join("chaos");
        let mut build = Command::new(env!("CARGO"));
        build
            .args(["build", "--quiet", "--workspace", "--features"])
            .arg("causeway-relay/chaos,causeway-adapter/chaos")
            .args(["--bin", "causeway-relay", "--bin", "causeway-adapter", "--bin", "causeway"])
            .args(["--profile", profile, "--target-dir"])
            .arg(&target)
            .env("CARGO_BUILD_BUILD_DIR", shared)
            .current_dir(ROOT);
        assert!(build.status().expect("cargo runs").success(), "the programs do not build");
        target.join(folder)
    })
}

/// Names of places to die and of mistakes, by the macro that they are given to in the sources
/// of the programs: `causeway_runtime::failpoint!("…")`, `causeway_runtime::bug!("…")`. In
/// order, and as often as they are there.
pub(crate) fn named(macro_name: &str) -> Vec<String> {
    let mut names = vec![];
    for folder in [
        "link/src",
        "runtime/src",
        "adapter/src",
        "relay/src",
        "relay/engine/src",
        "relay/journal/src",
        "relay/stripe/src",
    ] {
        gather(&Path::new(ROOT).join(folder), &format!("causeway_runtime::{macro_name}!(\""), &mut names);
    }
    names.sort_unstable();
    names
}

fn gather(folder: &Path, start: &str, names: &mut Vec<String>) {
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
