//! The documentation: every command in it works, every link leads somewhere, and the book has every page.

use std::{collections::BTreeSet, path::Path, process::Command};

use crate::stage::external_tools::is_installed;

/// A page, taken apart.
mod page;
/// The shell of a reader.
mod shell;

use page::{Block, Page};
use shell::Shell;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Pages whose commands go on where those of another page end.
const BEGINS_AFTER: &[(&str, &str)] = &[("docs/recovery.md", "docs/operate.md")];

/// The files in docs/.
fn book() -> Vec<String> {
    let listed = std::fs::read_dir(Path::new(ROOT).join("docs")).unwrap();
    let names = listed.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.ends_with(".md")).collect();
    names.sort_unstable();
    names
}

/// The README and the pages of the book, whose commands are run.
fn pages() -> Vec<Page> {
    let book = book().into_iter().map(|name| format!("docs/{name}"));
    ["README.md".to_owned()].into_iter().chain(book).map(|name| Page::read(&name)).collect()
}

/// The pages of the repository that link to each other.
fn linked() -> Vec<Page> {
    let others = [
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "clients/README.md",
        "fuzz/README.md",
        "sandbox/browser/README.md",
        "sandbox/clients/README.md",
        "sandbox/clients/browser/README.md",
    ];
    pages().into_iter().chain(others.map(Page::read)).collect()
}

/// Runs the commands of a page in the order of the page, and writes the settings files between them.
fn follow(page: &Page, shell: &mut Shell) {
    for block in page.blocks().iter().filter(|block| block.not_run.is_none()) {
        match block.language.as_str() {
            "sh" => shell.run(block),
            "toml" => shell.keep(block),
            _ => {}
        }
    }
}

fn runs(page: &Page) {
    let mut shell = Shell::open();
    if let Some((_, before)) = BEGINS_AFTER.iter().find(|(name, _)| *name == page.name) {
        follow(&Page::read(before), &mut shell);
    }
    follow(page, &mut shell);
}

/// C15: a reader who copies the commands of a page in order gets what the page says.
#[test]
fn each_command_in_the_documentation_works() {
    if !is_installed("bash with curl", Command::new("bash").args(["-c", "curl --version"])) {
        return;
    }
    let pages = pages();
    let with_commands = pages.iter().filter(|page| page.commands().any(|block| block.not_run.is_none()));
    let failed: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = with_commands.map(|page| (page, scope.spawn(|| runs(page)))).collect();
        assert!(running.len() >= 5, "{} pages with commands", running.len());
        let ended = running.into_iter().map(|(page, thread)| (page, thread.join()));
        ended.filter(|(_, ended)| ended.is_err()).map(|(page, _)| page.name.as_str()).collect()
    });
    assert_eq!(failed, Vec::<&str>::new(), "the panics above say which command of these pages fails");
}

#[test]
fn at_most_ten_commands_are_skipped_with_a_reason() {
    let not_run = |page: &Page| {
        let reasons = page.commands().filter_map(|block: Block| block.not_run);
        reasons.map(|reason| (page.name.clone(), reason)).collect::<Vec<_>>()
    };
    let reasons: Vec<_> = pages().iter().flat_map(not_run).collect();
    assert!(reasons.len() <= 10, "{reasons:#?}");
    for (page, reason) in &reasons {
        assert!(reason.len() > 20, "{page}: \"{reason}\" is no reason");
    }
}

#[test]
fn the_book_lists_each_page() {
    let summary: BTreeSet<_> = Page::read("docs/SUMMARY.md").links().into_iter().collect();
    let files: BTreeSet<_> = book().into_iter().filter(|name| name != "SUMMARY.md").collect();
    assert_eq!(summary, files);
}

/// A link to an address outside the repository is not followed.
#[test]
fn each_link_leads_to_an_existing_file_and_heading() {
    let mut wrong = vec![];
    for page in linked() {
        let folder = Path::new(&page.name).parent().unwrap();
        for link in page.links().into_iter().filter(|link| !link.contains("://")) {
            let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { page.name.clone() } else { below_root(&folder.join(file)) };
            let there = Path::new(ROOT).join(&target).exists();
            if !there || !(heading.is_empty() || Page::read(&target).anchors().contains(heading)) {
                wrong.push(format!("{}: {link}", page.name));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// A path below the root without `..`, as a reader's browser resolves a link.
fn below_root(path: &Path) -> String {
    let mut parts: Vec<&str> = vec![];
    for part in path.to_str().unwrap().split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop().unwrap_or_else(|| panic!("{} leaves the repository", path.display()))),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A reader decides by the README alone whether to read on.
#[test]
fn the_readme_has_at_most_150_lines() {
    let lines = Page::read("README.md").text.lines().count();
    assert!(lines <= 150, "{lines} lines");
}
