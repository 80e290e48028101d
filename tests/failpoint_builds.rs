//! Programs built with the feature `chaos`, and the names of failpoints and bugs in them. Stories
//! and the chaos test share them.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The folder with the programs, built from the current sources. A debug build shares the compiled
/// crates with this test; only the programs lie in another folder.
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

/// Names of failpoints and bugs, as the sources of the programs pass them to the macros
/// `causeway_runtime::failpoint!("…")` and `causeway_runtime::bug!("…")`. In the order of
/// the sources, with repetitions.
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
