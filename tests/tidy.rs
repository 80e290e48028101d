//! House rules that a test can check.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The files that git tracks or would add.
fn files() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(ROOT)
        .output()
        .expect("git lists the files");
    let listed = String::from_utf8(listed.stdout).unwrap();
    let files: Vec<_> =
        listed.lines().map(PathBuf::from).filter(|file| Path::new(ROOT).join(file).is_file()).collect();
    assert!(files.len() > 50, "git lists {} files", files.len());
    files
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(file)).unwrap_or_default()
}

pub(crate) fn rust() -> Vec<(PathBuf, String)> {
    let rust = files().into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs"));
    rust.map(|file| (file.clone(), read(&file))).collect()
}

#[test]
fn each_file_states_its_purpose_and_has_at_most_400_lines() {
    for (file, text) in rust() {
        assert!(text.starts_with("//!"), "{} does not say what it is for", file.display());
        let lines = text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines", file.display());
    }
}

#[test]
fn no_leftover_marker_remains() {
    // The words are put together here, so that the search does not find this file.
    let leftovers = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["XX", "X:"],
        ["unimple", "mented!"],
        ["to", "do!("],
        ["#[ig", "nore"],
        ["#[al", "low"],
        ["#![al", "low"],
    ];
    for (file, text) in rust() {
        for leftover in leftovers.map(|parts| parts.concat()) {
            assert!(!text.contains(&leftover), "{} holds {leftover}", file.display());
        }
    }
}

/// A file that no `mod` line names is dead.
#[test]
fn each_file_is_part_of_a_crate() {
    let rust = rust();
    let lines = rust.iter().flat_map(|(_, text)| text.lines().map(str::trim));
    let named: BTreeSet<_> = lines
        .filter_map(|line| {
            let declared = line.strip_suffix(';')?.trim_start_matches("pub(crate) ");
            declared.trim_start_matches("pub(super) ").trim_start_matches("pub ").strip_prefix("mod ")
        })
        .collect();
    for (file, _) in &rust {
        let name = file.file_stem().unwrap().to_string_lossy();
        let stands_alone =
            file.components().any(|part| part.as_os_str() == "benches" || part.as_os_str() == "fuzz_targets");
        if stands_alone || ["lib", "main", "build", "mod"].contains(&name.as_ref()) {
            continue;
        }
        assert!(named.contains(name.as_ref()), "{} is nobody's module", file.display());
    }
}

/// Crates without examples in their documentation say so, which spares a search for examples.
#[test]
fn each_documentation_example_is_compiled() {
    for (file, text) in rust() {
        let example = text.lines().any(|line| {
            let line = line.trim_start();
            line.starts_with("/// ```") || line.starts_with("//! ```")
        });
        let folders = file.ancestors().skip(1);
        let manifest =
            folders.map(|folder| folder.join("Cargo.toml")).find(|manifest| !read(manifest).is_empty());
        let spared = read(&manifest.expect("each file has a manifest")).contains("doctest = false");
        let stands_alone = file.components().any(|part| part.as_os_str() == "benches");
        assert!(!example || !spared || stands_alone, "the examples of {} are not compiled", file.display());
    }
}

/// Only one file maps gRPC's codes; the programs name no code elsewhere.
#[test]
fn only_one_file_maps_grpc_codes() {
    for (file, text) in rust() {
        let product =
            ["proto", "link", "runtime", "adapter", "relay"].iter().any(|folder| file.starts_with(folder));
        if product && file != Path::new("proto/status.rs") {
            let codes = text.replace("ExitCode::", "").replace("StatusCode::", "");
            assert!(!codes.contains("Code::"), "{} names a gRPC code", file.display());
        }
    }
}

/// The programs' files are made for their owner alone and through no symbolic link, and files that an
/// operator names are read only if they are files. One file of the runtime does both.
#[test]
fn one_file_makes_and_reads_files() {
    let makes = ["File::create", "fs::write", "OpenOptions", "File::options", "fs::copy", "create_new("];
    let reads = ["fs::read(", "fs::read_to_string("];
    for (file, text) in rust() {
        let is_in = |folders: &[&str]| folders.iter().any(|folder| file.starts_with(folder));
        let product = is_in(&["adapter/src", "link/src", "runtime/src", "relay", "cli/src"]);
        let test = file.components().any(|part| part.as_os_str() == "tests") || file.ends_with("tests.rs");
        if !product || test || file == Path::new("runtime/src/private_file.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let call = makes.iter().chain(&reads).find(|call| code.contains(**call));
        assert_eq!(call, None, "{}: this is for runtime/src/private_file.rs", file.display());
    }
}

/// Every listener of the products has the limits for strangers, and every gRPC service the gate: one
/// file binds addresses and adds services.
#[test]
fn one_file_listens_and_adds_services() {
    let calls = ["TcpListener::bind", "UnixListener::bind", "TcpSocket", "Server::builder", "add_service("];
    for (file, text) in rust() {
        let product =
            ["adapter/src", "link/src", "runtime/src", "relay"].iter().any(|its| file.starts_with(its));
        let test = file.components().any(|part| part.as_os_str() == "tests") || file.ends_with("tests.rs");
        if !product || test || file == Path::new("link/src/listen.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let call = calls.iter().find(|call| code.contains(**call));
        assert_eq!(call, None, "{}: this is for link/src/listen.rs", file.display());
    }
}

/// The sources name no machine's paths and no other projects.
#[test]
fn no_file_contains_a_machine_path_or_a_foreign_name() {
    let strangers = [["/ho", "me/"], ["/work", "/"], ["/ro", "ot/"], ["cau", "seway.com"]];
    for file in files() {
        let text = read(&file);
        for stranger in strangers.map(|parts| parts.concat()) {
            assert!(!text.contains(&stranger), "{} speaks of {stranger}", file.display());
        }
    }
}
