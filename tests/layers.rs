//! The layers: the dependencies that each crate may have, in manifests, in `use` lines, and in the
//! real build.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use crate::tidy::rust;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A crate of the workspace.
struct Layer {
    name: &'static str,
    folder: &'static str,
    /// The crates that this crate may depend on.
    knows: &'static [&'static str],
}

/// The workspace's crates, from the lowest layer to the highest.
const LAYERS: &[Layer] = &[
    Layer { name: "causeway", folder: "proto", knows: &[] },
    Layer { name: "causeway-link", folder: "link", knows: &["causeway"] },
    Layer { name: "causeway-runtime", folder: "runtime", knows: &["causeway", "causeway-link"] },
    Layer { name: REFERENCE, folder: "runtime/reference", knows: &[] },
    Layer { name: "causeway-domain", folder: "relay/domain", knows: &["causeway"] },
    Layer { name: "causeway-ports", folder: "relay/ports", knows: &["causeway", "causeway-domain"] },
    Layer {
        name: "causeway-port-suites",
        folder: "relay/suites",
        knows: &["causeway", "causeway-domain", "causeway-ports"],
    },
    Layer { name: "causeway-stripe", folder: "relay/stripe", knows: PORT },
    Layer { name: "causeway-journal", folder: "relay/journal", knows: PORT },
    Layer { name: "causeway-engine", folder: "relay/engine", knows: PORT },
    Layer {
        name: "causeway-relay",
        folder: "relay/src",
        knows: &[
            "causeway",
            "causeway-link",
            "causeway-runtime",
            "causeway-domain",
            "causeway-ports",
            "causeway-stripe",
            "causeway-journal",
            "causeway-engine",
            REFERENCE,
        ],
    },
    Layer {
        name: "causeway-adapter",
        folder: "adapter",
        knows: &["causeway", "causeway-link", "causeway-runtime", REFERENCE],
    },
    Layer { name: "causeway-sandbox", folder: "sandbox", knows: &[] },
    Layer {
        name: "causeway-cli",
        folder: "cli",
        knows: &[
            "causeway",
            "causeway-link",
            "causeway-runtime",
            "causeway-adapter",
            "causeway-relay",
            "causeway-sandbox",
        ],
    },
];

/// The crate that describes settings, in tests only: the real builds below have neither this crate nor
/// schemars.
const REFERENCE: &str = "causeway-settings-reference";

/// The crates that both sides of the ports may use; the sides do not depend on each other.
const PORT: &[&str] = &["causeway", "causeway-domain", "causeway-ports", "causeway-runtime"];

impl Layer {
    fn may_know(&self, other: &str) -> bool {
        other == self.name || self.knows.contains(&other)
    }

    fn manifest(&self) -> String {
        let folder = if self.name == "causeway" { "." } else { self.folder.trim_end_matches("/src") };
        std::fs::read_to_string(Path::new(ROOT).join(folder).join("Cargo.toml")).unwrap()
    }

    /// The files of the crate that belong to the product, without tests.
    fn sources(&self) -> Vec<(PathBuf, String)> {
        let folder = match self.name {
            "causeway" | "causeway-relay" => PathBuf::from(self.folder),
            _ => Path::new(self.folder).join("src"),
        };
        let sources: Vec<_> = rust()
            .into_iter()
            .filter(|(file, _)| file.starts_with(&folder) && !file.ends_with("tests.rs"))
            .map(|(file, text)| (file, code(&text)))
            .collect();
        assert!(!sources.is_empty(), "{} has no files", self.name);
        sources
    }
}

/// The code of a file, without comments and without the test module at the end.
fn code(text: &str) -> String {
    let product = text.split("#[cfg(test)]").next().unwrap();
    let lines = product.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn layer(name: &str) -> &'static Layer {
    LAYERS.iter().find(|layer| layer.name == name).unwrap()
}

/// Whether the code mentions a whole word.
fn mentions(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back().is_some_and(part);
        let after = code[at + word.len()..].chars().next().is_some_and(part);
        !before && (!after || word.ends_with("::"))
    })
}

#[test]
fn each_workspace_crate_belongs_to_a_layer() {
    let manifest = std::fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap();
    let members = manifest.split("members = [").nth(1).unwrap().split(']').next().unwrap();
    let members = members.split(',').map(|member| member.trim().trim_matches('"')).filter(|m| !m.is_empty());
    for member in members {
        let known = LAYERS.iter().any(|layer| match member {
            "." => layer.name == "causeway",
            "relay" => layer.name == "causeway-relay",
            member => layer.folder == member,
        });
        assert!(known, "{member} has no layer");
    }
}

#[test]
fn manifests_keep_the_order_of_layers() {
    for layer in LAYERS {
        let manifest = layer.manifest();
        let product = manifest.split("\n[dependencies]").nth(1).unwrap_or_default();
        let product = product.split("\n[").next().unwrap();
        let product = product.lines().filter(|line| !line.starts_with('#'));
        for line in product {
            let name = line.split(['.', ' ', '=']).next().unwrap();
            if name.starts_with("causeway") {
                assert!(layer.may_know(name), "the manifest of {} names {name}", layer.name);
            }
        }
    }
}

