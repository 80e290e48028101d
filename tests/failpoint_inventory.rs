//! Failpoints and built-in bugs: each has a unique name and a line in docs/proof.md, and no shipped
//! binary contains one.

use std::{collections::BTreeSet, path::Path};

use aho_corasick::AhoCorasick;

use crate::{
    failpoint_builds::{self, named},
    stage::processes::binaries,
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The environment variables that choose a failpoint or a built-in bug.
const VARIABLES: [&str; 2] = ["CAUSEWAY_FAILPOINT", "CAUSEWAY_BUG"];

/// The names of all failpoints.
pub(crate) fn failpoints() -> BTreeSet<String> {
    named("failpoint").into_iter().collect()
}

/// The names of all built-in bugs.
pub(crate) fn bugs() -> BTreeSet<String> {
    named("bug").into_iter().collect()
}

/// The names in a table of docs/proof.md; each row needs a description.
fn documented(table: &str) -> BTreeSet<String> {
    let page = std::fs::read_to_string(Path::new(ROOT).join("docs/proof.md")).unwrap();
    let from = page.split(&format!("<!-- {table}: ")).nth(1).expect("the table begins");
    let rows = from.split(&format!("<!-- /{table} -->")).next().unwrap();
    let mut names = BTreeSet::new();
    for row in rows.lines().filter_map(|line| line.strip_prefix("| `")) {
        let (name, sentence) = row.split_once("` | ").unwrap();
        assert!(sentence.trim_end_matches(" |").len() > 20, "{name} has no sentence");
        assert!(names.insert(name.to_owned()), "{name} is there twice");
    }
    names
}

#[test]
fn each_failpoint_has_a_unique_name_and_a_documented_row() {
    let names = named("failpoint");
    assert_eq!(names.len(), failpoints().len(), "a name is there twice: {names:?}");
    assert!(names.len() >= 36, "{} places", names.len());
    assert_eq!(documented("failpoints"), failpoints());
    assert_eq!(documented("bugs"), bugs());
    assert!(bugs().len() >= 10, "{} mistakes", bugs().len());
}

/// ASVS 15.2.3: no shipped binary contains test code.
#[test]
fn shipped_binaries_contain_no_failpoint_and_no_seeded_bug() {
    let words: Vec<_> = failpoints().into_iter().chain(bugs()).chain(VARIABLES.map(str::to_owned)).collect();
    for binary in ["causeway-relay", "causeway-adapter"] {
        let read = |folder: &Path| std::fs::read(folder.join(binary)).unwrap();
        let (shipped, with_failpoints) =
            (found(&words, &read(binaries())), found(&words, &read(failpoint_builds::programs())));
        assert_eq!(shipped, Vec::<&str>::new(), "{binary} holds what is for tests");
        // The search has to find these words in the programs built with `chaos`. All bugs belong to
        // the relay.
        let program = binary.trim_start_matches("causeway-");
        let its_own = |word: &str| match word.split_once('.') {
            Some((place, _)) => place == program,
            None => program == "relay" || word == "CAUSEWAY_FAILPOINT",
        };
        for word in words.iter().filter(|word| its_own(word)) {
            assert!(with_failpoints.contains(&word.as_str()), "{word} is not in the sabotaged {binary}");
        }
    }
}

/// The words that the file contains. One pass over the file finds all of them.
fn found<'a>(words: &'a [String], file: &[u8]) -> Vec<&'a str> {
    let search = AhoCorasick::new(words).unwrap();
    let found: BTreeSet<_> = search.find_overlapping_iter(file).map(|found| found.pattern()).collect();
    found.into_iter().map(|pattern| words[pattern].as_str()).collect()
}