#[test]
fn use_lines_keep_the_order_of_layers() {
    for layer in LAYERS {
        for (file, code) in layer.sources() {
            for other in LAYERS.iter().filter(|other| !layer.may_know(other.name)) {
                let name = other.name.replace('-', "_");
                let used = [format!("{name}::"), format!("use {name};"), format!("extern crate {name}")];
                assert!(!used.iter().any(|used| mentions(&code, used)), "{} uses {name}", file.display());
            }
        }
    }
}

/// The domain is pure: no async code, no I/O, and all input comes through arguments.
#[test]
fn the_domain_has_no_async_no_io_and_no_json_values() {
    let foreign = [
        "async",
        "await",
        "tokio",
        "serde_json",
        "println",
        "tracing",
        "std::fs",
        "std::net",
        "std::io",
        "std::env",
        "std::thread",
        "std::time::Instant",
        "SystemTime",
        "Timestamp::now",
    ];
    for (file, code) in layer("causeway-domain").sources() {
        for word in foreign {
            assert!(!mentions(&code, word), "{} has {word}", file.display());
        }
    }
}

/// The domain alone derives the consequences of a change, so every journal behaves the same.
#[test]
fn the_journal_crate_contains_no_business_rule() {
    let rules = [
        "policy",
        "observe",
        "pending_events",
        "of_payment",
        "of_customer",
        "must_compensate",
        "guarded_reference",
    ];
    for (file, code) in layer("causeway-journal").sources() {
        for rule in rules {
            assert!(!mentions(&code, rule), "{} has {rule}", file.display());
        }
    }
}

/// In the engine's list of modules each module uses only those above, so there are no circles.
#[test]
fn each_engine_module_uses_only_modules_listed_above() {
    let list = std::fs::read_to_string(Path::new(ROOT).join("relay/engine/src/lib.rs")).unwrap();
    let name = |line: &str| {
        let line = line.trim_start_matches("pub ");
        Some(line.strip_prefix("mod ")?.trim_end_matches(';').to_owned())
    };
    let order: BTreeMap<_, _> = list.lines().filter_map(name).zip(1..).collect();
    assert!(order.len() > 20, "{order:?}");
    let mut seen = 0;
    for (file, code) in layer("causeway-engine").sources() {
        let inside = file.strip_prefix("relay/engine/src").unwrap();
        let own = inside.components().next().unwrap().as_os_str().to_string_lossy();
        let Some(place) = order.get(own.trim_end_matches(".rs")) else { continue };
        for used in used_modules(&code) {
            let Some(other) = order.get(&used) else { continue };
            assert!(other <= place, "{} uses {used}, which stands below it", file.display());
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen} uses were seen");
}

/// The first names behind `crate::`.
fn used_modules(code: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut used = vec![];
    for rest in code.split("crate::").skip(1) {
        let Some(tree) = rest.strip_prefix('{') else {
            used.push(word(rest));
            continue;
        };
        let (mut depth, mut start) = (0, true);
        for (at, c) in tree.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && !c.is_whitespace() => {
                    used.push(word(&tree[at..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    used
}

/// The real builds of the lowest layers, with all indirect dependencies.
#[test]
fn domain_and_ports_carry_no_runtime_no_network_and_no_database() {
    let strangers = [
        "tokio",
        "tonic",
        "hyper",
        "hyper-util",
        "reqwest",
        "rusqlite",
        "libsqlite3-sys",
        "tower",
        "axum",
        "http",
        "h2",
        "rustls",
        "causeway-runtime",
        "causeway-link",
    ];
    for name in ["causeway", "causeway-domain", "causeway-ports"] {
        let tree = tree(name);
        assert!(tree.iter().any(|built| built == "prost"), "the tree was listed");
        for stranger in strangers {
            assert!(!tree.iter().any(|built| built == stranger), "the tree of {name} holds {stranger}");
        }
    }
    let holders = [
        ("causeway-engine", ["rusqlite", "reqwest", "tonic", "hyper", "causeway-link"].as_slice()),
        ("causeway-journal", &["reqwest", "tonic", "hyper", "causeway-link"]),
        ("causeway-stripe", &["rusqlite", "tonic", "causeway-link"]),
        (
            "causeway-adapter",
            &["rusqlite", "libsqlite3-sys", "reqwest", "openssl", "openssl-sys", "schemars", REFERENCE],
        ),
        ("causeway-relay", &["schemars", REFERENCE]),
        ("causeway-cli", &["schemars", REFERENCE]),
    ];
    for (name, strangers) in holders {
        let tree = tree(name);
        assert!(tree.len() > 20, "the tree of {name} was listed");
        for stranger in strangers {
            assert!(!tree.iter().any(|built| built == stranger), "the tree of {name} holds {stranger}");
        }
    }
}

/// The names of all crates in a crate's build, without default features.
fn tree(package: &str) -> Vec<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--package", package, "--no-default-features"])
        .args(["--edges", "normal", "--prefix", "none", "--offline"])
        .current_dir(ROOT)
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    tree.lines().filter_map(|line| Some(line.split(' ').next()?.to_owned())).collect()
}
